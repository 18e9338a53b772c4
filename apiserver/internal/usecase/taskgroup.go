package usecase

import (
	"context"
	"strings"

	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// maxSlots bounds a task group.
const maxSlots = 100_000

// TaskGroupView is a task group with who holds its slots and who waits for one.
type TaskGroupView struct {
	workflow.TaskGroup
	Holders, Waiting []workflow.TaskInstance
}

// TaskGroups gives everybody the task groups, of a project or of all (0), with
// how many slots of each are held.
func (s *Service) TaskGroups(ctx context.Context, projectID int64) (list []workflow.TaskGroup, used map[int64]int, err error) {
	all, err := s.Store.TaskGroups.All(ctx)
	if err != nil {
		return nil, nil, err
	}
	used = map[int64]int{}
	for _, g := range all {
		if projectID != 0 && g.ProjectID != 0 && g.ProjectID != projectID {
			continue
		}
		holders, err := s.Store.TaskGroups.Holders(ctx, g.ID)
		if err != nil {
			return nil, nil, err
		}
		list, used[g.ID] = append(list, g), len(holders)
	}
	return list, used, nil
}

// TaskGroup gives one with holders and those who wait. Reason:
// "task_group.not_found".
func (s *Service) TaskGroup(ctx context.Context, id int64) (v TaskGroupView, err error) {
	if v.TaskGroup, err = s.Store.TaskGroups.Get(ctx, id); err != nil {
		return v, missingAs(err, taskGroupNotFound())
	}
	if v.Holders, err = s.attempts(ctx, id, s.Store.TaskGroups.Holders); err != nil {
		return v, err
	}
	v.Waiting, err = s.attempts(ctx, id, s.Store.TaskGroups.Waiting)
	return v, err
}

func (s *Service) attempts(ctx context.Context, group int64, ids func(context.Context, int64) ([]int64, error)) ([]workflow.TaskInstance, error) {
	list, err := ids(ctx, group)
	if err != nil || len(list) == 0 {
		return nil, err
	}
	return s.Store.Runs.Attempts(ctx, list)
}

// SaveTaskGroup makes a task group (ID 0) or changes one. Reasons:
// "user.forbidden", "param.invalid", "task_group.exists",
// "task_group.not_found", "project.not_found".
func (s *Service) SaveTaskGroup(ctx context.Context, c Caller, g workflow.TaskGroup) (int64, error) {
	if err := RequireAdmin(c); err != nil {
		return 0, err
	}
	if err := checkTaskGroup(&g); err != nil {
		return 0, err
	}
	if g.ProjectID != 0 {
		if _, err := s.ProjectByID(ctx, g.ProjectID); err != nil {
			return 0, err
		}
	}
	g.UserID = c.User.ID
	if g.ID != 0 {
		old, err := s.Store.TaskGroups.Get(ctx, g.ID)
		if err != nil {
			return 0, missingAs(err, taskGroupNotFound())
		}
		g.UserID = old.UserID
	}
	err := s.Store.TaskGroups.Save(ctx, &g)
	taken := workflow.Errorf(workflow.Exists, "task_group.exists", "there is a task group %s already", g.Name).At("name")
	return g.ID, takenAs(missingAs(err, taskGroupNotFound()), taken)
}

func checkTaskGroup(g *workflow.TaskGroup) error {
	g.Name = strings.TrimSpace(g.Name)
	if g.Name == "" {
		return invalid("name", "name")
	}
	if g.Size < 1 || g.Size > maxSlots {
		return invalid("size", "size")
	}
	if err := checkLength("name", g.Name, 100); err != nil {
		return err
	}
	return checkLength("description", g.Description, 255)
}

// DeleteTaskGroup removes a task group of which no slot is held. Reasons:
// "user.forbidden", "task_group.not_found", "task_group.used".
func (s *Service) DeleteTaskGroup(ctx context.Context, c Caller, id int64) error {
	if err := RequireAdmin(c); err != nil {
		return err
	}
	return missingAs(s.Store.TaskGroups.Delete(ctx, id), taskGroupNotFound())
}

func taskGroupNotFound() error {
	return workflow.Errorf(workflow.NotFound, "task_group.not_found", "the task group does not exist")
}
