package runner

import (
	"container/heap"
	"time"
)

// alarm is what a timer rings for.
type alarm interface{ alarm() }

type (
	wakeRun       struct{ instance int64 }
	dueSchedule   struct{ schedule int64 }
	showQueued    struct{}
	loseWorker    struct{ worker string }
	retrySlots    struct{ group int64 }
	retryLoad     struct{ instance int64 }
	retryCommand  struct{}
	writeLate     struct{}
	forgetEntries struct{}
	seekOverdue   struct{}
	repeatUnsent  struct{ unsent }
)

func (wakeRun) alarm()       {}
func (dueSchedule) alarm()   {}
func (showQueued) alarm()    {}
func (loseWorker) alarm()    {}
func (retrySlots) alarm()    {}
func (retryLoad) alarm()     {}
func (retryCommand) alarm()  {}
func (writeLate) alarm()     {}
func (forgetEntries) alarm() {}
func (seekOverdue) alarm()   {}
func (repeatUnsent) alarm()  {}

// timers is a heap of alarms. An alarm whose reason has gone is ignored when
// it rings, so nothing is ever removed from the middle.
type timers struct{ items []timer }

type timer struct {
	at    time.Time
	rings alarm
}

func (t *timers) Len() int           { return len(t.items) }
func (t *timers) Less(i, j int) bool { return t.items[i].at.Before(t.items[j].at) }
func (t *timers) Swap(i, j int)      { t.items[i], t.items[j] = t.items[j], t.items[i] }

// Push and Pop serve container/heap only.
func (t *timers) Push(x any) { t.items = append(t.items, x.(timer)) }

// Pop serves container/heap only.
func (t *timers) Pop() any {
	last := len(t.items) - 1
	x := t.items[last]
	t.items = t.items[:last]
	return x
}

// add sets an alarm; the zero time sets none.
func (t *timers) add(at time.Time, a alarm) {
	if !at.IsZero() {
		heap.Push(t, timer{at, a})
	}
}

// next is when the earliest alarm rings, zero if there is none.
func (t *timers) next() time.Time {
	if len(t.items) == 0 {
		return time.Time{}
	}
	return t.items[0].at
}

// due takes the earliest alarm that rings by now.
func (t *timers) due(now time.Time) (alarm, bool) {
	if len(t.items) == 0 || t.items[0].at.After(now) {
		return nil, false
	}
	return heap.Pop(t).(timer).rings, true
}
