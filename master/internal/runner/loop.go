package runner

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/porpoise-scheduler/porpoise/master/internal/commit"
	"github.com/porpoise-scheduler/porpoise/master/internal/dispatch"
	"github.com/porpoise-scheduler/porpoise/master/internal/materials"
	"github.com/porpoise-scheduler/porpoise/pkg/store"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
	"github.com/porpoise-scheduler/porpoise/proto/workerpb"
)

// ErrLost ends a loop whose shard belongs to somebody else now.
var ErrLost = errors.New("shard lost")

// messagesAtOnce bounds how many messages go into one change.
const messagesAtOnce = 256

// Registrar is the part of the hub that knows shards.
type Registrar interface {
	AddShard(dispatch.Shard) []dispatch.Assignee
	RemoveShard(dispatch.Shard)
}

// Committer takes changes.
type Committer interface {
	Submit(ctx context.Context, ch *commit.Change) bool
}

// Loop is the goroutine of a shard: it takes messages and alarms, hands what
// they lead to to the committer, and lets the effects out once committed.
type Loop struct {
	fence     store.Fence
	deps      Deps
	shard     *Shard
	registrar Registrar
	committer Committer
	reads     chan struct{} // limits concurrent look-ups over all shards; nil: none beside the loop
	log       *slog.Logger

	box     *mailbox
	lost    chan struct{}
	lose    sync.Once
	pending sync.WaitGroup // changes not yet committed, look-ups under way
	runs    gauge
}

var _ dispatch.Shard = (*Loop)(nil)

// NewLoop makes the loop of a shard that was just taken.
func NewLoop(cfg Config, deps Deps, fence store.Fence, r Registrar, c Committer, reads chan struct{}) *Loop {
	l := &Loop{
		fence: fence, deps: deps, registrar: r, committer: c, reads: reads,
		log: deps.Log.With("shard", fence.Shard, "epoch", fence.Epoch),
		box: newMailbox(), lost: make(chan struct{}),
	}
	l.shard = New(cfg, deps, fence, l)
	return l
}

// Run owns the shard until ctx ends (nil), the shard is lost (ErrLost), or
// something fails that only loading it again can mend.
func (l *Loop) Run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer l.pending.Wait() // nothing of ours runs once Run has returned
	defer cancel()
	defer l.Close()
	if err := l.Open(ctx); err != nil {
		return l.reason(ctx, err)
	}
	alarmClock := time.NewTimer(0)
	defer alarmClock.Stop()
	for {
		if err := l.Turn(ctx); err != nil {
			return l.reason(ctx, err)
		}
		alarmClock.Reset(l.untilNext())
		select {
		case <-l.box.wake:
		case <-alarmClock.C:
		case <-l.lost:
			return ErrLost
		case <-ctx.Done():
			return nil
		}
	}
}

// Open makes the shard known to the workers, whose inventories will arrive as
// messages, and loads it.
func (l *Loop) Open(ctx context.Context) error {
	connected := map[string]bool{}
	for _, w := range l.registrar.AddShard(l) {
		connected[w.WorkerID] = true
	}
	if err := l.shard.Load(ctx, func(id string) bool { return connected[id] }); err != nil {
		return err
	}
	l.log.Debug("shard loaded", "runs", l.shard.Unfinished())
	return nil
}

// Close makes the shard unknown to the workers again, and gives back the
// credits that were on their way here.
func (l *Loop) Close() {
	l.registrar.RemoveShard(l)
	for _, m := range l.box.take() {
		if a, ok := m.(assigned); ok {
			l.deps.Hub.Unused(a.to)
		}
	}
}

// Lost reports whether the database has refused the shard's epoch.
func (l *Loop) Lost() bool {
	select {
	case <-l.lost:
		return true
	default:
		return false
	}
}

// reason says why a loop ends: a lost shard or the end of ctx hide behind
// whatever they made fail.
func (l *Loop) reason(ctx context.Context, err error) error {
	switch {
	case l.Lost():
		return ErrLost
	case ctx.Err() != nil:
		return nil
	default:
		return err
	}
}

// Turn handles what has arrived and what is due, and submits what that leads
// to. Run calls it; a simulation may instead.
func (l *Loop) Turn(ctx context.Context) error {
	for i, m := range l.box.take() {
		if err := l.shard.Handle(ctx, m); err != nil {
			return err
		}
		if i%messagesAtOnce == messagesAtOnce-1 {
			if err := l.flush(ctx); err != nil {
				return err
			}
		}
	}
	if err := l.shard.Ring(ctx); err != nil {
		return err
	}
	l.runs.set(l.shard.Unfinished())
	return l.flush(ctx)
}

// NextAlarm is when the loop wants a turn even if nothing arrives; zero: never.
func (l *Loop) NextAlarm() time.Time { return l.shard.timers.next() }

// untilNext is how long to sleep when nothing arrives.
func (l *Loop) untilNext() time.Duration {
	next := l.NextAlarm()
	if next.IsZero() {
		return time.Hour
	}
	return max(0, next.Sub(l.deps.Now()))
}

