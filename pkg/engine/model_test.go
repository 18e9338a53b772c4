package engine

import (
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// model says, by recursion over the committed rows alone, what may run. It is
// the slow and obvious twin of the counters in Run.
type model struct {
	def   *workflow.Definition
	in    map[string]bool
	tasks map[string]*workflow.Task
	prev  map[string][]string
	next  map[string][]string
	rows  map[string]*workflow.TaskInstance // current ones
	memo  map[string]settlement
}

type settlement struct {
	known bool
	v     verdict
}

func newModel(def *workflow.Definition, in []bool) *model {
	m := &model{
		def: def, in: map[string]bool{}, tasks: map[string]*workflow.Task{},
		prev: map[string][]string{}, next: map[string][]string{},
	}
	for i := range def.Tasks {
		m.in[def.Tasks[i].Name] = in[i]
		m.tasks[def.Tasks[i].Name] = &def.Tasks[i]
	}
	for _, e := range def.Edges {
		if m.in[e.From] && m.in[e.To] {
			m.prev[e.To] = append(m.prev[e.To], e.From)
			m.next[e.From] = append(m.next[e.From], e.To)
		}
	}
	return m
}

func (m *model) see(rows map[string]*workflow.TaskInstance) {
	m.rows, m.memo = rows, map[string]settlement{}
}

// conditionsFollow reports whether a CONDITIONS judges the task's failure.
func (m *model) conditionsFollow(name string) bool {
	for _, w := range m.next[name] {
		t := m.tasks[w]
		if t.Forbidden && m.conditionsFollow(w) || !t.Forbidden && t.Kind == workflow.KindConditions {
			return true
		}
	}
	return false
}

// arrivals gives the verdicts of the edges to a task; false while one is open.
func (m *model) arrivals(name string) ([]verdict, bool) {
	var vs []verdict
	for _, u := range m.prev[name] {
		v, known := m.edge(u, name)
		if !known {
			return nil, false
		}
		vs = append(vs, v)
	}
	return vs, true
}

func count(vs []verdict, v verdict) int {
	n := 0
	for _, x := range vs {
		if x == v {
			n++
		}
	}
	return n
}

// edge gives the verdict of the edge from u to v; false while it is open.
func (m *model) edge(u, v string) (verdict, bool) {
	t, row := m.tasks[u], m.rows[u]
	if row == nil || t.Forbidden {
		s := m.pass(u)
		return s.v, s.known
	}
	branching := t.Kind == workflow.KindConditions || t.Kind == workflow.KindSwitch
	judged := t.Kind == workflow.KindConditions && row.State == workflow.Failed
	switch {
	case row.State.Success() || judged:
		if branching && !contains(row.Branch, v) {
			return skip, true
		}
		return goOn, true
	case (row.State == workflow.Failed || row.State == workflow.Lost && t.OnLost == workflow.LostFail) && m.conditionsFollow(u):
		return taint, true
	}
	return 0, false
}

// pass settles a task that has no attempt.
func (m *model) pass(u string) settlement {
	if s, ok := m.memo[u]; ok {
		return s
	}
	s := settlement{}
	if vs, known := m.arrivals(u); known {
		t := m.tasks[u]
		switch {
		case len(vs) > 0 && count(vs, skip) == len(vs):
			s = settlement{true, skip}
		case t.Forbidden && count(vs, taint) > 0:
			s = settlement{true, taint}
		case t.Forbidden:
			s = settlement{true, goOn}
		}
	}
	m.memo[u] = s
	return s
}

// mayRun reports whether an attempt of the task may exist.
func (m *model) mayRun(name string) bool {
	t := m.tasks[name]
	vs, known := m.arrivals(name)
	switch {
	case !known || !m.in[name] || t.Forbidden:
		return false
	case len(vs) == 0:
		return true
	case count(vs, taint) > 0 && t.Kind != workflow.KindConditions:
		return false
	}
	return count(vs, skip) < len(vs)
}

func contains(names []string, name string) bool {
	for _, n := range names {
		if n == name {
			return true
		}
	}
	return false
}

// outcome foretells how an instance ends in which every task's attempts fail
// the given number of times before one succeeds, nothing else happens to it,
// and DEPENDENT tasks are met. It runs the tasks in the order of the graph.
func (m *model) outcome(order []string, failures map[string]int) workflow.State {
	rows := map[string]*workflow.TaskInstance{}
	m.see(rows)
	failed := false
	for _, name := range order {
		t := m.tasks[name]
		if !m.in[name] || t.Forbidden {
			continue
		}
		m.memo = map[string]settlement{}
		if vs, known := m.arrivals(name); !known || len(vs) > 0 && count(vs, skip) == len(vs) {
			failed = failed || !known
			continue
		}
		if !m.mayRun(name) {
			failed = true // a failure that a CONDITIONS took blocks it
			continue
		}
		row := &workflow.TaskInstance{Task: name, State: workflow.Succeeded}
		switch t.Kind {
		case workflow.KindConditions:
			m.judge(t, row)
		case workflow.KindSwitch:
			m.pick(t, row)
		default:
			if failures[name] > t.MaxRetries {
				row.State = workflow.Failed
				failed = failed || !m.conditionsFollow(name)
			}
		}
		rows[name] = row
	}
	if failed {
		return workflow.Failed
	}
	return workflow.Succeeded
}

func (m *model) judge(t *workflow.Task, row *workflow.TaskInstance) {
	holds := func(item workflow.ConditionItem) bool {
		if r := m.rows[item.Task]; r != nil {
			return r.State.Success() == item.Success
		}
		// A forbidden task that was passed counts as a success.
		passed := m.pass(item.Task)
		return item.Success && m.tasks[item.Task].Forbidden && m.in[item.Task] && passed.known && passed.v != skip
	}
	join := func(rel workflow.Relation, all []bool) bool {
		and, or := true, len(all) == 0
		for _, b := range all {
			and, or = and && b, or || b
		}
		if rel == workflow.Or {
			return or
		}
		return and
	}
	var groups []bool
	for _, g := range t.Conditions.Groups {
		var items []bool
		for _, item := range g.Items {
			items = append(items, holds(item))
		}
		groups = append(groups, join(g.Relation, items))
	}
	row.Branch = t.Conditions.Failed
	if join(t.Conditions.Relation, groups) {
		row.Branch = t.Conditions.Success
	} else if t.Conditions.Verdict {
		row.State = workflow.Failed
	}
}

// pick knows the conditions the generator writes.
func (m *model) pick(t *workflow.Task, row *workflow.TaskInstance) {
	row.Branch = []string{t.Switch.Default}
	for _, c := range t.Switch.Cases {
		if c.Condition == "1 == 1" {
			row.Branch = []string{c.Next}
			return
		}
	}
}
