package workflow

import (
	"encoding/json"
	"time"
)

// Kind is the type of a task. Its plug-in in pkg/task gives it a meaning; the
// logic kinds below are resolved by the engine and never reach a worker.
type Kind string

// Kinds the engine itself knows.
const (
	KindShell       Kind = "SHELL"
	KindPython      Kind = "PYTHON"
	KindHTTP        Kind = "HTTP"
	KindNoop        Kind = "NOOP" // succeeds at once on the worker without a process
	KindSQL         Kind = "SQL"
	KindProcedure   Kind = "PROCEDURE"
	KindSpark       Kind = "SPARK"
	KindFlink       Kind = "FLINK"
	KindMR          Kind = "MR"
	KindDataX       Kind = "DATAX"
	KindSqoop       Kind = "SQOOP"
	KindSubWorkflow Kind = "SUB_WORKFLOW"
	KindDependent   Kind = "DEPENDENT"
	KindConditions  Kind = "CONDITIONS"
	KindSwitch      Kind = "SWITCH"
)

// Logic reports whether the engine resolves tasks of this kind itself.
func (k Kind) Logic() bool {
	switch k {
	case KindSubWorkflow, KindDependent, KindConditions, KindSwitch:
		return true
	}
	return false
}

// Priority orders waiting work: 0 is the highest, 4 the lowest.
type Priority int

// Priorities, most urgent first.
const (
	Highest Priority = iota
	High
	Medium
	Low
	Lowest
)

// Direct says whether a property is read or written by its task.
type Direct string

// Directions.
const (
	In  Direct = "IN"
	Out Direct = "OUT"
)

// Property is a named parameter. Value may hold placeholders. Type is one of
// VARCHAR INTEGER LONG FLOAT DOUBLE DATE TIME TIMESTAMP BOOLEAN LIST FILE.
type Property struct {
	Prop   string `json:"prop"`
	Direct Direct `json:"direct"`
	Type   string `json:"type"`
	Value  string `json:"value"`
}

// ReleaseState says whether a definition or a schedule may start instances.
type ReleaseState string

// Release states.
const (
	Offline ReleaseState = "OFFLINE"
	Online  ReleaseState = "ONLINE"
)

// ExecutionPolicy says what happens when an instance of a workflow starts
// while another one of it is not terminal.
type ExecutionPolicy string

// Execution policies. SerialPriority lets the most urgent waiting instance go
// first and stops nothing; SerialDiscard ends the newcomer as STOPPED.
const (
	Parallel       ExecutionPolicy = "PARALLEL"
	SerialWaiting  ExecutionPolicy = "SERIAL_WAIT"
	SerialDiscard  ExecutionPolicy = "SERIAL_DISCARD"
	SerialPriority ExecutionPolicy = "SERIAL_PRIORITY"
)

// TimeoutAction says what a task's time limit does.
type TimeoutAction string

// Timeout actions; the empty action means no limit.
const (
	TimeoutWarn     TimeoutAction = "WARN"
	TimeoutFail     TimeoutAction = "FAIL"
	TimeoutWarnFail TimeoutAction = "WARN_FAIL"
)

// OnLost says what becomes of an attempt whose worker is gone.
type OnLost string

// Lost policies. Rerun starts a new attempt without consuming a retry; Fail
// fails the task; Hold leaves it LOST and pauses its instance for a person.
const (
	LostRerun OnLost = "rerun"
	LostFail  OnLost = "fail"
	LostHold  OnLost = "hold"
)

// Definition is one version of a workflow. Versions are immutable: an edit
// makes a new one. ID and Code are two public names of the workflow, the same
// for all its versions.
type Definition struct {
	ID           int64 // below 2^31
	Code         int64 // above 2^31, time-ordered
	Version      int   // from 1
	ProjectID    int64
	Name         string
	Description  string
	ReleaseState ReleaseState
	UserID       int64 // who created it
	ModifiedBy   int64 // who made this version
	CreateTime   time.Time
	UpdateTime   time.Time
	Receivers    string // mail addresses, comma separated
	ReceiversCc  string
	// Uses is what the tasks name of the things that the scheduler keeps. Who
	// saves a version says it, for the kinds know; nobody is given it back.
	Uses Uses
	Spec
}

// Uses names things that a version's tasks use.
type Uses struct {
	Resources   []ResourceRef // with full names from the root: /folder/run.sh
	DataSources []int64
}

// Spec is the part of a definition that a version freezes.
type Spec struct {
	TenantID     int64           `json:"tenantId"` // 0: the tenant of the creator
	GlobalParams []Property      `json:"globalParams,omitempty"`
	Timeout      time.Duration   `json:"timeout,omitempty"` // 0: none; only alerts
	Policy       ExecutionPolicy `json:"policy,omitempty"`  // empty: Parallel
	Tasks        []Task          `json:"tasks"`
	Edges        []Edge          `json:"edges,omitempty"`
	// Layout is how an editor drew the graph; opaque to the core and handed
	// back as it came. Keys are the dialect's own.
	Layout map[string]json.RawMessage `json:"layout,omitempty"`
}

