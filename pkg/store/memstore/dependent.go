package memstore

import (
	"context"
	"time"

	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// Dependent answers what became of a workflow in an interval.
func (c *Client) Dependent(ctx context.Context, q workflow.DependencyQuery) (a workflow.DependencyAnswer, err error) {
	err = c.do(ctx, OpRead, func(s *Store) error {
		a = s.dependent(q)
		return nil
	})
	return a, err
}

func (s *Store) dependent(q workflow.DependencyQuery) workflow.DependencyAnswer {
	a := workflow.DependencyAnswer{First: true}
	var best *workflow.Instance
	for _, i := range s.instances {
		if i.DefinitionID != q.DefinitionID || i.ID == q.ExcludeID {
			continue
		}
		a.First = a.First && i.ID > q.ExcludeID
		if inside(i, q.From, q.To) && (best == nil || counts(i, *best)) {
			best = &i
		}
	}
	if best == nil {
		return a
	}
	a.Found, a.InstanceID, a.State, a.Finished = true, best.ID, best.State, best.State.Terminal()
	if q.Task == "" {
		return a
	}
	a.State = ""
	for _, t := range s.attempts(best.ID) {
		if t.Task == q.Task {
			a.State = t.State
		}
	}
	return a
}

// inside reports whether an instance belongs to an interval: by its date if it
// has one, else by its start.
func inside(i workflow.Instance, from, to time.Time) bool {
	at := i.ScheduleTime
	if at.IsZero() {
		at = i.StartTime
	}
	return !at.IsZero() && !at.Before(from) && !at.After(to)
}

// counts reports that a is asked before b: running before ended, then the
// later end, the later start, the larger id.
func counts(a, b workflow.Instance) bool {
	switch {
	case a.State.Terminal() != b.State.Terminal():
		return !a.State.Terminal()
	case a.State.Terminal() && !a.EndTime.Equal(b.EndTime):
		return a.EndTime.After(b.EndTime)
	case !a.StartTime.Equal(b.StartTime):
		return a.StartTime.After(b.StartTime)
	}
	return a.ID > b.ID
}
