package params

import (
	"encoding/json"
	"errors"
	"testing"

	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

func TestRead(t *testing.T) {
	o := Read(json.RawMessage(`{"a":"x","n":5,"s":" 6 ","f":7.0,"b":true,"e":"","z":null,"big":1e3,
		"list":[{"p":1},{"p":"two"}],"none":"","other":{"ignored":[]}}`))
	for field, want := range map[string]string{"a": "x", "n": "5", "b": "true", "e": "", "z": "", "missing": ""} {
		if got := o.Text(field); got != want {
			t.Errorf("%s: %q", field, got)
		}
	}
	for field, want := range map[string]int64{"n": 5, "s": 6, "f": 7, "big": 1000, "e": -1, "z": -1, "missing": -1} {
		if got := o.Int(field, -1); got != want {
			t.Errorf("%s: %d", field, got)
		}
	}
	list := o.List("list")
	if len(list) != 2 || list[0].Int("p", 0) != 1 || list[1].Text("p") != "two" || o.List("none") != nil || o.List("missing") != nil {
		t.Errorf("list: %v", list)
	}
	if o.Err() != nil {
		t.Error(o.Err())
	}
	for _, raw := range []string{"", "null", "{}", `""`, `"{\"rawScript\":\"x\"}"`, " { } "} {
		if err := Read(json.RawMessage(raw)).Err(); err != nil {
			t.Errorf("%s: %v", raw, err)
		}
	}
}

func TestErrorsNameTheField(t *testing.T) {
	for _, c := range []struct {
		raw, field string
		use        func(*Object)
	}{
		{`[]`, "params", func(*Object) {}},
		{`{`, "params", func(*Object) {}},
		{`"["`, "params", func(*Object) {}},
		{`{"a":{}}`, "a", func(o *Object) { o.Text("a") }},
		{`{"a":"x"}`, "a", func(o *Object) { o.Int("a", 0) }},
		{`{"a":1.5}`, "a", func(o *Object) { o.Int("a", 0) }},
		{`{"a":1e300}`, "a", func(o *Object) { o.Int("a", 0) }},
		{`{"a":5}`, "a", func(o *Object) { o.List("a") }},
		{`{"a":[5]}`, "a[0]", func(o *Object) { o.List("a") }},
		{`{"a":[{"b":1},{"b":[]}],"c":[]}`, "a[1].b", func(o *Object) { o.List("a")[1].Text("b"); o.Text("c") }},
	} {
		o := Read(json.RawMessage(c.raw))
		c.use(o)
		var e *workflow.Error
		if !errors.As(o.Err(), &e) || e.Code != workflow.Invalid || e.Field != c.field {
			t.Errorf("%s: %v", c.raw, o.Err())
		}
	}
}

func TestScript(t *testing.T) {
	for raw, want := range map[string]string{
		`{"rawScript":"echo 1\r\necho 2","resourceList":[{"id":7}]}`: "echo 1\necho 2",
		`{"rawScript":5}`: "5",
		`"{\"rawScript\":\"echo\",\"resourceList\":[]}"`: "echo",
	} {
		if got, err := Script(json.RawMessage(raw)); err != nil || got != want {
			t.Errorf("%s: %q %v", raw, got, err)
		}
	}
	for raw, field := range map[string]string{
		`{}`: "rawScript", `{"rawScript":" \n"}`: "rawScript", `{"rawScript":[]}`: "rawScript",
		`{"rawScript":"x","resourceList":[1]}`: "resourceList[0]", `{"rawScript":"x","resourceList":{}}`: "resourceList", `x`: "params",
	} {
		_, err := Script(json.RawMessage(raw))
		var e *workflow.Error
		if !errors.As(err, &e) || e.Field != field {
			t.Errorf("%s: %v", raw, err)
		}
	}
}
