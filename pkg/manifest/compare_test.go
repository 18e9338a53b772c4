package manifest_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/porpoise-scheduler/porpoise/pkg/manifest"
)

func parsed(t *testing.T, text string) manifest.Document {
	t.Helper()
	d, problem := manifest.Parse([]byte(text))
	if problem != nil {
		t.Fatal(problem)
	}
	return d
}

func TestCompare(t *testing.T) {
	a := parsed(t, `
name: x
params: [{name: day}]
tasks:
  - {name: same, kind: SHELL, params: {rawScript: "1", n: 1}}
  - {name: edited, kind: SHELL, needs: [same], priority: HIGH, params: {rawScript: "1", keep: [1]}}
  - {name: gone, kind: SHELL, needs: [edited]}
layout: {same: {x: 1, y: 2}}
`)
	b := parsed(t, `
name: y
tasks:
  - {name: same, kind: SHELL, params: {n: 1, rawScript: "1"}}
  - {name: new, kind: SHELL, needs: [same]}
  - {name: edited, kind: SHELL, needs: [same, new], retry: {times: 1}, params: {rawScript: "2", keep: [1]}}
`)
	want := manifest.Difference{
		Fields: []string{"name", "params"},
		Tasks: []manifest.TaskChange{{Name: "new", Change: "ADDED"},
			{Name: "edited", Change: "CHANGED", Fields: []string{"priority", "retry", "params.rawScript"}}, {Name: "gone", Change: "REMOVED"}},
		Added: [][2]string{{"same", "new"}, {"new", "edited"}}, Gone: [][2]string{{"edited", "gone"}},
	}
	if diff := cmp.Diff(want, manifest.Compare(a, b), cmpopts.EquateEmpty()); diff != "" {
		t.Error(diff)
	}
	if !manifest.Compare(a, a).None() || manifest.Compare(a, b).None() {
		t.Error("what is the same is different")
	}
}

// TestTooMuch feeds texts that are small and whose parsing would take for ever.
func TestTooMuch(t *testing.T) {
	const n = 50_000
	var keys strings.Builder
	for i := range n {
		fmt.Fprintf(&keys, "\n  k%d: v", i)
	}
	for name, text := range map[string]string{
		"brackets": strings.Repeat("[", n), "objects": strings.Repeat("{a: ", n), "entries": strings.Repeat("- ", n),
		"questions": strings.Repeat("? ", n), "colons": strings.Repeat("a: ", n), "tags": strings.Repeat("!a ", n),
		"closed": "a: " + strings.Repeat("[", n) + strings.Repeat("]", n), "keys": "params:" + keys.String(),
	} {
		if _, problem := manifest.ParseAll([]byte(text)); problem == nil || problem.Line == 0 {
			t.Errorf("%s: %v", name, problem)
		}
		if p := manifest.Find([]byte(text)).Locate(manifest.Problem{Path: "tasks[0]"}); p.Line != 0 {
			t.Errorf("%s: found %+v", name, p)
		}
	}
	const script = "name: x\ntasks:\n  - name: a\n    kind: SHELL\n    params:\n      rawScript: |\n        [[ [[ { {{ - - - ? ? a: a: a: !x\n"
	if d := parsed(t, script); !strings.Contains(fmt.Sprint(d.Tasks[0].Params["rawScript"]), "!x") {
		t.Error(d)
	}
}

func TestPlacesOfManyDocuments(t *testing.T) {
	list, problem := manifest.Read([]byte("name: a\n---\n# nothing\nname: b\ntasks:\n  - name: t\n    kind: SHELL\n"))
	if problem != nil || len(list) != 2 {
		t.Fatal(list, problem)
	}
	if p := list[1].Places.Locate(manifest.Problem{Path: "tasks[0].kind"}); p.Line != 7 {
		t.Errorf("found at %+v", p)
	}
	for _, text := range []string{"---\n---\nname: b\n", "name: a\n---\n# nothing\n---\nname: b\n"} {
		if list, problem := manifest.Read([]byte(text)); problem == nil {
			t.Errorf("%q is %d documents", text, len(list))
		}
	}
	if list, problem := manifest.Read([]byte("---\nname: a\n---\n")); problem != nil || len(list) != 1 {
		t.Error(list, problem)
	}
}
