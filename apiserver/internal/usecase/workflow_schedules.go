package usecase

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/porpoise-scheduler/porpoise/pkg/manifest"
	"github.com/porpoise-scheduler/porpoise/pkg/schedule"
	"github.com/porpoise-scheduler/porpoise/pkg/store"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// schedules brings the schedules of a document together with those that are
// there: equal ones stay, then they are taken in their order.
func (a *apply) schedules(it *applied, d *workflow.Definition, present []workflow.Schedule) ([]store.ScheduleChange, error) {
	written := make([]manifest.Schedule, len(present))
	for i := range present {
		var err error
		if written[i], err = a.s.writeSchedule(a.names, &present[i]); err != nil {
			return nil, err
		}
	}
	left := make([]int, len(present))
	for i := range left {
		left[i] = i
	}
	var open []int // of the document
	for i := range it.found.Schedules {
		want := a.usual(it.found.Schedules[i])
		same := slices.IndexFunc(left, func(j int) bool { return sameSchedule(want, written[j]) })
		if same < 0 {
			open = append(open, i)
			continue
		}
		left = slices.Delete(left, same, same+1)
	}
	var out []store.ScheduleChange
	for n, i := range open {
		was := workflow.Schedule{ProjectID: a.project.ID, DefinitionID: d.ID, UserID: a.caller.User.ID, ReleaseState: workflow.Offline, Misfire: workflow.MisfireSkip}
		if n < len(left) {
			was = present[left[n]]
		}
		c, err := a.schedule(it, d, i, was)
		if err != nil {
			return nil, err
		}
		out = append(out, c)
	}
	for _, j := range left[min(len(open), len(left)):] {
		out = append(out, store.ScheduleChange{Schedule: present[j], Delete: true})
	}
	return out, nil
}

// usual leaves out what a schedule is without saying so.
func (a *apply) usual(v manifest.Schedule) manifest.Schedule {
	if v.Timezone == "" {
		v.Timezone = a.s.Zone.String()
	}
	if v.Misfire == workflow.MisfireSkip {
		v.Misfire = ""
	}
	if v.FailureStrategy == workflow.FailContinue {
		v.FailureStrategy = ""
	}
	if v.Priority == "MEDIUM" {
		v.Priority = ""
	}
	if v.WorkerGroup == defaultGroup {
		v.WorkerGroup = ""
	}
	if v.Warning != nil && (v.Warning.Type == "" || v.Warning.Type == workflow.WarnNone) && v.Warning.Group == "" {
		v.Warning = nil
	}
	return v
}

// defaultGroup is the worker group of whoever names none.
const defaultGroup = "default"

// sameSchedule compares; a start that the document leaves out is any.
func sameSchedule(want, is manifest.Schedule) bool {
	if want.Start.IsZero() {
		want.Start, is.Start = time.Time{}, time.Time{}
	}
	if !want.Start.Equal(is.Start) || !want.End.Equal(is.End) || !maps.Equal(want.Params, is.Params) {
		return false
	}
	if (want.Calendar == nil) != (is.Calendar == nil) || want.Calendar != nil && *want.Calendar != *is.Calendar {
		return false
	}
	if (want.Warning == nil) != (is.Warning == nil) || want.Warning != nil && *want.Warning != *is.Warning {
		return false
	}
	return want.Cron == is.Cron && want.Timezone == is.Timezone && want.Online == is.Online && want.Misfire == is.Misfire &&
		want.FailureStrategy == is.FailureStrategy && want.Priority == is.Priority && want.WorkerGroup == is.WorkerGroup && want.Environment == is.Environment
}

// schedule makes was what the document says.
func (a *apply) schedule(it *applied, d *workflow.Definition, i int, was workflow.Schedule) (store.ScheduleChange, error) {
	want := it.found.Schedules[i]
	c := store.ScheduleChange{Schedule: was, Save: was.ID != 0}
	in, err := a.scheduleInput(want, &was)
	if err == nil {
		err = a.s.fillSchedule(a.ctx, a.caller, d, &c.Schedule, in)
	}
	var due time.Time
	if err == nil && want.Online {
		due, err = a.s.nextDue(a.ctx, &c.Schedule)
	}
	if err != nil {
		if code := workflow.ErrorCode(err); code != workflow.Invalid && code != workflow.Conflict {
			return c, err
		}
		it.refuse(fmt.Sprintf("schedules[%d]%s", i, fieldOf(err)), "%v", err)
		return c, nil
	}
	if want.Online {
		c.Release, c.NextDue = workflow.Online, due
	} else if was.ReleaseState == workflow.Online {
		c.Release = workflow.Offline
	}
	return c, nil
}

// fieldOf is the path of the field of a schedule that an error names.
func fieldOf(err error) string {
	var e *workflow.Error
	if errors.As(err, &e) && slices.Contains([]string{"cron", "priority", "calendar", "environment", "warning"}, e.Field) {
		return "." + e.Field
	}
	return ""
}

