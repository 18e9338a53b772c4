package retention_test

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"google.golang.org/grpc"

	"github.com/porpoise-scheduler/porpoise/master/retention"
	"github.com/porpoise-scheduler/porpoise/pkg/coord"
	"github.com/porpoise-scheduler/porpoise/pkg/rpc"
	"github.com/porpoise-scheduler/porpoise/pkg/rpc/sweeps"
	"github.com/porpoise-scheduler/porpoise/pkg/store"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
	"github.com/porpoise-scheduler/porpoise/proto/workerpb"
)

// crew is the workers that are registered, and how they are reached.
type crew struct {
	t        *testing.T
	security *rpc.Security
	members  []coord.Member
	err      error
}

func newCrew(t *testing.T) *crew {
	t.Helper()
	security, err := rpc.NewSecurity(rpc.TLSFiles{}, false)
	must(t, err)
	return &crew{t: t, security: security}
}

func (c *crew) Members(_ context.Context, role coord.Role) ([]coord.Member, error) {
	if role != coord.Worker {
		return nil, errors.New("it is workers that have logs")
	}
	return c.members, c.err
}

func (c *crew) dial(addr string) (*grpc.ClientConn, error) { return c.security.Dial(addr) }

func (c *crew) workers() retention.Workers {
	return retention.Workers{Members: c, Dial: c.dial, Timeout: time.Minute}
}

// serve gives the address of a server that ends with the test.
func (c *crew) serve(register func(grpc.ServiceRegistrar)) (addr string, stop func()) {
	c.t.Helper()
	l, err := c.security.Listen("127.0.0.1:0")
	must(c.t, err)
	server := c.security.NewServer(slog.New(slog.DiscardHandler))
	register(server)
	ctx, cancel := context.WithCancel(context.WithoutCancel(c.t.Context()))
	done := make(chan struct{})
	go func() { defer close(done); _ = server.Serve(ctx, l, 0) }()
	stop = sync.OnceFunc(func() { cancel(); <-done })
	c.t.Cleanup(stop)
	return l.Addr().String(), stop
}

// hire adds a worker.
func (c *crew) hire(id string, w workerpb.HousekeepingServer) (dismiss func()) {
	c.t.Helper()
	addr, stop := c.serve(func(s grpc.ServiceRegistrar) {
		if w != nil {
			workerpb.RegisterHousekeepingServer(s, w)
		}
	})
	c.members = append(c.members, coord.Member{ID: id, Addr: addr})
	return stop
}

// host is what a worker has: logs of 10 bytes by their attempts, some of which
// it needs by the time they are to go, and resources of 100 bytes.
type host struct {
	workerpb.UnimplementedHousekeepingServer
	mu        sync.Mutex
	logs      map[int64]time.Time
	needed    []int64
	resources []time.Time
}

func (h *host) ListLogs(_ context.Context, r *workerpb.ListLogsRequest) (*workerpb.ListLogsResponse, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	answer := &workerpb.ListLogsResponse{}
	for looked, id := range slices.Sorted(maps.Keys(h.logs)) {
		if id <= r.GetAfter() {
			continue
		}
		answer.Next = id
		if at := h.logs[id]; at.Before(time.UnixMilli(r.GetBeforeUnixMs())) {
			answer.Logs = append(answer.Logs, &workerpb.EndedLog{AttemptId: id, Size: 10, WrittenUnixMs: at.UnixMilli()})
		}
		if looked%3 == 2 { // enough for one call
			return answer, nil
		}
	}
	answer.Next = 0
	return answer, nil
}

func (h *host) RemoveLogs(_ context.Context, r *workerpb.RemoveLogsRequest) (*workerpb.RemoveLogsResponse, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	answer := &workerpb.RemoveLogsResponse{}
	for _, id := range r.GetAttemptIds() {
		if at, ok := h.logs[id]; ok && at.Before(time.UnixMilli(r.GetBeforeUnixMs())) && !slices.Contains(h.needed, id) {
			delete(h.logs, id)
			answer.AttemptIds = append(answer.AttemptIds, id)
		}
	}
	return answer, nil
}

