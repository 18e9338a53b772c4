package engine

import (
	"slices"
	"testing"
	"time"

	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
	"pgregory.net/rapid"
)

// Any workflow, any order of events, any commands, crashes in between: every
// run ends, no state outside the tables, no task before its predecessors or
// completed twice, and the same events give the same result.
func TestRunsEnd(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		def := drawDefinition(t, 60)
		inst := drawInstance(t, def)
		w := newWorld(t, def, inst)
		if one(t, 10, "waits") {
			w.step(Wait{Reason: "another runs"})
		}
		w.step(Start{})
		for range rapid.IntRange(0, 120).Draw(t, "events") {
			w.act()
		}
		w.drain()
		w.replay(inst)
	})
}

// act does something at random.
func (w *world) act() {
	t := w.t
	switch rapid.IntRange(0, 19).Draw(t, "act") {
	case 0, 1, 2, 3:
		if id, ok := drawID(t, w.ready); ok {
			w.assign(id)
		}
	case 4:
		if id, ok := drawID(t, w.ready); ok {
			w.step(Queued{TaskID: id, Reason: "no worker"})
		}
	case 5, 6:
		if id, ok := drawID(t, w.sent); ok {
			w.begin(id)
		}
	case 7, 8, 9, 10:
		if id, ok := drawID(t, w.sent); ok {
			w.end(id, w.drawEnd(id))
		}
	case 11:
		w.lose()
	case 12:
		w.childActs()
	case 13:
		w.answer()
	case 14:
		if id, ok := drawID(t, w.wants); ok {
			w.grant(id)
		}
	case 15:
		w.tick(time.Duration(rapid.IntRange(0, 20).Draw(t, "seconds")) * time.Second)
	case 16:
		w.repeat()
	case 17:
		if one(t, 3, "crash") {
			w.crash()
		}
	case 18, 19:
		w.command()
	}
}

func drawID[V any](t *rapid.T, m map[int64]V) (int64, bool) {
	if len(m) == 0 {
		return 0, false
	}
	return rapid.SampledFrom(ids(m)).Draw(t, "id"), true
}

// assign gives a ready attempt a worker of a name never used before.
func (w *world) assign(id int64) {
	w.jobs++
	w.step(Assigned{TaskID: id, WorkerID: workerName(w.jobs), Host: "h", Epoch: 1})
}

func workerName(n int) string {
	return string(rune('a'+n%26)) + string(rune('0'+n/26%10)) + string(rune('A'+n/260))
}

// worker tells something a worker said, which may be said again later.
func (w *world) worker(ev Event) Effects {
	w.past = append(w.past, ev)
	return w.step(ev)
}

func (w *world) begin(id int64) {
	w.sent[id].started = true
	w.worker(Started{TaskID: id, At: w.now, PID: 1})
}

func (w *world) drawEnd(id int64) workflow.State {
	states := []workflow.State{workflow.Succeeded, workflow.Succeeded, workflow.Succeeded, workflow.Failed, workflow.Failed, workflow.Killed}
	if w.sent[id].kill {
		states = []workflow.State{workflow.Killed, workflow.Killed, workflow.Killed, workflow.Succeeded, workflow.Failed}
	}
	return rapid.SampledFrom(states).Draw(w.t, "end")
}

func (w *world) end(id int64, s workflow.State) {
	delete(w.sent, id)
	ev := Ended{TaskID: id, State: s, At: w.now}
	if s == workflow.Succeeded {
		ev.Vars = map[string]string{"v": "1", "undeclared": "2"}
	}
	w.worker(ev)
}

// lose takes an attempt from its worker: refused if it was not begun, gone
// otherwise.
func (w *world) lose() {
	id, ok := drawID(w.t, w.sent)
	if !ok {
		return
	}
	s := w.sent[id]
	delete(w.sent, id)
	if !s.started && rapid.Bool().Draw(w.t, "refused") {
		w.worker(Refused{TaskID: id, WorkerID: s.worker, Reason: "no room"})
		return
	}
	w.worker(Gone{TaskID: id, WorkerID: s.worker, Reason: "host down"})
}

// childActs lets a child instance begin, or end by itself.
func (w *world) childActs() {
	id, ok := drawID(w.t, w.children)
	if !ok {
		return
	}
	if c := w.children[id]; !c.known && rapid.Bool().Draw(w.t, "begins") {
		c.known = true
		w.step(ChildStarted{TaskID: id, ChildID: c.id})
		return
	}
	w.childEnds(id, rapid.SampledFrom([]workflow.State{
		workflow.Succeeded, workflow.Succeeded, workflow.Failed, workflow.Paused, workflow.Stopped,
	}).Draw(w.t, "child"))
}

