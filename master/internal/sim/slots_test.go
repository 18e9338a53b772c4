package sim

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/porpoise-scheduler/porpoise/pkg/store"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// narrow is the task group of the workload: one attempt at a time.
const narrow = 1

// grouped makes a task wait for a slot of a task group.
func grouped(group int64, priority int) func(*workflow.Task) {
	return func(t *workflow.Task) { t.TaskGroupID, t.TaskGroupPrio = group, priority }
}

// checkSlots sees that nobody is left in a task group when all is over.
func (w *world) checkSlots() {
	if held, waits := w.mem.Holders(narrow), w.mem.SlotWaiters(narrow); len(held)+len(waits) > 0 {
		w.fail("attempts %v hold slots and %v wait for some, and all is over", held, waits)
	}
}

// TestSlotsGoByPriority has attempts of many workflows wait for the one slot of
// a group: they run one by one, the largest priority first, then who came first,
// although a master crashes while they wait.
func TestSlotsGoByPriority(t *testing.T) {
	const group = 7
	w := newWorld(3, plan{masters: 2, workers: 1, slots: 20})
	w.mem.PutTaskGroup(workflow.TaskGroup{ID: group, Size: 1, Closed: true})
	w.used = nil
	for i, tasks := range [][]workflow.Task{
		{task("ok_g", grouped(group, -1))},
		{task("ok_e", grouped(group, 0)), task("ok_d", grouped(group, 2))},
		{task("ok_a", grouped(group, 9))},
		{task("ok_f", grouped(group, 0))},
		{task("ok_b", grouped(group, 9)), task("ok_c", grouped(group, 3))},
	} {
		id := int64(100 + i)
		w.mem.PutDefinition(workflow.Definition{ID: id, Code: id, Version: 1, ProjectID: 1, Name: fmt.Sprint("wf", id),
			ReleaseState: workflow.Online, Spec: workflow.Spec{Tasks: tasks}})
		shard := store.ShardOf(id, store.Shards)
		w.used = append(w.used, shard)
		before := len(w.mem.SlotWaiters(group))
		w.give(workflow.Command{Type: workflow.CmdStart, DefinitionID: id, ProjectID: 1, Shard: shard, UserID: int64(i),
			Start: workflow.StartOptions{TenantCode: "sim", FailureStrategy: workflow.FailContinue}})
		w.until(func() bool { return len(w.mem.SlotWaiters(group)) == before+len(tasks) })
		w.now = w.now.Add(time.Second)
	}
	w.masters[0].crash()
	w.until(func() bool { return w.ownerOf(w.used[0]) != nil && !w.active })
	w.mem.PutTaskGroup(workflow.TaskGroup{ID: group, Size: 1})
	w.until(w.done)
	var got []string
	var end time.Time
	for _, id := range w.journal.order {
		r := w.journal.runs[id]
		if got = append(got, r.task); r.start.Before(end) {
			t.Errorf("%s began before the one before it had ended", r.task)
		}
		end = r.end
	}
	if want := []string{"ok_a", "ok_b", "ok_c", "ok_d", "ok_e", "ok_f", "ok_g"}; !slices.Equal(got, want) {
		t.Errorf("they ran in the order %v, want %v", got, want)
	}
	if len(w.wrong) > 0 {
		t.Error(w.wrong)
	}
}
