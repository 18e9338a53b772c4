package usecase

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/porpoise-scheduler/porpoise/pkg/param"
	"github.com/porpoise-scheduler/porpoise/pkg/store"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// RunDetail is an instance with everything that is known of it.
type RunDetail struct {
	Run
	Definition *workflow.Definition // the version it runs; nil when that is gone
	Attempts   []workflow.TaskInstance
	Params     []ParamValue
	Waiting    []Wait
}

// ValueOrigin says where a value comes from.
type ValueOrigin string

// Where values come from: given at the start, a global parameter of the workflow, a built-in,
// a result of a task.
const (
	FromStart   ValueOrigin = "START"
	FromGlobal  ValueOrigin = "GLOBAL"
	FromBuiltIn ValueOrigin = "BUILT_IN"
	FromTask    ValueOrigin = "OUT"
)

// ParamValue is a parameter with the value it has in an instance. Source is the
// task that a result is of, or what a global parameter looks like unresolved.
type ParamValue struct {
	Name, Value string
	From        ValueOrigin
	Source      string
}

// Wait says what a task waits for, in words; of the instance itself when Task
// is empty.
type Wait struct {
	Task, Why string
}

// RunRow gives an instance of the project with what lists show beside it.
func (s *Service) RunRow(ctx context.Context, c Caller, p workflow.Project, id int64) (Run, error) {
	row, err := s.Store.Runs.Instance(ctx, id)
	if workflow.ErrorCode(err) == workflow.NotFound || err == nil && row.ProjectID != p.ID {
		return Run{}, instanceNotFound(id)
	}
	if err != nil {
		return Run{}, err
	}
	list, err := s.withProgress(ctx, c, []store.RunRow{row})
	if err != nil {
		return Run{}, err
	}
	return list[0], nil
}

// RunDetail gives an instance in full.
func (s *Service) RunDetail(ctx context.Context, c Caller, p workflow.Project, id int64) (d RunDetail, err error) {
	if d.Run, err = s.RunRow(ctx, c, p, id); err != nil {
		return d, err
	}
	if d.Definition, err = s.versionOf(ctx, &d.Instance); err != nil {
		return d, err
	}
	if d.Attempts, err = s.Store.Tasks.ByInstance(ctx, id, false); err != nil {
		return d, err
	}
	d.Params = s.paramValues(p, &d)
	if !d.State.Terminal() {
		d.Waiting = waits(&d)
	}
	return d, nil
}

// AttemptsOf gives every attempt of an instance, oldest first, or the current
// ones.
func (s *Service) AttemptsOf(ctx context.Context, p workflow.Project, instanceID int64, all bool) (workflow.Instance, []workflow.TaskInstance, error) {
	in, err := s.Instance(ctx, p, instanceID)
	if err != nil {
		return in, nil, err
	}
	list, err := s.Store.Tasks.ByInstance(ctx, instanceID, all)
	return in, list, err
}

// paramValues resolves the parameters of an instance and gathers its results.
func (s *Service) paramValues(p workflow.Project, d *RunDetail) []ParamValue {
	var list []ParamValue
	if d.Definition != nil {
		list = s.resolved(p, d)
	}
	for i := range d.Attempts {
		t := &d.Attempts[i]
		for name, value := range t.Vars {
			list = append(list, ParamValue{Name: name, Value: value, From: FromTask, Source: t.Task})
		}
	}
	slices.SortStableFunc(list, func(a, b ParamValue) int {
		return cmp.Or(cmp.Compare(a.From, b.From), cmp.Compare(a.Name, b.Name), cmp.Compare(a.Source, b.Source))
	})
	return list
}

