package params

import (
	"encoding/json"
	"errors"
	"slices"
	"testing"

	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

func TestTexts(t *testing.T) {
	o := Read(json.RawMessage(`{"a":["x",5,""],"none":"","z":null,"t":true,"s":"false","e":""}`))
	if got := o.Texts("a"); !slices.Equal(got, []string{"x", "5", ""}) {
		t.Errorf("%q", got)
	}
	if o.Texts("none") != nil || o.Texts("z") != nil || o.Texts("missing") != nil {
		t.Error("texts of nothing")
	}
	if !o.Bool("t", false) || o.Bool("s", true) || !o.Bool("e", true) || o.Bool("missing", false) {
		t.Error("truth values")
	}
	if o.Err() != nil {
		t.Error(o.Err())
	}
	for raw, field := range map[string]string{`{"a":"x"}`: "a", `{"a":["x",[]]}`: "a[1]", `{"a":{}}`: "a", `{"b":"perhaps"}`: "b"} {
		o := Read(json.RawMessage(raw))
		o.Texts("a")
		o.Bool("b", false)
		var e *workflow.Error
		if !errors.As(o.Err(), &e) || e.Field != field {
			t.Errorf("%s: %v", raw, o.Err())
		}
	}
}
