package usecase

import (
	"context"
	"errors"

	"github.com/porpoise-scheduler/porpoise/pkg/store"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// Instance gives an instance of the project; "instance.not_found".
func (s *Service) Instance(ctx context.Context, p workflow.Project, id int64) (workflow.Instance, error) {
	in, err := s.Store.Instances.Get(ctx, id)
	if workflow.ErrorCode(err) == workflow.NotFound || err == nil && in.ProjectID != p.ID {
		return in, instanceNotFound(id)
	}
	return in, err
}

// ProjectOfInstance finds the project of an instance.
func (s *Service) ProjectOfInstance(ctx context.Context, id int64) (workflow.Project, error) {
	in, err := s.Store.Instances.Get(ctx, id)
	if workflow.ErrorCode(err) == workflow.NotFound {
		return workflow.Project{}, instanceNotFound(id)
	}
	if err != nil {
		return workflow.Project{}, err
	}
	return s.Store.Projects.Get(ctx, in.ProjectID)
}

func instanceNotFound(id int64) error {
	return workflow.Errorf(workflow.NotFound, "instance.not_found", "instance %d does not exist", id).With(id)
}

// InstanceView is an instance with the version it runs. Definition is nil when
// that version was deleted.
type InstanceView struct {
	store.InstanceRow
	Definition *workflow.Definition
	Project    workflow.Project
}

// InstanceInFull gives an instance with its version.
func (s *Service) InstanceInFull(ctx context.Context, p workflow.Project, id int64) (InstanceView, error) {
	row, err := s.Store.Instances.Row(ctx, id)
	if workflow.ErrorCode(err) == workflow.NotFound || err == nil && row.ProjectID != p.ID {
		return InstanceView{}, instanceNotFound(id)
	}
	if err != nil {
		return InstanceView{}, err
	}
	d, err := s.versionOf(ctx, &row.Instance)
	return InstanceView{InstanceRow: row, Definition: d, Project: p}, err
}

// versionOf gives the version an instance runs, nil when it was deleted.
func (s *Service) versionOf(ctx context.Context, in *workflow.Instance) (*workflow.Definition, error) {
	d, err := s.Store.Definitions.Version(ctx, in.DefinitionID, in.DefinitionVersion)
	if workflow.ErrorCode(err) == workflow.NotFound {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return &d, nil
}

// ListInstances gives a page of the project's instances, newest first.
func (s *Service) ListInstances(ctx context.Context, p workflow.Project, f store.InstanceFilter, page store.Page) ([]store.InstanceRow, int, error) {
	f.ProjectID = p.ID
	page = s.bound(page)
	return s.Store.Instances.List(ctx, f, page)
}

// DeleteInstance has a terminal instance removed, with its task instances.
// operation is the dialect's word for it. Reasons: "instance.not_found",
// "instance.state", "command.pending".
func (s *Service) DeleteInstance(ctx context.Context, c Caller, p workflow.Project, id int64, operation string) error {
	in, err := s.Instance(ctx, p, id)
	if err != nil {
		return err
	}
	if err := RequireState(&in, workflow.CmdDelete, operation); err != nil {
		return err
	}
	return s.command(ctx, c, &in, workflow.CmdDelete)
}

// DeleteInstances removes several and gives the ids it did not remove.
func (s *Service) DeleteInstances(ctx context.Context, c Caller, p workflow.Project, ids []int64, operation string) (failed []int64) {
	for _, id := range ids {
		if err := s.DeleteInstance(ctx, c, p, id, operation); err != nil {
			s.Log.InfoContext(ctx, "instance not deleted", "instance", id, "error", err)
			failed = append(failed, id)
		}
	}
	return failed
}

// ChildOf gives the instance that a sub-workflow task started. Reasons:
// "task.not_found" (the id), "task.not_sub" (its name), "child.not_found".
func (s *Service) ChildOf(ctx context.Context, p workflow.Project, taskID int64) (int64, error) {
	t, err := s.TaskInstance(ctx, p, taskID)
	if err != nil {
		return 0, err
	}
	if t.Kind != workflow.KindSubWorkflow {
		return 0, workflow.Errorf(workflow.Invalid, "task.not_sub", "task instance %d runs no workflow", taskID).With(t.Task)
	}
	if t.ChildID != 0 {
		return t.ChildID, nil
	}
	child, err := s.Store.Instances.ChildOf(ctx, taskID)
	if workflow.ErrorCode(err) == workflow.NotFound {
		return 0, workflow.Errorf(workflow.NotFound, "child.not_found", "task instance %d has started no workflow", taskID).With(taskID)
	}
	return child.ID, err
}

// ParentOf gives the instance whose sub-workflow task started this one.
// Reasons: "instance.not_found", "instance.not_sub" (its name),
// "child.not_found" when the parent is gone.
func (s *Service) ParentOf(ctx context.Context, p workflow.Project, id int64) (int64, error) {
	in, err := s.Instance(ctx, p, id)
	if err != nil {
		return 0, err
	}
	if in.ParentID == 0 {
		return 0, workflow.Errorf(workflow.Invalid, "instance.not_sub", "instance %s was not started by another", in.Name).With(in.Name)
	}
	parent, err := s.Store.Instances.Get(ctx, in.ParentID)
	if workflow.ErrorCode(err) == workflow.NotFound {
		return 0, workflow.Errorf(workflow.NotFound, "child.not_found", "instance %d is gone", in.ParentID)
	}
	return parent.ID, err
}

// errGone says that an instance's version was deleted, so that nothing can be
// said about its tasks.
var errGone = errors.New("the version that the instance runs was deleted")
