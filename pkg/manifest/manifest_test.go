package manifest_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/porpoise-scheduler/porpoise/pkg/manifest"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// town knows workflows w1 to w9 and tenants t1 to t9 by their numbers.
type town struct{}

func (town) Workflow(project, name string) (int64, int64, bool) {
	var id int64
	n, _ := fmt.Sscanf(name, "w%d", &id)
	if project == "far" {
		return 2, id + 100, n == 1
	}
	return 1, id, n == 1 && project == ""
}

func (town) WorkflowName(_, id int64) (string, string, bool) {
	if id > 100 {
		return "far", fmt.Sprint("w", id-100), true
	}
	return "", fmt.Sprint("w", id), id < 10
}

func (town) Tenant(code string) (int64, bool) {
	var id int64
	n, _ := fmt.Sscanf(code, "t%d", &id)
	return id, n == 1
}
func (town) TenantCode(id int64) (string, bool) { return fmt.Sprint("t", id), true }

func anyKind(*workflow.Task) error { return nil }

// documents draws documents as Of would write them.
func documents(t *rapid.T) manifest.Document {
	text := rapid.SampledFrom([]string{"", "a", "two words", "x: y", "- 1", "行 一\n行 二", "'", "\"", "#", "yes", "007", "~", "a\n", " lead", "${day}", "1e3", "null"})
	duration := rapid.Map(rapid.IntRange(0, 7200), func(n int) manifest.Duration { return manifest.Duration(time.Duration(n) * time.Second) })
	d := manifest.Document{Name: "n" + text.Draw(t, "name"), Description: text.Draw(t, "description"), Timeout: duration.Draw(t, "timeout"),
		Policy: rapid.SampledFrom([]workflow.ExecutionPolicy{"", workflow.SerialWaiting, workflow.SerialDiscard}).Draw(t, "policy")}
	if rapid.Bool().Draw(t, "tenant?") {
		d.Tenant = fmt.Sprint("t", rapid.IntRange(1, 9).Draw(t, "tenant"))
	}
	param := rapid.Custom(func(t *rapid.T) manifest.Param {
		return manifest.Param{Name: "p" + fmt.Sprint(rapid.IntRange(0, 99).Draw(t, "p")), Value: text.Draw(t, "value"),
			Type: rapid.SampledFrom([]string{"", "INTEGER", "DATE"}).Draw(t, "type"), Direction: rapid.SampledFrom([]workflow.Direct{"", workflow.Out}).Draw(t, "direction")}
	})
	unique := func(label string) []manifest.Param {
		return rapid.SliceOfNDistinct(param, 0, 3, func(p manifest.Param) string { return p.Name }).Draw(t, label)
	}
	d.Params = unique("params")
	n := rapid.IntRange(1, 8).Draw(t, "tasks")
	for i := range n {
		k := manifest.Task{Name: fmt.Sprint("task ", i), Kind: workflow.KindShell, Description: text.Draw(t, "about"),
			WorkerGroup: rapid.SampledFrom([]string{"", "gpu"}).Draw(t, "group"), Environment: rapid.SampledFrom([]string{"", "java 21"}).Draw(t, "environment"),
			Disabled: rapid.Bool().Draw(t, "disabled"), Priority: rapid.SampledFrom([]string{"", "HIGHEST", "LOW"}).Draw(t, "priority"),
			Delay: duration.Draw(t, "delay"), Inputs: unique("inputs"), OnLost: rapid.SampledFrom([]workflow.OnLost{"", workflow.LostHold}).Draw(t, "lost")}
		for j := range i {
			if rapid.IntRange(0, 3).Draw(t, "edge") == 0 {
				k.Needs = append(k.Needs, fmt.Sprint("task ", j))
			}
		}
		if rapid.Bool().Draw(t, "retry?") {
			k.Retry = &manifest.Retry{Times: rapid.IntRange(1, 9).Draw(t, "times"), Interval: duration.Draw(t, "interval")}
		}
		if rapid.Bool().Draw(t, "timeout?") {
			k.Timeout = &manifest.Timeout{After: duration.Draw(t, "after"), Action: workflow.TimeoutFail}
		}
		switch rapid.IntRange(0, 3).Draw(t, "kind") {
		case 0:
			k.Kind, k.SubWorkflow = workflow.KindSubWorkflow, &manifest.Reference{Project: rapid.SampledFrom([]string{"", "far"}).Draw(t, "project"), Workflow: "w3"}
		case 1:
			k.Kind, k.Dependent = workflow.KindDependent, &manifest.Dependent{Relation: workflow.Or, CheckInterval: duration.Draw(t, "check"), Groups: []manifest.DependentGroup{
				{Relation: workflow.And, Items: []manifest.DependentItem{{Project: "far", Workflow: "w1", Task: text.Draw(t, "task"), Cycle: "day", Date: "today"}}}}}
		default:
			k.Params = map[string]any{"rawScript": text.Draw(t, "script"), "n": rapid.Int64().Draw(t, "n"), "list": []any{text.Draw(t, "element"), true}}
		}
		d.Tasks = append(d.Tasks, k)
	}
	if rapid.Bool().Draw(t, "layout?") {
		d.Layout = map[string]manifest.Point{"task 0": {X: float64(rapid.IntRange(-500, 500).Draw(t, "x")), Y: 0.5}}
	}
	return d
}

