package engine

import (
	"fmt"
	"slices"
	"time"

	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
	"pgregory.net/rapid"
)

// drawDefinition draws a workflow of all kinds of tasks.
func drawDefinition(t *rapid.T, maxTasks int) *workflow.Definition {
	n := rapid.IntRange(1, maxTasks).Draw(t, "tasks")
	def := &workflow.Definition{ID: 7, Code: 7000000007, Version: 1, ProjectID: 3, Name: "flow"}
	if one(t, 10, "limited") {
		def.Timeout = time.Minute
	}
	for i := range n {
		def.Tasks = append(def.Tasks, workflow.Task{Name: fmt.Sprintf("t%d", i)})
	}
	density := rapid.IntRange(1, 3).Draw(t, "density")
	for to := 1; to < n; to++ {
		for range rapid.IntRange(0, density).Draw(t, "degree") {
			from := rapid.IntRange(max(0, to-8), to-1).Draw(t, "from")
			e := workflow.Edge{From: def.Tasks[from].Name, To: def.Tasks[to].Name}
			if !slices.Contains(def.Edges, e) {
				def.Edges = append(def.Edges, e)
			}
		}
	}
	for i := range def.Tasks {
		drawTask(t, def, i)
	}
	return def
}

// one is true once in n draws.
func one(t *rapid.T, n int, label string) bool { return rapid.IntRange(1, n).Draw(t, label) == n }

func drawTask(t *rapid.T, def *workflow.Definition, i int) {
	task := &def.Tasks[i]
	task.Kind = rapid.SampledFrom([]workflow.Kind{
		workflow.KindNoop, workflow.KindNoop, workflow.KindNoop, workflow.KindShell, workflow.KindShell,
		workflow.KindConditions, workflow.KindConditions, workflow.KindSwitch, workflow.KindSubWorkflow, workflow.KindDependent,
	}).Draw(t, "kind")
	task.Forbidden = one(t, 10, "forbidden")
	task.OnLost = rapid.SampledFrom([]workflow.OnLost{"", workflow.LostRerun, workflow.LostFail, workflow.LostHold}).Draw(t, "lost")
	if one(t, 3, "retries") {
		task.MaxRetries = rapid.IntRange(1, 2).Draw(t, "max retries")
		task.RetryInterval = time.Duration(rapid.IntRange(0, 1).Draw(t, "interval")) * 10 * time.Second
	}
	if one(t, 8, "delay") {
		task.Delay = 15 * time.Second
	}
	if one(t, 6, "limit") {
		task.Timeout = 20 * time.Second
		task.TimeoutAction = rapid.SampledFrom([]workflow.TimeoutAction{
			workflow.TimeoutWarn, workflow.TimeoutFail, workflow.TimeoutWarnFail,
		}).Draw(t, "action")
	}
	if one(t, 8, "slots") {
		task.TaskGroupID = 4
	}
	if one(t, 4, "out") {
		task.LocalParams = []workflow.Property{{Prop: "v", Direct: workflow.Out}}
	}
	drawLogic(t, def, task)
}

func drawLogic(t *rapid.T, def *workflow.Definition, task *workflow.Task) {
	var next []string
	for _, e := range def.Edges {
		if e.From == task.Name {
			next = append(next, e.To)
		}
	}
	some := func(label string) []string {
		return slices.DeleteFunc(slices.Clone(next), func(string) bool { return rapid.Bool().Draw(t, label) })
	}
	relation := rapid.SampledFrom([]workflow.Relation{"", workflow.And, workflow.Or})
	switch task.Kind {
	case workflow.KindConditions:
		c := &workflow.Conditions{Relation: relation.Draw(t, "relation"), Success: some("then"), Failed: some("else"), Verdict: rapid.Bool().Draw(t, "verdict")}
		for range rapid.IntRange(0, 2).Draw(t, "groups") {
			g := workflow.ConditionGroup{Relation: relation.Draw(t, "relation")}
			for _, e := range def.Edges {
				if e.To == task.Name && rapid.Bool().Draw(t, "asked") {
					g.Items = append(g.Items, workflow.ConditionItem{Task: e.From, Success: rapid.Bool().Draw(t, "success")})
				}
			}
			c.Groups = append(c.Groups, g)
		}
		task.Conditions = c
	case workflow.KindSwitch:
		s := &workflow.Switch{}
		for _, name := range next {
			s.Cases = append(s.Cases, workflow.SwitchCase{
				Condition: rapid.SampledFrom([]string{"1 == 1", "1 == 2"}).Draw(t, "case"), Next: name,
			})
		}
		if len(next) > 0 {
			s.Default = rapid.SampledFrom(append(next, "")).Draw(t, "default")
		}
		task.Switch = s
	case workflow.KindSubWorkflow:
		task.SubWorkflow = &workflow.SubWorkflow{DefinitionID: 21}
	case workflow.KindDependent:
		task.Dependent = &workflow.Dependent{
			CheckInterval: 5 * time.Second,
			FailureWait:   time.Duration(rapid.IntRange(0, 1).Draw(t, "patience")) * 12 * time.Second,
			Groups: []workflow.DependentGroup{{Items: []workflow.DependentItem{
				{DefinitionID: 9, Cycle: "day", DateValue: "today"},
			}}},
		}
	}
}

// drawInstance draws how an instance of the workflow is to run.
func drawInstance(t *rapid.T, def *workflow.Definition) workflow.Instance {
	inst := workflow.Instance{
		ID: 100, ProjectID: 3, DefinitionID: 7, DefinitionVersion: 1, Name: "flow-1",
		State: workflow.Submitted, Command: workflow.CmdStart,
		Start: workflow.StartOptions{
			FailureStrategy: rapid.SampledFrom([]workflow.FailureStrategy{workflow.FailContinue, workflow.FailEnd}).Draw(t, "strategy"),
			WarningType:     workflow.WarnAll,
		},
	}
	if one(t, 5, "cut") {
		inst.Start.Scope = rapid.SampledFrom([]workflow.StartScope{workflow.ScopeOnly, workflow.ScopePre, workflow.ScopePost}).Draw(t, "scope")
		for range rapid.IntRange(1, 2).Draw(t, "start tasks") {
			inst.Start.StartTasks = append(inst.Start.StartTasks, rapid.SampledFrom(def.Tasks).Draw(t, "start task").Name)
		}
	}
	return inst
}
