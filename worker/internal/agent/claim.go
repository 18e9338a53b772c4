package agent

import (
	"slices"
	"time"

	"github.com/porpoise-scheduler/porpoise/proto/supervisorpb"
	"github.com/porpoise-scheduler/porpoise/proto/workerpb"
	"github.com/porpoise-scheduler/porpoise/worker/internal/masters"
)

// own notes that c owns the shard. Epochs never go down.
func (a *Agent) own(n int32, epoch int64, c *masters.Conn) bool {
	if epoch < a.shards[n].epoch {
		return false
	}
	a.shards[n] = shard{epoch: epoch, owner: c}
	return true
}

// inventorySize bounds the reports of one inventory, not counting those of its
// last shard: an inventory is complete for the shards it answers.
const inventorySize = 2000

// claim answers with every attempt of the shards, and reports again the ends
// that nobody acknowledged.
func (a *Agent) claim(c *masters.Conn, claims []*workerpb.ShardClaim) {
	answered := slices.DeleteFunc(slices.Clone(claims), func(s *workerpb.ShardClaim) bool {
		return !a.own(s.GetShard(), s.GetEpoch(), c)
	})
	byShard := map[int32][]*attempt{}
	for _, t := range a.attempts {
		byShard[t.Shard] = append(byShard[t.Shard], t)
	}
	a.after(func(error) {
		inventory := &workerpb.Inventory{}
		for _, s := range answered {
			inventory.Claims = append(inventory.Claims, s)
			for _, t := range byShard[s.GetShard()] {
				inventory.Attempts = append(inventory.Attempts, t.snapshot())
			}
			if len(inventory.Attempts) >= inventorySize {
				c.Inventory(inventory)
				inventory = &workerpb.Inventory{}
			}
		}
		if len(inventory.Claims) > 0 || len(answered) == 0 {
			c.Inventory(inventory)
		}
		for _, s := range answered {
			for _, t := range byShard[s.GetShard()] {
				if t.phase == ended {
					a.tellTo(c, t)
				}
			}
		}
	})
}

// snapshot is a report that later changes do not reach.
func (t *attempt) snapshot() *workerpb.Report {
	r := t.report
	return &workerpb.Report{
		AttemptId: r.AttemptId, Shard: r.Shard, Epoch: r.Epoch, State: r.State,
		StartUnixMs: r.StartUnixMs, EndUnixMs: r.EndUnixMs, ExitCode: r.ExitCode, Reason: r.Reason,
		Pid: r.Pid, WorkDir: r.WorkDir, LogPath: r.LogPath, AppLink: r.AppLink, Vars: r.Vars,
	}
}

// tell reports the attempt's state to the owner of its shard; without one it
// is told when somebody claims the shard.
func (a *Agent) tell(t *attempt) {
	if owner := a.shards[t.Shard].owner; owner != nil {
		a.tellTo(owner, t)
	}
}

func (a *Agent) tellTo(c *masters.Conn, t *attempt) {
	if t.phase == ended {
		t.since = time.Now()
	} else if t.report.GetStartUnixMs() == 0 {
		return // there is nothing to tell before it starts
	}
	c.Report(t.snapshot())
}

// resend reports ends again that were not acknowledged for long.
func (a *Agent) resend(now time.Time) {
	for _, t := range a.attempts {
		if t.phase == ended && now.Sub(t.since) >= a.cfg.Resend {
			a.tell(t)
		}
	}
}

// acknowledge forgets ended attempts. One that still runs is not touched: a
// master that wants it ended kills it.
func (a *Agent) acknowledge(ids []int64) {
	var gone, held []int64
	for _, id := range ids {
		t, ok := a.attempts[id]
		if !ok || t.phase != ended {
			continue
		}
		delete(a.attempts, id)
		gone = append(gone, id)
		if t.Process {
			held = append(held, id)
		}
	}
	if len(gone) == 0 {
		return
	}
	a.note(forgetRecord, &workerpb.Ack{AttemptIds: gone})
	a.after(func(error) { a.forget(held) })
}

// forget lets the supervisor drop its records, now or when it is back.
func (a *Agent) forget(ids []int64) {
	if a.session == nil {
		a.forgets = append(a.forgets, ids...)
		return
	}
	if len(ids) > 0 {
		a.session.Send(&supervisorpb.Request{Msg: &supervisorpb.Request_Forget{Forget: &supervisorpb.Forget{AttemptIds: ids}}})
	}
}
