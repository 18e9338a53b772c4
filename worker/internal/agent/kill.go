package agent

import (
	"cmp"
	"time"

	"github.com/porpoise-scheduler/porpoise/proto/supervisorpb"
	"github.com/porpoise-scheduler/porpoise/proto/workerpb"
	"github.com/porpoise-scheduler/porpoise/worker/internal/masters"
)

// kill ends an attempt. It is reported as KILLED when none of its processes is
// left, not before.
func (a *Agent) kill(c *masters.Conn, k *workerpb.KillRequest) {
	if k.GetIncarnation() != a.cfg.Incarnation || k.GetEpoch() < a.shards[k.GetShard()].epoch {
		a.log.Info("ignored a kill of an older owner or for another life", "attempt", k.GetAttemptId(), "master", c.Master)
		return
	}
	a.own(k.GetShard(), k.GetEpoch(), c)
	t, known := a.attempts[k.GetAttemptId()]
	if !known {
		a.buryUnknown(c, k)
		return
	}
	if t.phase == ended {
		a.after(func(error) { a.tellTo(c, t) })
		return
	}
	a.end(t, k.GetReason())
}

// end asks a live attempt to end.
func (a *Agent) end(t *attempt, reason string) {
	if t.asked || t.phase == ended {
		return
	}
	t.asked, t.reason = true, cmp.Or(reason, "killed on request")
	switch {
	case t.phase == finishing:
		// Its processes are gone. What they started elsewhere is ended as soon
		// as it is known, see beginFollowing.
	case !t.Process || t.phase == preparing || t.phase == following:
		if t.stop != nil {
			t.stop(killed{t.reason})
		}
	case t.sentTo == "" && t.start != nil:
		// The supervisor never heard of it.
		a.finishWithout(t, workerpb.AttemptState_ATTEMPT_STATE_KILLED, t.reason)
	default:
		a.sendKill(t)
	}
}

// sendKill passes a kill on; while the supervisor is away, attaching does it.
func (a *Agent) sendKill(t *attempt) {
	if a.session == nil {
		return
	}
	a.session.Send(&supervisorpb.Request{Msg: &supervisorpb.Request_Kill{Kill: &supervisorpb.Kill{
		AttemptId: t.ID, GraceMs: a.cfg.Grace.Milliseconds(), Reason: t.reason,
	}}})
}

// buryUnknown answers a kill of an attempt that is not here: no process of it
// exists, and none will, because the attempt is known as ended from now on.
func (a *Agent) buryUnknown(c *masters.Conn, k *workerpb.KillRequest) {
	t := &attempt{entry: entry{ID: k.GetAttemptId(), Shard: k.GetShard(), Epoch: k.GetEpoch()}, phase: ended}
	t.report = t.newReport(workerpb.AttemptState_ATTEMPT_STATE_KILLED)
	t.report.Reason = "the worker does not run this attempt"
	t.report.EndUnixMs = time.Now().UnixMilli()
	a.attempts[t.ID] = t
	a.note(endRecord, t.report)
	a.after(func(error) { a.tellTo(c, t) })
}
