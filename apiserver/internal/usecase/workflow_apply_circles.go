package usecase

import (
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// refuseCircles refuses workflows that would run themselves, be it through
// workflows that are there already.
func (a *apply) refuseCircles() error {
	w := circles{apply: a, planned: map[int64]*applied{}, state: map[int64]visit{}}
	for _, it := range a.items {
		if it.change != nil && len(it.problems) == 0 {
			w.planned[it.id] = it
		}
	}
	for _, it := range a.items {
		if w.planned[it.id] != it {
			continue
		}
		circle, err := w.from(it.id, 0)
		if err != nil {
			return err
		}
		if circle {
			it.refuse("tasks", "the workflow would run itself")
			it.change = nil
			return nil
		}
	}
	return nil
}

// visit is how far a walk is with a workflow.
type visit int

const (
	unseen visit = iota
	entered
	left
)

// circles walks from workflows to those that they are going to run.
type circles struct {
	*apply
	planned map[int64]*applied
	state   map[int64]visit
}

// from reports whether a walk comes back to where it is.
func (w *circles) from(id int64, depth int) (bool, error) {
	switch {
	case w.state[id] == left:
		return false, nil
	case w.state[id] == entered || depth > maxNesting:
		return true, nil
	}
	w.state[id] = entered
	tasks, err := w.tasksOf(id)
	if err != nil {
		return false, err
	}
	for i := range tasks {
		if tasks[i].SubWorkflow == nil {
			continue
		}
		if circle, err := w.from(tasks[i].SubWorkflow.DefinitionID, depth+1); circle || err != nil {
			return circle, err
		}
	}
	w.state[id] = left
	return false, nil
}

// tasksOf gives the tasks that a workflow is going to have.
func (w *circles) tasksOf(id int64) ([]workflow.Task, error) {
	if it := w.planned[id]; it != nil {
		return it.tasks, nil
	}
	if id >= standIn {
		return nil, nil // it is refused anyway
	}
	d, err := w.s.Store.Definitions.Get(w.ctx, id)
	return d.Tasks, missingAs(err, nil)
}
