// Package runner runs the instances of a shard. A Shard is a value that one
// goroutine owns: messages go in, changes come out. It decides nothing that
// pkg/engine decides; it loads, steps, collects what has to be written, and
// releases what follows once that is committed.
package runner

import (
	"context"
	"fmt"
	"log/slog"
	"runtime/debug"
	"time"

	"github.com/porpoise-scheduler/porpoise/master/internal/dispatch"
	"github.com/porpoise-scheduler/porpoise/master/internal/materials"
	"github.com/porpoise-scheduler/porpoise/pkg/engine"
	"github.com/porpoise-scheduler/porpoise/pkg/store"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
	"github.com/porpoise-scheduler/porpoise/proto/workerpb"
)

// Store is what a shard reads by itself. All its writes go through the
// committer, but for the slots of task groups.
type Store interface {
	Load(ctx context.Context, shard int) (store.ShardState, error)
	LoadInstance(ctx context.Context, id int64) (workflow.Instance, []workflow.TaskInstance, error)
	Instance(ctx context.Context, id int64) (workflow.Instance, error)
	ChildOf(ctx context.Context, taskID int64) (workflow.Instance, error)
	Pending(ctx context.Context, shards []int, after int64, limit int) ([]workflow.Command, error)
	AllocateIDs(ctx context.Context, sequence string, n int) (int64, error)
	Schedule(ctx context.Context, id int64) (workflow.Schedule, error)
	Dependent(ctx context.Context, q workflow.DependencyQuery) (workflow.DependencyAnswer, error)
	AcquireSlots(ctx context.Context, f store.Fence, groupID int64, wishes []store.SlotWish) ([]int64, error)
	Tenant(ctx context.Context, id int64) (workflow.Tenant, error)
}

// Hub is the part of dispatch.Hub a shard uses.
type Hub interface {
	Acquire(t dispatch.Ticket) (dispatch.Assignee, bool)
	Withdraw(taskID int64) bool
	Unused(to dispatch.Assignee)
	Send(to dispatch.Assignee, a *workerpb.Assignment)
	Kill(workerID string, k *workerpb.KillRequest)
	Ack(workerID string, attemptIDs []int64)
	WaitReason(group string) string
}

// Materials is the part of materials.Pool a shard uses.
type Materials interface {
	Send(ctx context.Context, o materials.Order)
	Cancel(attemptID int64, workerID string) (dispatch.Assignee, bool)
}

// Definitions gives compiled definitions, cached.
type Definitions interface {
	Plan(ctx context.Context, id int64, version int) (*Version, error)
}

// Config tunes all shards of a master. Zero values have defaults.
type Config struct {
	MasterID     string
	LostAfter    time.Duration // default 300 s
	MaxCatchup   int           // default 100
	MisfireAfter time.Duration // lateness that makes a fire time a missed one; default 60 s
	QueuedAfter  time.Duration // wait that makes a queued attempt's row be written; default 1 s
	RowAfter     time.Duration // how late the row of a dispatched or started attempt may be; default 200 ms
	SlotRetry    time.Duration // far below store.SlotPatience; default 1 s
	LoadRetry    time.Duration // default 10 s
	MaxFailures  int           // of a command or instance before quarantine; default 5
	NoStartAfter time.Duration // when an instance that began nothing is told of; 0: never
}

// WithDefaults fills in the zero fields.
func (c Config) WithDefaults() Config {
	set := func(d *time.Duration, v time.Duration) {
		if *d == 0 {
			*d = v
		}
	}
	set(&c.LostAfter, 300*time.Second)
	set(&c.MisfireAfter, 60*time.Second)
	set(&c.QueuedAfter, time.Second)
	set(&c.RowAfter, 200*time.Millisecond)
	set(&c.SlotRetry, time.Second)
	set(&c.LoadRetry, 10*time.Second)
	if c.MaxCatchup == 0 {
		c.MaxCatchup = 100
	}
	if c.MaxFailures == 0 {
		c.MaxFailures = 5
	}
	return c
}

// Deps are a shard's collaborators.
type Deps struct {
	Store       Store
	Hub         Hub
	Materials   Materials
	Definitions Definitions
	Now         func() time.Time // the database's clock, as far as known
	Log         *slog.Logger
	// NudgeOthers tells the owners of other shards that commands wait.
	NudgeOthers func(shards []int)
}

// live is a run in memory with what the runner keeps about it.
type live struct {
	run        *engine.Run
	plan       *engine.Plan
	def        *workflow.Definition
	needs      map[string]*materials.Wish // of its tasks that have some
	parentTask int64                      // the attempt that started it; 0: none
	wake       time.Time
}

