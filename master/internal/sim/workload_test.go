package sim

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
	"github.com/porpoise-scheduler/porpoise/proto/workerpb"
)

// The names of tasks say how their attempts end: "ok...", "bad..." always
// fails, "flaky..." fails the first time, "lacking..." never starts.

func task(name string, more ...func(*workflow.Task)) workflow.Task {
	t := workflow.Task{
		Name: name, Kind: workflow.KindShell, Priority: workflow.Medium, MaxRetries: 1, RetryInterval: time.Second,
		Params: json.RawMessage(`{"rawScript":"true"}`),
	}
	for _, f := range more {
		f(&t)
	}
	return t
}

// shapes are the workflows of the simulation; the second result is how a run
// that nobody stops must end.
func shapes(rng *rand.Rand) ([]workflow.Definition, []workflow.State) {
	width := 2 + rng.IntN(5)
	chain, diamond, fan := workflow.Spec{}, workflow.Spec{}, workflow.Spec{}
	for i := range 4 {
		chain.Tasks = append(chain.Tasks, task(fmt.Sprintf("ok%d", i)))
		if i > 0 {
			chain.Edges = append(chain.Edges, workflow.Edge{From: fmt.Sprintf("ok%d", i-1), To: fmt.Sprintf("ok%d", i)})
		}
	}
	for _, n := range []string{"ok_a", "flaky_b", "ok_c", "ok_d"} {
		diamond.Tasks = append(diamond.Tasks, task(n))
	}
	diamond.Edges = []workflow.Edge{{From: "ok_a", To: "flaky_b"}, {From: "ok_a", To: "ok_c"}, {From: "flaky_b", To: "ok_d"}, {From: "ok_c", To: "ok_d"}}
	fan.Tasks = append(fan.Tasks, task("ok_start"), task("ok_join"))
	for i := range width {
		n := fmt.Sprintf("flaky%d", i)
		fan.Tasks = append(fan.Tasks, task(n))
		fan.Edges = append(fan.Edges, workflow.Edge{From: "ok_start", To: n}, workflow.Edge{From: n, To: "ok_join"})
	}
	failing := workflow.Spec{Tasks: []workflow.Task{task("ok_1"), task("bad_2"), task("ok_3")},
		Edges: []workflow.Edge{{From: "ok_1", To: "bad_2"}, {From: "bad_2", To: "ok_3"}}}
	parent := workflow.Spec{Tasks: []workflow.Task{task("ok_1"), task("sub", func(t *workflow.Task) {
		t.Kind, t.Params, t.MaxRetries, t.SubWorkflow = workflow.KindSubWorkflow, nil, 0, &workflow.SubWorkflow{DefinitionID: 1}
	}), task("ok_2")}, Edges: []workflow.Edge{{From: "ok_1", To: "sub"}, {From: "sub", To: "ok_2"}}}
	serial := chain
	serial.Policy = workflow.SerialWaiting

	supplied := workflow.Spec{Tasks: []workflow.Task{task("ok_1", needing(1, 2)), task("flaky_2", needing(2)), task("ok_3", needing(1))},
		Edges: []workflow.Edge{{From: "ok_1", To: "ok_3"}, {From: "flaky_2", To: "ok_3"}}}
	lacking := workflow.Spec{Tasks: []workflow.Task{task("ok_1", needing(1)), task("lacking_2", needing(1, 404)), task("ok_3")},
		Edges: []workflow.Edge{{From: "ok_1", To: "lacking_2"}, {From: "lacking_2", To: "ok_3"}}}

	one := workflow.Spec{Tasks: []workflow.Task{task("ok_1", grouped(narrow, 0)), task("flaky_2", grouped(narrow, 5)), task("ok_3", grouped(narrow, 5)),
		task("ok_4", grouped(narrow, 9))}, Edges: []workflow.Edge{{From: "ok_1", To: "ok_4"}}}

	specs := []workflow.Spec{chain, diamond, fan, failing, parent, serial, supplied, lacking, one}
	ends := []workflow.State{
		workflow.Succeeded, workflow.Succeeded, workflow.Succeeded, workflow.Failed, workflow.Succeeded, workflow.Succeeded,
		workflow.Succeeded, workflow.Failed, workflow.Succeeded,
	}
	defs := make([]workflow.Definition, len(specs))
	for i, s := range specs {
		defs[i] = workflow.Definition{
			ID: int64(i + 1), Code: int64(1)<<40 + int64(i), Version: 1, ProjectID: 1, Name: fmt.Sprintf("wf%d", i+1),
			ReleaseState: workflow.Online, Spec: s,
		}
	}
	return defs, ends
}

// outcome is how an attempt ends by itself.
func outcome(a *workerpb.Assignment) workerpb.AttemptState {
	switch {
	case strings.HasPrefix(a.Task, "bad"), strings.HasPrefix(a.Task, "flaky") && a.Number == 1:
		return workerpb.AttemptState_ATTEMPT_STATE_FAILED
	default:
		return workerpb.AttemptState_ATTEMPT_STATE_SUCCEEDED
	}
}
