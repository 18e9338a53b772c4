package usecase

import (
	"context"
	"time"

	"github.com/porpoise-scheduler/porpoise/pkg/schedule"
	"github.com/porpoise-scheduler/porpoise/pkg/store"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// ScheduleView is a schedule with its next fire times.
type ScheduleView struct {
	store.ScheduleRow
	Next []time.Time
}

// nextTimes is how many fire times a schedule is shown with.
const nextTimes = 5

// Schedules gives a page of the project's schedules, of one workflow unless
// definitionID is 0.
func (s *Service) Schedules(ctx context.Context, p workflow.Project, definitionID int64, search string, page store.Page) ([]ScheduleView, int, error) {
	rows, total, err := s.Store.Schedules.List(ctx, p.ID, definitionID, search, s.bound(page))
	if err != nil {
		return nil, 0, err
	}
	views := make([]ScheduleView, len(rows))
	for i, r := range rows {
		views[i] = ScheduleView{ScheduleRow: r, Next: s.nextOf(ctx, &r.Schedule)}
	}
	return views, total, nil
}

// ScheduleView gives a schedule of the project.
func (s *Service) ScheduleView(ctx context.Context, p workflow.Project, id int64) (ScheduleView, error) {
	sc, err := s.Schedule(ctx, p, id)
	if err != nil {
		return ScheduleView{}, err
	}
	v := ScheduleView{ScheduleRow: store.ScheduleRow{Schedule: sc, ProjectName: p.Name}, Next: s.nextOf(ctx, &sc)}
	d, err := s.Store.Definitions.Row(ctx, sc.DefinitionID)
	if err != nil && workflow.ErrorCode(err) != workflow.NotFound {
		return v, err
	}
	v.DefinitionName = d.Name
	u, err := s.Store.Users.Get(ctx, sc.UserID)
	v.UserName = u.Name
	return v, missingAs(err, nil)
}

// nextOf gives a schedule's next fire times; none when its rule cannot be read
// any more, as when its calendar is gone.
func (s *Service) nextOf(ctx context.Context, sc *workflow.Schedule) []time.Time {
	in := ScheduleInput{Cron: sc.Cron, Timezone: sc.Timezone, StartTime: sc.StartTime, EndTime: sc.EndTime,
		Calendar: &ScheduleCalendar{sc.CalendarID, sc.CalendarRule}}
	next, err := s.PreviewSchedule(ctx, in, nextTimes)
	if err != nil {
		s.Log.DebugContext(ctx, "previewing a schedule", "schedule", sc.ID, "error", err)
	}
	return next
}

// EditSchedule is UpdateSchedule for a caller who says which version he saw;
// "revision.changed" when it is another one now.
func (s *Service) EditSchedule(ctx context.Context, c Caller, p workflow.Project, id int64, version int, in ScheduleInput) error {
	sc, err := s.Schedule(ctx, p, id)
	if err != nil {
		return err
	}
	if sc.Version != version {
		return scheduleChanged(sc.Version)
	}
	err = s.UpdateSchedule(ctx, c, p, id, in)
	if workflow.ErrorReason(err) == "schedule.changed" {
		return scheduleChanged(0)
	}
	return err
}

func scheduleChanged(version int) error {
	return workflow.Errorf(workflow.Conflict, "revision.changed", "the schedule was changed meanwhile: its version is %d now", version).With(version)
}

// RemoveSchedule removes an offline schedule. Reasons: "schedule.not_found",
// "schedule.still_online".
func (s *Service) RemoveSchedule(ctx context.Context, p workflow.Project, id int64) error {
	sc, err := s.Schedule(ctx, p, id)
	if err != nil {
		return err
	}
	if sc.ReleaseState == workflow.Online {
		return scheduleStillOnline(id)
	}
	return s.Store.Schedules.Delete(ctx, id)
}

// PreviewFrom is PreviewSchedule as of another moment. Reasons are those of a
// schedule that is saved.
func (s *Service) PreviewFrom(ctx context.Context, in ScheduleInput, from time.Time, n int) ([]time.Time, error) {
	if err := checkWindow(in.StartTime, in.EndTime); err != nil && !(in.StartTime.IsZero() && in.EndTime.IsZero()) {
		return nil, err
	}
	rule, err := s.checkCron(in.Cron, in.Timezone)
	if err != nil {
		return nil, err
	}
	if rule, err = s.onCalendar(ctx, rule, in.Calendar); err != nil {
		return nil, err
	}
	if from.IsZero() {
		from = s.Now()
	}
	return schedule.Preview(rule, in.StartTime, in.EndTime, from, n), nil
}
