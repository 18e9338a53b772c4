package engine

import (
	"container/heap"
	"fmt"
	"time"

	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// purpose says what a timer is for.
type purpose uint8

const (
	forDelay    purpose = iota // a start delay or retry interval is over
	forLimit                   // a task's time limit
	forPoll                    // look dependencies up again
	forInstance                // the instance's time limit
)

// timer is a deadline. It is never removed early: one whose attempt has moved
// on is stale and skipped.
type timer struct {
	at  time.Time
	seq int64 // attempt id, for an order that does not depend on the heap
	why purpose
	att *attempt
}

type timerHeap []timer

func (h timerHeap) Len() int { return len(h) }
func (h timerHeap) Less(i, j int) bool {
	if c := h[i].at.Compare(h[j].at); c != 0 {
		return c < 0
	}
	if h[i].seq != h[j].seq {
		return h[i].seq < h[j].seq
	}
	return h[i].why < h[j].why
}
func (h timerHeap) Swap(i, j int) { h[i], h[j] = h[j], h[i] }
func (h *timerHeap) Push(x any)   { *h = append(*h, x.(timer)) }
func (h *timerHeap) Pop() any {
	last := len(*h) - 1
	t := (*h)[last]
	(*h)[last] = timer{}
	*h = (*h)[:last]
	return t
}

func (r *Run) arm(at time.Time, p purpose, a *attempt) {
	t := timer{at: at, why: p, att: a}
	if a != nil {
		t.seq = a.row.ID
	}
	heap.Push(&r.timers, t)
}

// armAll sets the timers that committed rows ask for.
func (r *Run) armAll() {
	for i := range r.nodes {
		a := r.nodes[i].att
		if a == nil {
			continue
		}
		switch a.row.State {
		case workflow.Delayed:
			r.arm(a.row.Deadline, forDelay, a)
		case workflow.Running:
			r.armLimit(a)
		}
	}
	r.armInstance()
}

// armLimit sets the timer of a running attempt's time limit.
func (r *Run) armLimit(a *attempt) {
	t := r.task(a)
	if t.Timeout <= 0 || t.TimeoutAction == "" {
		return
	}
	a.limit = a.row.StartTime.Add(t.Timeout)
	if t.Kind != workflow.KindDependent {
		a.row.Deadline = a.limit
	}
	if t.TimeoutAction == workflow.TimeoutWarn && a.row.Warned {
		return
	}
	r.arm(a.limit, forLimit, a)
}

// armInstance sets the timer of the instance's time limit.
func (r *Run) armInstance() {
	if at := r.instanceLimit(); !at.IsZero() {
		r.arm(at, forInstance, nil)
	}
}

func (r *Run) instanceLimit() time.Time {
	limit := r.plan.def.Timeout
	if r.start.Timeout > 0 {
		limit = r.start.Timeout
	}
	if limit <= 0 || r.inst.TimeoutWarned || r.inst.StartTime.IsZero() {
		return time.Time{}
	}
	return r.inst.StartTime.Add(limit)
}

// wake is the earliest deadline that still means something.
func (r *Run) wake() time.Time {
	for len(r.timers) > 0 {
		if r.live(r.timers[0]) {
			return r.timers[0].at
		}
		heap.Pop(&r.timers)
	}
	return time.Time{}
}

// live reports whether a timer is not stale.
func (r *Run) live(t timer) bool {
	m := r.mode()
	if m == still {
		return false
	}
	if t.why == forInstance {
		return t.at.Equal(r.instanceLimit())
	}
	a := t.att
	if !a.row.Current {
		return false
	}
	switch t.why {
	case forDelay:
		return m == running && a.row.State == workflow.Delayed && t.at.Equal(a.row.Deadline)
	case forLimit:
		return a.row.State == workflow.Running && t.at.Equal(a.limit)
	case forPoll:
		return a.row.State == workflow.Running && a.lookup != nil && t.at.Equal(a.lookup.poll)
	}
	return false
}

// tick fires every timer that is due.
func (r *Run) tick() {
	for len(r.timers) > 0 && !r.timers[0].at.After(r.step.now) {
		t := heap.Pop(&r.timers).(timer)
		if !r.live(t) {
			continue
		}
		switch t.why {
		case forInstance:
			r.inst.TimeoutWarned = true
			r.touch()
			r.alertInstance(workflow.AlertTimeout, "runs longer than its limit")
		case forDelay:
			r.launch(t.att)
		case forLimit:
			r.strike(t.att)
		case forPoll:
			r.askAgain(t.att)
		}
	}
}

// strike is what a task's time limit does.
func (r *Run) strike(a *attempt) {
	t := r.task(a)
	a.limited = true
	if t.TimeoutAction != workflow.TimeoutFail && !a.row.Warned {
		a.row.Warned = true
		r.mark(a)
		r.alertTask(workflow.AlertTimeout, a, "runs longer than its limit")
	}
	if t.TimeoutAction == workflow.TimeoutWarn {
		return
	}
	if t.Kind == workflow.KindDependent {
		r.finish(a, workflow.Failed, r.limitReason(a), r.step.now)
		return
	}
	r.kill(a, r.limitReason(a))
}

// overdue reports whether the attempt's time limit fails it and had passed.
func (r *Run) overdue(a *attempt, at time.Time) bool {
	act := r.task(a).TimeoutAction
	if act != workflow.TimeoutFail && act != workflow.TimeoutWarnFail {
		return false
	}
	limit := r.task(a).Timeout
	return a.limited || (limit > 0 && !a.row.StartTime.IsZero() && !at.Before(a.row.StartTime.Add(limit)))
}

func (r *Run) limitReason(a *attempt) string {
	return fmt.Sprintf("ended by its time limit of %s", r.task(a).Timeout)
}
