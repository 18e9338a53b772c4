package schedule

import (
	"time"

	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// Interval is a span of time: From belongs to it, To does not.
type Interval struct{ From, To time.Time }

// Contains reports whether t lies in the interval.
func (i Interval) Contains(t time.Time) bool { return !t.Before(i.From) && t.Before(i.To) }

// Intervals gives the spans that a dependency's date value means around ref,
// in the zone of ref, earliest first: one per hour or one per day. Every one
// of them must hold a success. thisWeek and thisMonth end with the day of ref.
//
// The error is Invalid and names the field dateValue.
func Intervals(dateValue string, ref time.Time) ([]Interval, error) {
	if from, to, ok := hourSpan(dateValue, ref); ok {
		return hoursBetween(from, to), nil
	}
	if from, to, ok := daySpan(dateValue, midnight(ref)); ok {
		return daysBetween(from, to, ref.Location()), nil
	}
	return nil, workflow.Errorf(workflow.Invalid, "dependent.date_value.invalid",
		"date value %q is unknown", dateValue).At("dateValue")
}

// hourSpan gives the span of the date values that count hours.
func hourSpan(dateValue string, ref time.Time) (from, to time.Time, ok bool) {
	this := hourStart(ref)
	switch dateValue {
	case "currentHour":
		return this, this.Add(time.Hour), true
	case "last1Hour":
		return this.Add(-time.Hour), this, true
	case "last2Hours":
		return this.Add(-2 * time.Hour), this, true
	case "last3Hours":
		return this.Add(-3 * time.Hour), this, true
	case "last24Hours":
		// The 24 hours of the day before, which count from 01:00 to 01:00.
		today := midnight(ref)
		from = firstMoment(today.AddDate(0, 0, -1), ref.Location())
		to = firstMoment(today, ref.Location())
		return from.Add(time.Hour), to.Add(time.Hour), true
	}
	return from, to, false
}

// daySpan gives the span of the date values that count days, in wall times:
// today is the midnight before the reference.
func daySpan(dateValue string, today time.Time) (from, to time.Time, ok bool) {
	tomorrow := today.AddDate(0, 0, 1)
	monday := today.AddDate(0, 0, -((int(today.Weekday()) + 6) % 7))
	month := today.AddDate(0, 0, 1-today.Day())
	switch dateValue {
	case "today":
		return today, tomorrow, true
	case "last1Days":
		return today.AddDate(0, 0, -1), today, true
	case "last2Days":
		return today.AddDate(0, 0, -2), today, true
	case "last3Days":
		return today.AddDate(0, 0, -3), today, true
	case "last7Days":
		return today.AddDate(0, 0, -7), today, true
	case "thisWeek":
		return monday, tomorrow, true
	case "lastWeek":
		return monday.AddDate(0, 0, -7), monday, true
	case "thisMonth":
		return month, tomorrow, true
	case "lastMonth":
		return month.AddDate(0, -1, 0), month, true
	}
	if from, ok = singleDay(dateValue, monday, month); ok {
		return from, from.AddDate(0, 0, 1), true
	}
	return from, to, false
}

// singleDay gives the day of the date values that mean one day of a week or of
// a month.
func singleDay(dateValue string, monday, month time.Time) (day time.Time, ok bool) {
	switch dateValue {
	case "lastMonday":
		return monday.AddDate(0, 0, -7), true
	case "lastTuesday":
		return monday.AddDate(0, 0, -6), true
	case "lastWednesday":
		return monday.AddDate(0, 0, -5), true
	case "lastThursday":
		return monday.AddDate(0, 0, -4), true
	case "lastFriday":
		return monday.AddDate(0, 0, -3), true
	case "lastSaturday":
		return monday.AddDate(0, 0, -2), true
	case "lastSunday":
		return monday.AddDate(0, 0, -1), true
	case "thisMonthBegin":
		return month, true
	case "thisMonthEnd":
		return month.AddDate(0, 1, -1), true
	case "lastMonthBegin":
		return month.AddDate(0, -1, 0), true
	case "lastMonthEnd":
		return month.AddDate(0, 0, -1), true
	}
	return day, false
}

// midnight gives the start of t's day as a wall time.
func midnight(t time.Time) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC)
}

// hourStart gives the start of the clock's hour, also in zones that are off by
// half an hour.
func hourStart(t time.Time) time.Time {
	into := time.Duration(t.Minute())*time.Minute + time.Duration(t.Second())*time.Second + time.Duration(t.Nanosecond())
	return t.Add(-into)
}

func hoursBetween(from, to time.Time) []Interval {
	var spans []Interval
	for t := from; t.Before(to); t = t.Add(time.Hour) {
		spans = append(spans, Interval{t, t.Add(time.Hour)})
	}
	return spans
}

// daysBetween lists the days between two wall times. A day may have 23 or 25
// hours; one that the zone skipped as a whole is left out.
func daysBetween(from, to time.Time, zone *time.Location) []Interval {
	var spans []Interval
	for day := from; day.Before(to); day = day.AddDate(0, 0, 1) {
		span := Interval{firstMoment(day, zone), firstMoment(day.AddDate(0, 0, 1), zone)}
		if span.From.Before(span.To) {
			spans = append(spans, span)
		}
	}
	return spans
}
