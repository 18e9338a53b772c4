package usecase

import (
	"encoding/json"
	"errors"
	"maps"
	"strings"
	"testing"

	"github.com/porpoise-scheduler/porpoise/pkg/manifest"
	"github.com/porpoise-scheduler/porpoise/pkg/task"
	"github.com/porpoise-scheduler/porpoise/pkg/task/kinds"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// complete are parameters, by kind, that a kind accepts.
func complete() map[workflow.Kind]string {
	program := `{"programType":"JAVA","mainClass":"M","mainJar":{"id":1}}`
	return map[workflow.Kind]string{
		workflow.KindShell: `{"rawScript":"x"}`, workflow.KindPython: `{"rawScript":"x"}`, workflow.KindNoop: `{}`,
		workflow.KindHTTP: `{"url":"http://x"}`, workflow.KindProcedure: `{"type":"MYSQL","datasource":1,"method":"p"}`,
		workflow.KindSQL:   `{"type":"HIVE","datasource":1,"sql":"select 1","sqlType":"0","sendEmail":true,"title":"t","receivers":"a@example.org"}`,
		workflow.KindSpark: program, workflow.KindFlink: program, workflow.KindMR: program,
		workflow.KindDataX: `{"customConfig":0,"dsType":"MYSQL","dataSource":1,"dtType":"MYSQL","dataTarget":2,"sql":"select 1","targetTable":"t"}`,
		workflow.KindSqoop: `{"jobType":"TEMPLATE","modelType":"import","sourceType":"MYSQL","sourceParams":{"srcDatasource":1,"srcTable":"t"},"targetType":"HDFS","targetParams":{"targetPath":"/x"}}`,
	}
}

// TestKindsAreDescribed sees that forms name what kinds read.
func TestKindsAreDescribed(t *testing.T) {
	s := &Service{Kinds: kinds.New(kinds.Options{})}
	list := s.TaskKinds()
	if len(list) != 15 {
		t.Errorf("%d kinds", len(list))
	}
	for _, k := range list {
		if k.Title.EN == "" || k.Title.ZH == "" || k.Help.EN == "" || k.Help.ZH == "" || k.Icon == "" || k.Group == "" {
			t.Errorf("%s: %+v", k.ID, k.Description)
		}
		checkFields(t, string(k.ID), k.Fields)
		var schema map[string]any
		if err := json.Unmarshal(k.Schema(), &schema); err != nil || schema["type"] != "object" {
			t.Errorf("%s: schema %s", k.ID, k.Schema())
		}
		if kind, ok := s.Kinds.Get(k.ID); ok {
			checkRead(t, kind, k.Fields)
		}
	}
}

func checkFields(t *testing.T, at string, fields []task.Field) {
	t.Helper()
	seen := map[string]bool{}
	for _, f := range fields {
		seen[f.Name] = true
	}
	for _, f := range fields {
		here := at + "." + f.Name
		if f.Title.EN == "" || f.Title.ZH == "" || (f.Help.EN == "") != (f.Help.ZH == "") {
			t.Errorf("%s is not in both languages", here)
		}
		chosen := len(f.Choices) == 0 || f.Default == nil
		for _, c := range f.Choices {
			chosen = chosen || c.Value == f.Default
		}
		if !chosen {
			t.Errorf("%s: the default %v is no choice", here, f.Default)
		}
		for other := range f.When {
			if !seen[other] && !strings.HasPrefix(other, "../") {
				t.Errorf("%s depends on %s, which is no field", here, other)
			}
		}
		if (f.Type == task.List) != (len(f.Fields) > 0 || f.Of != "") && f.Type != task.Object {
			t.Errorf("%s: a list has elements", here)
		}
		checkFields(t, here, f.Fields)
	}
	if len(seen) != len(fields) {
		t.Errorf("%s: a field appears twice", at)
	}
}

// checkRead gives each field a value of a wrong type: whoever reads it refuses.
func checkRead(t *testing.T, kind task.Kind, fields []task.Field) {
	t.Helper()
	var params map[string]any
	if err := json.Unmarshal([]byte(complete()[kind.ID()]), &params); err != nil {
		t.Fatalf("%s: %v", kind.ID(), err)
	}
	validate := func(p map[string]any) error {
		raw, err := json.Marshal(p)
		if err != nil {
			t.Fatal(err)
		}
		return kind.Validate(raw)
	}
	if err := validate(params); err != nil {
		t.Errorf("%s: %v", kind.ID(), err)
	}
	for _, f := range fields {
		switch f.Name {
		case "json", "customShell": // of another form of the same kind
			continue
		}
		p := maps.Clone(params)
		p[f.Name] = []any{[]any{[]any{}}}
		var e *workflow.Error
		if err := validate(p); !errors.As(err, &e) || !strings.HasPrefix(e.Field, f.Name) {
			t.Errorf("%s does not read %s: %v", kind.ID(), f.Name, err)
		}
	}
}

// TestLogicKindsAreDocuments reads documents in which every described field is
// named.
func TestLogicKindsAreDocuments(t *testing.T) {
	for _, k := range logicKinds() {
		text := "name: x\ntasks:\n  - name: a\n    kind: " + string(k.ID) + "\n    " + k.Section + ": " + sample(k.Fields) + "\n"
		if _, problem := manifest.Parse([]byte(text)); problem != nil {
			t.Errorf("%s: %v in\n%s", k.ID, problem, text)
		}
	}
}

// sample writes an object with all fields.
func sample(fields []task.Field) string {
	var parts []string
	for _, f := range fields {
		value := "x"
		switch {
		case f.Widget == "duration":
			value = "1m"
		case f.Type == task.Boolean:
			value = "true"
		case f.Type == task.List && f.Of != "":
			value = "[x]"
		case f.Type == task.List:
			value = "[" + sample(f.Fields) + "]"
		}
		parts = append(parts, f.Name+": "+value)
	}
	return "{" + strings.Join(parts, ", ") + "}"
}
