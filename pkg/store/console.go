package store

import (
	"context"
	"time"

	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// Members keeps who may do what in a project. Granting a project (Users) makes
// developers of those who have no role in it yet.
type Members interface {
	// Role gives the user's role, "" when he has none; owners are no members.
	Role(ctx context.Context, projectID, userID int64) (workflow.ProjectRole, error)
	Of(ctx context.Context, projectID int64) ([]workflow.Membership, error)
	// Roles gives the roles of a user by project.
	Roles(ctx context.Context, userID int64) (map[int64]workflow.ProjectRole, error)
	// Set gives a role; the empty one takes it away.
	Set(ctx context.Context, projectID, userID int64, r workflow.ProjectRole) error
}

// Drafts keeps workflows being edited.
type Drafts interface {
	// Get gives NotFound when the workflow is not being edited.
	Get(ctx context.Context, definitionID int64) (workflow.Draft, error)
	// Save stores the draft when d.Revision is the stored one (0: none yet),
	// else Conflict "revision.changed". It sets the next Revision.
	Save(ctx context.Context, d *workflow.Draft) error
	Delete(ctx context.Context, definitionID int64) error
}

// Labels keeps how workflows are sorted: a folder and key=value labels. Both
// belong to the workflow, not to a version.
type Labels interface {
	// Of gives folder and labels of workflows by id.
	Of(ctx context.Context, definitionIDs []int64) (map[int64]Sorting, error)
	Set(ctx context.Context, definitionID int64, s Sorting) error
	// Find gives the project's workflows in a folder (and those below it) that
	// have all the labels; "" is every folder.
	Find(ctx context.Context, projectID int64, folder string, labels map[string]string) ([]int64, error)
	// Folders gives the project's folders with how many workflows each has.
	Folders(ctx context.Context, projectID int64) (map[string]int, error)
}

// Sorting is where a workflow is found.
type Sorting struct {
	Folder string // segments separated by /, no slash at the ends
	Labels map[string]string
}

// Calendars keeps business calendars.
type Calendars interface {
	Save(ctx context.Context, c *workflow.Calendar) error // by ID, 0 inserts
	// Delete refuses (Conflict "calendar.used") while schedules name it.
	Delete(ctx context.Context, id int64) error
	Get(ctx context.Context, id int64) (workflow.Calendar, error)
	All(ctx context.Context) ([]workflow.Calendar, error)
}

// Environments keeps named sets of variables; values are kept sealed.
type Environments interface {
	Save(ctx context.Context, e *workflow.Environment) error // by ID, 0 inserts
	Delete(ctx context.Context, id int64) error
	Get(ctx context.Context, id int64) (workflow.Environment, error)
	ByName(ctx context.Context, name string) (workflow.Environment, error)
	All(ctx context.Context) ([]workflow.Environment, error)
	Reseal(ctx context.Context, limit int) (int, error) // see DataSources
}

// AuditFilter narrows a list of changes; zero fields do not.
type AuditFilter struct {
	UserID    int64
	ProjectID int64
	Resource  string
	Action    string
	From, To  time.Time
}

// Audit keeps changes. Those of commands are written with them (Command.Told),
// others after the change they tell of: one that is missing is reported in the
// log.
type Audit interface {
	// Add stores an entry; concurrent calls may share a transaction.
	Add(ctx context.Context, e *workflow.AuditEntry) error
	// List gives entries with ids below before (0: all), newest first.
	List(ctx context.Context, f AuditFilter, before int64, limit int) ([]workflow.AuditEntry, error)
	Purge(ctx context.Context, before time.Time, limit int) (int, error)
}