// flush submits what gathered.
func (l *Loop) flush(ctx context.Context) error {
	o := l.shard.Take()
	if o == nil {
		return nil
	}
	l.pending.Add(1)
	ch := &commit.Change{
		Fence: l.fence, Batch: o.batch,
		Committed: func() {
			defer l.pending.Done()
			l.shard.late.landed.add(o)
			l.release(ctx, o)
		},
		Fenced: func() {
			defer l.pending.Done()
			l.unsent(o)
			l.lose.Do(func() { close(l.lost) })
		},
		Failed: func(err error) {
			defer l.pending.Done()
			l.unsent(o)
			l.box.post(refusedByDatabase{instances: o.touched, commands: o.obeyed, settled: o.settling, entries: o.entries, err: err})
			for _, a := range o.slots { // nobody was asked
				l.box.post(slotsAnswered{slotAsk: slotAsk{group: a.group}})
			}
		},
		Dropped: func() {
			defer l.pending.Done()
			l.unsent(o)
		},
	}
	if !l.committer.Submit(ctx, ch) {
		ch.Dropped()
		return ctx.Err()
	}
	return nil
}

// unsent gives back the credits of assignments that will never be sent.
func (l *Loop) unsent(o *output) {
	for _, s := range o.sends {
		l.deps.Hub.Unused(s.to)
	}
}

// release lets a committed output take effect. It does not block.
func (l *Loop) release(ctx context.Context, o *output) {
	for _, s := range o.sends {
		if s.needs != nil || s.env != "" {
			l.supply(ctx, s)
			continue
		}
		l.deps.Hub.Send(s.to, s.a)
	}
	for _, k := range o.kills {
		if !l.withheld(k) {
			l.deps.Hub.Kill(k.worker, k.req)
		}
	}
	for _, a := range o.acks {
		l.deps.Hub.Ack(a.worker, a.ids)
	}
	if len(o.nudges) > 0 {
		l.deps.NudgeOthers(o.nudges)
	}
	if len(o.obeyed)+len(o.settling) > 0 {
		l.box.post(written{commands: o.obeyed, settled: o.settling})
	}
	if o.reread {
		l.box.post(nudged{})
	}
	for _, q := range o.lookups {
		l.background(ctx, func() { l.box.post(l.look(ctx, q)) })
	}
	for _, a := range o.slots {
		l.background(ctx, func() {
			held, err := l.deps.Store.AcquireSlots(ctx, l.fence, a.group, a.wishes)
			l.box.post(slotsAnswered{slotAsk: a, held: held, err: err})
		})
	}
}

// supply sends an assignment once what its task needs was found.
func (l *Loop) supply(ctx context.Context, s send) {
	taskID := s.a.AttemptId
	l.deps.Materials.Send(ctx, materials.Order{
		To: s.to, Assignment: s.a, Wish: s.needs, Group: s.group, Environment: s.env, WorkerGroup: s.workerGroup,
		Lacking: func(reason string) {
			l.box.post(unsent{to: s.to, taskID: taskID, state: workflow.Failed, reason: reason})
		},
	})
}

// withheld stops an assignment that has not left yet: its worker would know
// nothing of the attempt.
func (l *Loop) withheld(k kill) bool {
	to, stopped := l.deps.Materials.Cancel(k.req.AttemptId, k.worker)
	if stopped {
		l.box.post(unsent{to: to, taskID: k.req.AttemptId, state: workflow.Killed, reason: k.req.Reason})
	}
	return stopped
}

// background runs a read beside the loop, few at a time; at once when no
// limit was given, as a simulation does.
func (l *Loop) background(ctx context.Context, read func()) {
	if l.reads == nil {
		read()
		return
	}
	l.pending.Add(1)
	go func() {
		defer l.pending.Done()
		select {
		case l.reads <- struct{}{}:
			defer func() { <-l.reads }()
			read()
		case <-ctx.Done():
		}
	}()
}

func (l *Loop) look(ctx context.Context, q lookup) looked {
	out := looked{instanceID: q.instance, taskID: q.task, answers: make([]workflow.DependencyAnswer, len(q.queries))}
	for i, query := range q.queries {
		if out.answers[i], out.err = l.deps.Store.Dependent(ctx, query); out.err != nil {
			return out
		}
	}
	return out
}

// Nudge says that commands wait.
func (l *Loop) Nudge() { l.box.post(nudged{}) }

// Carry gives new commands. epoch is one that the shard had, for all that was
// known, before they were stored.
func (l *Loop) Carry(epoch int64, list []workflow.Command) { l.box.post(carried{epoch, list}) }

// NudgeAll says that commands wait which may have been passed over.
func (l *Loop) NudgeAll() { l.box.post(nudged{all: true}) }

// Runs is the number of unfinished instances in memory.
func (l *Loop) Runs() int { return l.runs.get() }

// Fence names the shard and the epoch it is owned under.
func (l *Loop) Fence() (shard int32, epoch int64) { return int32(l.fence.Shard), l.fence.Epoch }

// Assigned implements dispatch.Shard, as do the methods below.
func (l *Loop) Assigned(taskID int64, to dispatch.Assignee) { l.box.post(assigned{taskID, to}) }

// Reports posts what a worker says about attempts.
func (l *Loop) Reports(from dispatch.Assignee, r []*workerpb.Report) { l.box.post(reported{from, r}) }

// Refused posts an attempt that a worker did not take.
func (l *Loop) Refused(from dispatch.Assignee, taskID int64, reason string) {
	l.box.post(refused{from, taskID, reason})
}

// Inventory posts what a worker has of this shard.
func (l *Loop) Inventory(from dispatch.Assignee, r []*workerpb.Report) {
	l.box.post(inventory{from, r})
}

// WorkerDown posts that a worker's stream broke.
func (l *Loop) WorkerDown(workerID string, stream int64) { l.box.post(workerDown{workerID, stream}) }
