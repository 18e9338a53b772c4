package dolphin

import (
	"context"
	"net/http"

	"github.com/porpoise-scheduler/porpoise/apiserver/internal/rest/dolphin/status"
	"github.com/porpoise-scheduler/porpoise/pkg/store"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

func (d *Dialect) projectRoutes() []Route {
	const group = "Project"
	return []Route{
		{Group: group, Operation: "createProject", Method: http.MethodPost, Path: "/projects/create",
			Params:        []Param{Text("projectName").Must(), Text("description")},
			SuccessStatus: http.StatusCreated, ErrorConstant: status.CreateProjectError,
			Access: SignedIn, AnswersID: true, Handler: d.createProject},
		{Group: group, Operation: "updateProject", Method: http.MethodPost, Path: "/projects/update",
			Params:        []Param{Int("projectId").Must(), Text("projectName").Must(), Text("description")},
			ErrorConstant: status.UpdateProjectError, Access: ProjectWrite, ProjectOf: d.projectByID, Handler: d.updateProject},
		{Group: group, Operation: "queryProjectById", Method: http.MethodGet, Path: "/projects/query-by-id",
			Params: []Param{Int("projectId").Must()}, ErrorConstant: status.QueryProjectDetailsByIDError,
			Access: ProjectRead, ProjectOf: d.projectByID, Handler: d.viewProject},
		{Group: group, Operation: "queryProjectListPaging", Method: http.MethodGet, Path: "/projects/list-paging",
			Params: pageParams(), ErrorConstant: status.LoginUserQueryProjectListPagingError,
			Access: SignedIn, Handler: d.pageProjects},
		{Group: group, Operation: "deleteProject", Method: http.MethodGet, Path: "/projects/delete",
			Params: []Param{Int("projectId").Must()}, ErrorConstant: status.DeleteProjectError,
			Access: ProjectWrite, ProjectOf: d.projectByID, Writes: true, Handler: d.deleteProject},
		{Group: group, Operation: "importProcessDefinition", Method: http.MethodPost, Path: "/projects/import-definition",
			Params: []Param{File("file").Must(), Text("projectName").Must()}, ErrorConstant: status.ImportProcessDefineError,
			Access: ProjectWrite, ProjectOf: d.projectByName, Handler: d.importDefinitions},
		{Group: group, Operation: "queryUnauthorizedProject", Method: http.MethodGet, Path: "/projects/unauth-project",
			Params: []Param{Int("userId").Must()}, ErrorConstant: status.QueryUnauthorizedProjectError,
			Access: AdminOnly, Handler: d.ungrantedProjects},
		{Group: group, Operation: "queryAuthorizedProject", Method: http.MethodGet, Path: "/projects/authed-project",
			Params: []Param{Int("userId").Must()}, ErrorConstant: status.QueryAuthorizedProject,
			Access: AdminOnly, Handler: d.grantedProjects},
		{Group: group, Operation: "queryAllProjectList", Method: http.MethodGet, Path: "/projects/query-project-list",
			ErrorConstant: status.LoginUserQueryProjectListPagingError, Access: SignedIn, Handler: d.listProjects},
	}
}

// projectJSON is a Project.
type projectJSON struct {
	ID               int64         `json:"id"`
	UserID           int64         `json:"userId"`
	UserName         *string       `json:"userName"`
	Name             string        `json:"name"`
	Description      string        `json:"description"`
	CreateTime       Date          `json:"createTime"`
	UpdateTime       Date          `json:"updateTime"`
	Perm             workflow.Perm `json:"perm"`
	DefCount         int           `json:"defCount"`
	InstRunningCount int           `json:"instRunningCount"`
}

func encodeProject(p store.ProjectRow) projectJSON {
	return projectJSON{
		ID: p.ID, UserID: p.UserID, UserName: orNull(p.UserName), Name: p.Name, Description: p.Description,
		CreateTime: Date(p.CreateTime), UpdateTime: Date(p.UpdateTime),
		DefCount: p.Definitions, InstRunningCount: p.Running,
	}
}

// projectByID finds the project that projectId names.
func (d *Dialect) projectByID(ctx context.Context, r *Request) (workflow.Project, error) {
	return d.uc.ProjectByID(ctx, r.ID("projectId"))
}

func (d *Dialect) createProject(ctx context.Context, r *Request) (any, error) {
	p, err := d.uc.CreateProject(ctx, r.Caller, r.String("projectName"), r.String("description"))
	if err != nil {
		return nil, err
	}
	return p.ID, nil
}

func (d *Dialect) updateProject(ctx context.Context, r *Request) (any, error) {
	return nil, d.uc.UpdateProject(ctx, r.Project, r.String("projectName"), r.String("description"))
}

func (d *Dialect) viewProject(ctx context.Context, r *Request) (any, error) {
	p, err := d.uc.ViewProject(ctx, r.Project.ID)
	if err != nil {
		return nil, err
	}
	return encodeProject(p), nil
}

func (d *Dialect) deleteProject(ctx context.Context, r *Request) (any, error) {
	return nil, d.uc.DeleteProject(ctx, r.Caller, r.Project)
}

// pageProjects tells general users what they may do; admins get 0, as in the
// original.
func (d *Dialect) pageProjects(ctx context.Context, r *Request) (any, error) {
	rows, total, err := d.uc.ListProjects(ctx, r.Caller, r.Search(), r.Page())
	if err != nil {
		return nil, err
	}
	return PageOf(r.Page(), rows, total, func(p store.ProjectRow) projectJSON {
		j := encodeProject(p)
		if !r.Caller.Admin() {
			j.Perm = workflow.PermAll
		}
		return j
	}), nil
}

func (d *Dialect) grantedProjects(ctx context.Context, r *Request) (any, error) {
	rows, err := d.uc.GrantedProjects(ctx, r.Caller, r.ID("userId"))
	if err != nil {
		return nil, err
	}
	return ListOf(rows, encodeProject), nil
}

func (d *Dialect) ungrantedProjects(ctx context.Context, r *Request) (any, error) {
	rows, err := d.uc.UngrantedProjects(ctx, r.Caller, r.ID("userId"))
	if err != nil {
		return nil, err
	}
	return ListOf(rows, encodeProject), nil
}

func (d *Dialect) listProjects(ctx context.Context, _ *Request) (any, error) {
	rows, err := d.uc.AllProjects(ctx)
	if err != nil {
		return nil, err
	}
	return ListOf(rows, encodeProject), nil
}
