package store

import (
	"context"
	"time"

	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// Place is where a page of a feed ended: rows after it make the next one. The
// zero place is before the first row and, given back, says there is no next
// page.
type Place struct {
	At time.Time // of feeds in the order of time
	ID int64
}

// RunQuery narrows a feed of instances; zero fields do not.
type RunQuery struct {
	Projects     []int64 // nil: all; empty: none
	DefinitionID int64
	States       []workflow.State
	Search       string // in the name
	UserID       int64
	From, To     time.Time // of StartTime, both included
}

// RunRow is an instance with what lists show beside it.
type RunRow struct {
	workflow.Instance
	UserName string
	Workflow string // name; empty when it is gone
	Project  string
}

// AttemptQuery narrows a feed of task instances of a project; zero fields do
// not.
type AttemptQuery struct {
	ProjectID int64
	States    []workflow.State
	Task      string // exact name
	Search    string // in the task's name
	Host      string
	From, To  time.Time // of StartTime, both included
}

// Mark is what changes when a task instance changes.
type Mark struct {
	ID         int64
	InstanceID int64
	Task       string
	State      workflow.State
	Start, End time.Time
	Update     time.Time
}

// Bucket counts instances of a state that started in a step of time.
type Bucket struct {
	At    time.Time // the step's beginning
	State workflow.State
	Count int
}

// ProjectCount counts instances of a project, by state.
type ProjectCount struct {
	ProjectID int64
	Project   string
	States    map[workflow.State]int
}

// Total is how many there are.
func (c ProjectCount) Total() (n int) {
	for _, one := range c.States {
		n += one
	}
	return n
}

// Runs reads instances for people who watch them. Feeds cost the same however
// many rows there are: a page may hold fewer rows than asked for and still
// have a next one, when what was asked for is rare.
type Runs interface {
	// Instances gives the newest first; with a period in order of StartTime,
	// which then every instance of the page has.
	Instances(ctx context.Context, q RunQuery, after Place, limit int) ([]RunRow, Place, error)
	// Instance gives one.
	Instance(ctx context.Context, id int64) (RunRow, error)
	// Tasks gives attempts, ordered like Instances.
	Tasks(ctx context.Context, q AttemptQuery, after Place, limit int) ([]TaskRow, Place, error)
	// Marks gives the current attempts of instances, oldest first.
	Marks(ctx context.Context, instanceIDs []int64) ([]Mark, error)
	// Attempts gives task instances by id; those that are gone are left out.
	Attempts(ctx context.Context, ids []int64) ([]workflow.TaskInstance, error)
	// States gives the states of instances; those that are gone are left out.
	States(ctx context.Context, instanceIDs []int64) (map[int64]workflow.State, error)
	// TaskStates counts the current attempts of instances by state.
	TaskStates(ctx context.Context, instanceIDs []int64) (map[int64]map[workflow.State]int, error)
	// Series counts instances started in [from, to) by steps and states; steps
	// without any are left out. Projects are as in RunQuery.
	Series(ctx context.Context, projects []int64, from, to time.Time, step time.Duration) ([]Bucket, error)
	// ProjectSeries is Series for each of some projects.
	ProjectSeries(ctx context.Context, projects []int64, from, to time.Time, step time.Duration) (map[int64][]Bucket, error)
	// Busiest counts instances started in [from, to) of the projects with most of
	// them, these first; projects without any are left out. Projects are as in
	// RunQuery.
	Busiest(ctx context.Context, projects []int64, from, to time.Time, limit int) ([]ProjectCount, error)
	// StartedBy gives the instance that a command started, 0 while there is none
	// among the workflow's newest.
	StartedBy(ctx context.Context, definitionID, commandID int64) (int64, error)
	// Due gives the online schedules that fire next. Projects are as in RunQuery.
	Due(ctx context.Context, projects []int64, limit int) ([]ScheduleRow, error)
	// Waiting gives commands that no master obeyed yet, oldest first.
	Waiting(ctx context.Context, limit int) ([]workflow.Command, error)
}

// DateRun is the instance of a backfill's date.
type DateRun struct {
	Date       time.Time
	InstanceID int64
	State      workflow.State
}

// Backfills reads backfills. Masters alone write them, through Scheduling.
type Backfills interface {
	Get(ctx context.Context, id int64) (workflow.Backfill, error)
	// List gives a project's with ids below before (0: all), newest first.
	List(ctx context.Context, projectID, before int64, limit int) ([]workflow.Backfill, error)
	// Dates gives the instances of a backfill in order of their dates.
	Dates(ctx context.Context, b *workflow.Backfill) ([]DateRun, error)
	// StartedBy gives the backfill that a command started, 0 while there is none
	// among the project's newest.
	StartedBy(ctx context.Context, projectID, commandID int64) (int64, error)
}
