package engine

import (
	"maps"
	"reflect"
	"slices"
	"time"

	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
	"pgregory.net/rapid"
)

// world is everything around one run: the committed rows, the workers, the
// child instances. It carries out effects, breaks things, and checks after
// every step what must hold.
type world struct {
	t    *rapid.T
	def  *workflow.Definition
	plan *Plan
	run  *Run
	m    *model
	now  time.Time
	last int64
	jobs int // numbers workers, so that a repeat names a past one

	inst     workflow.Instance
	rows     map[int64]workflow.TaskInstance
	ready    map[int64]bool
	wants    map[int64]bool
	slots    map[int64]bool // held
	sent     map[int64]*sent
	children map[int64]*childRun // by attempt
	lookups  map[int64]int
	past     []Event // worker events that may be repeated
	log      []logged
}

// sent is an attempt a worker has.
type sent struct {
	worker  string
	started bool
	kill    bool
}

type childRun struct {
	id    int64
	known bool // ChildStarted was told
	state workflow.State
}

// logged is one step, for the replay.
type logged struct {
	restore bool
	now     time.Time
	ev      Event
	eff     Effects
}

func newWorld(t *rapid.T, def *workflow.Definition, inst workflow.Instance) *world {
	plan, err := Compile(def)
	if err != nil {
		t.Fatalf("compile: %v", err)
	}
	w := &world{
		t: t, def: def, plan: plan, inst: inst, now: time.Date(2021, 10, 18, 0, 0, 0, 0, time.UTC),
		rows: map[int64]workflow.TaskInstance{}, ready: map[int64]bool{}, wants: map[int64]bool{}, slots: map[int64]bool{},
		sent: map[int64]*sent{}, children: map[int64]*childRun{}, lookups: map[int64]int{},
	}
	if w.run, err = New(plan, inst); err != nil {
		t.Fatalf("new: %v", err)
	}
	in, err := plan.cut(&inst.Start)
	if err != nil {
		t.Fatalf("cut: %v", err)
	}
	w.m = newModel(def, in)
	return w
}

func (w *world) env() Env { return Env{Now: w.now, NextID: func() int64 { w.last++; return w.last }} }

// step applies an event, carries out its effects and checks everything.
func (w *world) step(ev Event) Effects {
	eff := w.run.Step(w.env(), ev)
	w.log = append(w.log, logged{now: w.now, ev: ev, eff: eff})
	w.checkRows(ev, eff)
	w.commit(eff)
	w.deliver(eff)
	w.checkWorld(ev, eff)
	return eff
}

func (w *world) commit(eff Effects) {
	if eff.Instance != nil {
		w.inst = *eff.Instance
	}
	for _, row := range eff.Tasks {
		if old := w.rows[row.ID]; row.Forgot(&old) != "" {
			w.t.Fatalf("attempt %d lost its %s: %+v, then %+v", row.ID, row.Forgot(&old), old, row)
		}
		w.rows[row.ID] = row
	}
	for _, id := range eff.DropTasks {
		delete(w.rows, id)
	}
}

func (w *world) deliver(eff Effects) {
	for _, r := range eff.Ready {
		w.ready[r.TaskID] = true
	}
	for _, id := range eff.Withdraw {
		delete(w.ready, id)
	}
	for _, s := range eff.WantSlots {
		w.wants[s.TaskID] = true
	}
	for _, id := range eff.ReleaseSlots {
		delete(w.wants, id)
		delete(w.slots, id)
	}
	for _, d := range eff.Dispatch {
		delete(w.ready, d.Task.ID)
		w.sent[d.Task.ID] = &sent{worker: d.Task.WorkerID}
	}
	for _, k := range eff.Kill {
		if s := w.sent[k.TaskID]; s != nil {
			s.kill = true
		}
	}
	for _, c := range eff.Children {
		if w.children[c.TaskID] == nil {
			w.children[c.TaskID] = &childRun{id: 1000 + c.TaskID, state: workflow.Running}
		}
	}
	for _, s := range eff.Signals {
		w.signal(s)
	}
	for _, l := range eff.Lookups {
		w.lookups[l.TaskID] = len(l.Queries)
	}
}

// signal makes a child obey, which it must be able to.
func (w *world) signal(s Signal) {
	c := w.children[s.TaskID]
	if c == nil || c.id != s.ChildID {
		w.t.Fatalf("signal %v to an unknown child", s)
	}
	if c.state.Terminal() {
		if !Allows(s.Command, c.state) && s.Command != workflow.CmdPause && s.Command != workflow.CmdStop {
			w.t.Fatalf("a child that is %s was told to %s", c.state, s.Command)
		}
	}
	switch {
	case !Allows(s.Command, c.state):
	case s.Command == workflow.CmdPause:
		c.state = workflow.Pausing
	case s.Command == workflow.CmdStop:
		c.state = workflow.Stopping
	default:
		c.state = workflow.Running
	}
}

