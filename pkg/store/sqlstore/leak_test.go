package sqlstore_test

import (
	"sync"
	"testing"

	"go.uber.org/goleak"

	"github.com/porpoise-scheduler/porpoise/pkg/store"
	"github.com/porpoise-scheduler/porpoise/pkg/store/sqlstore"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// TestNothingRunsAfterClose uses every pool of a store and closes it.
func TestNothingRunsAfterClose(t *testing.T) {
	for name, url := range databases() {
		t.Run(name, func(t *testing.T) {
			where := url(t)
			if name != "memory" {
				if _, err := sqlstore.Migrate(t.Context(), where, sqlstore.Up); err != nil {
					t.Fatal(err)
				}
			}
			before := goleak.IgnoreCurrent()
			st, err := sqlstore.Open(t.Context(), where, sqlstore.Options{})
			if err != nil {
				t.Fatal(err)
			}
			epoch, err := st.Scheduling.Take(t.Context(), 1, 0, "m", "")
			if err != nil {
				t.Fatal(err)
			}
			var wg sync.WaitGroup
			for range 8 {
				wg.Go(func() {
					f := store.Fence{Shard: 1, Epoch: epoch}
					if err := st.Scheduling.Commit(t.Context(), &store.Batch{Fences: []store.Fence{f}}); err != nil {
						t.Error(err)
					}
					if err := st.Commands.Insert(t.Context(), &workflow.Command{}); err != nil {
						t.Error(err)
					}
					if _, err := st.Users.All(t.Context()); err != nil {
						t.Error(err)
					}
				})
			}
			wg.Wait()
			if err := st.Database.Close(); err != nil {
				t.Fatal(err)
			}
			goleak.VerifyNone(t, before)
		})
	}
}
