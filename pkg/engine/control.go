package engine

import (
	"fmt"
	"slices"
	"time"

	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// Allows reports whether a command may act on an instance in that state.
// CmdForceSuccess, CmdReleaseHold, CmdForceStart and CmdRerunFrom depend on the
// attempt as well.
func Allows(c workflow.CommandType, s workflow.State) bool {
	switch c {
	case workflow.CmdPause:
		return s == workflow.Running
	case workflow.CmdStop:
		return s == workflow.Submitted || s == workflow.SerialWait || s == workflow.Running || s == workflow.Pausing
	case workflow.CmdRerun, workflow.CmdRerunFrom:
		return s.Terminal()
	case workflow.CmdRecoverPaused:
		return s == workflow.Paused || s == workflow.Stopped
	case workflow.CmdRecoverFailed:
		return s == workflow.Failed
	case workflow.CmdForceSuccess:
		return s != workflow.Submitted && s != workflow.SerialWait
	case workflow.CmdReleaseHold, workflow.CmdForceStart:
		return s == workflow.Running
	}
	return false
}

func (r *Run) control(e Control) {
	if !Allows(e.Command, r.inst.State) {
		r.reject("%s is not possible while the instance is %s", e.Command, r.inst.State)
		return
	}
	switch e.Command {
	case workflow.CmdPause:
		r.pauseAll()
	case workflow.CmdStop:
		r.stop()
	case workflow.CmdRerun:
		r.rerun()
	case workflow.CmdRerunFrom:
		r.rerunFrom(e.TaskID)
	case workflow.CmdRecoverPaused, workflow.CmdRecoverFailed:
		r.recover(e.Command)
	case workflow.CmdForceSuccess:
		r.force(e.TaskID)
	case workflow.CmdReleaseHold:
		r.release(e.TaskID)
	case workflow.CmdForceStart:
		r.forceStart(e.TaskID)
	}
}

func (r *Run) reject(format string, args ...any) {
	r.step.eff.Rejected = fmt.Sprintf(format, args...)
}

func (r *Run) pauseAll() {
	if r.failing() {
		r.reject("%s is not possible: a failure is ending the instance", workflow.CmdPause)
		return
	}
	r.inst.State, r.inst.Reason = workflow.Pausing, "waits for running tasks"
	r.touch()
	r.each(r.pause)
}

func (r *Run) stop() {
	if r.mode() == still {
		r.over(workflow.Stopped, "stopped before it began")
		return
	}
	r.inst.State, r.inst.Reason = workflow.Stopping, "waits for killed tasks"
	r.touch()
	r.endAll("the instance is being stopped")
}

// endAll ends every attempt that is not over.
func (r *Run) endAll(reason string) {
	r.each(func(a *attempt) { r.end(a, reason) })
}

// each visits the attempts that are not over in the order of the definition.
func (r *Run) each(do func(*attempt)) {
	for i := range r.nodes {
		if a := r.nodes[i].att; a != nil && !a.row.State.Terminal() {
			do(a)
		}
	}
}

// pause keeps an attempt for a recovery unless it is under way. One that waits
// for a retry stays: if it still does when nothing runs any more, the instance
// has failed.
func (r *Run) pause(a *attempt) {
	switch a.row.State {
	case workflow.Submitted:
		r.close(a, workflow.Paused, "the instance is pausing")
	case workflow.Delayed:
		if a.row.Retry == 0 {
			r.close(a, workflow.Paused, "the instance is pausing")
		}
	case workflow.Running:
		switch a.row.Kind {
		case workflow.KindDependent:
			r.close(a, workflow.Paused, "the instance is pausing")
		case workflow.KindSubWorkflow:
			r.signal(a, workflow.CmdPause)
		}
	}
}

// end ends an attempt: at once when nothing runs of it, else by asking.
func (r *Run) end(a *attempt, reason string) {
	switch {
	case a.row.State == workflow.Submitted, a.row.State == workflow.Delayed, a.row.Kind == workflow.KindDependent:
		r.close(a, workflow.Killed, reason)
	default:
		r.kill(a, reason)
	}
}

// kill asks for the end of an attempt that is under way.
func (r *Run) kill(a *attempt, reason string) {
	if a.killing {
		return
	}
	a.killing = true
	if a.row.Kind == workflow.KindSubWorkflow {
		r.signal(a, workflow.CmdStop)
		return
	}
	r.step.eff.Kill = append(r.step.eff.Kill, Kill{TaskID: a.row.ID, WorkerID: a.row.WorkerID, Reason: reason})
}

// resume asks again for what an attempt of an adopted run waits for.
func (r *Run) resume(a *attempt) {
	switch {
	case a.row.State == workflow.Submitted:
		r.launch(a)
	case a.row.State == workflow.Running && a.row.Kind == workflow.KindDependent:
		r.askAgain(a)
	}
}

// rerun begins the whole instance again.
func (r *Run) rerun() {
	for i := range r.nodes {
		if a := r.nodes[i].att; a != nil {
			r.retire(a)
		}
	}
	r.inst.StartTime = r.step.now
	r.inst.TimeoutWarned = false
	r.revive(workflow.CmdRerun)
	r.rebuild()
	r.armInstance()
}

// rerunFrom runs the task of an attempt again, and everything that follows it.
// What else ended stays as it is. To the outside it is a rerun.
func (r *Run) rerunFrom(taskID int64) {
	a := r.byID[taskID]
	if a == nil {
		r.reject("attempt %d is not a current one of the instance", taskID)
		return
	}
	from := a.node
	r.revive(workflow.CmdRerun)
	redo := make([]bool, len(r.nodes))
	for _, i := range r.plan.order {
		n := &r.nodes[i]
		follows := slices.ContainsFunc(r.plan.prev(i), func(j int32) bool { return redo[j] })
		if n.phase == outside || !follows && i != from {
			continue
		}
		redo[i] = true
		r.replace(n)
	}
	r.rebuild()
	r.armInstance()
}

// revive makes a terminal instance run again.
func (r *Run) revive(c workflow.CommandType) {
	r.inst.State, r.inst.Reason = workflow.Running, ""
	r.inst.Command = c
	r.inst.History = append(slices.Clone(r.inst.History), c)
	r.inst.EndTime, r.inst.Vars = time.Time{}, nil
	r.inst.RunTimes++
	if r.inst.StartTime.IsZero() {
		r.inst.StartTime = r.step.now
	}
	r.touch()
}

// recover continues a terminal instance: what was paused goes on, what was
// killed or (for CmdRecoverFailed) failed or was lost runs again, and so does
// everything that followed it.
func (r *Run) recover(c workflow.CommandType) {
	r.revive(c)
	var resumed []*attempt
	redo := make([]bool, len(r.nodes))
	for _, i := range r.plan.order {
		n := &r.nodes[i]
		if n.phase == outside {
			continue
		}
		if slices.ContainsFunc(r.plan.prev(i), func(j int32) bool { return redo[j] }) {
			redo[i] = true
			r.replace(n)
			continue
		}
		if n.att == nil || !r.recovers(n.att, c) {
			continue
		}
		redo[i] = true
		if r.continues(n.att) {
			resumed = append(resumed, n.att)
			continue
		}
		r.replace(n)
	}
	for _, a := range resumed {
		r.reset(a)
	}
	r.rebuild()
	for _, a := range resumed {
		r.reenter(a)
	}
	r.armInstance()
}

func (r *Run) replace(n *node) {
	if n.att != nil {
		r.retire(n.att)
		n.again = true
	}
}

// recovers reports whether a recovery runs the attempt's task again.
func (r *Run) recovers(a *attempt, c workflow.CommandType) bool {
	switch a.row.State {
	case workflow.Paused, workflow.Killed:
		return true
	case workflow.Lost:
		return c == workflow.CmdRecoverFailed && (!r.tolerated(a) || r.nodes[a.node].mixed) ||
			r.onLost(a) == workflow.LostRerun
	case workflow.Failed:
		return c == workflow.CmdRecoverFailed && r.task(a).Kind != workflow.KindConditions &&
			(!r.tolerated(a) || r.nodes[a.node].mixed)
	}
	return false
}

// continues reports whether the same attempt goes on: what was paused, and a
// sub-workflow whose instance can be recovered.
func (r *Run) continues(a *attempt) bool {
	if a.row.Kind == workflow.KindSubWorkflow && a.row.ChildID != 0 {
		return a.row.State != workflow.Failed || !r.overdue(a, a.row.EndTime)
	}
	return a.row.State == workflow.Paused
}

// reset makes a finished attempt one that goes on. The counts follow with the
// next rebuild.
func (r *Run) reset(a *attempt) {
	was := a.row.State
	a.row.State, a.row.Reason = workflow.Submitted, ""
	a.row.EndTime, a.row.Warned = time.Time{}, false
	a.limited, a.limit, a.lookup = false, time.Time{}, nil
	r.mark(a)
	if a.row.Kind == workflow.KindSubWorkflow && a.row.ChildID != 0 {
		a.row.State, a.row.StartTime = workflow.Running, r.step.now
		r.recoverChild(a, was)
	}
}

// reenter sends a reset attempt on its way.
func (r *Run) reenter(a *attempt) {
	if a.row.State == workflow.Running {
		r.armLimit(a)
		return
	}
	r.enter(a)
}

// force declares an attempt done.
func (r *Run) force(taskID int64) {
	a := r.byID[taskID]
	if a == nil {
		r.reject("attempt %d is not a current one of the instance", taskID)
		return
	}
	switch a.row.State {
	case workflow.Failed, workflow.Killed, workflow.Lost:
	default:
		r.reject("%s is not possible while the attempt is %s", workflow.CmdForceSuccess, a.row.State)
		return
	}
	a.row.State, a.row.Reason = workflow.ForcedSuccess, "declared done by a user"
	r.forceBranch(a)
	r.mark(a)
	r.rebuild()
	r.forgetReason()
}

// forceBranch gives a logic task that was declared done before it decided the
// branch of a success, or the default one.
func (r *Run) forceBranch(a *attempt) {
	t := r.task(a)
	switch {
	case a.row.Branch != nil:
	case t.Kind == workflow.KindSwitch:
		a.row.Branch = branch(t.Switch.Default)
	case t.Kind == workflow.KindConditions:
		a.row.Branch = branch(t.Conditions.Success...)
	}
}

// release runs a held attempt's task again.
func (r *Run) release(taskID int64) {
	a := r.byID[taskID]
	if a == nil || !r.holds(a) {
		r.reject("attempt %d is not held", taskID)
		return
	}
	if r.failing() {
		r.reject("%s is not possible: a failure is ending the instance", workflow.CmdReleaseHold)
		return
	}
	r.anew(a)
	r.forgetReason()
}

// forgetReason drops the explanation that a running instance waits for a
// person, who has now decided.
func (r *Run) forgetReason() {
	if r.inst.State == workflow.Running && r.inst.Reason != "" {
		r.inst.Reason = ""
		r.touch()
	}
}
