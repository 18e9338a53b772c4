package storetest

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/porpoise-scheduler/porpoise/pkg/store"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// aDefinition is a new workflow with every field set.
func aDefinition(seed int, project int64, name string) workflow.Definition {
	d := filled[workflow.Definition](seed)
	d.ID, d.Code, d.Version, d.ProjectID, d.Name, d.ReleaseState = 0, 0, 0, project, name, workflow.Offline
	d.Uses = workflow.Uses{} // is not given back
	return d
}

func testDefinitions(t *testing.T, s *store.Store) {
	ctx := t.Context()
	d := aDefinition(1, 1, "etl")
	must(t, s.Definitions.Create(ctx, &d))
	stamped(t, d.CreateTime, d.UpdateTime)
	if d.ID < 1 || d.Version != 1 || d.Code <= 1<<31 || d.Code >= 1<<53 {
		t.Fatalf("id %d, version %d, code %d", d.ID, d.Version, d.Code)
	}
	equal(t, value(s.Definitions.Get(ctx, d.ID))(t), d)
	equal(t, value(s.Definitions.Version(ctx, d.ID, 1))(t), d)
	equal(t, value(s.Definitions.ByName(ctx, 1, "etl"))(t), d)
	equal(t, value(s.Scheduling.CurrentVersion(ctx, d.ID))(t), d.Version)

	twin, elsewhere, coded := aDefinition(2, 1, "etl"), aDefinition(2, 2, "etl"), aDefinition(3, 1, "coded")
	wantReason(t, s.Definitions.Create(ctx, &twin), workflow.Exists, "definition.exists")
	must(t, s.Definitions.Create(ctx, &elsewhere))
	coded.Code = 1<<40 + 7
	must(t, s.Definitions.Create(ctx, &coded))
	equal(t, value(s.Definitions.Get(ctx, coded.ID))(t).Code, int64(1<<40+7))
	_, err := s.Definitions.Get(ctx, 99)
	wantReason(t, err, workflow.NotFound, "definition.not_found")
	_, err = s.Definitions.Version(ctx, d.ID, 2)
	wantCode(t, err, workflow.NotFound)
	_, err = s.Definitions.ByName(ctx, 1, "nothing")
	wantCode(t, err, workflow.NotFound)

	long := aDefinition(4, 1, "long")
	long.Tasks[1].Name = fmt.Sprintf("%0256d", 1)
	wantCode(t, s.Definitions.Create(ctx, &long), workflow.Invalid)
}

func testDefinitionUpdates(t *testing.T, s *store.Store) {
	ctx := t.Context()
	first := aDefinition(1, 1, "etl")
	must(t, s.Definitions.Create(ctx, &first))
	next := aDefinition(2, 77, "elt")
	next.ID, next.Version = first.ID, 1
	must(t, s.Definitions.Update(ctx, &next))
	equal(t, next.Version, 2)
	got := value(s.Definitions.Get(ctx, first.ID))(t)
	equal(t, got, next)
	equal(t, []int64{got.Code, got.ProjectID, got.UserID}, []int64{first.Code, 1, first.UserID})
	old := value(s.Definitions.Version(ctx, first.ID, 1))(t)
	equal(t, old, first)

	equal(t, value(s.Scheduling.CurrentVersion(ctx, first.ID))(t), 2)

	must(t, s.Definitions.SetReceivers(ctx, first.ID, "a@example.org", "b@example.org"))
	next.Receivers, next.ReceiversCc = "a@example.org", "b@example.org"
	equal(t, value(s.Definitions.Get(ctx, first.ID))(t), next)
	equal(t, value(s.Definitions.Version(ctx, first.ID, 1))(t), first)
	wantCode(t, s.Definitions.SetReceivers(ctx, 99, "", ""), workflow.NotFound)

	stale := first
	wantReason(t, s.Definitions.Update(ctx, &stale), workflow.Conflict, "definition.changed")
	equal(t, stale, first)
	other := aDefinition(3, 1, "other")
	must(t, s.Definitions.Create(ctx, &other))
	other.Name = "elt"
	wantCode(t, s.Definitions.Update(ctx, &other), workflow.Exists)
	value(s.Definitions.Release(ctx, first.ID, workflow.Online))(t)
	wantReason(t, s.Definitions.Update(ctx, &next), workflow.Conflict, "definition.online")
	wantCode(t, s.Definitions.Update(ctx, &workflow.Definition{ID: 99, Version: 1, Name: "x"}), workflow.NotFound)
}

