package engine

import (
	"encoding/json"
	"errors"
	"reflect"
	"testing"
	"time"

	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

func TestCompileRefuses(t *testing.T) {
	for name, def := range map[string]*workflow.Definition{
		"definition.empty": {},
		"definition.cycle": {Spec: workflow.Spec{
			Tasks: []workflow.Task{{Name: "a", Kind: "SHELL"}, {Name: "b", Kind: "SHELL"}},
			Edges: []workflow.Edge{{From: "a", To: "b"}, {From: "b", To: "a"}},
		}},
		"task.invalid": {Spec: workflow.Spec{Tasks: []workflow.Task{{Name: "d", Kind: workflow.KindDependent,
			Dependent: &workflow.Dependent{Groups: []workflow.DependentGroup{{Items: []workflow.DependentItem{
				{DefinitionID: 9, DateValue: "never"},
			}}}},
		}}}},
	} {
		_, err := Compile(def)
		var e *workflow.Error
		if !errors.As(err, &e) || e.Code != workflow.Invalid || e.Reason != name {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestInherit(t *testing.T) {
	def := chain(1)
	def.GlobalParams = []workflow.Property{{Prop: "own", Direct: workflow.In, Value: "1"}}
	plan, err := Compile(def)
	if err != nil {
		t.Fatal(err)
	}
	got := plan.Inherit(map[string]string{"own": "2", "other": "3"})
	if !reflect.DeepEqual(got, map[string]string{"other": "3"}) {
		t.Errorf("inherits %v", got)
	}
}

func TestAccessors(t *testing.T) {
	plan, err := Compile(fan(2))
	if err != nil {
		t.Fatal(err)
	}
	run, err := New(plan, workflow.Instance{ID: 1, State: workflow.Submitted, Command: workflow.CmdStart})
	if err != nil {
		t.Fatal(err)
	}
	var last int64
	env := Env{Now: time.Unix(1000, 0), NextID: func() int64 { last++; return last }}
	run.Step(env, Start{})
	run.Step(env, Assigned{TaskID: 1, WorkerID: "w"})
	inst := run.Instance()
	inst.History[0] = "changed"
	if run.Instance().History[0] != workflow.CmdStart {
		t.Error("the copy shares its history with the run")
	}
	if row, ok := run.Task(1); !ok || row.State != workflow.Dispatched {
		t.Errorf("task 1: %v %v", row.State, ok)
	}
	if _, ok := run.Task(2); ok {
		t.Error("a task that does not exist")
	}
	if sent := run.Sent(); len(sent) != 1 || sent[0].ID != 1 {
		t.Errorf("sent %v", sent)
	}
	run.Step(env, Ended{TaskID: 1, State: workflow.Succeeded})
	if open := run.Open(); len(open) != 2 || len(run.Sent()) != 0 || run.Pending() != 2 || run.Active() != 0 {
		t.Errorf("open %v, pending %d, active %d", open, run.Pending(), run.Active())
	}
	if run.Plan() != plan || plan.Definition().Name != "fan" || run.State() != workflow.Running {
		t.Error("plan, definition or state")
	}
}

// Rows a restore cannot use do no harm: of tasks a later version or the start
// limits dropped, not current ones, two that claim to be.
func TestRestoreOddRows(t *testing.T) {
	plan, err := Compile(chain(2))
	if err != nil {
		t.Fatal(err)
	}
	inst := workflow.Instance{ID: 1, State: workflow.Running, Start: workflow.StartOptions{
		StartTasks: []string{"t0"}, Scope: workflow.ScopeOnly, Zone: "Nowhere/Unknown",
	}}
	row := func(id int64, task string, s workflow.State, current bool, attempt int) workflow.TaskInstance {
		return workflow.TaskInstance{ID: id, Task: task, State: s, Current: current, Attempt: attempt, Kind: workflow.KindNoop}
	}
	run, err := Restore(plan, inst, []workflow.TaskInstance{
		row(1, "gone", workflow.Running, true, 1), row(2, "t1", workflow.Running, true, 1),
		row(6, "t0", workflow.Failed, true, 2), row(5, "t0", workflow.Failed, true, 1), row(3, "t0", workflow.Failed, false, 4),
	})
	if err != nil {
		t.Fatal(err)
	}
	last := int64(10)
	env := Env{Now: time.Unix(1000, 0), NextID: func() int64 { last++; return last }}
	if eff := run.Step(env, Adopt{}); !eff.Ended || eff.Instance.State != workflow.Failed {
		t.Fatalf("%+v", eff)
	}
	eff := run.Step(env, Control{Command: workflow.CmdRecoverFailed})
	if len(eff.Tasks) != 2 || eff.Tasks[0].ID != 6 || eff.Tasks[1].Attempt != 5 {
		t.Fatalf("%+v", eff.Tasks)
	}
	if name, offset := env.Now.In(run.zone).Zone(); offset != 8*60*60 {
		t.Errorf("zone %s", name)
	}
}

func TestAlertFacts(t *testing.T) {
	def := fan(maxAlertTasks + 5)
	plan, err := Compile(def)
	if err != nil {
		t.Fatal(err)
	}
	run, err := New(plan, workflow.Instance{ID: 1, Name: "fan-1", State: workflow.Submitted, ScheduleTime: time.Unix(500, 0), Start: workflow.StartOptions{
		WarningType: workflow.WarnFailure, WarningGroupID: 6, Receivers: "a@x", ReceiversCc: "b@x",
	}})
	if err != nil {
		t.Fatal(err)
	}
	var last int64
	env := Env{Now: time.Unix(1000, 0), NextID: func() int64 { last++; return last }}
	ready := run.Step(env, Start{}).Ready
	var eff Effects
	for i := 0; i < len(ready); i++ {
		state := workflow.Failed
		if i == 0 {
			state = workflow.Succeeded
		}
		run.Step(env, Assigned{TaskID: ready[i].TaskID, WorkerID: "w", Host: "w:1"})
		eff = run.Step(env, Ended{TaskID: ready[i].TaskID, State: state, Reason: "exit 1"})
		ready = append(ready, eff.Ready...)
	}
	if len(eff.Alerts) != 1 {
		t.Fatalf("alerts %v", eff.Alerts)
	}
	a := eff.Alerts[0]
	if a.Kind != workflow.AlertFailure || a.GroupID != 6 || a.Receivers != "a@x,b@x" || a.Title != "fan-1 failed" || a.InstanceID != 1 {
		t.Errorf("%+v", a)
	}
	var facts Facts
	if err := json.Unmarshal([]byte(a.Content), &facts); err != nil {
		t.Fatal(err)
	}
	if len(facts.Tasks) != maxAlertTasks || facts.MoreTasks != 5 || facts.Tasks[0].Reason != "exit 1" || facts.Tasks[0].Host != "w:1" ||
		facts.State != workflow.Failed || !facts.ScheduleTime.Equal(time.Unix(500, 0)) || facts.EndTime == nil {
		t.Errorf("%+v", facts)
	}
}
