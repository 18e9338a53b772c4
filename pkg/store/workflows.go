package store

import (
	"context"
	"time"

	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// DefinitionFilter narrows a list of workflows; zero fields do not.
type DefinitionFilter struct {
	ProjectID int64
	Search    string // in the name
	Folder    string // and those below it
	Labels    map[string]string
	State     workflow.ReleaseState
}

// DefinitionOrder is how a list of workflows is sorted; the empty order is
// ByName.
type DefinitionOrder string

// Orders of workflows. With a minus the largest comes first.
const (
	ByName     DefinitionOrder = "name"
	ByNameDesc DefinitionOrder = "-name"
	ByUpdate   DefinitionOrder = "updated"
	ByNewest   DefinitionOrder = "-updated"
	ByCreation DefinitionOrder = "created"
	ByYoungest DefinitionOrder = "-created"
)

// Beside is what lists show beside a workflow.
type Beside struct {
	DraftRevision int64               // 0: it is not being edited
	Schedules     []workflow.Schedule // without start options
	Last          *LastRun            // nil: it never ran
}

// LastRun is the newest instance of a workflow.
type LastRun struct {
	InstanceID int64
	State      workflow.State
	Start, End time.Time
}

// VersionRow is a version in a list.
type VersionRow struct {
	Version        int
	Name           string
	Note           string // what its author said about it
	ModifiedBy     int64
	ModifiedByName string
	CreateTime     time.Time
	Current        bool
}

// Change is what Apply does to a workflow: it is made, gets a new version, or
// goes.
type Change struct {
	// Definition is the version to store. Without an ID a workflow is made; it has
	// version 1, or 0 and no tasks when Unpublished.
	workflow.Definition
	Base        int  // the version that is current, of a workflow that is there
	Keep        bool // no new version: only what follows changes
	Unpublished bool
	Delete      bool
	Note        string
	// Published is the revision of the draft that becomes the version; it goes.
	// Another revision is refused: Conflict, "revision.changed". 0: none.
	Published int64
	Draft     *workflow.Draft // the first draft of a workflow that is made
	Sorting   *Sorting        // nil: as it is
	// Release is the state the workflow goes into; empty: as it is. Offline takes
	// schedules along.
	Release   workflow.ReleaseState
	Schedules []ScheduleChange
}

// ScheduleChange is what Apply does to a schedule of the workflow.
type ScheduleChange struct {
	workflow.Schedule                       // ID 0: a new one
	Save              bool                  // rule, window and options; Version must match
	Release           workflow.ReleaseState // empty: as it is; Online takes NextDue
	Delete            bool
}

// DefinitionChanges reads workflows with what belongs to them, and changes many
// at once. It is part of Definitions.
type DefinitionChanges interface {
	// Find gives workflows without tasks and edges.
	Find(ctx context.Context, f DefinitionFilter, o DefinitionOrder, p Page) ([]DefinitionRow, int, error)
	// Beside gives what lists show beside workflows, by id.
	Beside(ctx context.Context, ids []int64) (map[int64]Beside, error)
	// Versions lists the versions of a workflow, newest first.
	Versions(ctx context.Context, id int64, p Page) ([]VersionRow, int, error)
	// Apply makes all changes, or none. finish, if not nil, is called when the new
	// workflows have their IDs and before versions are stored, so that they can
	// name each other; it only touches the changes, and may be called again. An
	// online workflow stays online: its next instance has the new version. Errors
	// are those of Create, Update and Delete, except for "definition.online". The
	// commands are for the owners of schedules' shards.
	Apply(ctx context.Context, changes []*Change, finish func() error) ([]workflow.Command, error)
}
