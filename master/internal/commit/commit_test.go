package commit

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/porpoise-scheduler/porpoise/pkg/store"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// script answers commits one after another, nil at the end, and keeps the
// batches.
type script struct {
	answers []error
	batches []*store.Batch
}

func (s *script) Commit(_ context.Context, b *store.Batch) error {
	s.batches = append(s.batches, b)
	if len(s.answers) == 0 {
		return nil
	}
	err := s.answers[0]
	s.answers = s.answers[1:]
	return err
}

type silent struct{}

func (silent) Committed(int, int, time.Duration) {}
func (silent) Refused(int)                       {}

// told writes down which end each change came to.
type told map[string]string

func (x told) change(name string, shard int, rows ...workflow.TaskInstance) *Change {
	once := func(end string) {
		if x[name] != "" {
			end = x[name] + "+" + end
		}
		x[name] = end
	}
	return &Change{
		Fence: store.Fence{Shard: shard, Epoch: 1}, Batch: store.Batch{Tasks: rows},
		Committed: func() { once("committed") }, Fenced: func() { once("fenced") },
		Failed: func(error) { once("failed") }, Dropped: func() { once("dropped") },
	}
}

func run(t *testing.T, w *script, changes ...*Change) {
	t.Helper()
	c := New(Config{Retry: time.Nanosecond}, w, silent{}, slog.New(slog.DiscardHandler))
	for _, ch := range changes {
		c.Submit(t.Context(), ch)
	}
	for c.Once(t.Context()) {
		continue
	}
}

func row(id int64, s workflow.State) workflow.TaskInstance {
	return workflow.TaskInstance{ID: id, State: s}
}

// TestOneTransaction checks that what is queued shares a transaction, in which
// the later value of a row counts.
func TestOneTransaction(t *testing.T) {
	w, x := &script{}, told{}
	run(t, w, x.change("a", 1, row(1, workflow.Dispatched)), x.change("b", 2, row(2, workflow.Running)), x.change("c", 1, row(1, workflow.Failed)))
	if len(w.batches) != 1 {
		t.Fatalf("%d transactions", len(w.batches))
	}
	b := w.batches[0]
	if diff := cmp.Diff([]workflow.TaskInstance{row(1, workflow.Failed), row(2, workflow.Running)}, b.Tasks); diff != "" {
		t.Error(diff)
	}
	if len(b.Fences) != 2 {
		t.Errorf("fences %v", b.Fences)
	}
	if diff := cmp.Diff(told{"a": "committed", "b": "committed", "c": "committed"}, x); diff != "" {
		t.Error(diff)
	}
}

// TestFenced checks that a lost shard takes nobody else with it, and stays
// lost.
func TestFenced(t *testing.T) {
	w, x := &script{answers: []error{&store.ErrFenced{Shards: []int{1}}}}, told{}
	c := New(Config{}, w, silent{}, slog.New(slog.DiscardHandler))
	for _, ch := range []*Change{x.change("a", 1), x.change("b", 2), x.change("c", 1)} {
		c.Submit(t.Context(), ch)
	}
	c.Once(t.Context())
	c.Submit(t.Context(), x.change("late", 1))
	c.Once(t.Context())
	if diff := cmp.Diff(told{"a": "fenced", "b": "committed", "c": "dropped", "late": "dropped"}, x); diff != "" {
		t.Error(diff)
	}
	if len(w.batches) != 2 {
		t.Errorf("%d transactions", len(w.batches))
	}
}

// TestDatabaseAway checks that the same batch is written again.
func TestDatabaseAway(t *testing.T) {
	away := workflow.Errorf(workflow.Unavailable, "database.unavailable", "away")
	w, x := &script{answers: []error{away, away, away}}, told{}
	run(t, w, x.change("a", 1, row(1, workflow.Running)))
	if len(w.batches) != 4 || w.batches[0] != w.batches[3] || x["a"] != "committed" {
		t.Errorf("%d writes, %v", len(w.batches), x)
	}
}

// TestPoison checks that a change the database refuses is found and fails
// alone.
func TestPoison(t *testing.T) {
	bad := errors.New("value too long")
	w, x := &script{answers: []error{bad, nil, bad, nil}}, told{}
	run(t, w, x.change("a", 1), x.change("b", 2), x.change("c", 3))
	if diff := cmp.Diff(told{"a": "committed", "b": "failed", "c": "committed"}, x); diff != "" {
		t.Error(diff)
	}
}
