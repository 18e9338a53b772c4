package worker_test

import (
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"reflect"
	"sync"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"github.com/porpoise-scheduler/porpoise/master/retention"
	"github.com/porpoise-scheduler/porpoise/pkg/store"
	"github.com/porpoise-scheduler/porpoise/pkg/store/sqlstore"
	"github.com/porpoise-scheduler/porpoise/pkg/store/sqlstore/sqltest"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
	"github.com/porpoise-scheduler/porpoise/proto/workerpb"
)

// serve gives a way to the worker's gRPC server.
func (r *rig) serve() func(string) (*grpc.ClientConn, error) {
	r.t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		r.t.Fatal(err)
	}
	server := grpc.NewServer()
	r.worker.Register(server)
	var served sync.WaitGroup
	served.Go(func() { server.Serve(l) })
	r.t.Cleanup(func() { server.Stop(); served.Wait() })
	return func(string) (*grpc.ClientConn, error) {
		return grpc.NewClient(l.Addr().String(), grpc.WithTransportCredentials(insecure.NewCredentials()))
	}
}

// recorded gives a store that knows attempts of a project that keeps logs for
// 30 days.
func recorded(t *testing.T, project int64, attempts ...int64) *store.Store {
	t.Helper()
	s := sqltest.Open(t, sqlstore.Options{})
	t.Cleanup(func() { s.Database.Close() })
	epoch, err := s.Scheduling.Take(t.Context(), 1, 0, "m", "127.0.0.1:1")
	if err != nil {
		t.Fatal(err)
	}
	b := store.Batch{Fences: []store.Fence{{Shard: 1, Epoch: epoch}},
		Instances: []workflow.Instance{{ID: 1, Shard: 1, ProjectID: project, State: workflow.Running, StartTime: time.Now()}}}
	for _, id := range attempts {
		b.Tasks = append(b.Tasks, workflow.TaskInstance{ID: id, InstanceID: 1, ProjectID: project, Task: "t", State: workflow.Running})
	}
	if err := s.Scheduling.Commit(t.Context(), &b); err != nil {
		t.Fatal(err)
	}
	for _, r := range []workflow.Retention{{ProjectID: project, InstanceDays: -1, LogDays: 30}, {CacheDays: 14}} {
		if err := s.Retentions.Save(t.Context(), r); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

// TestMastersRemoveWhatIsOld has a sweeper look through a worker: logs that
// their project keeps no longer go, and those of attempts that nobody knows any
// more, but not that of an attempt that runs. So do unused resources.
func TestMastersRemoveWhatIsOld(t *testing.T) {
	const project = 5
	r := newRig(t)
	wait, open := gateIn(t, r.dir)
	r.master.awaitCredit(4)
	r.master.dispatch(1, "SHELL", "cat lib/x", func(a *workerpb.Assignment) { a.Resources = []*workerpb.Resource{hello("lib/x")} })
	r.master.dispatch(2, "SHELL", "echo it runs; "+wait)
	r.master.dispatch(3, "SHELL", "echo nobody knows me")
	r.master.dispatch(4, "SHELL", "echo not yet")
	for _, id := range []int64{1, 3, 4} {
		assertEnd(t, r.master.untilEnded(id), succeeded, 0, "")
	}
	awaitText(t, logIn(r.dir, 2), "it runs")
	for _, id := range []int64{1, 2, 3} {
		if err := os.Chtimes(logIn(r.dir, id), time.Time{}, time.Now().AddDate(0, 0, -40)); err != nil {
			t.Fatal(err)
		}
	}
	s := recorded(t, project, 1, 2, 4)
	registry := r.reg.Coordinator()
	t.Cleanup(func() { registry.Close() })
	sweeper := retention.New(retention.Config{Pause: time.Millisecond}, retention.Deps{
		Retentions: s.Retentions, Deliveries: s.Deliveries, Commands: s.Commands, Backlog: s.Scheduling,
		Workers: retention.Workers{Members: registry, Dial: r.serve()}, Log: slog.New(slog.DiscardHandler),
		Now: func() time.Time { return time.Now().AddDate(0, 0, 20) }, // by then the resource was not used for long
	})
	size := func(id int64) workflow.Amount { return workflow.Amount{Files: 1, Bytes: int64(len(r.readLog(id)))} }
	want := workflow.SweepReport{
		Policies: []workflow.SweepLine{{ProjectID: project, LogDays: 30, SweptLogs: workflow.SweptLogs{OnWorkers: size(1)}}, {}},
		Orphans:  workflow.SweptLogs{OnWorkers: size(3)}, CacheDays: 14, Cached: workflow.Amount{Files: 1, Bytes: 5},
	}
	counted, err := sweeper.Count(t.Context())
	if err != nil || !reflect.DeepEqual(counted, want) {
		t.Errorf("counted %+v, %v; want %+v", counted, err, want)
	}
	swept, err := sweeper.Sweep(t.Context(), true)
	if err != nil || !reflect.DeepEqual(swept, want) {
		t.Errorf("removed %+v, %v; want %+v", swept, err, want)
	}
	for id, there := range map[int64]bool{1: false, 2: true, 3: false, 4: true} {
		if _, err := os.Stat(logIn(r.dir, id)); (err == nil) != there {
			t.Errorf("the log of %d is there: %v", id, !there)
		}
	}
	if left, err := os.ReadDir(filepath.Join(r.dir, "resources-cache")); err != nil || len(left) != 0 {
		t.Errorf("%v is left of the cache, %v", left, err)
	}
	open()
	assertEnd(t, r.master.untilEnded(2), succeeded, 0, "")
}
