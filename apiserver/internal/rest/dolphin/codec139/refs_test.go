package codec139

import (
	"encoding/json"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

const refsJSON = `{"timeout":"0","tasks":[
 {"type":"SQL","name":"q","params":{"datasource":"3","sql":"select '<&>'"}},
 {"type":"PROCEDURE","name":"p","params":"{\"datasource\":4}"},
 {"type":"DEPENDENT","name":"d","dependence":{"relation":"AND","dependTaskList":[{"relation":"OR","dependItemList":[
  {"projectId":2,"definitionId":21,"depTasks":"ALL","projectName":"p","definitionName":"f"}]}]}},
 {"type":"SUB_PROCESS","name":"s","params":{"processDefinitionId":22}},
 {"type":"SHELL","name":"x","params":{"datasource":9}}, 5, {"type":"SQL","name":"odd","params":{"datasource":"x"}}]}`

func TestMapRefs(t *testing.T) {
	var seen []Ref
	same, err := MapRefs(refsJSON, func(r *Ref) error { seen = append(seen, *r); return nil })
	if err != nil || same != refsJSON {
		t.Errorf("%s, %v: want it unchanged", same, err)
	}
	want := []Ref{{Task: "q", Kind: workflow.KindSQL, ID: 3}, {Task: "p", Kind: workflow.KindProcedure, ID: 4},
		{Task: "d", Kind: workflow.KindDependent, ID: 21, ProjectID: 2, Name: "f", Project: "p"},
		{Task: "s", Kind: workflow.KindSubWorkflow, ID: 22}}
	if d := cmp.Diff(want, seen); d != "" {
		t.Error(d)
	}
	mapped, err := MapRefs(refsJSON, func(r *Ref) error {
		switch r.Kind {
		case workflow.KindSQL:
			r.Name = "source"
		case workflow.KindDependent:
			r.ID, r.ProjectID, r.Name, r.Project = 31, 32, "", ""
		case workflow.KindSubWorkflow:
			r.ID, r.Name, r.Project = 40, "sub", "p"
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	wantJSON := `{"timeout":"0","tasks":[
	 {"type":"SQL","name":"q","params":{"datasource":"3","sql":"select '<&>'","datasourceName":"source"}},
	 {"type":"PROCEDURE","name":"p","params":"{\"datasource\":4}"},
	 {"type":"DEPENDENT","name":"d","dependence":{"relation":"AND","dependTaskList":[{"relation":"OR","dependItemList":[
	  {"projectId":32,"definitionId":31,"depTasks":"ALL"}]}]}},
	 {"type":"SUB_PROCESS","name":"s","params":{"processDefinitionId":40,"processDefinitionName":"sub","projectName":"p"}},
	 {"type":"SHELL","name":"x","params":{"datasource":9}}, 5, {"type":"SQL","name":"odd","params":{"datasource":"x"}}]}`
	if d := cmp.Diff(parsed(t, wantJSON), parsed(t, mapped)); d != "" {
		t.Error(d)
	}
}

func parsed(t *testing.T, text string) (v any) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatal(err)
	}
	return v
}

func TestMapRefsOfNonsense(t *testing.T) {
	for _, text := range []string{"", "x", "[]", "{}", `{"tasks":5}`, `{"tasks":[{"type":"SQL","params":5}]}`, `{"tasks":[{"type":"DEPENDENT","dependence":{"dependTaskList":[{"dependItemList":7}]}}]}`} {
		if got, err := MapRefs(text, func(*Ref) error { return errors.New("visited") }); err != nil || got != text {
			t.Errorf("%q became %q, %v", text, got, err)
		}
	}
	if _, err := MapRefs(refsJSON, func(*Ref) error { return errors.New("no") }); err == nil {
		t.Error("the visitor's error got lost")
	}
}
