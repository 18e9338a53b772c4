package usecase

import (
	"context"
	"slices"
	"unicode/utf8"

	"github.com/porpoise-scheduler/porpoise/pkg/store"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// Bounds of a project's texts.
const (
	maxProjectName = 100
	maxProjectDesc = 200
)

// CreateProject makes a project of the caller's. Reasons: "param.invalid",
// "project.exists" (the name).
func (s *Service) CreateProject(ctx context.Context, c Caller, name, description string) (workflow.Project, error) {
	p := workflow.Project{Name: name, Description: description, UserID: c.User.ID}
	if err := checkProject(name, description); err != nil {
		return p, err
	}
	if err := s.projectNameFree(ctx, name, 0); err != nil {
		return p, err
	}
	err := s.Store.Projects.Create(ctx, &p)
	return p, takenAs(err, projectExists(name))
}

// UpdateProject renames a project the caller may write to. Reasons as of
// CreateProject.
func (s *Service) UpdateProject(ctx context.Context, p workflow.Project, name, description string) error {
	defer s.hot.forget()
	if err := checkProject(name, description); err != nil {
		return err
	}
	if err := s.projectNameFree(ctx, name, p.ID); err != nil {
		return err
	}
	p.Name, p.Description = name, description
	return takenAs(s.Store.Projects.Update(ctx, &p), projectExists(name))
}

// DeleteProject removes an empty project; only who administers it may, the
// right to change what is in it is not enough. Reasons: "user.forbidden",
// "project.not_empty".
func (s *Service) DeleteProject(ctx context.Context, c Caller, p workflow.Project) error {
	defer s.hot.forget()
	if err := s.MayUse(ctx, c, p, ToAdminister); err != nil {
		return err
	}
	row, err := s.Store.Projects.Row(ctx, p.ID)
	if err != nil {
		return missingAs(err, projectNotFound(p.ID))
	}
	if row.Definitions > 0 {
		return workflow.Errorf(workflow.Conflict, "project.not_empty", "the project still has workflows")
	}
	return s.Store.Projects.Delete(ctx, p.ID)
}

// ViewProject gives a project with its counts.
func (s *Service) ViewProject(ctx context.Context, id int64) (store.ProjectRow, error) {
	row, err := s.Store.Projects.Row(ctx, id)
	return row, missingAs(err, projectNotFound(id))
}

// ListProjects gives a page of the projects the caller sees: all for admins,
// else his own and those he was granted.
func (s *Service) ListProjects(ctx context.Context, c Caller, search string, p store.Page) ([]store.ProjectRow, int, error) {
	userID := c.User.ID
	if c.Admin() {
		userID = 0
	}
	return s.Store.Projects.List(ctx, userID, search, s.bound(p))
}

// AllProjects gives every project that has workflows, to everybody: names for
// dependencies across projects.
func (s *Service) AllProjects(ctx context.Context) ([]store.ProjectRow, error) {
	return s.Store.Projects.All(ctx, true)
}

// GrantedProjects gives the projects a user was granted.
func (s *Service) GrantedProjects(ctx context.Context, c Caller, userID int64) ([]store.ProjectRow, error) {
	return s.projectsWhere(ctx, c, userID, func(p store.ProjectRow, granted bool) bool { return granted })
}

// UngrantedProjects gives the projects a user neither owns nor was granted.
func (s *Service) UngrantedProjects(ctx context.Context, c Caller, userID int64) ([]store.ProjectRow, error) {
	return s.projectsWhere(ctx, c, userID, func(p store.ProjectRow, granted bool) bool {
		return !granted && p.UserID != userID
	})
}

func (s *Service) projectsWhere(ctx context.Context, c Caller, userID int64, keep func(store.ProjectRow, bool) bool) ([]store.ProjectRow, error) {
	if err := RequireAdmin(c); err != nil {
		return nil, err
	}
	granted, err := s.Store.Users.GrantedProjects(ctx, userID)
	if err != nil {
		return nil, err
	}
	all, err := s.Store.Projects.All(ctx, false)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(all, func(p store.ProjectRow) bool {
		return !keep(p, slices.Contains(granted, p.ID))
	}), nil
}

func (s *Service) projectNameFree(ctx context.Context, name string, id int64) error {
	p, err := s.Store.Projects.ByName(ctx, name)
	taken, err := found(err)
	if err == nil && taken && p.ID != id {
		return projectExists(name)
	}
	return err
}

func checkProject(name, description string) error {
	if utf8.RuneCountInString(description) > maxProjectDesc {
		return invalid("description", "desc length")
	}
	if name == "" {
		return invalid("projectName", "projectName")
	}
	return checkLength("projectName", name, maxProjectName)
}

// checkLength refuses texts that the database would cut or refuse.
func checkLength(field, text string, most int) error {
	if utf8.RuneCountInString(text) > most {
		return invalid(field, field)
	}
	return nil
}

func projectExists(name string) error {
	return workflow.Errorf(workflow.Exists, "project.exists", "project %s already exists", name).At("projectName").With(name)
}
