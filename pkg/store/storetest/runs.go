package storetest

import (
	"fmt"
	"testing"
	"time"

	"github.com/porpoise-scheduler/porpoise/pkg/store"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// feed reads a feed to its end in pages of every small size, and gives what all
// of them agreed on.
func feed[R any](t *testing.T, page func(after store.Place, limit int) ([]R, store.Place, error), id func(*R) int64) []int64 {
	t.Helper()
	var first []int64
	for limit := 1; limit <= 4; limit++ {
		var got []int64
		for place, n := (store.Place{}), 0; ; n++ {
			rows, next, err := page(place, limit)
			must(t, err)
			for i := range rows {
				got = append(got, id(&rows[i]))
			}
			if next == (store.Place{}) {
				break
			}
			if place = next; n > 100 {
				t.Fatalf("pages of %d do not end: %v", limit, got)
			}
		}
		if limit == 1 {
			first = got
			continue
		}
		if d := diff(first, got); d != "" {
			t.Fatalf("pages of %d give something else than pages of 1 (-1 +%d):\n%s", limit, limit, d)
		}
	}
	return first
}

func testRunFeeds(t *testing.T, s *store.Store) {
	ctx := t.Context()
	anna := workflow.User{Name: "anna"}
	must(t, s.Users.Create(ctx, &anna))
	at := func(id, project, definition int64, state workflow.State, start time.Duration) workflow.Instance {
		return workflow.Instance{ID: id, Shard: 1, ProjectID: project, DefinitionID: definition, Name: fmt.Sprint("run-", id), State: state, StartTime: instant(start)}
	}
	all := []workflow.Instance{
		at(1, 1, 1, workflow.Succeeded, 5*time.Hour), at(2, 1, 1, workflow.Failed, time.Hour), at(3, 1, 2, workflow.Running, 2*time.Hour),
		at(4, 2, 3, workflow.Running, 2*time.Hour), at(5, 1, 1, workflow.Succeeded, 2*time.Hour), at(6, 1, 1, workflow.SerialWait, 0),
		at(7, 3, 9, workflow.Failed, 2*time.Hour), at(8, 1, 1, workflow.Succeeded, 2*time.Hour),
	}
	all[1].UserID, all[5].StartTime = anna.ID, time.Time{}
	commit(t, s.Scheduling, owner(t, s.Scheduling, 1), store.Batch{Instances: all})
	one, two, none := []int64{1}, []int64{1, 2}, []int64{}
	from, to := instant(time.Hour), instant(2*time.Hour)
	for name, c := range map[string]struct {
		q    store.RunQuery
		want []int64
	}{
		"all":                  {store.RunQuery{}, []int64{8, 7, 6, 5, 4, 3, 2, 1}},
		"no project":           {store.RunQuery{Projects: none}, nil},
		"project":              {store.RunQuery{Projects: one}, []int64{8, 6, 5, 3, 2, 1}},
		"projects":             {store.RunQuery{Projects: two}, []int64{8, 6, 5, 4, 3, 2, 1}},
		"many projects":        {store.RunQuery{Projects: append(many(500), 2)}, []int64{4}},
		"definition":           {store.RunQuery{Projects: one, DefinitionID: 2}, []int64{3}},
		"another's definition": {store.RunQuery{Projects: one, DefinitionID: 3}, nil},
		"open":                 {store.RunQuery{States: []workflow.State{workflow.Running, workflow.SerialWait}}, []int64{6, 4, 3}},
		"open of a project":    {store.RunQuery{Projects: one, States: []workflow.State{workflow.Running}}, []int64{3}},
		"ended":                {store.RunQuery{Projects: two, States: []workflow.State{workflow.Failed}}, []int64{2}},
		"both":                 {store.RunQuery{States: []workflow.State{workflow.Failed, workflow.Running}}, []int64{7, 4, 3, 2}},
		"states of definition": {store.RunQuery{DefinitionID: 1, States: []workflow.State{workflow.SerialWait}}, []int64{6}},
		"search":               {store.RunQuery{Projects: two, Search: "RUN-4"}, []int64{4}},
		"user":                 {store.RunQuery{Projects: one, UserID: anna.ID}, []int64{2}},
		"period":               {store.RunQuery{Projects: two, From: from, To: to}, []int64{8, 5, 4, 3, 2}},
		"since":                {store.RunQuery{Projects: one, From: from}, []int64{1, 8, 5, 3, 2}},
		"until, with state":    {store.RunQuery{Projects: two, To: to, States: []workflow.State{workflow.Succeeded, workflow.Failed}}, []int64{8, 5, 2}},
		"period of all":        {store.RunQuery{From: from, To: to}, []int64{8, 7, 5, 4, 3, 2}},
		"period of definition": {store.RunQuery{DefinitionID: 1, From: from, To: to}, []int64{8, 5, 2}},
	} {
		got := feed(t, func(after store.Place, limit int) ([]store.RunRow, store.Place, error) {
			return s.Runs.Instances(ctx, c.q, after, limit)
		}, func(r *store.RunRow) int64 { return r.ID })
		if d := diff(c.want, got); d != "" {
			t.Errorf("%s (-want +got):\n%s", name, d)
		}
	}
	rows, _, err := s.Runs.Instances(ctx, store.RunQuery{UserID: anna.ID}, store.Place{}, 9)
	must(t, err)
	equal(t, rows, []store.RunRow{{Instance: all[1], UserName: "anna"}})
	equal(t, value(s.Runs.Instance(ctx, 2))(t), rows[0])
	_, err = s.Runs.Instance(ctx, 99)
	wantReason(t, err, workflow.NotFound, "instance.not_found")
}

// many gives ids that nothing has.
func many(n int) []int64 {
	ids := make([]int64, n)
	for i := range ids {
		ids[i] = int64(1000 + i)
	}
	return ids
}

// testRareRuns looks for one row behind more than one look sees.
func testRareRuns(t *testing.T, s *store.Store) {
	const n = 9_000
	var b store.Batch
	for i := range n {
		b.Instances = append(b.Instances, workflow.Instance{ID: int64(i + 1), Shard: 1, ProjectID: int64(i%2 + 1), Name: "x", State: workflow.Succeeded, StartTime: instant(0)})
	}
	b.Instances[0].State, b.Instances[1].Name = workflow.Failed, "needle"
	commit(t, s.Scheduling, owner(t, s.Scheduling, 1), b)
	for name, c := range map[string]struct {
		q    store.RunQuery
		want []int64
	}{
		"state":             {store.RunQuery{Projects: []int64{1}, States: []workflow.State{workflow.Failed}}, []int64{1}},
		"of two projects":   {store.RunQuery{Projects: []int64{1, 2}, States: []workflow.State{workflow.Failed}}, []int64{1}},
		"at the same time":  {store.RunQuery{Projects: []int64{1, 2}, From: instant(0), Search: "needle"}, []int64{2}},
		"of all":            {store.RunQuery{Search: "needle"}, []int64{2}},
		"not in this state": {store.RunQuery{Projects: []int64{2}, States: []workflow.State{workflow.Failed}}, nil},
	} {
		var got []int64
		for place := (store.Place{}); ; {
			rows, next, err := s.Runs.Instances(t.Context(), c.q, place, 5)
			must(t, err)
			for i := range rows {
				got = append(got, rows[i].ID)
			}
			if place = next; next == (store.Place{}) {
				break
			}
		}
		if d := diff(c.want, got); d != "" {
			t.Errorf("%s (-want +got):\n%s", name, d)
		}
	}
}

func testAttemptFeeds(t *testing.T, s *store.Store) {
	ctx := t.Context()
	at := func(id, instance int64, task string, state workflow.State, start time.Duration) workflow.TaskInstance {
		return workflow.TaskInstance{ID: id, InstanceID: instance, ProjectID: instance, Task: task, State: state, Current: true, Host: "h1", StartTime: instant(start)}
	}
	all := []workflow.TaskInstance{
		at(1, 1, "extract", workflow.Succeeded, 9*time.Hour), at(2, 1, "load", workflow.Failed, time.Hour), at(3, 1, "load", workflow.Running, time.Hour),
		at(4, 2, "extract", workflow.Running, time.Hour), at(5, 1, "loaded", workflow.Delayed, 0),
	}
	all[1].Current, all[4].StartTime, all[2].Host = false, time.Time{}, "h2"
	commit(t, s.Scheduling, owner(t, s.Scheduling, 1), store.Batch{Tasks: all, Instances: []workflow.Instance{
		{ID: 1, Shard: 1, ProjectID: 1, Name: "first", State: workflow.Running}, {ID: 2, Shard: 1, ProjectID: 2, Name: "second", State: workflow.Running}}})
	for name, c := range map[string]struct {
		q    store.AttemptQuery
		want []int64
	}{
		"project": {store.AttemptQuery{ProjectID: 1}, []int64{5, 3, 2, 1}},
		"task":    {store.AttemptQuery{ProjectID: 1, Task: "load"}, []int64{3, 2}},
		"search":  {store.AttemptQuery{ProjectID: 1, Search: "LOAD"}, []int64{5, 3, 2}},
		"state":   {store.AttemptQuery{ProjectID: 1, States: []workflow.State{workflow.Failed, workflow.Delayed}}, []int64{5, 2}},
		"host":    {store.AttemptQuery{ProjectID: 1, Host: "h2"}, []int64{3}},
		"since":   {store.AttemptQuery{ProjectID: 1, From: instant(0)}, []int64{1, 3, 2}},
		"period":  {store.AttemptQuery{ProjectID: 1, From: instant(0), To: instant(time.Hour), States: []workflow.State{workflow.Failed}}, []int64{2}},
	} {
		got := feed(t, func(after store.Place, limit int) ([]store.TaskRow, store.Place, error) {
			return s.Runs.Tasks(ctx, c.q, after, limit)
		}, func(r *store.TaskRow) int64 { return r.ID })
		if d := diff(c.want, got); d != "" {
			t.Errorf("%s (-want +got):\n%s", name, d)
		}
	}
	rows, _, err := s.Runs.Tasks(ctx, store.AttemptQuery{ProjectID: 2}, store.Place{}, 9)
	must(t, err)
	equal(t, rows, []store.TaskRow{{TaskInstance: all[3], InstanceName: "second"}})

	marks := value(s.Runs.Marks(ctx, []int64{2, 1}))(t)
	equal(t, len(marks), 4)
	equal(t, marks[1], store.Mark{ID: 3, InstanceID: 1, Task: "load", State: workflow.Running, Start: instant(time.Hour)})
	equal(t, value(s.Runs.Attempts(ctx, []int64{4, 2, 99}))(t), []workflow.TaskInstance{all[1], all[3]})
	states := value(s.Runs.States(ctx, []int64{1, 2, 4711}))(t)
	if _, gone := states[4711]; gone || states[1] == "" || len(states) != 2 {
		t.Errorf("states of instances are %v", states)
	}
	equal(t, value(s.Runs.TaskStates(ctx, []int64{1, 2, 3}))(t), map[int64]map[workflow.State]int{
		1: {workflow.Succeeded: 1, workflow.Running: 1, workflow.Delayed: 1}, 2: {workflow.Running: 1}})
	equal(t, len(value(s.Runs.Marks(ctx, nil))(t)), 0)
}

func testSeries(t *testing.T, s *store.Store) {
	ctx := t.Context()
	p := workflow.Project{Name: "p"}
	must(t, s.Projects.Create(ctx, &p))
	var b store.Batch
	for i, start := range []time.Duration{-time.Millisecond, 0, time.Hour - time.Millisecond, time.Hour, time.Hour, 2*time.Hour - time.Millisecond, 2 * time.Hour} {
		state := workflow.Succeeded
		if i == 4 {
			state = workflow.Failed
		}
		b.Instances = append(b.Instances, workflow.Instance{ID: int64(i + 1), Shard: 1, ProjectID: p.ID, State: state, StartTime: instant(start)})
	}
	commit(t, s.Scheduling, owner(t, s.Scheduling, 1), b)
	want := []store.Bucket{{At: instant(0), State: workflow.Succeeded, Count: 2}, {At: instant(time.Hour), State: workflow.Failed, Count: 1},
		{At: instant(time.Hour), State: workflow.Succeeded, Count: 2}}
	for _, projects := range [][]int64{nil, {p.ID}} {
		equal(t, value(s.Runs.Series(ctx, projects, instant(0), instant(2*time.Hour), time.Hour))(t), want)
	}
	for _, projects := range [][]int64{{}, {p.ID + 1}} {
		equal(t, len(value(s.Runs.Series(ctx, projects, instant(0), instant(2*time.Hour), time.Hour))(t)), 0)
	}
	other := workflow.Project{Name: "other"}
	must(t, s.Projects.Create(ctx, &other))
	for i := range 6 {
		b.Instances = append(b.Instances, workflow.Instance{ID: int64(20 + i), Shard: 1, ProjectID: other.ID, State: workflow.Running, StartTime: instant(time.Hour)})
	}
	commit(t, s.Scheduling, owner(t, s.Scheduling, 1), b)
	series := value(s.Runs.ProjectSeries(ctx, []int64{p.ID, other.ID, other.ID + 1}, instant(0), instant(2*time.Hour), time.Hour))(t)
	equal(t, series, map[int64][]store.Bucket{p.ID: want, other.ID: {{At: instant(time.Hour), State: workflow.Running, Count: 6}}})
	first := store.ProjectCount{ProjectID: other.ID, Project: "other", States: map[workflow.State]int{workflow.Running: 6}}
	second := store.ProjectCount{ProjectID: p.ID, Project: "p", States: map[workflow.State]int{workflow.Succeeded: 4, workflow.Failed: 1}}
	busiest := func(projects []int64, limit int) []store.ProjectCount {
		return value(s.Runs.Busiest(ctx, projects, instant(0), instant(2*time.Hour), limit))(t)
	}
	equal(t, busiest(nil, 10), []store.ProjectCount{first, second})
	equal(t, busiest(nil, 1), []store.ProjectCount{first})
	equal(t, busiest([]int64{p.ID}, 10), []store.ProjectCount{second})
	equal(t, len(busiest([]int64{}, 10)), 0)
}

func testStartedBy(t *testing.T, s *store.Store) {
	ctx := t.Context()
	ours := workflow.Instance{ID: 1, Shard: 1, DefinitionID: 7, State: workflow.Running, Start: workflow.StartOptions{CommandID: 50}}
	next := ours
	next.ID, next.Start.CommandID = 2, 51
	b := workflow.Backfill{ID: 3, Shard: 1, ProjectID: 1, State: workflow.Running, Start: workflow.StartOptions{CommandID: 52}}
	commit(t, s.Scheduling, owner(t, s.Scheduling, 1), store.Batch{Instances: []workflow.Instance{ours, next}, Backfills: []workflow.Backfill{b}})
	equal(t, value(s.Runs.StartedBy(ctx, 7, 50))(t), int64(1))
	equal(t, value(s.Runs.StartedBy(ctx, 7, 52))(t), int64(0))
	equal(t, value(s.Runs.StartedBy(ctx, 8, 50))(t), int64(0))
	equal(t, value(s.Backfills.StartedBy(ctx, 1, 52))(t), int64(3))
	equal(t, value(s.Backfills.StartedBy(ctx, 2, 52))(t), int64(0))
}

func testDue(t *testing.T, s *store.Store) {
	ctx := t.Context()
	var ids []int64
	for i, due := range []time.Duration{3 * time.Hour, time.Hour, 2 * time.Hour, 0} {
		v := workflow.Schedule{ProjectID: int64(i%2 + 1), DefinitionID: 1, Cron: "0 0 * * * ?", Timezone: "UTC"}
		must(t, s.Schedules.Create(ctx, &v))
		ids = append(ids, v.ID)
		if due != 0 {
			value(s.Schedules.Release(ctx, v.ID, workflow.Online, instant(due)))(t)
		}
	}
	due := func(limit int, projects []int64) (got []int64) {
		for _, r := range value(s.Runs.Due(ctx, projects, limit))(t) {
			got = append(got, r.ID)
		}
		return got
	}
	equal(t, due(9, nil), []int64{ids[1], ids[2], ids[0]})
	equal(t, due(2, nil), []int64{ids[1], ids[2]})
	equal(t, due(9, []int64{1}), []int64{ids[2], ids[0]})
	equal(t, due(9, []int64{}), []int64(nil))
	waiting := value(s.Runs.Waiting(ctx, 2))(t)
	if len(waiting) != 2 || waiting[0].Type != workflow.CmdScheduleChange || waiting[0].ScheduleID != ids[0] {
		t.Errorf("commands that wait: %+v", waiting)
	}
}

func testBackfillLists(t *testing.T, s *store.Store) {
	ctx := t.Context()
	of := func(id, project int64) workflow.Backfill {
		b := filled[workflow.Backfill](int(id))
		b.ID, b.Shard, b.ProjectID, b.State = id, 1, project, workflow.Running
		b.Plan.Dates = []time.Time{instant(48 * time.Hour), instant(24 * time.Hour), instant(0)}
		return b
	}
	all := []workflow.Backfill{of(1, 1), of(2, 1), of(3, 2), of(4, 1)}
	run := func(id int64, backfill int64, date time.Duration, state workflow.State) workflow.Instance {
		return workflow.Instance{ID: id, Shard: 1, DefinitionID: all[0].DefinitionID, BackfillID: backfill, ScheduleTime: instant(date), State: state}
	}
	commit(t, s.Scheduling, owner(t, s.Scheduling, 1), store.Batch{Backfills: all, Instances: []workflow.Instance{
		run(1, 1, 24*time.Hour, workflow.Succeeded), run(2, 1, 0, workflow.Failed), run(3, 0, 24*time.Hour, workflow.Running), run(4, 2, 0, workflow.Running)}})
	equal(t, value(s.Backfills.Get(ctx, 3))(t), all[2])
	_, err := s.Backfills.Get(ctx, 9)
	wantReason(t, err, workflow.NotFound, "backfill.not_found")
	equal(t, value(s.Backfills.List(ctx, 1, 0, 2))(t), []workflow.Backfill{all[3], all[1]})
	equal(t, value(s.Backfills.List(ctx, 1, 2, 2))(t), []workflow.Backfill{all[0]})
	equal(t, value(s.Backfills.Dates(ctx, &all[0]))(t), []store.DateRun{
		{Date: instant(0), InstanceID: 2, State: workflow.Failed}, {Date: instant(24 * time.Hour), InstanceID: 1, State: workflow.Succeeded}})
	equal(t, len(value(s.Backfills.Dates(ctx, &workflow.Backfill{ID: 1}))(t)), 0)
}
