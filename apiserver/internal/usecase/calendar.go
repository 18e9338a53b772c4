package usecase

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/porpoise-scheduler/porpoise/pkg/schedule"
	"github.com/porpoise-scheduler/porpoise/pkg/store"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// maxCalendarDays bounds the exceptions of a calendar.
const maxCalendarDays = 5000

// Calendars gives everybody the calendars.
func (s *Service) Calendars(ctx context.Context) ([]workflow.Calendar, error) {
	return s.Store.Calendars.All(ctx)
}

// Calendar gives one. Reason: "calendar.not_found".
func (s *Service) Calendar(ctx context.Context, id int64) (workflow.Calendar, error) {
	c, err := s.Store.Calendars.Get(ctx, id)
	return c, missingAs(err, calendarNotFound())
}

// CalendarDay says what a day is.
type CalendarDay struct {
	Date      time.Time
	Work      bool
	Exception bool // the calendar names it
}

// CalendarDays gives the days of a year. Reasons: "calendar.not_found",
// "param.invalid".
func (s *Service) CalendarDays(ctx context.Context, id int64, year int) ([]CalendarDay, error) {
	c, err := s.Calendar(ctx, id)
	if err != nil {
		return nil, err
	}
	if year < 1970 || year > 2999 {
		return nil, invalid("year", "year")
	}
	var days []CalendarDay
	for day := time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC); day.Year() == year; day = day.AddDate(0, 0, 1) {
		_, named := c.Days[day.Format(time.DateOnly)]
		days = append(days, CalendarDay{Date: day, Work: schedule.Works(c, day), Exception: named})
	}
	return days, nil
}

// SaveCalendar makes a calendar (ID 0) or changes one, and finds anew when
// online schedules that use it are due. Reasons: "user.forbidden",
// "param.invalid", "calendar.exists", "calendar.not_found".
func (s *Service) SaveCalendar(ctx context.Context, c Caller, v workflow.Calendar) (int64, error) {
	if err := RequireAdmin(c); err != nil {
		return 0, err
	}
	if err := checkCalendar(&v); err != nil {
		return 0, err
	}
	fresh := v.ID == 0
	err := s.Store.Calendars.Save(ctx, &v)
	if err != nil {
		taken := workflow.Errorf(workflow.Exists, "calendar.exists", "there is a calendar %s already", v.Name).At("name")
		return 0, takenAs(missingAs(err, calendarNotFound()), taken)
	}
	if fresh {
		return v.ID, nil
	}
	return v.ID, s.dueAnew(ctx, v)
}

func checkCalendar(v *workflow.Calendar) error {
	v.Name = strings.TrimSpace(v.Name)
	if v.Name == "" {
		return invalid("name", "name")
	}
	if err := checkLength("name", v.Name, 100); err != nil {
		return err
	}
	if err := checkLength("description", v.Description, 1000); err != nil {
		return err
	}
	for _, d := range v.Weekend {
		if d < time.Sunday || d > time.Saturday {
			return invalid("weekend", "weekend")
		}
	}
	slices.Sort(v.Weekend)
	v.Weekend = slices.Compact(v.Weekend)
	if len(v.Days) > maxCalendarDays {
		return invalid("days", "days")
	}
	for day := range v.Days {
		if _, err := time.Parse(time.DateOnly, day); err != nil {
			return workflow.Errorf(workflow.Invalid, "param.invalid", "%q is no date like 2006-01-02", day).At("days." + day)
		}
	}
	return nil
}

// dueAnew moves the next due times of schedules that obey a calendar.
func (s *Service) dueAnew(ctx context.Context, v workflow.Calendar) error {
	rows, err := s.Store.Schedules.All(ctx, 0)
	if err != nil {
		return err
	}
	for _, row := range rows {
		if row.CalendarID != v.ID || row.ReleaseState != workflow.Online {
			continue
		}
		if err := s.moveDue(ctx, row); err != nil {
			return fmt.Errorf("schedule %d: %w", row.ID, err)
		}
	}
	return nil
}

// moveDue finds out when an online schedule is due by its calendar as it is
// now. A due time that has come already stays: its master is about to act.
func (s *Service) moveDue(ctx context.Context, row store.ScheduleRow) error {
	now := s.Now()
	if !row.NextDue.IsZero() && !row.NextDue.After(now) {
		return nil
	}
	rule, err := s.rule(row.Cron, row.Timezone)
	if err != nil {
		return err
	}
	if rule, err = s.onCalendar(ctx, rule, &ScheduleCalendar{row.CalendarID, row.CalendarRule}); err != nil {
		return err
	}
	var due time.Time
	if next := schedule.Preview(rule, row.StartTime, row.EndTime, now, 1); len(next) > 0 {
		due = next[0]
	}
	cmd, err := s.Store.Schedules.Release(ctx, row.ID, workflow.Online, due)
	if err != nil {
		return missingAs(err, nil)
	}
	s.nudge(cmd)
	return nil
}

// DeleteCalendar removes a calendar that no schedule uses. Reasons:
// "user.forbidden", "calendar.not_found", "calendar.used".
func (s *Service) DeleteCalendar(ctx context.Context, c Caller, id int64) error {
	if err := RequireAdmin(c); err != nil {
		return err
	}
	return missingAs(s.Store.Calendars.Delete(ctx, id), calendarNotFound())
}

func calendarNotFound() error {
	return workflow.Errorf(workflow.NotFound, "calendar.not_found", "the calendar does not exist")
}