// childEnds ends a child that is not over: as it was told, else as wished.
func (w *world) childEnds(id int64, wish workflow.State) {
	c := w.children[id]
	if c.state.Terminal() {
		return
	}
	switch c.state {
	case workflow.Pausing:
		wish = workflow.Paused
	case workflow.Stopping:
		wish = workflow.Stopped
	}
	c.state, c.known = wish, true
	w.step(ChildEnded{TaskID: id, ChildID: c.id, State: wish, Vars: map[string]string{"v": "3"}})
}

func (w *world) answer() {
	id, ok := drawID(w.t, w.lookups)
	if !ok {
		return
	}
	w.look(id, rapid.SampledFrom([]workflow.State{
		workflow.Succeeded, workflow.Running, workflow.Running, workflow.Failed,
	}).Draw(w.t, "dependency"))
}

func (w *world) look(id int64, s workflow.State) {
	n := w.lookups[id]
	delete(w.lookups, id)
	var answers []workflow.DependencyAnswer
	for range n {
		answers = append(answers, workflow.DependencyAnswer{Found: true, InstanceID: 44, State: s, Finished: s.Terminal()})
	}
	w.worker(Looked{TaskID: id, Answers: answers})
}

func (w *world) grant(id int64) {
	delete(w.wants, id)
	w.slots[id] = true
	w.step(SlotGranted{TaskID: id})
}

func (w *world) tick(by time.Duration) {
	w.now = w.now.Add(by)
	w.step(Tick{})
}

// repeat says again what a worker said before, or says nonsense.
func (w *world) repeat() {
	if len(w.past) == 0 || one(w.t, 5, "nonsense") {
		id := int64(rapid.IntRange(0, int(w.last)+1).Draw(w.t, "any id"))
		w.step(rapid.SampledFrom([]Event{
			Queued{TaskID: 1 << 40}, Assigned{TaskID: 1 << 40}, SlotGranted{TaskID: 1 << 40},
			Refused{TaskID: id, WorkerID: "nobody"}, Gone{TaskID: id, WorkerID: "nobody"},
			ChildEnded{TaskID: 1 << 40, ChildID: 5, State: workflow.Failed}, Looked{TaskID: id},
			Wait{Reason: "x", Discard: true}, Start{},
		}).Draw(w.t, "nonsense event"))
		return
	}
	ev := rapid.SampledFrom(w.past).Draw(w.t, "past")
	if e, ok := ev.(Started); ok {
		// A start that was not told yet may be told; after a refusal by another
		// worker it cannot be.
		if s := w.sent[e.TaskID]; s != nil && !s.started {
			return
		}
	}
	if e, ok := ev.(Ended); ok {
		if w.sent[e.TaskID] != nil {
			return // the past end of a refused dispatch, now given away again
		}
	}
	w.step(ev)
}

// command is what a user does.
func (w *world) command() {
	c := Control{Command: rapid.SampledFrom([]workflow.CommandType{
		workflow.CmdPause, workflow.CmdPause, workflow.CmdStop, workflow.CmdRerun,
		workflow.CmdRecoverPaused, workflow.CmdRecoverPaused, workflow.CmdRecoverFailed, workflow.CmdRecoverFailed,
		workflow.CmdForceSuccess, workflow.CmdReleaseHold, workflow.CmdRerunFrom, workflow.CmdRerunFrom, workflow.CmdDelete,
		workflow.CmdForceStart,
	}).Draw(w.t, "command")}
	ofAttempt := slices.Contains([]workflow.CommandType{workflow.CmdForceSuccess, workflow.CmdReleaseHold, workflow.CmdForceStart, workflow.CmdRerunFrom}, c.Command)
	if ofAttempt {
		c.TaskID = int64(rapid.IntRange(0, int(w.last)+1).Draw(w.t, "attempt"))
	}
	if id, waits := drawID(w.t, w.wants); waits && c.Command == workflow.CmdForceStart {
		c.TaskID = id // an arbitrary attempt hardly ever waits for a slot
	}
	before := w.inst.State
	eff := w.step(c)
	if (eff.Rejected == "") != Allows(c.Command, before) && c.TaskID == 0 && c.Command != workflow.CmdPause &&
		!ofAttempt {
		w.t.Fatalf("%s from %s: rejected %q", c.Command, before, eff.Rejected)
	}
}

