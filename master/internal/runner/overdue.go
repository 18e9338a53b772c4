package runner

import (
	"context"
	"time"

	"github.com/porpoise-scheduler/porpoise/pkg/engine"
)

// armOverdue sets the alarm of the next look for instances that do not start.
func (s *Shard) armOverdue() {
	if after := s.cfg.NoStartAfter; after > 0 {
		s.timers.add(s.deps.Now().Add(min(max(after/4, 100*time.Millisecond), time.Minute)), seekOverdue{})
	}
}

// onSeekOverdue looks for instances that were asked for long ago and began
// nothing. One look at all of them costs less than an alarm for each.
func (s *Shard) onSeekOverdue(ctx context.Context) error {
	s.armOverdue()
	limit := s.deps.Now().Add(-s.cfg.NoStartAfter)
	for _, id := range sortedKeys(s.runs) {
		l := s.runs[id]
		if l == nil || !l.run.Waits() || s.asked(l).After(limit) {
			continue
		}
		if err := s.step(ctx, id, engine.Overdue{}); err != nil {
			return err
		}
	}
	return nil
}

// asked is since when an instance should run: a rerun begins anew.
func (s *Shard) asked(l *live) time.Time {
	inst := l.run.Instance()
	if inst.StartTime.IsZero() {
		return inst.CommandTime
	}
	return inst.StartTime
}