func testDefinitionLists(t *testing.T, s *store.Store) {
	ctx := t.Context()
	anna, berta := workflow.User{Name: "anna"}, workflow.User{Name: "berta"}
	must(t, s.Users.Create(ctx, &anna))
	must(t, s.Users.Create(ctx, &berta))
	p := workflow.Project{Name: "p", UserID: anna.ID}
	must(t, s.Projects.Create(ctx, &p))
	var all []workflow.Definition
	for i, name := range []string{"alpha", "beta", "Alphabet"} {
		d := aDefinition(i+1, p.ID, name)
		d.UserID, d.ModifiedBy = anna.ID, berta.ID
		if i == 1 {
			d.UserID = berta.ID
		}
		must(t, s.Definitions.Create(ctx, &d))
		all = append(all, d)
	}
	elsewhere := aDefinition(9, p.ID+1, "alpha")
	must(t, s.Definitions.Create(ctx, &elsewhere))

	row := value(s.Definitions.Row(ctx, all[0].ID))(t)
	equal(t, row, store.DefinitionRow{Definition: all[0], UserName: "anna", ModifiedByName: "berta", ProjectName: "p"})
	for _, c := range []struct {
		search string
		user   int64
		want   []int64
	}{
		{"", 0, []int64{all[2].ID, all[1].ID, all[0].ID}},
		{"ALPHA", 0, []int64{all[2].ID, all[0].ID}},
		{"", berta.ID, []int64{all[1].ID}},
		{"zz", 0, nil},
	} {
		got := pages(t, func(pg store.Page) ([]store.DefinitionRow, int, error) {
			return s.Definitions.List(ctx, p.ID, c.search, c.user, pg, false)
		}, func(r store.DefinitionRow) int64 { return r.ID })
		if !sameSet(got, c.want) {
			t.Errorf("list %q of user %d: %v, want %v", c.search, c.user, got, c.want)
		}
	}
	short, _, err := s.Definitions.List(ctx, p.ID, "beta", 0, store.Page{Number: 1, Size: 10}, false)
	must(t, err)
	want := all[1]
	want.Tasks, want.Edges, want.Layout = nil, nil, nil
	equal(t, len(short), 1)
	equal(t, short[0].Definition, want)
	full, total, err := s.Definitions.List(ctx, p.ID, "Alphabet", 0, store.Page{Number: 1, Size: 10}, true)
	must(t, err)
	equal(t, total, 1)
	equal(t, full[0].Definition, all[2])
	equal(t, value(s.Definitions.All(ctx, p.ID))(t)[0], row)
	equal(t, len(value(s.Definitions.All(ctx, p.ID))(t)), 3)
}

// sameSet compares without regard to order.
func sameSet(a, b []int64) bool {
	a, b = slices.Clone(a), slices.Clone(b)
	slices.Sort(a)
	slices.Sort(b)
	return slices.Equal(a, b)
}

// aSchedule is a new schedule of a definition.
func aSchedule(seed int, d workflow.Definition) workflow.Schedule {
	v := filled[workflow.Schedule](seed)
	v.ID, v.Version, v.ProjectID, v.DefinitionID = 0, 0, d.ProjectID, d.ID
	v.CalendarID, v.Calendar = 0, nil // made where a test is about them
	return v
}

func testDefinitionRelease(t *testing.T, s *store.Store) {
	ctx := t.Context()
	d := aDefinition(1, 1, "etl")
	must(t, s.Definitions.Create(ctx, &d))
	equal(t, len(value(s.Definitions.Release(ctx, d.ID, workflow.Online))(t)), 0)
	equal(t, value(s.Definitions.Get(ctx, d.ID))(t).ReleaseState, workflow.Online)
	on, off := aSchedule(1, d), aSchedule(2, d)
	must(t, s.Schedules.Create(ctx, &on))
	must(t, s.Schedules.Create(ctx, &off))
	value(s.Schedules.Release(ctx, on.ID, workflow.Online, instant(0)))(t)
	equal(t, value(s.Definitions.Row(ctx, d.ID))(t).ScheduleRelease, workflow.Online)
	before := value(s.Schedules.Get(ctx, on.ID))(t)

	left := value(s.Definitions.Release(ctx, d.ID, workflow.Offline))(t)
	if len(left) != 1 || left[0].ScheduleID != on.ID {
		t.Fatalf("commands left: %+v", left)
	}
	shard := store.ShardOf(d.ID, store.Shards)
	pending := value(s.Scheduling.Pending(ctx, []int{shard}, 0, 10))(t)
	equal(t, len(pending), 2)
	left[0].Current = d.Version // known from reading only
	equal(t, pending[1], left[0])
	after := value(s.Schedules.Get(ctx, on.ID))(t)
	if after.ReleaseState != workflow.Offline || !after.NextDue.IsZero() || after.Version <= before.Version {
		t.Errorf("schedule of an offline definition: %+v", after)
	}
	equal(t, value(s.Definitions.Row(ctx, d.ID))(t).ScheduleRelease, workflow.Offline)
	_, err := s.Definitions.Release(ctx, 99, workflow.Online)
	wantCode(t, err, workflow.NotFound)
}

