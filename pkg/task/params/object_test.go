package params

import (
	"encoding/json"
	"errors"
	"testing"

	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

func TestObject(t *testing.T) {
	o := Read(json.RawMessage(`{"plain":{"a":1},"text":" {\"a\":\"2\"} ","empty":"","null":null,"none":{}}`))
	for field, want := range map[string]string{"plain": "1", "text": "2", "empty": "", "null": "", "none": "", "missing": ""} {
		child := o.Object(field)
		if got := child.Text("a"); got != want || child.Empty() != (want == "") {
			t.Errorf("%s: %q", field, got)
		}
	}
	if o.Err() != nil {
		t.Error(o.Err())
	}
	for raw, field := range map[string]string{
		`{"o":[]}`: "o", `{"o":5}`: "o", `{"o":"x"}`: "o", `{"o":{"a":{}}}`: "o.a", `{"o":"{\"a\":[]}"}`: "o.a",
	} {
		o := Read(json.RawMessage(raw))
		o.Object("o").Text("a")
		var e *workflow.Error
		if !errors.As(o.Err(), &e) || e.Field != field {
			t.Errorf("%s: %v", raw, o.Err())
		}
	}
}
