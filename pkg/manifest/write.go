package manifest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// Of writes a version of a workflow as a document. Workflows and tenants that
// are gone are named by their ids, so that nothing gets lost silently.
func Of(def *workflow.Definition, n Names) (Document, error) {
	d := Document{
		Name: def.Name, Description: def.Description, Timeout: Duration(def.Timeout), Policy: def.Policy,
		Params: params(def.GlobalParams), Layout: points(def.Layout),
	}
	if d.Policy == workflow.Parallel {
		d.Policy = ""
	}
	if def.TenantID != 0 {
		code, ok := n.TenantCode(def.TenantID)
		if !ok {
			code = fmt.Sprint("#", def.TenantID)
		}
		d.Tenant = code
	}
	needs := map[string][]string{}
	for _, e := range def.Edges {
		needs[e.To] = append(needs[e.To], e.From)
	}
	w := writer{names: n, projectID: def.ProjectID}
	for i := range def.Tasks {
		t, err := w.task(&def.Tasks[i])
		if err != nil {
			return d, fmt.Errorf("task %s: %w", def.Tasks[i].Name, err)
		}
		t.Needs = needs[t.Name]
		d.Tasks = append(d.Tasks, t)
	}
	return d, nil
}

type writer struct {
	names     Names
	projectID int64
}

func (w writer) task(t *workflow.Task) (Task, error) {
	out := Task{
		Name: t.Name, Kind: t.Kind, Description: t.Description, Disabled: t.Forbidden, WorkerGroup: t.WorkerGroup, Environment: t.Environment,
		Priority: priorityWord(t.Priority), Delay: Duration(t.Delay), OnLost: t.OnLost, Inputs: params(t.LocalParams),
	}
	if t.MaxRetries > 0 || t.RetryInterval > 0 {
		out.Retry = &Retry{Times: t.MaxRetries, Interval: Duration(t.RetryInterval)}
	}
	if t.Timeout > 0 || t.TimeoutAction != "" {
		out.Timeout = &Timeout{After: Duration(t.Timeout), Action: t.TimeoutAction}
	}
	if t.TaskGroupID != 0 || t.TaskGroupPrio != 0 {
		out.TaskGroup = &TaskGroup{ID: t.TaskGroupID, Priority: t.TaskGroupPrio}
	}
	var err error
	if out.Params, err = values(t.Params); err != nil {
		return out, err
	}
	w.logic(t, &out)
	return out, nil
}

func (w writer) logic(t *workflow.Task, out *Task) {
	if t.SubWorkflow != nil {
		// The core keeps no project for a sub-workflow: its id finds it.
		project, name := w.workflow(0, t.SubWorkflow.DefinitionID)
		out.SubWorkflow = &Reference{Project: project, Workflow: name}
	}
	if t.Dependent != nil {
		out.Dependent = w.dependent(t.Dependent)
	}
	if t.Conditions != nil {
		out.Conditions = conditions(t.Conditions)
	}
	if t.Switch != nil {
		out.Switch = &Switch{Default: t.Switch.Default}
		for _, c := range t.Switch.Cases {
			out.Switch.Cases = append(out.Switch.Cases, SwitchCase{When: c.Condition, Next: c.Next})
		}
	}
}

func (w writer) workflow(projectID, id int64) (project, name string) {
	if project, name, ok := w.names.WorkflowName(projectID, id); ok {
		return project, name
	}
	return "", fmt.Sprint("#", id)
}

func (w writer) dependent(d *workflow.Dependent) *Dependent {
	out := &Dependent{Relation: d.Relation, CheckInterval: Duration(d.CheckInterval), FailureWait: Duration(d.FailureWait)}
	for _, g := range d.Groups {
		group := DependentGroup{Relation: g.Relation}
		for _, it := range g.Items {
			project, name := w.workflow(it.ProjectID, it.DefinitionID)
			group.Items = append(group.Items, DependentItem{Project: project, Workflow: name, Task: it.Task, Cycle: it.Cycle, Date: it.DateValue})
		}
		out.Groups = append(out.Groups, group)
	}
	return out
}

func conditions(c *workflow.Conditions) *Conditions {
	out := &Conditions{Relation: c.Relation, Success: c.Success, Failed: c.Failed, Verdict: c.Verdict}
	for _, g := range c.Groups {
		group := ConditionGroup{Relation: g.Relation}
		for _, it := range g.Items {
			status := failed
			if it.Success {
				status = succeeded
			}
			group.Items = append(group.Items, ConditionItem{Task: it.Task, Status: status})
		}
		out.Groups = append(out.Groups, group)
	}
	return out
}

// priorityWord leaves the usual one out.
func priorityWord(p workflow.Priority) string {
	words := [...]string{"HIGHEST", "HIGH", "", "LOW", "LOWEST"}
	if p < workflow.Highest || p > workflow.Lowest {
		return ""
	}
	return words[p]
}

func params(list []workflow.Property) []Param {
	var out []Param
	for _, q := range list {
		p := Param{Name: q.Prop, Value: q.Value, Type: q.Type, Direction: q.Direct}
		if p.Direction == workflow.In {
			p.Direction = ""
		}
		if p.Type == defaultType {
			p.Type = ""
		}
		out = append(out, p)
	}
	return out
}

// values reads a kind's parameters. Whole numbers stay whole.
func values(raw json.RawMessage) (map[string]any, error) {
	if len(bytes.TrimSpace(raw)) == 0 {
		return nil, nil
	}
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber()
	var m map[string]any
	if err := decoder.Decode(&m); err != nil {
		return nil, fmt.Errorf("reading its parameters: %w", err)
	}
	return plain(m).(map[string]any), nil
}

// plain turns JSON's numbers into ones that YAML writes as such.
func plain(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for k, x := range v {
			v[k] = plain(x)
		}
	case []any:
		for i, x := range v {
			v[i] = plain(x)
		}
	case json.Number:
		if n, err := v.Int64(); err == nil {
			return n
		}
		if f, err := v.Float64(); err == nil {
			return f
		}
		return v.String()
	}
	return v
}

// drawn is how the first dialect keeps where a task is drawn.
type drawn struct {
	Name string  `json:"name"`
	X    float64 `json:"x"`
	Y    float64 `json:"y"`
}

// points reads our own layout, or else what another dialect left.
func points(layout map[string]json.RawMessage) map[string]Point {
	out := map[string]Point{}
	if raw, ok := layout[layoutKey]; ok && json.Unmarshal(raw, &out) == nil && len(out) > 0 {
		return out
	}
	for _, key := range slices.Sorted(keys(layout)) {
		if key == sourceKey || key == layoutKey {
			continue
		}
		var others map[string]drawn
		if json.Unmarshal(embedded(layout[key]), &others) != nil {
			continue
		}
		for _, d := range others {
			if d.Name != "" {
				out[d.Name] = Point{X: d.X, Y: d.Y}
			}
		}
	}
	if len(out) == 0 {
		return nil
	}
	return out
}

// embedded gives the JSON inside a text: that dialect keeps its drawing as one.
func embedded(raw json.RawMessage) []byte {
	var text string
	if json.Unmarshal(raw, &text) == nil {
		return []byte(text)
	}
	return raw
}

func keys(m map[string]json.RawMessage) func(func(string) bool) {
	return func(yield func(string) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}

// PriorityWord is how documents write a priority; the usual one is left out.
func PriorityWord(p workflow.Priority) string { return priorityWord(p) }

// PriorityOf reads a priority; false when there is none of that name.
func PriorityOf(word string) (workflow.Priority, bool) {
	p, ok := priorities[word]
	return p, ok
}
