package native

import (
	"context"
	"net/http"
	"time"

	"github.com/porpoise-scheduler/porpoise/pkg/store"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// Project is a project with figures beside it.
type Project struct {
	ID          int64      `json:"id"`
	Code        int64      `json:"code"`
	Name        string     `json:"name"`
	Description string     `json:"description"`
	OwnerID     int64      `json:"ownerId"`
	Owner       string     `json:"owner"`
	Workflows   int        `json:"workflows" doc:"how many it has"`
	Running     int        `json:"running" doc:"instances that have not ended"`
	Created     *time.Time `json:"created"`
	Updated     *time.Time `json:"updated"`
	// Role is the caller's.
	Role workflow.ProjectRole `json:"role,omitempty" enum:"VIEWER,OPERATOR,DEVELOPER,ADMIN"`
}

// ProjectInput is what a caller says of a project.
type ProjectInput struct {
	Name        string `json:"name" minLength:"1" maxLength:"100"`
	Description string `json:"description,omitempty" maxLength:"200"`
}

// InProject is the part of a path that names a project. It is exported because
// parts whose type is not are left out of an operation's parameters.
type InProject struct {
	Project string `path:"project" doc:"id or name of the project"`
}

func (a *API) declareProjects() {
	const tag = "Projects"
	add(a, op{ID: "listProjects", Method: http.MethodGet, Path: "/projects", Tag: tag, Access: SignedIn,
		Summary: "Projects the caller may see"}, a.listProjects)
	add(a, op{ID: "createProject", Method: http.MethodPost, Path: "/projects", Tag: tag, Access: SignedIn,
		Status: http.StatusCreated, Summary: "Make a project"}, a.createProject)
	add(a, op{ID: "getProject", Method: http.MethodGet, Path: "/projects/{project}", Tag: tag, Access: Viewer,
		Summary: "A project"}, a.getProject)
	add(a, op{ID: "updateProject", Method: http.MethodPut, Path: "/projects/{project}", Tag: tag, Access: ProjectAdmin,
		Summary: "Rename or describe a project"}, a.updateProject)
	add(a, op{ID: "deleteProject", Method: http.MethodDelete, Path: "/projects/{project}", Tag: tag, Access: ProjectAdmin,
		Summary: "Delete a project that is empty"}, a.deleteProject)
}

func (a *API) listProjects(ctx context.Context, in *Paging) (*listed[Project], error) {
	p, err := in.page()
	if err != nil {
		return nil, err
	}
	c := callerOf(ctx)
	rows, total, err := a.uc.ListProjects(ctx, c, in.Search, p)
	if err != nil {
		return nil, err
	}
	roles, err := a.uc.RolesOf(ctx, c, rows)
	if err != nil {
		return nil, err
	}
	return list(rows, total, p, project(roles)), nil
}

func (a *API) createProject(ctx context.Context, in *struct{ Body ProjectInput }) (*body[Project], error) {
	p, err := a.uc.CreateProject(ctx, callerOf(ctx), in.Body.Name, in.Body.Description)
	if err != nil {
		return nil, err
	}
	return a.projectByID(ctx, p.ID)
}

func (a *API) getProject(ctx context.Context, _ *InProject) (*body[Project], error) {
	return a.projectByID(ctx, projectOf(ctx).ID)
}

func (a *API) updateProject(ctx context.Context, in *struct {
	InProject
	Body ProjectInput
}) (*body[Project], error) {
	p := projectOf(ctx)
	if err := a.uc.UpdateProject(ctx, p, in.Body.Name, in.Body.Description); err != nil {
		return nil, err
	}
	return a.projectByID(ctx, p.ID)
}

func (a *API) deleteProject(ctx context.Context, _ *InProject) (*struct{}, error) {
	return nil, a.uc.DeleteProject(ctx, callerOf(ctx), projectOf(ctx))
}

func (a *API) projectByID(ctx context.Context, id int64) (*body[Project], error) {
	row, err := a.uc.ViewProject(ctx, id)
	if err != nil {
		return nil, err
	}
	roles, err := a.uc.RolesOf(ctx, callerOf(ctx), []store.ProjectRow{row})
	if err != nil {
		return nil, err
	}
	return answer(project(roles)(row)), nil
}

func project(roles map[int64]workflow.ProjectRole) func(store.ProjectRow) Project {
	return func(r store.ProjectRow) Project {
		return Project{ID: r.ID, Code: r.Code, Name: r.Name, Description: r.Description, OwnerID: r.UserID, Owner: r.UserName, Role: roles[r.ID],
			Workflows: r.Definitions, Running: r.Running, Created: moment(r.CreateTime), Updated: moment(r.UpdateTime)}
	}
}
