package sqlstore_test

import (
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/porpoise-scheduler/porpoise/pkg/store"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// aTask is a row as masters write it when they dispatch an attempt.
func aTask(id int64, state workflow.State) workflow.TaskInstance {
	now := time.Now()
	t := workflow.TaskInstance{ID: id, InstanceID: id / 10, ProjectID: 1, DefinitionID: 7, Task: fmt.Sprint("task-", id%10), TaskCode: 9752684723010 + id,
		Kind: workflow.KindShell, State: state, Attempt: 1, Current: true, Priority: workflow.Medium, WorkerGroup: "default",
		WorkerID: "worker-1", Host: "127.0.0.1:1234", Epoch: 1, SubmitTime: now, StartTime: now, UpdateTime: now}
	if state.Terminal() {
		t.EndTime, t.PID = now, 12345
		t.LogPath, t.WorkDir = fmt.Sprintf("attempts/%d/log", id), fmt.Sprintf("attempts/%d/work", id)
	}
	return t
}

func anInstance(id int64) workflow.Instance {
	now := time.Now()
	return workflow.Instance{ID: id, Shard: 1, ProjectID: 1, DefinitionID: 7, DefinitionVersion: 1, Name: fmt.Sprint("flow-1-", id),
		State: workflow.Running, Policy: workflow.Parallel, Command: workflow.CmdStart, History: []workflow.CommandType{workflow.CmdStart},
		Start:  workflow.StartOptions{FailureStrategy: workflow.FailContinue, WarningType: workflow.WarnNone, WorkerGroup: "default", TenantCode: "etl"},
		UserID: 1, CommandTime: now, StartTime: now, RunTimes: 1, MasterID: "master-1", UpdateTime: now}
}

// benchmarkCommit measures what the engine's committers see: batches of a
// size, written by some committers at once.
func benchmarkCommit(b *testing.B, st *store.Store, committers, size int, write func(batch *store.Batch, first int64)) {
	epoch, err := st.Scheduling.Take(b.Context(), 1, 0, "bench", "")
	if err != nil {
		b.Fatal(err)
	}
	var next atomic.Int64
	next.Store(1)
	b.SetParallelism((committers + 1) / 2)
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			batch := &store.Batch{Fences: []store.Fence{{Shard: 1, Epoch: epoch}}}
			write(batch, next.Add(int64(size))-int64(size))
			if err := st.Scheduling.Commit(b.Context(), batch); err != nil {
				b.Error(err)
				return
			}
		}
	})
	b.ReportMetric(float64(b.N*size)/b.Elapsed().Seconds(), "rows/s")
}

func BenchmarkCommit(b *testing.B) {
	insert := func(size int) func(*store.Batch, int64) {
		return func(batch *store.Batch, first int64) {
			for i := range int64(size) {
				batch.Tasks = append(batch.Tasks, aTask(first+i, workflow.Dispatched))
			}
		}
	}
	// update writes the row of the dispatch and the final one, as two batches.
	update := func(size int) func(*store.Batch, int64) {
		return func(batch *store.Batch, first int64) {
			for i := range int64(size / 2) {
				batch.Tasks = append(batch.Tasks, aTask(first+i, workflow.Dispatched))
				batch.Tasks = append(batch.Tasks, aTask(max(1, first+i-int64(size)), workflow.Succeeded))
			}
		}
	}
	instances := func(size int) func(*store.Batch, int64) {
		return func(batch *store.Batch, first int64) {
			for i := range int64(size) {
				batch.Instances = append(batch.Instances, anInstance(first+i))
			}
		}
	}
	for name, url := range map[string]func(testing.TB) string{"sqlite": sqliteURL, "mariadb": databases()["mariadb"]} {
		for _, c := range []struct {
			what       string
			committers int
			size       int
			write      func(*store.Batch, int64)
		}{
			{"tasks", 1, 1, insert(1)}, {"tasks", 2, 30, insert(30)}, {"tasks", 2, 256, insert(256)}, {"tasks", 4, 500, insert(500)},
			{"updates", 2, 256, update(256)}, {"instances", 2, 256, instances(256)},
		} {
			b.Run(fmt.Sprintf("%s/%s/committers=%d/rows=%d", name, c.what, c.committers, c.size), func(b *testing.B) {
				benchmarkCommit(b, open(b, url(b)), c.committers, c.size, c.write)
			})
		}
	}
}

func BenchmarkInsertCommand(b *testing.B) {
	for name, url := range map[string]func(testing.TB) string{"sqlite": sqliteURL, "mariadb": databases()["mariadb"]} {
		for _, c := range []struct {
			callers int
			keyed   bool
		}{{1, false}, {1, true}, {64, false}, {64, true}} {
			b.Run(fmt.Sprintf("%s/callers=%d/keyed=%v", name, c.callers, c.keyed), func(b *testing.B) {
				callers, next := c.callers, atomic.Int64{}
				st := open(b, url(b))
				b.SetParallelism((callers + 1) / 2)
				b.ResetTimer()
				b.RunParallel(func(pb *testing.PB) {
					for pb.Next() {
						ctx := b.Context()
						if c.keyed {
							ctx = store.WithOnce(ctx, keyed(next.Add(1)))
						}
						if err := st.Commands.Insert(ctx, &workflow.Command{Shard: 1, Type: workflow.CmdStart, DefinitionID: 1}); err != nil {
							b.Error(err)
							return
						}
					}
				})
				b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "commands/s")
			})
		}
	}
}

// keyed is a request with a key of its own.
func keyed(n int64) *store.Once {
	return &store.Once{UserID: 1, Key: fmt.Sprint(n), Fingerprint: "print",
		Answer: func(int64) ([]byte, error) {
			return []byte(`{"status":200,"body":{"code":0,"msg":"success","data":null}}`), nil
		}}
}

func BenchmarkLoad(b *testing.B) {
	const n = 10_000
	for name, url := range map[string]func(testing.TB) string{"sqlite": sqliteURL, "mariadb": databases()["mariadb"]} {
		b.Run(name, func(b *testing.B) {
			st := open(b, url(b))
			epoch, err := st.Scheduling.Take(b.Context(), 1, 0, "bench", "")
			if err != nil {
				b.Fatal(err)
			}
			batch := &store.Batch{Fences: []store.Fence{{Shard: 1, Epoch: epoch}}}
			for id := range int64(n) {
				batch.Tasks = append(batch.Tasks, aTask(id+1, workflow.Dispatched))
				if id%10 == 0 {
					batch.Instances = append(batch.Instances, anInstance(id/10))
				}
			}
			if err := st.Scheduling.Commit(b.Context(), batch); err != nil {
				b.Fatal(err)
			}
			for b.Loop() {
				s, err := st.Scheduling.Load(b.Context(), 1)
				if err != nil || len(s.Tasks) < n-10 {
					b.Fatalf("%d tasks, %v", len(s.Tasks), err)
				}
			}
			b.ReportMetric(float64(b.N*n)/b.Elapsed().Seconds(), "rows/s")
		})
	}
}