func testDefinitionDelete(t *testing.T, s *store.Store) {
	ctx := t.Context()
	d := aDefinition(1, 1, "etl")
	must(t, s.Definitions.Create(ctx, &d))
	must(t, s.Definitions.Update(ctx, &d))
	v := aSchedule(1, d)
	must(t, s.Schedules.Create(ctx, &v))
	value(s.Definitions.Release(ctx, d.ID, workflow.Online))(t)
	wantReason(t, s.Definitions.Delete(ctx, d.ID), workflow.Conflict, "definition.online")
	value(s.Definitions.Release(ctx, d.ID, workflow.Offline))(t)
	must(t, s.Definitions.Delete(ctx, d.ID))
	wantCode(t, s.Definitions.Delete(ctx, d.ID), workflow.NotFound)
	_, err := s.Definitions.Version(ctx, d.ID, 1)
	wantCode(t, err, workflow.NotFound)
	_, err = s.Schedules.Get(ctx, v.ID)
	wantCode(t, err, workflow.NotFound)
	again := aDefinition(2, 1, "etl")
	must(t, s.Definitions.Create(ctx, &again))
	if again.ID == d.ID {
		t.Error("an id was given to two workflows")
	}
}

func testSubWorkflows(t *testing.T, s *store.Store) {
	ctx := t.Context()
	uses := func(ids ...int64) []workflow.Task {
		var list []workflow.Task
		for i, id := range ids {
			list = append(list, workflow.Task{Name: fmt.Sprint("t", i), Kind: workflow.KindSubWorkflow, SubWorkflow: &workflow.SubWorkflow{DefinitionID: id}})
		}
		return list
	}
	a := workflow.Definition{ProjectID: 1, Name: "a", Spec: workflow.Spec{Tasks: uses(50, 60, 50)}}
	b := workflow.Definition{ProjectID: 1, Name: "b", Spec: workflow.Spec{Tasks: uses(50)}}
	must(t, s.Definitions.Create(ctx, &a))
	must(t, s.Definitions.Create(ctx, &b))
	equal(t, value(s.Definitions.UsedBy(ctx, 50))(t), []int64{a.ID, b.ID})
	a.Tasks = uses(60)
	must(t, s.Definitions.Update(ctx, &a))
	must(t, s.Definitions.Delete(ctx, b.ID))
	equal(t, len(value(s.Definitions.UsedBy(ctx, 50))(t)), 0)
	equal(t, value(s.Definitions.UsedBy(ctx, 60))(t), []int64{a.ID})
}

