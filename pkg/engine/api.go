package engine

import (
	"time"

	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// Env is what a step may know of the outside world.
type Env struct {
	Now    time.Time
	NextID func() int64 // ids of new attempts, unique and increasing
}

// Event is something that happened to a run. The types below are all there are.
type Event interface{ event() }

type (
	// Start begins a fresh run once its policy admits it.
	Start struct{}
	// Wait tells a fresh run that its policy makes it wait (SERIAL_WAIT) or,
	// with Discard, that it ends at once as STOPPED.
	Wait struct {
		Reason  string
		Discard bool
	}
	// Adopt follows Restore when a new owner takes over a run: it asks again
	// for everything that may have been under way. Attempts that were
	// DISPATCHED or RUNNING are left alone until the inventory of their worker
	// says what became of them.
	Adopt struct{}
	// Control is a user's command: CmdPause, CmdStop, CmdRerun,
	// CmdRecoverPaused, CmdRecoverFailed, CmdForceSuccess, CmdReleaseHold,
	// CmdForceStart or CmdRerunFrom (the last four with TaskID).
	Control struct {
		Command workflow.CommandType
		TaskID  int64
	}
	// Queued says that an attempt still waits for a worker, so that its row
	// should be written with the reason.
	Queued struct {
		TaskID int64
		Reason string
	}
	// Assigned gives a ready attempt its worker.
	Assigned struct {
		TaskID   int64
		WorkerID string
		Host     string
		Epoch    int64
	}
	// Refused takes the worker away again: it had no room, or never got the
	// attempt. The attempt is ready once more, under the same id. WorkerID, when
	// not empty, must be the worker it was last assigned to, so that a late
	// repeat does not take away the next one.
	Refused struct {
		TaskID   int64
		WorkerID string
		Reason   string
	}
	// Started says that the attempt's process runs, and what is known of
	// applications it started elsewhere. It may come again when that changes.
	Started struct {
		TaskID  int64
		At      time.Time
		PID     int
		WorkDir string
		LogPath string
		AppLink string
	}
	// Ended says that an attempt is over: SUCCEEDED, FAILED or KILLED.
	Ended struct {
		TaskID   int64
		State    workflow.State
		Reason   string
		ExitCode int
		Start    time.Time
		At       time.Time
		PID      int
		WorkDir  string
		LogPath  string
		AppLink  string
		Vars     map[string]string
	}
	// Gone says that nobody knows what became of the attempt. WorkerID is as in
	// Refused.
	Gone struct {
		TaskID   int64
		WorkerID string
		Reason   string
	}
	// Overdue says that the instance should have begun its first attempt long
	// ago. If it has not, somebody is told, once.
	Overdue struct{}
	// Tick says that the run's Wake time has come.
	Tick struct{}
	// ChildStarted and ChildEnded come from the instance a SUB_WORKFLOW started.
	// A child that cannot be started ends as FAILED; see also Signal.
	ChildStarted struct {
		TaskID, ChildID int64
	}
	ChildEnded struct {
		TaskID, ChildID int64
		State           workflow.State
		Reason          string
		Vars            map[string]string
	}
	// Looked answers a Lookup, in the order of its queries.
	Looked struct {
		TaskID  int64
		Answers []workflow.DependencyAnswer
	}
	// SlotGranted gives an attempt its task-group slot. When the attempt no
	// longer wants it, the step releases it again.
	SlotGranted struct{ TaskID int64 }
)

func (Start) event()        {}
func (Wait) event()         {}
func (Adopt) event()        {}
func (Control) event()      {}
func (Queued) event()       {}
func (Assigned) event()     {}
func (Refused) event()      {}
func (Started) event()      {}
func (Ended) event()        {}
func (Gone) event()         {}
func (Overdue) event()      {}
func (Tick) event()         {}
func (ChildStarted) event() {}
func (ChildEnded) event()   {}
func (Looked) event()       {}
func (SlotGranted) event()  {}

// Effects is what has to be done about an event. Rows are copies: a later
// step does not change them. Everything but the rows may leave the process
// only after the rows are committed.
type Effects struct {
	Instance  *workflow.Instance      // changed row, nil if unchanged
	Tasks     []workflow.TaskInstance // changed rows, each id once
	DropTasks []int64                 // rows to delete

	Ready    []Ready    // attempts that want a worker
	Withdraw []int64    // attempts that no longer want one
	Dispatch []Dispatch // attempts to send to their worker
	Kill     []Kill     // attempts to end on their worker; repeated until Ended or Gone

	Children     []Child  // instances to start
	Signals      []Signal // commands for child instances
	Lookups      []Lookup // dependencies to look up
	WantSlots    []Slot   // task-group slots to wait for
	ReleaseSlots []int64  // attempts that hold or want one no longer
	Alerts       []workflow.Alert

	// Wake is when the run wants its next Tick; zero: never.
	Wake time.Time
	// Ended is true in the one step in which the instance became terminal.
	Ended bool
	// Rejected says why a Control had no effect ("" when it had).
	Rejected string
}

// Ready is an attempt that wants a worker of a group.
type Ready struct {
	TaskID           int64
	Group            string
	InstancePriority workflow.Priority
	Priority         workflow.Priority
}

// Dispatch is an attempt on its way to a worker, with everything resolved.
type Dispatch struct {
	Task   workflow.TaskInstance
	Spec   *workflow.Task         // of the definition; not to be changed
	Values map[string]string      // parameters and built-ins, resolved; not to be changed
	Start  *workflow.StartOptions // of the instance; not to be changed
	// Kill limit of the attempt itself; 0: none. The engine also keeps it.
	Timeout time.Duration
	// First says that no row of the attempt was part of any effects before.
	First bool
}

// Kill ends an attempt on its worker.
type Kill struct {
	TaskID   int64
	WorkerID string
	Reason   string
}

// Child is an instance to start for a SUB_WORKFLOW attempt. It is asked for
// again after Adopt when no ChildStarted was seen, so TaskID has to be the key
// that makes starting it twice start it once.
type Child struct {
	TaskID       int64
	DefinitionID int64
	Params       map[string]string // handed down
}

// Signal is a command for a child instance. A child that is gone, or is in a
// state that refuses the command, must be answered for with a ChildEnded that
// tells the state it is in (FAILED when it is gone): the attempt waits for one.
type Signal struct {
	TaskID, ChildID int64
	DefinitionID    int64
	Command         workflow.CommandType // CmdPause, CmdStop or a recovery
}

// Lookup asks what became of dependencies.
type Lookup struct {
	TaskID  int64
	Queries []workflow.DependencyQuery
}

// Slot is a wish for a task-group slot.
type Slot struct {
	TaskID   int64
	GroupID  int64
	Priority int // larger goes first
}
