package engine

import (
	"slices"
	"time"

	"github.com/porpoise-scheduler/porpoise/pkg/param"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// outVar is a value a task produced. Of several, the latest counts.
type outVar struct {
	value string
	at    time.Time
	id    int64 // of the attempt, between equal times
}

func (v outVar) laterThan(w outVar) bool {
	if c := v.at.Compare(w.at); c != 0 {
		return c > 0
	}
	return v.id > w.id
}

// varSet is what a node hands down: its own values over those of its
// ancestors. It never changes once made, so that nodes can share one; nil is
// the empty set.
type varSet struct{ vars map[string]outVar }

func (s *varSet) values() map[string]string {
	if s == nil {
		return nil
	}
	out := make(map[string]string, len(s.vars))
	for name, v := range s.vars {
		out[name] = v.value
	}
	return out
}

// merged gives the union of sets, the latest of equal names. It makes a new
// set only when it has to.
func merged(sets []*varSet) *varSet {
	var first, out *varSet
	for _, s := range sets {
		switch {
		case s == nil || s == first:
		case first == nil:
			first = s
		default:
			if out == nil {
				out = &varSet{vars: make(map[string]outVar, len(first.vars)+len(s.vars))}
				out.add(first)
			}
			out.add(s)
		}
	}
	if out == nil {
		return first
	}
	return out
}

func (s *varSet) add(other *varSet) {
	for name, v := range other.vars {
		if have, ok := s.vars[name]; !ok || v.laterThan(have) {
			s.vars[name] = v
		}
	}
}

// inherited is what the predecessors of node i hand down to it.
func (r *Run) inherited(i int32) *varSet {
	prev := r.plan.prev(i)
	if len(prev) == 1 {
		return r.nodes[prev[0]].vars
	}
	var sets []*varSet
	for _, j := range prev {
		if s := r.nodes[j].vars; s != nil {
			sets = append(sets, s)
		}
	}
	return merged(sets)
}

// handDown makes what a finished attempt produced visible to its successors,
// and to the parent where the workflow declares it.
func (r *Run) handDown(a *attempt) {
	up := r.inherited(a.node)
	if len(a.row.Vars) == 0 {
		r.nodes[a.node].vars = up
		return
	}
	own := &varSet{vars: make(map[string]outVar, len(a.row.Vars))}
	for name, value := range a.row.Vars {
		own.vars[name] = outVar{value: value, at: a.row.EndTime, id: a.row.ID}
	}
	r.collect(own)
	set := &varSet{vars: make(map[string]outVar)}
	if up != nil {
		set.add(up)
	}
	for name, v := range own.vars {
		set.vars[name] = v
	}
	r.nodes[a.node].vars = set
}

// collect notes the values of OUT globals.
func (r *Run) collect(own *varSet) {
	for _, name := range r.plan.outs {
		v, ok := own.vars[name]
		if !ok {
			continue
		}
		if r.outs == nil {
			r.outs = &varSet{vars: make(map[string]outVar)}
		}
		if have, taken := r.outs.vars[name]; !taken || v.laterThan(have) {
			r.outs.vars[name] = v
		}
	}
}

// values resolves an attempt's parameters, built-ins included.
func (r *Run) values(a *attempt) map[string]string {
	t := r.task(a)
	return param.Resolve(param.Input{
		Base: r.base(), Startup: r.start.Params,
		Local: t.LocalParams, Upstream: r.inherited(a.node).values(), Global: r.plan.def.GlobalParams,
		Builtin: param.Builtins(r.context(a.row.ID, t)),
	})
}

func (r *Run) context(taskID int64, t *workflow.Task) param.Context {
	c := param.Context{
		Base: r.base(), BizDateIsBase: r.start.BizDateIsBase,
		InstanceID: r.inst.ID, TaskID: taskID,
		ProjectID: r.inst.ProjectID, ProjectCode: r.plan.project.code, ProjectName: r.plan.project.name,
		DefinitionID: r.inst.DefinitionID, DefinitionCode: r.plan.def.Code, WorkflowName: r.plan.def.Name,
	}
	if t != nil {
		c.TaskCode, c.TaskName = t.Code, t.Name
	}
	return c
}

// outVars gives the OUT globals at the end: what tasks set last, else the
// value the definition gives.
func (r *Run) outVars() map[string]string {
	if len(r.plan.outs) == 0 {
		return nil
	}
	globals := slices.Clone(r.plan.def.GlobalParams)
	for i := range globals {
		globals[i].Direct = workflow.In // resolved like any other
	}
	all := param.Resolve(param.Input{
		Base: r.base(), Startup: r.start.Params, Upstream: r.outs.values(), Global: globals,
		Builtin: param.Builtins(r.context(0, nil)),
	})
	for name, value := range r.outs.values() {
		all[name] = value
	}
	return pick(all, r.plan.outs)
}