// scheduleInput reads a schedule of a document.
func (a *apply) scheduleInput(v manifest.Schedule, was *workflow.Schedule) (in ScheduleInput, err error) {
	urgency, ok := manifest.PriorityOf(v.Priority)
	if !ok {
		return in, workflow.Errorf(workflow.Invalid, "schedule.priority", "%q is none of HIGHEST, HIGH, MEDIUM, LOW and LOWEST", v.Priority).At("priority")
	}
	in = ScheduleInput{Cron: v.Cron, Timezone: v.Timezone, StartTime: v.Start, EndTime: v.End, Misfire: v.Misfire, Options: was.Start, Calendar: &ScheduleCalendar{}}
	if in.Misfire == "" {
		in.Misfire = workflow.MisfireSkip
	}
	if !slices.Contains([]workflow.Misfire{workflow.MisfireAll, workflow.MisfireLast, workflow.MisfireSkip}, in.Misfire) {
		return in, workflow.Errorf(workflow.Invalid, "schedule.misfire", "%q is none of all, last and skip", v.Misfire)
	}
	if in.StartTime.IsZero() {
		if in.StartTime = was.StartTime; was.ID == 0 {
			in.StartTime = a.s.Now().Truncate(time.Second)
		}
	}
	o := &in.Options
	o.FailureStrategy, o.Priority, o.WorkerGroup, o.Environment, o.Params = v.FailureStrategy, urgency, v.WorkerGroup, v.Environment, v.Params
	o.WarningType, o.WarningGroupID = workflow.WarnNone, 0
	switch o.FailureStrategy {
	case "":
		o.FailureStrategy = workflow.FailContinue
	case workflow.FailContinue, workflow.FailEnd:
	default:
		return in, workflow.Errorf(workflow.Invalid, "schedule.failureStrategy", "%q is neither CONTINUE nor END", v.FailureStrategy)
	}
	if o.Zone == "" {
		o.Zone = v.Timezone
	}
	return in, a.named(v, &in)
}

// named finds what a schedule names.
func (a *apply) named(v manifest.Schedule, in *ScheduleInput) error {
	if v.Calendar != nil {
		all, err := a.s.Store.Calendars.All(a.ctx)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(all, func(c workflow.Calendar) bool { return c.Name == v.Calendar.Name })
		if i < 0 {
			return workflow.Errorf(workflow.Invalid, "calendar.not_found", "there is no calendar %q", v.Calendar.Name).At("calendar")
		}
		in.Calendar = &ScheduleCalendar{ID: all[i].ID, Rule: v.Calendar.Rule}
	}
	if v.Warning == nil {
		return nil
	}
	in.Options.WarningType = v.Warning.Type
	if !slices.Contains([]workflow.WarningType{workflow.WarnNone, workflow.WarnSuccess, workflow.WarnFailure, workflow.WarnAll}, v.Warning.Type) {
		return workflow.Errorf(workflow.Invalid, "schedule.warning", "%q is none of NONE, SUCCESS, FAILURE and ALL", v.Warning.Type).At("warning")
	}
	if v.Warning.Group == "" {
		return nil
	}
	g, err := a.s.Store.AlertGroups.ByName(a.ctx, v.Warning.Group)
	in.Options.WarningGroupID = g.ID
	return missingAs(err, workflow.Errorf(workflow.Invalid, "alertgroup.not_found", "there is no alert group %q", v.Warning.Group).At("warning"))
}

// writeSchedule writes a schedule as documents do.
func (s *Service) writeSchedule(n *names, sc *workflow.Schedule) (manifest.Schedule, error) {
	v := manifest.Schedule{Cron: sc.Cron, Timezone: sc.Timezone, Start: sc.StartTime, End: sc.EndTime, Online: sc.ReleaseState == workflow.Online,
		Misfire: sc.Misfire, FailureStrategy: sc.Start.FailureStrategy, Priority: manifest.PriorityWord(sc.Start.Priority),
		WorkerGroup: sc.Start.WorkerGroup, Environment: sc.Start.Environment, Params: sc.Start.Params}
	if sc.Start.WarningType != "" && sc.Start.WarningType != workflow.WarnNone || sc.Start.WarningGroupID != 0 {
		g, err := s.Store.AlertGroups.Get(n.ctx, sc.Start.WarningGroupID)
		if _, err = found(err); err != nil {
			return v, err
		}
		v.Warning = &manifest.Warning{Type: sc.Start.WarningType, Group: g.Name}
		if v.Warning.Type == "" {
			v.Warning.Type = workflow.WarnNone
		}
	}
	if sc.CalendarID != 0 {
		c, err := s.Store.Calendars.Get(n.ctx, sc.CalendarID)
		if _, err = found(err); err != nil {
			return v, err
		}
		v.Calendar = &manifest.OnCalendar{Name: c.Name, Rule: sc.CalendarRule}
	}
	return (&apply{s: s}).usual(v), nil
}

// nextDue gives the first fire time of a schedule that goes online, zero when
// there is none left.
func (s *Service) nextDue(ctx context.Context, sc *workflow.Schedule) (time.Time, error) {
	rule, err := s.rule(sc.Cron, sc.Timezone)
	if err != nil {
		return time.Time{}, err
	}
	if rule, err = s.onCalendar(ctx, rule, &ScheduleCalendar{sc.CalendarID, sc.CalendarRule}); err != nil {
		return time.Time{}, err
	}
	next := schedule.Preview(rule, sc.StartTime, sc.EndTime, s.Now(), 1)
	if len(next) == 0 {
		return time.Time{}, nil
	}
	return next[0], nil
}
