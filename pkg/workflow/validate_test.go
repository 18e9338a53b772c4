package workflow

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
)

// sample is a valid spec that holds every logic kind.
func sample() *Spec {
	return &Spec{
		GlobalParams: []Property{{Prop: "day", Direct: In}, {Prop: "total", Direct: Out}},
		Policy:       SerialWaiting,
		Tasks: []Task{
			{Name: "wait", Kind: KindDependent, Dependent: &Dependent{Groups: []DependentGroup{{
				Relation: Or, Items: []DependentItem{{DefinitionID: 3, Cycle: "day", DateValue: "today"}},
			}}}},
			{Name: "extract", Kind: KindShell, MaxRetries: 2, Timeout: time.Minute, TimeoutAction: TimeoutWarnFail},
			{Name: "gate", Kind: KindConditions, Conditions: &Conditions{
				Groups:  []ConditionGroup{{Items: []ConditionItem{{Task: "extract", Success: true}}}},
				Success: []string{"load"}, Failed: []string{""},
			}},
			{Name: "load", Kind: KindSubWorkflow, SubWorkflow: &SubWorkflow{DefinitionID: 9}},
			{Name: "choose", Kind: KindSwitch, Switch: &Switch{
				Cases: []SwitchCase{{Condition: "${day} > 1", Next: "end"}}, Default: "",
			}},
			{Name: "end", Kind: KindNoop, OnLost: LostHold},
		},
		Edges: []Edge{{"wait", "extract"}, {"extract", "gate"}, {"gate", "load"}, {"load", "choose"}, {"choose", "end"}},
	}
}

