package agent

import (
	"context"
	"time"

	"golang.org/x/sys/unix"

	"github.com/porpoise-scheduler/porpoise/pkg/task"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
	"github.com/porpoise-scheduler/porpoise/proto/workerpb"
	"github.com/porpoise-scheduler/porpoise/worker/internal/credit"
	"github.com/porpoise-scheduler/porpoise/worker/internal/masters"
)

// Up implements masters.Handler.
func (a *Agent) Up(c *masters.Conn) {
	a.post(func() {
		a.conns[c] = true
		a.contact = time.Now()
		if !a.stopping {
			a.move(a.book.Connect(c))
		}
	})
}

// Down implements masters.Handler.
func (a *Agent) Down(c *masters.Conn) {
	a.post(func() {
		delete(a.conns, c)
		for n, s := range a.shards {
			if s.owner == c {
				a.shards[n] = shard{epoch: s.epoch}
			}
		}
		a.move(a.book.Disconnect(c))
	})
}

// Received implements masters.Handler.
func (a *Agent) Received(c *masters.Conn, m *workerpb.ToWorker) {
	a.post(func() {
		switch m := m.GetMsg().(type) {
		case *workerpb.ToWorker_Claim:
			a.claim(c, m.Claim.GetShards())
		case *workerpb.ToWorker_Dispatch:
			for _, as := range m.Dispatch.GetAssignments() {
				a.dispatch(c, as)
			}
		case *workerpb.ToWorker_Kill:
			a.kill(c, m.Kill)
		case *workerpb.ToWorker_Ack:
			a.acknowledge(m.Ack.GetAttemptIds())
		case *workerpb.ToWorker_Backlog:
			a.move(a.book.Backlog(c, a.waitsForUs(m.Backlog.GetWaiting())))
		case *workerpb.ToWorker_CreditReturn:
			a.move(a.book.Return(c, int(m.CreditReturn.GetN())))
		}
	})
}

func (a *Agent) waitsForUs(waiting map[string]int32) bool {
	for _, g := range a.cfg.Groups {
		if waiting[g] > 0 {
			return true
		}
	}
	return false
}

// move tells masters about credit, unless the worker is about to go.
func (a *Agent) move(moves []credit.Move[*masters.Conn]) {
	if a.stopping {
		return
	}
	for _, m := range moves {
		if m.Grant > 0 {
			m.Master.Credit(m.Grant)
		}
		if m.Want > 0 {
			m.Master.CreditWanted(m.Want)
		}
	}
}

// Reasons of a refusal.
const (
	refusedStopping    = "the worker is stopping"
	refusedIncarnation = "meant for another life of this worker"
	refusedEpoch       = "an older owner of the shard sent it"
	refusedKind        = "this worker does not know the kind of task"
	refusedSlot        = "no slot is free"
	refusedDisk        = "the worker's disk is full"
	refusedSupervisor  = "the worker has no supervisor at the moment"
)

// dispatch takes an assignment, or says why not. An attempt that is known is
// reported as it is.
func (a *Agent) dispatch(c *masters.Conn, as *workerpb.Assignment) {
	paid := a.book.Spend(c)
	if t, known := a.attempts[as.GetAttemptId()]; known {
		a.unspend(c, paid)
		t.Epoch = max(t.Epoch, as.GetEpoch())
		t.report.Epoch = t.Epoch
		a.tellTo(c, t)
		return
	}
	kind, why := a.examine(as)
	if why == "" && !paid {
		why = refusedSlot
	}
	if why != "" {
		a.refuse(c, as, why, paid)
		return
	}
	a.own(as.GetShard(), as.GetEpoch(), c)
	a.accept(c, as, kind)
}

// unspend gives back the slot of a dispatch that starts nothing.
func (a *Agent) unspend(c *masters.Conn, paid bool) {
	if paid {
		a.move(a.book.Release(c))
	}
}