// attempt is what a shard remembers of an attempt that has a worker.
type attempt struct {
	instance int64
	worker   string
	stream   int64 // on which it was sent; 0: before this master owned the shard
}

// Shard is the state of one owned shard. One goroutine uses it.
type Shard struct {
	cfg   Config
	deps  Deps
	fence store.Fence
	self  dispatch.Shard // where workers' words are posted
	log   *slog.Logger

	runs      map[int64]*live
	tasks     map[int64]int64      // waiting attempt -> instance
	unseen    []unseen             // waiting attempts whose rows are not written yet, oldest first
	attempts  map[int64]attempt    // attempts with a worker
	held      map[string]int       // how many of them each worker has
	away      map[string]time.Time // workers that are away -> when their attempts are lost
	lanes     map[int64]*engine.Admission
	schedules map[int64]*timetable
	backfills map[int64]*engine.Backfill
	timers    timers
	lastRead  int64             // highest command read since the last look at all of them
	seenTo    int64             // highest command ever read
	read      recently          // commands that were read
	taken     map[int64]bool    // commands obeyed, not yet known to be deleted
	settling  map[int64]leaving // instances that left memory, not yet all in the database
	postponed bool              // a command waits for one of them
	strikes   map[int64]int     // commands whose change the database refused
	slots     slots
	broken    map[int64]*broken
	children  map[int64]int64 // parent attempt -> its child, of runs in memory

	instanceIDs, taskIDs, backfillIDs, alertIDs ids
	out                                         *output
	late                                        late
}

type unseen struct {
	task  int64
	group string
	show  time.Time
}

// leaving is an instance that left memory with outputs not yet written.
type leaving struct {
	outputs    int
	parentTask int64
}

// broken is an instance that could not be loaded or stepped.
type broken struct {
	failures int
	cause    error
}

// New makes the state of a shard that was just taken. Load fills it.
func New(cfg Config, deps Deps, fence store.Fence, self dispatch.Shard) *Shard {
	s := &Shard{
		cfg: cfg.WithDefaults(), deps: deps, fence: fence, self: self,
		log:         deps.Log.With("shard", fence.Shard, "epoch", fence.Epoch),
		runs:        map[int64]*live{},
		tasks:       map[int64]int64{},
		attempts:    map[int64]attempt{},
		held:        map[string]int{},
		away:        map[string]time.Time{},
		lanes:       map[int64]*engine.Admission{},
		schedules:   map[int64]*timetable{},
		backfills:   map[int64]*engine.Backfill{},
		taken:       map[int64]bool{},
		settling:    map[int64]leaving{},
		strikes:     map[int64]int{},
		slots:       newSlots(),
		broken:      map[int64]*broken{},
		children:    map[int64]int64{},
		instanceIDs: ids{alloc: deps.Store, sequence: "instance", block: 64},
		taskIDs:     ids{alloc: deps.Store, sequence: "task", block: 512},
		backfillIDs: ids{alloc: deps.Store, sequence: "backfill", block: 4},
		alertIDs:    ids{alloc: deps.Store, sequence: "alert", block: 16},
	}
	s.out = &output{}
	s.late = newLate(fence)
	return s
}

// Handle takes one message. What it leads to gathers until Take.
func (s *Shard) Handle(ctx context.Context, m message) error {
	switch m := m.(type) {
	case nudged:
		if m.all {
			s.lastRead = 0
		}
		return s.readCommands(ctx)
	case carried:
		return s.onCarried(ctx, m)
	case assigned:
		return s.onAssigned(ctx, m)
	case reported:
		return s.onReports(ctx, m.from, m.reports)
	case refused:
		return s.onRefused(ctx, m)
	case unsent:
		return s.onUnsent(ctx, m)
	case inventory:
		return s.onInventory(ctx, m)
	case workerDown:
		s.onWorkerDown(m)
		return nil
	case looked:
		return s.onLooked(ctx, m)
	case slotsAnswered:
		return s.onSlotsAnswered(ctx, m)
	case written:
		return s.onWritten(ctx, m)
	case refusedByDatabase:
		s.onRefusedByDatabase(m)
		return nil
	default:
		panic(fmt.Sprintf("runner: unknown message %T", m))
	}
}

