package engine

import (
	"fmt"
	"maps"
	"strings"

	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// startChild begins a SUB_WORKFLOW attempt.
func (r *Run) startChild(a *attempt) {
	r.shift(a, workflow.Running, "waits for its instance to start")
	a.row.StartTime = r.step.now
	r.armLimit(a)
	r.mark(a)
	r.askChild(a)
}

// askChild asks for the child instance.
func (r *Run) askChild(a *attempt) {
	down := r.values(a)
	maps.DeleteFunc(down, func(name, _ string) bool { return strings.HasPrefix(name, "system.") })
	r.step.eff.Children = append(r.step.eff.Children, Child{
		TaskID: a.row.ID, DefinitionID: r.task(a).SubWorkflow.DefinitionID, Params: down,
	})
}

// resumeChild asks again for what an adopted run waits for: a child whose
// start was not seen.
func (r *Run) resumeChild(a *attempt) {
	if a.row.ChildID == 0 {
		r.askChild(a)
	}
}

// signal passes a command on to the child. One that has not started yet gets
// it when it has.
func (r *Run) signal(a *attempt, c workflow.CommandType) {
	if a.row.ChildID == 0 {
		return
	}
	r.step.eff.Signals = append(r.step.eff.Signals, Signal{
		TaskID: a.row.ID, ChildID: a.row.ChildID,
		DefinitionID: r.task(a).SubWorkflow.DefinitionID, Command: c,
	})
}

// recoverChild recovers the child of an attempt that ended as was.
func (r *Run) recoverChild(a *attempt, was workflow.State) {
	c := workflow.CmdRecoverPaused // of one that is PAUSED or STOPPED
	if was == workflow.Failed {
		c = workflow.CmdRecoverFailed
	}
	a.row.Reason = childReason(a)
	r.signal(a, c)
}

func childReason(a *attempt) string { return fmt.Sprintf("runs as instance %d", a.row.ChildID) }

func (r *Run) childStarted(e ChildStarted) {
	a := r.byID[e.TaskID]
	if a == nil || a.row.Kind != workflow.KindSubWorkflow || a.row.State != workflow.Running || a.row.ChildID != 0 {
		return
	}
	a.row.ChildID = e.ChildID
	a.row.Reason = childReason(a)
	r.mark(a)
	switch {
	case a.killing || r.mode() == ending:
		r.signal(a, workflow.CmdStop)
	case r.mode() == pausing:
		r.signal(a, workflow.CmdPause)
	}
}

// childEnded makes the child's end the attempt's.
func (r *Run) childEnded(e ChildEnded) {
	a := r.byID[e.TaskID]
	if a == nil || a.row.Kind != workflow.KindSubWorkflow || a.row.State != workflow.Running {
		return
	}
	if a.row.ChildID != 0 && e.ChildID != 0 && a.row.ChildID != e.ChildID {
		return
	}
	state, ok := childState(e.State)
	if !ok {
		return
	}
	if e.ChildID != 0 {
		a.row.ChildID = e.ChildID
	}
	reason := orText(e.Reason, fmt.Sprintf("instance %d is %s", a.row.ChildID, e.State))
	if state == workflow.Killed && r.mode() != ending && r.overdue(a, r.step.now) {
		state, reason = workflow.Failed, r.limitReason(a)
	}
	if state.Success() {
		a.row.Vars = maps.Clone(e.Vars)
	}
	r.finish(a, state, reason, r.step.now)
}

// childState is the attempt's state for the child's final one.
func childState(s workflow.State) (workflow.State, bool) {
	switch s {
	case workflow.Succeeded, workflow.Failed, workflow.Paused:
		return s, true
	case workflow.Stopped:
		return workflow.Killed, true
	}
	return "", false
}