// examine gives the kind, or why the assignment is refused.
func (a *Agent) examine(as *workerpb.Assignment) (task.Kind, string) {
	kind, known := a.Kinds.Get(workflow.Kind(as.GetKind()))
	_, commander := kind.(task.Commander)
	switch {
	case a.stopping:
		return nil, refusedStopping
	case as.GetIncarnation() != a.cfg.Incarnation:
		return nil, refusedIncarnation
	case as.GetEpoch() < a.shards[as.GetShard()].epoch:
		return nil, refusedEpoch
	case !known || !runnable(kind):
		return nil, refusedKind
	case commander && a.session == nil:
		return nil, refusedSupervisor
	case !a.hasRoom():
		return nil, refusedDisk
	}
	return kind, ""
}

func runnable(k task.Kind) bool {
	switch k.(type) {
	case task.Commander, task.Runner:
		return true
	default:
		return false
	}
}

// roomFor is how long what was seen of the disk holds: a burst looks once, and
// what it writes meanwhile is little.
const roomFor = 100 * time.Millisecond

// hasRoom reports whether the data directory's disk has enough left.
func (a *Agent) hasRoom() bool {
	if a.cfg.MinFreeBytes == 0 {
		return true
	}
	if now := time.Now(); now.Sub(a.roomSeen) >= roomFor {
		a.room, a.roomSeen = a.seeRoom(), now
	}
	return a.room
}

func (a *Agent) seeRoom() bool {
	var st unix.Statfs_t
	if err := unix.Statfs(a.cfg.Dir, &st); err != nil {
		return true // a disk that cannot tell shows when it is written to
	}
	return st.Bavail*uint64(st.Bsize) >= a.cfg.MinFreeBytes
}

// refuse gives the assignment back. Credit comes back with it, but not while
// the disk is full: the next dispatch would only meet the same.
func (a *Agent) refuse(c *masters.Conn, as *workerpb.Assignment, why string, paid bool) {
	a.log.Info("refused an attempt", "attempt", as.GetAttemptId(), "master", c.Master, "reason", why)
	a.Metrics.Refused(why)
	c.Refuse(&workerpb.Refused{AttemptId: as.GetAttemptId(), Shard: as.GetShard(), Epoch: as.GetEpoch(), Reason: why})
	if paid && (why == refusedDisk || why == refusedSupervisor) {
		a.withheld = append(a.withheld, c)
		return
	}
	a.unspend(c, paid)
}

// giveWithheld gives credit back when the worker can take work again.
func (a *Agent) giveWithheld() {
	if len(a.withheld) == 0 || !a.hasRoom() || a.session == nil {
		return
	}
	held := a.withheld
	a.withheld = nil
	for _, c := range held {
		a.move(a.book.Release(c))
	}
}

// accept remembers the attempt and begins it.
func (a *Agent) accept(c *masters.Conn, as *workerpb.Assignment, kind task.Kind) {
	commander, isProcess := kind.(task.Commander)
	t := &attempt{entry: entry{
		ID: as.GetAttemptId(), Shard: as.GetShard(), Epoch: as.GetEpoch(),
		InstanceID: as.GetInstanceId(), Number: as.GetNumber(), Kind: as.GetKind(), Task: as.GetTask(),
		Process: isProcess, Rerun: as.GetOnLost() == "" || as.GetOnLost() == "rerun",
		TimeoutMS: as.GetTimeoutMs(), Supervisor: a.supervisor,
		Follow: follows(kind, as.GetParams()), AcceptedMS: time.Now().UnixMilli(),
	}, conn: c, since: time.Now(), bare: !isProcess && len(as.GetResources()) == 0}
	t.report = t.newReport(workerpb.AttemptState_ATTEMPT_STATE_RUNNING)
	a.attempts[t.ID] = t
	a.journal.Add(acceptRecord, t.encode())
	a.Metrics.Accepted()
	ctx, stop := context.WithCancelCause(a.ctx)
	t.stop = stop
	a.after(func(journalErr error) {
		if journalErr != nil {
			stop(errStopping)
			delete(a.attempts, t.ID)
			a.refuse(c, as, refusedDisk, true)
			return
		}
		e, since := t.entry, t.since // copies: a repeated dispatch changes the epoch of ours
		a.goWork(func() {
			defer stop(nil)
			if isProcess {
				a.prepareProcess(ctx, e, as, commander)
			} else if runner, ok := kind.(task.Runner); ok {
				a.Metrics.Started(time.Since(since))
				a.runHere(ctx, e, as, runner)
			}
		})
	})
}
