package workflow

import "time"

// Calendar tells working days from others.
type Calendar struct {
	ID          int64
	Name        string
	Description string
	// Weekend are the weekdays without work.
	Weekend []time.Weekday
	// Days are exceptions: 2006-01-02 to whether there is work.
	Days       map[string]bool
	CreateTime time.Time
	UpdateTime time.Time
}

// CalendarRule says what a schedule makes of its calendar.
type CalendarRule string

// Calendar rules; the empty one ignores the calendar. OnWorkdays and OnHolidays
// leave out due times on other days; NextWorkday moves them to the same time of
// the next working day, where two that meet are one.
const (
	OnWorkdays  CalendarRule = "WORKDAYS"
	OnHolidays  CalendarRule = "HOLIDAYS"
	NextWorkday CalendarRule = "NEXT_WORKDAY"
)
