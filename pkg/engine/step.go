package engine

import (
	"fmt"
	"time"

	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// step collects what one Step changes.
type step struct {
	now     time.Time
	nextID  func() int64
	eff     Effects
	dirty   []*attempt
	touched bool // the instance row changes
}

// Step applies an event to the run and says what has to be done about it. An
// event that no longer fits (a repeat, an attempt that is over) has no effect.
// The cost is that of the nodes the event decides, not of the graph; only
// commands that turn the whole run round look at all of it.
func (r *Run) Step(env Env, ev Event) Effects {
	r.step = step{now: env.Now, nextID: env.NextID}
	r.handle(ev)
	if r.step.eff.Rejected == "" {
		r.drain()
		r.conclude()
	}
	return r.flush()
}

func (r *Run) handle(ev Event) {
	switch e := ev.(type) {
	case Start:
		r.begin()
	case Wait:
		r.wait(e)
	case Adopt:
		r.adopt()
	case Control:
		r.control(e)
	case Queued:
		r.queued(e)
	case Assigned:
		r.assigned(e)
	case Refused:
		r.refused(e)
	case Started:
		r.started(e)
	case Ended:
		r.ended(e)
	case Gone:
		r.gone(e)
	case Overdue:
		r.unbegun()
	case Tick:
		r.tick()
	case ChildStarted:
		r.childStarted(e)
	case ChildEnded:
		r.childEnded(e)
	case Looked:
		r.looked(e)
	case SlotGranted:
		r.slotGranted(e)
	default:
		panic(fmt.Sprintf("engine: unknown event %T", ev))
	}
}

// flush turns what changed into rows.
func (r *Run) flush() Effects {
	eff := r.step.eff
	for _, a := range r.step.dirty {
		a.dirty, a.written = false, true
		a.row.UpdateTime = r.step.now
		eff.Tasks = append(eff.Tasks, a.row)
	}
	if r.step.touched {
		r.inst.UpdateTime = r.step.now
		inst := r.inst
		eff.Instance = &inst
	}
	eff.Wake = r.wake()
	r.step = step{}
	return eff
}

// mark makes the attempt's row part of the step's effects.
func (r *Run) mark(a *attempt) {
	if !a.dirty {
		a.dirty = true
		r.step.dirty = append(r.step.dirty, a)
	}
}

func (r *Run) touch() { r.step.touched = true }

// mode is what a run does with work that could begin.
type mode uint8

const (
	still   mode = iota // it has not begun, or is over
	running             // begins it
	pausing             // keeps it for a recovery
	ending              // kills it
)

func (r *Run) mode() mode {
	switch r.inst.State {
	case workflow.Running, workflow.Pausing:
		if r.failing() {
			return ending
		}
		if r.inst.State == workflow.Pausing {
			return pausing
		}
		return running
	case workflow.Stopping:
		return ending
	}
	return still
}

// failing reports whether a failure ends the whole run.
func (r *Run) failing() bool {
	return r.count.failed > 0 && r.start.FailureStrategy == workflow.FailEnd
}

// base is the time that dates refer to.
func (r *Run) base() time.Time {
	if !r.inst.ScheduleTime.IsZero() {
		return r.inst.ScheduleTime.In(r.zone)
	}
	return r.inst.StartTime.In(r.zone)
}

// begin starts a run whose policy admits it.
func (r *Run) begin() {
	if r.inst.State != workflow.Submitted && r.inst.State != workflow.SerialWait {
		return
	}
	r.inst.State, r.inst.Reason = workflow.Running, ""
	r.inst.StartTime = r.step.now
	r.inst.RunTimes = max(r.inst.RunTimes, 1)
	if len(r.inst.History) == 0 && r.inst.Command != "" {
		r.inst.History = []workflow.CommandType{r.inst.Command}
	}
	r.touch()
	r.armInstance()
}

// wait keeps a fresh run back, or ends it.
func (r *Run) wait(e Wait) {
	if r.inst.State != workflow.Submitted && r.inst.State != workflow.SerialWait {
		return
	}
	if e.Discard {
		r.over(workflow.Stopped, e.Reason)
		return
	}
	if r.inst.State == workflow.SerialWait && r.inst.Reason == e.Reason {
		return
	}
	r.inst.State, r.inst.Reason = workflow.SerialWait, e.Reason
	r.touch()
}

// adopt asks again for all that may have been lost with the last owner.
func (r *Run) adopt() {
	if r.mode() == still {
		return
	}
	r.inst.Recovered = true
	r.touch()
	for i := range r.nodes {
		a := r.nodes[i].att
		if a == nil || a.row.State.Terminal() {
			continue
		}
		if a.row.Kind == workflow.KindSubWorkflow && a.row.State == workflow.Running {
			r.resumeChild(a)
		}
		switch r.mode() {
		case ending:
			r.end(a, "the instance is ending")
		case pausing:
			r.pause(a)
		default:
			r.resume(a)
		}
	}
}
