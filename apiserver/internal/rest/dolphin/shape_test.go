package dolphin_test

import (
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// shape checks JSON against the contract's word for it: a schema's name, a
// list, a page, an object in words, or something simple.
func (c contract) shape(t *testing.T, data json.RawMessage, want string) {
	t.Helper()
	if m := omission.FindStringSubmatch(want); m != nil {
		c = c.without(m[1], m[2])
	}
	if i := strings.Index(want, " ("); i > 0 && !strings.HasPrefix(want, "object{") {
		want = want[:i]
	}
	want, _, _ = strings.Cut(want, " | ")
	switch {
	case want == "null":
		if string(data) != "null" {
			t.Errorf("data is %s, want null", data)
		}
	case strings.HasPrefix(want, "page<"):
		c.page(t, data, strings.TrimSuffix(strings.TrimPrefix(want, "page<"), ">"))
	case strings.HasPrefix(want, "object{"):
		c.object(t, data, strings.TrimSuffix(strings.TrimPrefix(want, "object{"), "}"))
	case strings.HasPrefix(want, "map<"):
		var m map[string]json.RawMessage
		decode(t, data, &m)
		_, values, _ := strings.Cut(strings.TrimSuffix(strings.TrimPrefix(want, "map<"), ">"), ",")
		for _, one := range m {
			c.shape(t, one, strings.TrimSpace(values))
		}
	case strings.HasSuffix(want, "[]"):
		c.list(t, data, strings.TrimSuffix(want, "[]"))
	case c.Schemas[want] != nil:
		names := make([]string, 0, len(c.Schemas[want]))
		for _, p := range c.Schemas[want] {
			names = append(names, p.Name)
		}
		keys(t, data, names...)
		c.types(t, data, want)
	default:
		c.value(t, want, data, field{Type: want})
	}
}

// omission says that a list's rows lack a property.
var omission = regexp.MustCompile(`<(\w+)> \((\w+) omitted\)$`)

// without is the contract with a property less.
func (c contract) without(schema, property string) contract {
	c.Schemas = maps.Clone(c.Schemas)
	c.Schemas[schema] = slices.DeleteFunc(slices.Clone(c.Schemas[schema]), func(f field) bool { return f.Name == property })
	return c
}

// page checks a page. That of task records has no rows.
func (c contract) page(t *testing.T, data json.RawMessage, of string) {
	t.Helper()
	keys(t, data, "totalList", "currentPage", "totalPage", "total")
	var p struct{ TotalList json.RawMessage }
	decode(t, data, &p)
	if of == "TaskRecord" {
		sameJSON(t, "list", string(p.TotalList), "[]")
		return
	}
	c.list(t, p.TotalList, of)
}

// list checks a list that is not empty.
func (c contract) list(t *testing.T, data json.RawMessage, of string) {
	t.Helper()
	var list []json.RawMessage
	decode(t, data, &list)
	if len(list) == 0 {
		t.Errorf("the list of %s is empty: nothing was checked", of)
	}
	for _, one := range list {
		c.shape(t, one, of)
	}
}

// words split an object's description at its own commas.
var words = regexp.MustCompile(`(\w+)(?: \([^)]*\))?(?:: ((?:[^,<{]|<[^>]*(?:\{[^}]*\})?[^>]*>|\{[^}]*\})*))?`)

// object checks an object that the contract describes in words. One in
// parentheses may be missing.
func (c contract) object(t *testing.T, data json.RawMessage, description string) {
	t.Helper()
	var got map[string]json.RawMessage
	decode(t, data, &got)
	var names []string
	for _, m := range words.FindAllStringSubmatch(description, -1) {
		name, kind := m[1], m[2]
		if strings.Contains(m[0], " only)") && got[name] == nil {
			continue
		}
		names = append(names, name)
		if kind != "" && got[name] != nil {
			c.shape(t, got[name], strings.TrimSpace(kind))
		}
	}
	keys(t, data, names...)
}

// types checks the properties of a schema.
func (c contract) types(t *testing.T, data json.RawMessage, schema string) {
	t.Helper()
	var got map[string]json.RawMessage
	decode(t, data, &got)
	for _, p := range c.Schemas[schema] {
		c.value(t, schema+"."+p.Name, got[p.Name], p)
	}
}

// value checks one value of a Java type; null is one of each.
func (c contract) value(t *testing.T, what string, raw json.RawMessage, f field) {
	t.Helper()
	if len(raw) == 0 || string(raw) == "null" {
		return
	}
	var v any
	decode(t, raw, &v)
	s, isText := v.(string)
	_, isNumber := v.(float64)
	_, isTruth := v.(bool)
	_, isObject := v.(map[string]any)
	list, isList := v.([]any)
	pattern := isoDate
	if f.Format != "" {
		pattern = plainDate
	}
	fits := isText
	switch {
	case f.RawJSON:
		fits = true
	case slices.Contains([]string{"int", "long", "Integer", "Long", "float"}, f.Type):
		fits = isNumber
	case f.Type == "boolean" || f.Type == "Boolean":
		fits = isTruth
	case f.Type == "Date":
		fits = isText && pattern.MatchString(s)
	case strings.HasPrefix(f.Type, "List<") || strings.HasPrefix(f.Type, "Set<"):
		fits = isList
		if of := strings.TrimSuffix(f.Type[strings.Index(f.Type, "<")+1:], ">"); len(list) > 0 && c.Schemas[of] != nil {
			c.list(t, raw, of)
		}
	case strings.HasPrefix(f.Type, "Map<") || strings.HasPrefix(f.Type, "map<"):
		fits = isObject
	case c.Schemas[f.Type] != nil:
		fits = isObject
	case c.enums[f.Type] != nil:
		fits = isText && slices.Contains(c.enums[f.Type], s)
	case f.Type != "String":
		t.Fatalf("%s has the unknown type %s", what, f.Type)
	}
	if !fits {
		t.Errorf("%s is %s, want a %s", what, raw, f.Type)
	}
}

func decode(t *testing.T, data []byte, v any) {
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
