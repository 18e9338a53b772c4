package engine

import (
	"fmt"
	"slices"

	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// decide resolves a CONDITIONS by what became of the tasks it asks about.
func (r *Run) decide(a *attempt) {
	c := r.task(a).Conditions
	yes := combine(c.Relation, len(c.Groups), func(g int) result {
		group := c.Groups[g]
		return combine(group.Relation, len(group.Items), func(i int) result {
			return r.itemHolds(group.Items[i])
		})
	}) == met
	state := workflow.Succeeded
	if yes {
		a.row.Branch = branch(c.Success...)
	} else {
		a.row.Branch = branch(c.Failed...)
		if c.Verdict {
			state = workflow.Failed
		}
	}
	r.resolve(a, state, fmt.Sprintf("the conditions are %t", yes))
}

// itemHolds says whether a task ended as an item of a CONDITIONS wants. A task
// that did not run, or has not ended, is neither a success nor a failure.
func (r *Run) itemHolds(item workflow.ConditionItem) result {
	i, known := r.plan.graph.Place(item.Task)
	if !known || r.nodes[i].phase == outside {
		return unmet
	}
	n := &r.nodes[i]
	var ok, bad bool
	switch {
	case n.att != nil:
		s := n.att.row.State
		ok, bad = s.Success(), s == workflow.Failed || s == workflow.Lost
	case n.phase == settled:
		// Forbidden tasks pass for successes, but not on a branch not taken.
		ok = r.plan.task(i).Forbidden && (n.taken+n.tainted > 0 || r.inDegree(i) == 0)
	}
	if item.Success && ok || !item.Success && bad {
		return met
	}
	return unmet
}

// choose resolves a SWITCH by its first true condition.
func (r *Run) choose(a *attempt) {
	t := r.task(a)
	values := r.values(a)
	for i, program := range r.plan.cases[a.node] {
		yes, err := program.Eval(values)
		if err != nil {
			r.resolve(a, workflow.Failed, fmt.Sprintf("condition %q: %v", t.Switch.Cases[i].Condition, err))
			return
		}
		if yes {
			a.row.Branch = branch(t.Switch.Cases[i].Next)
			r.resolve(a, workflow.Succeeded, fmt.Sprintf("condition %q is true", t.Switch.Cases[i].Condition))
			return
		}
	}
	a.row.Branch = branch(t.Switch.Default)
	r.resolve(a, workflow.Succeeded, "no condition is true: the default branch")
}

// resolve ends an attempt in the step that began it.
func (r *Run) resolve(a *attempt, s workflow.State, reason string) {
	a.row.StartTime = r.step.now
	r.closeAt(a, s, reason, r.step.now)
	r.settleEnd(a)
}

// branch leaves out the empty names that editors write for "none".
func branch(names ...string) []string {
	return slices.DeleteFunc(slices.Clone(names), func(s string) bool { return s == "" })
}

// result is what is known about a condition or a dependency.
type result uint8

const (
	unknown result = iota // not known yet
	met
	unmet
)

// combine joins n results by AND (also when the relation is empty) or OR.
// Nothing at all is met.
func combine(relation workflow.Relation, n int, of func(int) result) result {
	if n == 0 {
		return met
	}
	// AND is settled by one that is unmet, OR by one that is met.
	settles, otherwise := unmet, met
	if relation == workflow.Or {
		settles, otherwise = met, unmet
	}
	out := otherwise
	for i := range n {
		switch of(i) {
		case settles:
			return settles
		case unknown:
			out = unknown
		}
	}
	return out
}
