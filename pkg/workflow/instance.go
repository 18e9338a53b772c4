package workflow

import "time"

// FailureStrategy says what a failed task does to the rest of its instance.
type FailureStrategy string

// Failure strategies.
const (
	FailContinue FailureStrategy = "CONTINUE" // other branches go on
	FailEnd      FailureStrategy = "END"      // other running tasks are killed
)

// WarningType says which ends of an instance raise an alert.
type WarningType string

// Warning types.
const (
	WarnNone    WarningType = "NONE"
	WarnSuccess WarningType = "SUCCESS"
	WarnFailure WarningType = "FAILURE"
	WarnAll     WarningType = "ALL"
)

// StartScope limits a run to part of the graph around its start tasks.
type StartScope string

// Scopes: only the named tasks, they and what precedes them, or they and what
// follows them. The empty scope is ScopePost.
const (
	ScopeOnly StartScope = "ONLY"
	ScopePre  StartScope = "PRE"
	ScopePost StartScope = "POST"
)

// CommandType says what a command asks for, and of an instance which command
// it last obeyed.
type CommandType string

// Command types. The recovery ones and Stop, Pause, Rerun, ForceSuccess act
// on the instance the command names.
const (
	CmdStart          CommandType = "START"
	CmdBackfill       CommandType = "BACKFILL"
	CmdSchedule       CommandType = "SCHEDULE"    // by a due time; no command row exists
	CmdSub            CommandType = "SUB"         // by a parent's SUB_WORKFLOW attempt
	CmdChildEnded     CommandType = "CHILD_ENDED" // tells a parent; TaskID is its attempt
	CmdRerun          CommandType = "RERUN"       // everything again, same instance
	CmdRecoverPaused  CommandType = "RECOVER_PAUSED"
	CmdRecoverFailed  CommandType = "RECOVER_FAILED"
	CmdRerunFrom      CommandType = "RERUN_FROM" // one task and what follows it, same instance
	CmdPause          CommandType = "PAUSE"
	CmdStop           CommandType = "STOP"
	CmdForceSuccess   CommandType = "FORCE_SUCCESS"   // of one task instance
	CmdReleaseHold    CommandType = "RELEASE_HOLD"    // rerun a held LOST attempt
	CmdForceStart     CommandType = "FORCE_START"     // of an attempt that waits for a task-group slot
	CmdScheduleChange CommandType = "SCHEDULE_CHANGE" // a schedule was saved: its shard reloads it
	CmdDelete         CommandType = "DELETE"          // of a terminal instance
	CmdPauseBackfill  CommandType = "PAUSE_BACKFILL"  // its next dates wait
	CmdResumeBackfill CommandType = "RESUME_BACKFILL"
	CmdStopBackfill   CommandType = "STOP_BACKFILL" // and the instances under way
	CmdEdit           CommandType = "EDIT"          // a terminal instance goes on with version Start.Version
)

// Command is a durable request, written before its caller is answered and
// deleted in the transaction that obeys it.
type Command struct {
	ID           int64
	Shard        int
	Type         CommandType
	ProjectID    int64
	DefinitionID int64
	InstanceID   int64 // of the instance acted on; 0 for starts
	TaskID       int64 // task instance, for CmdForceSuccess, CmdReleaseHold, CmdForceStart and CmdRerunFrom
	BackfillID   int64 // of the backfill acted on; 0 for others
	ScheduleID   int64
	UserID       int64
	CreateTime   time.Time
	Start        StartOptions // for CmdStart, CmdBackfill and CmdSub
	Backfill     *BackfillPlan
	Child        *ChildNotice // for CmdSub and CmdChildEnded
	// Key, when not empty, is unique: inserting it twice inserts it once.
	Key       string
	Attempts  int    // how often obeying it failed; quarantined at 5
	LastError string // of the last failure
	// Current is the version of the workflow that was current when the command
	// was read by a master; 0: not known. It is not stored.
	Current int
	// Told is what the audit is told of the command. It is stored with it, in the
	// audit: there is no one without the other. A repeated command tells nothing.
	Told *AuditEntry
}

