package agent

import (
	"fmt"
	"syscall"
	"time"

	"github.com/porpoise-scheduler/porpoise/proto/supervisorpb"
	"github.com/porpoise-scheduler/porpoise/proto/workerpb"
	"github.com/porpoise-scheduler/porpoise/worker/internal/link"
	"github.com/porpoise-scheduler/porpoise/worker/supervisor"
)

// Attached implements link.Handler.
func (a *Agent) Attached(s *link.Session, at *supervisorpb.Attached) {
	a.post(func() {
		a.session, a.supervisor, a.containment = s, at.GetIncarnation(), at.GetContainment()
		incarnation := a.supervisor
		a.attachedTo.Store(&incarnation)
		a.log.Info("attached to the supervisor", "incarnation", a.supervisor, "containment", a.containment, "attempts", len(at.GetProcesses()))
		if !a.isReady {
			a.recover(at.GetProcesses())
		}
		a.reconcile(at.GetProcesses())
		a.renew()
		forgets := a.forgets
		a.forgets = nil
		a.forget(forgets)
		a.giveWithheld()
		if !a.isReady {
			a.isReady = true
			a.Logs.Recovered()
			if err := a.Dirs.Sweep(func(id int64) bool { return a.attempts[id] != nil && a.attempts[id].live() }); err != nil {
				a.log.Warn("looking for old work directories", "error", err)
			}
			close(a.ready)
		}
	})
}

// Detached implements link.Handler.
func (a *Agent) Detached(s *link.Session) {
	a.post(func() {
		if a.session == s {
			a.session = nil
		}
	})
}

// Told implements link.Handler.
func (a *Agent) Told(_ *link.Session, list []*supervisorpb.Process) {
	a.post(func() {
		for _, p := range list {
			if t, ok := a.attempts[p.GetAttemptId()]; ok {
				a.onProcess(t, p)
			}
		}
	})
}

func (a *Agent) renew() {
	if a.session != nil {
		a.session.Send(&supervisorpb.Request{Msg: &supervisorpb.Request_Renew{Renew: &supervisorpb.Renew{}}})
	}
}

// recover takes up what an earlier life of this worker left, once. What ran
// inside that life is lost; processes may live in the supervisor.
func (a *Agent) recover(held []*supervisorpb.Process) {
	for _, p := range held {
		if a.attempts[p.GetAttemptId()] != nil {
			continue
		}
		// The journal does not know it: it was acknowledged while nobody was
		// attached, or the journal is gone. Reporting it again is harmless.
		e, err := decodeEntry(p.GetTag())
		if err != nil || e.ID != p.GetAttemptId() {
			a.log.Error("the supervisor holds an attempt that is not ours", "attempt", p.GetAttemptId(), "error", err)
			continue
		}
		a.attempts[e.ID] = &attempt{entry: e, phase: running, report: e.newReport(workerpb.AttemptState_ATTEMPT_STATE_RUNNING)}
	}
	for _, t := range a.attempts {
		if !t.live() {
			continue
		}
		a.book.Adopt()
		a.Logs.Resume(t.ID)
		t.report.LogPath, t.report.WorkDir = a.Logs.Path(t.ID), a.Dirs.Path(t.ID)
		t.sentTo = t.Supervisor
		a.own(t.Shard, max(t.Epoch, a.shards[t.Shard].epoch), nil)
		if t.phase == following {
			a.follow(t)
		} else if !t.Process {
			a.finishWithout(t, workerpb.AttemptState_ATTEMPT_STATE_LOST, "the worker ended while it ran this attempt")
		}
	}
}

// reconcile compares the attempts with what the supervisor holds now.
func (a *Agent) reconcile(list []*supervisorpb.Process) {
	held := make(map[int64]bool, len(list))
	for _, p := range list {
		held[p.GetAttemptId()] = true
		if t, ok := a.attempts[p.GetAttemptId()]; ok {
			a.onProcess(t, p)
		}
	}
	for _, t := range a.attempts {
		if t.Process && (t.phase == starting || t.phase == running) {
			a.reconcileOne(t, held[t.ID])
		}
	}
}

