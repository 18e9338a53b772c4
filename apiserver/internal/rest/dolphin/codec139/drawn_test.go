package codec139

import (
	"encoding/json"
	"testing"

	"github.com/porpoise-scheduler/porpoise/pkg/manifest"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// TestDrawnByUs gives the console of 1.3.9 what our own editor drew, under the
// ids that nodes have there.
func TestDrawnByUs(t *testing.T) {
	spec := mustDecode(t, `{"globalParams":[],"tasks":[
		{"type":"SHELL","id":"tasks-11","name":"a","params":{"rawScript":"1"},"preTasks":[]},
		{"type":"SHELL","id":"tasks-12","name":"b","params":{"rawScript":"2"},"preTasks":["a"]}],"tenantId":1,"timeout":0}`)
	old, lines := `{"tasks-11":{"name":"a","x":1,"y":1}}`, `[]`
	SetLayout(&spec, &old, &lines)
	if got := Locations(&spec); *got != old {
		t.Errorf("the console's own drawing is %s", *got)
	}
	spec.Tasks = append(spec.Tasks, workflow.Task{Name: "c", Code: 7, Kind: workflow.KindNoop, Priority: workflow.Medium})
	spec.Edges = append(spec.Edges, workflow.Edge{From: "a", To: "c"}, workflow.Edge{From: "b", To: "c"})
	manifest.Draw(&spec, map[string]manifest.Point{"a": {X: 10, Y: 20}})
	var at map[string]locationJSON
	if err := json.Unmarshal([]byte(*Locations(&spec)), &at); err != nil {
		t.Fatal(err)
	}
	if at["tasks-11"] != (locationJSON{Name: "a", NodeNumber: "2", X: 10, Y: 20}) || at["tasks-7"].TargetArr != "tasks-11,tasks-12" ||
		at["tasks-12"].X == 0 || at["tasks-7"].X <= at["tasks-12"].X {
		t.Errorf("drawn %+v", at)
	}
	var connects []connectJSON
	if err := json.Unmarshal([]byte(*Connects(&spec)), &connects); err != nil || len(connects) != 3 || connects[0] != (connectJSON{Source: "tasks-11", Target: "tasks-12"}) {
		t.Errorf("connected %+v, %v", connects, err)
	}

	// The console draws it again: that counts. Without a drawing ours stays.
	next := mustDecode(t, EncodeProcess(&spec))
	KeepForeign(&spec, &next)
	if !manifest.Drawn(next.Layout) {
		t.Error("our drawing is gone")
	}
	SetLayout(&next, &old, &lines)
	again := mustDecode(t, EncodeProcess(&spec))
	SetLayout(&again, &old, &lines)
	KeepForeign(&spec, &again)
	if got := Locations(&again); *got != old {
		t.Errorf("drawn again it is %s", *got)
	}
	if p := manifest.Points(again.Layout)["a"]; p.X != 1 {
		t.Errorf("our editor draws it at %+v", p)
	}
}
