package engine

import (
	"fmt"

	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// conclude ends the instance when nothing is left that could happen by itself.
func (r *Run) conclude() {
	if r.mode() == still || r.count.active > 0 {
		return
	}
	if r.inst.State == workflow.Pausing && r.count.pending > 0 {
		// What still waits for a retry now has used its last chance.
		r.each(func(a *attempt) {
			r.closeAt(a, workflow.Failed, "not retried: the instance was paused", r.step.now)
			r.settleEnd(a)
		})
		r.drain()
	}
	if r.count.pending > 0 || r.count.active > 0 {
		return
	}
	if r.mode() == running && r.count.held > 0 {
		r.explainHold()
		return
	}
	state := r.final()
	r.over(state, r.finalReason(state))
}

// final is the state of an instance in which nothing can happen any more.
func (r *Run) final() workflow.State {
	c := r.count
	switch {
	case c.failed+c.blocked > 0:
		return workflow.Failed
	case c.left == 0:
		return workflow.Succeeded
	case r.inst.State == workflow.Stopping:
		return workflow.Stopped
	case r.inst.State == workflow.Pausing:
		return workflow.Paused
	case c.killed == 0 && c.paused > 0:
		return workflow.Paused // a child was paused by hand
	}
	return workflow.Failed
}

// finalReason says why an instance ended as it did, in words.
func (r *Run) finalReason(s workflow.State) string {
	switch s {
	case workflow.Failed:
		return r.failureReason()
	case workflow.Paused:
		return "paused"
	case workflow.Stopped:
		return "stopped"
	}
	return ""
}

// failureReason names the first task, in the order of the definition, that the
// instance failed for.
func (r *Run) failureReason() string {
	for i := range r.nodes {
		a := r.nodes[i].att
		switch {
		case a != nil && r.culprit(a):
			return joined(": ", "task "+a.row.Task+" "+inWords(a.row.State), a.row.Reason)
		case a == nil && r.nodes[i].phase == dead && r.count.failed == 0:
			return "task " + r.plan.task(int32(i)).Name + " could not run after a failure before it"
		}
	}
	return fmt.Sprintf("%d tasks could not run", r.count.left)
}

// culprit reports whether the attempt is a reason for the instance's failure:
// a failure if there is one, else a kill.
func (r *Run) culprit(a *attempt) bool {
	switch a.row.State {
	case workflow.Failed:
		return !r.tolerated(a)
	case workflow.Lost:
		return !r.tolerated(a) && (r.onLost(a) == workflow.LostFail || r.count.failed+r.count.blocked == 0)
	case workflow.Killed:
		return r.count.failed+r.count.blocked == 0
	}
	return false
}

func inWords(s workflow.State) string {
	switch s {
	case workflow.Killed:
		return "was killed"
	case workflow.Lost:
		return "was lost"
	case workflow.Failed:
		return "failed"
	}
	return "is " + string(s)
}

func joined(sep, a, b string) string {
	if b == "" {
		return a
	}
	return a + sep + b
}

// explainHold tells in the instance's row that it waits for a person.
func (r *Run) explainHold() {
	for i := range r.nodes {
		if a := r.nodes[i].att; a != nil && r.holds(a) {
			reason := "waits for a decision about the lost attempt of task " + a.row.Task
			if r.inst.Reason != reason {
				r.inst.Reason = reason
				r.touch()
			}
			return
		}
	}
}

// over ends the instance.
func (r *Run) over(s workflow.State, reason string) {
	r.inst.State, r.inst.Reason = s, reason
	r.inst.EndTime = r.step.now
	if s == workflow.Succeeded {
		r.inst.Vars = r.outVars()
	}
	r.touch()
	r.step.eff.Ended = true
	r.timers = nil
	r.alertEnd(s)
}