func (h *host) UnusedResources(_ context.Context, r *workerpb.UnusedResourcesRequest) (*workerpb.UnusedResourcesResponse, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	unused := func(at time.Time) bool { return at.Before(time.UnixMilli(r.GetBeforeUnixMs())) }
	left := slices.DeleteFunc(slices.Clone(h.resources), unused)
	n := int64(len(h.resources) - len(left))
	if r.GetRemove() {
		h.resources = left
	}
	return &workerpb.UnusedResourcesResponse{Files: n, Bytes: 100 * n}, nil
}

// stuck never answers. The time of whoever asks is over once it was asked.
type stuck struct {
	workerpb.UnimplementedHousekeepingServer
	asked func()
}

func (s stuck) ListLogs(ctx context.Context, _ *workerpb.ListLogsRequest) (*workerpb.ListLogsResponse, error) {
	s.asked()
	<-ctx.Done()
	return nil, ctx.Err()
}

// expiring is a context whose cancellation is its deadline.
type expiring struct{ context.Context }

func (c expiring) Err() error {
	if c.Context.Err() != nil {
		return context.DeadlineExceeded
	}
	return nil
}

// circling gives the same page for ever.
type circling struct {
	workerpb.UnimplementedHousekeepingServer
}

func (circling) ListLogs(context.Context, *workerpb.ListLogsRequest) (*workerpb.ListLogsResponse, error) {
	return &workerpb.ListLogsResponse{Next: 1}, nil
}

func amounts(l workflow.SweptLogs) [4]int64 {
	return [4]int64{int64(l.Shipped.Files), l.Shipped.Bytes, int64(l.OnWorkers.Files), l.OnWorkers.Bytes}
}

// byProject gives what was counted of logs on workers, orphans as -1.
func byProject(r workflow.SweepReport) map[int64]int {
	counts := map[int64]int{-1: r.Orphans.OnWorkers.Files}
	for _, l := range r.Policies {
		counts[l.ProjectID] = l.OnWorkers.Files
	}
	return counts
}

func places(r workflow.SweepReport) (names []string) {
	for _, u := range r.Unasked {
		names = append(names, u.Place)
	}
	return names
}

// fillHosts gives two workers the logs that fill ships, and orphans.
func (w *world) fillHosts() (a, b *host) {
	w.fill()
	a, b = &host{logs: map[int64]time.Time{}}, &host{logs: map[int64]time.Time{}}
	for key, at := range w.logs.at {
		id, _ := attempt(key)
		h := a
		if id%2 == 1 {
			h = b
		}
		h.logs[id] = at
	}
	a.logs[9990] = now.Add(-time.Hour) // of an attempt that is gone since
	a.logs[9992] = now.Add(-25 * time.Hour)
	w.logs.at = map[string]time.Time{}
	for _, h := range []*host{a, b} {
		h.resources = []time.Time{now, daysAgo(2), daysAgo(30)}
		w.crew.hire("w"+string('1'+rune(len(w.crew.members))), h)
	}
	return a, b
}

func TestLogsOnWorkers(t *testing.T) {
	stores(t, func(w *world) {
		a, b := w.fillHosts()
		want := map[int64]int{0: 2 * (9 + 1), 2: 2 * 3, 3: 2 * 1, -1: 1}
		counted, err := w.sweeper().Count(w.t.Context())
		must(w.t, err)
		equal(w.t, "counted", byProject(counted), want)
		equal(w.t, "counted bytes", amounts(logs(counted)), [4]int64{0, 0, 29, 290})
		equal(w.t, "left after counting", len(a.logs)+len(b.logs), 38+2)

		b.needed = []int64{121} // since it was counted, of project 1
		want[0]--
		w.cfg.MaxWaiting = 100
		swept, err := w.sweeper().Sweep(w.t.Context(), true)
		must(w.t, err)
		equal(w.t, "swept", byProject(swept), want)
		equal(w.t, "left", len(a.logs)+len(b.logs), 38+2-28)
		for _, id := range []int64{9990, 30, 310} {
			if _, ok := a.logs[id]; !ok {
				w.t.Errorf("the log of %d was removed", id)
			}
		}
		again, err := w.sweeper().Sweep(w.t.Context(), true)
		must(w.t, err)
		equal(w.t, "swept again", byProject(again), map[int64]int{0: 0, 2: 0, 3: 0, -1: 0})
		hourly, err := w.sweeper().Sweep(w.t.Context(), false)
		must(w.t, err)
		equal(w.t, "between looks through logs", hourly.Empty(), true)
	})
}

