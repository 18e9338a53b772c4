package manifest

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"
)

// How a task of one document is in another.
const (
	Added   = "ADDED"
	Removed = "REMOVED"
	Changed = "CHANGED"
)

// Difference is what another document says otherwise. Where tasks are drawn is
// no difference.
type Difference struct {
	Fields []string     // of the workflow itself
	Tasks  []TaskChange // in the order of the new document, then what was removed
	Added  [][2]string  // edges, from and to
	Gone   [][2]string
}

// TaskChange is a task that is in one document only, or not the same in both.
type TaskChange struct {
	Name   string   `json:"name"`
	Change string   `json:"change" enum:"ADDED,REMOVED,CHANGED"`
	Fields []string `json:"fields,omitempty" doc:"that are not the same; parameters as params.<name>"`
}

// None reports whether the documents say the same.
func (d Difference) None() bool {
	return len(d.Fields)+len(d.Tasks)+len(d.Added)+len(d.Gone) == 0
}

// Compare tells what is not the same in b. Tasks are the same by their names.
func Compare(a, b Document) Difference {
	var d Difference
	d.Fields = different(fieldsOf(a, "tasks", "layout"), fieldsOf(b, "tasks", "layout"))
	before := make(map[string]Task, len(a.Tasks))
	for _, t := range a.Tasks {
		before[t.Name] = t
	}
	after := make(map[string]bool, len(b.Tasks))
	for _, t := range b.Tasks {
		after[t.Name] = true
		was, ok := before[t.Name]
		if !ok {
			d.Tasks = append(d.Tasks, TaskChange{Name: t.Name, Change: Added})
		} else if fields := taskFields(was, t); len(fields) > 0 {
			d.Tasks = append(d.Tasks, TaskChange{Name: t.Name, Change: Changed, Fields: fields})
		}
	}
	for _, t := range a.Tasks {
		if !after[t.Name] {
			d.Tasks = append(d.Tasks, TaskChange{Name: t.Name, Change: Removed})
		}
	}
	d.Added, d.Gone = missingIn(edges(b), edges(a)), missingIn(edges(a), edges(b))
	return d
}

// taskFields are the fields that two tasks do not share; parameters one by one.
// Edges are told apart from them.
func taskFields(a, b Task) []string {
	fields := different(fieldsOf(a, "params", "needs"), fieldsOf(b, "params", "needs"))
	for _, name := range different(valuesOf(a.Params), valuesOf(b.Params)) {
		fields = append(fields, "params."+name)
	}
	return fields
}

// valuesOf brings parameters into one form, however they were read.
func valuesOf(params map[string]any) map[string]any {
	var out map[string]any
	raw, err := json.Marshal(params)
	if err != nil || json.Unmarshal(raw, &out) != nil {
		return params
	}
	return out
}

// fieldsOf gives what a struct says by the names of its fields.
func fieldsOf(v any, without ...string) map[string]any {
	out := map[string]any{}
	value := reflect.ValueOf(v)
	for i := range value.NumField() {
		name, _, _ := strings.Cut(value.Type().Field(i).Tag.Get("json"), ",")
		if field := value.Field(i); !slices.Contains(without, name) && !empty(field) {
			out[name] = field.Interface()
		}
	}
	return out
}

// empty counts lists and maps without elements as missing.
func empty(v reflect.Value) bool {
	if k := v.Kind(); k == reflect.Slice || k == reflect.Map {
		return v.Len() == 0
	}
	return v.IsZero()
}

// different are the names of the values that are not the same, in order.
func different(a, b map[string]any) []string {
	var names []string
	for name, value := range a {
		if other, ok := b[name]; !ok || !reflect.DeepEqual(value, other) {
			names = append(names, name)
		}
	}
	for name := range b {
		if _, ok := a[name]; !ok {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

func edges(d Document) [][2]string {
	var out [][2]string
	for _, t := range d.Tasks {
		for _, need := range t.Needs {
			out = append(out, [2]string{need, t.Name})
		}
	}
	return out
}

// missingIn gives those of list that other has not.
func missingIn(list, other [][2]string) [][2]string {
	known := make(map[[2]string]bool, len(other))
	for _, e := range other {
		known[e] = true
	}
	var out [][2]string
	for _, e := range list {
		if !known[e] {
			out = append(out, e)
		}
	}
	return out
}
