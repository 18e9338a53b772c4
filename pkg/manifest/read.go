package manifest

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// Names turns the names of a document into ids and back. Project is "" for the
// document's own.
type Names interface {
	Workflow(project, name string) (projectID, id int64, ok bool)
	WorkflowName(projectID, id int64) (project, name string, ok bool)
	Tenant(code string) (id int64, ok bool)
	TenantCode(id int64) (code string, ok bool)
}

// layoutKey is where the core keeps how we draw a graph.
const layoutKey = "points"

// priorities by their words.
var priorities = map[string]workflow.Priority{
	"HIGHEST": workflow.Highest, "HIGH": workflow.High, "": workflow.Medium, "MEDIUM": workflow.Medium,
	"LOW": workflow.Low, "LOWEST": workflow.Lowest,
}

// reader gathers what is wrong while it converts.
type reader struct {
	names    Names
	problems []Problem
}

func (r *reader) wrong(path, format string, args ...any) {
	r.problems = append(r.problems, Problem{Path: path, Message: fmt.Sprintf(format, args...)})
}

// Spec converts a document. What it names and nobody knows, and what has no
// meaning, is a problem; whether the workflow as a whole makes sense is for
// Check.
func (d *Document) Spec(n Names) (workflow.Spec, []Problem) {
	r := &reader{names: n}
	s := workflow.Spec{Timeout: time.Duration(d.Timeout), Policy: d.Policy, GlobalParams: properties(d.Params)}
	if s.Policy == workflow.Parallel {
		s.Policy = ""
	}
	if d.Tenant != "" {
		id, ok := n.Tenant(d.Tenant)
		if !ok {
			r.wrong("tenant", "there is no tenant %q", d.Tenant)
		}
		s.TenantID = id
	}
	for i := range d.Tasks {
		path := fmt.Sprintf("tasks[%d]", i)
		s.Tasks = append(s.Tasks, r.task(path, &d.Tasks[i]))
		for _, need := range d.Tasks[i].Needs {
			s.Edges = append(s.Edges, workflow.Edge{From: need, To: d.Tasks[i].Name})
		}
	}
	if len(d.Layout) > 0 {
		points, _ := json.Marshal(d.Layout) // numbers always encode
		s.Layout = map[string]json.RawMessage{layoutKey: points}
	}
	return s, r.problems
}

func (r *reader) task(path string, t *Task) workflow.Task {
	out := workflow.Task{
		Name: t.Name, Kind: t.Kind, Description: t.Description, Forbidden: t.Disabled, WorkerGroup: t.WorkerGroup, Environment: t.Environment,
		Delay: time.Duration(t.Delay), OnLost: t.OnLost, LocalParams: properties(t.Inputs),
	}
	var known bool
	if out.Priority, known = priorities[t.Priority]; !known {
		r.wrong(path+".priority", "%q is none of HIGHEST, HIGH, MEDIUM, LOW and LOWEST", t.Priority)
	}
	if t.Retry != nil {
		out.MaxRetries, out.RetryInterval = t.Retry.Times, time.Duration(t.Retry.Interval)
	}
	if t.Timeout != nil {
		out.Timeout, out.TimeoutAction = time.Duration(t.Timeout.After), t.Timeout.Action
		if out.TimeoutAction == "" {
			out.TimeoutAction = workflow.TimeoutWarn
		}
	}
	if t.TaskGroup != nil {
		out.TaskGroupID, out.TaskGroupPrio = t.TaskGroup.ID, t.TaskGroup.Priority
	}
	if len(t.Params) > 0 {
		raw, err := json.Marshal(t.Params)
		if err != nil {
			r.wrong(path+".params", "cannot be written as JSON: %v", err)
		}
		out.Params = raw
	}
	r.logic(path, t, &out)
	return out
}

// logic converts what the logic kinds have.
func (r *reader) logic(path string, t *Task, out *workflow.Task) {
	if t.SubWorkflow != nil {
		_, id, ok := r.names.Workflow(t.SubWorkflow.Project, t.SubWorkflow.Workflow)
		if !ok {
			r.wrong(path+".subWorkflow", "there is no workflow %s", qualified(t.SubWorkflow.Project, t.SubWorkflow.Workflow))
		}
		out.SubWorkflow = &workflow.SubWorkflow{DefinitionID: id}
	}
	if t.Dependent != nil {
		out.Dependent = r.dependent(path+".dependent", t.Dependent)
	}
	if t.Conditions != nil {
		out.Conditions = r.conditions(path+".conditions", t.Conditions)
	}
	if t.Switch != nil {
		out.Switch = &workflow.Switch{Default: t.Switch.Default}
		for _, c := range t.Switch.Cases {
			out.Switch.Cases = append(out.Switch.Cases, workflow.SwitchCase{Condition: c.When, Next: c.Next})
		}
	}
}

func (r *reader) dependent(path string, d *Dependent) *workflow.Dependent {
	out := &workflow.Dependent{Relation: relation(d.Relation), CheckInterval: time.Duration(d.CheckInterval), FailureWait: time.Duration(d.FailureWait)}
	for i, g := range d.Groups {
		group := workflow.DependentGroup{Relation: relation(g.Relation)}
		for j, it := range g.Items {
			projectID, id, ok := r.names.Workflow(it.Project, it.Workflow)
			if !ok {
				r.wrong(fmt.Sprintf("%s.groups[%d].items[%d].workflow", path, i, j), "there is no workflow %s", qualified(it.Project, it.Workflow))
			}
			group.Items = append(group.Items, workflow.DependentItem{ProjectID: projectID, DefinitionID: id, Task: it.Task, Cycle: it.Cycle, DateValue: it.Date})
		}
		out.Groups = append(out.Groups, group)
	}
	return out
}

func (r *reader) conditions(path string, c *Conditions) *workflow.Conditions {
	out := &workflow.Conditions{Relation: relation(c.Relation), Success: c.Success, Failed: c.Failed, Verdict: c.Verdict}
	for i, g := range c.Groups {
		group := workflow.ConditionGroup{Relation: relation(g.Relation)}
		for j, it := range g.Items {
			if it.Status != succeeded && it.Status != failed {
				r.wrong(fmt.Sprintf("%s.groups[%d].items[%d].status", path, i, j), "%q is neither %s nor %s", it.Status, succeeded, failed)
			}
			group.Items = append(group.Items, workflow.ConditionItem{Task: it.Task, Success: it.Status == succeeded})
		}
		out.Groups = append(out.Groups, group)
	}
	return out
}

// How a task may have ended, for conditions.
const (
	succeeded = "SUCCESS"
	failed    = "FAILURE"
)

func relation(r workflow.Relation) workflow.Relation {
	if r == "" {
		return workflow.And
	}
	return r
}

func qualified(project, name string) string {
	if project == "" {
		return fmt.Sprintf("%q", name)
	}
	return fmt.Sprintf("%q in project %q", name, project)
}

// defaultType is what a parameter is when nobody says.
const defaultType = "VARCHAR"

func properties(list []Param) []workflow.Property {
	var out []workflow.Property
	for _, p := range list {
		q := workflow.Property{Prop: p.Name, Direct: p.Direction, Type: p.Type, Value: p.Value}
		if q.Direct == "" {
			q.Direct = workflow.In
		}
		if q.Type == "" {
			q.Type = defaultType
		}
		out = append(out, q)
	}
	return out
}
