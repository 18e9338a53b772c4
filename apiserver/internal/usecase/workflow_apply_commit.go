package usecase

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/porpoise-scheduler/porpoise/pkg/store"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// commit carries the plan out.
func (a *apply) commit() error {
	var changes []*store.Change
	for _, it := range a.items {
		if it.change != nil {
			changes = append(changes, it.change)
		}
	}
	commands, err := a.s.Store.Definitions.Apply(a.ctx, changes, a.finish)
	a.s.hot.forget()
	if err != nil {
		return a.explain(err)
	}
	a.s.nudge(commands...)
	return nil
}

// explain names the workflow whose name was taken.
func (a *apply) explain(err error) error {
	if workflow.ErrorCode(err) != workflow.Exists {
		return err
	}
	name := ""
	if len(a.items) == 1 {
		name = a.items[0].name()
	}
	return definitionExists(name)
}

// finish puts the ids of new workflows where stand-ins are.
func (a *apply) finish() error {
	real := map[int64]int64{}
	for _, it := range a.items {
		if it.change != nil {
			real[it.id] = it.change.ID
		}
	}
	for _, it := range a.items {
		if it.change == nil || it.change.Keep || it.change.Delete {
			continue
		}
		tasks, err := linked(it.tasks, real)
		if err != nil {
			return err
		}
		it.change.Tasks = tasks
		if it.change.Uses, err = a.s.usesOf(&it.change.Spec); err != nil {
			return err
		}
	}
	return nil
}

// linked copies tasks and replaces stand-ins.
func linked(tasks []workflow.Task, real map[int64]int64) ([]workflow.Task, error) {
	out := slices.Clone(tasks)
	put := func(id *int64) {
		if *id >= standIn {
			*id = real[*id]
		}
	}
	for i := range out {
		if out[i].SubWorkflow != nil {
			sub := *out[i].SubWorkflow
			put(&sub.DefinitionID)
			out[i].SubWorkflow = &sub
		}
		if out[i].Dependent == nil {
			continue
		}
		var d workflow.Dependent
		raw, err := json.Marshal(out[i].Dependent)
		if err == nil {
			err = json.Unmarshal(raw, &d)
		}
		if err != nil {
			return nil, fmt.Errorf("copying task %s: %w", out[i].Name, err)
		}
		for _, g := range d.Groups {
			for j := range g.Items {
				put(&g.Items[j].DefinitionID)
			}
		}
		out[i].Dependent = &d
	}
	return out, nil
}
