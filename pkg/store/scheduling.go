package store

import (
	"context"
	"time"

	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// Shards is the number of shards of a new database. It is stored there and
// never changes afterwards.
const Shards = 64

// Shard is a share of all instances, commands and schedules.
type Shard struct {
	ID    int
	Epoch int64  // how often it changed its owner
	Owner string // member id; empty when given back
	Addr  string // of the owner's gRPC server
}

// Fence proves ownership in a write.
type Fence struct {
	Shard int
	Epoch int64
}

// Batch is what one fenced transaction writes. Rows are upserted by ID and
// writing the same batch twice leaves the same rows, so that a commit whose
// outcome is unknown can simply be written again.
type Batch struct {
	Fences        []Fence
	Instances     []workflow.Instance
	Tasks         []workflow.TaskInstance // none may have forgotten anything (see its Forgot) of the row that is there
	DropTasks     []int64                 // rows of attempts that never ran (paused ones reset)
	DropInstances []int64                 // with their task instances
	Commands      []int64                 // obeyed: deleted
	Insert        []workflow.Command      // for other shards; each has a Key
	Quarantine    []workflow.Command
	Retry         []workflow.Command // Attempts and LastError changed
	Fires         []workflow.Fire    // inserted; another row of the same (schedule, due) with another instance fails the batch with Conflict
	NextDue       []NextDue
	Backfills     []workflow.Backfill
	Alerts        []workflow.Alert
	ReleaseSlots  []int64    // attempts that hold a slot of a task group, or wait for one, no longer
	Log           []LogEntry // added to the logs of dispatches
	Forget        []LogMark  // entries of these logs: deleted
}

// Rows counts what the batch writes: what it names, and the attempts that it
// logs.
func (b *Batch) Rows() int {
	n := len(b.Instances) + len(b.Tasks) + len(b.Commands) + len(b.Insert) + len(b.Fires) +
		len(b.NextDue) + len(b.Backfills) + len(b.Alerts) + len(b.ReleaseSlots) +
		len(b.DropTasks) + len(b.DropInstances) + len(b.Quarantine) + len(b.Retry) + len(b.Forget)
	for i := range b.Log {
		n += len(b.Log[i].Tasks)
	}
	return n
}

// LogEntry is an entry of a shard's log of dispatches: attempts that go to
// workers now. Their rows may be written later, with what becomes of them; a
// new owner finds in the log those that have none yet.
type LogEntry struct {
	Shard int
	Seq   int64 // grows in a shard, over all its owners
	Tasks []workflow.TaskInstance
}

// LogMark says that no attempt in a shard's log needs it any more, up to and
// with the entry Seq.
type LogMark struct {
	Shard int
	Seq   int64
}

// NextDue moves a schedule's pointer, if its version is still the same.
type NextDue struct {
	ScheduleID int64
	Version    int
	Due        time.Time // zero: exhausted, the schedule goes offline
}

// ShardState is everything a new owner needs of a shard.
type ShardState struct {
	Instances []workflow.Instance     // not terminal
	Tasks     []workflow.TaskInstance // their current attempts
	Logged    []int64                 // those of Tasks that have no row and are in the log of dispatches
	LastEntry int64                   // number of the last entry in that log; 0: there is none
	Schedules []workflow.Schedule     // online
	Backfills []workflow.Backfill     // running or paused
}

// ErrFenced is the error of a write by someone who no longer owns a shard.
type ErrFenced struct {
	Shards []int // which were lost
}

// Error names the lost shards.
func (e *ErrFenced) Error() string { return "shard ownership lost" }

// As lets the error be seen as a *workflow.Error with code Fenced.
func (e *ErrFenced) As(target any) bool {
	t, ok := target.(**workflow.Error)
	if ok {
		*t = &workflow.Error{Code: workflow.Fenced, Reason: "shard.lost", Err: e}
	}
	return ok
}

// Scheduling is the part of the store that masters live on. Nothing else
// writes instances, task instances, fires or backfills.
type Scheduling interface {
	ListShards(ctx context.Context) ([]Shard, error)
	// Take makes owner the owner of a shard whose epoch is known, and returns
	// the new epoch; Fenced when somebody was faster. It waits for no open
	// transaction of the old owner longer than the database must.
	Take(ctx context.Context, shard int, epoch int64, owner, addr string) (int64, error)
	// GiveBack empties the owner, keeping the epoch; a no-op when it is not ours.
	GiveBack(ctx context.Context, f Fence) error
	Load(ctx context.Context, shard int) (ShardState, error)
	// LoadInstance reads one instance with the current attempts, those in the log
	// of dispatches included.
	LoadInstance(ctx context.Context, id int64) (workflow.Instance, []workflow.TaskInstance, error)
	// Pending reads commands of the shards in order of ID, at most limit of those
	// whose ID is greater than after.
	Pending(ctx context.Context, shards []int, after int64, limit int) ([]workflow.Command, error)
	// AllocateIDs reserves n consecutive ids of a sequence ("instance", "task",
	// "backfill", "alert") and returns the first.
	AllocateIDs(ctx context.Context, sequence string, n int) (int64, error)
	// Commit writes b if every fence holds, else *ErrFenced and nothing.
	Commit(ctx context.Context, b *Batch) error
	Definition(ctx context.Context, id int64, version int) (workflow.Definition, error)
	// CurrentVersion gives the number of a workflow's current version.
	CurrentVersion(ctx context.Context, id int64) (int, error)
	Schedule(ctx context.Context, id int64) (workflow.Schedule, error)
	Dependent(ctx context.Context, q workflow.DependencyQuery) (workflow.DependencyAnswer, error)
	// AcquireSlots takes slots of a task group for attempts, each named once, and
	// gives those that have one now, those that had one before included: asking
	// twice is one slot. The others wait from then on, in the line of all owners
	// (see FirstInLine), and are passed by nobody behind them while they ask in
	// time (see SlotPatience). A closed group gives out none. A full one takes
	// slots back from attempts that have ended.
	AcquireSlots(ctx context.Context, f Fence, groupID int64, wishes []SlotWish) ([]int64, error)
	Tenant(ctx context.Context, id int64) (workflow.Tenant, error)
	Now(ctx context.Context) (time.Time, error)
}

// ShardOf places a workflow: its instances, commands, schedules and backfills
// share one shard, so that serial policies need no agreement between owners.
// Parents and children of other workflows talk through commands.
func ShardOf(definitionID int64, shards int) int {
	// Fibonacci hashing spreads consecutive ids.
	return int((uint64(definitionID) * 0x9E3779B97F4A7C15 >> 32) % uint64(shards))
}
