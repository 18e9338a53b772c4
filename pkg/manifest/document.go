// Package manifest is a workflow as text: the YAML document that people edit,
// keep in version control and exchange. It names things by their names where
// the core has ids, and converts both ways without loss.
package manifest

import (
	"fmt"
	"strings"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"

	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// Document is a workflow. Fields that are missing have the core's defaults.
type Document struct {
	Name        string                   `yaml:"name" json:"name"`
	Description string                   `yaml:"description,omitempty" json:"description,omitempty"`
	Folder      string                   `yaml:"folder,omitempty" json:"folder,omitempty"`
	Labels      map[string]string        `yaml:"labels,omitempty" json:"labels,omitzero"`
	Tenant      string                   `yaml:"tenant,omitempty" json:"tenant,omitempty"` // its code
	Online      *bool                    `yaml:"online,omitempty" json:"online,omitempty"`
	Timeout     Duration                 `yaml:"timeout,omitempty" json:"timeout,omitempty"`
	Policy      workflow.ExecutionPolicy `yaml:"policy,omitempty" json:"policy,omitempty"`
	Params      []Param                  `yaml:"params,omitempty" json:"params,omitempty"`
	Tasks       []Task                   `yaml:"tasks,omitempty" json:"tasks,omitempty"`
	Layout      map[string]Point         `yaml:"layout,omitempty" json:"layout,omitempty"` // by task
	Schedules   []Schedule               `yaml:"schedules,omitempty" json:"schedules,omitzero"`
}

// Point is where an editor draws a task.
type Point struct {
	X float64 `yaml:"x" json:"x"`
	Y float64 `yaml:"y" json:"y"`
}

// Param is a parameter. Without a direction it is read.
type Param struct {
	Name      string          `yaml:"name" json:"name"`
	Value     string          `yaml:"value,omitempty" json:"value,omitempty"`
	Type      string          `yaml:"type,omitempty" json:"type,omitempty"`
	Direction workflow.Direct `yaml:"direction,omitempty" json:"direction,omitempty"`
}

// Task is a node. Params are its kind's own.
type Task struct {
	Name        string          `yaml:"name" json:"name"`
	Kind        workflow.Kind   `yaml:"kind" json:"kind"`
	Needs       []string        `yaml:"needs,omitempty" json:"needs,omitempty"`
	Description string          `yaml:"description,omitempty" json:"description,omitempty"`
	Disabled    bool            `yaml:"disabled,omitempty" json:"disabled,omitempty"`
	Priority    string          `yaml:"priority,omitempty" json:"priority,omitempty"`
	WorkerGroup string          `yaml:"workerGroup,omitempty" json:"workerGroup,omitempty"`
	Environment string          `yaml:"environment,omitempty" json:"environment,omitempty"` // its name
	Retry       *Retry          `yaml:"retry,omitempty" json:"retry,omitempty"`
	Delay       Duration        `yaml:"delay,omitempty" json:"delay,omitempty"`
	Timeout     *Timeout        `yaml:"timeout,omitempty" json:"timeout,omitempty"`
	OnLost      workflow.OnLost `yaml:"onLost,omitempty" json:"onLost,omitempty"`
	TaskGroup   *TaskGroup      `yaml:"taskGroup,omitempty" json:"taskGroup,omitempty"`
	Inputs      []Param         `yaml:"inputs,omitempty" json:"inputs,omitempty"`
	Params      map[string]any  `yaml:"params,omitempty" json:"params,omitempty"`

	SubWorkflow *Reference  `yaml:"subWorkflow,omitempty" json:"subWorkflow,omitempty"`
	Dependent   *Dependent  `yaml:"dependent,omitempty" json:"dependent,omitempty"`
	Conditions  *Conditions `yaml:"conditions,omitempty" json:"conditions,omitempty"`
	Switch      *Switch     `yaml:"switch,omitempty" json:"switch,omitempty"`
}

// Retry says how often a failed task is tried again.
type Retry struct {
	Times    int      `yaml:"times" json:"times"`
	Interval Duration `yaml:"interval,omitempty" json:"interval,omitempty"`
}

// Timeout says what happens to a task that runs too long.
type Timeout struct {
	After  Duration               `yaml:"after" json:"after"`
	Action workflow.TimeoutAction `yaml:"action,omitempty" json:"action,omitempty"` // empty: WARN
}

// TaskGroup limits how many tasks run at once.
type TaskGroup struct {
	ID       int64 `yaml:"id" json:"id"`
	Priority int   `yaml:"priority,omitempty" json:"priority,omitempty"`
}

// Reference names a workflow; without a project one of the same.
type Reference struct {
	Project  string `yaml:"project,omitempty" json:"project,omitempty"`
	Workflow string `yaml:"workflow" json:"workflow"`
}

// Dependent waits for other workflows.
type Dependent struct {
	Relation      workflow.Relation `yaml:"relation,omitempty" json:"relation,omitempty"` // empty: AND
	Groups        []DependentGroup  `yaml:"groups" json:"groups"`
	CheckInterval Duration          `yaml:"checkInterval,omitempty" json:"checkInterval,omitempty"`
	FailureWait   Duration          `yaml:"failureWait,omitempty" json:"failureWait,omitempty"`
}

// DependentGroup combines items.
type DependentGroup struct {
	Relation workflow.Relation `yaml:"relation,omitempty" json:"relation,omitempty"` // empty: AND
	Items    []DependentItem   `yaml:"items" json:"items"`
}

// DependentItem is a workflow, or a task of it, in a period.
type DependentItem struct {
	Project  string `yaml:"project,omitempty" json:"project,omitempty"`
	Workflow string `yaml:"workflow" json:"workflow"`
	Task     string `yaml:"task,omitempty" json:"task,omitempty"`
	Cycle    string `yaml:"cycle" json:"cycle"`
	Date     string `yaml:"date" json:"date"`
}

// Conditions picks successors by how tasks ended.
type Conditions struct {
	Relation workflow.Relation `yaml:"relation,omitempty" json:"relation,omitempty"` // empty: AND
	Groups   []ConditionGroup  `yaml:"groups" json:"groups"`
	Success  []string          `yaml:"success,omitempty" json:"success,omitempty"`
	Failed   []string          `yaml:"failed,omitempty" json:"failed,omitempty"`
	Verdict  bool              `yaml:"verdict,omitempty" json:"verdict,omitempty"`
}

// ConditionGroup combines items.
type ConditionGroup struct {
	Relation workflow.Relation `yaml:"relation,omitempty" json:"relation,omitempty"` // empty: AND
	Items    []ConditionItem   `yaml:"items" json:"items"`
}

// ConditionItem says how a task must have ended.
type ConditionItem struct {
	Task   string `yaml:"task" json:"task"`
	Status string `yaml:"status" json:"status"` // SUCCESS or FAILURE
}

// Switch picks one successor.
type Switch struct {
	Cases   []SwitchCase `yaml:"cases,omitempty" json:"cases,omitempty"`
	Default string       `yaml:"default,omitempty" json:"default,omitempty"`
}

// SwitchCase is a condition and who follows when it holds.
type SwitchCase struct {
	When string `yaml:"when" json:"when"`
	Next string `yaml:"next" json:"next"`
}

// Schedule is part of documents that leave and enter a project.
type Schedule struct {
	Cron            string                   `yaml:"cron" json:"cron"`
	Timezone        string                   `yaml:"timezone,omitempty" json:"timezone,omitempty"`
	Start           time.Time                `yaml:"start,omitempty" json:"start,omitzero"`
	End             time.Time                `yaml:"end,omitempty" json:"end,omitzero"`
	Online          bool                     `yaml:"online,omitempty" json:"online,omitempty"`
	Misfire         workflow.Misfire         `yaml:"misfire,omitempty" json:"misfire,omitempty"` // empty: skip
	Calendar        *OnCalendar              `yaml:"calendar,omitempty" json:"calendar,omitempty"`
	FailureStrategy workflow.FailureStrategy `yaml:"failureStrategy,omitempty" json:"failureStrategy,omitempty"` // empty: CONTINUE
	Priority        string                   `yaml:"priority,omitempty" json:"priority,omitempty"`
	WorkerGroup     string                   `yaml:"workerGroup,omitempty" json:"workerGroup,omitempty"`
	Environment     string                   `yaml:"environment,omitempty" json:"environment,omitempty"`
	Warning         *Warning                 `yaml:"warning,omitempty" json:"warning,omitempty"`
	Params          map[string]string        `yaml:"params,omitempty" json:"params,omitempty"`
}

// OnCalendar is a business calendar, by its name, that a schedule obeys.
type OnCalendar struct {
	Name string                `yaml:"name" json:"name"`
	Rule workflow.CalendarRule `yaml:"rule" json:"rule"`
}

// Warning says which ends of an instance whom is told of: an alert group, by
// its name.
type Warning struct {
	Type  workflow.WarningType `yaml:"type" json:"type"`
	Group string               `yaml:"group,omitempty" json:"group,omitempty"`
}

// Duration is written like 1h30m or 500ms.
type Duration time.Duration

// String gives the shortest form.
func (d Duration) String() string {
	text := time.Duration(d).String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}

// MarshalText implements encoding.TextMarshaler.
func (d Duration) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (d *Duration) UnmarshalText(text []byte) error {
	v, err := time.ParseDuration(string(text))
	if err != nil {
		return fmt.Errorf("%q is no duration like 90s, 10m or 1h30m", text)
	}
	*d = Duration(v)
	return nil
}

// UnmarshalYAML implements yaml.NodeUnmarshaler: its error knows the place.
func (d *Duration) UnmarshalYAML(node ast.Node) error {
	text := node.GetToken().Value
	if err := d.UnmarshalText([]byte(text)); err != nil {
		return &yaml.SyntaxError{Message: err.Error(), Token: node.GetToken()}
	}
	return nil
}

// IsZero lets it be left out.
func (d Duration) IsZero() bool { return d == 0 }
