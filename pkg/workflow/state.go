package workflow

// State says where an instance or a task instance is. The words are the same
// in memory, in the database and in logs; numbers exist in dialects only.
type State string

// States. "I" marks those of instances, "T" those of task instances.
const (
	Submitted     State = "SUBMITTED"      // I accepted; T recorded, waits for a worker or a slot
	SerialWait    State = "SERIAL_WAIT"    // I  waits for an earlier instance of its workflow
	Delayed       State = "DELAYED"        // T  waits for its deadline: start delay or retry interval
	Dispatched    State = "DISPATCHED"     // T  assigned to a worker, not yet known to run
	Running       State = "RUNNING"        // IT
	Pausing       State = "PAUSING"        // I  running tasks finish, no new ones start
	Paused        State = "PAUSED"         // IT terminal
	Stopping      State = "STOPPING"       // I  running tasks are being killed
	Stopped       State = "STOPPED"        // I  terminal
	Killed        State = "KILLED"         // T  terminal: no process of the attempt exists
	Lost          State = "LOST"           // T  terminal: its worker is gone and its end unknown
	Failed        State = "FAILED"         // IT terminal
	Succeeded     State = "SUCCEEDED"      // IT terminal
	ForcedSuccess State = "FORCED_SUCCESS" // T  terminal: a person declared it done
)

// Terminal reports whether nothing but an explicit user action leaves s.
func (s State) Terminal() bool {
	switch s {
	case Paused, Stopped, Killed, Lost, Failed, Succeeded, ForcedSuccess:
		return true
	}
	return false
}

// Success reports whether s lets what comes next go on.
func (s State) Success() bool { return s == Succeeded || s == ForcedSuccess }

// InstanceStates and TaskStates list the states each noun can be in.
var (
	InstanceStates = []State{Submitted, SerialWait, Running, Pausing, Paused, Stopping, Stopped, Failed, Succeeded}
	TaskStates     = []State{Submitted, Delayed, Dispatched, Running, Paused, Killed, Lost, Failed, Succeeded, ForcedSuccess}
)