// Carried gives a stored command as those who read it see it, to be taken along
// by a message instead. One with a key may be an older one's repetition and has
// to be read, as one that is not stored.
func (c Command) Carried() (_ Command, ok bool) {
	c.Told, c.CreateTime = nil, c.CreateTime.Truncate(time.Millisecond)
	return c, c.ID != 0 && c.Key == ""
}

// StartOptions is how an instance is to run.
type StartOptions struct {
	// Version of the definition, fixed when the command is accepted; 0: the
	// current one when it is obeyed.
	Version         int               `json:"version,omitempty"`
	FailureStrategy FailureStrategy   `json:"failureStrategy"`
	StartTasks      []string          `json:"startTasks,omitempty"`
	Scope           StartScope        `json:"scope,omitempty"`
	WarningType     WarningType       `json:"warningType,omitempty"`
	WarningGroupID  int64             `json:"warningGroupId,omitempty"`
	Receivers       string            `json:"receivers,omitempty"`
	ReceiversCc     string            `json:"receiversCc,omitempty"`
	Priority        Priority          `json:"priority"`
	WorkerGroup     string            `json:"workerGroup,omitempty"`
	Environment     string            `json:"environment,omitempty"` // its name, of tasks that name none
	Timeout         time.Duration     `json:"timeout,omitempty"`     // overrides the definition's when > 0
	Params          map[string]string `json:"params,omitempty"`      // start-up parameters, over everything else
	DryRun          bool              `json:"dryRun,omitempty"`
	// BizDateIsBase makes ${system.biz.date} the base time's own date, as
	// DolphinScheduler 1.3.9 does in backfills.
	BizDateIsBase bool `json:"bizDateIsBase,omitempty"`
	// Zone is the IANA name of the zone that dates are written in; empty means
	// Asia/Shanghai, as in the first dialect.
	Zone string `json:"zone,omitempty"`
	// ScheduleTime is the base time of the dates of an instance that is started
	// by hand; zero: its start time.
	ScheduleTime time.Time `json:"scheduleTime,omitzero"`
	// CommandID is the command that an instance came from. Its master notes it.
	CommandID int64 `json:"commandId,omitempty"`
	// TenantCode and Queue are resolved when the command is accepted.
	TenantCode string `json:"tenantCode,omitempty"`
	Queue      string `json:"queue,omitempty"`
}

// BackfillPlan lists the dates of a backfill in running order. Width lanes run
// at once; a lane stops at its first date that does not succeed.
type BackfillPlan struct {
	Dates []time.Time `json:"dates"`
	Width int         `json:"width"` // 0: all at once
}

// ChildNotice is what a parent and its child instance tell each other.
type ChildNotice struct {
	ParentID     int64             `json:"parentId"`
	ParentTaskID int64             `json:"parentTaskId"`
	ParentShard  int               `json:"parentShard"`
	ScheduleTime time.Time         `json:"scheduleTime,omitzero"` // handed down
	Command      CommandType       `json:"command,omitempty"`     // what started the parent
	ChildID      int64             `json:"childId,omitempty"`
	State        State             `json:"state,omitempty"` // handed up
	Reason       string            `json:"reason,omitempty"`
	Vars         map[string]string `json:"vars,omitempty"` // down: the parent's parameters; up: OUT parameters
}

// DependencyQuery asks what happened to a workflow, or to one task of it, in
// one interval (both ends included). ExcludeID is the asking instance.
type DependencyQuery struct {
	DefinitionID int64
	Task         string // "" for the workflow itself
	From, To     time.Time
	ExcludeID    int64
}

// DependencyAnswer is the answer. Found is false when no instance falls into
// the interval; First is true when the definition has no earlier instance
// than the asking one.
type DependencyAnswer struct {
	Found      bool
	InstanceID int64
	State      State // of the instance, or of the named task ("" when it has not run)
	Finished   bool  // the instance is terminal
	First      bool
}

// Backfill is a running or finished backfill.
type Backfill struct {
	ID           int64
	Shard        int
	ProjectID    int64
	DefinitionID int64
	UserID       int64
	Start        StartOptions
	Plan         BackfillPlan
	Lanes        []BackfillLane
	State        State // Running, Paused, Stopped, Failed or Succeeded
	CreateTime   time.Time
	EndTime      time.Time
}

