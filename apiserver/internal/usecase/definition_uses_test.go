package usecase

import (
	"encoding/json"
	"errors"
	"reflect"
	"testing"

	"github.com/porpoise-scheduler/porpoise/pkg/task"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// needy is a kind that needs what its parameters say.
type needy struct{}

func (needy) ID() workflow.Kind              { return "NEEDY" }
func (needy) Validate(json.RawMessage) error { return nil }
func (needy) Needs(params json.RawMessage) (n task.Needs, err error) {
	return n, json.Unmarshal(params, &n)
}

func TestUsesOf(t *testing.T) {
	s := Service{Kinds: task.NewRegistry(needy{})}
	spec := workflow.Spec{Tasks: []workflow.Task{
		{Name: "a", Kind: "NEEDY", Params: json.RawMessage(`{"Resources":[{"ID":3,"Name":"x"},{"Name":"dir/./run.sh"}],"DataSources":[5]}`)},
		{Name: "sub", Kind: workflow.KindSubWorkflow},
		{Name: "b", Kind: "NEEDY", Forbidden: true, Params: json.RawMessage(`{"Resources":[{"Name":"/lib"}],"DataSources":[6],"UDFs":[7]}`)},
	}}
	got, err := s.usesOf(&spec)
	want := workflow.Uses{Resources: []workflow.ResourceRef{{ID: 3, Name: "x"}, {Name: "/dir/run.sh"}, {Name: "/lib"}}, DataSources: []int64{5, 6}}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("uses %+v, %v; want %+v", got, err, want)
	}
	spec.Tasks[0].Params = json.RawMessage(`{`)
	var syntax *json.SyntaxError
	if _, err := s.usesOf(&spec); !errors.As(err, &syntax) {
		t.Errorf("broken parameters: %v", err)
	}
}
