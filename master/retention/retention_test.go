package retention_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"log/slog"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/porpoise-scheduler/porpoise/master/retention"
	"github.com/porpoise-scheduler/porpoise/pkg/blob"
	"github.com/porpoise-scheduler/porpoise/pkg/store"
	"github.com/porpoise-scheduler/porpoise/pkg/store/sqlstore"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
	"github.com/porpoise-scheduler/porpoise/test/services"
)

var now = time.Date(2024, 6, 1, 12, 0, 0, 0, time.UTC)

func daysAgo(n int) time.Time { return now.AddDate(0, 0, -n) }

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// world is a store with a master's part of it, and a log store.
type world struct {
	*store.Store
	t     *testing.T
	fence store.Fence
	logs  *logStore
	crew  *crew
	cfg   retention.Config
}

// stores runs a test on both kinds of database.
func stores(t *testing.T, test func(w *world)) {
	t.Run("sqlite", func(t *testing.T) { oneStore(t, test) })
	t.Run("mariadb", func(t *testing.T) { test(newWorld(t, services.MariaDB(t))) })
}

// oneStore runs a test for which the kind of database does not matter.
func oneStore(t *testing.T, test func(w *world)) {
	test(newWorld(t, "sqlite://"+filepath.Join(t.TempDir(), "p.db")))
}

func newWorld(t *testing.T, url string) *world {
	t.Helper()
	_, err := sqlstore.Migrate(t.Context(), url, sqlstore.Up)
	must(t, err)
	s, err := sqlstore.Open(t.Context(), url, sqlstore.Options{})
	must(t, err)
	t.Cleanup(func() { _ = s.Database.Close() })
	epoch, err := s.Scheduling.Take(t.Context(), 1, 0, "me", "127.0.0.1:1")
	must(t, err)
	return &world{Store: s, t: t, fence: store.Fence{Shard: 1, Epoch: epoch}, logs: &logStore{at: map[string]time.Time{}}, crew: newCrew(t),
		cfg: retention.Config{Batch: 2, Pause: time.Millisecond, MaxWaiting: 4, Patience: 2 * time.Minute}}
}

func (w *world) sweeper() *retention.Sweeper {
	return retention.New(w.cfg, retention.Deps{
		Retentions: w.Retentions, Deliveries: w.Deliveries, Commands: w.Commands, Backlog: w.Scheduling,
		Logs: retention.Logs{Store: w.logs, Prefix: "logs/", Attempt: attempt}, Workers: w.crew.workers(),
		Now: func() time.Time { return now }, Log: slog.New(slog.DiscardHandler),
	})
}

func (w *world) commit(b store.Batch) {
	w.t.Helper()
	b.Fences = []store.Fence{w.fence}
	must(w.t, w.Scheduling.Commit(w.t.Context(), &b))
}

// ended stores an instance with two attempts, which have logs.
func (w *world) ended(id, project int64, age int, state workflow.State) {
	w.t.Helper()
	i := workflow.Instance{ID: id, Shard: 1, ProjectID: project, DefinitionID: 1, State: state, StartTime: daysAgo(age + 1), EndTime: daysAgo(age)}
	if !state.Terminal() {
		i.EndTime = time.Time{}
	}
	var tasks []workflow.TaskInstance
	for n := range int64(2) {
		tasks = append(tasks, workflow.TaskInstance{ID: 10*id + n, InstanceID: id, ProjectID: project, Task: fmt.Sprint("t", n), State: workflow.Succeeded})
		w.logs.at[fmt.Sprintf("logs/%d.log", 10*id+n)] = daysAgo(age)
	}
	w.commit(store.Batch{Instances: []workflow.Instance{i}, Tasks: tasks})
}

// obey does what masters would do with deletions, until ctx ends.
func (w *world) obey(ctx context.Context) {
	for ctx.Err() == nil {
		list, err := w.Scheduling.Pending(ctx, []int{1}, 0, 3)
		if err != nil || len(list) == 0 {
			continue
		}
		b := store.Batch{Fences: []store.Fence{w.fence}}
		for _, c := range list {
			b.Commands, b.DropInstances = append(b.Commands, c.ID), append(b.DropInstances, c.InstanceID)
		}
		if err := w.Scheduling.Commit(context.WithoutCancel(ctx), &b); err != nil {
			w.t.Errorf("obeying: %v", err)
			return
		}
	}
}

// left lists the instances that are still there.
func (w *world) left() (ids []int64) {
	w.t.Helper()
	for project := range int64(4) {
		rows, _, err := w.Instances.List(w.t.Context(), store.InstanceFilter{ProjectID: project}, store.Page{Number: 1, Size: 100})
		must(w.t, err)
		for _, r := range rows {
			if project != 0 {
				ids = append(ids, r.ID)
			}
		}
	}
	slices.Sort(ids)
	return ids
}

func equal(t *testing.T, what string, got, want any) {
	t.Helper()
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%s: %v, want %v", what, got, want)
	}
}