func TestValidate(t *testing.T) {
	if err := Validate(sample()); err != nil {
		t.Fatalf("the sample is refused: %v", err)
	}
	for _, c := range []struct {
		name          string
		change        func(*Spec)
		reason, field string
		text          string // part of the message
	}{
		{"no tasks", func(s *Spec) { s.Tasks = nil }, "definition.empty", "", ""},
		{"too many tasks", func(s *Spec) { s.Tasks = make([]Task, MaxTasks+1) }, "definition.too_large", "", "20001"},
		{"too many edges", func(s *Spec) { s.Edges = make([]Edge, MaxEdges+1) }, "definition.too_large", "", "200001"},
		{"negative limit", func(s *Spec) { s.Timeout = -1 }, "definition.invalid", "timeout", ""},
		{"policy", func(s *Spec) { s.Policy = "SOMEHOW" }, "definition.invalid", "policy", "SOMEHOW"},
		{"no name", func(s *Spec) { s.Tasks[1].Name = "  " }, "task.name", "", "number 2"},
		{"same name", func(s *Spec) { s.Tasks[1].Name = "load" }, "task.name", "load", ""},
		{"control character", func(s *Spec) { s.Tasks[1].Name = "a\x00b" }, "task.name", "a\x00b", ""},
		{"long name", func(s *Spec) { s.Tasks[1].Name = strings.Repeat("n", 256) }, "task.name", strings.Repeat("n", 256), ""},
		{"edge to nowhere", func(s *Spec) { s.Edges[0].To = "x" }, "definition.edge", "x", ""},
		{"cycle", func(s *Spec) { s.Edges = append(s.Edges, Edge{"end", "gate"}) }, "definition.cycle", "",
			"gate -> load -> choose -> end -> gate"},
		{"no kind", func(s *Spec) { s.Tasks[1].Kind = "" }, "task.invalid", "extract", "no kind"},
		{"retries", func(s *Spec) { s.Tasks[1].MaxRetries = -1 }, "task.invalid", "extract", "retries"},
		{"interval", func(s *Spec) { s.Tasks[1].RetryInterval = -1 }, "task.invalid", "extract", "negative"},
		{"delay", func(s *Spec) { s.Tasks[1].Delay = -1 }, "task.invalid", "extract", "negative"},
		{"task limit", func(s *Spec) { s.Tasks[1].Timeout = -1 }, "task.invalid", "extract", "negative"},
		{"priority", func(s *Spec) { s.Tasks[1].Priority = 5 }, "task.invalid", "extract", "priority"},
		{"action", func(s *Spec) { s.Tasks[1].TimeoutAction = "X" }, "task.invalid", "extract", "timeout action X"},
		{"lost", func(s *Spec) { s.Tasks[1].OnLost = "X" }, "task.invalid", "extract", "lost policy X"},
		{"global name", func(s *Spec) { s.GlobalParams[0].Prop = "" }, "param.invalid", "globalParams", "no name"},
		{"global twice", func(s *Spec) { s.GlobalParams[1] = s.GlobalParams[0] }, "param.invalid", "globalParams", "twice"},
		{"local name", func(s *Spec) { s.Tasks[1].LocalParams = []Property{{Prop: "a}b"}} }, "task.invalid", "extract", "a}b"},
		{"local direction", func(s *Spec) { s.Tasks[1].LocalParams = []Property{{Prop: "a", Direct: "UP"}} }, "task.invalid", "extract", "UP"},
		{"no dependent", func(s *Spec) { s.Tasks[0].Dependent = nil }, "task.invalid", "wait", "no dependencies"},
		{"dependent relation", func(s *Spec) { s.Tasks[0].Dependent.Relation = "XOR" }, "task.invalid", "wait", "XOR"},
		{"dependent on nothing", func(s *Spec) { s.Tasks[0].Dependent.Groups[0].Items[0].DefinitionID = 0 }, "task.invalid", "wait", "no workflow"},
		{"no period", func(s *Spec) { s.Tasks[0].Dependent.Groups[0].Items[0].DateValue = "" }, "task.invalid", "wait", "period"},
		{"no conditions", func(s *Spec) { s.Tasks[2].Conditions = nil }, "task.invalid", "gate", "no conditions"},
		{"condition on a stranger", func(s *Spec) { s.Tasks[2].Conditions.Groups[0].Items[0].Task = "x" }, "task.invalid", "gate", `"x"`},
		{"branch is a stranger", func(s *Spec) { s.Tasks[2].Conditions.Failed = []string{"x"} }, "task.invalid", "gate", "no task"},
		{"branch not next", func(s *Spec) { s.Tasks[2].Conditions.Failed = []string{"end"} }, "task.invalid", "gate", "directly"},
		{"no child", func(s *Spec) { s.Tasks[3].SubWorkflow.DefinitionID = 0 }, "task.invalid", "load", "no workflow"},
		{"no switch", func(s *Spec) { s.Tasks[4].Switch = nil }, "task.invalid", "choose", "no cases"},
		{"case not next", func(s *Spec) { s.Tasks[4].Switch.Cases[0].Next = "wait" }, "task.invalid", "choose", "directly"},
		{"default not next", func(s *Spec) { s.Tasks[4].Switch.Default = "wait" }, "task.invalid", "choose", "directly"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := sample()
			c.change(s)
			err := Validate(s)
			var e *Error
			if !errors.As(err, &e) {
				t.Fatalf("accepted, or a foreign error: %v", err)
			}
			if e.Code != Invalid || e.Reason != c.reason || e.Field != c.field || !strings.Contains(e.Message, c.text) {
				t.Errorf("got %s %s at %q: %s", e.Code, e.Reason, e.Field, e.Message)
			}
		})
	}
}

func TestValidateLargest(t *testing.T) {
	s := &Spec{}
	for i := range MaxTasks {
		s.Tasks = append(s.Tasks, Task{Name: fmt.Sprint("t", i), Kind: KindNoop})
		for j := max(0, i-10); j < i && len(s.Edges) < MaxEdges; j++ {
			s.Edges = append(s.Edges, Edge{From: s.Tasks[j].Name, To: s.Tasks[i].Name})
		}
	}
	if err := Validate(s); err != nil {
		t.Fatal(err)
	}
}