// numbers lets an int64 of JSON equal the uint64 that YAML reads.
var numbers = cmp.FilterValues(func(a, b any) bool { return isWhole(a) && isWhole(b) },
	cmp.Comparer(func(a, b any) bool { return fmt.Sprint(a) == fmt.Sprint(b) }))

func isWhole(v any) bool {
	switch v.(type) {
	case int64, uint64, int:
		return true
	}
	return false
}

func TestTextAndBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := documents(t)
		text, err := manifest.Text(d)
		if err != nil {
			t.Fatal(err)
		}
		read, problem := manifest.Parse(text)
		if problem != nil {
			t.Fatalf("%v in\n%s", problem, text)
		}
		if diff := cmp.Diff(d, read, cmpopts.EquateEmpty(), numbers); diff != "" {
			t.Fatalf("%s\nof\n%s", diff, text)
		}
		again, err := manifest.Text(read)
		if err != nil || string(again) != string(text) {
			t.Fatalf("%v: written again it is\n%s\nnot\n%s", err, again, text)
		}
	})
}

func TestCoreAndBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := documents(t)
		s, problems := d.Check(town{}, anyKind)
		if len(problems) > 0 {
			t.Fatal(problems)
		}
		// Through the store, which keeps the spec as JSON.
		raw, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		def := workflow.Definition{Name: d.Name, Description: d.Description, ProjectID: 1}
		if err := json.Unmarshal(raw, &def.Spec); err != nil {
			t.Fatal(err)
		}
		back, err := manifest.Of(&def, town{})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(d, back, cmpopts.EquateEmpty(), numbers); diff != "" {
			t.Fatal(diff)
		}
	})
}

