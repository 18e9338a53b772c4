package usecase

import (
	"context"

	"github.com/porpoise-scheduler/porpoise/pkg/store"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// TaskInstance gives a task instance of the project; "task.not_found".
func (s *Service) TaskInstance(ctx context.Context, p workflow.Project, id int64) (workflow.TaskInstance, error) {
	t, err := s.Store.Tasks.Get(ctx, id)
	if workflow.ErrorCode(err) == workflow.NotFound || err == nil && t.ProjectID != p.ID {
		return t, taskNotFound(id)
	}
	return t, err
}

func taskNotFound(id int64) error {
	return workflow.Errorf(workflow.NotFound, "task.not_found", "task instance %d does not exist", id).With(id)
}

// ProjectOfTask finds the project of a task instance.
func (s *Service) ProjectOfTask(ctx context.Context, id int64) (workflow.Project, error) {
	t, err := s.Store.Tasks.Get(ctx, id)
	if workflow.ErrorCode(err) == workflow.NotFound {
		return workflow.Project{}, taskNotFound(id)
	}
	if err != nil {
		return workflow.Project{}, err
	}
	return s.Store.Projects.Get(ctx, t.ProjectID)
}

// TasksOf gives an instance with its version and the attempts that count,
// oldest first.
func (s *Service) TasksOf(ctx context.Context, p workflow.Project, instanceID int64) (InstanceView, []workflow.TaskInstance, error) {
	v, err := s.InstanceInFull(ctx, p, instanceID)
	if err != nil {
		return v, nil, err
	}
	tasks, err := s.Store.Tasks.ByInstance(ctx, instanceID, false)
	return v, tasks, err
}

// ListTasks gives a page of the project's task instances, newest first.
func (s *Service) ListTasks(ctx context.Context, p workflow.Project, f store.TaskFilter, page store.Page) ([]store.TaskRow, int, error) {
	f.ProjectID = p.ID
	page = s.bound(page)
	return s.Store.Tasks.List(ctx, f, page)
}
