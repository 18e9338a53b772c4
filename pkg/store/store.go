// Package store says how the scheduler's nouns are kept, per noun, and what
// every implementation promises. The adapter on gorm lives in sqlstore, a fake
// of the part the masters use in memstore; storetest is the suite all pass.
//
// Conventions: a missing row is a *workflow.Error with code NotFound, a taken
// unique key one with code Exists, a database that does not answer one with
// code Unavailable. Times are UTC with millisecond precision; the zero time is
// NULL. Returned values belong to the caller.
package store

import (
	"context"
	"time"

	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// Store groups the stores of one database. Services take the fields they need.
type Store struct {
	Users        Users
	Sessions     Sessions
	Tokens       Tokens
	Tenants      Tenants
	Queues       Queues
	Projects     Projects
	WorkerGroups WorkerGroups
	TaskGroups   TaskGroups
	Definitions  Definitions
	Schedules    Schedules
	Instances    Instances
	Tasks        TaskInstances
	Commands     Commands
	Scheduling   Scheduling
	Database     Database
	Idempotency  Idempotency
	Analysis     Analysis

	Resources     Resources
	UDFs          UDFs
	DataSources   DataSources
	AlertGroups   AlertGroups
	AlertChannels AlertChannels
	Deliveries    Deliveries
	Retentions    Retentions

	Members      Members
	Drafts       Drafts
	Labels       Labels
	Calendars    Calendars
	Environments Environments
	Audit        Audit

	Runs      Runs
	Backfills Backfills
}

// Page asks for a slice of a list: Number from 1, Size rows.
type Page struct {
	Number, Size int
}

// Offset is the number of rows before the page.
func (p Page) Offset() int { return (p.Number - 1) * p.Size }

// Users keeps accounts and what they were granted.
type Users interface {
	Create(ctx context.Context, u *workflow.User) error // sets ID
	Update(ctx context.Context, u *workflow.User) error
	// UpdateAndSignOut is Update, and ends the user's sessions with it.
	UpdateAndSignOut(ctx context.Context, u *workflow.User) error
	// Delete removes the user with sessions, tokens and grants.
	Delete(ctx context.Context, id int64) error
	Get(ctx context.Context, id int64) (workflow.User, error)
	ByName(ctx context.Context, name string) (workflow.User, error)
	// List gives the users whose name contains search, newest change first.
	List(ctx context.Context, search string, p Page) (rows []workflow.User, total int, err error)
	All(ctx context.Context) ([]workflow.User, error)
	// ByIdentity gives the user that an identity elsewhere belongs to.
	ByIdentity(ctx context.Context, i workflow.Identity) (workflow.User, error)
	// Identify gives a user an identity, besides those he has; u without an ID is
	// made with it. Exists when the identity is somebody else's, or the name.
	Identify(ctx context.Context, u *workflow.User, i workflow.Identity) error
	// Identities gives those of a user.
	Identities(ctx context.Context, userID int64) ([]workflow.Identity, error)
	// GrantedProjects lists the projects the user was granted (not his own).
	GrantedProjects(ctx context.Context, userID int64) ([]int64, error)
	// GrantProjects replaces the user's grants.
	GrantProjects(ctx context.Context, userID int64, projectIDs []int64) error
}

// Sessions keeps logins.
type Sessions interface {
	Save(ctx context.Context, s *workflow.Session) error // insert or update by ID
	Get(ctx context.Context, id string) (workflow.Session, error)
	ByUser(ctx context.Context, userID int64) ([]workflow.Session, error)
	Delete(ctx context.Context, id string) error
	DeleteByUser(ctx context.Context, userID int64) error
}

// Tokens keeps API tokens. Lookups go by the value's hash; the value itself is
// kept sealed by the store's Sealer.
type Tokens interface {
	Create(ctx context.Context, t *workflow.Token) error
	Update(ctx context.Context, t *workflow.Token) error
	Delete(ctx context.Context, id int64) error
	Get(ctx context.Context, id int64) (workflow.Token, error)
	ByValue(ctx context.Context, value string) (workflow.Token, error)
	// List gives tokens of userID (0: of all) whose user's name contains
	// search, newest first.
	List(ctx context.Context, userID int64, search string, p Page) ([]workflow.Token, int, error)
	Reseal(ctx context.Context, limit int) (int, error) // see DataSources
}

// Tenants keeps tenants.
type Tenants interface {
	Create(ctx context.Context, t *workflow.Tenant) error
	Update(ctx context.Context, t *workflow.Tenant) error
	Delete(ctx context.Context, id int64) error
	Get(ctx context.Context, id int64) (workflow.Tenant, error)
	ByCode(ctx context.Context, code string) (workflow.Tenant, error)
	List(ctx context.Context, search string, p Page) ([]workflow.Tenant, int, error)
	All(ctx context.Context) ([]workflow.Tenant, error)
	// Uses counts what refers to the tenant.
	Uses(ctx context.Context, id int64) (users, definitions, running int, err error)
}

// Queues keeps queues.
type Queues interface {
	Create(ctx context.Context, q *workflow.Queue) error
	// Update also gives users who name the old value the new one.
	Update(ctx context.Context, q *workflow.Queue) error
	// Delete refuses (Conflict "queue.used") while tenants have it or users name
	// its value.
	Delete(ctx context.Context, id int64) error
	Get(ctx context.Context, id int64) (workflow.Queue, error)
	ByName(ctx context.Context, name string) (workflow.Queue, error)
	ByValue(ctx context.Context, value string) (workflow.Queue, error)
	List(ctx context.Context, search string, p Page) ([]workflow.Queue, int, error)
	All(ctx context.Context) ([]workflow.Queue, error)
}

// ProjectRow is a project with what lists show beside it.
type ProjectRow struct {
	workflow.Project
	UserName     string
	Definitions  int
	Running      int // instances not terminal
	GrantedToHim bool
}

// Projects keeps projects.
type Projects interface {
	Create(ctx context.Context, p *workflow.Project) error // sets ID
	Update(ctx context.Context, p *workflow.Project) error
	Delete(ctx context.Context, id int64) error
	Get(ctx context.Context, id int64) (workflow.Project, error)
	ByName(ctx context.Context, name string) (workflow.Project, error)
	Row(ctx context.Context, id int64) (ProjectRow, error)
	// List gives the projects that userID owns or was granted; 0 means all.
	List(ctx context.Context, userID int64, search string, p Page) ([]ProjectRow, int, error)
	// All gives every project; withDefinitions leaves out empty ones.
	All(ctx context.Context, withDefinitions bool) ([]ProjectRow, error)
}

// WorkerGroups keeps stored worker groups.
type WorkerGroups interface {
	Save(ctx context.Context, g *workflow.WorkerGroup) error // by ID, 0 inserts
	Delete(ctx context.Context, id int64) error
	Get(ctx context.Context, id int64) (workflow.WorkerGroup, error)
	ByName(ctx context.Context, name string) (workflow.WorkerGroup, error)
	All(ctx context.Context) ([]workflow.WorkerGroup, error)
	// Running counts non-terminal instances that name the group.
	Running(ctx context.Context, name string) (int, error)
}

// TaskGroups keeps shared concurrency limits. Slots are rows.
type TaskGroups interface {
	Save(ctx context.Context, g *workflow.TaskGroup) error // by ID, 0 inserts
	// Delete refuses (Conflict "task_group.used", with both counts) while attempts
	// hold slots or wait for them.
	Delete(ctx context.Context, id int64) error
	Get(ctx context.Context, id int64) (workflow.TaskGroup, error)
	All(ctx context.Context) ([]workflow.TaskGroup, error)
	// Holders lists the attempts that hold a slot, Waiting those that want one,
	// in the order in which they will go.
	Holders(ctx context.Context, id int64) ([]int64, error)
	Waiting(ctx context.Context, id int64) ([]SlotWaiter, error)
}

// DefinitionRow is a definition with what lists show beside it.
type DefinitionRow struct {
	workflow.Definition
	UserName        string
	ModifiedByName  string
	ProjectName     string
	ScheduleRelease workflow.ReleaseState // empty without a schedule
}

// NewDefinition is a workflow to create together with others.
type NewDefinition struct {
	workflow.Definition
	// Runs links tasks that run a sub-workflow, by name, to workflows of the same
	// call, by index; those come before this one.
	Runs     map[string]int
	Schedule *workflow.Schedule // of this workflow, offline; nil: none
}

// Definitions keeps workflows and their immutable versions.
type Definitions interface {
	// Create stores version 1 and sets ID and, when 0, Code.
	Create(ctx context.Context, d *workflow.Definition) error
	// CreateAll stores new workflows with their schedules: all, or none.
	CreateAll(ctx context.Context, ds []*NewDefinition) error
	// Update stores a new version, above all others, which becomes current; it
	// sets Version. It refuses (Conflict, "definition.online") while
	// the definition is online and (Conflict, "definition.changed") when
	// d.Version is not the current one.
	Update(ctx context.Context, d *workflow.Definition) error
	// AddVersion stores a version, above all others, that does not become
	// current: for single instances. It sets Version.
	AddVersion(ctx context.Context, d *workflow.Definition) error
	// Release sets the state; going offline takes its schedules offline too and
	// leaves CmdScheduleChange commands for them, which it returns.
	Release(ctx context.Context, id int64, s workflow.ReleaseState) ([]workflow.Command, error)
	// SetReceivers changes the mail addresses without making a new version.
	SetReceivers(ctx context.Context, id int64, receivers, receiversCc string) error
	// Delete removes the definition with versions and schedules.
	Delete(ctx context.Context, id int64) error
	Get(ctx context.Context, id int64) (workflow.Definition, error)
	Version(ctx context.Context, id int64, version int) (workflow.Definition, error)
	ByName(ctx context.Context, projectID int64, name string) (workflow.Definition, error)
	Row(ctx context.Context, id int64) (DefinitionRow, error)
	// List gives a project's definitions, newest change first, without Tasks
	// and Edges unless full.
	List(ctx context.Context, projectID int64, search string, userID int64, p Page, full bool) ([]DefinitionRow, int, error)
	All(ctx context.Context, projectID int64) ([]DefinitionRow, error)
	// UsedBy lists the definitions that run id as a sub-workflow.
	UsedBy(ctx context.Context, id int64) ([]int64, error)

	DefinitionChanges
}

// ScheduleRow is a schedule with what lists show beside it.
type ScheduleRow struct {
	workflow.Schedule
	UserName       string
	ProjectName    string
	DefinitionName string
	DefinitionDesc string
}

// Schedules keeps schedules. Every change that a master must see also leaves a
// CmdScheduleChange command in the same transaction; the command is returned
// so that its shard's owner can be nudged.
type Schedules interface {
	Create(ctx context.Context, s *workflow.Schedule) error // offline, sets ID
	// Save updates rule, window and options; Version must match.
	Save(ctx context.Context, s *workflow.Schedule) (workflow.Command, error)
	// Release sets the state and NextDue.
	Release(ctx context.Context, id int64, s workflow.ReleaseState, nextDue time.Time) (workflow.Command, error)
	Delete(ctx context.Context, id int64) error
	Get(ctx context.Context, id int64) (workflow.Schedule, error)
	ByDefinition(ctx context.Context, definitionID int64) ([]workflow.Schedule, error)
	List(ctx context.Context, projectID, definitionID int64, search string, p Page) ([]ScheduleRow, int, error)
	All(ctx context.Context, projectID int64) ([]ScheduleRow, error)
	// Fires lists decided due times before a moment (zero: all), newest first.
	Fires(ctx context.Context, scheduleID int64, before time.Time, limit int) ([]workflow.Fire, error)
}

// InstanceRow is an instance with what lists show beside it.
type InstanceRow struct {
	workflow.Instance
	UserName string
}

// InstanceFilter narrows a list of instances; zero fields do not.
type InstanceFilter struct {
	ProjectID    int64
	DefinitionID int64
	Search       string // in the name
	UserName     string
	States       []workflow.State
	MasterID     string
	From, To     time.Time // of StartTime
}

// Instances reads instances. Masters alone write them, through Scheduling.
type Instances interface {
	Get(ctx context.Context, id int64) (workflow.Instance, error)
	Row(ctx context.Context, id int64) (InstanceRow, error)
	List(ctx context.Context, f InstanceFilter, p Page) ([]InstanceRow, int, error)
	// Recent gives the newest instances of a definition.
	Recent(ctx context.Context, definitionID int64, limit int) ([]workflow.Instance, error)
	// ChildOf gives the instance a SUB_WORKFLOW attempt started.
	ChildOf(ctx context.Context, taskID int64) (workflow.Instance, error)
	// Counts gives instances by state, started in [from, to), of the projects.
	Counts(ctx context.Context, projectIDs []int64, from, to time.Time) (map[workflow.State]int, error)
}

// TaskFilter narrows a list of task instances; zero fields do not.
type TaskFilter struct {
	ProjectID  int64
	InstanceID int64
	Search     string // in the task's name
	Task       string // exact name
	UserName   string
	States     []workflow.State
	Host       string
	From, To   time.Time // of StartTime
}

// TaskRow is a task instance with what lists show beside it.
type TaskRow struct {
	workflow.TaskInstance
	InstanceName string
	UserID       int64
	UserName     string
}

// TaskInstances reads task instances.
type TaskInstances interface {
	Get(ctx context.Context, id int64) (workflow.TaskInstance, error)
	// ByInstance gives the current attempts (all of them when all is true),
	// oldest first.
	ByInstance(ctx context.Context, instanceID int64, all bool) ([]workflow.TaskInstance, error)
	List(ctx context.Context, f TaskFilter, p Page) ([]TaskRow, int, error)
}

// Commands accepts requests.
type Commands interface {
	// Insert stores the commands in one transaction and sets ID and CreateTime.
	// Concurrent calls may share a transaction. A command that acts on an
	// instance for which another waits is refused: Conflict,
	// "command.pending", and nothing is stored.
	Insert(ctx context.Context, cs ...*workflow.Command) error
	// Failed lists quarantined commands, newest first.
	Failed(ctx context.Context, limit int) ([]workflow.Command, error)
}

// Database answers about the database itself.
type Database interface {
	// Now is the database's UTC clock.
	Now(ctx context.Context) (time.Time, error)
	Ping(ctx context.Context) error
	Stats(ctx context.Context) (DatabaseStats, error)
	Close() error
}

// DatabaseStats is what a monitor page shows.
type DatabaseStats struct {
	Kind             string // mysql or sqlite
	MaxConnections   int64
	MaxUsed          int64
	Connected        int64
	RunningThreads   int64
	SchemaVersion    int64
	SizeBytes        int64
	RoundTripSeconds float64
}

// Idempotency remembers the answers of requests, which their own transactions
// keep: see Once. Masters have no such requests.
type Idempotency interface {
	// Answer gives the answer that was kept for o's user and key, nil when there
	// is none. Conflict, "idempotency.reused", when they came with another
	// fingerprint.
	Answer(ctx context.Context, o *Once) ([]byte, error)
	// Complete replaces the answer that a transaction of o has kept, by what is
	// known only after it.
	Complete(ctx context.Context, o *Once, answer []byte) error
	// Purge forgets answers kept before a moment and tells how many.
	Purge(ctx context.Context, before time.Time) (int, error)
}
