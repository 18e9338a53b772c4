package dolphin_test

import (
	"encoding/json"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/porpoise-scheduler/porpoise/apiserver/internal/rest/dolphin"
)

// contract is the published interface of 1.3.9.
type contract struct {
	Endpoints []endpoint
	Schemas   map[string][]struct{ Name, Type, Format string }
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

func readContract(t *testing.T) contract {
	t.Helper()
	text, err := os.ReadFile("testdata/contract.json")
	if err != nil {
		t.Fatal(err)
	}
	var c contract
	if err := json.Unmarshal(text, &c); err != nil {
		t.Fatal(err)
	}
	return c
}

// later are the endpoints of complete groups that come with other work.
var later = []string{
	"Users.grantResource", "Users.grantUDFFunc", "Users.grantDataSource",
	"Users.unauthorizedUser", "Users.authorizedUser",
	"Project.importProcessDefinition",
}

// accountGroups are the groups that must be complete.
var accountGroups = []string{"Login", "AccessToken", "Users", "Tenant", "Queue", "WorkerGroup", "Project", "Monitor"}

func TestAccountGroupsAreComplete(t *testing.T) {
	declared := map[string]bool{}
	for _, rt := range newWorld(t).api.Routes() {
		declared[rt.Group+"."+rt.Operation] = true
	}
	for _, e := range readContract(t).Endpoints {
		name := e.Group + "." + e.Operation
		if slices.Contains(accountGroups, e.Group) && !slices.Contains(later, name) && !declared[name] {
			t.Errorf("%s (%s %s) is missing", name, e.Method, e.Path)
		}
	}
}

// TestRoutesKeepTheContract compares every declaration with the contract.
func TestRoutesKeepTheContract(t *testing.T) {
	byName := map[string]endpoint{}
	for _, e := range readContract(t).Endpoints {
		byName[e.Group+"."+e.Operation] = e
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
		if e.Error == nil || rt.ErrorConstant.String() != *e.Error {
			t.Errorf("%s has error constant %s, want %v", name, rt.ErrorConstant, e.Error)
		}
		compareParams(t, name, rt, e)
	}
}

func compareParams(t *testing.T, name string, rt dolphin.Route, e endpoint) {
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
	}
	for extra := range declared {
		if !strings.Contains(rt.Path, "{"+extra+"}") {
			t.Errorf("%s takes %s, which the contract does not know", name, extra)
		}
	}
}

// shape checks JSON against the contract's word for it: a schema's name, a
// list of it, a page of it, or something simple.
func (c contract) shape(t *testing.T, data json.RawMessage, want string) {
	t.Helper()
	want, _, _ = strings.Cut(want, " (")
	switch {
	case want == "null":
		if string(data) != "null" {
			t.Errorf("data is %s, want null", data)
		}
	case strings.HasPrefix(want, "page<"):
		keys(t, data, "totalList", "currentPage", "totalPage", "total")
		var p struct{ TotalList json.RawMessage }
		decode(t, data, &p)
		c.shape(t, p.TotalList, strings.TrimSuffix(strings.TrimPrefix(want, "page<"), ">")+"[]")
	case strings.HasSuffix(want, "[]"):
		var list []json.RawMessage
		decode(t, data, &list)
		if len(list) == 0 {
			t.Errorf("the list of %s is empty: nothing was checked", want)
		}
		for _, one := range list {
			c.shape(t, one, strings.TrimSuffix(want, "[]"))
		}
	case want == "String":
		var s string
		decode(t, data, &s)
	case want == "int":
		var n int64
		decode(t, data, &n)
	case want == "object{sessionId: String}":
		keys(t, data, "sessionId")
	default:
		schema, ok := c.Schemas[want]
		if !ok {
			t.Fatalf("unknown shape %s", want)
		}
		names := make([]string, 0, len(schema))
		for _, p := range schema {
			names = append(names, p.Name)
		}
		keys(t, data, names...)
		c.types(t, data, want)
	}
}

// types checks the fields of a schema that are not null.
func (c contract) types(t *testing.T, data json.RawMessage, schema string) {
	t.Helper()
	var fields map[string]any
	decode(t, data, &fields)
	for _, p := range c.Schemas[schema] {
		v := fields[p.Name]
		if v == nil {
			continue
		}
		switch p.Type {
		case "int", "long", "Integer", "Long", "float":
			if _, ok := v.(float64); !ok {
				t.Errorf("%s.%s is %v, want a number", schema, p.Name, v)
			}
		case "boolean":
			if _, ok := v.(bool); !ok {
				t.Errorf("%s.%s is %v, want a truth value", schema, p.Name, v)
			}
		case "Date":
			pattern := isoDate
			if p.Format != "" {
				pattern = plainDate
			}
			if s, ok := v.(string); !ok || !pattern.MatchString(s) {
				t.Errorf("%s.%s is %v, want a date like %s", schema, p.Name, v, pattern)
			}
		}
	}
}

func decode(t *testing.T, data json.RawMessage, v any) {
	t.Helper()
	if err := json.Unmarshal(data, v); err != nil {
		t.Fatalf("decoding %s: %v", data, err)
	}
}

// keys checks that an object has exactly these keys.
func keys(t *testing.T, data json.RawMessage, want ...string) {
	t.Helper()
	var m map[string]json.RawMessage
	decode(t, data, &m)
	got := make([]string, 0, len(m))
	for k := range m {
		got = append(got, k)
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("keys are %v, want %v", got, want)
	}
}
