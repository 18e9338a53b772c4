package usecase

import (
	"context"
	"fmt"
	"time"

	"github.com/porpoise-scheduler/porpoise/pkg/schedule"
	"github.com/porpoise-scheduler/porpoise/pkg/store"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// ScheduleInput is what a client says about a schedule.
type ScheduleInput struct {
	Cron               string
	StartTime, EndTime time.Time
	Timezone           string                // IANA name; "" is the server's zone
	Options            workflow.StartOptions // without tenant and queue
	Tenant             string                // code to run as; empty: the workflow's own
	Misfire            workflow.Misfire      // empty: as it is, for new ones skip
	Calendar           *ScheduleCalendar     // nil: as it is, for new ones none
}

// ScheduleCalendar is a calendar that a schedule obeys; ID 0 is none.
type ScheduleCalendar struct {
	ID   int64
	Rule workflow.CalendarRule
}

// CreateSchedule saves an offline schedule of an online workflow. Reasons:
// "definition.not_found", "definition.offline", "schedule.same_ends",
// "schedule.ends", "schedule.cron" (the expression).
func (s *Service) CreateSchedule(ctx context.Context, c Caller, p workflow.Project, definitionID int64, in ScheduleInput) (workflow.Schedule, error) {
	d, err := s.Definition(ctx, p, definitionID)
	if err != nil {
		return workflow.Schedule{}, err
	}
	if d.ReleaseState != workflow.Online {
		return workflow.Schedule{}, definitionOffline(definitionID)
	}
	now := s.Now()
	sc := workflow.Schedule{
		ProjectID: p.ID, DefinitionID: d.ID, UserID: c.User.ID, ReleaseState: workflow.Offline,
		Misfire: workflow.MisfireSkip, CreateTime: now,
	}
	if err := s.fillSchedule(ctx, c, &d, &sc, in); err != nil {
		return sc, err
	}
	if err := s.rememberReceivers(ctx, d.ID, d.Receivers, d.ReceiversCc, &in.Options); err != nil {
		return sc, err
	}
	return sc, s.Store.Schedules.Create(ctx, &sc)
}

// UpdateSchedule changes an offline schedule. Besides the reasons of
// CreateSchedule: "schedule.not_found" (the id), "schedule.online".
func (s *Service) UpdateSchedule(ctx context.Context, c Caller, p workflow.Project, id int64, in ScheduleInput) error {
	sc, err := s.Schedule(ctx, p, id)
	if err != nil {
		return err
	}
	d, err := s.Definition(ctx, p, sc.DefinitionID)
	if err != nil {
		return err
	}
	if sc.ReleaseState == workflow.Online {
		return workflow.Errorf(workflow.Conflict, "schedule.online", "schedule %d is online and cannot be edited", id)
	}
	if err := s.fillSchedule(ctx, c, &d, &sc, in); err != nil {
		return err
	}
	if err := s.rememberReceivers(ctx, d.ID, d.Receivers, d.ReceiversCc, &in.Options); err != nil {
		return err
	}
	cmd, err := s.Store.Schedules.Save(ctx, &sc)
	if err != nil {
		return err
	}
	s.nudge(cmd)
	return nil
}

// fillSchedule checks in and puts it into sc.
func (s *Service) fillSchedule(ctx context.Context, c Caller, d *workflow.Definition, sc *workflow.Schedule, in ScheduleInput) error {
	if err := checkWindow(in.StartTime, in.EndTime); err != nil {
		return err
	}
	if err := s.environmentFor(ctx, in.Options.Environment, in.Options.WorkerGroup); err != nil {
		return err
	}
	if in.Timezone == "" {
		in.Timezone = s.Zone.String()
	}
	rule, err := s.checkCron(in.Cron, in.Timezone)
	if err != nil {
		return err
	}
	if in.Calendar != nil {
		if _, err := s.onCalendar(ctx, rule, in.Calendar); err != nil {
			return err
		}
		sc.CalendarID, sc.CalendarRule = in.Calendar.ID, in.Calendar.Rule
	}
	tenant, queue, err := s.scheduledAs(ctx, c, d, in.Tenant)
	if err != nil && workflow.ErrorReason(err) != "tenant.unsuitable" {
		return err
	}
	sc.Cron, sc.Timezone, sc.StartTime, sc.EndTime = in.Cron, in.Timezone, in.StartTime, in.EndTime
	sc.Start, sc.UpdateTime = in.Options, s.Now()
	if in.Misfire != "" {
		sc.Misfire = in.Misfire
	}
	sc.Start.TenantCode, sc.Start.Queue = tenant, queueFor(c, queue)
	return nil
}

// scheduledAs gives who a schedule's instances run as.
func (s *Service) scheduledAs(ctx context.Context, c Caller, d *workflow.Definition, code string) (tenant, queue string, err error) {
	if code == "" {
		return s.runsAs(ctx, d)
	}
	p, err := s.ProjectByID(ctx, d.ProjectID)
	if err != nil {
		return "", "", err
	}
	if tenant, queue, err = s.runsAsAnother(ctx, c, p, code); workflow.ErrorReason(err) == "tenant.unsuitable" {
		err = workflow.Errorf(workflow.Invalid, "tenant.not_found", "there is no tenant %s", code).At("tenant")
	}
	return tenant, queue, err
}

func checkWindow(start, end time.Time) error {
	switch {
	case start.Equal(end):
		return workflow.Errorf(workflow.Invalid, "schedule.same_ends", "the schedule ends when it starts")
	case !end.IsZero() && end.Before(start):
		return workflow.Errorf(workflow.Invalid, "schedule.ends", "the schedule ends before it starts").At("endTime").With("endTime")
	}
	return nil
}

// cronSamples is how many fire times are looked at for the shortest gap.
const cronSamples = 64

// checkCron refuses what is no rule, and rules that fire too often.
func (s *Service) checkCron(cron, timezone string) (*schedule.Rule, error) {
	rule, err := s.rule(cron, timezone)
	if err != nil {
		return nil, err
	}
	least := s.Limits.CronGap
	if gap := rule.MinGap(s.Now(), cronSamples); gap != 0 && gap < least {
		return nil, workflow.Errorf(workflow.Invalid, "schedule.cron", "%q fires every %s; the least is %s", cron, gap, least).At("cron").With(cron)
	}
	return rule, nil
}

// onCalendar gives the rule as a calendar changes it; "calendar.not_found",
// "calendar.rule".
func (s *Service) onCalendar(ctx context.Context, rule *schedule.Rule, on *ScheduleCalendar) (*schedule.Rule, error) {
	if on == nil || on.ID == 0 {
		return rule, nil
	}
	c, err := s.Store.Calendars.Get(ctx, on.ID)
	if err != nil {
		return nil, missingAs(err, workflow.Errorf(workflow.Invalid, "calendar.not_found", "there is no calendar %d", on.ID).At("calendarId"))
	}
	return rule.On(c, on.Rule)
}

// rule parses an expression; "schedule.cron".
func (s *Service) rule(cron, timezone string) (*schedule.Rule, error) {
	zone, err := s.zone(timezone)
	if err != nil {
		return nil, err
	}
	rule, err := schedule.Parse(cron, zone)
	if err != nil {
		e := workflow.Errorf(workflow.Invalid, "schedule.cron", "%q is no cron expression", cron)
		e.Err = err
		return nil, e.At("cron").With(cron)
	}
	return rule, nil
}

func (s *Service) zone(name string) (*time.Location, error) {
	if name == "" || name == s.Zone.String() {
		return s.Zone, nil
	}
	zone, err := time.LoadLocation(name)
	if err != nil {
		return nil, workflow.Errorf(workflow.Invalid, "schedule.zone", "unknown time zone %q", name).At("timezoneId").With(name)
	}
	return zone, nil
}

// Schedule gives a schedule of the project; "schedule.not_found".
func (s *Service) Schedule(ctx context.Context, p workflow.Project, id int64) (workflow.Schedule, error) {
	sc, err := s.Store.Schedules.Get(ctx, id)
	if workflow.ErrorCode(err) == workflow.NotFound || err == nil && sc.ProjectID != p.ID {
		return sc, workflow.Errorf(workflow.NotFound, "schedule.not_found", "schedule %d does not exist", id).With(id)
	}
	return sc, err
}

// ReleaseSchedule takes a schedule online or offline. Reasons:
// "schedule.not_found", "schedule.unchanged" (the state),
// "definition.not_found", "definition.offline" (its name, or that of a
// sub-workflow), "master.none". The last three only concern going online.
func (s *Service) ReleaseSchedule(ctx context.Context, p workflow.Project, id int64, state workflow.ReleaseState) error {
	sc, err := s.Schedule(ctx, p, id)
	if err != nil {
		return err
	}
	if sc.ReleaseState == state {
		return workflow.Errorf(workflow.Conflict, "schedule.unchanged", "schedule %d is %s already", id, state).With(string(state))
	}
	var due time.Time
	if state == workflow.Online {
		if due, err = s.firstDue(ctx, p, &sc); err != nil {
			return err
		}
	}
	cmd, err := s.Store.Schedules.Release(ctx, id, state, due)
	if err != nil {
		return err
	}
	s.nudge(cmd)
	return nil
}

// firstDue checks that a schedule may go online and gives its first fire time,
// zero when there is none left.
func (s *Service) firstDue(ctx context.Context, p workflow.Project, sc *workflow.Schedule) (time.Time, error) {
	d, err := s.Definition(ctx, p, sc.DefinitionID)
	if err != nil {
		return time.Time{}, err
	}
	if d.ReleaseState != workflow.Online {
		return time.Time{}, definitionOffline(d.Name)
	}
	if err := s.requireNestedOnline(ctx, &d); err != nil {
		return time.Time{}, err
	}
	if err := s.requireMaster(ctx); err != nil {
		return time.Time{}, err
	}
	rule, err := s.rule(sc.Cron, sc.Timezone)
	if err != nil {
		return time.Time{}, fmt.Errorf("reading schedule %d: %w", sc.ID, err)
	}
	if rule, err = s.onCalendar(ctx, rule, &ScheduleCalendar{sc.CalendarID, sc.CalendarRule}); err != nil {
		return time.Time{}, fmt.Errorf("reading schedule %d: %w", sc.ID, err)
	}
	next := schedule.Preview(rule, sc.StartTime, sc.EndTime, s.Now(), 1)
	if len(next) == 0 {
		return time.Time{}, nil
	}
	return next[0], nil
}

// ListSchedules gives a page of the schedules of a workflow.
func (s *Service) ListSchedules(ctx context.Context, p workflow.Project, definitionID int64, search string, page store.Page) ([]store.ScheduleRow, int, error) {
	if _, err := s.Definition(ctx, p, definitionID); err != nil {
		return nil, 0, err
	}
	page = s.bound(page)
	return s.Store.Schedules.List(ctx, p.ID, definitionID, search, page)
}

// SchedulesOf lists the project's schedules.
func (s *Service) SchedulesOf(ctx context.Context, p workflow.Project) ([]store.ScheduleRow, error) {
	return s.Store.Schedules.All(ctx, p.ID)
}

// DeleteSchedule removes an offline schedule. Only its creator and admins may.
// Reasons: "schedule.not_found", "user.forbidden", "schedule.still_online" (its
// id).
func (s *Service) DeleteSchedule(ctx context.Context, c Caller, p workflow.Project, id int64) error {
	sc, err := s.Schedule(ctx, p, id)
	if err != nil {
		return err
	}
	if err := requireSelf(c, sc.UserID); err != nil {
		return err
	}
	if sc.ReleaseState == workflow.Online {
		return scheduleStillOnline(id)
	}
	return s.Store.Schedules.Delete(ctx, id)
}

func scheduleStillOnline(id int64) error {
	return workflow.Errorf(workflow.Conflict, "schedule.still_online", "schedule %d is online", id).With(id)
}

// PreviewSchedule gives the next n fire times of a rule; "schedule.cron".
func (s *Service) PreviewSchedule(ctx context.Context, in ScheduleInput, n int) ([]time.Time, error) {
	rule, err := s.rule(in.Cron, in.Timezone)
	if err != nil {
		return nil, err
	}
	if rule, err = s.onCalendar(ctx, rule, in.Calendar); err != nil {
		return nil, err
	}
	return schedule.Preview(rule, in.StartTime, in.EndTime, s.Now(), n), nil
}