func testSchedules(t *testing.T, s *store.Store) {
	ctx := t.Context()
	d := aDefinition(1, 1, "etl")
	must(t, s.Definitions.Create(ctx, &d))
	shard := store.ShardOf(d.ID, store.Shards)
	v := aSchedule(1, d)
	must(t, s.Schedules.Create(ctx, &v))
	stamped(t, v.CreateTime, v.UpdateTime)
	if v.ReleaseState != workflow.Offline || !v.NextDue.IsZero() || v.Version != 1 {
		t.Fatalf("a new schedule: %+v", v)
	}
	equal(t, value(s.Schedules.Get(ctx, v.ID))(t), v)

	next := aSchedule(2, d)
	next.ID, next.Version, next.ReleaseState, next.NextDue = v.ID, v.Version, v.ReleaseState, v.NextDue
	next.UserID, next.CreateTime = v.UserID, v.CreateTime
	c := value(s.Schedules.Save(ctx, &next))(t)
	if c.ID == 0 || c.Type != workflow.CmdScheduleChange || c.ScheduleID != v.ID || c.DefinitionID != d.ID || c.Shard != shard {
		t.Errorf("command of a save: %+v", c)
	}
	equal(t, next.Version, 2)
	equal(t, value(s.Schedules.Get(ctx, v.ID))(t), next)
	_, err := s.Schedules.Save(ctx, &v)
	wantReason(t, err, workflow.Conflict, "schedule.changed")
	_, err = s.Schedules.Save(ctx, &workflow.Schedule{ID: 99})
	wantCode(t, err, workflow.NotFound)

	c2 := value(s.Schedules.Release(ctx, v.ID, workflow.Online, instant(time.Hour)))(t)
	c.Current, c2.Current = d.Version, d.Version // known from reading only
	equal(t, value(s.Scheduling.Pending(ctx, []int{shard}, 0, 10))(t), []workflow.Command{c, c2})
	online := value(s.Schedules.Get(ctx, v.ID))(t)
	equal(t, online.NextDue, instant(time.Hour))
	equal(t, online.ReleaseState, workflow.Online)
	equal(t, value(s.Schedules.ByDefinition(ctx, d.ID))(t), []workflow.Schedule{online})
	_, err = s.Schedules.Release(ctx, 99, workflow.Online, instant(0))
	wantCode(t, err, workflow.NotFound)

	f := owner(t, s.Scheduling, shard)
	fires := []workflow.Fire{{ScheduleID: v.ID, Due: instant(2 * time.Hour), Skipped: true}, {ScheduleID: v.ID, Due: instant(time.Hour), InstanceID: 2}, {ScheduleID: v.ID, Due: instant(0), InstanceID: 1}}
	commit(t, s.Scheduling, f, store.Batch{Fires: fires})
	equal(t, value(s.Schedules.Fires(ctx, v.ID, time.Time{}, 2))(t), fires[:2])
	equal(t, value(s.Schedules.Fires(ctx, v.ID, fires[1].Due, 2))(t), fires[2:])
	equal(t, len(value(s.Schedules.Fires(ctx, v.ID, fires[2].Due, 2))(t)), 0)
	wantReason(t, s.Schedules.Delete(ctx, v.ID), workflow.Conflict, "schedule.online")
	value(s.Schedules.Release(ctx, v.ID, workflow.Offline, time.Time{}))(t)
	must(t, s.Schedules.Delete(ctx, v.ID))
	wantCode(t, s.Schedules.Delete(ctx, v.ID), workflow.NotFound)
	equal(t, len(value(s.Schedules.Fires(ctx, v.ID, time.Time{}, 10))(t)), 0)
}

func testScheduleLists(t *testing.T, s *store.Store) {
	ctx := t.Context()
	anna := workflow.User{Name: "anna"}
	must(t, s.Users.Create(ctx, &anna))
	p := workflow.Project{Name: "p", UserID: anna.ID}
	must(t, s.Projects.Create(ctx, &p))
	one, two := aDefinition(1, p.ID, "one"), aDefinition(2, p.ID, "two")
	must(t, s.Definitions.Create(ctx, &one))
	must(t, s.Definitions.Create(ctx, &two))
	var all []workflow.Schedule
	for i, d := range []workflow.Definition{one, two, one, one} {
		v := aSchedule(i+1, d)
		v.UserID = anna.ID
		must(t, s.Schedules.Create(ctx, &v))
		all = append(all, v)
	}
	for _, c := range []struct {
		project, definition int64
		search              string
		want                []int64
	}{
		{p.ID, 0, "", []int64{all[0].ID, all[1].ID, all[2].ID, all[3].ID}},
		{p.ID, two.ID, "", []int64{all[1].ID}},
		{p.ID, 0, "ONE", []int64{all[0].ID, all[2].ID, all[3].ID}},
		{p.ID + 1, 0, "", nil},
	} {
		got := pages(t, func(pg store.Page) ([]store.ScheduleRow, int, error) {
			return s.Schedules.List(ctx, c.project, c.definition, c.search, pg)
		}, func(r store.ScheduleRow) int64 { return r.ID })
		if !sameSet(got, c.want) {
			t.Errorf("schedules of project %d definition %d %q: %v, want %v", c.project, c.definition, c.search, got, c.want)
		}
	}
	rows := value(s.Schedules.All(ctx, p.ID))(t)
	equal(t, len(rows), 4)
	equal(t, rows[0], store.ScheduleRow{Schedule: all[0], UserName: "anna", ProjectName: "p", DefinitionName: "one", DefinitionDesc: one.Description})
}
