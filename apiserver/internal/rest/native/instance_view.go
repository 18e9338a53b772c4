package native

import (
	"time"

	"github.com/porpoise-scheduler/porpoise/apiserver/internal/usecase"
	"github.com/porpoise-scheduler/porpoise/pkg/manifest"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// Instance is a run of a workflow.
type Instance struct {
	ID              int64                    `json:"id"`
	Name            string                   `json:"name"`
	Project         int64                    `json:"project" doc:"id of the project"`
	ProjectName     string                   `json:"projectName"`
	WorkflowID      int64                    `json:"workflowId"`
	Workflow        string                   `json:"workflow" doc:"name; empty when the workflow is gone"`
	Version         int                      `json:"version" doc:"of the workflow"`
	State           workflow.State           `json:"state"`
	Reason          string                   `json:"reason" doc:"why it is where it is"`
	Command         workflow.CommandType     `json:"command" doc:"what (re)started it last"`
	Started         *time.Time               `json:"started"`
	Ended           *time.Time               `json:"ended"`
	DurationMS      *int64                   `json:"durationMs" doc:"so far, while it runs"`
	ScheduleTime    *time.Time               `json:"scheduleTime" doc:"what its dates are computed from"`
	RunTimes        int                      `json:"runTimes"`
	User            string                   `json:"user"`
	Tenant          string                   `json:"tenant"`
	WorkerGroup     string                   `json:"workerGroup"`
	Priority        string                   `json:"priority"`
	FailureStrategy workflow.FailureStrategy `json:"failureStrategy"`
	DryRun          bool                     `json:"dryRun"`
	Host            string                   `json:"host" doc:"the master that has it"`
	ParentID        *int64                   `json:"parentId" doc:"the instance that started this one"`
	BackfillID      *int64                   `json:"backfillId"`
	ScheduleID      *int64                   `json:"scheduleId"`
	Tasks           TaskCounts               `json:"tasks"`
	Actions         []usecase.Action         `json:"actions" nullable:"false" doc:"what the caller may do now"`
}

// TaskCounts say how far an instance is.
type TaskCounts struct {
	Total   int `json:"total"`
	Running int `json:"running"`
	Success int `json:"success"`
	Failure int `json:"failure"`
	Waiting int `json:"waiting" doc:"attempts that wait; tasks without an attempt are not among them"`
}

// TaskInstance is an attempt at a task.
type TaskInstance struct {
	ID              int64             `json:"id"`
	InstanceID      int64             `json:"instanceId"`
	InstanceName    string            `json:"instanceName,omitempty"`
	Task            string            `json:"task"`
	Kind            workflow.Kind     `json:"kind"`
	State           workflow.State    `json:"state"`
	Reason          string            `json:"reason" doc:"what it waits for or why it ended"`
	Attempt         int               `json:"attempt"`
	Retry           int               `json:"retry"`
	Current         bool              `json:"current" doc:"not replaced by another attempt"`
	Priority        string            `json:"priority"`
	WorkerGroup     string            `json:"workerGroup"`
	Worker          string            `json:"worker" doc:"the worker that has it"`
	Submitted       *time.Time        `json:"submitted"`
	Started         *time.Time        `json:"started"`
	Ended           *time.Time        `json:"ended"`
	DurationMS      *int64            `json:"durationMs"`
	ExitCode        int               `json:"exitCode"`
	PID             int               `json:"pid"`
	AppLink         string            `json:"appLink" doc:"applications it started elsewhere"`
	Vars            map[string]string `json:"vars,omitempty" doc:"results it produced"`
	ChildInstanceID *int64            `json:"childInstanceId"`
	Branch          []string          `json:"branch,omitempty" doc:"tasks that it chose to go on with"`
	Dependency      string            `json:"dependency,omitempty" doc:"what a DEPENDENT waits for"`
	Actions         []usecase.Action  `json:"actions" nullable:"false"`
}

// InstanceDetail is an instance in full.
type InstanceDetail struct {
	Instance
	Graph         Graph          `json:"graph"`
	TaskInstances []TaskInstance `json:"taskInstances" nullable:"false" doc:"the current attempts"`
	Params        []InstanceVar  `json:"params" nullable:"false"`
	Waiting       []Waiting      `json:"waiting" nullable:"false" doc:"what it waits for"`
}

// Graph is a workflow drawn.
type Graph struct {
	Nodes []GraphNode `json:"nodes" nullable:"false"`
	Edges [][2]string `json:"edges" nullable:"false" doc:"from and to"`
}

// GraphNode is a task in a graph.
type GraphNode struct {
	Name     string        `json:"name"`
	Kind     workflow.Kind `json:"kind"`
	X        *float64      `json:"x,omitempty"`
	Y        *float64      `json:"y,omitempty"`
	Disabled bool          `json:"disabled"`
}

// InstanceVar is a parameter with its value.
type InstanceVar struct {
	Name   string              `json:"name"`
	Value  string              `json:"value"`
	From   usecase.ValueOrigin `json:"from" enum:"START,GLOBAL,BUILT_IN,OUT"`
	Source string              `json:"source,omitempty" doc:"the task that a result is of, or the value before it was resolved"`
}

// Waiting says what a task, or without one the instance, waits for.
type Waiting struct {
	Task string `json:"task"`
	Why  string `json:"why"`
}

func (a *API) instance(r usecase.Run) Instance {
	return Instance{
		ID: r.ID, Name: r.Name, Project: r.ProjectID, ProjectName: r.Project, WorkflowID: r.DefinitionID, Workflow: r.Workflow,
		Version: r.DefinitionVersion, State: r.State, Reason: r.Reason, Command: r.Command,
		Started: moment(r.StartTime), Ended: moment(r.EndTime), DurationMS: a.took(r.StartTime, r.EndTime),
		ScheduleTime: moment(r.ScheduleTime), RunTimes: r.RunTimes, User: r.UserName,
		Tenant: r.Start.TenantCode, WorkerGroup: r.Start.WorkerGroup, Priority: priorityWord(r.Start.Priority),
		FailureStrategy: r.Start.FailureStrategy, DryRun: r.Start.DryRun, Host: r.MasterID,
		ParentID: known(r.ParentID), BackfillID: known(r.BackfillID), ScheduleID: known(r.ScheduleID),
		Tasks:   TaskCounts{Total: r.Tasks.Total, Running: r.Tasks.Running, Success: r.Tasks.Succeeded, Failure: r.Tasks.Failed, Waiting: r.Tasks.Waiting},
		Actions: listOf(usecase.InstanceActions(&r.Instance, r.Role)),
	}
}

func (a *API) taskInstance(in *workflow.Instance, t *workflow.TaskInstance, role workflow.ProjectRole) TaskInstance {
	return TaskInstance{
		ID: t.ID, InstanceID: t.InstanceID, InstanceName: in.Name, Task: t.Task, Kind: t.Kind, State: t.State, Reason: t.Reason,
		Attempt: t.Attempt, Retry: t.Retry, Current: t.Current, Priority: priorityWord(t.Priority), WorkerGroup: t.WorkerGroup,
		Worker: t.Host, Submitted: moment(t.SubmitTime), Started: moment(t.StartTime), Ended: moment(t.EndTime),
		DurationMS: a.took(t.StartTime, t.EndTime), ExitCode: t.ExitCode, PID: t.PID, AppLink: t.AppLink, Vars: t.Vars,
		ChildInstanceID: known(t.ChildID), Branch: t.Branch, Dependency: t.Dependency,
		Actions: listOf(usecase.TaskActions(in, t, role)),
	}
}

// took is how long something took, or takes so far; nil before it began.
func (a *API) took(from, to time.Time) *int64 {
	if from.IsZero() {
		return nil
	}
	if to.IsZero() {
		to = a.uc.Now()
	}
	ms := max(0, to.Sub(from).Milliseconds())
	return &ms
}

// known is an id on the wire, nil for none.
func known(id int64) *int64 {
	if id == 0 {
		return nil
	}
	return &id
}

// listOf is a list on the wire, never null.
func listOf[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

func (a *API) instanceDetail(d usecase.RunDetail) InstanceDetail {
	out := InstanceDetail{Instance: a.instance(d.Run), Graph: graph(d.Definition),
		TaskInstances: make([]TaskInstance, len(d.Attempts)), Params: make([]InstanceVar, len(d.Params)), Waiting: make([]Waiting, len(d.Waiting))}
	for i := range d.Attempts {
		out.TaskInstances[i] = a.taskInstance(&d.Instance, &d.Attempts[i], d.Role)
	}
	for i, p := range d.Params {
		out.Params[i] = InstanceVar(p)
	}
	for i, w := range d.Waiting {
		out.Waiting[i] = Waiting(w)
	}
	return out
}

// graph draws a version; nothing when it is gone.
func graph(d *workflow.Definition) Graph {
	out := Graph{Nodes: []GraphNode{}, Edges: [][2]string{}}
	if d == nil {
		return out
	}
	points := manifest.Points(d.Layout)
	for i := range d.Tasks {
		t := &d.Tasks[i]
		n := GraphNode{Name: t.Name, Kind: t.Kind, Disabled: t.Forbidden}
		if p, ok := points[t.Name]; ok {
			n.X, n.Y = &p.X, &p.Y
		}
		out.Nodes = append(out.Nodes, n)
	}
	for _, e := range d.Edges {
		out.Edges = append(out.Edges, [2]string{e.From, e.To})
	}
	return out
}