func (a *Agent) reconcileOne(t *attempt, held bool) {
	never := t.sentTo == "" || t.sentTo == a.supervisor // this supervisor would know
	switch {
	case held && t.asked:
		a.sendKill(t)
	case held:
	case never && t.start != nil && t.asked:
		a.finishWithout(t, workerpb.AttemptState_ATTEMPT_STATE_KILLED, t.reason)
	case never && t.start != nil:
		a.sendStart(t)
	case never && t.phase == running && t.report.GetPid() == 0:
		// Accepted by an earlier life that did not come to start it: as if it
		// had never been here.
		a.drop(t)
	default:
		a.finishWithout(t, workerpb.AttemptState_ATTEMPT_STATE_LOST, "its supervisor ended, and its processes with it")
	}
}

// drop forgets an attempt for which nothing was done. The inventory shows the
// master that it is not here.
func (a *Agent) drop(t *attempt) {
	delete(a.attempts, t.ID)
	a.note(forgetRecord, &workerpb.Ack{AttemptIds: []int64{t.ID}})
	a.after(func(error) { a.move(a.book.Release(t.conn)) })
}

// sendStart hands the process to the supervisor, now or when it is back.
func (a *Agent) sendStart(t *attempt) {
	if a.session == nil {
		return
	}
	t.sentTo = a.supervisor
	a.session.Send(&supervisorpb.Request{Msg: &supervisorpb.Request_Start{Start: t.start}})
}

// onProcess takes what the supervisor says of an attempt.
func (a *Agent) onProcess(t *attempt, p *supervisorpb.Process) {
	if t.phase >= finishing {
		return
	}
	if t.restored() {
		// When the journal was written this was not known yet.
		if tag, err := decodeEntry(p.GetTag()); err == nil {
			t.Scan, t.User = tag.Scan, tag.User
		}
	}
	if p.GetPid() > 0 {
		a.onStarted(t.ID, time.UnixMilli(p.GetStartUnixMs()), int(p.GetPid()))
	}
	if p.GetEnded() {
		state, reason := judge(t.entry, p)
		t.report.ExitCode, t.report.EndUnixMs = p.GetExitCode(), p.GetEndUnixMs()
		a.finish(t, state, reason)
	}
}

// onStarted reports that the attempt runs.
func (a *Agent) onStarted(id int64, at time.Time, pid int) {
	t, ok := a.attempts[id]
	if !ok || t.phase >= finishing || (t.phase == running && t.report.GetStartUnixMs() != 0) {
		return
	}
	t.phase, t.start = running, nil
	t.report.StartUnixMs, t.report.Pid = at.UnixMilli(), int32(pid)
	t.report.LogPath, t.report.WorkDir = a.Logs.Path(id), a.Dirs.Path(id)
	if t.Process && !t.restored() {
		a.Metrics.Started(max(0, at.Sub(t.since))) // the news of it may have taken longer
	}
	a.after(func(error) { a.tell(t) })
}

// judge turns an exit record into a state and a reason for people.
func judge(e entry, p *supervisorpb.Process) (workerpb.AttemptState, string) {
	switch {
	case p.GetReason() == supervisor.ReasonAlone || p.GetReason() == supervisor.ReasonStopped,
		p.GetError() == supervisor.ReasonStopped:
		return workerpb.AttemptState_ATTEMPT_STATE_LOST, p.GetReason() + p.GetError()
	case p.GetKilled():
		return workerpb.AttemptState_ATTEMPT_STATE_KILLED, p.GetReason()
	case p.GetError() != "":
		return workerpb.AttemptState_ATTEMPT_STATE_FAILED, "it could not be started: " + p.GetError()
	case p.GetTimedOut():
		return workerpb.AttemptState_ATTEMPT_STATE_FAILED, timedOut(e)
	case p.GetOom() && p.GetExitCode() != 0:
		return workerpb.AttemptState_ATTEMPT_STATE_FAILED, "OOM_KILLED: it used more memory than it may"
	case p.GetSignal() != 0:
		return workerpb.AttemptState_ATTEMPT_STATE_FAILED, fmt.Sprintf("ended by signal %d (%s)", p.GetSignal(), syscall.Signal(p.GetSignal()))
	case p.GetExitCode() != 0:
		if p.GetReason() != "" {
			return workerpb.AttemptState_ATTEMPT_STATE_FAILED, p.GetReason()
		}
		return workerpb.AttemptState_ATTEMPT_STATE_FAILED, fmt.Sprintf("exit status %d", p.GetExitCode())
	default:
		return workerpb.AttemptState_ATTEMPT_STATE_SUCCEEDED, ""
	}
}
