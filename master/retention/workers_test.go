package retention_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/porpoise-scheduler/porpoise/pkg/coord"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

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
