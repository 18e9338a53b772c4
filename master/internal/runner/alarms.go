package runner

import (
	"context"
	"sync/atomic"

	"github.com/porpoise-scheduler/porpoise/pkg/engine"
)

// alarmsAtOnce bounds the alarms of one turn, so that messages are not held up.
const alarmsAtOnce = 512

// Ring handles the alarms that are due.
func (s *Shard) Ring(ctx context.Context) error {
	for range alarmsAtOnce {
		a, due := s.timers.due(s.deps.Now())
		if !due {
			return nil
		}
		if err := s.onAlarm(ctx, a); err != nil {
			return err
		}
	}
	return nil
}

func (s *Shard) onAlarm(ctx context.Context, a alarm) error {
	switch a := a.(type) {
	case wakeRun:
		l := s.runs[a.instance]
		if l == nil || l.wake.IsZero() || l.wake.After(s.deps.Now()) {
			return nil
		}
		l.wake = l.wake.AddDate(-1, 0, 0) // so that the step sets its next alarm anew
		return s.step(ctx, a.instance, engine.Tick{})
	case dueSchedule:
		return s.onDue(ctx, a.schedule)
	case showQueued:
		return s.showQueuedRows(ctx)
	case loseWorker:
		return s.onLoseWorker(ctx, a.worker)
	case retrySlots:
		s.onRetrySlots(a.group)
	case retryLoad:
		return s.onRetryLoad(ctx, a.instance)
	case retryCommand:
		s.lastRead = 0
		return s.readCommands(ctx)
	case repeatUnsent:
		return s.onUnsent(ctx, a.unsent)
	case writeLate:
		s.writeLateRows()
	case forgetEntries:
		s.onForget()
	case seekOverdue:
		return s.onSeekOverdue(ctx)
	}
	return nil
}

// onLooked gives the answers to a look-up to its run. One that failed is asked
// again at the run's next tick.
func (s *Shard) onLooked(ctx context.Context, m looked) error {
	if m.err != nil {
		if ctx.Err() == nil {
			s.log.Warn("dependency look-up failed", "instance", m.instanceID, "attempt", m.taskID, "err", m.err)
		}
		return nil
	}
	return s.step(ctx, m.instanceID, engine.Looked{TaskID: m.taskID, Answers: m.answers})
}

// gauge is a number that one goroutine sets and others read.
type gauge struct{ n atomic.Int64 }

func (g *gauge) set(n int) { g.n.Store(int64(n)) }
func (g *gauge) get() int  { return int(g.n.Load()) }
