package native

import (
	"context"
	"net/http"
	"time"

	"github.com/porpoise-scheduler/porpoise/apiserver/internal/usecase"
	"github.com/porpoise-scheduler/porpoise/pkg/manifest"
	"github.com/porpoise-scheduler/porpoise/pkg/store"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// Workflow is a workflow as lists show it.
type Workflow struct {
	ID            int64              `json:"id"`
	Code          int64              `json:"code"`
	Name          string             `json:"name"`
	Project       int64              `json:"project"`
	ProjectName   string             `json:"projectName"`
	Description   string             `json:"description"`
	Online        bool               `json:"online"`
	Version       int                `json:"version" doc:"the current one; 0: it was never published"`
	Folder        string             `json:"folder"`
	Labels        map[string]string  `json:"labels"`
	Owner         string             `json:"owner"`
	OwnerID       int64              `json:"ownerId"`
	ModifiedBy    string             `json:"modifiedBy"`
	Created       *time.Time         `json:"created"`
	Updated       *time.Time         `json:"updated"`
	HasDraft      bool               `json:"hasDraft"`
	DraftRevision *int64             `json:"draftRevision"`
	Schedules     []WorkflowSchedule `json:"schedules" nullable:"false"`
	Last          *WorkflowRun       `json:"last" doc:"the newest instance"`
}

// WorkflowSchedule is a schedule as lists of workflows show it.
type WorkflowSchedule struct {
	ID      int64      `json:"id"`
	Cron    string     `json:"cron"`
	Online  bool       `json:"online"`
	NextDue *time.Time `json:"nextDue"`
}

// WorkflowRun is an instance as lists of workflows show it.
type WorkflowRun struct {
	ID      int64          `json:"id"`
	State   workflow.State `json:"state"`
	Started *time.Time     `json:"started"`
	Ended   *time.Time     `json:"ended"`
}

// WorkflowDetail is a workflow with its document.
type WorkflowDetail struct {
	Workflow
	Document string            `json:"document" doc:"the current version as YAML"`
	Spec     manifest.Document `json:"spec" doc:"the same as JSON"`
}

// WorkflowInput is what a workflow is made of: a document, or a name to begin
// with an empty draft.
type WorkflowInput struct {
	Document string `json:"document,omitempty" doc:"YAML"`
	Name     string `json:"name,omitempty" maxLength:"255"`
}

// InWorkflow is the part of a path that names a workflow.
type InWorkflow struct {
	InProject
	Workflow string `path:"workflow" doc:"id or name of the workflow"`
}

// documentBody bounds bodies that hold a document: as JSON it is larger.
const documentBody = 16 << 20

func (a *API) declareWorkflows() {
	const tag = "Workflows"
	const all, one = "/projects/{project}/workflows", "/projects/{project}/workflows/{workflow}"
	add(a, op{ID: "listWorkflows", Method: http.MethodGet, Path: all, Tag: tag, Access: Viewer,
		Summary: "Workflows of a project"}, a.listWorkflows)
	add(a, op{ID: "createWorkflow", Method: http.MethodPost, Path: all, Tag: tag, Access: Developer, MaxBody: documentBody,
		Status: http.StatusCreated, Summary: "Make a workflow of a document, or begin one"}, a.createWorkflow)
	add(a, op{ID: "getWorkflow", Method: http.MethodGet, Path: one, Tag: tag, Access: Viewer,
		Summary: "A workflow with its document"}, a.getWorkflow)
	add(a, op{ID: "deleteWorkflow", Method: http.MethodDelete, Path: one, Tag: tag, Access: Developer,
		Summary: "Delete an offline workflow with all its versions"}, a.deleteWorkflow)
	add(a, op{ID: "releaseWorkflow", Method: http.MethodPut, Path: one + "/online", Tag: tag, Access: Developer,
		Summary: "Take a workflow online, or offline with its schedules"}, a.releaseWorkflow)
	add(a, op{ID: "sortWorkflow", Method: http.MethodPut, Path: one + "/sorting", Tag: tag, Access: Developer,
		Summary: "Put a workflow into a folder and give it labels"}, a.sortWorkflow)
	add(a, op{ID: "copyWorkflow", Method: http.MethodPost, Path: one + "/copy", Tag: tag, Access: Developer,
		Status: http.StatusCreated, Summary: "Copy a workflow, offline"}, a.copyWorkflow)
	add(a, op{ID: "batchWorkflows", Method: http.MethodPost, Path: all + ":batch", Tag: tag, Access: Operator,
		Summary: "Do the same to several workflows; all but RUN is for developers"}, a.batchWorkflows)
	add(a, op{ID: "listFolders", Method: http.MethodGet, Path: "/projects/{project}/folders", Tag: tag, Access: Viewer,
		Summary: "Folders of a project's workflows"}, a.listFolders)
	a.declareDrafts()
	a.declareTransfer()
}

func (a *API) listWorkflows(ctx context.Context, in *struct {
	InProject
	Paging
	Folder string   `query:"folder" maxLength:"500" doc:"this one and those below it"`
	Label  []string `query:"label,explode" maxItems:"20" doc:"key=value; all of them"`
	Online string   `query:"online" enum:"true,false,"`
	Sort   string   `query:"sort" enum:"name,-name,updated,-updated,created,-created" default:"name"`
}) (*listed[Workflow], error) {
	p, err := in.page()
	if err != nil {
		return nil, err
	}
	f := store.DefinitionFilter{Search: in.Search, Folder: in.Folder}
	switch in.Online {
	case "true":
		f.State = workflow.Online
	case "false":
		f.State = workflow.Offline
	}
	if f.Labels, err = labels(in.Label); err != nil {
		return nil, err
	}
	rows, total, err := a.uc.Workflows(ctx, projectOf(ctx), f, store.DefinitionOrder(in.Sort), p)
	return list(rows, total, p, workflowView), err
}

// labels reads key=value pairs.
func labels(texts []string) (map[string]string, error) {
	out := map[string]string{}
	for _, text := range texts {
		label, value, err := usecase.ParseLabel(text)
		if err != nil {
			return nil, err
		}
		out[label] = value
	}
	return out, nil
}

func workflowView(v usecase.WorkflowView) Workflow {
	w := Workflow{ID: v.ID, Code: v.Code, Name: v.Name, Project: v.ProjectID, ProjectName: v.ProjectName, Description: v.Description,
		Online: v.ReleaseState == workflow.Online, Version: v.Version, Folder: v.Sorting.Folder, Labels: v.Sorting.Labels, Owner: v.UserName,
		OwnerID: v.UserID, ModifiedBy: v.ModifiedByName, Created: moment(v.CreateTime), Updated: moment(v.UpdateTime),
		Schedules: make([]WorkflowSchedule, 0, len(v.Schedules))}
	if w.Labels == nil {
		w.Labels = map[string]string{}
	}
	if v.DraftRevision != 0 {
		w.HasDraft, w.DraftRevision = true, &v.DraftRevision
	}
	for _, s := range v.Schedules {
		w.Schedules = append(w.Schedules, WorkflowSchedule{ID: s.ID, Cron: s.Cron, Online: s.ReleaseState == workflow.Online, NextDue: moment(s.NextDue)})
	}
	if v.Last != nil {
		w.Last = &WorkflowRun{ID: v.Last.InstanceID, State: v.Last.State, Started: moment(v.Last.Start), Ended: moment(v.Last.End)}
	}
	return w
}

// workflowOf finds the workflow that a path names.
func (a *API) workflowOf(ctx context.Context, in *InWorkflow) (workflow.Definition, error) {
	return a.uc.Workflow(ctx, projectOf(ctx), in.Workflow)
}

// viewWorkflow answers a workflow, as lists show it.
func (a *API) viewWorkflow(ctx context.Context, id int64) (*body[Workflow], error) {
	v, _, err := a.uc.WorkflowView(ctx, callerOf(ctx), projectOf(ctx), id)
	if err != nil {
		return nil, err
	}
	return answer(workflowView(v)), nil
}

func (a *API) createWorkflow(ctx context.Context, in *struct {
	InProject
	Body WorkflowInput
}) (*body[Workflow], error) {
	var id int64
	var err error
	switch c, p := callerOf(ctx), projectOf(ctx); {
	case (in.Body.Name == "") == (in.Body.Document == ""):
		err = workflow.Errorf(workflow.Invalid, "param.invalid", "either a document or a name is needed").At("document")
	case in.Body.Name != "":
		id, err = a.uc.BeginWorkflow(ctx, c, p, in.Body.Name)
	default:
		id, err = a.uc.CreateWorkflow(ctx, c, p, in.Body.Document)
	}
	if err != nil {
		return nil, err
	}
	return a.viewWorkflow(ctx, id)
}

func (a *API) getWorkflow(ctx context.Context, in *InWorkflow) (*body[WorkflowDetail], error) {
	d, err := a.workflowOf(ctx, in)
	if err != nil {
		return nil, err
	}
	v, doc, err := a.uc.WorkflowView(ctx, callerOf(ctx), projectOf(ctx), d.ID)
	if err != nil {
		return nil, err
	}
	text, err := a.uc.WorkflowText(ctx, callerOf(ctx), projectOf(ctx), &d)
	return answer(WorkflowDetail{Workflow: workflowView(v), Document: text, Spec: doc}), err
}

func (a *API) deleteWorkflow(ctx context.Context, in *InWorkflow) (*struct{}, error) {
	d, err := a.workflowOf(ctx, in)
	if err != nil {
		return nil, err
	}
	return nil, a.uc.RemoveWorkflow(ctx, projectOf(ctx), d.ID)
}

func (a *API) releaseWorkflow(ctx context.Context, in *struct {
	InWorkflow
	Body struct {
		Online bool `json:"online"`
	}
}) (*body[Workflow], error) {
	d, err := a.workflowOf(ctx, &in.InWorkflow)
	if err != nil {
		return nil, err
	}
	state := workflow.Offline
	if in.Body.Online {
		state = workflow.Online
	}
	if err := a.uc.ReleaseDefinition(ctx, callerOf(ctx), projectOf(ctx), d.ID, state); err != nil {
		return nil, err
	}
	return a.viewWorkflow(ctx, d.ID)
}

func (a *API) sortWorkflow(ctx context.Context, in *struct {
	InWorkflow
	Body struct {
		Folder string            `json:"folder,omitempty" maxLength:"500" doc:"names with / between them; empty: none"`
		Labels map[string]string `json:"labels,omitempty" doc:"all that it has from now on"`
	}
}) (*body[Workflow], error) {
	d, err := a.workflowOf(ctx, &in.InWorkflow)
	if err != nil {
		return nil, err
	}
	if err := a.uc.SortWorkflow(ctx, projectOf(ctx), d.ID, store.Sorting{Folder: in.Body.Folder, Labels: in.Body.Labels}); err != nil {
		return nil, err
	}
	return a.viewWorkflow(ctx, d.ID)
}

func (a *API) copyWorkflow(ctx context.Context, in *struct {
	InWorkflow
	Body struct {
		Name string `json:"name,omitempty" maxLength:"255" doc:"of the copy; by default made up"`
	}
}) (*body[Workflow], error) {
	d, err := a.workflowOf(ctx, &in.InWorkflow)
	if err != nil {
		return nil, err
	}
	c, p := callerOf(ctx), projectOf(ctx)
	var made workflow.Definition
	if in.Body.Name == "" {
		made, err = a.uc.CopyDefinition(ctx, c, p, d.ID)
	} else {
		made, err = a.uc.CopyAs(ctx, c, p, &d, in.Body.Name)
	}
	if err != nil {
		return nil, err
	}
	return a.viewWorkflow(ctx, made.ID)
}

// BatchResult tells what became of each workflow of a batch.
type BatchResult struct {
	Done   []int64        `json:"done" nullable:"false"`
	Failed []BatchRefusal `json:"failed" nullable:"false"`
}

// BatchRefusal is a workflow to which nothing happened.
type BatchRefusal struct {
	ID      int64  `json:"id"`
	Reason  string `json:"reason"`
	Message string `json:"message"`
}

func (a *API) batchWorkflows(ctx context.Context, in *struct {
	InProject
	Body struct {
		IDs    []int64             `json:"ids" minItems:"1" maxItems:"1000"`
		Action usecase.BatchAction `json:"action" enum:"ONLINE,OFFLINE,DELETE,RUN"`
	}
}) (*body[BatchResult], error) {
	done, refused, err := a.uc.Batch(ctx, callerOf(ctx), projectOf(ctx), in.Body.Action, in.Body.IDs)
	out := BatchResult{Done: append([]int64{}, done...), Failed: []BatchRefusal{}}
	for _, r := range refused {
		out.Failed = append(out.Failed, BatchRefusal{r.ID, workflow.ErrorReason(r.Err), r.Err.Error()})
	}
	return answer(out), err
}

// Folder is a folder with how many workflows are right in it.
type Folder struct {
	Folder    string `json:"folder"`
	Workflows int    `json:"workflows"`
}

func (a *API) listFolders(ctx context.Context, _ *InProject) (*listed[Folder], error) {
	folders, err := a.uc.Folders(ctx, projectOf(ctx))
	return folderList(folders), err
}