// crash loses the run and everything it kept in memory. The rows, the workers
// and the children remain. fresh says that the new owner adopts at once.
func (w *world) crash() {
	w.ready, w.wants, w.lookups = map[int64]bool{}, map[int64]bool{}, map[int64]int{}
	for _, s := range w.sent {
		s.kill = false
	}
	w.restore()
	w.log = append(w.log, logged{restore: true})
	w.step(Adopt{})
}

func (w *world) restore() {
	run, err := Restore(w.plan, w.inst, currentRows(w.rows))
	if err != nil {
		w.t.Fatalf("restore: %v", err)
	}
	w.run = run
}

// current gives the committed current rows by task.
func (w *world) current() map[string]*workflow.TaskInstance {
	out := map[string]*workflow.TaskInstance{}
	for id, row := range w.rows {
		if !row.Current {
			continue
		}
		if other := out[row.Task]; other != nil {
			w.t.Fatalf("attempts %d and %d of %s are both current", other.ID, id, row.Task)
		}
		out[row.Task] = &row
	}
	return out
}

// checkRows checks the changes of a step against the tables of transitions.
func (w *world) checkRows(ev Event, eff Effects) {
	control, isControl := ev.(Control)
	if eff.Rejected != "" && (eff.Instance != nil || eff.Tasks != nil || eff.Ready != nil || eff.Alerts != nil) {
		w.t.Fatalf("rejected with effects: %+v", eff)
	}
	if eff.Instance != nil {
		w.checkInstance(isControl, eff)
	}
	seen := map[int64]bool{}
	for _, row := range eff.Tasks {
		if seen[row.ID] {
			w.t.Fatalf("row %d twice in one step", row.ID)
		}
		seen[row.ID] = true
		if !slices.Contains(workflow.TaskStates, row.State) {
			w.t.Fatalf("row %d is in state %q", row.ID, row.State)
		}
		old, existed := w.rows[row.ID]
		if !existed {
			continue
		}
		w.checkTransition(old, row, isControl)
		if old.State.Success() && old.Current && !row.Current &&
			control.Command != workflow.CmdRerun && control.Command != workflow.CmdRerunFrom && control.Command != workflow.CmdRecoverFailed && control.Command != workflow.CmdRecoverPaused {
			w.t.Fatalf("completed attempt %d of %s was thrown away by %T", row.ID, row.Task, ev)
		}
	}
}

func (w *world) checkInstance(isControl bool, eff Effects) {
	from, to := w.inst.State, eff.Instance.State
	if !slices.Contains(workflow.InstanceStates, to) {
		w.t.Fatalf("instance in state %q", to)
	}
	if from.Terminal() && !isControl {
		w.t.Fatalf("the instance left %s for %s by itself", from, to)
	}
	allowed := map[workflow.State][]workflow.State{
		workflow.Submitted:  {workflow.SerialWait, workflow.Running},
		workflow.SerialWait: {workflow.SerialWait, workflow.Running},
		workflow.Running:    {workflow.Running, workflow.Pausing, workflow.Stopping},
		workflow.Pausing:    {workflow.Pausing, workflow.Stopping},
		workflow.Stopping:   {workflow.Stopping},
	}
	if !from.Terminal() && !to.Terminal() && !slices.Contains(allowed[from], to) {
		w.t.Fatalf("instance from %s to %s", from, to)
	}
	if eff.Ended != to.Terminal() {
		w.t.Fatalf("ended is %t in state %s", eff.Ended, to)
	}
}

// checkTransition checks one row's change.
func (w *world) checkTransition(old, row workflow.TaskInstance, isControl bool) {
	if !old.Current {
		w.t.Fatalf("row %d changed after it was replaced", row.ID)
	}
	if old.State == row.State {
		return
	}
	final := []workflow.State{workflow.Succeeded, workflow.Failed, workflow.Killed, workflow.Paused, workflow.Lost}
	allowed := map[workflow.State][]workflow.State{
		workflow.Submitted:  append(final, workflow.Delayed, workflow.Dispatched, workflow.Running),
		workflow.Delayed:    append(final, workflow.Submitted, workflow.Dispatched, workflow.Running),
		workflow.Dispatched: append(final, workflow.Submitted, workflow.Running),
		workflow.Running:    final,
		workflow.Paused:     append(final, workflow.Submitted, workflow.Delayed, workflow.Running),
		workflow.Failed:     {workflow.ForcedSuccess, workflow.Running},
		workflow.Killed:     {workflow.ForcedSuccess, workflow.Running},
		workflow.Lost:       {workflow.ForcedSuccess},
	}
	if !slices.Contains(allowed[old.State], row.State) {
		w.t.Fatalf("attempt %d of %s from %s to %s", row.ID, row.Task, old.State, row.State)
	}
	if old.State.Terminal() {
		if !isControl {
			w.t.Fatalf("attempt %d left %s for %s by itself", row.ID, old.State, row.State)
		}
		if row.State == workflow.Running && old.State != workflow.Paused && row.Kind != workflow.KindSubWorkflow {
			w.t.Fatalf("attempt %d of %s runs twice", row.ID, row.Task)
		}
	}
	if row.State == workflow.Lost && !row.Current && w.m.tasks[row.Task].OnLost == workflow.LostHold {
		w.t.Fatalf("attempt %d of %s runs again although it is to be held", row.ID, row.Task)
	}
}

