// Package engine decides what runs next. A Run is the state of one instance;
// Step takes an event and returns what has to be done about it. It is pure and
// deterministic: no clock, no I/O, no goroutine. The same run and the same
// events give the same effects.
//
// # Use
//
// Compile a definition once, New a run per instance, Step it with Start (or
// Wait, when its policy says so; see Admission), commit the rows of the
// Effects, then carry out the rest. After a crash, Restore from the rows and
// Step with Adopt: everything that was not committed is decided again, and
// everything that was committed is asked for again. A command on an instance
// that is terminal needs a Restore without an Adopt.
//
// # Instances
//
//	               Wait                        Control: RERUN, RECOVER_PAUSED, RECOVER_FAILED
//	          +-------------> SERIAL_WAIT     +------------------------------------------+
//	          |                   | Start     v                                          |
//	SUBMITTED +--------------------------> RUNNING --- nothing left to do --> SUCCEEDED  |
//	          |       Start                |  |  |                            FAILED  ---+
//	          |                     PAUSE  |  |  | STOP                       PAUSED  ---+
//	          |                            v  |  v                            STOPPED ---+
//	          |                      PAUSING -|-> STOPPING                       ^
//	          |                            |  |  |     nothing active            |
//	          |                            +--+--+-------------------------------+
//	          +-- STOP, or Wait with Discard ------------------------------------+
//
// The state at the end, first match: FAILED when a failure counts (one that a
// CONDITIONS judges does not, unless it keeps another task from running);
// SUCCEEDED when every task is done or skipped; STOPPED after STOP; PAUSED
// after PAUSE; else FAILED, because something was killed.
//
// # Attempts
//
//	            start delay, retry interval
//	          +---------- DELAYED <-----------------------+ a retry is a new row
//	          v                                           |
//	SUBMITTED -- Assigned --> DISPATCHED -- Started --> RUNNING -- Ended --> SUCCEEDED
//	    ^  |                      |   |                   |                  FAILED
//	    |  +-- Pause, Stop        |   +------- Ended -----+---------------> KILLED
//	    |      v                  |                       |
//	    |   PAUSED, KILLED        |                       +-- Gone -------> LOST
//	    +-------- Refused --------+
//
// PAUSED attempts become SUBMITTED again under the same id; so do the attempts
// of a SUB_WORKFLOW become RUNNING again while their child is recovered. All
// else that runs again gets a new row, and the old one is no longer current.
// FORCE_SUCCESS makes FAILED, KILLED and LOST ones FORCED_SUCCESS.
//
// A first attempt that is merely ready has no row: if the process dies, the
// node is ready again under another id. It gets a row when it is sent, when
// Queued explains its waiting, when it waits for a deadline or a slot, and
// whenever it replaces another one.
//
// # The graph
//
// Each node counts the edges to it that are not settled. A finished node
// settles its own edges as "go on", "skip" (the branch was not taken) or
// "taint" (a failure that only a CONDITIONS may follow), so that a finish
// costs its out-degree. A node all of whose edges are settled runs, or is
// skipped when all of them say so. FORBIDDEN nodes pass on what they got.
package engine
