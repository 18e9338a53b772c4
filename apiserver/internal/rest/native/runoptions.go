package native

import (
	"slices"

	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// RunOptions say how instances run.
type RunOptions struct {
	Params          map[string]string        `json:"params,omitempty" doc:"start parameters, over all others"`
	StartTasks      []string                 `json:"startTasks,omitempty" maxItems:"1000" doc:"tasks to run; none: all"`
	TaskDepend      workflow.StartScope      `json:"taskDepend,omitempty" enum:"ONLY,PRE,POST" doc:"the start tasks alone, with what precedes them, or with what follows them (by default)"`
	FailureStrategy workflow.FailureStrategy `json:"failureStrategy,omitempty" enum:"CONTINUE,END" doc:"what a failure does to other branches; by default CONTINUE"`
	Priority        string                   `json:"priority,omitempty" enum:"HIGHEST,HIGH,MEDIUM,LOW,LOWEST" doc:"by default MEDIUM"`
	WorkerGroup     string                   `json:"workerGroup,omitempty" maxLength:"255" doc:"of tasks that name none"`
	Environment     string                   `json:"environment,omitempty" maxLength:"100" doc:"of tasks that name none"`
	Tenant          string                   `json:"tenant,omitempty" maxLength:"64" doc:"code of the tenant to run as, for developers; by default the workflow's"`
	Warning         *Warning                 `json:"warning,omitempty"`
	DryRun          bool                     `json:"dryRun,omitempty" doc:"go through the graph without running tasks"`
}

// Warning says which ends are told to whom.
type Warning struct {
	Type    workflow.WarningType `json:"type" enum:"NONE,SUCCESS,FAILURE,ALL"`
	GroupID int64                `json:"groupId,omitempty" minimum:"0" doc:"alert group"`
}

// priorities are the words for priorities, most urgent first.
func priorities() []string { return []string{"HIGHEST", "HIGH", "MEDIUM", "LOW", "LOWEST"} }

func priorityWord(p workflow.Priority) string {
	words := priorities()
	if p < 0 || int(p) >= len(words) {
		return words[workflow.Medium]
	}
	return words[p]
}

func priorityOf(word string) workflow.Priority {
	if i := slices.Index(priorities(), word); i >= 0 {
		return workflow.Priority(i)
	}
	return workflow.Medium
}

// options turns what a caller says into what the core wants.
func (o *RunOptions) options(zone string) workflow.StartOptions {
	out := workflow.StartOptions{
		Params: o.Params, StartTasks: o.StartTasks, Scope: o.TaskDepend, FailureStrategy: o.FailureStrategy,
		Priority: priorityOf(o.Priority), WorkerGroup: o.WorkerGroup, Environment: o.Environment, DryRun: o.DryRun, Zone: zone, WarningType: workflow.WarnNone,
	}
	if out.FailureStrategy == "" {
		out.FailureStrategy = workflow.FailContinue
	}
	if o.Warning != nil {
		out.WarningType, out.WarningGroupID = o.Warning.Type, o.Warning.GroupID
	}
	return out
}

// optionsView shows the core's options.
func optionsView(o *workflow.StartOptions) RunOptions {
	out := RunOptions{
		Params: o.Params, StartTasks: o.StartTasks, TaskDepend: o.Scope, FailureStrategy: o.FailureStrategy,
		Priority: priorityWord(o.Priority), WorkerGroup: o.WorkerGroup, Environment: o.Environment, Tenant: o.TenantCode, DryRun: o.DryRun,
	}
	if o.WarningType != "" && o.WarningType != workflow.WarnNone {
		out.Warning = &Warning{Type: o.WarningType, GroupID: o.WarningGroupID}
	}
	return out
}
