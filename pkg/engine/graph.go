package engine

import "github.com/porpoise-scheduler/porpoise/pkg/workflow"

// verdict is how an edge was settled.
type verdict uint8

const (
	goOn  verdict = iota // what follows may run
	skip                 // the edge leads to a branch that was not taken
	taint                // a failure: only a CONDITIONS may follow
)

// settle gives every edge out of node i its verdict and queues the nodes that
// this decides.
func (r *Run) settle(i int32, how func(to int32) verdict) {
	for _, j := range r.plan.next(i) {
		if r.arrive(j, how(j)) {
			r.nodes[j].phase = decided
			r.todo = append(r.todo, j)
		}
	}
}

// arrive notes the verdict of one edge to node j and reports whether the node
// is decided by it.
func (r *Run) arrive(j int32, v verdict) bool {
	n := &r.nodes[j]
	if n.phase == outside {
		return false
	}
	n.waiting--
	switch v {
	case goOn:
		n.taken++
	case taint:
		n.tainted++
		if n.att == nil && n.phase == idle && !r.judges(j) {
			n.phase = dead
			r.count.blocked++
		}
	}
	return n.phase == idle && n.att == nil && n.waiting == 0
}

// judges reports whether node j may follow a failure.
func (r *Run) judges(j int32) bool {
	t := r.plan.task(j)
	return t.Forbidden || t.Kind == workflow.KindConditions
}

// drain acts on the decided nodes, and on those that this decides, in order.
func (r *Run) drain() {
	if r.mode() == still {
		return
	}
	for k := 0; k < len(r.todo); k++ {
		i := r.todo[k]
		if r.nodes[i].phase != decided || r.bypass(i) {
			continue
		}
		r.open(i)
	}
	r.todo = r.todo[:0]
}

// bypass settles a decided node that does not run: a forbidden one, or one on
// branches that were not taken. It reports whether it did.
func (r *Run) bypass(i int32) bool {
	n := &r.nodes[i]
	skipped := n.taken+n.tainted == 0 && r.inDegree(i) > 0
	if !skipped && !r.plan.task(i).Forbidden {
		return false
	}
	v := goOn
	switch {
	case skipped:
		v = skip
	case n.tainted > 0:
		v = taint
	}
	if !skipped {
		n.vars = r.inherited(i)
	}
	r.leave(i)
	r.settle(i, func(int32) verdict { return v })
	return true
}

// leave makes a node settled.
func (r *Run) leave(i int32) {
	r.nodes[i].phase = settled
	r.count.left--
}

// inDegree counts the edges to node i within the run.
func (r *Run) inDegree(i int32) int {
	d := 0
	for _, j := range r.plan.prev(i) {
		if r.nodes[j].phase != outside {
			d++
		}
	}
	return d
}

// settleAttempt settles a node by its finished attempt, if that lets anything
// follow.
func (r *Run) settleAttempt(a *attempt) {
	t := r.plan.task(a.node)
	switch {
	case a.row.State.Success() || (a.row.State == workflow.Failed && t.Kind == workflow.KindConditions):
		r.handDown(a)
		r.leave(a.node)
		r.settle(a.node, r.chosen(a, t))
	case r.tolerated(a):
		r.handDown(a)
		r.leave(a.node)
		r.settle(a.node, func(int32) verdict { return taint })
	default:
		r.nodes[a.node].phase = dead
	}
}

// chosen gives the verdicts of a successful attempt's edges.
func (r *Run) chosen(a *attempt, t *workflow.Task) func(to int32) verdict {
	if t.Kind != workflow.KindConditions && t.Kind != workflow.KindSwitch {
		return func(int32) verdict { return goOn }
	}
	taken := make(map[string]struct{}, len(a.row.Branch))
	for _, name := range a.row.Branch {
		taken[name] = struct{}{}
	}
	return func(to int32) verdict {
		if _, yes := taken[r.plan.task(to).Name]; yes {
			return goOn
		}
		return skip
	}
}

// rebuild derives the state of every node from the current attempts. It is
// what Restore, recoveries and forced successes use; a run that only went
// forward has the same state already.
func (r *Run) rebuild() {
	r.todo, r.count, r.outs = nil, tally{}, nil
	for i := range r.nodes {
		n := &r.nodes[i]
		if n.phase == outside {
			continue
		}
		n.phase, n.vars = idle, nil
		n.taken, n.tainted = 0, 0
		n.waiting = int32(r.inDegree(int32(i)))
		r.count.left++
	}
	for _, i := range r.plan.order {
		r.rebuildNode(i)
	}
}

// rebuildNode works in the order of the graph: all edges to i that can be
// settled are.
func (r *Run) rebuildNode(i int32) {
	n := &r.nodes[i]
	switch {
	case n.phase == outside:
	case n.att != nil:
		r.tally(n.att, 1)
		n.phase = open
		if n.att.row.State.Terminal() {
			r.settleAttempt(n.att)
		}
	case n.phase == idle && n.waiting == 0:
		n.phase = decided
		r.todo = append(r.todo, i)
		fallthrough
	case n.phase == decided:
		r.bypass(i)
	}
}

// tally adds the attempt to the counts, or takes it away.
func (r *Run) tally(a *attempt, by int) {
	switch a.row.State {
	case workflow.Submitted, workflow.Delayed:
		r.count.pending += by
	case workflow.Dispatched, workflow.Running:
		r.count.active += by
	case workflow.Paused:
		r.count.paused += by
	case workflow.Killed:
		r.count.killed += by
	case workflow.Failed:
		if !r.tolerated(a) {
			r.count.failed += by
		}
	case workflow.Lost:
		r.tallyLost(a, by)
	}
}

func (r *Run) tallyLost(a *attempt, by int) {
	switch r.onLost(a) {
	case workflow.LostHold:
		r.count.held += by
	case workflow.LostFail:
		if !r.tolerated(a) {
			r.count.failed += by
		}
	default:
		r.count.killed += by
	}
}

// tolerated reports whether the attempt's failure is not the instance's.
func (r *Run) tolerated(a *attempt) bool {
	t := r.plan.task(a.node)
	switch a.row.State {
	case workflow.Failed:
		return r.nodes[a.node].tolerant || t.Kind == workflow.KindConditions
	case workflow.Lost:
		return r.nodes[a.node].tolerant && r.onLost(a) == workflow.LostFail
	}
	return false
}

func (r *Run) onLost(a *attempt) workflow.OnLost {
	if p := r.plan.task(a.node).OnLost; p != "" {
		return p
	}
	return workflow.LostRerun
}

// holds reports whether the attempt is lost and waits for a person.
func (r *Run) holds(a *attempt) bool {
	return a.row.State == workflow.Lost && r.onLost(a) == workflow.LostHold
}