// resolved gives what an instance's tasks find before they run.
func (s *Service) resolved(p workflow.Project, d *RunDetail) []ParamValue {
	in := s.paramInput(&InstanceView{InstanceRow: store.InstanceRow{Instance: d.Instance}, Definition: d.Definition, Project: p})
	values := param.Resolve(in)
	globals := map[string]string{}
	for _, g := range in.Global {
		globals[g.Prop] = g.Value
	}
	list := make([]ParamValue, 0, len(values))
	for name, value := range values {
		v := ParamValue{Name: name, Value: value, From: FromBuiltIn}
		if source, ok := globals[name]; ok {
			v.From, v.Source = FromGlobal, source
		}
		if source, ok := in.Startup[name]; ok {
			v.From, v.Source = FromStart, source
		}
		list = append(list, v)
	}
	return list
}

// waits says what an instance that has not ended waits for.
func waits(d *RunDetail) []Wait {
	var list []Wait
	if d.Reason != "" {
		list = append(list, Wait{Why: d.Reason})
	}
	current := make(map[string]*workflow.TaskInstance, len(d.Attempts))
	for i := range d.Attempts {
		t := &d.Attempts[i]
		current[t.Task] = t
		if why := whyWaits(t); why != "" {
			list = append(list, Wait{Task: t.Task, Why: why})
		}
	}
	if d.Definition != nil && len(d.Start.StartTasks) == 0 {
		list = append(list, behind(d.Definition, current)...)
	}
	return list
}

// whyWaits says what an attempt waits for; "" when it does not.
func whyWaits(t *workflow.TaskInstance) string {
	switch {
	case t.State == workflow.Submitted:
		return cmp.Or(t.Reason, "waits for a worker of the group "+t.WorkerGroup)
	case t.State == workflow.Delayed, t.State == workflow.Lost:
		return t.Reason
	case t.State == workflow.Dispatched:
		return cmp.Or(t.Reason, "is on its way to worker "+t.WorkerID)
	case t.State == workflow.Running && t.Kind == workflow.KindDependent:
		return cmp.Or(t.Dependency, t.Reason)
	}
	return ""
}

// behind lists tasks without an attempt that wait for others before them.
func behind(d *workflow.Definition, current map[string]*workflow.TaskInstance) []Wait {
	before := map[string][]string{}
	for _, e := range d.Edges {
		if t := current[e.From]; t == nil || !t.State.Terminal() {
			before[e.To] = append(before[e.To], e.From)
		}
	}
	var list []Wait
	for i := range d.Tasks {
		name := d.Tasks[i].Name
		if names := before[name]; current[name] == nil && len(names) > 0 {
			list = append(list, Wait{Task: name, Why: "waits for " + strings.Join(names, ", ")})
		}
	}
	return list
}

// History is the newest instances of a workflow with the states of their tasks.
type History struct {
	Tasks []string // of the current version, then others
	Runs  []HistoryRun
}

// HistoryRun is an instance with its current attempts.
type HistoryRun struct {
	workflow.Instance
	Cells []store.Mark
}

// History gives a workflow's newest instances.
func (s *Service) History(ctx context.Context, p workflow.Project, definitionID int64, limit int) (h History, err error) {
	d, err := s.Definition(ctx, p, definitionID)
	if err != nil {
		return h, err
	}
	recent, err := s.Store.Instances.Recent(ctx, definitionID, limit)
	if err != nil {
		return h, err
	}
	at, ids := map[int64]int{}, make([]int64, len(recent))
	for i, in := range recent {
		at[in.ID], ids[i] = i, in.ID
		h.Runs = append(h.Runs, HistoryRun{Instance: in})
	}
	marks, err := s.Store.Runs.Marks(ctx, ids)
	if err != nil {
		return h, err
	}
	seen := map[string]bool{}
	for i := range d.Tasks {
		seen[d.Tasks[i].Name] = true
		h.Tasks = append(h.Tasks, d.Tasks[i].Name)
	}
	for _, m := range marks {
		r := &h.Runs[at[m.InstanceID]]
		r.Cells = append(r.Cells, m)
		if !seen[m.Task] {
			seen[m.Task] = true
			h.Tasks = append(h.Tasks, m.Task)
		}
	}
	return h, nil
}
