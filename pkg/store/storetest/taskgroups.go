package storetest

import (
	"slices"
	"strings"
	"testing"

	"github.com/porpoise-scheduler/porpoise/pkg/store"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

func testTaskGroups(t *testing.T, s *store.Store) {
	ctx := t.Context()
	g := filled[workflow.TaskGroup](1)
	g.ID, g.Size, g.Closed = 0, 2, false
	must(t, s.TaskGroups.Save(ctx, &g))
	stamped(t, g.CreateTime, g.UpdateTime)
	equal(t, value(s.TaskGroups.Get(ctx, g.ID))(t), g)
	f := owner(t, s.Scheduling, 1)
	for _, attempt := range []int64{5, 4} {
		acquire(t, s.Scheduling, f, g.ID, attempt)
	}
	holders := value(s.TaskGroups.Holders(ctx, g.ID))(t)
	slices.Sort(holders)
	equal(t, holders, []int64{4, 5})
	g.Closed, g.Size = true, 1
	must(t, s.TaskGroups.Save(ctx, &g))
	equal(t, value(s.TaskGroups.All(ctx))(t), []workflow.TaskGroup{g})
	_, err := s.TaskGroups.Get(ctx, 99)
	wantCode(t, err, workflow.NotFound)

	run, ended := anInstance(1, 1, 1), anInstance(2, 1, 2)
	ended.State = workflow.Failed
	waits := func(instance, id, group int64) workflow.TaskInstance {
		row := aTask(int(id), instance, id)
		row.State, row.Reason = workflow.Submitted, workflow.AwaitsSlot(group)
		return row
	}
	begun, replaced := waits(1, 8, g.ID), waits(1, 9, g.ID)
	begun.State, replaced.Current = workflow.Running, false
	commit(t, s.Scheduling, f, store.Batch{Instances: []workflow.Instance{run, ended},
		Tasks: []workflow.TaskInstance{waits(1, 6, g.ID), waits(1, 7, g.ID*10+1), begun, replaced, waits(2, 10, g.ID)}})
	equal(t, waitingOf(t, s, g.ID), []store.SlotWish{{AttemptID: 6}})
	value(s.Scheduling.AcquireSlots(ctx, f, g.ID, []store.SlotWish{{AttemptID: 6, Priority: -3}}))(t)
	value(s.Scheduling.AcquireSlots(ctx, f, g.ID, []store.SlotWish{{AttemptID: 11, Priority: 7}}))(t)
	commit(t, s.Scheduling, f, store.Batch{Tasks: []workflow.TaskInstance{waits(1, 11, g.ID), waits(1, 12, g.ID)}})
	equal(t, waitingOf(t, s, g.ID), []store.SlotWish{{AttemptID: 11, Priority: 7}, {AttemptID: 12}, {AttemptID: 6, Priority: -3}})
	err = s.TaskGroups.Delete(ctx, g.ID)
	wantCode(t, err, workflow.Conflict)
	if text := err.Error(); !strings.Contains(text, "hold a slot: 2") || !strings.Contains(text, "wait for one: 3") {
		t.Errorf("it is not told who is in the way: %s", text)
	}
	commit(t, s.Scheduling, f, store.Batch{ReleaseSlots: []int64{4, 5}})
	wantCode(t, s.TaskGroups.Delete(ctx, g.ID), workflow.Conflict)
	run.State = workflow.Stopped
	commit(t, s.Scheduling, f, store.Batch{Instances: []workflow.Instance{run}})
	must(t, s.TaskGroups.Delete(ctx, g.ID))
}

// waitingOf gives who waits for a slot of a group, in order.
func waitingOf(t *testing.T, s *store.Store, group int64) (list []store.SlotWish) {
	for _, w := range value(s.TaskGroups.Waiting(t.Context(), group))(t) {
		if w.Since.IsZero() {
			t.Errorf("attempt %d waits since nobody knows when", w.AttemptID)
		}
		list = append(list, w.SlotWish)
	}
	return list
}
