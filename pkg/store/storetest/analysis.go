package storetest

import (
	"testing"
	"time"

	"github.com/porpoise-scheduler/porpoise/pkg/store"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// counted are the ids of what analysisWorld stores: a project of anna, one that
// bob was granted, and one that is nobody's of theirs.
type counted struct {
	anna, bob       workflow.User
	own, shared, no int64
}

func analysisWorld(t *testing.T, s *store.Store) counted {
	ctx := t.Context()
	c := counted{anna: workflow.User{Name: "anna"}, bob: workflow.User{Name: "bob"}}
	must(t, s.Users.Create(ctx, &c.anna))
	must(t, s.Users.Create(ctx, &c.bob))
	project := func(name string, user int64) int64 {
		p := workflow.Project{Name: name, UserID: user}
		must(t, s.Projects.Create(ctx, &p))
		return p.ID
	}
	c.own, c.shared, c.no = project("own", c.anna.ID), project("shared", c.anna.ID), project("no", 99)
	must(t, s.Users.GrantProjects(ctx, c.bob.ID, []int64{c.shared}))
	return c
}

func testStateCounts(t *testing.T, s *store.Store) {
	ctx := t.Context()
	c := analysisWorld(t, s)
	var b store.Batch
	for i, state := range []workflow.State{workflow.Running, workflow.Running, workflow.Failed, workflow.Succeeded, workflow.Running} {
		id, project := int64(i+1), []int64{c.own, c.shared, c.no}[i%3]
		at := instant(time.Duration(i) * time.Hour)
		b.Instances = append(b.Instances, workflow.Instance{ID: id, Shard: 1, ProjectID: project, State: state, StartTime: at})
		b.Tasks = append(b.Tasks, workflow.TaskInstance{ID: id, InstanceID: id, ProjectID: project, Task: "a", State: state, Current: i > 1, StartTime: at})
	}
	b.Tasks = append(b.Tasks, workflow.TaskInstance{ID: 9, InstanceID: 1, ProjectID: c.own, Task: "b", State: workflow.Submitted, Current: true})
	commit(t, s.Scheduling, owner(t, s.Scheduling, 1), b)
	type counts = map[workflow.State]int
	for name, x := range map[string]struct {
		scope            store.CountScope
		instances, tasks counts
	}{
		"all":     {store.CountScope{}, counts{workflow.Running: 3, workflow.Failed: 1, workflow.Succeeded: 1}, counts{workflow.Running: 3, workflow.Failed: 1, workflow.Succeeded: 1, workflow.Submitted: 1}},
		"project": {store.CountScope{ProjectID: c.own}, counts{workflow.Running: 1, workflow.Succeeded: 1}, counts{workflow.Running: 1, workflow.Succeeded: 1, workflow.Submitted: 1}},
		"owner":   {store.CountScope{VisibleTo: c.anna.ID}, counts{workflow.Running: 3, workflow.Succeeded: 1}, counts{workflow.Running: 3, workflow.Succeeded: 1, workflow.Submitted: 1}},
		"granted": {store.CountScope{VisibleTo: c.bob.ID}, counts{workflow.Running: 2}, counts{workflow.Running: 2}},
		"neither": {store.CountScope{VisibleTo: c.bob.ID, ProjectID: c.own}, counts{}, counts{}},
		"period": {store.CountScope{From: instant(time.Hour), To: instant(3 * time.Hour)},
			counts{workflow.Running: 1, workflow.Failed: 1, workflow.Succeeded: 1}, counts{workflow.Running: 1, workflow.Failed: 1, workflow.Succeeded: 1}},
		"since": {store.CountScope{ProjectID: c.shared, From: instant(2 * time.Hour)}, counts{workflow.Running: 1}, counts{workflow.Running: 1}},
	} {
		if d := diff(x.instances, value(s.Analysis.InstanceStates(ctx, x.scope))(t)); d != "" {
			t.Errorf("%s: instances (-want +got):\n%s", name, d)
		}
		if d := diff(x.tasks, value(s.Analysis.TaskStates(ctx, x.scope))(t)); d != "" {
			t.Errorf("%s: tasks (-want +got):\n%s", name, d)
		}
	}
}

func testDefinitionCounts(t *testing.T, s *store.Store) {
	ctx := t.Context()
	c := analysisWorld(t, s)
	for i, d := range []workflow.Definition{{ProjectID: c.own, UserID: c.anna.ID}, {ProjectID: c.own, UserID: c.anna.ID},
		{ProjectID: c.own, UserID: c.bob.ID}, {ProjectID: c.shared, UserID: c.anna.ID}, {ProjectID: c.no, UserID: 99}} {
		d.Name = string(rune('a' + i))
		must(t, s.Definitions.Create(ctx, &d))
	}
	by := func(sc store.CountScope) []store.UserCount { return value(s.Analysis.DefinitionsByUser(ctx, sc))(t) }
	anna := func(n int) store.UserCount { return store.UserCount{UserID: c.anna.ID, UserName: "anna", Count: n} }
	bob := store.UserCount{UserID: c.bob.ID, UserName: "bob", Count: 1}
	equal(t, by(store.CountScope{}), []store.UserCount{anna(3), bob, {UserID: 99, Count: 1}})
	equal(t, by(store.CountScope{VisibleTo: c.bob.ID}), []store.UserCount{anna(1)})
	equal(t, by(store.CountScope{ProjectID: c.own}), []store.UserCount{anna(2), bob})
}

func testCommandCounts(t *testing.T, s *store.Store) {
	ctx := t.Context()
	c := analysisWorld(t, s)
	start := func(kind workflow.CommandType, project int64) *workflow.Command {
		return &workflow.Command{Shard: 1, Type: kind, ProjectID: project}
	}
	bad := start(workflow.CmdStart, c.own)
	must(t, s.Commands.Insert(ctx, start(workflow.CmdStart, c.own), start(workflow.CmdStart, c.shared), start(workflow.CmdBackfill, c.no), bad))
	f := owner(t, s.Scheduling, 1)
	commit(t, s.Scheduling, f, store.Batch{Quarantine: []workflow.Command{*bad}})
	type counts = map[workflow.CommandType]int
	get := func(sc store.CountScope) store.CommandCounts { return value(s.Analysis.Commands(ctx, sc))(t) }
	equal(t, get(store.CountScope{}), store.CommandCounts{
		Waiting: counts{workflow.CmdStart: 2, workflow.CmdBackfill: 1}, Failed: counts{workflow.CmdStart: 1}})
	equal(t, get(store.CountScope{VisibleTo: c.bob.ID}), store.CommandCounts{Waiting: counts{workflow.CmdStart: 1}})
	equal(t, get(store.CountScope{To: instant(0)}), store.CommandCounts{})
}

func testQueueCounts(t *testing.T, s *store.Store) {
	ctx := t.Context()
	c := analysisWorld(t, s)
	at := func(id, instance, project int64, state workflow.State, current bool) workflow.TaskInstance {
		return workflow.TaskInstance{ID: id, InstanceID: instance, ProjectID: project, Task: string(rune('a' + id)), State: state, Current: current}
	}
	commit(t, s.Scheduling, owner(t, s.Scheduling, 1), store.Batch{
		Instances: []workflow.Instance{{ID: 1, Shard: 1, ProjectID: c.own, State: workflow.Running},
			{ID: 2, Shard: 1, ProjectID: c.shared, State: workflow.Stopping}, {ID: 3, Shard: 1, ProjectID: c.own, State: workflow.Succeeded}},
		Tasks: []workflow.TaskInstance{at(1, 1, c.own, workflow.Submitted, true), at(2, 1, c.own, workflow.Running, true),
			at(3, 1, c.own, workflow.Submitted, false), at(4, 2, c.shared, workflow.Running, true), at(5, 2, c.shared, workflow.Dispatched, true),
			at(6, 2, c.shared, workflow.Submitted, true), at(7, 3, c.own, workflow.Submitted, true)},
	})
	get := func(sc store.CountScope) store.QueueCounts { return value(s.Analysis.Queues(ctx, sc))(t) }
	equal(t, get(store.CountScope{}), store.QueueCounts{Queued: 2, Dying: 2})
	equal(t, get(store.CountScope{ProjectID: c.own}), store.QueueCounts{Queued: 1})
	equal(t, get(store.CountScope{VisibleTo: c.bob.ID}), store.QueueCounts{Queued: 1, Dying: 2})
}
