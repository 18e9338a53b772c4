package engine

import (
	"fmt"
	"testing"
	"time"

	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// chain is n tasks one after another, fan n tasks between a root and a join.
func chain(n int) *workflow.Definition {
	def := &workflow.Definition{ID: 7, Name: "chain"}
	for i := range n {
		def.Tasks = append(def.Tasks, workflow.Task{Name: fmt.Sprint("t", i), Kind: workflow.KindNoop})
		if i > 0 {
			def.Edges = append(def.Edges, workflow.Edge{From: fmt.Sprint("t", i-1), To: fmt.Sprint("t", i)})
		}
	}
	return def
}

func fan(n int) *workflow.Definition {
	def := &workflow.Definition{ID: 7, Name: "fan", Spec: workflow.Spec{Tasks: []workflow.Task{
		{Name: "root", Kind: workflow.KindNoop}, {Name: "join", Kind: workflow.KindNoop},
	}}}
	for i := range n {
		name := fmt.Sprint("t", i)
		def.Tasks = append(def.Tasks, workflow.Task{Name: name, Kind: workflow.KindNoop})
		def.Edges = append(def.Edges, workflow.Edge{From: "root", To: name}, workflow.Edge{From: name, To: "join"})
	}
	return def
}

// runThrough runs an instance to its end as fast as events can be given.
func runThrough(tb testing.TB, plan *Plan) int {
	run, err := New(plan, workflow.Instance{ID: 1, State: workflow.Submitted})
	if err != nil {
		tb.Fatal(err)
	}
	var last int64
	env := Env{Now: time.Unix(1_000_000, 0), NextID: func() int64 { last++; return last }}
	queue := run.Step(env, Start{}).Ready
	for i := 0; i < len(queue); i++ {
		id := queue[i].TaskID
		run.Step(env, Assigned{TaskID: id, WorkerID: "w", Host: "h", Epoch: 1})
		run.Step(env, Started{TaskID: id, At: env.Now})
		queue = append(queue, run.Step(env, Ended{TaskID: id, State: workflow.Succeeded, At: env.Now}).Ready...)
	}
	if run.State() != workflow.Succeeded {
		tb.Fatalf("ended %s", run.State())
	}
	return len(queue)
}

func BenchmarkRun(b *testing.B) {
	for _, c := range []struct {
		name string
		def  *workflow.Definition
	}{
		{"chain-1000", chain(1000)}, {"chain-10000", chain(10000)},
		{"fan-1000", fan(1000)}, {"fan-10000", fan(10000)},
	} {
		b.Run(c.name, func(b *testing.B) {
			plan, err := Compile(c.def)
			if err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			tasks := 0
			for b.Loop() {
				tasks = runThrough(b, plan)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*tasks), "ns/task")
		})
	}
}

func BenchmarkCompile(b *testing.B) {
	def := fan(10000)
	for b.Loop() {
		if _, err := Compile(def); err != nil {
			b.Fatal(err)
		}
	}
}

// The effort for ten times the tasks stays near ten times the effort. It is
// counted in allocations, which do not depend on what else the machine does.
func TestLinear(t *testing.T) {
	for name, shape := range map[string]func(int) *workflow.Definition{"chain": chain, "fan": fan} {
		effort := func(n int) float64 {
			plan, err := Compile(shape(n))
			if err != nil {
				t.Fatal(err)
			}
			return testing.AllocsPerRun(1, func() { runThrough(t, plan) })
		}
		small, large := effort(1000), effort(10000)
		if large > 12*small {
			t.Errorf("%s: %.0f allocations for 1,000 tasks, %.0f for 10,000", name, small, large)
		}
	}
}
