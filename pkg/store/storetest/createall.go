package storetest

import (
	"testing"
	"time"

	"github.com/porpoise-scheduler/porpoise/pkg/store"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

func testAddVersion(t *testing.T, s *store.Store) {
	ctx := t.Context()
	d := workflow.Definition{ProjectID: 7, Name: "flow", UserID: 3}
	d.Tasks = []workflow.Task{{Name: "a", Kind: workflow.KindShell}}
	must(t, s.Definitions.Create(ctx, &d))
	value(s.Definitions.Release(ctx, d.ID, workflow.Online))(t)
	side := d
	side.Tasks = []workflow.Task{{Name: "b", Kind: workflow.KindShell}}
	must(t, s.Definitions.AddVersion(ctx, &side))
	if got := value(s.Definitions.Get(ctx, d.ID))(t); side.Version != 2 || got.Version != 1 || got.Tasks[0].Name != "a" {
		t.Errorf("version %d was added, current is %+v", side.Version, got)
	}
	if got := value(s.Definitions.Version(ctx, d.ID, 2))(t); got.Tasks[0].Name != "b" {
		t.Errorf("version 2 is %+v", got)
	}
	value(s.Definitions.Release(ctx, d.ID, workflow.Offline))(t)
	next := value(s.Definitions.Get(ctx, d.ID))(t)
	must(t, s.Definitions.Update(ctx, &next))
	if got := value(s.Definitions.Get(ctx, d.ID))(t); next.Version != 3 || got.Version != 3 {
		t.Errorf("version %d was saved, current is %d", next.Version, got.Version)
	}
	wantCode(t, s.Definitions.AddVersion(ctx, &workflow.Definition{ID: 999}), workflow.NotFound)
}

func testCreateAll(t *testing.T, s *store.Store) {
	ctx := t.Context()
	must(t, s.Definitions.CreateAll(ctx, nil))
	named := func(name string, runs map[string]int) *store.NewDefinition {
		d := &store.NewDefinition{Definition: workflow.Definition{ProjectID: 7, Name: name, UserID: 3}, Runs: runs}
		d.Tasks = []workflow.Task{{Name: "shell", Kind: workflow.KindShell}}
		if runs != nil {
			d.Tasks = append(d.Tasks, workflow.Task{Name: "sub", Kind: workflow.KindSubWorkflow, SubWorkflow: &workflow.SubWorkflow{DefinitionID: 999}})
		}
		return d
	}
	child, parent := named("child", nil), named("parent", map[string]int{"sub": 0})
	child.ReleaseState = workflow.Online
	parent.Schedule = &workflow.Schedule{UserID: 3, Cron: "0 0 1 * * ? *", Timezone: "UTC", Misfire: workflow.MisfireSkip,
		StartTime: instant(0), EndTime: instant(time.Hour), ReleaseState: workflow.Online}
	must(t, s.Definitions.CreateAll(ctx, []*store.NewDefinition{child, parent}))
	for _, d := range []*store.NewDefinition{child, parent} {
		equal(t, value(s.Definitions.Get(ctx, d.ID))(t), d.Definition)
	}
	if child.Code == parent.Code || child.ReleaseState != workflow.Online || parent.ReleaseState != workflow.Offline {
		t.Errorf("child %+v, parent %+v", child.Definition, parent.Definition)
	}
	if id := parent.Tasks[1].SubWorkflow.DefinitionID; id != child.ID {
		t.Errorf("the parent runs %d, want %d", id, child.ID)
	}
	equal(t, value(s.Definitions.UsedBy(ctx, child.ID))(t), []int64{parent.ID})
	schedules := value(s.Schedules.ByDefinition(ctx, parent.ID))(t)
	equal(t, schedules, []workflow.Schedule{*parent.Schedule})
	if schedules[0].ReleaseState != workflow.Offline || schedules[0].ProjectID != 7 {
		t.Errorf("schedule %+v", schedules[0])
	}
	// One that cannot be stored undoes the others.
	wantCode(t, s.Definitions.CreateAll(ctx, []*store.NewDefinition{named("fresh", nil), named("child", nil)}), workflow.Exists)
	_, err := s.Definitions.ByName(ctx, 7, "fresh")
	wantCode(t, err, workflow.NotFound)
	if err := s.Definitions.CreateAll(ctx, []*store.NewDefinition{named("self", map[string]int{"sub": 0})}); err == nil {
		t.Error("a workflow runs itself")
	}
}
