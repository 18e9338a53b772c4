package runner

import (
	"github.com/porpoise-scheduler/porpoise/master/internal/dispatch"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
	"github.com/porpoise-scheduler/porpoise/proto/workerpb"
)

// message is what arrives at a shard.
type message interface{ message() }

type (
	// nudged: commands wait. With all, look also at those passed over before.
	nudged struct{ all bool }
	// carried: new commands, which may have been read already.
	carried struct {
		epoch    int64
		commands []workflow.Command
	}
	// assigned: a waiting attempt got a worker's credit.
	assigned struct {
		taskID int64
		to     dispatch.Assignee
	}
	reported struct {
		from    dispatch.Assignee
		reports []*workerpb.Report
	}
	refused struct {
		from   dispatch.Assignee
		taskID int64
		reason string
	}
	// unsent: an attempt was found to lack something, or was killed, before it
	// left.
	unsent struct {
		to     dispatch.Assignee
		taskID int64
		state  workflow.State
		reason string
	}
	inventory struct {
		from    dispatch.Assignee
		reports []*workerpb.Report
	}
	workerDown struct {
		workerID string
		stream   int64
	}
	looked struct {
		instanceID, taskID int64
		answers            []workflow.DependencyAnswer
		err                error
	}
	// slotsAnswered: what a task group has for those who asked; held have a slot.
	slotsAnswered struct {
		slotAsk
		held []int64
		err  error
	}
	// written: these commands are obeyed and gone, and all that happened to these
	// instances is in the database.
	written struct{ commands, settled []int64 }
	// refusedByDatabase: this change could not be written.
	refusedByDatabase struct {
		instances, commands, settled []int64
		entries                      []*entry
		err                          error
	}
)

func (nudged) message()            {}
func (carried) message()           {}
func (assigned) message()          {}
func (reported) message()          {}
func (refused) message()           {}
func (unsent) message()            {}
func (inventory) message()         {}
func (workerDown) message()        {}
func (looked) message()            {}
func (slotsAnswered) message()     {}
func (written) message()           {}
func (refusedByDatabase) message() {}
