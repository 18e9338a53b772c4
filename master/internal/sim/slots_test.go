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

// group is the task group of single tests.
const group = 7

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

// startGrouped puts a workflow into the world and starts it.
func (w *world) startGrouped(id int64, tasks ...workflow.Task) {
	w.mem.PutDefinition(workflow.Definition{ID: id, Code: id, Version: 1, ProjectID: 1, Name: fmt.Sprint("wf", id),
		ReleaseState: workflow.Online, Spec: workflow.Spec{Tasks: tasks}})
	shard := store.ShardOf(id, store.Shards)
	if !slices.Contains(w.used, shard) {
		w.used = append(w.used, shard)
	}
	w.give(workflow.Command{Type: workflow.CmdStart, DefinitionID: id, ProjectID: 1, Shard: shard, UserID: id,
		Start: workflow.StartOptions{TenantCode: "sim", FailureStrategy: workflow.FailContinue}})
}

// TestSlotsGoByPriority has attempts of many workflows wait for the one slot of
// a group: they run one by one, the largest priority first, then who came first,
// although a master crashes while they wait.
func TestSlotsGoByPriority(t *testing.T) {
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
		before := len(w.mem.SlotWaiters(group))
		w.startGrouped(int64(100+i), tasks...)
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

// TestSlotIsHandedOn sees that a slot that a shard gives back goes to the next of
// its attempts before any time passes.
func TestSlotIsHandedOn(t *testing.T) {
	w := newWorld(1, plan{masters: 1, workers: 1, slots: 20})
	w.mem.PutTaskGroup(workflow.TaskGroup{ID: group, Size: 1})
	w.startGrouped(100, task("ok_a", grouped(group, 0)), task("ok_b", grouped(group, 0)), task("ok_c", grouped(group, 0)))
	w.until(w.done)
	first := w.journal.runs[w.journal.order[0]].start
	for _, id := range w.journal.order {
		if r := w.journal.runs[id]; !r.start.Equal(first) {
			t.Errorf("%s began %s after the first", r.task, r.start.Sub(first))
		}
	}
	if len(w.journal.order) != 3 {
		t.Errorf("%d attempts began, want 3", len(w.journal.order))
	}
}

// TestSlotsAfterARefusedChange has the database refuse the change that an attempt
// is made in, before the slot was asked for: neither it nor another workflow of
// the shard waits for ever.
func TestSlotsAfterARefusedChange(t *testing.T) {
	w := newWorld(1, plan{masters: 1, workers: 1, slots: 20})
	w.mem.PutTaskGroup(workflow.TaskGroup{ID: group, Size: 1})
	first, second, until := int64(100), int64(101), w.now.Add(5*time.Second)
	for store.ShardOf(second, store.Shards) != store.ShardOf(first, store.Shards) {
		second++
	}
	refused := 0
	w.refuse = func(b *store.Batch) error {
		if !slices.ContainsFunc(b.Tasks, func(t workflow.TaskInstance) bool { return t.DefinitionID == first }) || !w.now.Before(until) {
			return nil
		}
		refused++
		return workflow.Errorf(workflow.Internal, "database.refused", "not taken")
	}
	w.startGrouped(first, task("ok_a", grouped(group, 0)))
	w.until(func() bool { return refused > 0 })
	w.startGrouped(second, task("ok_b", grouped(group, 0)))
	w.until(w.done)
	if n := len(w.mem.Instances()); n != 2 || len(w.journal.order) != 2 {
		t.Errorf("%d instances and %d attempts, want 2 and 2", n, len(w.journal.order))
	}
}
