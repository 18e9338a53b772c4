package sqlstore

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/porpoise-scheduler/porpoise/pkg/store"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
	"github.com/porpoise-scheduler/porpoise/test/services"
)

// process opens a database as another process would.
func process(t *testing.T, url string) *database {
	t.Helper()
	st, err := Open(t.Context(), url, Options{})
	if err != nil {
		t.Fatal(err)
	}
	db := st.Scheduling.(scheduling).db
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Errorf("closing: %v", err)
		}
	})
	return db
}

func migrated(t *testing.T) string {
	t.Helper()
	url := services.MariaDB(t)
	if _, err := Migrate(t.Context(), url, Up); err != nil {
		t.Fatal(err)
	}
	return url
}

func instanceBatch(f store.Fence, id int64) *store.Batch {
	return &store.Batch{Fences: []store.Fence{f}, Instances: []workflow.Instance{{ID: id, Shard: f.Shard, State: workflow.Running}}}
}

// TestTakeOverFromFrozenOwner freezes an owner in the middle of a fenced
// transaction: the new owner does not wait for it, and what the old one had
// begun is not written.
func TestTakeOverFromFrozenOwner(t *testing.T) {
	url := migrated(t)
	old, heir := process(t, url), process(t, url)
	ctx := t.Context()
	epoch, err := scheduling{old}.Take(ctx, 1, 0, "old", "")
	if err != nil {
		t.Fatal(err)
	}
	fence := store.Fence{Shard: 1, Epoch: epoch}
	frozen, thaw, done := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	var once sync.Once
	go func() {
		done <- old.fenced(ctx, []store.Fence{fence}, func(tx querier) error {
			// The server must not end it: then the heir would only have to wait.
			if _, err := tx.ExecContext(ctx, "SET SESSION idle_transaction_timeout = 0"); err != nil {
				return err
			}
			if err := upsert(ctx, tx, old.dialect, instances, instanceBatch(fence, 1).Instances, encodeInstance); err != nil {
				return err
			}
			once.Do(func() { close(frozen) })
			<-thaw
			return nil
		})
	}()
	<-frozen
	next, err := scheduling{heir}.Take(ctx, 1, epoch, "heir", "")
	close(thaw)
	if err != nil || next != epoch+1 {
		t.Fatalf("take-over: epoch %d, %v", next, err)
	}
	if err := <-done; err == nil {
		t.Error("the old owner's transaction was committed")
	}
	// Thawed, the old owner connects anew and is told.
	var lost *store.ErrFenced
	if err := (scheduling{old}).Commit(ctx, instanceBatch(fence, 2)); !errors.As(err, &lost) {
		t.Errorf("the old owner's next write: %v, want fenced", err)
	}
	st, err := scheduling{heir}.Load(ctx, 1)
	if err != nil || len(st.Instances) != 0 {
		t.Errorf("rows of the old owner: %v, %v", st.Instances, err)
	}
	if err := (scheduling{heir}).Commit(ctx, instanceBatch(store.Fence{Shard: 1, Epoch: next}, 3)); err != nil {
		t.Errorf("the new owner's write: %v", err)
	}
}

// TestDeadConnections ends all fenced connections behind a process's back: the
// next commits go through all the same.
func TestDeadConnections(t *testing.T) {
	url := migrated(t)
	db, other := process(t, url), process(t, url)
	ctx := t.Context()
	epoch, err := scheduling{db}.Take(ctx, 1, 0, "m", "")
	if err != nil {
		t.Fatal(err)
	}
	fence := store.Fence{Shard: 1, Epoch: epoch}
	for round := range int64(3) {
		for i := range int64(fencedConnections) {
			if err := (scheduling{db}).Commit(ctx, instanceBatch(fence, round*fencedConnections+i+1)); err != nil {
				t.Fatalf("round %d: %v", round, err)
			}
		}
		if err := endWriter(ctx, other.control, db.fences.writer()); err != nil {
			t.Fatal(err)
		}
	}
	st, err := scheduling{db}.Load(ctx, 1)
	if err != nil || len(st.Instances) != 3*fencedConnections {
		t.Errorf("%d instances, %v", len(st.Instances), err)
	}
}

// TestLostAnswer has the answer to a fenced transaction get lost while the
// server goes on holding its locks: writing the batch again ends the old
// connection instead of waiting for it.
func TestLostAnswer(t *testing.T) {
	url := migrated(t)
	db, other := process(t, url), process(t, url)
	ctx := t.Context()
	epoch, err := scheduling{db}.Take(ctx, 1, 0, "m", "")
	if err != nil {
		t.Fatal(err)
	}
	fence := store.Fence{Shard: 1, Epoch: epoch}
	// Another session plays the one the server takes for ours and alive.
	stale, err := other.control.Conn(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer stale.Close()
	for i := range fencedConnections {
		if _, err := stale.ExecContext(ctx, "DO GET_LOCK(?, 0)", lockName(db.fences.token, i)); err != nil {
			t.Fatal(err)
		}
	}
	if err := (scheduling{db}).Commit(ctx, instanceBatch(fence, 1)); err != nil {
		t.Fatal(err)
	}
}

// TestZombieStorm has three processes write with whatever epoch they last heard
// of while a fourth takes the shard over and over: once a take-over has loaded
// the shard, no row of an older epoch appears.
func TestZombieStorm(t *testing.T) {
	const writers, takes, perTake = 3, 15, 12
	ctx, url := t.Context(), migrated(t)
	taker := scheduling{process(t, url)}
	var epoch, ids, refused atomic.Int64
	wrote := make(chan struct{})
	stop, cancel := context.WithCancel(ctx)
	var wg sync.WaitGroup
	for range writers {
		s := scheduling{process(t, url)}
		wg.Go(func() {
			for stop.Err() == nil {
				mine := epoch.Load()
				b := instanceBatch(store.Fence{Shard: 1, Epoch: mine}, ids.Add(1))
				b.Instances[0].ProjectID = mine // says who wrote it
				var lost *store.ErrFenced
				switch err := s.Commit(ctx, b); {
				case errors.As(err, &lost):
					refused.Add(1)
				case err != nil:
					t.Errorf("commit: %v", err)
				default:
					select {
					case wrote <- struct{}{}:
					case <-stop.Done():
					}
				}
			}
		})
	}
	var counts []int // rows of epochs up to the index, seen by the next owner
	for e := range int64(takes) {
		if _, err := taker.Take(ctx, 1, e, "t", ""); err != nil {
			t.Errorf("take %d: %v", e, err)
			break
		}
		counts = append(counts, rowsUpTo(t, taker, e))
		epoch.Store(e + 1)
		for range perTake {
			<-wrote
		}
	}
	cancel()
	wg.Wait()
	for e, n := range counts {
		if got := rowsUpTo(t, taker, int64(e)); got != n {
			t.Errorf("epoch %d: %d rows were there when it ended, %d are now", e, n, got)
		}
	}
	t.Logf("%d batches tried, %d refused", ids.Load(), refused.Load())
	if refused.Load() == 0 {
		t.Error("no late write was tried: the test shows nothing")
	}
}

// rowsUpTo counts the rows written under an epoch or an older one.
func rowsUpTo(t *testing.T, s scheduling, epoch int64) (n int) {
	st, err := s.Load(t.Context(), 1)
	if err != nil {
		t.Error(err)
	}
	for _, i := range st.Instances {
		if i.ProjectID <= epoch {
			n++
		}
	}
	return n
}
