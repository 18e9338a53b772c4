package usecase

import (
	"context"

	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// Want is what a caller is about to do to a project.
type Want int

// Wants, each more than the one before: looking, running what is there,
// changing it, and deciding about the project itself.
const (
	ToRead Want = iota
	ToRun
	ToWrite
	ToAdminister
)

// ProjectNamed gives the project if the caller may do to it what he wants.
// Reasons: "project.not_found" (the name), "project.forbidden" (user and name).
func (s *Service) ProjectNamed(ctx context.Context, c Caller, name string, w Want) (workflow.Project, error) {
	p, err := s.Store.Projects.ByName(ctx, name)
	if workflow.ErrorCode(err) == workflow.NotFound {
		return p, projectNotFound(name)
	}
	if err != nil {
		return p, err
	}
	return p, s.MayUse(ctx, c, p, w)
}

// ProjectByID gives a project for which the caller's right is checked by
// MayUse. Reason: "project.not_found" (the id).
func (s *Service) ProjectByID(ctx context.Context, id int64) (workflow.Project, error) {
	p, err := s.Store.Projects.Get(ctx, id)
	return p, missingAs(err, projectNotFound(id))
}

// MayUse refuses callers whose role in the project does not let them do what
// they want. Owners and admins may do everything.
func (s *Service) MayUse(ctx context.Context, c Caller, p workflow.Project, w Want) error {
	role, err := s.RoleIn(ctx, c, p)
	switch {
	case err != nil:
		return err
	case role.Includes(w.role()):
		return nil
	case role == "":
		return workflow.Errorf(workflow.Forbidden, "project.forbidden",
			"user %s has no right to project %s", c.User.Name, p.Name).With(c.User.Name, p.Name)
	}
	return workflow.Errorf(workflow.Forbidden, "user.forbidden", "the role %s in project %s is not enough: %s is needed", role, p.Name, w.role())
}

// RoleIn gives the caller's role in a project, "" when he has none.
func (s *Service) RoleIn(ctx context.Context, c Caller, p workflow.Project) (workflow.ProjectRole, error) {
	if c.Admin() || c.Is(p.UserID) {
		return workflow.RoleProjectAdmin, nil
	}
	return s.Store.Members.Role(ctx, p.ID, c.User.ID)
}

// role is the least one that lets its holder do it.
func (w Want) role() workflow.ProjectRole {
	return workflow.ProjectRoles()[w]
}

func projectNotFound(which any) error {
	return workflow.Errorf(workflow.NotFound, "project.not_found", "project %v not found", which).With(which)
}