// Edge says that To starts only after From. Both are task names.
type Edge struct {
	From string `json:"from"`
	To   string `json:"to"`
}

// Task is a node of a workflow. Its name is unique within the version.
type Task struct {
	Code          int64           `json:"code,omitempty"` // stable over versions
	Name          string          `json:"name"`
	Kind          Kind            `json:"kind"`
	Description   string          `json:"description,omitempty"`
	Forbidden     bool            `json:"forbidden,omitempty"` // passed through, not run
	Priority      Priority        `json:"priority"`
	WorkerGroup   string          `json:"workerGroup,omitempty"` // empty or "default": the instance's
	Environment   string          `json:"environment,omitempty"` // its name; empty: the instance's
	MaxRetries    int             `json:"maxRetries,omitempty"`
	RetryInterval time.Duration   `json:"retryInterval,omitempty"`
	Delay         time.Duration   `json:"delay,omitempty"` // start delay
	Timeout       time.Duration   `json:"timeout,omitempty"`
	TimeoutAction TimeoutAction   `json:"timeoutAction,omitempty"`
	OnLost        OnLost          `json:"onLost,omitempty"` // empty: rerun
	TaskGroupID   int64           `json:"taskGroupId,omitempty"`
	TaskGroupPrio int             `json:"taskGroupPriority,omitempty"` // larger goes first
	LocalParams   []Property      `json:"localParams,omitempty"`
	Params        json.RawMessage `json:"params,omitempty"` // the kind's own, without localParams

	// Exactly one of these for the logic kinds.
	SubWorkflow *SubWorkflow `json:"subWorkflow,omitempty"`
	Dependent   *Dependent   `json:"dependent,omitempty"`
	Conditions  *Conditions  `json:"conditions,omitempty"`
	Switch      *Switch      `json:"switch,omitempty"`

	// Ext is what a dialect must hand back as it came and the core ignores.
	Ext map[string]json.RawMessage `json:"ext,omitempty"`
}

// SubWorkflow names the workflow a task runs.
type SubWorkflow struct {
	DefinitionID int64 `json:"definitionId"`
}

// Relation combines the results of items.
type Relation string

// Relations.
const (
	And Relation = "AND"
	Or  Relation = "OR"
)

// Dependent makes a task wait for other workflows' instances.
type Dependent struct {
	Relation Relation         `json:"relation"`
	Groups   []DependentGroup `json:"groups"`
	// CheckInterval is how often to look again; 0 means the engine's default.
	CheckInterval time.Duration `json:"checkInterval,omitempty"`
	// FailureWait keeps waiting that long after a dependency failed, hoping
	// for its rerun; 0 fails at once.
	FailureWait time.Duration `json:"failureWait,omitempty"`
}

// DependentGroup combines items.
type DependentGroup struct {
	Relation Relation        `json:"relation"`
	Items    []DependentItem `json:"items"`
}

// DependentItem is one dependency: a workflow or one task of it, in every
// interval of a period such as "last3Days" relative to the reference date.
// Task is "" for the workflow's own state.
type DependentItem struct {
	ProjectID    int64  `json:"projectId"`
	DefinitionID int64  `json:"definitionId"`
	Task         string `json:"task,omitempty"`
	Cycle        string `json:"cycle"`     // hour day week month
	DateValue    string `json:"dateValue"` // e.g. today last1Days lastMonday
}

// Conditions picks successors by the states of predecessors.
type Conditions struct {
	Relation Relation         `json:"relation"`
	Groups   []ConditionGroup `json:"groups"`
	Success  []string         `json:"success"` // successors when true
	Failed   []string         `json:"failed"`  // successors when false
	// Verdict makes the task's own state the verdict (SUCCEEDED or FAILED);
	// otherwise it always succeeds.
	Verdict bool `json:"verdict,omitempty"`
}

// ConditionGroup combines items.
type ConditionGroup struct {
	Relation Relation        `json:"relation"`
	Items    []ConditionItem `json:"items"`
}

// ConditionItem is true when the task ended with success (or, if Success is
// false, without it).
type ConditionItem struct {
	Task    string `json:"task"`
	Success bool   `json:"success"`
}

// Switch picks one successor by the first true condition.
type Switch struct {
	Cases   []SwitchCase `json:"cases"`
	Default string       `json:"default"`
}

// SwitchCase is a condition over parameters, written in the small JavaScript
// subset that pkg/engine/cond accepts.
type SwitchCase struct {
	Condition string `json:"condition"`
	Next      string `json:"next"`
}
