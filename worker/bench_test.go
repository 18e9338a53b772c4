package worker_test

import (
	"slices"
	"testing"
	"time"

	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
	"github.com/porpoise-scheduler/porpoise/proto/workerpb"
	"github.com/porpoise-scheduler/porpoise/worker"
)

// BenchmarkThroughput sends attempts as long as there is credit, through the
// real stream, and acknowledges their ends.
func BenchmarkThroughput(b *testing.B) {
	for _, kind := range []workflow.Kind{"NOOP", "SHELL"} {
		b.Run(string(kind), func(b *testing.B) {
			r := newRig(b, func(c *worker.Config) { c.Slots = 64 })
			r.master.awaitCredit(64)
			b.ResetTimer()
			r.master.pump(kind, b.N)
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "attempts/s")
		})
	}
}

// BenchmarkLatency sends one attempt at a time: from the dispatch to the report
// that it runs, and to its end.
func BenchmarkLatency(b *testing.B) {
	for _, kind := range []workflow.Kind{"NOOP", "SHELL"} {
		b.Run(string(kind), func(b *testing.B) {
			r := newRig(b)
			r.master.awaitCredit(4)
			var started, ended []time.Duration
			for i := range b.N {
				id := int64(i + 1)
				begun := time.Now()
				r.master.dispatch(id, kind, "true")
				r.master.untilRunning(id)
				started = append(started, time.Since(begun))
				r.master.untilEnded(id)
				ended = append(ended, time.Since(begun))
			}
			for name, list := range map[string][]time.Duration{"started": started, "ended": ended} {
				slices.Sort(list)
				b.ReportMetric(float64(list[len(list)/2].Microseconds())/1000, "p50-"+name+"-ms")
				b.ReportMetric(float64(list[len(list)*99/100].Microseconds())/1000, "p99-"+name+"-ms")
			}
		})
	}
}

// pump dispatches n attempts in batches of the credit there is, and waits for
// all ends.
func (m *master) pump(kind workflow.Kind, n int) {
	incarnation := m.greeting().GetIncarnation()
	for sent := 0; sent < n; {
		m.until("credit", func() bool { return m.credit > 0 })
		batch := &workerpb.DispatchBatch{}
		m.update(func() {
			for ; m.credit > 0 && sent < n; m.credit-- {
				sent++
				batch.Assignments = append(batch.Assignments, &workerpb.Assignment{
					AttemptId: int64(sent), Shard: 1, Epoch: 1, Kind: string(kind), Tenant: tenantName(), Task: "t",
					Incarnation: incarnation, Params: []byte(`{"rawScript":"true","resourceList":[]}`),
				})
			}
		})
		m.send(&workerpb.ToWorker{Msg: &workerpb.ToWorker_Dispatch{Dispatch: batch}})
	}
	m.until("all ends", func() bool { return m.ends >= n })
}
