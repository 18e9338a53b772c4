package runner

import (
	"context"
	"slices"
	"time"

	"github.com/robfig/cron/v3"

	"github.com/porpoise-scheduler/porpoise/pkg/schedule"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// timetable is an online schedule with its compiled rule.
type timetable struct {
	schedule workflow.Schedule
	rule     cron.Schedule
}

// setSchedule takes an online schedule into the heap, or drops one that is
// not. A rule that cannot be read keeps it out and says so.
func (s *Shard) setSchedule(sch workflow.Schedule) {
	delete(s.schedules, sch.ID)
	if sch.ReleaseState != workflow.Online || sch.NextDue.IsZero() {
		return
	}
	zone, err := time.LoadLocation(sch.Timezone)
	if err != nil {
		s.log.Error("schedule ignored: unknown time zone", "schedule", sch.ID, "zone", sch.Timezone, "err", err)
		return
	}
	rule, err := schedule.Parse(sch.Cron, zone)
	if err != nil {
		s.log.Error("schedule ignored: unreadable rule", "schedule", sch.ID, "cron", sch.Cron, "err", err)
		return
	}
	if sch.Calendar != nil {
		if rule, err = rule.On(*sch.Calendar, sch.CalendarRule); err != nil {
			s.log.Error("schedule ignored: unknown calendar rule", "schedule", sch.ID, "rule", sch.CalendarRule, "err", err)
			return
		}
	}
	s.schedules[sch.ID] = &timetable{schedule: sch, rule: rule}
	s.timers.add(sch.NextDue, dueSchedule{sch.ID})
}

// reloadSchedule reads a schedule that a user changed.
func (s *Shard) reloadSchedule(ctx context.Context, id int64) error {
	sch, err := s.deps.Store.Schedule(ctx, id)
	if workflow.ErrorCode(err) == workflow.NotFound {
		delete(s.schedules, id)
		return nil
	}
	if err != nil {
		return err
	}
	s.setSchedule(sch)
	return nil
}

// onDue decides every fire time of a schedule that has come: each becomes an
// instance or a skipped row, and the pointer moves past all of them in the
// same change.
func (s *Shard) onDue(ctx context.Context, id int64) error {
	t := s.schedules[id]
	now := s.deps.Now()
	if t == nil || t.schedule.NextDue.After(now) {
		return nil
	}
	dues, next := t.dues(now)
	fire, skip := s.decide(t, dues, now)
	for _, due := range skip {
		s.out.batch.Fires = append(s.out.batch.Fires, workflow.Fire{ScheduleID: id, Due: due, Skipped: true, FiredAt: now})
	}
	if len(skip) > 0 {
		if err := s.alertSkipped(ctx, t, skip); err != nil {
			return err
		}
	}
	for _, due := range fire {
		if err := s.fire(ctx, t, due, now); err != nil {
			return err
		}
	}
	t.schedule.NextDue = next
	s.out.batch.NextDue = append(s.out.batch.NextDue, nextDue(t.schedule))
	if next.IsZero() {
		delete(s.schedules, id)
		return nil
	}
	s.timers.add(next, dueSchedule{id})
	return nil
}

// duesAtOnce bounds how many fire times of one schedule are decided in one
// change; the rest follow in the next.
const duesAtOnce = 1000

// dues lists the fire times that have come, and the one after them (zero when
// the schedule is exhausted).
func (t *timetable) dues(now time.Time) (dues []time.Time, next time.Time) {
	due := t.schedule.NextDue
	for !due.IsZero() && !due.After(now) && len(dues) < duesAtOnce {
		dues = append(dues, due)
		due = t.after(due)
	}
	return dues, due
}

// after gives the next fire time inside the schedule's window.
func (t *timetable) after(at time.Time) time.Time {
	next := t.rule.Next(at)
	if next.IsZero() || (!t.schedule.EndTime.IsZero() && next.After(t.schedule.EndTime)) {
		return time.Time{}
	}
	return next.UTC()
}

// decide parts the fire times into those to fire and those to skip. Only late
// ones are subject to the misfire policy.
func (s *Shard) decide(t *timetable, dues []time.Time, now time.Time) (fire, skip []time.Time) {
	split := slices.IndexFunc(dues, func(d time.Time) bool { return now.Sub(d) <= s.cfg.MisfireAfter })
	if split < 0 {
		split = len(dues)
	}
	fire, skip = schedule.Decide(t.schedule.Misfire, dues[:split], s.cfg.MaxCatchup)
	return append(fire, dues[split:]...), skip
}

// fire starts the instance of one fire time.
func (s *Shard) fire(ctx context.Context, t *timetable, due, now time.Time) error {
	sch := t.schedule
	opts := sch.Start
	opts.Zone = sch.Timezone
	c := workflow.Command{
		Type: workflow.CmdSchedule, ProjectID: sch.ProjectID, DefinitionID: sch.DefinitionID, ScheduleID: sch.ID,
		UserID: sch.UserID, CreateTime: now, Start: opts,
	}
	id, err := s.start(ctx, &c, origin{command: workflow.CmdSchedule, scheduleID: sch.ID, scheduleTime: due})
	if err != nil && ctx.Err() != nil {
		return err
	}
	row := workflow.Fire{ScheduleID: sch.ID, Due: due, InstanceID: id, FiredAt: now}
	if err != nil { // nothing can start: the fire time is decided all the same
		s.log.Error("fire time skipped: its instance could not be made", "schedule", sch.ID, "due", due, "err", err)
		row.Skipped = true
		if err := s.alertNotFired(ctx, t, due, err); err != nil {
			return err
		}
	}
	s.out.batch.Fires = append(s.out.batch.Fires, row)
	return nil
}
