package runner

import (
	"context"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"testing"

	"github.com/porpoise-scheduler/porpoise/pkg/task"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// library serves definitions of a given number of tasks and counts the reads.
type library struct{ size, reads int }

func (l *library) CurrentVersion(context.Context, int64) (int, error) { return 1, nil }

func (l *library) Get(context.Context, int64) (workflow.Project, error) {
	return workflow.Project{ID: 1}, nil
}

func (l *library) Definition(_ context.Context, id int64, version int) (workflow.Definition, error) {
	l.reads++
	d := workflow.Definition{ID: id, Version: version, ProjectID: 1, Name: "d"}
	for i := range l.size {
		d.Tasks = append(d.Tasks, workflow.Task{Name: fmt.Sprint("t", i), Kind: workflow.KindNoop})
	}
	return d, nil
}

// TestPlansAreBoundedBySize checks that what is read again is what was put out,
// and that a version larger than the whole cache still works.
func TestPlansAreBoundedBySize(t *testing.T) {
	l := &library{size: 95}
	p := NewPlans(l, l, task.NewRegistry(), 200) // room for two
	read := func(id int64, want int) {
		t.Helper()
		if v, err := p.Plan(t.Context(), id, 0); err != nil || v.Plan == nil || v.Def.ID != id {
			t.Fatalf("plan %d: %v %v", id, v, err)
		}
		if l.reads != want {
			t.Errorf("plan %d: %d reads, want %d", id, l.reads, want)
		}
	}
	read(1, 1)
	read(2, 2)
	read(1, 2)
	read(3, 3) // puts 1 out
	read(2, 3)
	read(1, 4)
	l.size = 1000
	read(9, 5)
	read(9, 5)
	if len(p.known) != 1 || p.tasks != 1005 {
		t.Errorf("%d versions of %d tasks are kept", len(p.known), p.tasks)
	}
}

// TestLean checks that a definition that became small still says the same.
func TestLean(t *testing.T) {
	def := workflow.Definition{Description: "for people", Spec: workflow.Spec{Layout: map[string]json.RawMessage{"a": nil}, Tasks: []workflow.Task{
		{Name: "a", Kind: workflow.KindNoop, Description: "for people", Params: []byte(`{"x":1}`)},
		{Name: "名字", Kind: "SHELL"},
		{Name: "c", Kind: workflow.KindNoop, Params: []byte(`{"longer":"text"}`), Ext: map[string]json.RawMessage{"k": nil}},
	}}}
	was := slices.Clone(def.Tasks)
	lean(&def)
	if def.Description != "" || def.Layout != nil || len(def.Tasks) != len(was) {
		t.Fatalf("%+v", def)
	}
	for i, got := range def.Tasks {
		want := was[i]
		want.Description, want.Ext = "", nil
		if !reflect.DeepEqual(got, want) {
			t.Errorf("task %d: %+v, want %+v", i, got, want)
		}
	}
	if end := append(def.Tasks[0].Params, '!'); string(def.Tasks[2].Params) != `{"longer":"text"}` || len(end) != 8 {
		t.Error("to append to one task's parameters changed another's")
	}
}
