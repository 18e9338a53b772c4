package storetest

import (
	"testing"
	"time"

	"github.com/porpoise-scheduler/porpoise/pkg/store"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

func testInstances(t *testing.T, s *store.Store) {
	ctx := t.Context()
	anna := workflow.User{Name: "anna"}
	must(t, s.Users.Create(ctx, &anna))
	a, b := anInstance(1, 1, 1), anInstance(2, 1, 2)
	a.UserID, a.DefinitionID, b.DefinitionID, b.ParentTaskID = anna.ID, 7, 7, 11
	old, now := aTask(1, 1, 11), aTask(2, 1, 12)
	old.Current = false
	commit(t, s.Scheduling, owner(t, s.Scheduling, 1), store.Batch{
		Instances: []workflow.Instance{a, b}, Tasks: []workflow.TaskInstance{old, now}})

	equal(t, value(s.Instances.Get(ctx, 1))(t), a)
	equal(t, value(s.Instances.Row(ctx, 1))(t), store.InstanceRow{Instance: a, UserName: "anna"})
	equal(t, value(s.Instances.Row(ctx, 2))(t), store.InstanceRow{Instance: b})
	equal(t, value(s.Instances.Recent(ctx, 7, 10))(t), []workflow.Instance{b, a})
	equal(t, value(s.Instances.Recent(ctx, 7, 1))(t), []workflow.Instance{b})
	equal(t, value(s.Instances.ChildOf(ctx, 11))(t), b)
	_, err := s.Instances.ChildOf(ctx, 12)
	wantCode(t, err, workflow.NotFound)
	_, err = s.Instances.Get(ctx, 99)
	wantReason(t, err, workflow.NotFound, "instance.not_found")

	equal(t, value(s.Tasks.Get(ctx, 11))(t), old)
	equal(t, value(s.Tasks.ByInstance(ctx, 1, false))(t), []workflow.TaskInstance{now})
	equal(t, value(s.Tasks.ByInstance(ctx, 1, true))(t), []workflow.TaskInstance{old, now})
	_, err = s.Tasks.Get(ctx, 99)
	wantReason(t, err, workflow.NotFound, "task_instance.not_found")
}

func testInstanceLists(t *testing.T, s *store.Store) {
	ctx := t.Context()
	anna := workflow.User{Name: "anna"}
	must(t, s.Users.Create(ctx, &anna))
	at := func(id, project, definition int64, name string, state workflow.State, start time.Duration) workflow.Instance {
		return workflow.Instance{ID: id, Shard: 1, ProjectID: project, DefinitionID: definition, Name: name, State: state, StartTime: instant(start), MasterID: "m1"}
	}
	all := []workflow.Instance{
		at(1, 1, 1, "etl-1", workflow.Succeeded, 0), at(2, 1, 1, "etl-2", workflow.Failed, time.Hour), at(3, 1, 2, "Bi_1", workflow.Running, 2*time.Hour),
		at(4, 2, 3, "etl-4", workflow.Running, 3*time.Hour), at(5, 1, 1, "bi-5", workflow.Succeeded, 4*time.Hour),
	}
	all[1].UserID, all[4].MasterID = anna.ID, "m2"
	commit(t, s.Scheduling, owner(t, s.Scheduling, 1), store.Batch{Instances: all})
	for name, c := range map[string]struct {
		f    store.InstanceFilter
		want []int64
	}{
		"all":        {store.InstanceFilter{}, []int64{5, 4, 3, 2, 1}},
		"project":    {store.InstanceFilter{ProjectID: 1}, []int64{5, 3, 2, 1}},
		"definition": {store.InstanceFilter{ProjectID: 1, DefinitionID: 1}, []int64{5, 2, 1}},
		"search":     {store.InstanceFilter{Search: "BI"}, []int64{5, 3}},
		"escaped":    {store.InstanceFilter{Search: "i_"}, []int64{3}},
		"user":       {store.InstanceFilter{UserName: "anna"}, []int64{2}},
		"stranger":   {store.InstanceFilter{UserName: "ann"}, nil},
		"states":     {store.InstanceFilter{States: []workflow.State{workflow.Running, workflow.Failed}}, []int64{4, 3, 2}},
		"master":     {store.InstanceFilter{MasterID: "m2"}, []int64{5}},
		"from":       {store.InstanceFilter{From: instant(2 * time.Hour)}, []int64{5, 4, 3}},
		"to":         {store.InstanceFilter{To: instant(time.Hour)}, []int64{2, 1}},
		"both":       {store.InstanceFilter{ProjectID: 1, From: instant(time.Millisecond), To: instant(3 * time.Hour), Search: "1"}, []int64{3}},
	} {
		got := pages(t, func(p store.Page) ([]store.InstanceRow, int, error) { return s.Instances.List(ctx, c.f, p) },
			func(r store.InstanceRow) int64 { return r.ID })
		if d := diff(c.want, got); d != "" {
			t.Errorf("%s (-want +got):\n%s", name, d)
		}
	}
	rows, _, err := s.Instances.List(ctx, store.InstanceFilter{UserName: "anna"}, store.Page{Number: 1, Size: 5})
	must(t, err)
	equal(t, rows, []store.InstanceRow{{Instance: all[1], UserName: "anna"}})
}

func testInstanceCounts(t *testing.T, s *store.Store) {
	ctx := t.Context()
	var b store.Batch
	for i, state := range []workflow.State{workflow.Running, workflow.Running, workflow.Failed, workflow.Succeeded, workflow.Running} {
		b.Instances = append(b.Instances, workflow.Instance{ID: int64(i + 1), Shard: 1, ProjectID: int64(i%2 + 1), State: state,
			StartTime: instant(time.Duration(i) * time.Hour)})
	}
	commit(t, s.Scheduling, owner(t, s.Scheduling, 1), b)
	counts := func(from, to time.Time, projects ...int64) map[workflow.State]int {
		return value(s.Instances.Counts(ctx, projects, from, to))(t)
	}
	type c = map[workflow.State]int
	equal(t, counts(time.Time{}, time.Time{}, 1, 2), c{workflow.Running: 3, workflow.Failed: 1, workflow.Succeeded: 1})
	equal(t, counts(instant(0), instant(4*time.Hour), 1, 2), c{workflow.Running: 2, workflow.Failed: 1, workflow.Succeeded: 1})
	equal(t, counts(instant(time.Hour), instant(4*time.Hour), 2), c{workflow.Running: 1, workflow.Succeeded: 1})
	equal(t, counts(time.Time{}, time.Time{}, 3), c{})
	equal(t, counts(time.Time{}, time.Time{}), c{})
}

func testTaskLists(t *testing.T, s *store.Store) {
	ctx := t.Context()
	anna := workflow.User{Name: "anna"}
	must(t, s.Users.Create(ctx, &anna))
	at := func(id, instance int64, task string, state workflow.State, start time.Duration) workflow.TaskInstance {
		return workflow.TaskInstance{ID: id, InstanceID: instance, ProjectID: instance, Task: task, State: state, Current: true, Host: "h1", StartTime: instant(start)}
	}
	all := []workflow.TaskInstance{
		at(1, 1, "extract", workflow.Succeeded, 0), at(2, 1, "load", workflow.Failed, time.Hour), at(3, 1, "load", workflow.Running, 2*time.Hour),
		at(4, 2, "Extract_2", workflow.Running, 3*time.Hour), at(5, 2, "load", workflow.Delayed, 4*time.Hour),
	}
	all[1].Current, all[4].StartTime, all[3].Host = false, time.Time{}, "h2"
	commit(t, s.Scheduling, owner(t, s.Scheduling, 1), store.Batch{Tasks: all, Instances: []workflow.Instance{
		{ID: 1, Shard: 1, ProjectID: 1, Name: "first", State: workflow.Running, UserID: anna.ID},
		{ID: 2, Shard: 1, ProjectID: 2, Name: "second", State: workflow.Running}}})
	for name, c := range map[string]struct {
		f    store.TaskFilter
		want []int64
	}{
		"all":      {store.TaskFilter{}, []int64{5, 4, 3, 2, 1}},
		"project":  {store.TaskFilter{ProjectID: 1}, []int64{3, 2, 1}},
		"instance": {store.TaskFilter{ProjectID: 2, InstanceID: 2}, []int64{5, 4}},
		"search":   {store.TaskFilter{Search: "EXTRACT"}, []int64{4, 1}},
		"escaped":  {store.TaskFilter{Search: "t_2"}, []int64{4}},
		"task":     {store.TaskFilter{Task: "extract"}, []int64{1}},
		"user":     {store.TaskFilter{UserName: "anna"}, []int64{3, 2, 1}},
		"states":   {store.TaskFilter{States: []workflow.State{workflow.Running, workflow.Delayed}}, []int64{5, 4, 3}},
		"host":     {store.TaskFilter{Host: "h2"}, []int64{4}},
		"between":  {store.TaskFilter{From: instant(time.Hour), To: instant(3 * time.Hour)}, []int64{4, 3, 2}},
		"both":     {store.TaskFilter{UserName: "anna", Search: "load", States: []workflow.State{workflow.Failed}}, []int64{2}},
	} {
		got := pages(t, func(p store.Page) ([]store.TaskRow, int, error) { return s.Tasks.List(ctx, c.f, p) },
			func(r store.TaskRow) int64 { return r.ID })
		if d := diff(c.want, got); d != "" {
			t.Errorf("%s (-want +got):\n%s", name, d)
		}
	}
	rows, _, err := s.Tasks.List(ctx, store.TaskFilter{Task: "extract"}, store.Page{Number: 1, Size: 5})
	must(t, err)
	equal(t, rows, []store.TaskRow{{TaskInstance: all[0], InstanceName: "first", UserID: anna.ID, UserName: "anna"}})
}
