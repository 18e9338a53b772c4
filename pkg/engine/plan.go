package engine

import (
	"slices"
	"time"

	"github.com/porpoise-scheduler/porpoise/pkg/dag"
	"github.com/porpoise-scheduler/porpoise/pkg/engine/cond"
	"github.com/porpoise-scheduler/porpoise/pkg/schedule"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// Plan is one version of a workflow, ready to run. It never changes; any
// number of runs, in any goroutines, may share it.
//
// A node is a task, and its number is the task's place in the definition. What
// few nodes have is not kept with each: plans of many tasks stay small.
type Plan struct {
	def     *workflow.Definition
	graph   *dag.Graph[string]
	order   []int32                   // every edge leads forward
	cases   map[int32][]*cond.Program // of SWITCHes
	outs    []string                  // OUT global parameters
	locals  map[int32][]string        // OUT local parameters
	project project
	home    *time.Location // the default zone: to read it takes longer than a step
}

type project struct {
	code int64
	name string
}

// Compile checks a definition completely (what workflow.Validate checks,
// conditions and dependency periods too) and makes its plan. The definition
// must not be changed afterwards, but for its edges, which the plan has in a
// form of its own. Errors are those of Validate.
func Compile(def *workflow.Definition) (*Plan, error) {
	if err := workflow.Validate(&def.Spec); err != nil {
		return nil, err
	}
	graph, err := def.Graph()
	if err != nil {
		return nil, err
	}
	p := &Plan{
		def:    def,
		graph:  graph,
		cases:  map[int32][]*cond.Program{},
		outs:   outProps(def.GlobalParams),
		locals: map[int32][]string{},
		home:   zoneNamed(defaultZone),
	}
	for i := range def.Tasks {
		if err := p.addNode(int32(i)); err != nil {
			return nil, err
		}
	}
	p.order, err = graph.Places()
	return p, err
}

func (p *Plan) addNode(i int32) error {
	t := p.task(i)
	if outs := outProps(t.LocalParams); outs != nil {
		p.locals[i] = outs
	}
	switch t.Kind {
	case workflow.KindSwitch:
		for _, c := range t.Switch.Cases {
			program, err := cond.Compile(c.Condition)
			if err != nil {
				return invalidTask(t, "condition %q: %v", c.Condition, err)
			}
			p.cases[i] = append(p.cases[i], program)
		}
	case workflow.KindDependent:
		if err := checkPeriods(t); err != nil {
			return err
		}
	}
	return nil
}

func (p *Plan) task(i int32) *workflow.Task { return &p.def.Tasks[i] }

// next and prev are the nodes that edges from node i lead to, and those with an
// edge to it.
func (p *Plan) next(i int32) []int32 { return p.graph.After(i) }
func (p *Plan) prev(i int32) []int32 { return p.graph.Before(i) }

// checkPeriods refuses periods that no reference date could give a meaning.
func checkPeriods(t *workflow.Task) error {
	for _, g := range t.Dependent.Groups {
		for _, item := range g.Items {
			if _, err := schedule.Intervals(item.DateValue, time.Unix(0, 0).UTC()); err != nil {
				return invalidTask(t, "%v", err)
			}
		}
	}
	return nil
}

func invalidTask(t *workflow.Task, format string, args ...any) error {
	e := workflow.Errorf(workflow.Invalid, "task.invalid", format, args...).At(t.Name)
	e.Message = "task " + t.Name + ": " + e.Message
	return e
}

// Definition is the version the plan was made of; not to be changed.
func (p *Plan) Definition() *workflow.Definition { return p.def }

// InProject gives the same plan for runs whose built-in parameters name the
// project.
func (p *Plan) InProject(code int64, name string) *Plan {
	q := *p
	q.project = project{code: code, name: name}
	return &q
}

// Inherit picks, from what a parent hands down, the parameters that the
// workflow does not define itself: those become start-up parameters of the
// child.
func (p *Plan) Inherit(down map[string]string) map[string]string {
	out := make(map[string]string, len(down))
	for name, value := range down {
		own := slices.ContainsFunc(p.def.GlobalParams, func(g workflow.Property) bool { return g.Prop == name })
		if !own {
			out[name] = value
		}
	}
	return out
}

// CheckStart says whether a run may be limited as the options ask: every start
// task must exist. The error is Invalid, "start.task", and names the task.
func (p *Plan) CheckStart(o *workflow.StartOptions) error {
	for _, name := range o.StartTasks {
		if name != "" && !p.graph.Has(name) {
			return workflow.Errorf(workflow.Invalid, "start.task",
				"the workflow has no task %s to start with", name).At(name)
		}
	}
	switch o.Scope {
	case "", workflow.ScopeOnly, workflow.ScopePre, workflow.ScopePost:
		return nil
	}
	return workflow.Errorf(workflow.Invalid, "start.scope", "unknown scope %q", o.Scope).At("scope")
}

// cut says which nodes belong to a run.
func (p *Plan) cut(o *workflow.StartOptions) ([]bool, error) {
	if err := p.CheckStart(o); err != nil {
		return nil, err
	}
	in := make([]bool, len(p.def.Tasks))
	named := slices.DeleteFunc(slices.Clone(o.StartTasks), func(s string) bool { return s == "" })
	if len(named) == 0 {
		for i := range in {
			in[i] = true
		}
		return in, nil
	}
	from := p.indices(named)
	for _, i := range from {
		in[i] = true
	}
	switch o.Scope {
	case workflow.ScopePre:
		p.reach(in, from, p.prev)
	case workflow.ScopePost, "":
		p.reach(in, from, p.next)
	}
	return in, nil
}

// reach marks what lies beyond some nodes.
func (p *Plan) reach(in []bool, from []int32, beyond func(int32) []int32) {
	for len(from) > 0 {
		last := len(from) - 1
		n := from[last]
		from = from[:last]
		for _, i := range beyond(n) {
			if !in[i] {
				in[i] = true
				from = append(from, i)
			}
		}
	}
}

func (p *Plan) indices(names []string) []int32 {
	out := make([]int32, len(names))
	for i, name := range names {
		out[i], _ = p.graph.Place(name)
	}
	return out
}

func outProps(props []workflow.Property) []string {
	var names []string
	for _, prop := range props {
		if prop.Direct == workflow.Out && !slices.Contains(names, prop.Prop) {
			names = append(names, prop.Prop)
		}
	}
	return names
}