func TestCaches(t *testing.T) {
	oneStore(t, func(w *world) {
		a, b := w.fillHosts()
		swept := func() workflow.Amount {
			w.t.Helper()
			w.cfg.MaxWaiting = 100
			r, err := w.sweeper().Sweep(w.t.Context(), true)
			must(w.t, err)
			return r.Cached
		}
		equal(w.t, "for ever", swept(), workflow.Amount{})
		must(w.t, w.Retentions.Save(w.t.Context(), workflow.Retention{InstanceDays: 7, LogDays: 3, CacheDays: 14}))
		counted, err := w.sweeper().Count(w.t.Context())
		must(w.t, err)
		equal(w.t, "counted", counted.Cached, workflow.Amount{Files: 2, Bytes: 200})
		equal(w.t, "days", counted.CacheDays, 14)
		equal(w.t, "swept", swept(), workflow.Amount{Files: 2, Bytes: 200})
		equal(w.t, "left", len(a.resources)+len(b.resources), 4)
	})
}

// TestPlacesThatAreAway are named, and the rest is done.
func TestPlacesThatAreAway(t *testing.T) {
	oneStore(t, func(w *world) {
		gone := w.crew.hire("gone", &host{})
		gone()
		w.crew.hire("older", nil)
		w.crew.hire("circling", circling{})
		w.fillHosts()
		w.crew.members = append(w.crew.members, coord.Member{ID: "abroad", Addr: "192.0.2.1:1"}) // not without TLS
		w.logs.err = errors.New("the store is down")
		r, err := w.sweeper().Count(w.t.Context())
		must(w.t, err)
		equal(w.t, "not asked", places(r), []string{"log store", "gone", "older", "circling", "abroad"})
		equal(w.t, "of others", logs(r).OnWorkers.Files, 29)
		for i, want := range []string{"the store is down", "", "older version", "does not go on", "not on this machine"} {
			if got := r.Unasked[i].Reason; got == "" || !strings.Contains(got, want) {
				w.t.Errorf("%s was not asked because %q, want %q", r.Unasked[i].Place, got, want)
			}
		}
		w.crew.err = errors.New("no quorum")
		r, err = w.sweeper().Count(w.t.Context())
		must(w.t, err)
		equal(w.t, "without a registry", places(r), []string{"log store", "workers"})
	})
}

func TestMeasure(t *testing.T) {
	oneStore(t, func(w *world) {
		w.fillHosts()
		r, err := w.sweeper().Measure(w.t.Context(), workflow.Retention{ProjectID: 2, LogDays: 12})
		must(w.t, err)
		equal(w.t, "of one project", byProject(r), map[int64]int{0: 20, 2: 2, 3: 2, -1: 1})
		r, err = w.sweeper().Measure(w.t.Context(), workflow.Retention{LogDays: 9, CacheDays: 1})
		must(w.t, err)
		equal(w.t, "of all", byProject(r), map[int64]int{0: 2 * (3 + 1), 2: 4, 3: 2, -1: 1})
		equal(w.t, "cached", r.Cached, workflow.Amount{Files: 4, Bytes: 400})
		rows, err := w.Retentions.All(w.t.Context())
		must(w.t, err)
		equal(w.t, "rows", len(rows), 3)
	})
}

// TestMeasureEndsInTime names what it did not come to.
func TestMeasureEndsInTime(t *testing.T) {
	oneStore(t, func(w *world) {
		w.fill()
		w.logs.at = map[string]time.Time{}
		ctx, cancel := context.WithCancel(w.t.Context())
		defer cancel()
		w.crew.hire("stuck", stuck{asked: cancel})
		w.crew.hire("behind it", &host{})
		r, err := w.sweeper().Measure(expiring{ctx}, workflow.Retention{LogDays: 9})
		must(w.t, err)
		equal(w.t, "not asked", places(r), []string{"stuck", "behind it"})
	})
}

