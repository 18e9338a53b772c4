package sim

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/porpoise-scheduler/porpoise/pkg/store"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// backfill asks for a backfill of the first workflow.
func (w *world) backfill(dates, width int) {
	w.started++
	c := workflow.Command{
		Type: workflow.CmdBackfill, DefinitionID: 1, ProjectID: 1, Shard: store.ShardOf(1, store.Shards), UserID: w.started,
		Start:    workflow.StartOptions{TenantCode: "sim", FailureStrategy: workflow.FailContinue},
		Backfill: &workflow.BackfillPlan{Width: width},
	}
	for i := range dates {
		c.Backfill.Dates = append(c.Backfill.Dates, w.now.AddDate(0, 0, i-dates))
	}
	w.give(c)
	w.used = []int{c.Shard}
}

// give stores a command and wakes its shard.
func (w *world) give(c workflow.Command) {
	if err := w.db.Insert(context.Background(), &c); err != nil {
		w.fail("insert: %v", err)
	}
	w.nudge([]int{c.Shard})
}

// tell gives a backfill a command as a user would.
func (w *world) tell(b workflow.Backfill, t workflow.CommandType) {
	w.give(workflow.Command{Type: t, BackfillID: b.ID, DefinitionID: b.DefinitionID, ProjectID: b.ProjectID, Shard: b.Shard})
}

// byDate counts the instances of a backfill by their dates.
func (w *world) byDate(b workflow.Backfill) map[time.Time]int {
	out := map[time.Time]int{}
	for _, i := range w.mem.Instances() {
		if i.BackfillID == b.ID {
			out[i.ScheduleTime]++
		}
	}
	return out
}

// TestBackfillsUnderFaults pauses and resumes a backfill at random over masters
// that crash, and in the end stops every third one.
func TestBackfillsUnderFaults(t *testing.T) {
	ends, crashes := map[workflow.State]int{}, 0
	for seed := uint64(1); seed <= uint64(min(*seeds, 100)); seed++ {
		w := newWorld(seed, plan{masters: 3, workers: 2, slots: 5, faultRounds: 80, faults: true})
		w.backfill(9, int(seed%4))
		w.interfere(seed%3 == 0)
		w.run(20_000)
		b := w.mem.Backfills()[0]
		if !b.State.Terminal() || b.State == workflow.Paused {
			w.fail("the backfill is %s", b.State)
		}
		w.checkBackfill(b)
		if len(w.wrong) > 0 {
			t.Fatalf("seed %d: %s", seed, strings.Join(w.wrong, "\n"))
		}
		ends[b.State]++
		crashes += w.counts.crashes
	}
	t.Logf("%v, %d crashes", ends, crashes)
	if ends[workflow.Succeeded] == 0 || ends[workflow.Stopped] == 0 || crashes == 0 {
		t.Error("not everything happened that was to be tested")
	}
}

// interfere runs the world in pieces with commands between them.
func (w *world) interfere(stop bool) {
	for i := range 6 {
		w.rounds(25)
		if list := w.mem.Backfills(); len(list) == 1 {
			w.tell(list[0], []workflow.CommandType{workflow.CmdPauseBackfill, workflow.CmdResumeBackfill}[i%2])
		}
	}
	w.until(func() bool { return len(w.mem.Backfills()) == 1 })
	kind := workflow.CmdResumeBackfill
	if stop {
		kind = workflow.CmdStopBackfill
	}
	w.tell(w.mem.Backfills()[0], kind)
}

func (w *world) checkBackfill(b workflow.Backfill) {
	w.wrong = append(w.wrong, w.journal.check()...)
	made := w.byDate(b)
	for _, date := range b.Plan.Dates {
		if n := made[date]; n > 1 || n == 0 && b.State == workflow.Succeeded {
			w.fail("%d instances of %s in a backfill that is %s", n, date, b.State)
		}
	}
	if len(made) > len(b.Plan.Dates) {
		w.fail("instances of %d dates, of %d asked for", len(made), len(b.Plan.Dates))
	}
}

// TestPausedBackfill sees that a pause holds dates back and nothing else, that
// going on continues where it was, and that a stop ends what is under way.
func TestPausedBackfill(t *testing.T) {
	w := newWorld(1, plan{masters: 1, workers: 1, slots: 5})
	w.backfill(4, 1)
	state := func() workflow.Backfill { return w.mem.Backfills()[0] }
	w.until(func() bool { return len(w.mem.Backfills()) == 1 && len(w.byDate(state())) == 1 })
	w.tell(state(), workflow.CmdPauseBackfill)
	w.until(func() bool { return state().State == workflow.Paused && w.done() })
	w.rounds(50)
	if n := len(w.byDate(state())); n != 1 {
		t.Fatalf("a paused backfill started %d dates, want the one of before", n)
	}
	if i := w.mem.Instances()[0]; i.State != workflow.Succeeded {
		t.Fatalf("what was under way is %s", i.State)
	}
	w.masters[0].crash() // the next owner has to know of the pause
	w.rounds(50)
	w.tell(state(), workflow.CmdResumeBackfill)
	w.until(func() bool { return len(w.byDate(state())) == 2 })
	w.tell(state(), workflow.CmdStopBackfill)
	w.until(func() bool { return state().State == workflow.Stopped && w.done() })
	w.rounds(50)
	all := w.mem.Instances()
	if len(all) != 2 || all[1].State != workflow.Stopped {
		t.Fatalf("after the stop: %d instances, the last %s", len(all), all[len(all)-1].State)
	}
	if len(w.wrong) > 0 {
		t.Fatal(w.wrong)
	}
	for _, c := range []workflow.CommandType{workflow.CmdResumeBackfill, workflow.CmdPauseBackfill, workflow.CmdStopBackfill} {
		w.tell(state(), c) // too late: nothing
	}
	w.until(w.done)
	if b := state(); b.State != workflow.Stopped || len(w.mem.Instances()) != 2 {
		t.Errorf("commands on an ended backfill made it %s", b.State)
	}
}

// until runs the world until something is so.
func (w *world) until(so func() bool) {
	for range 2000 {
		if so() {
			return
		}
		w.rounds(1)
	}
	panic(fmt.Sprint("it did not come about: ", w.describe()))
}