// checkWorld checks the whole after a step.
func (w *world) checkWorld(ev Event, eff Effects) {
	w.m.see(w.current())
	live := !w.inst.State.Terminal()
	open := 0
	for _, row := range w.run.Tasks() {
		if row.State.Terminal() {
			continue
		}
		open++
		if !w.m.mayRun(row.Task) {
			w.t.Fatalf("%s is %s although not everything before it is done", row.Task, row.State)
		}
		if row.State == workflow.Submitted && live && !w.ready[row.ID] && !w.wants[row.ID] && !w.slots[row.ID] {
			w.t.Fatalf("attempt %d of %s waits for nothing", row.ID, row.Task)
		}
		if row.State == workflow.Delayed && eff.Wake.IsZero() && w.inst.State == workflow.Running && eff.Rejected == "" {
			w.t.Fatalf("attempt %d of %s is delayed but the run never wakes", row.ID, row.Task)
		}
	}
	if !live && open > 0 {
		w.t.Fatalf("%d attempts are open in an instance that is %s", open, w.inst.State)
	}
	if live && open == 0 && w.run.Held() == 0 && w.inst.State != workflow.Submitted && w.inst.State != workflow.SerialWait {
		w.t.Fatalf("nothing is under way in an instance that is %s", w.inst.State)
	}
	for id := range w.ready {
		if row, ok := w.run.Task(id); !ok || row.State != workflow.Submitted {
			w.t.Fatalf("attempt %d is offered but %s", id, row.State)
		}
	}
	for id := range w.slots {
		if row, ok := w.run.Task(id); !ok || row.State.Terminal() {
			w.t.Fatalf("attempt %d keeps its slot but is %s", id, row.State)
		} else if row.Force {
			w.t.Fatalf("attempt %d was forced to start and has a slot", id)
		}
	}
	w.checkRebuilt()
}

// checkRebuilt compares the run with one made of its rows.
func (w *world) checkRebuilt() {
	twin, err := Restore(w.plan, w.inst, currentRows(w.rows))
	if err != nil {
		w.t.Fatalf("restore: %v", err)
	}
	if a, b := w.run.digest(), twin.digest(); !a.same(b) {
		w.t.Fatalf("the run and its rows disagree:\n%+v\n%+v", a, b)
	}
}

// digest is what a run and its twin made of rows have in common: a ready
// attempt without a row is a decided node to the twin.
type digest struct {
	state workflow.State
	count tally
	nodes []nodeDigest
}

type nodeDigest struct {
	phase                   phase
	waiting, taken, tainted int32
	vars                    map[string]string
}

func (r *Run) digest() digest {
	d := digest{state: r.inst.State, count: r.count}
	d.count.pending = 0
	for i := range r.nodes {
		n := &r.nodes[i]
		nd := nodeDigest{phase: n.phase, waiting: n.waiting, taken: n.taken, tainted: n.tainted}
		if nd.phase == decided {
			nd.phase = open
		}
		if nd.phase == settled {
			nd.vars = n.vars.values()
		}
		d.nodes = append(d.nodes, nd)
	}
	return d
}

// same compares two digests.
func (d digest) same(e digest) bool {
	return d.state == e.state && d.count == e.count && slices.EqualFunc(d.nodes, e.nodes, func(a, b nodeDigest) bool {
		return a.phase == b.phase && a.waiting == b.waiting && a.taken == b.taken && a.tainted == b.tainted && maps.Equal(a.vars, b.vars)
	})
}

// replay runs the same events again and wants the same effects.
func (w *world) replay(inst workflow.Instance) {
	run, err := New(w.plan, inst)
	if err != nil {
		w.t.Fatalf("new: %v", err)
	}
	var last int64
	rows := map[int64]workflow.TaskInstance{}
	for n, l := range w.log {
		if l.restore {
			if run, err = Restore(w.plan, inst, currentRows(rows)); err != nil {
				w.t.Fatalf("restore: %v", err)
			}
			continue
		}
		eff := run.Step(Env{Now: l.now, NextID: func() int64 { last++; return last }}, l.ev)
		if !reflect.DeepEqual(eff, l.eff) {
			w.t.Fatalf("step %d, %T: another effect the second time:\n%+v\n%+v", n, l.ev, l.eff, eff)
		}
		if eff.Instance != nil {
			inst = *eff.Instance
		}
		for _, row := range eff.Tasks {
			rows[row.ID] = row
		}
	}
}

// ids gives the keys of a set in order, so that draws do not depend on the map.
func ids[V any](m map[int64]V) []int64 { return slices.Sorted(maps.Keys(m)) }
