package sql

import (
	"github.com/porpoise-scheduler/porpoise/pkg/task"
	"github.com/porpoise-scheduler/porpoise/pkg/task/sql/bind"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// source gives what the placeholders of an attempt's statements stand for. A
// name has the type that a local parameter declares, else it is text.
func source(a task.Attempt) bind.Source {
	types := make(map[string]string, len(a.LocalParams))
	for _, p := range a.LocalParams {
		if p.Direct != workflow.Out {
			types[p.Prop] = p.Type
		}
	}
	return bind.Source{
		Lookup: func(name string) (bind.Value, bool) {
			text, ok := a.Values[name]
			return bind.Value{Type: types[name], Text: text}, ok
		},
		Date: a.Expand,
	}
}
