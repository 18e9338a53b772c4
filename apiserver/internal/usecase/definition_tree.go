package usecase

import (
	"context"

	"github.com/porpoise-scheduler/porpoise/pkg/dag"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// maxTreeRuns bounds how many instances a tree shows.
const maxTreeRuns = 200

// Tree is a workflow's graph with what became of its tasks lately.
type Tree struct {
	Definition workflow.Definition
	Graph      *dag.Graph[string]
	Runs       []TreeRun // oldest first
}

// TreeRun is an instance with the attempts that count, by task name.
type TreeRun struct {
	workflow.Instance
	Tasks map[string]workflow.TaskInstance
}

// DefinitionTree gives the newest n instances of a workflow.
func (s *Service) DefinitionTree(ctx context.Context, p workflow.Project, id int64, n int) (Tree, error) {
	d, err := s.Definition(ctx, p, id)
	if err != nil {
		return Tree{}, err
	}
	tree := Tree{Definition: d}
	if tree.Graph, err = d.Graph(); err != nil {
		return Tree{}, err
	}
	if n <= 0 {
		return tree, nil
	}
	runs, err := s.Store.Instances.Recent(ctx, id, min(n, maxTreeRuns))
	if err != nil {
		return Tree{}, err
	}
	tree.Runs = make([]TreeRun, len(runs))
	for i, in := range runs {
		tasks, err := s.tasksByName(ctx, in.ID)
		if err != nil {
			return Tree{}, err
		}
		tree.Runs[len(runs)-1-i] = TreeRun{Instance: in, Tasks: tasks}
	}
	return tree, nil
}

func (s *Service) tasksByName(ctx context.Context, instanceID int64) (map[string]workflow.TaskInstance, error) {
	tasks, err := s.Store.Tasks.ByInstance(ctx, instanceID, false)
	byName := make(map[string]workflow.TaskInstance, len(tasks))
	for _, t := range tasks {
		byName[t.Task] = t
	}
	return byName, err
}

// Gantt gives an instance's tasks in an order in which they could run, and the
// attempts that count by task name.
func (s *Service) Gantt(ctx context.Context, p workflow.Project, instanceID int64) ([]string, map[string]workflow.TaskInstance, error) {
	v, err := s.InstanceInFull(ctx, p, instanceID)
	if err != nil {
		return nil, nil, err
	}
	if v.Definition == nil {
		return nil, nil, errGone
	}
	g, err := v.Definition.Graph()
	if err != nil {
		return nil, nil, err
	}
	order, err := g.Order()
	if err != nil {
		return nil, nil, err
	}
	tasks, err := s.tasksByName(ctx, instanceID)
	return order, tasks, err
}