// step gives an event to a run and collects the effects. A run that panics is
// thrown away and loaded again; the fifth time it is quarantined.
func (s *Shard) step(ctx context.Context, id int64, ev engine.Event) error {
	l := s.runs[id]
	if l == nil {
		return nil
	}
	if err := s.reserve(ctx, l); err != nil {
		return err
	}
	fx, err := s.guarded(l, ev)
	if err != nil {
		s.onBroken(id, err)
		return nil
	}
	return s.collect(ctx, id, l, fx)
}

// reserve makes sure the run can start every task it has.
func (s *Shard) reserve(ctx context.Context, l *live) error {
	return s.taskIDs.reserve(ctx, 2*len(l.def.Tasks)+2)
}

// alert puts an alert into the outbox.
func (s *Shard) alert(ctx context.Context, a workflow.Alert) error {
	if err := s.alertIDs.reserve(ctx, 1); err != nil {
		return err
	}
	a.ID, a.CreateTime = s.alertIDs.next(), s.deps.Now()
	s.out.batch.Alerts = append(s.out.batch.Alerts, a)
	return nil
}

// guarded steps a run and turns a panic into an error.
func (s *Shard) guarded(l *live, ev engine.Event) (fx engine.Effects, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("step panicked: %v\n%s", p, debug.Stack())
		}
	}()
	return l.run.Step(engine.Env{Now: s.deps.Now(), NextID: s.taskIDs.next}, ev), nil
}

// collect turns effects into rows to write and things to do afterwards.
func (s *Shard) collect(ctx context.Context, id int64, l *live, fx engine.Effects) error {
	s.write(id, l, &fx)
	s.after(id, l, &fx)
	for _, a := range fx.Alerts {
		if err := s.alert(ctx, a); err != nil {
			return err
		}
	}
	if l.wake != fx.Wake {
		l.wake = fx.Wake
		s.timers.add(fx.Wake, wakeRun{id})
	}
	for _, r := range fx.Ready {
		if err := s.seek(ctx, id, r); err != nil {
			return err
		}
	}
	if fx.Ended {
		return s.onEnded(ctx, id, l)
	}
	return nil
}

// write collects the rows.
func (s *Shard) write(id int64, l *live, fx *engine.Effects) {
	o := s.out
	if fx.Instance != nil || len(fx.Tasks) > 0 {
		o.touch(id)
	}
	if fx.Instance != nil {
		inst := *fx.Instance
		inst.MasterID = s.cfg.MasterID
		o.instance(inst)
	}
	for _, t := range fx.Tasks {
		if t.State.Terminal() {
			s.forget(t.ID)
		}
		s.row(t, firstOf(fx.Dispatch, t.ID))
	}
	o.batch.DropTasks = append(o.batch.DropTasks, fx.DropTasks...)
	s.releaseSlots(fx.ReleaseSlots...)
	for _, c := range fx.Children {
		o.batch.Insert = append(o.batch.Insert, s.childCommand(id, l, c))
	}
	for _, sig := range fx.Signals {
		o.batch.Insert = append(o.batch.Insert, s.signalCommand(l, sig))
	}
}

// firstOf reports whether an attempt is dispatched without having had a row.
func firstOf(list []engine.Dispatch, id int64) bool {
	for i := range list {
		if list[i].Task.ID == id {
			return list[i].First
		}
	}
	return false
}

// after collects what happens once the rows are committed.
func (s *Shard) after(id int64, l *live, fx *engine.Effects) {
	o := s.out
	for _, taskID := range fx.Withdraw {
		s.withdraw(taskID)
	}
	for _, d := range fx.Dispatch {
		s.dispatch(l, d)
	}
	for _, k := range fx.Kill {
		o.kills = append(o.kills, kill{worker: k.WorkerID, req: &workerpb.KillRequest{
			AttemptId: k.TaskID, Shard: int32(s.fence.Shard), Epoch: s.fence.Epoch, Reason: k.Reason,
		}})
	}
	for _, c := range fx.Children {
		o.nudge(store.ShardOf(c.DefinitionID, store.Shards))
	}
	for _, sig := range fx.Signals {
		o.nudge(store.ShardOf(sig.DefinitionID, store.Shards))
	}
	for _, q := range fx.Lookups {
		o.lookups = append(o.lookups, lookup{instance: id, task: q.TaskID, queries: q.Queries})
	}
	for _, w := range fx.WantSlots {
		s.wantSlot(id, w)
	}
}

// Take gives what gathered since the last call, nil if nothing did.
func (s *Shard) Take() *output {
	if s.out.empty() {
		return nil
	}
	s.forgetEntries(forgetAt)
	o := s.out
	s.out = &output{}
	o.log(s.fence.Shard)
	s.askSlots(o)
	return o
}