// fill makes instances of three projects: of the first 12 that ended 1 to 12
// days ago, of the others 3 each that ended 5, 10 and 15 days ago, and an open
// one.
func (w *world) fill() {
	for n := range 12 {
		w.ended(int64(n+1), 1, n+1, workflow.Succeeded)
	}
	for n, age := range []int{5, 10, 15} {
		w.ended(int64(20+n), 2, age, workflow.Failed)
		w.ended(int64(30+n), 3, age, workflow.Paused)
	}
	w.ended(40, 1, 50, workflow.Running)
	for _, r := range []workflow.Retention{{InstanceDays: 7, LogDays: 3}, {ProjectID: 2, InstanceDays: 12, LogDays: -1}, {ProjectID: 3, InstanceDays: 0, LogDays: 12}} {
		must(w.t, w.Retentions.Save(w.t.Context(), r))
	}
}

func logs(r workflow.SweepReport) workflow.SweptLogs {
	_, logs := r.Totals()
	return logs
}

func instances(r workflow.SweepReport) map[int64]int {
	counts := map[int64]int{}
	for _, l := range r.Policies {
		counts[l.ProjectID] = l.Instances
	}
	return counts
}

func TestSweep(t *testing.T) {
	stores(t, func(w *world) {
		w.fill()
		want := map[int64]int{0: 5, 2: 1, 3: 0}
		counted, err := w.sweeper().Count(w.t.Context())
		must(w.t, err)
		equal(w.t, "counted", instances(counted), want)
		equal(w.t, "counted tasks", counted.Policies[len(counted.Policies)-1].Tasks, 10)
		equal(w.t, "left after counting", len(w.left()), 19)

		ctx, stop := context.WithCancel(w.t.Context())
		obeyed := make(chan struct{})
		go func() { defer close(obeyed); w.obey(ctx) }()
		swept, err := w.sweeper().Sweep(ctx, false)
		must(w.t, err)
		equal(w.t, "swept", instances(swept), want)
		for again := swept; !again.Empty(); { // until all deletions were obeyed
			again, err = w.sweeper().Sweep(ctx, false)
			must(w.t, err)
		}
		awaitEmpty(w)
		stop()
		<-obeyed
		equal(w.t, "left", w.left(), []int64{1, 2, 3, 4, 5, 6, 7, 20, 21, 30, 31, 32, 40})
		tasks, err := w.Tasks.ByInstance(w.t.Context(), 12, true)
		must(w.t, err)
		equal(w.t, "attempts of a deleted instance", len(tasks), 0)
	})
}

func awaitEmpty(w *world) {
	w.t.Helper()
	for {
		list, err := w.Scheduling.Pending(w.t.Context(), []int{1}, 0, 1)
		must(w.t, err)
		if len(list) == 0 {
			return
		}
	}
}

// TestNobodyObeys leaves few deletions waiting, whatever there is to delete.
func TestNobodyObeys(t *testing.T) {
	stores(t, func(w *world) {
		w.cfg.Patience = 200 * time.Millisecond
		w.fill()
		_, err := w.sweeper().Sweep(w.t.Context(), false)
		if err == nil || !strings.Contains(err.Error(), "no master obeys") {
			w.t.Errorf("sweeping without a master: %v", err)
		}
		list, err := w.Scheduling.Pending(w.t.Context(), []int{1}, 0, 100)
		must(w.t, err)
		if len(list) == 0 || len(list) > w.cfg.MaxWaiting+w.cfg.Batch {
			w.t.Errorf("%d deletions wait", len(list))
		}
		equal(w.t, "left", len(w.left()), 19)
	})
}

// TestPlansOfPeople passes over an instance that somebody is about to change,
// and does not trip over other sweepers.
func TestPlansOfPeople(t *testing.T) {
	stores(t, func(w *world) {
		w.cfg.MaxWaiting = 100
		w.fill()
		must(w.t, w.Commands.Insert(w.t.Context(), &workflow.Command{Shard: 1, Type: workflow.CmdRerun, InstanceID: 10, UserID: 1}))
		for _, want := range []map[int64]int{{0: 4, 2: 1, 3: 0}, {0: 0, 2: 0, 3: 0}} {
			r, err := w.sweeper().Sweep(w.t.Context(), false)
			must(w.t, err)
			equal(w.t, "asked for", instances(r), want)
		}
	})
}

func TestForEver(t *testing.T) {
	stores(t, func(w *world) {
		w.fill()
		for _, r := range []workflow.Retention{{}, {ProjectID: 2, InstanceDays: -1}} {
			must(w.t, w.Retentions.Save(w.t.Context(), r))
		}
		w.commit(store.Batch{Quarantine: []workflow.Command{{ID: 5, Type: workflow.CmdStart}}})
		r, err := w.sweeper().Sweep(w.t.Context(), true)
		must(w.t, err)
		equal(w.t, "asked for", instances(r), map[int64]int{0: 0, 2: 0, 3: 0})
		equal(w.t, "purged", r.Purged, store.Purged{})
	})
}

