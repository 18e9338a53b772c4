package dolphin

import (
	"context"
	"fmt"
	"net/http"
	"strconv"

	"github.com/porpoise-scheduler/porpoise/apiserver/internal/rest/dolphin/codec139"
	"github.com/porpoise-scheduler/porpoise/apiserver/internal/rest/dolphin/status"
	"github.com/porpoise-scheduler/porpoise/apiserver/internal/usecase"
	"github.com/porpoise-scheduler/porpoise/pkg/store"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

func (d *Dialect) definitionRoutes() []Route {
	const group, base = "ProcessDefinition", "/projects/{projectName}/process"
	return []Route{
		{Group: group, Operation: "createProcessDefinition", Method: http.MethodPost, Path: base + "/save",
			Params: inProject(Text("name").Must(), Text("processDefinitionJson").Must(), Text("locations").Must(),
				Text("connects").Must(), Text("description")),
			SuccessStatus: http.StatusCreated, ErrorConstant: status.CreateProcessDefinition,
			Access: ProjectWrite, Handler: d.createDefinition},
		{Group: group, Operation: "copyProcessDefinition", Method: http.MethodPost, Path: base + "/copy",
			Params: inProject(Int("processId").Must()), ErrorConstant: status.CopyProcessDefinitionError,
			Access: ProjectWrite, Handler: d.copyDefinition},
		{Group: group, Operation: "verifyProcessDefinitionName", Method: http.MethodGet, Path: base + "/verify-name",
			Params: inProject(Text("name").Must()), ErrorConstant: status.VerifyProcessDefinitionNameUniqueError,
			Access: ProjectRead, Handler: d.verifyDefinitionName},
		{Group: group, Operation: "updateProcessDefinition", Method: http.MethodPost, Path: base + "/update",
			Params: inProject(Text("name").Must(), Int("id").Must(), Text("processDefinitionJson").Must(),
				Text("locations"), Text("connects"), Text("description")),
			ErrorConstant: status.UpdateProcessDefinitionError, Access: ProjectWrite, Handler: d.updateDefinition},
		{Group: group, Operation: "releaseProcessDefinition", Method: http.MethodPost, Path: base + "/release",
			Params:        inProject(Int("processId").Must(), Int("releaseState").Must()),
			ErrorConstant: status.ReleaseProcessDefinitionError, Access: ProjectWrite, Handler: d.releaseDefinition},
		{Group: group, Operation: "queryProcessDefinitionById", Method: http.MethodGet, Path: base + "/select-by-id",
			Params: inProject(Int("processId").Must()), ErrorConstant: status.QueryDatailOfProcessDefinitionError,
			Access: ProjectRead, Handler: d.viewDefinition},
		{Group: group, Operation: "queryProcessDefinitionList", Method: http.MethodGet, Path: base + "/list",
			Params: inProject(), ErrorConstant: status.QueryProcessDefinitionList,
			Access: ProjectRead, Handler: d.listDefinitions},
		{Group: group, Operation: "queryProcessDefinitionListPaging", Method: http.MethodGet, Path: base + "/list-paging",
			Params:        inProject(Int("pageNo").Must(), Text("searchVal"), Int("userId").Or("0"), Int("pageSize").Must()),
			ErrorConstant: status.QueryProcessDefinitionListPagingError, Access: ProjectRead, Handler: d.pageDefinitions},
		{Group: group, Operation: "viewTree", Method: http.MethodGet, Path: base + "/view-tree",
			Params:        inProject(Int("processId").Must(), Int("limit").Must()),
			ErrorConstant: status.EncapsulationTreeviewStructureError, Access: ProjectRead, Handler: d.viewTree},
		{Group: group, Operation: "getNodeListByDefinitionId", Method: http.MethodGet, Path: base + "/gen-task-list",
			Params:        inProject(Int("processDefinitionId").Must()),
			ErrorConstant: status.GetTasksListByProcessDefinitionIDError, Access: ProjectRead, Handler: d.listNodes},
		{Group: group, Operation: "getNodeListByDefinitionIdList", Method: http.MethodGet, Path: base + "/get-task-list",
			Params:        inProject(Text("processDefinitionIdList").Must()),
			ErrorConstant: status.GetTasksListByProcessDefinitionIDError, Access: ProjectRead, Handler: d.mapNodes},
		{Group: group, Operation: "deleteProcessDefinitionById", Method: http.MethodGet, Path: base + "/delete",
			Params:        inProject(Int("processDefinitionId").Must()),
			ErrorConstant: status.DeleteProcessDefineByIDError, Access: ProjectWrite, Writes: true, Handler: d.deleteDefinition},
		{Group: group, Operation: "batchDeleteProcessDefinitionByIds", Method: http.MethodGet, Path: base + "/batch-delete",
			Params:        inProject(Text("processDefinitionIds").Must()),
			ErrorConstant: status.BatchDeleteProcessDefineByIdsError, Access: ProjectWrite, Handler: d.deleteDefinitions},
		{Group: group, Operation: "batchExportProcessDefinitionByIds", Method: http.MethodGet, Path: base + "/export",
			Params:        inProject(Text("processDefinitionIds").Must()),
			ErrorConstant: status.InternalServerErrorArgs, Access: ProjectRead, Mute: true, AnswersFile: true,
			Handler: d.exportDefinitions},
		{Group: group, Operation: "queryProcessDefinitionAllByProjectId", Method: http.MethodGet,
			Path: base + "/queryProcessDefinitionAllByProjectId", Params: inProject(Int("projectId").Must()),
			ErrorConstant: status.QueryProcessDefinitionList, Access: ProjectRead, ProjectOf: d.projectByID,
			Handler: d.listDefinitions},
	}
}

// definitionInput decodes what save and update send.
func definitionInput(r *Request) (usecase.DefinitionInput, error) {
	in := usecase.DefinitionInput{Name: r.String("name"), Description: r.String("description")}
	spec, err := codec139.DecodeProcess(r.String("processDefinitionJson"))
	codec139.SetLayout(&spec, given(r, "locations"), given(r, "connects"))
	in.Spec = spec
	return in, err
}

// given gives a text, nil when it was not sent.
func given(r *Request, name string) *string {
	if !r.Has(name) {
		return nil
	}
	s := r.String(name)
	return &s
}

func (d *Dialect) createDefinition(ctx context.Context, r *Request) (any, error) {
	in, err := d.sized(r)
	if err != nil {
		return nil, err
	}
	_, err = d.uc.CreateDefinition(ctx, r.Caller, r.Project, in)
	if workflow.ErrorReason(err) == "definition.exists" {
		// The original finds out by the database's refusal, an exception.
		return nil, &paramError{fmt.Errorf("saving %q: %s", in.Name, err)}
	}
	return nil, withText(err, r.String("processDefinitionJson"))
}

// sized decodes a definition that is not larger than allowed.
func (d *Dialect) sized(r *Request) (usecase.DefinitionInput, error) {
	if len(r.String("processDefinitionJson")) > d.uc.MaxSpecBytes() {
		return usecase.DefinitionInput{}, Fail(status.DataIsNotValid, "processDefinitionJson")
	}
	return definitionInput(r)
}

func (d *Dialect) updateDefinition(ctx context.Context, r *Request) (any, error) {
	in, err := d.sized(r)
	if err != nil {
		return nil, err
	}
	_, err = d.uc.UpdateDefinition(ctx, r.Caller, r.Project, r.ID("id"), in, codec139.KeepForeign)
	return nil, withText(err, r.String("processDefinitionJson"))
}

func (d *Dialect) copyDefinition(ctx context.Context, r *Request) (any, error) {
	_, err := d.uc.CopyDefinition(ctx, r.Caller, r.Project, r.ID("processId"))
	return nil, err
}

func (d *Dialect) verifyDefinitionName(ctx context.Context, r *Request) (any, error) {
	return nil, d.uc.VerifyDefinitionName(ctx, r.Project, r.String("name"))
}

func (d *Dialect) releaseDefinition(ctx context.Context, r *Request) (any, error) {
	var state workflow.ReleaseState
	switch r.Int("releaseState") {
	case 0:
		state = workflow.Offline
	case 1:
		state = workflow.Online
	default:
		return nil, Fail(status.RequestParamsNotValidError, "releaseState")
	}
	err := d.uc.ReleaseDefinition(ctx, r.Caller, r.Project, r.ID("processId"), state)
	return nil, as(err, "definition.not_found", status.ReleaseProcessDefinitionError)
}

// viewDefinition answers an unknown id as the original does, by saying that the
// instance does not exist.
func (d *Dialect) viewDefinition(ctx context.Context, r *Request) (any, error) {
	row, err := d.uc.DefinitionRow(ctx, r.Project, r.ID("processId"))
	if err != nil {
		return nil, as(err, "definition.not_found", status.ProcessInstanceNotExist, r.ID("processId"))
	}
	return encodeDefinition(row), nil
}

func (d *Dialect) listDefinitions(ctx context.Context, r *Request) (any, error) {
	rows, err := d.uc.DefinitionsOf(ctx, r.Project)
	if err != nil {
		return nil, err
	}
	return ListOf(rows, encodeDefinition), nil
}

func (d *Dialect) pageDefinitions(ctx context.Context, r *Request) (any, error) {
	rows, total, err := d.uc.ListDefinitions(ctx, r.Project, r.Search(), r.ID("userId"), r.Page())
	if err != nil {
		return nil, err
	}
	return PageOf(r.Page(), rows, total, encodeDefinition), nil
}

func (d *Dialect) listNodes(ctx context.Context, r *Request) (any, error) {
	def, err := d.uc.Definition(ctx, r.Project, r.ID("processDefinitionId"))
	if err != nil {
		return nil, err
	}
	return codec139.Nodes(&def.Spec), nil
}

func (d *Dialect) mapNodes(ctx context.Context, r *Request) (any, error) {
	text := r.String("processDefinitionIdList")
	wanted, err := ids(text)
	if err != nil {
		return nil, err
	}
	found, err := d.uc.DefinitionsByID(ctx, r.Project, wanted)
	if err != nil {
		return nil, as(err, "definition.not_found", status.ProcessDefineNotExist, text)
	}
	byID := make(map[string][]codec139.TaskNode, len(found))
	for i := range found {
		byID[strconv.FormatInt(found[i].ID, 10)] = codec139.Nodes(&found[i].Spec)
	}
	return byID, nil
}

func (d *Dialect) deleteDefinition(ctx context.Context, r *Request) (any, error) {
	return nil, d.uc.DeleteDefinition(ctx, r.Caller, r.Project, r.ID("processDefinitionId"))
}

func (d *Dialect) deleteDefinitions(ctx context.Context, r *Request) (any, error) {
	wanted, err := ids(r.String("processDefinitionIds"))
	if err != nil {
		return nil, err
	}
	if failed := d.uc.DeleteDefinitions(ctx, r.Caller, r.Project, wanted); len(failed) > 0 {
		return nil, Fail(status.BatchDeleteProcessDefineByIdsError, joinIDs(failed))
	}
	return nil, nil
}

// definitionJSON is a ProcessDefinition.
type definitionJSON struct {
	ID                    int64               `json:"id"`
	Name                  string              `json:"name"`
	Version               int                 `json:"version"`
	ReleaseState          string              `json:"releaseState"`
	ProjectID             int64               `json:"projectId"`
	ProcessDefinitionJSON string              `json:"processDefinitionJson"`
	Description           string              `json:"description"`
	GlobalParams          string              `json:"globalParams"`
	GlobalParamList       []workflow.Property `json:"globalParamList"`
	GlobalParamMap        map[string]string   `json:"globalParamMap"`
	CreateTime            Date                `json:"createTime"`
	UpdateTime            Date                `json:"updateTime"`
	Flag                  string              `json:"flag"`
	UserID                int64               `json:"userId"`
	UserName              *string             `json:"userName"`
	ProjectName           *string             `json:"projectName"`
	Locations             *string             `json:"locations"`
	Connects              *string             `json:"connects"`
	Receivers             *string             `json:"receivers"`
	ReceiversCc           *string             `json:"receiversCc"`
	ScheduleReleaseState  *string             `json:"scheduleReleaseState"`
	ResourceIDs           string              `json:"resourceIds"`
	Timeout               int                 `json:"timeout"`
	TenantID              int64               `json:"tenantId"`
	ModifyBy              *string             `json:"modifyBy"`
}

func encodeDefinition(row store.DefinitionRow) definitionJSON {
	return definitionJSON{
		ID: row.ID, Name: row.Name, Version: row.Version, ReleaseState: string(row.ReleaseState),
		ProjectID: row.ProjectID, ProcessDefinitionJSON: codec139.EncodeProcess(&row.Spec),
		Description: row.Description, GlobalParams: codec139.PropertiesJSON(row.GlobalParams),
		GlobalParamList: propertyList(row.GlobalParams), GlobalParamMap: propertyMap(row.GlobalParams),
		CreateTime: Date(row.CreateTime), UpdateTime: Date(row.UpdateTime), Flag: "YES", UserID: row.UserID,
		UserName: orNull(row.UserName), ProjectName: orNull(row.ProjectName),
		Locations: codec139.Locations(&row.Spec), Connects: codec139.Connects(&row.Spec),
		Receivers: orNull(row.Receivers), ReceiversCc: orNull(row.ReceiversCc),
		ScheduleReleaseState: orNull(string(row.ScheduleRelease)), ResourceIDs: codec139.ResourceIDs(&row.Spec),
		Timeout: codec139.Minutes(row.Timeout), TenantID: codec139.TenantID(&row.Spec), ModifyBy: orNull(row.ModifiedByName),
	}
}

func propertyList(ps []workflow.Property) []workflow.Property {
	if ps == nil {
		return []workflow.Property{}
	}
	return ps
}

func propertyMap(ps []workflow.Property) map[string]string {
	m := make(map[string]string, len(ps))
	for _, p := range ps {
		m[p.Prop] = p.Value
	}
	return m
}
