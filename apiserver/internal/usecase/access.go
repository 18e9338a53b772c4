package usecase

import (
	"context"
	"slices"

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

// MayUse refuses callers who neither own the project nor were granted it; a
// grant is not enough to decide about the project itself.
func (s *Service) MayUse(ctx context.Context, c Caller, p workflow.Project, w Want) error {
	if c.Admin() || c.Is(p.UserID) {
		return nil
	}
	granted, err := s.Store.Users.GrantedProjects(ctx, c.User.ID)
	if err != nil {
		return err
	}
	if slices.Contains(granted, p.ID) {
		if w == ToAdminister {
			return forbidden()
		}
		return nil
	}
	return workflow.Errorf(workflow.Forbidden, "project.forbidden",
		"user %s has no right to project %s", c.User.Name, p.Name).With(c.User.Name, p.Name)
}

func projectNotFound(which any) error {
	return workflow.Errorf(workflow.NotFound, "project.not_found", "project %v not found", which).With(which)
}
