package sim

import (
	"flag"
	"fmt"
	"strings"
	"testing"

	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

var (
	seeds = flag.Int("sim.seeds", defaultSeeds, "simulations with random faults")
	from  = flag.Uint64("sim.from", 1, "first seed; with -sim.seeds=1 one simulation is replayed")
)

func chaos(seed uint64) plan {
	return plan{
		masters: 2 + int(seed%2), workers: 2, slots: 3, instances: 6, faultRounds: 120,
		faults: true, hostLoss: seed%3 == 0, commands: seed%2 == 0,
	}
}

// TestRandomFaults runs many seeds and holds each against the promises.
func TestRandomFaults(t *testing.T) {
	n := *seeds
	if testing.Short() {
		n = min(n, 200)
	}
	var crashes, fenced, unsure, steals, stale, withheld, carried int
	for seed := *from; seed < *from+uint64(n); seed++ {
		w := newWorld(seed, chaos(seed))
		w.run(5000)
		w.check()
		if len(w.wrong) > 0 {
			t.Fatalf("seed %d (replay with -sim.seeds=1 -sim.from=%d): %s", seed, seed, strings.Join(w.wrong, "\n"))
		}
		crashes += w.counts.crashes
		fenced += w.counts.fenced
		unsure += w.counts.unsure
		steals += w.counts.steals
		stale += w.counts.stale
		withheld += w.counts.withheld
		carried += w.counts.carried
	}
	t.Logf("%d seeds: %d crashes, %d late writes refused, %d commits of unknown outcome, %d take-overs from living owners, %d stale dispatches refused, %d killed before they were sent, %d commands carried",
		n, crashes, fenced, unsure, steals, stale, withheld, carried)
	if n >= 100 && (crashes == 0 || fenced == 0 || unsure == 0 || steals == 0 || withheld == 0 || carried == 0) {
		t.Error("the faults did not happen: the simulation proves nothing")
	}
}

// TestCrashPoints crashes a master at every point around every commit of a
// run, one by one.
func TestCrashPoints(t *testing.T) {
	calm := plan{masters: 2, workers: 2, slots: 3, instances: 6}
	base := newWorld(7, calm)
	base.run(5000)
	base.check()
	if len(base.wrong) > 0 {
		t.Fatal(strings.Join(base.wrong, "\n"))
	}
	for point := 1; point <= base.points; point++ {
		p := calm
		p.crashAt = point
		w := newWorld(7, p)
		w.run(5000)
		w.check()
		if len(w.wrong) > 0 {
			t.Fatalf("crash at point %d of %d: %s", point, base.points, strings.Join(w.wrong, "\n"))
		}
		if w.counts.crashes != 1 {
			t.Fatalf("point %d of %d was not hit", point, base.points)
		}
	}
	t.Logf("%d points hit, all of them", base.points)
}

// TestReplay shows that a seed gives the same run twice.
func TestReplay(t *testing.T) {
	for seed := uint64(1); seed <= 20; seed++ {
		a, b := newWorld(seed, chaos(seed)), newWorld(seed, chaos(seed))
		a.run(5000)
		b.run(5000)
		if x, y := a.fingerprint(), b.fingerprint(); x != y {
			t.Fatalf("seed %d gave two runs:\n%s\n%s", seed, x, y)
		}
	}
}

func (w *world) fingerprint() string {
	out := fmt.Sprint(w.now, w.points, w.counts)
	for _, t := range w.mem.Tasks() {
		out += fmt.Sprint(" ", t.ID, t.Task, t.State, t.WorkerID)
	}
	return out
}

// check holds the end of a simulation against the promises.
func (w *world) check() {
	w.wrong = append(w.wrong, w.journal.check()...)
	byUser := map[int64]int{}
	for _, i := range w.mem.Instances() {
		if i.ParentID == 0 {
			byUser[i.UserID]++
		}
		if !i.State.Terminal() {
			w.fail("instance %d is %s", i.ID, i.State)
		}
		if !w.touched[i.ID] && !w.touched[i.ParentID] && i.State != w.expect[i.DefinitionID] {
			w.fail("instance %d of workflow %d ended %s, not %s: %s", i.ID, i.DefinitionID, i.State, w.expect[i.DefinitionID], i.Reason)
		}
	}
	for user := int64(1); user <= w.started; user++ {
		if byUser[user] != 1 {
			w.fail("command %d made %d instances", user, byUser[user])
		}
	}
	w.checkStarts()
	w.checkSlots()
	for _, wk := range w.workers {
		if left := wk.running(); len(left) > 0 {
			w.fail("worker %s still runs %v", wk.id, left)
		}
	}
}

// checkStarts allows second starts only where a program failed, a host was
// lost or a user asked.
func (w *world) checkStarts() {
	type key struct {
		instance int64
		task     string
	}
	starts := map[key]int{}
	for _, id := range w.journal.order {
		r := w.journal.runs[id]
		starts[key{r.instance, r.task}]++
	}
	parents := map[int64]int64{}
	for _, i := range w.mem.Instances() {
		parents[i.ID] = i.ParentID
	}
	for k, n := range starts {
		allowed := 1
		if strings.HasPrefix(k.task, "flaky") || strings.HasPrefix(k.task, "bad") {
			allowed = 2
		}
		if n > allowed && !w.touched[k.instance] && !w.touched[parents[k.instance]] && !w.plan.hostLoss {
			w.fail("task %s of instance %d started %d times", k.task, k.instance, n)
		}
	}
	for _, t := range w.mem.Tasks() {
		if t.State == workflow.Succeeded && t.Kind == workflow.KindShell && w.journal.runs[t.ID] == nil {
			w.fail("attempt %d of %s succeeded without having run", t.ID, t.Task)
		}
	}
}
