package native

import (
	"context"
	"net/http"
	"time"

	"github.com/porpoise-scheduler/porpoise/apiserver/internal/usecase"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// Calendar tells working days from others.
type Calendar struct {
	ID          int64           `json:"id"`
	Name        string          `json:"name"`
	Description string          `json:"description"`
	Weekend     []int           `json:"weekend" nullable:"false" doc:"weekdays without work, 0 is Sunday"`
	Days        map[string]bool `json:"days" doc:"exceptions: 2006-01-02 to whether there is work"`
	Created     *time.Time      `json:"created"`
	Updated     *time.Time      `json:"updated"`
}

// CalendarInput is what a caller says of a calendar.
type CalendarInput struct {
	Name        string          `json:"name" minLength:"1" maxLength:"100"`
	Description string          `json:"description,omitempty" maxLength:"1000"`
	Weekend     []int           `json:"weekend" maxItems:"7" nullable:"false" doc:"weekdays without work, 0 is Sunday"`
	Days        map[string]bool `json:"days,omitempty" doc:"exceptions: 2006-01-02 to whether there is work"`
}

// CalendarDay is a day of a year.
type CalendarDay struct {
	Date      string `json:"date"`
	Work      bool   `json:"work"`
	Exception bool   `json:"exception" doc:"the calendar names it"`
}

func (in CalendarInput) calendar(id int64) workflow.Calendar {
	c := workflow.Calendar{ID: id, Name: in.Name, Description: in.Description, Days: in.Days}
	for _, d := range in.Weekend {
		c.Weekend = append(c.Weekend, time.Weekday(d))
	}
	return c
}

func calendar(c workflow.Calendar) Calendar {
	v := Calendar{ID: c.ID, Name: c.Name, Description: c.Description, Weekend: []int{}, Days: c.Days, Created: moment(c.CreateTime), Updated: moment(c.UpdateTime)}
	for _, d := range c.Weekend {
		v.Weekend = append(v.Weekend, int(d))
	}
	if v.Days == nil {
		v.Days = map[string]bool{}
	}
	return v
}

func (a *API) declareCalendars() {
	const tag = "Calendars"
	crud[Calendar, CalendarInput]{
		One: "Calendar", Many: "Calendars", Path: "/calendars", Tag: tag, Read: SignedIn, Write: AdminOnly,
		List: func(ctx context.Context, in *Paging) (*listed[Calendar], error) {
			rows, err := a.uc.Calendars(ctx)
			if err != nil {
				return nil, err
			}
			return slice(rows, in, named(in.Search, func(c workflow.Calendar) string { return c.Name }), calendar)
		},
		Get: func(ctx context.Context, id int64) (Calendar, error) {
			c, err := a.uc.Calendar(ctx, id)
			return calendar(c), err
		},
		Create: func(ctx context.Context, in CalendarInput) (int64, error) {
			return a.uc.SaveCalendar(ctx, callerOf(ctx), in.calendar(0))
		},
		Update: func(ctx context.Context, id int64, in CalendarInput) error {
			_, err := a.uc.SaveCalendar(ctx, callerOf(ctx), in.calendar(id))
			return err
		},
		Delete: func(ctx context.Context, id int64) error { return a.uc.DeleteCalendar(ctx, callerOf(ctx), id) },
	}.declare(a)
	add(a, op{ID: "listCalendarDays", Method: http.MethodGet, Path: "/calendars/{id}/days", Tag: tag, Access: SignedIn,
		Summary: "The days of a year by a calendar"}, a.listCalendarDays)
}

func (a *API) listCalendarDays(ctx context.Context, in *struct {
	ByID
	Year int `query:"year" required:"true" minimum:"1970" maximum:"2999"`
}) (*listed[CalendarDay], error) {
	days, err := a.uc.CalendarDays(ctx, in.ID, in.Year)
	if err != nil {
		return nil, err
	}
	return entire(days, func(d usecase.CalendarDay) CalendarDay {
		return CalendarDay{Date: d.Date.Format(time.DateOnly), Work: d.Work, Exception: d.Exception}
	}), nil
}

// entire is a list that has one page.
func entire[R, T any](rows []R, view func(R) T) *listed[T] {
	out := &listed[T]{Body: List[T]{Items: make([]T, len(rows)), Total: len(rows)}}
	for i, r := range rows {
		out.Body.Items[i] = view(r)
	}
	return out
}
