package dolphin_test

import (
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/porpoise-scheduler/porpoise/apiserver/internal/rest/dolphin"
	"github.com/porpoise-scheduler/porpoise/apiserver/internal/rest/dolphin/status"
)

// contract is the published interface of 1.3.9.
type contract struct {
	Endpoints []endpoint
	Schemas   map[string][]field
	enums     map[string][]string
}

// field is a property of a schema.
type field struct {
	Name, Type, Format string
	RawJSON            bool `json:"raw_json"` // text that is embedded as JSON
}

type endpoint struct {
	Group, Operation, Method, Path string
	Params                         []struct {
		Name, In, Type string
		Required       bool
		Default        *string
		MustBePresent  bool `json:"must_be_present"`
	}
	SuccessStatus int `json:"success_status"`
	Error         *string
	Data          string
}

// name is what the endpoint is called in this program.
func (e endpoint) name() string { return e.Group + "." + e.Operation }

// errorConstant is what the endpoint answers for bad parameters; the one of
// server errors when the contract names none.
func (e endpoint) errorConstant(t *testing.T) status.Constant {
	t.Helper()
	if e.Error == nil {
		return status.InternalServerErrorArgs
	}
	c, ok := status.ByName(*e.Error)
	if !ok {
		t.Fatalf("%s: unknown constant %s", e.name(), *e.Error)
	}
	return c
}

func readContract(t *testing.T) contract {
	t.Helper()
	var c contract
	for name, into := range map[string]any{"contract.json": &c, "enums.json": &c.enums} {
		text, err := os.ReadFile("testdata/" + name)
		must(t, err)
		decode(t, text, into)
	}
	return c
}

// TestRoutesKeepTheContract compares every declaration with the contract.
func TestRoutesKeepTheContract(t *testing.T) {
	c := readContract(t)
	byName := map[string]endpoint{}
	for _, e := range c.Endpoints {
		byName[e.name()] = e
	}
	for _, rt := range newWorld(t).api.Routes() {
		name := rt.Group + "." + rt.Operation
		e, ok := byName[name]
		if !ok {
			t.Errorf("%s is not in the contract", name)
			continue
		}
		if rt.Method != e.Method || rt.Path != e.Path {
			t.Errorf("%s is %s %s, want %s %s", name, rt.Method, rt.Path, e.Method, e.Path)
		}
		answered := rt.SuccessStatus
		if answered == 0 {
			answered = http.StatusOK
		}
		if answered != e.SuccessStatus {
			t.Errorf("%s answers %d, want %d", name, answered, e.SuccessStatus)
		}
		if want := e.errorConstant(t); rt.ErrorConstant != want {
			t.Errorf("%s has error constant %s, want %s", name, rt.ErrorConstant, want)
		}
		c.compareParams(t, name, rt, e)
	}
}

func (c contract) compareParams(t *testing.T, name string, rt dolphin.Route, e endpoint) {
	t.Helper()
	declared := map[string]dolphin.Param{}
	for _, p := range rt.Params {
		declared[p.Name] = p
	}
	for _, want := range e.Params {
		p, ok := declared[want.Name]
		delete(declared, want.Name)
		switch {
		case want.In == "session" || want.In == "path":
			continue
		case !ok:
			t.Errorf("%s does not take %s", name, want.Name)
			continue
		case p.Required != (want.Required && want.Default == nil || want.MustBePresent):
			t.Errorf("%s: %s required is %v", name, want.Name, p.Required)
		case (want.Default != nil) != p.HasDefault || want.Default != nil && *want.Default != p.Default:
			t.Errorf("%s: %s has default %v %q, want %v", name, want.Name, p.HasDefault, p.Default, want.Default)
		}
		kind := map[string]string{"String": "text", "Integer": "int", "int": "int", "Boolean": "bool", "boolean": "bool", "MultipartFile": "file"}[want.Type]
		if kind == "" {
			kind = "enum"
		}
		if p.Type() != kind {
			t.Errorf("%s: %s is %s, want %s (%s)", name, want.Name, p.Type(), kind, want.Type)
		}
		for _, word := range c.enums[want.Type] {
			if word != "H2" && !slices.Contains(p.Values, word) { // a database inside a Java program
				t.Errorf("%s: %s does not take %s", name, want.Name, word)
			}
		}
	}
	for extra := range declared {
		if !strings.Contains(rt.Path, "{"+extra+"}") {
			t.Errorf("%s takes %s, which the contract does not know", name, extra)
		}
	}
}
