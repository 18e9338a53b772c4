package store

import (
	"context"
	"time"

	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// CountScope says what is counted; zero fields do not narrow it.
type CountScope struct {
	ProjectID int64
	VisibleTo int64     // in projects the user owns or was granted
	From, To  time.Time // both included
}

// UserCount is how many things a user has.
type UserCount struct {
	UserID   int64
	UserName string // empty when the user is gone
	Count    int
}

// CommandCounts are commands by their types.
type CommandCounts struct {
	Waiting map[workflow.CommandType]int
	Failed  map[workflow.CommandType]int // in quarantine
}

// QueueCounts say what waits in instances that are not terminal.
type QueueCounts struct {
	Queued int // attempts no worker has yet
	Dying  int // attempts that are being killed
}

// Analysis counts for overviews. States and types of which there are none are
// left out.
type Analysis interface {
	// InstanceStates counts instances by state, in a period of StartTime.
	InstanceStates(ctx context.Context, sc CountScope) (map[workflow.State]int, error)
	// TaskStates counts attempts by state, in a period of StartTime.
	TaskStates(ctx context.Context, sc CountScope) (map[workflow.State]int, error)
	// DefinitionsByUser counts workflows by who created them, by user id; the
	// period does not count.
	DefinitionsByUser(ctx context.Context, sc CountScope) ([]UserCount, error)
	// Commands counts commands, in a period of CreateTime.
	Commands(ctx context.Context, sc CountScope) (CommandCounts, error)
	// Queues counts what waits now; the period does not count.
	Queues(ctx context.Context, sc CountScope) (QueueCounts, error)
}
