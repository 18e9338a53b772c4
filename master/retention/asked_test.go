package retention_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/porpoise-scheduler/porpoise/pkg/rpc/sweeps"
	"github.com/porpoise-scheduler/porpoise/pkg/store"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

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
	look := time.NewTicker(10 * time.Millisecond)
	defer look.Stop()
	for ; ; <-look.C {
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
