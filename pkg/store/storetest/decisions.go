package storetest

import (
	"testing"
	"time"

	"github.com/porpoise-scheduler/porpoise/pkg/store"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

func testFires(t *testing.T, s Subject) {
	ctx, f := t.Context(), owner(t, s.Scheduling, 1)
	fire := func(due time.Duration, instance int64) workflow.Fire {
		return workflow.Fire{ScheduleID: 5, Due: instant(due), InstanceID: instance, Skipped: instance == 0, FiredAt: instant(due + time.Second)}
	}
	commit(t, s.Scheduling, f, store.Batch{Fires: []workflow.Fire{fire(1, 10), fire(time.Minute, 0), fire(time.Hour, 11)}})
	want := []workflow.Fire{fire(time.Hour, 11), fire(time.Minute, 0), fire(0, 10)}
	want[2].FiredAt = fire(0, 0).FiredAt
	equal(t, value(s.Fires(ctx, 5, 10))(t), want)
	equal(t, value(s.Fires(ctx, 5, 1))(t), want[:1])
	equal(t, len(value(s.Fires(ctx, 6, 10))(t)), 0)

	again := fire(time.Hour, 11)
	again.FiredAt = instant(2 * time.Hour)
	commit(t, s.Scheduling, f, store.Batch{Fires: []workflow.Fire{again}})
	equal(t, value(s.Fires(ctx, 5, 10))(t), want)

	for name, taken := range map[string]workflow.Fire{"another instance": fire(time.Hour, 12), "skipped": fire(time.Hour, 0), "fired": fire(time.Minute, 12)} {
		err := s.Scheduling.Commit(ctx, &store.Batch{
			Fences: []store.Fence{f}, Fires: []workflow.Fire{fire(3*time.Hour, 20), taken}, Instances: []workflow.Instance{anInstance(1, 1, 12)}})
		if workflow.ErrorCode(err) != workflow.Conflict {
			t.Errorf("%s: error %v, want a conflict", name, err)
		}
	}
	equal(t, value(s.Fires(ctx, 5, 10))(t), want)
	equal(t, len(value(s.Scheduling.Load(ctx, 1))(t).Instances), 0)

	var many store.Batch
	for i := range 450 {
		many.Fires = append(many.Fires, workflow.Fire{ScheduleID: int64(1000 + i), Due: instant(0), InstanceID: int64(i + 1)})
	}
	commit(t, s.Scheduling, f, many)
	commit(t, s.Scheduling, f, many)
	many.Fires[440].InstanceID = 7777
	many.Fences = []store.Fence{f}
	wantCode(t, s.Scheduling.Commit(ctx, &many), workflow.Conflict)
}

func testNextDue(t *testing.T, s Subject) {
	ctx := t.Context()
	d := workflow.Definition{ProjectID: 1, Name: "d", Version: 1}
	must(t, s.AddDefinition(ctx, &d))
	shard := store.ShardOf(d.ID, store.Shards)
	f := owner(t, s.Scheduling, shard)
	want := filled[workflow.Schedule](1)
	want.ID, want.DefinitionID, want.ReleaseState, want.NextDue = 0, d.ID, workflow.Online, instant(0)
	want.CalendarID, want.Calendar = 0, nil
	must(t, s.AddSchedule(ctx, &want))
	got := value(s.Scheduling.Schedule(ctx, want.ID))(t)
	equal(t, got, want)
	equal(t, value(s.Scheduling.Load(ctx, shard))(t).Schedules, []workflow.Schedule{want})

	move := func(version int, due time.Time) workflow.Schedule {
		commit(t, s.Scheduling, f, store.Batch{NextDue: []store.NextDue{
			{ScheduleID: 4711, Version: version, Due: due}, {ScheduleID: want.ID, Version: version, Due: due}}})
		return value(s.Scheduling.Schedule(ctx, want.ID))(t)
	}
	equal(t, move(want.Version+1, instant(time.Hour)), want)
	want.NextDue = instant(time.Hour)
	equal(t, move(want.Version, instant(time.Hour)), want)
	want.NextDue, want.ReleaseState = time.Time{}, workflow.Offline
	equal(t, move(want.Version, time.Time{}), want)
	equal(t, len(value(s.Scheduling.Load(ctx, shard))(t).Schedules), 0)
}

func testBackfills(t *testing.T, s Subject) {
	ctx, f := t.Context(), owner(t, s.Scheduling, 1)
	running, ended, elsewhere := filled[workflow.Backfill](1), filled[workflow.Backfill](2), filled[workflow.Backfill](3)
	running.Shard, running.State = 1, workflow.Running
	ended.Shard, ended.State = 1, workflow.Failed
	elsewhere.Shard, elsewhere.State = 2, workflow.Running
	commit(t, s.Scheduling, f, store.Batch{Backfills: []workflow.Backfill{running, ended, elsewhere}})
	equal(t, value(s.Scheduling.Load(ctx, 1))(t).Backfills, []workflow.Backfill{running})
	running.Lanes[0].Next, running.Lanes[0].Instance = 5, 77
	running.EndTime = time.Time{}
	commit(t, s.Scheduling, f, store.Batch{Backfills: []workflow.Backfill{running}})
	equal(t, value(s.Scheduling.Load(ctx, 1))(t).Backfills, []workflow.Backfill{running})
	running.State = workflow.Paused
	commit(t, s.Scheduling, f, store.Batch{Backfills: []workflow.Backfill{running}})
	equal(t, value(s.Scheduling.Load(ctx, 1))(t).Backfills, []workflow.Backfill{running})
	running.State = workflow.Stopped
	commit(t, s.Scheduling, f, store.Batch{Backfills: []workflow.Backfill{running}})
	equal(t, len(value(s.Scheduling.Load(ctx, 1))(t).Backfills), 0)
}

func testDependent(t *testing.T, s Subject) {
	f := owner(t, s.Scheduling, 1)
	// Times are hours of one day; def 1 unless said.
	run := func(id int64, state workflow.State, scheduled, started, ended int) workflow.Instance {
		i := workflow.Instance{ID: id, Shard: 1, DefinitionID: 1, State: state, StartTime: hour(started)}
		if scheduled >= 0 {
			i.ScheduleTime = hour(scheduled)
		}
		if ended >= 0 {
			i.EndTime = hour(ended)
		}
		return i
	}
	other := run(9, workflow.Succeeded, 1, 1, 2)
	other.DefinitionID = 2
	commit(t, s.Scheduling, f, store.Batch{
		Instances: []workflow.Instance{
			run(10, workflow.Succeeded, 1, 20, 21), // scheduled for 1, run late
			run(11, workflow.Failed, -1, 2, 3),     // by hand at 2
			run(12, workflow.Running, 5, 6, -1),
			run(13, workflow.Succeeded, 5, 7, 8),
			run(14, workflow.Running, -1, 10, -1),
			run(15, workflow.Paused, -1, 12, 13),
			run(16, workflow.Succeeded, 14, 14, 14),
			run(17, workflow.Failed, 14, 15, 16),
			other,
		},
		Tasks: []workflow.TaskInstance{
			{ID: 1, InstanceID: 10, Task: "a", State: workflow.Failed, Attempt: 1},
			{ID: 2, InstanceID: 10, Task: "a", State: workflow.Succeeded, Attempt: 2, Current: true},
			{ID: 3, InstanceID: 12, Task: "a", State: workflow.Dispatched, Current: true},
		},
	})
	type answer = workflow.DependencyAnswer
	for name, c := range map[string]struct {
		q    workflow.DependencyQuery
		want answer
	}{
		"nothing there":             {ask(3, 4), answer{}},
		"by date, not by start":     {ask(20, 22), answer{}},
		"scheduled":                 {ask(0, 1), answer{Found: true, InstanceID: 10, State: workflow.Succeeded, Finished: true}},
		"manual":                    {ask(2, 2), answer{Found: true, InstanceID: 11, State: workflow.Failed, Finished: true}},
		"later end of both":         {ask(0, 4), answer{Found: true, InstanceID: 10, State: workflow.Succeeded, Finished: true}},
		"running first":             {ask(5, 9), answer{Found: true, InstanceID: 12, State: workflow.Running}},
		"running by hand":           {ask(9, 13), answer{Found: true, InstanceID: 14, State: workflow.Running}},
		"later start of running":    {ask(0, 13), answer{Found: true, InstanceID: 14, State: workflow.Running}},
		"last of scheduled":         {ask(14, 14), answer{Found: true, InstanceID: 17, State: workflow.Failed, Finished: true}},
		"paused counts as finished": {ask(12, 12), answer{Found: true, InstanceID: 15, State: workflow.Paused, Finished: true}},
		"task, current attempt":     {askTask("a", 0, 1), answer{Found: true, InstanceID: 10, State: workflow.Succeeded, Finished: true}},
		"task of a running one":     {askTask("a", 5, 9), answer{Found: true, InstanceID: 12, State: workflow.Dispatched}},
		"task that has not run":     {askTask("b", 5, 9), answer{Found: true, InstanceID: 12}},
		"not the asking one":        {without(14, ask(9, 11)), answer{}},
		"first of its workflow":     {without(10, ask(3, 4)), answer{First: true}},
		"first of another workflow": {workflow.DependencyQuery{DefinitionID: 3, ExcludeID: 50, From: hour(0), To: hour(23)}, answer{First: true}},
	} {
		got, err := s.Scheduling.Dependent(t.Context(), c.q)
		must(t, err)
		if d := diff(c.want, got); d != "" {
			t.Errorf("%s (-want +got):\n%s", name, d)
		}
	}
}

func hour(h int) time.Time { return time.Date(2024, 3, 1, h, 0, 0, 0, time.UTC) }

func ask(from, to int) workflow.DependencyQuery {
	return workflow.DependencyQuery{DefinitionID: 1, From: hour(from), To: hour(to), ExcludeID: 1000}
}

func askTask(task string, from, to int) workflow.DependencyQuery {
	q := ask(from, to)
	q.Task = task
	return q
}

func without(id int64, q workflow.DependencyQuery) workflow.DependencyQuery {
	q.ExcludeID = id
	return q
}
