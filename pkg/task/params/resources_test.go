package params

import (
	"encoding/json"
	"errors"
	"slices"
	"testing"

	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

func TestResources(t *testing.T) {
	o := Read(json.RawMessage(`{"resourceList":[{"id":7},{"id":"8","name":"x","res":"x"},{"resourceName":"file:/x/run.sh"},
		{"resourceName":"file:///y"},{"res":"lib/a.jar"},{"id":0,"name":"/b c"},{"res":"a:b"}],"none":""}`))
	want := []workflow.ResourceRef{{ID: 7}, {ID: 8}, {Name: "/x/run.sh"}, {Name: "/y"}, {Name: "/lib/a.jar"}, {Name: "/b c"}, {Name: "/a:b"}}
	if got := o.Resources("resourceList"); !slices.Equal(got, want) || o.Err() != nil {
		t.Errorf("%v %v", got, o.Err())
	}
	if got := o.Resources("none"); len(got) != 0 || o.Err() != nil {
		t.Errorf("%v %v", got, o.Err())
	}
	for raw, field := range map[string]string{
		`{"resourceList":[{"id":1},{}]}`: "resourceList[1]", `{"resourceList":[{"id":"x"}]}`: "resourceList[0].id",
		`{"resourceList":5}`: "resourceList", `{"resourceList":[{"name":"/"}]}`: "resourceList[0]",
	} {
		_, err := ScriptNeeds(json.RawMessage(raw))
		var e *workflow.Error
		if !errors.As(err, &e) || e.Code != workflow.Invalid || e.Field != field {
			t.Errorf("%s: %v", raw, err)
		}
	}
}