func TestPurge(t *testing.T) {
	stores(t, func(w *world) {
		ctx := w.t.Context()
		must(w.t, w.Retentions.Save(ctx, workflow.Retention{InstanceDays: 7}))
		var b store.Batch
		for n := range 5 {
			b.Alerts = append(b.Alerts, workflow.Alert{ID: int64(n + 1), CreateTime: daysAgo(6 + n)}) // 8, 9, 10 are too old
			b.Fires = append(b.Fires, workflow.Fire{ScheduleID: 1, Due: daysAgo(6 + n), InstanceID: 1}, workflow.Fire{ScheduleID: 9, Due: daysAgo(20 + n), InstanceID: 1})
		}
		d := workflow.Definition{ProjectID: 1, Name: "d"}
		must(w.t, w.Definitions.Create(ctx, &d))
		v := workflow.Schedule{ProjectID: 1, DefinitionID: d.ID}
		must(w.t, w.Schedules.Create(ctx, &v)) // its id is 1
		_, err := w.Schedules.Release(ctx, v.ID, workflow.Online, daysAgo(9))
		must(w.t, err) // it has not passed those of 8 and 9 days ago
		w.commit(b)
		for n := range 3 {
			must(w.t, w.Deliveries.Plan(ctx, int64(n+2), nil))
		}
		want := store.Purged{Alerts: 2, Fires: 6} // one more of the alerts is not planned
		counted, err := w.sweeper().Count(ctx)
		must(w.t, err)
		equal(w.t, "counted", counted.Purged, want)
		r, err := w.sweeper().Sweep(ctx, false)
		must(w.t, err)
		equal(w.t, "purged", r.Purged, want)
		fires, err := w.Schedules.Fires(ctx, 1, time.Time{}, 10)
		must(w.t, err)
		equal(w.t, "fires left", len(fires), 4)
		r, err = w.sweeper().Sweep(ctx, false)
		must(w.t, err)
		equal(w.t, "purged again", r.Empty(), true)
	})
}

func TestLogs(t *testing.T) {
	stores(t, func(w *world) {
		w.fill()
		w.logs.at["logs/9990.log"] = now.Add(-time.Hour) // of an attempt that is gone since
		w.logs.at["logs/9991.log"] = now.Add(-25 * time.Hour)
		w.logs.at["logs/else"] = daysAgo(99)
		w.logs.at["elsewhere/1.log"] = daysAgo(99)
		// Of project 1 those of 4 to 12 days and of the open instance, of project 2
		// as there, of project 3 those of 15 days, and an orphan.
		want := 2*(9+1) + 2*3 + 2*1 + 1
		counted, err := w.sweeper().Count(w.t.Context())
		must(w.t, err)
		equal(w.t, "counted logs", logs(counted).Shipped.Files, want)
		w.cfg.MaxWaiting = 100
		before := len(w.logs.at)
		r, err := w.sweeper().Sweep(w.t.Context(), true)
		must(w.t, err)
		equal(w.t, "removed logs", logs(r).Shipped.Files, want)
		equal(w.t, "logs left", len(w.logs.at), before-want)
		for _, kept := range []string{"logs/9990.log", "logs/else", "elsewhere/1.log", "logs/30.log", "logs/310.log"} {
			if _, ok := w.logs.at[kept]; !ok {
				w.t.Errorf("%s was removed", kept)
			}
		}
	})
}

func TestPolicies(t *testing.T) {
	got := retention.Policies([]workflow.Retention{{ProjectID: 5, InstanceDays: -1, LogDays: 3}, {InstanceDays: 7, LogDays: -9}, {ProjectID: 2, LogDays: -1}})
	want := []retention.Policy{{ProjectID: 2}, {ProjectID: 5, InstanceDays: 7, LogDays: 3}, {Except: []int64{2, 5}, InstanceDays: 7}}
	equal(t, "policies", got, want)
	equal(t, "policies of nothing", retention.Policies(nil), []retention.Policy{{}})
}

func attempt(key string) (int64, bool) {
	name, ok := strings.CutSuffix(strings.TrimPrefix(key, "logs/"), ".log")
	id, err := strconv.ParseInt(name, 10, 64)
	return id, ok && err == nil
}

// logStore knows only when its blobs came.
type logStore struct {
	at  map[string]time.Time
	err error // of listing
}

var errNotHere = errors.New("the sweeper does not do that")

func (l *logStore) Put(context.Context, string, io.Reader, int64) error { return errNotHere }
func (l *logStore) Get(context.Context, string, int64, int64) (io.ReadCloser, error) {
	return nil, errNotHere
}
func (l *logStore) Stat(context.Context, string) (blob.Info, error) { return blob.Info{}, errNotHere }
func (l *logStore) Close() error                                    { return nil }
func (l *logStore) Delete(_ context.Context, key string) error {
	delete(l.at, key)
	return nil
}

func (l *logStore) List(_ context.Context, prefix string) iter.Seq2[blob.Info, error] {
	return func(yield func(blob.Info, error) bool) {
		if l.err != nil {
			yield(blob.Info{}, l.err)
			return
		}
		for key, at := range l.at {
			if strings.HasPrefix(key, prefix) && !yield(blob.Info{Key: key, ModTime: at}, nil) {
				return
			}
		}
	}
}