// BackfillLane is one serial strand: every Width-th date from its own index.
type BackfillLane struct {
	Next     int   `json:"next"`     // index of the next date to start
	Instance int64 `json:"instance"` // the one under way, 0 if none
	Done     bool  `json:"done"`
	OK       bool  `json:"ok"` // all its dates succeeded
}

// Instance is one run of a workflow version.
type Instance struct {
	ID                int64
	Shard             int
	ProjectID         int64
	DefinitionID      int64
	DefinitionVersion int
	Name              string // <workflow>-<version>-<epoch ms>
	State             State
	Reason            string // why it is where it is, in words
	Policy            ExecutionPolicy
	Command           CommandType // the last obeyed one that (re)started it
	History           []CommandType
	Start             StartOptions
	UserID            int64     // who started it
	ScheduleID        int64     // 0: by hand
	BackfillID        int64     // 0: none
	ScheduleTime      time.Time // base time of its dates; zero: start time
	CommandTime       time.Time // when it was asked for
	StartTime         time.Time
	EndTime           time.Time
	RunTimes          int // 1, then one more per recovery or rerun
	ParentID          int64
	ParentTaskID      int64
	Recovered         bool              // taken over after a failover
	TimeoutWarned     bool              // its time limit has been alerted
	Vars              map[string]string // OUT parameters at the end, handed up
	MasterID          string            // owner, for people
	Failures          int               // failed loads or steps; quarantined at 5
	UpdateTime        time.Time
}

// TaskInstance is one attempt of one task of an instance. A retry or a rerun
// makes a new row; Current tells the row that counts.
type TaskInstance struct {
	ID           int64 // names the attempt everywhere
	InstanceID   int64
	ProjectID    int64
	DefinitionID int64
	Task         string // name
	TaskCode     int64
	Kind         Kind
	State        State
	Reason       string // what it waits for or why it ended, in words
	Attempt      int    // 1, 2, ... over all attempts of this task in this instance
	Retry        int    // retries consumed before this attempt
	Current      bool
	Priority     Priority
	WorkerGroup  string
	WorkerID     string // who runs it; set before it is sent
	Host         string // address of that worker's log service
	Epoch        int64  // of the shard when it was dispatched
	Deadline     time.Time
	SubmitTime   time.Time
	StartTime    time.Time
	EndTime      time.Time
	ExitCode     int
	PID          int
	AppLink      string // external application ids, comma separated
	LogPath      string
	WorkDir      string
	Vars         map[string]string // OUT parameters it produced
	Branch       []string          // successors a CONDITIONS or SWITCH chose
	ChildID      int64             // instance a SUB_WORKFLOW started
	Dependency   string            // what a DEPENDENT waits for, item by item
	Warned       bool              // its time limit has been alerted
	Force        bool              // start without a task-group slot
	UpdateTime   time.Time
}

// Forgot names a field that old has and t, a later value of the same attempt,
// has no longer, of those that are never unset once they were set; "" if there
// is none. Stores count on it: they need not write what is not set.
func (t *TaskInstance) Forgot(old *TaskInstance) string {
	for _, f := range []struct {
		name     string
		was, now bool
	}{
		{"retry", old.Retry != 0, t.Retry != 0},
		{"start time", !old.StartTime.IsZero(), !t.StartTime.IsZero()},
		{"exit code", old.ExitCode != 0, t.ExitCode != 0},
		{"process", old.PID != 0, t.PID != 0},
		{"applications", old.AppLink != "", t.AppLink != ""},
		{"log", old.LogPath != "", t.LogPath != ""},
		{"work directory", old.WorkDir != "", t.WorkDir != ""},
		{"variables", len(old.Vars) > 0, len(t.Vars) > 0},
		{"branch", old.Branch != nil, t.Branch != nil},
		{"child", old.ChildID != 0, t.ChildID != 0},
		{"dependency", old.Dependency != "", t.Dependency != ""},
		{"force", old.Force, t.Force},
	} {
		if f.was && !f.now {
			return f.name
		}
	}
	return ""
}
