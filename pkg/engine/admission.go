package engine

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// Admission decides which instances of one workflow may run at once. It is a
// value of the workflow's owner, rebuilt from the rows of the instances that
// are not terminal.
//
// An instance counts from Submit to Ended. Each brings its own policy: a new
// version may have another one than the instances that run.
type Admission struct {
	running map[int64]struct{}
	waiting []waiter // in the order of their ids
}

type waiter struct {
	id       int64
	priority workflow.Priority
	byUrgent bool
}

// Admitted is the answer to Submit.
type Admitted struct {
	// Start says that the instance may run now. Otherwise Wait is the event for
	// its run.
	Start bool
	Wait  Wait
}

// NewAdmission knows the given instances of a workflow: those that run, and
// those that wait. SUBMITTED ones are left to Submit, terminal ones do not
// count.
func NewAdmission(instances ...workflow.Instance) *Admission {
	a := &Admission{running: map[int64]struct{}{}}
	for i := range instances {
		inst := &instances[i]
		switch inst.State {
		case workflow.Running, workflow.Pausing, workflow.Stopping:
			a.running[inst.ID] = struct{}{}
		case workflow.SerialWait:
			a.enqueue(inst)
		}
	}
	return a
}

// Submit decides about a new instance. Submitting one again gives the same
// answer.
func (a *Admission) Submit(inst workflow.Instance) Admitted {
	_, runs := a.running[inst.ID]
	serial := inst.Policy != "" && inst.Policy != workflow.Parallel
	if runs || !serial || a.others(inst.ID) == 0 {
		a.Running(inst.ID)
		return Admitted{Start: true}
	}
	if inst.Policy == workflow.SerialDiscard {
		return Admitted{Wait: Wait{Discard: true, Reason: "discarded: another instance of the workflow had not ended"}}
	}
	a.enqueue(&inst)
	return Admitted{Wait: Wait{Reason: a.reason()}}
}

// Running notes that an instance runs although nobody asked Submit: a
// recovery or a rerun of a terminal one.
func (a *Admission) Running(id int64) {
	a.forget(id)
	a.running[id] = struct{}{}
}

// Ended takes an instance out, whether it ran or waited, and says which ones
// may start now. They count as running from here on.
func (a *Admission) Ended(id int64) []int64 {
	delete(a.running, id)
	a.forget(id)
	return a.Next()
}

// Next says which waiting instances may start, if any: those that Ended would
// have named had its owner not gone away.
func (a *Admission) Next() []int64 {
	if len(a.running) > 0 || len(a.waiting) == 0 {
		return nil
	}
	id := a.waiting[a.head()].id
	a.Running(id)
	return []int64{id}
}

// Empty reports whether nothing runs or waits.
func (a *Admission) Empty() bool { return len(a.running)+len(a.waiting) == 0 }

// head is the waiter whose turn it is: the oldest, unless that one is in the
// queue by urgency, where the most urgent goes first.
func (a *Admission) head() int {
	best := 0
	for i, w := range a.waiting {
		if a.waiting[0].byUrgent && w.byUrgent && w.priority < a.waiting[best].priority {
			best = i
		}
	}
	return best
}

func (a *Admission) others(id int64) int {
	n := len(a.running) + len(a.waiting)
	if _, found := a.find(id); found {
		n--
	}
	return n
}

func (a *Admission) find(id int64) (int, bool) {
	return slices.BinarySearchFunc(a.waiting, id, func(w waiter, id int64) int { return cmp.Compare(w.id, id) })
}

func (a *Admission) enqueue(inst *workflow.Instance) {
	at, found := a.find(inst.ID)
	if found {
		return
	}
	a.waiting = slices.Insert(a.waiting, at, waiter{
		id: inst.ID, priority: inst.Start.Priority, byUrgent: inst.Policy == workflow.SerialPriority,
	})
}

func (a *Admission) forget(id int64) {
	if at, found := a.find(id); found {
		a.waiting = slices.Delete(a.waiting, at, at+1)
	}
}

// reason says what a waiting instance waits for.
func (a *Admission) reason() string {
	if len(a.running) == 0 {
		return "waits for earlier instances of its workflow"
	}
	ids := make([]int64, 0, len(a.running))
	for id := range a.running {
		ids = append(ids, id)
	}
	return fmt.Sprintf("waits for instance %d of its workflow", slices.Min(ids))
}