// drain lets everything go well from here on, without commands except a
// decision about what is held. The run must end.
func (w *world) drain() {
	for round := 0; !w.inst.State.Terminal(); round++ {
		if round > 20*len(w.def.Tasks)+100 {
			w.t.Fatalf("the run does not end: %v", w.run.Open())
		}
		steps := len(w.log)
		w.serve()
		if len(w.log) > steps || w.inst.State.Terminal() {
			continue
		}
		if wake := w.run.Wake(); !wake.IsZero() {
			w.tick(max(0, wake.Sub(w.now)))
			continue
		}
		w.decideHeld()
	}
	if !w.run.Wake().IsZero() {
		w.t.Fatalf("an ended run wants to wake")
	}
}

// serve does once what workers, children and lookups would.
func (w *world) serve() {
	for _, id := range ids(w.wants) {
		if w.wants[id] {
			w.grant(id)
		}
	}
	for _, id := range ids(w.ready) {
		if w.ready[id] {
			w.assign(id)
		}
	}
	for _, id := range ids(w.sent) {
		s := w.sent[id]
		if s == nil {
			continue
		}
		if s.kill {
			w.end(id, workflow.Killed)
		} else {
			w.end(id, workflow.Succeeded)
		}
	}
	for _, id := range ids(w.children) {
		w.childEnds(id, workflow.Succeeded)
	}
	for _, id := range ids(w.lookups) {
		w.look(id, workflow.Succeeded)
	}
}

// decideHeld is the person that held attempts wait for.
func (w *world) decideHeld() {
	for _, row := range w.run.Open() {
		if row.State == workflow.Lost {
			w.step(Control{Command: workflow.CmdReleaseHold, TaskID: row.ID})
			return
		}
	}
	w.t.Fatalf("nothing can happen in an instance that is %s: %v", w.inst.State, w.run.Open())
}

// Without commands and losses the end is the one the naive model foretells.
func TestOutcome(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		def := drawDefinition(t, 40)
		for i := range def.Tasks {
			def.Tasks[i].Timeout = 0
		}
		inst := drawInstance(t, def)
		w := newWorld(t, def, inst)
		failures := map[string]int{}
		for i := range def.Tasks {
			if one(t, 4, "fails") {
				failures[def.Tasks[i].Name] = rapid.IntRange(1, 3).Draw(t, "failures")
			}
		}
		graph, err := def.Graph()
		if err != nil {
			t.Fatal(err)
		}
		order, err := graph.Order()
		if err != nil {
			t.Fatal(err)
		}
		want := w.m.outcome(order, failures)
		w.step(Start{})
		w.outcome(failures)
		if w.inst.State != want {
			t.Fatalf("ended %s (%s), want %s", w.inst.State, w.inst.Reason, want)
		}
	})
}

// outcome runs to the end with the given failures, in a random order.
func (w *world) outcome(failures map[string]int) {
	result := func(id int64) workflow.State {
		row, _ := w.run.Task(id)
		if row.Retry < failures[row.Task] {
			return workflow.Failed
		}
		return workflow.Succeeded
	}
	for !w.inst.State.Terminal() {
		var choices []func()
		for _, id := range ids(w.wants) {
			choices = append(choices, func() { w.grant(id) })
		}
		for _, id := range ids(w.ready) {
			choices = append(choices, func() { w.assign(id) })
		}
		for _, id := range ids(w.sent) {
			choices = append(choices, func() {
				if w.sent[id].kill {
					w.end(id, workflow.Killed)
					return
				}
				w.end(id, result(id))
			})
		}
		for _, id := range ids(w.children) {
			if !w.children[id].state.Terminal() {
				choices = append(choices, func() { w.childEnds(id, result(id)) })
			}
		}
		for _, id := range ids(w.lookups) {
			choices = append(choices, func() { w.look(id, result(id)) })
		}
		if len(choices) == 0 {
			wake := w.run.Wake()
			if wake.IsZero() {
				w.t.Fatalf("nothing can happen in an instance that is %s", w.inst.State)
			}
			w.tick(max(0, wake.Sub(w.now)))
			continue
		}
		choices[rapid.IntRange(0, len(choices)-1).Draw(w.t, "choice")]()
	}
}
