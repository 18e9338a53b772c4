package storetest

import (
	"testing"
	"time"

	"github.com/porpoise-scheduler/porpoise/pkg/store"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

func shellFlow(projectID int64, name string) workflow.Definition {
	d := workflow.Definition{ProjectID: projectID, Name: name, UserID: 3, ModifiedBy: 3}
	d.Tasks = []workflow.Task{{Name: "a", Kind: workflow.KindShell}}
	return d
}

// testApply makes, changes and removes workflows at once.
func testApply(t *testing.T, s *store.Store) {
	ctx := t.Context()
	left := value(s.Definitions.Apply(ctx, nil, nil))(t)
	old, gone := shellFlow(7, "old"), shellFlow(7, "gone")
	must(t, s.Definitions.Create(ctx, &old))
	must(t, s.Definitions.Create(ctx, &gone))
	for _, d := range []*workflow.Definition{&old, &gone} {
		value(s.Definitions.Release(ctx, d.ID, workflow.Online))(t)
	}
	planned := workflow.Schedule{ProjectID: 7, DefinitionID: gone.ID, UserID: 3, Cron: "0 0 1 * * ? *", Timezone: "UTC", Misfire: workflow.MisfireSkip}
	must(t, s.Schedules.Create(ctx, &planned))

	// Two that run each other's neighbour, and the new version of one that is there.
	first, second := &store.Change{Definition: shellFlow(7, "first")}, &store.Change{Definition: shellFlow(7, "gone"), Note: "again"}
	first.Sorting = &store.Sorting{Folder: "x", Labels: map[string]string{"team": "bi"}}
	first.Release = workflow.Online
	first.Schedules = []store.ScheduleChange{{Release: workflow.Online, Schedule: workflow.Schedule{UserID: 3, Cron: "0 0 2 * * ? *",
		Timezone: "UTC", Misfire: workflow.MisfireLast, NextDue: instant(time.Hour)}}}
	change := &store.Change{Definition: old, Base: 1, Note: "third"}
	calls := 0
	finish := func() error {
		calls++
		change.Tasks = []workflow.Task{{Name: "run", Kind: workflow.KindSubWorkflow, SubWorkflow: &workflow.SubWorkflow{DefinitionID: first.ID}}}
		return nil
	}
	remove := &store.Change{Definition: gone, Base: 1, Delete: true}
	left = value(s.Definitions.Apply(ctx, []*store.Change{first, second, change, remove}, finish))(t)
	if len(left) != 1 || left[0].Type != workflow.CmdScheduleChange || calls != 1 {
		t.Errorf("commands %+v after %d calls", left, calls)
	}
	wantCode(t, fails(s.Definitions.Get(ctx, gone.ID)), workflow.NotFound)
	now := value(s.Definitions.Get(ctx, old.ID))(t)
	if now.Version != 2 || now.ReleaseState != workflow.Online || now.Code != old.Code || now.Tasks[0].SubWorkflow.DefinitionID != first.ID {
		t.Errorf("the changed one is %+v", now)
	}
	equal(t, value(s.Definitions.UsedBy(ctx, first.ID))(t), []int64{old.ID})
	made := value(s.Definitions.Get(ctx, first.ID))(t)
	if made.ReleaseState != workflow.Online || made.Version != 1 || made.Code == 0 || made.Code == second.Code {
		t.Errorf("made %+v", made)
	}
	beside := value(s.Definitions.Beside(ctx, []int64{first.ID, old.ID}))(t)
	if list := beside[first.ID].Schedules; len(list) != 1 || list[0].ReleaseState != workflow.Online || !list[0].NextDue.Equal(instant(time.Hour)) {
		t.Errorf("beside the made one %+v", beside[first.ID])
	}
	if got := value(s.Labels.Of(ctx, []int64{first.ID}))(t)[first.ID]; got.Folder != "x" || got.Labels["team"] != "bi" {
		t.Errorf("sorted as %+v", got)
	}
	testApplyRefused(t, s, old, first)
	testApplySchedules(t, s, first, beside[first.ID].Schedules[0])
}

// testApplyRefused sees that one refusal undoes all.
func testApplyRefused(t *testing.T, s *store.Store, old workflow.Definition, first *store.Change) {
	ctx := t.Context()
	another := &store.Change{Definition: shellFlow(7, "another")}
	late := &store.Change{Definition: old, Base: 1}
	wantReason(t, fails(s.Definitions.Apply(ctx, []*store.Change{another, late}, nil)), workflow.Conflict, "definition.changed")
	if another.ID != 0 {
		t.Errorf("what was undone is number %d", another.ID)
	}
	wantCode(t, fails(s.Definitions.ByName(ctx, 7, "another")), workflow.NotFound)
	wantCode(t, fails(s.Definitions.Apply(ctx, []*store.Change{another, {Definition: shellFlow(7, "first")}}, nil)), workflow.Exists)
	wantReason(t, fails(s.Definitions.Apply(ctx, []*store.Change{{Definition: first.Definition, Base: 1, Published: 5}}, nil)), workflow.Conflict, "revision.changed")
	if got := value(s.Definitions.Get(ctx, first.ID))(t); got.Version != 1 {
		t.Errorf("a refused version is %d", got.Version)
	}
}

// testApplySchedules saves and removes an online schedule.
func testApplySchedules(t *testing.T, s *store.Store, first *store.Change, v workflow.Schedule) {
	ctx := t.Context()
	v.Cron, v.NextDue = "0 0 3 * * ? *", instant(2*time.Hour)
	only := func(c store.ScheduleChange) *store.Change {
		return &store.Change{Definition: first.Definition, Base: 1, Keep: true, Schedules: []store.ScheduleChange{c}}
	}
	left := value(s.Definitions.Apply(ctx, []*store.Change{only(store.ScheduleChange{Schedule: v, Save: true, Release: workflow.Online})}, nil))(t)
	got := value(s.Schedules.Get(ctx, v.ID))(t)
	if got.Cron != v.Cron || !got.NextDue.Equal(v.NextDue) || len(left) == 0 {
		t.Errorf("saved %+v, commands %d", got, len(left))
	}
	value(s.Definitions.Apply(ctx, []*store.Change{only(store.ScheduleChange{Schedule: got, Delete: true})}, nil))(t)
	wantCode(t, fails(s.Schedules.Get(ctx, v.ID)), workflow.NotFound)
	if d := value(s.Definitions.Get(ctx, first.ID))(t); d.Version != 1 || d.ReleaseState != workflow.Online {
		t.Errorf("the workflow became %+v", d)
	}
}

// testDraftsPublished begins a workflow as a draft and publishes it.
func testDraftsPublished(t *testing.T, s *store.Store) {
	ctx := t.Context()
	begun := &store.Change{Definition: workflow.Definition{ProjectID: 7, Name: "draft", UserID: 3}, Unpublished: true, Draft: &workflow.Draft{Document: "name: draft", UserID: 3}}
	value(s.Definitions.Apply(ctx, []*store.Change{begun}, nil))(t)
	d := value(s.Definitions.Get(ctx, begun.ID))(t)
	if draft := value(s.Drafts.Get(ctx, begun.ID))(t); d.Version != 0 || len(d.Tasks) != 0 || draft.Revision != 1 || draft.BaseVersion != 0 {
		t.Errorf("begun %+v as %+v", draft, d)
	}
	if rows, total, err := s.Definitions.Versions(ctx, d.ID, store.Page{Number: 1, Size: 9}); err != nil || total != 0 || len(rows) != 0 {
		t.Errorf("versions %+v, %v", rows, err)
	}
	d.Tasks = []workflow.Task{{Name: "a", Kind: workflow.KindShell}}
	value(s.Definitions.Apply(ctx, []*store.Change{{Definition: d, Base: 0, Published: 1, Note: "the first"}}, nil))(t)
	wantCode(t, fails(s.Drafts.Get(ctx, d.ID)), workflow.NotFound)
	d = value(s.Definitions.Get(ctx, d.ID))(t)
	d.Name = "renamed"
	must(t, s.Definitions.Update(ctx, &d))
	rows, total, e := s.Definitions.Versions(ctx, d.ID, store.Page{Number: 1, Size: 9})
	if e != nil || total != 2 || rows[0].Version != 2 || !rows[0].Current || rows[1].Note != "the first" || rows[1].Current || rows[1].Name != "draft" {
		t.Errorf("versions %+v, %v", rows, e)
	}
}

// testFindDefinitions narrows and sorts.
func testFindDefinitions(t *testing.T, s *store.Store) {
	ctx := t.Context()
	for i, name := range []string{"bravo", "alpha", "charlie"} {
		c := &store.Change{Definition: shellFlow(7, name), Sorting: &store.Sorting{Folder: []string{"x", "x/y", ""}[i], Labels: map[string]string{"n": name}}}
		if i == 0 {
			c.Release = workflow.Online
		}
		value(s.Definitions.Apply(ctx, []*store.Change{c}, nil))(t)
	}
	must(t, fails(s.Definitions.Apply(ctx, []*store.Change{{Definition: shellFlow(8, "elsewhere")}}, nil)))
	for _, c := range []struct {
		f     store.DefinitionFilter
		order store.DefinitionOrder
		want  []string
	}{
		{store.DefinitionFilter{}, "", []string{"alpha", "bravo", "charlie"}},
		{store.DefinitionFilter{}, store.ByNameDesc, []string{"charlie", "bravo", "alpha"}},
		{store.DefinitionFilter{}, store.ByCreation, []string{"bravo", "alpha", "charlie"}},
		{store.DefinitionFilter{}, store.ByYoungest, []string{"charlie", "alpha", "bravo"}},
		{store.DefinitionFilter{Search: "a"}, "", []string{"alpha", "bravo", "charlie"}},
		{store.DefinitionFilter{Search: "av"}, "", []string{"bravo"}},
		{store.DefinitionFilter{Folder: "x"}, "", []string{"alpha", "bravo"}},
		{store.DefinitionFilter{Folder: "x/y"}, "", []string{"alpha"}},
		{store.DefinitionFilter{Labels: map[string]string{"n": "charlie"}}, "", []string{"charlie"}},
		{store.DefinitionFilter{State: workflow.Online}, "", []string{"bravo"}},
		{store.DefinitionFilter{State: workflow.Offline, Folder: "x"}, "", []string{"alpha"}},
	} {
		c.f.ProjectID = 7
		rows, total, err := s.Definitions.Find(ctx, c.f, c.order, store.Page{Number: 1, Size: 9})
		must(t, err)
		names := []string{}
		for _, r := range rows {
			names = append(names, r.Name)
		}
		equal(t, names, c.want)
		if total != len(c.want) {
			t.Errorf("total is %d of %v", total, c.want)
		}
	}
	rows, total, err := s.Definitions.Find(ctx, store.DefinitionFilter{ProjectID: 7}, "", store.Page{Number: 2, Size: 2})
	if err != nil || total != 3 || len(rows) != 1 || rows[0].Name != "charlie" {
		t.Errorf("the second page is %+v, %v", rows, err)
	}
	if _, _, err := s.Definitions.Find(ctx, store.DefinitionFilter{}, "sideways", store.Page{Number: 1, Size: 2}); err == nil {
		t.Error("an unknown order is none")
	}
}

// fails is the error of a call that gives something else too.
func fails[T any](_ T, err error) error { return err }