func TestProblemsAreLocated(t *testing.T) {
	const head = "name: x\ntasks:\n  - name: a\n    kind: SHELL\n"
	for _, c := range []struct {
		name, text, path, message string
		line                      int
	}{
		{"not YAML", "name: [", "", "", 1},
		{"an unknown field", head + "    colour: red\n", "", "colour", 5},
		{"an alias", "name: &n x\ndescription: *n\n", "", "aliases", 2},
		{"a wrong type", "name: x\ntasks: 3\n", "", "", 2},
		{"a duration", head + "    delay: soon\n", "", "soon", 5},
		{"a priority", head + "    priority: URGENT\n", "tasks[0].priority", "URGENT", 5},
		{"a kind's parameter", head + "    params:\n      rawScript: bad\n", "tasks[0].params.rawScript", "no good", 6},
		{"a tenant", "name: x\ntenant: nobody\n" + head[8:], "tenant", "nobody", 2},
		{"a workflow", head + "  - name: b\n    kind: SUB_WORKFLOW\n    subWorkflow: {workflow: none}\n", "tasks[1].subWorkflow", "none", 7},
		{"a cycle", head + "    needs: [a]\n", "", "wait for each other", 1},
		{"nobody", "", "", "empty", 0},
		{"no tasks", "name: x\n", "tasks", "at least one", 1},
		{"no name", head[8:], "name", "no name", 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := first(t, c.text)
			if p.Path != c.path || !strings.Contains(p.Message, c.message) || p.Line != c.line {
				t.Errorf("got %+v", p)
			}
		})
	}
}

// first gives the first problem of a text.
func first(t *testing.T, text string) manifest.Problem {
	t.Helper()
	d, problem := manifest.Parse([]byte(text))
	if problem != nil {
		return *problem
	}
	_, problems := d.Check(town{}, func(k *workflow.Task) error {
		if strings.Contains(string(k.Params), "bad") {
			return workflow.Errorf(workflow.Invalid, "task.params.invalid", "it is no good").At("rawScript")
		}
		return nil
	})
	if len(problems) == 0 {
		t.Fatal("no problem was found")
	}
	return manifest.Find([]byte(text)).Locate(problems[0])
}

func TestManyDocuments(t *testing.T) {
	list, problem := manifest.ParseAll([]byte("name: a\n---\nname: b\n"))
	if problem != nil || len(list) != 2 || list[1].Name != "b" {
		t.Errorf("%v, %v", list, problem)
	}
	if _, problem := manifest.Parse([]byte("name: a\n---\nname: b\n")); problem == nil {
		t.Error("two documents are one")
	}
	if _, problem := manifest.Parse(make([]byte, manifest.MaxBytes+1)); problem == nil {
		t.Error("a text without bounds was read")
	}
	var e error = manifest.Problem{Path: "tasks[0]", Line: 3, Message: "m"}
	if e.Error() != "line 3: tasks[0]: m" || errors.Unwrap(e) != nil {
		t.Error(e)
	}
}

// TestForeignLayout reads where the first dialect draws tasks.
func TestForeignLayout(t *testing.T) {
	def := workflow.Definition{Name: "x", Spec: workflow.Spec{
		Tasks:  []workflow.Task{{Name: "extract", Kind: workflow.KindShell, Priority: workflow.Medium}},
		Layout: map[string]json.RawMessage{"locations": json.RawMessage(`{"tasks-1":{"name":"extract","x":120,"y":80}}`), "connects": json.RawMessage(`[]`)},
	}}
	d, err := manifest.Of(&def, town{})
	if err != nil || d.Layout["extract"] != (manifest.Point{X: 120, Y: 80}) {
		t.Errorf("%v, %v", d.Layout, err)
	}
	def.Layout["locations"] = json.RawMessage(`"{\"tasks-1\":{\"name\":\"extract\",\"x\":5,\"y\":6}}"`)
	if p := manifest.Points(def.Layout)["extract"]; p != (manifest.Point{X: 5, Y: 6}) {
		t.Errorf("in a text it is at %v", p)
	}
}

func FuzzParse(f *testing.F) {
	f.Add("name: a\ntasks: [{name: x, kind: SHELL}]")
	f.Add("&a [*a]")
	f.Fuzz(func(t *testing.T, text string) {
		d, problem := manifest.Parse([]byte(text))
		if problem != nil {
			return
		}
		if _, err := manifest.Text(d); err != nil {
			t.Fatal(err)
		}
		_, problems := d.Check(town{}, anyKind)
		for _, p := range problems {
			manifest.Find([]byte(text)).Locate(p)
		}
	})
}
