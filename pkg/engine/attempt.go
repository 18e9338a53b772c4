package engine

import (
	"fmt"
	"slices"
	"time"

	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// task gives the attempt's task.
func (r *Run) task(a *attempt) *workflow.Task { return r.plan.task(a.node) }

// sent reports whether a worker has or may have the attempt.
func (a *attempt) sent() bool {
	return !a.row.Kind.Logic() && (a.row.State == workflow.Dispatched || a.row.State == workflow.Running)
}

// shift moves an attempt to another state.
func (r *Run) shift(a *attempt, s workflow.State, reason string) {
	r.tally(a, -1)
	a.row.State, a.row.Reason = s, reason
	r.tally(a, 1)
}

// fresh makes the next attempt of a node. Its row is not part of the effects
// until something says so.
func (r *Run) fresh(i int32) *attempt {
	n, t := &r.nodes[i], r.plan.task(i)
	n.last++
	a := r.room()
	*a = attempt{node: i, row: workflow.TaskInstance{
		ID:         r.step.nextID(),
		InstanceID: r.inst.ID, ProjectID: r.inst.ProjectID, DefinitionID: r.inst.DefinitionID,
		Task: t.Name, TaskCode: t.Code, Kind: t.Kind,
		State: workflow.Submitted, Attempt: int(n.last), Current: true,
		Priority: t.Priority, WorkerGroup: r.group(t),
		SubmitTime: r.step.now,
	}}
	n.att, n.phase = a, open
	r.byID[a.row.ID] = a
	r.count.pending++
	return a
}

// room gives the place of a new attempt. Those of a wide graph, which come and
// go together, lie together: what the collector cannot give back is less.
func (r *Run) room() *attempt {
	const most = 100 // of 488 bytes: little less than six pages of the run-time
	if len(r.rooms) == 0 {
		r.rooms = make([]attempt, min(max(len(r.todo), 1), most))
	}
	a := &r.rooms[0]
	r.rooms = r.rooms[1:]
	return a
}

// group is the worker group of a task: "default" means the instance's.
func (r *Run) group(t *workflow.Task) string {
	const byDefault = "default"
	switch {
	case t.WorkerGroup != "" && t.WorkerGroup != byDefault:
		return t.WorkerGroup
	case r.start.WorkerGroup != "":
		return r.start.WorkerGroup
	}
	return byDefault
}

// open begins the next attempt of a decided node.
func (r *Run) open(i int32) {
	n := &r.nodes[i]
	a := r.fresh(i)
	if n.again {
		a.row.Retry = int(n.consumed)
		n.again, n.consumed = false, 0
		r.mark(a) // what replaces an attempt keeps its number over a restart
		r.enter(a)
		return
	}
	if t := r.task(a); t.Delay > 0 {
		a.row.Deadline = r.step.now.Add(t.Delay)
	}
	r.enter(a)
}

// enter sends an attempt on its way, as far as the run's mode allows.
func (r *Run) enter(a *attempt) {
	switch r.mode() {
	case pausing:
		r.close(a, workflow.Paused, "the instance is pausing")
	case ending:
		r.close(a, workflow.Killed, "the instance is ending")
	default:
		if a.row.Deadline.After(r.step.now) {
			r.delay(a, fmt.Sprintf("starts at %s", r.clock(a.row.Deadline)))
			return
		}
		r.launch(a)
	}
}

// delay makes an attempt wait for its deadline.
func (r *Run) delay(a *attempt, reason string) {
	r.shift(a, workflow.Delayed, reason)
	r.mark(a)
	r.arm(a.row.Deadline, forDelay, a)
}

// launch begins an attempt that waits for nothing but its turn.
func (r *Run) launch(a *attempt) {
	if a.row.State != workflow.Submitted {
		r.shift(a, workflow.Submitted, "")
	}
	a.row.Deadline = time.Time{}
	switch t := r.task(a); t.Kind {
	case workflow.KindSubWorkflow:
		r.startChild(a)
	case workflow.KindDependent:
		r.startDependent(a)
	case workflow.KindConditions:
		r.decide(a)
	case workflow.KindSwitch:
		r.choose(a)
	default:
		r.offer(a)
	}
}

// offer asks for a worker, or first for a slot.
func (r *Run) offer(a *attempt) {
	t := r.task(a)
	if t.TaskGroupID > 0 && !a.row.Force {
		// The slot is bound to the attempt's id, so the id has to last.
		a.row.Reason = workflow.AwaitsSlot(t.TaskGroupID)
		r.mark(a)
		r.step.eff.WantSlots = append(r.step.eff.WantSlots,
			Slot{TaskID: a.row.ID, GroupID: t.TaskGroupID, Priority: t.TaskGroupPrio})
		return
	}
	r.ready(a)
}

func (r *Run) ready(a *attempt) {
	a.ready = true
	r.step.eff.Ready = append(r.step.eff.Ready, Ready{
		TaskID: a.row.ID, Group: a.row.WorkerGroup,
		InstancePriority: r.start.Priority, Priority: a.row.Priority,
	})
}

// forceStart lets an attempt go ahead that waits for a slot: over the limit of
// its task group, or though the group is closed. Another attempt of the task
// waits again.
func (r *Run) forceStart(taskID int64) {
	a := r.byID[taskID]
	if a == nil || a.ready || a.row.AwaitedGroup() == 0 || r.mode() != running {
		r.reject("attempt %d does not wait for a slot of a task group", taskID)
		return
	}
	a.row.Force, a.row.Reason = true, ""
	r.mark(a)
	r.step.eff.ReleaseSlots = append(r.step.eff.ReleaseSlots, a.row.ID) // it may have been granted meanwhile
	r.ready(a)
}

func (r *Run) slotGranted(e SlotGranted) {
	a := r.byID[e.TaskID]
	switch {
	case a == nil || a.row.Force || a.row.State.Terminal() || a.row.State == workflow.Delayed:
		r.step.eff.ReleaseSlots = append(r.step.eff.ReleaseSlots, e.TaskID)
	case a.row.State == workflow.Submitted && !a.ready && r.mode() == running:
		a.row.Reason = ""
		r.ready(a)
	}
}

func (r *Run) queued(e Queued) {
	a := r.byID[e.TaskID]
	if a == nil || !a.ready || (a.written && a.row.Reason == e.Reason) {
		return
	}
	a.row.Reason = e.Reason
	r.mark(a)
}

func (r *Run) assigned(e Assigned) {
	a := r.byID[e.TaskID]
	if a == nil || !a.ready {
		return
	}
	a.ready = false
	r.shift(a, workflow.Dispatched, "")
	a.row.WorkerID, a.row.Host, a.row.Epoch = e.WorkerID, e.Host, e.Epoch
	a.row.UpdateTime = r.step.now
	r.mark(a)
	t := r.task(a)
	d := Dispatch{Task: a.row, Spec: t, Values: r.values(a), Start: r.start, First: !a.written}
	if t.TimeoutAction == workflow.TimeoutFail || t.TimeoutAction == workflow.TimeoutWarnFail {
		d.Timeout = t.Timeout
	}
	r.step.eff.Dispatch = append(r.step.eff.Dispatch, d)
}

func (r *Run) refused(e Refused) {
	a := r.byID[e.TaskID]
	if a == nil || a.row.State != workflow.Dispatched || !a.assignedTo(e.WorkerID) {
		return
	}
	a.row.WorkerID, a.row.Host = "", ""
	a.killing = false
	r.shift(a, workflow.Submitted, e.Reason)
	r.mark(a)
	if r.mode() != running {
		r.enter(a)
		return
	}
	r.ready(a)
}

// assignedTo reports whether an event about a worker concerns the attempt.
func (a *attempt) assignedTo(workerID string) bool {
	return workerID == "" || workerID == a.row.WorkerID
}

func (r *Run) started(e Started) {
	a := r.byID[e.TaskID]
	if a == nil || !a.sent() {
		return
	}
	if a.row.State == workflow.Running && e.AppLink != "" && e.AppLink != a.row.AppLink {
		a.row.AppLink = e.AppLink
		r.mark(a)
	}
	if a.row.State != workflow.Dispatched {
		return
	}
	r.forgetOverdue()
	r.shift(a, workflow.Running, a.row.Reason)
	a.row.StartTime = orNow(e.At, r.step.now)
	a.row.PID, a.row.WorkDir, a.row.LogPath, a.row.AppLink = e.PID, e.WorkDir, e.LogPath, e.AppLink
	r.armLimit(a)
	r.mark(a)
}

func (r *Run) ended(e Ended) {
	a := r.byID[e.TaskID]
	if a == nil || a.row.Kind.Logic() {
		return
	}
	// An end may overtake the refusal that a broken connection was taken for.
	refused := a.row.State == workflow.Submitted && a.row.Epoch > 0
	if !a.sent() && !refused {
		return
	}
	if e.State == workflow.Lost {
		r.gone(Gone{TaskID: e.TaskID, Reason: e.Reason})
		return
	}
	r.forgetOverdue()
	a.row.StartTime = orNow(e.Start, orNow(a.row.StartTime, orNow(e.At, r.step.now)))
	a.row.ExitCode, a.row.AppLink = e.ExitCode, orText(e.AppLink, a.row.AppLink)
	if e.PID != 0 {
		a.row.PID = e.PID
	}
	a.row.WorkDir, a.row.LogPath = orText(e.WorkDir, a.row.WorkDir), orText(e.LogPath, a.row.LogPath)
	a.row.Vars = pick(e.Vars, r.plan.locals[a.node])
	state, reason := r.verdictOf(a, e)
	r.finish(a, state, reason, e.At)
}

// verdictOf is the state an attempt ends in. What a time limit killed has
// failed; what the instance's end killed was killed, whatever it says.
func (r *Run) verdictOf(a *attempt, e Ended) (workflow.State, string) {
	switch e.State {
	case workflow.Succeeded, workflow.Failed:
		return e.State, e.Reason
	case workflow.Killed:
		if r.mode() != ending && r.overdue(a, orNow(e.At, r.step.now)) {
			return workflow.Failed, r.limitReason(a)
		}
		return workflow.Killed, e.Reason
	}
	return workflow.Failed, fmt.Sprintf("its worker reported the unknown end %q", e.State)
}

// finish ends an attempt that ran and acts on how.
func (r *Run) finish(a *attempt, s workflow.State, reason string, at time.Time) {
	t := r.task(a)
	retry := s == workflow.Failed && a.row.Retry < t.MaxRetries && r.mode() == running
	r.closeAt(a, s, reason, orNow(at, r.step.now))
	if retry {
		r.retry(a)
		return
	}
	r.settleEnd(a)
}

// close ends an attempt in a state that lets nothing follow.
func (r *Run) close(a *attempt, s workflow.State, reason string) {
	r.closeAt(a, s, reason, r.step.now)
	r.nodes[a.node].phase = dead
}

func (r *Run) closeAt(a *attempt, s workflow.State, reason string, at time.Time) {
	if a.ready {
		a.ready = false
		r.step.eff.Withdraw = append(r.step.eff.Withdraw, a.row.ID)
	}
	if t := r.task(a); t.TaskGroupID > 0 && !t.Kind.Logic() {
		r.step.eff.ReleaseSlots = append(r.step.eff.ReleaseSlots, a.row.ID)
	}
	if begun := a.row.State == workflow.Dispatched || a.row.State == workflow.Running; begun || s != workflow.Paused {
		a.row.Deadline = time.Time{} // only a paused start delay goes on
	}
	r.shift(a, s, reason)
	a.row.EndTime = at
	a.killing = false
	r.mark(a)
}

// settleEnd lets the graph go on after an attempt, or ends the others.
func (r *Run) settleEnd(a *attempt) {
	before := r.count.failed
	r.settleAttempt(a)
	counts := a.row.State == workflow.Failed || a.row.State == workflow.Lost
	if counts && !r.tolerated(a) && before == 1 && r.failing() {
		r.endAll(fmt.Sprintf("%s failed and ends the instance", a.row.Task))
	}
}

// retire takes an attempt out of the run; its row stays for the history.
func (r *Run) retire(a *attempt) {
	r.tally(a, -1)
	a.row.Current = false
	r.mark(a)
	delete(r.byID, a.row.ID)
	if n := &r.nodes[a.node]; n.att == a {
		n.att = nil
	}
}

// retry replaces a failed attempt by one that waits for the interval.
func (r *Run) retry(a *attempt) {
	t := r.task(a)
	r.retire(a)
	next := r.fresh(a.node)
	next.row.Retry = a.row.Retry + 1
	next.row.Deadline = r.step.now.Add(t.RetryInterval)
	reason := fmt.Sprintf("retry %d of %d", next.row.Retry, t.MaxRetries)
	r.mark(next) // or a restart would forget what was consumed
	if t.RetryInterval <= 0 {
		next.row.Reason = reason
		r.enter(next)
		return
	}
	r.delay(next, reason+" at "+r.clock(next.row.Deadline))
}

// anew replaces an attempt without consuming a retry.
func (r *Run) anew(a *attempt) {
	r.retire(a)
	n := &r.nodes[a.node]
	n.again, n.consumed, n.phase = true, int32(a.row.Retry), decided
	r.todo = append(r.todo, a.node)
}

func (r *Run) gone(e Gone) {
	a := r.byID[e.TaskID]
	if a == nil || !a.sent() || !a.assignedTo(e.WorkerID) {
		return
	}
	policy, ends := r.onLost(a), r.mode() == ending
	reason := orText(e.Reason, "its worker is gone")
	if policy == workflow.LostHold {
		reason += "; held until a person reruns it or declares it done"
	}
	r.closeAt(a, workflow.Lost, reason, r.step.now)
	r.alertTask(workflow.AlertFailover, a, "was lost with its worker")
	switch {
	case policy == workflow.LostFail:
		r.settleEnd(a)
	case policy == workflow.LostHold:
		r.nodes[a.node].phase = dead
		if !ends {
			r.alertTask(workflow.AlertHold, a, "is held: nobody knows whether it ran to its end")
		}
	case ends:
		r.nodes[a.node].phase = dead
	default:
		r.anew(a)
	}
}

// clock renders a time for a person.
func (r *Run) clock(t time.Time) string { return t.In(r.zone).Format("2006-01-02 15:04:05") }

func orNow(t, now time.Time) time.Time {
	if t.IsZero() {
		return now
	}
	return t
}

func orText(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

// pick copies the named values.
func pick(values map[string]string, names []string) map[string]string {
	var out map[string]string
	for name, v := range values {
		if slices.Contains(names, name) {
			if out == nil {
				out = make(map[string]string)
			}
			out[name] = v
		}
	}
	return out
}