// TestAsked has a master count and sweep over gRPC, as API servers do.
func TestAsked(t *testing.T) {
	oneStore(t, func(w *world) {
		a, b := w.fillHosts()
		w.cfg.MaxWaiting, w.cfg.Every = 100, time.Hour
		s := w.sweeper()
		addr, stop := w.crew.serve(s.Register)
		client := &sweeps.Client{Owners: owner(addr), Dial: w.crew.dial}
		_, err := client.Last(w.t.Context())
		reason(w.t, err, "retention.no_sweep")
		first, err := client.Start(w.t.Context(), true)
		must(w.t, err)
		equal(w.t, "state", first.State, workflow.SweepWaiting)
		_, err = client.Start(w.t.Context(), false)
		reason(w.t, err, "retention.running")

		ctx, cancel := context.WithCancel(w.t.Context())
		ran := make(chan error, 1)
		go func() { ran <- s.Run(ctx) }()
		counted := ended(w.t, client, first.ID)
		equal(w.t, "counted", []any{counted.DryRun, counted.State, byProject(counted.Report)[0], counted.Report.Policies[2].Tasks}, []any{true, workflow.SweepDone, 20, 10})
		equal(w.t, "left", len(a.logs)+len(b.logs), 40)
		second, err := client.Start(w.t.Context(), false)
		must(w.t, err)
		swept := ended(w.t, client, second.ID)
		equal(w.t, "swept", []any{swept.DryRun, swept.State, instances(swept.Report), byProject(swept.Report)[0]}, []any{false, workflow.SweepDone, map[int64]int{0: 5, 2: 1, 3: 0}, 20})
		equal(w.t, "left", len(a.logs)+len(b.logs), 40-29)
		measured, err := client.Measure(w.t.Context(), workflow.Retention{ProjectID: 3, LogDays: 4})
		must(w.t, err)
		equal(w.t, "measured", byProject(measured), map[int64]int{0: 0, 2: 0, 3: 4, -1: 0})
		cancel()
		must(w.t, <-ran)
		stop()
		_, err = client.Last(w.t.Context())
		reason(w.t, err, "retention.no_master")
		_, err = (&sweeps.Client{Owners: owner(""), Dial: w.crew.dial}).Last(w.t.Context())
		reason(w.t, err, "retention.no_master")
	})
}

// TestAskedInVain tells why a sweep failed.
func TestAskedInVain(t *testing.T) {
	oneStore(t, func(w *world) {
		w.fill() // and nobody obeys
		w.cfg.Every, w.cfg.Patience = time.Hour, 200*time.Millisecond
		s := w.sweeper()
		ctx, cancel := context.WithCancel(w.t.Context())
		ran := make(chan error, 1)
		go func() { ran <- s.Run(ctx) }()
		addr, _ := w.crew.serve(s.Register)
		client := &sweeps.Client{Owners: owner(addr), Dial: w.crew.dial}
		started, err := client.Start(w.t.Context(), false)
		must(w.t, err)
		failed := ended(w.t, client, started.ID)
		if failed.State != workflow.SweepFailed || !strings.Contains(failed.Error, "no master obeys") || failed.Ended.IsZero() {
			w.t.Errorf("%+v", failed)
		}
		cancel()
		must(w.t, <-ran)
	})
}

// ended waits for the end of a sweep.
func ended(t *testing.T, c *sweeps.Client, id int64) workflow.Sweep {
	t.Helper()
	for {
		s, err := c.Last(t.Context())
		must(t, err)
		if s.ID != id {
			t.Fatalf("sweep %d instead of %d", s.ID, id)
		}
		if s.State.Ended() {
			return s
		}
	}
}

func reason(t *testing.T, err error, want string) {
	t.Helper()
	if got := workflow.ErrorReason(err); got != want {
		t.Errorf("%v has the reason %q, want %q", err, got, want)
	}
}

// owner is the address of the master that owns everything.
type owner string

func (o owner) ListShards(context.Context) ([]store.Shard, error) {
	return []store.Shard{{Owner: "m", Addr: string(o)}}, nil
}
