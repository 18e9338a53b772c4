package usecase

import (
	"context"
	"time"

	"github.com/porpoise-scheduler/porpoise/pkg/schedule"
	"github.com/porpoise-scheduler/porpoise/pkg/store"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// FireOutcome is what became of a due time.
type FireOutcome string

// Outcomes.
const (
	Fired       FireOutcome = "FIRED"    // an instance was made
	FireSkipped FireOutcome = "SKIPPED"  // it passed unseen, and the misfire policy leaves it out
	FireLeftOut FireOutcome = "LEFT_OUT" // the business calendar leaves it out, or moves it
	FireWaits   FireOutcome = "WAITING"  // it is to come, or waits for a master
)

// FireView is what became of a due time; of a run of them where the calendar
// left them out.
type FireView struct {
	workflow.Fire
	Outcome FireOutcome
	State   workflow.State // of the instance, "" when it is gone
	First   time.Time      // with Due the run's ends
	Count   int
}

// ScheduleFires gives a page of what became of a schedule's due times, newest
// first; the first page begins with the next one. What the calendar left out is
// told by the rule as it is now, between times that follow each other by it.
func (s *Service) ScheduleFires(ctx context.Context, p workflow.Project, id int64, after store.Place, limit int) ([]FireView, store.Place, error) {
	var next store.Place
	sc, err := s.Schedule(ctx, p, id)
	if err != nil {
		return nil, next, err
	}
	rows, err := s.Store.Schedules.Fires(ctx, id, after.At, limit+1)
	if err != nil {
		return nil, next, err
	}
	if len(rows) > limit {
		rows = rows[:limit]
		next = store.Place{At: rows[limit-1].Due, ID: id}
	}
	list := fireList{now: s.Now(), newer: after.At}
	if list.states, err = s.Store.Runs.States(ctx, instancesOf(rows)); err != nil {
		return nil, next, err
	}
	if list.rule, list.on, err = s.rulesOf(ctx, &sc); err != nil {
		return nil, next, err
	}
	if after.ID == 0 && sc.ReleaseState == workflow.Online && !sc.NextDue.IsZero() {
		list.awaited(&sc)
	}
	for _, row := range rows {
		list.decided(row)
	}
	return list.views, next, nil
}

func instancesOf(rows []workflow.Fire) (ids []int64) {
	for _, f := range rows {
		if f.InstanceID != 0 {
			ids = append(ids, f.InstanceID)
		}
	}
	return ids
}

// rulesOf gives a schedule's rule without and with its calendar; none without a
// calendar, or when one of them cannot be read any more.
func (s *Service) rulesOf(ctx context.Context, sc *workflow.Schedule) (rule, on *schedule.Rule, err error) {
	if sc.CalendarID == 0 {
		return nil, nil, nil
	}
	if rule, err = s.rule(sc.Cron, sc.Timezone); err == nil {
		on, err = s.onCalendar(ctx, rule, &ScheduleCalendar{sc.CalendarID, sc.CalendarRule})
	}
	if workflow.ErrorCode(err) == workflow.Invalid {
		return nil, nil, nil
	}
	return rule, on, err
}

// fireList collects due times from the newest to the oldest.
type fireList struct {
	rule, on *schedule.Rule
	states   map[int64]workflow.State
	now      time.Time
	newer    time.Time // the last due time seen that the rule has
	views    []FireView
}

func (l *fireList) awaited(sc *workflow.Schedule) {
	l.newer = sc.NextDue
	l.views = append(l.views, FireView{Fire: workflow.Fire{ScheduleID: sc.ID, Due: sc.NextDue}, Outcome: FireWaits})
}

func (l *fireList) decided(f workflow.Fire) {
	if l.on != nil && !l.newer.IsZero() {
		l.leftOut(f.ScheduleID, schedule.LeftOut(l.rule, l.on, f.Due, l.newer))
	}
	l.newer = f.Due
	v := FireView{Fire: f, Outcome: Fired, State: l.states[f.InstanceID]}
	if f.Skipped {
		v.Outcome = FireSkipped
	}
	l.views = append(l.views, v)
}

// leftOut shows a gap once its last due time has passed.
func (l *fireList) leftOut(scheduleID int64, g schedule.Gap) {
	if g.Count > 0 && !g.Last.After(l.now) {
		l.views = append(l.views, FireView{Fire: workflow.Fire{ScheduleID: scheduleID, Due: g.Last}, Outcome: FireLeftOut, First: g.First, Count: g.Count})
	}
}
