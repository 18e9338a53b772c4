package dolphin

import (
	"context"
	"net/http"
	"time"

	"github.com/porpoise-scheduler/porpoise/apiserver/internal/rest/dolphin/codec139"
	"github.com/porpoise-scheduler/porpoise/apiserver/internal/rest/dolphin/status"
	"github.com/porpoise-scheduler/porpoise/apiserver/internal/usecase"
	"github.com/porpoise-scheduler/porpoise/pkg/store"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

func (d *Dialect) instanceRoutes() []Route {
	const group, base = "ProcessInstance", "/projects/{projectName}/instance"
	instance := inProject(Int("processInstanceId").Must())
	return []Route{
		{Group: group, Operation: "queryProcessInstanceList", Method: http.MethodGet, Path: base + "/list-paging",
			Params: inProject(Int("processDefinitionId").Or("0"), Text("searchVal"), Text("executorName"), stateType(),
				Text("host"), Text("startDate"), Text("endDate"), Int("pageNo").Must(), Int("pageSize").Must()),
			ErrorConstant: status.QueryProcessInstanceListPagingError, Access: ProjectRead, Handler: d.pageInstances},
		{Group: group, Operation: "queryTaskListByProcessId", Method: http.MethodGet, Path: base + "/task-list-by-process-id",
			Params: instance, ErrorConstant: status.QueryTaskListByProcessInstanceIDError,
			Access: ProjectRead, Handler: d.listInstanceTasks},
		{Group: group, Operation: "updateProcessInstance", Method: http.MethodPost, Path: base + "/update",
			Params: inProject(Text("processInstanceJson"), Int("processInstanceId").Must(), Text("scheduleTime"),
				Bool("syncDefine").Must(), Text("locations"), Text("connects"), Enum("flag", "NO", "YES")),
			ErrorConstant: status.UpdateProcessInstanceError, Access: ProjectWrite, Handler: d.updateInstance},
		{Group: group, Operation: "queryProcessInstanceById", Method: http.MethodGet, Path: base + "/select-by-id",
			Params: instance, ErrorConstant: status.QueryProcessInstanceByIDError, Access: ProjectRead, Handler: d.viewInstance},
		{Group: group, Operation: "deleteProcessInstanceById", Method: http.MethodGet, Path: base + "/delete",
			Params: instance, ErrorConstant: status.DeleteProcessInstanceByIDError, Access: ProjectWrite, Writes: true, Handler: d.deleteInstance},
		{Group: group, Operation: "querySubProcessInstanceByTaskId", Method: http.MethodGet, Path: base + "/select-sub-process",
			Params: inProject(Int("taskId").Must()), ErrorConstant: status.QuerySubProcessInstanceDetailInfoByTaskIDError,
			Access: ProjectRead, Handler: d.viewChild},
		{Group: group, Operation: "queryParentInstanceBySubId", Method: http.MethodGet, Path: base + "/select-parent-process",
			Params: inProject(Int("subId").Must()), ErrorConstant: status.QueryParentProcessInstanceDetailInfoBySubProcessInstanceIDError,
			Access: ProjectRead, Handler: d.viewParent},
		{Group: group, Operation: "viewVariables", Method: http.MethodGet, Path: base + "/view-variables",
			Params: instance, ErrorConstant: status.QueryProcessInstanceAllVariablesError,
			Access: ProjectRead, ProjectOf: d.projectOfVariables, Handler: d.viewVariables},
		{Group: group, Operation: "viewTree", Method: http.MethodGet, Path: base + "/view-gantt",
			Params: instance, ErrorConstant: status.EncapsulationProcessInstanceGanttStructureError,
			Access: ProjectRead, Handler: d.viewGantt},
		{Group: group, Operation: "batchDeleteProcessInstanceByIds", Method: http.MethodGet, Path: base + "/batch-delete",
			Params:        inProject(Text("processInstanceIds").Must()),
			ErrorConstant: status.BatchDeleteProcessInstanceByIdsError, Access: ProjectWrite, Handler: d.deleteInstances},
	}
}

// period reads startDate and endDate.
func (r *Request) period() (from, to time.Time, err error) {
	from, errFrom := r.Date("startDate")
	to, errTo := r.Date("endDate")
	if errFrom != nil || errTo != nil {
		return from, to, Fail(status.RequestParamsNotValidError, "startDate,endDate")
	}
	return from, to, nil
}

func (d *Dialect) pageInstances(ctx context.Context, r *Request) (any, error) {
	from, to, err := r.period()
	if err != nil {
		return nil, err
	}
	f := store.InstanceFilter{
		DefinitionID: r.ID("processDefinitionId"), Search: r.Search(), UserName: r.String("executorName"),
		States: states(r), MasterID: r.String("host"), From: from, To: to,
	}
	rows, total, err := d.uc.ListInstances(ctx, r.Project, f, r.Page())
	if err != nil {
		return nil, err
	}
	return PageOf(r.Page(), rows, total, encodeInstance), nil
}

func (d *Dialect) viewInstance(ctx context.Context, r *Request) (any, error) {
	v, err := d.uc.InstanceInFull(ctx, r.Project, r.ID("processInstanceId"))
	if err != nil {
		return nil, err
	}
	return d.encodeInstanceInFull(&v), nil
}

type instanceTasksJSON struct {
	ProcessInstanceState string           `json:"processInstanceState"`
	TaskList             []taskInFullJSON `json:"taskList"`
}

func (d *Dialect) listInstanceTasks(ctx context.Context, r *Request) (any, error) {
	v, tasks, err := d.uc.TasksOf(ctx, r.Project, r.ID("processInstanceId"))
	if err != nil {
		return nil, err
	}
	var nodes map[string]codec139.Node
	if v.Definition != nil {
		nodes = codec139.NodesByName(&v.Definition.Spec)
	}
	urgency := codec139.PriorityName(v.Start.Priority)
	return instanceTasksJSON{
		ProcessInstanceState: codec139.StateName(v.State),
		TaskList: ListOf(tasks, func(t workflow.TaskInstance) taskInFullJSON {
			j := taskInFullJSON{taskJSON: encodeTask(&t)}
			j.ProcessInstanceName, j.ProcessInstancePriority = orNull(v.Name), &urgency
			j.ExecutorID, j.ExecutorName = v.UserID, orNull(v.UserName)
			if node, ok := nodes[t.Task]; ok {
				text, dependence := string(node.JSON), string(node.Dependence)
				j.TaskJSON, j.Dependency = &text, &dependence
				j.MaxRetryTimes, j.RetryInterval = node.MaxRetries, codec139.Minutes(node.RetryInterval)
			}
			return j
		}),
	}, nil
}

// updateInstance saves the workflow of an ended instance as the definition's
// next version when syncDefine says so; see the list of deviations.
func (d *Dialect) updateInstance(ctx context.Context, r *Request) (any, error) {
	if _, err := r.Date("scheduleTime"); err != nil {
		return nil, err
	}
	edit := usecase.InstanceEdit{SyncDefinition: r.Bool("syncDefine"), Merge: codec139.KeepForeign, Operation: "update"}
	text := r.String("processInstanceJson")
	if text != "" {
		if len(text) > d.uc.MaxSpecBytes() {
			return nil, Fail(status.DataIsNotValid, "processInstanceJson")
		}
		spec, err := codec139.DecodeProcess(text)
		if err != nil {
			return nil, err
		}
		codec139.SetLayout(&spec, given(r, "locations"), given(r, "connects"))
		edit.Spec = &spec
	}
	return nil, withText(d.uc.EditInstance(ctx, r.Caller, r.Project, r.ID("processInstanceId"), edit), text)
}

func (d *Dialect) deleteInstance(ctx context.Context, r *Request) (any, error) {
	return nil, d.uc.DeleteInstance(ctx, r.Caller, r.Project, r.ID("processInstanceId"), "delete")
}

func (d *Dialect) deleteInstances(ctx context.Context, r *Request) (any, error) {
	text := r.String("processInstanceIds")
	wanted, err := ids(text)
	if err != nil {
		return nil, err
	}
	if failed := d.uc.DeleteInstances(ctx, r.Caller, r.Project, wanted, "delete"); len(failed) > 0 {
		return nil, Fail(status.BatchDeleteProcessInstanceByIdsError, joinIDs(failed))
	}
	return nil, nil
}

type childJSON struct {
	SubProcessInstanceID int64 `json:"subProcessInstanceId"`
}

func (d *Dialect) viewChild(ctx context.Context, r *Request) (any, error) {
	id, err := d.uc.ChildOf(ctx, r.Project, r.ID("taskId"))
	if err != nil {
		return nil, err
	}
	return childJSON{id}, nil
}

type parentJSON struct {
	ParentWorkflowInstance int64 `json:"parentWorkflowInstance"`
}

func (d *Dialect) viewParent(ctx context.Context, r *Request) (any, error) {
	id, err := d.uc.ParentOf(ctx, r.Project, r.ID("subId"))
	if err != nil {
		return nil, err
	}
	return parentJSON{id}, nil
}

// projectOfVariables finds the project by the instance: the original does not
// read the one in the path here.
func (d *Dialect) projectOfVariables(ctx context.Context, r *Request) (workflow.Project, error) {
	p, err := d.uc.ProjectOfInstance(ctx, r.ID("processInstanceId"))
	return p, as(err, "instance.not_found", status.QueryProcessInstanceAllVariablesError)
}

type variablesJSON struct {
	GlobalParams []workflow.Property           `json:"globalParams"`
	LocalParams  map[string]localVariablesJSON `json:"localParams"`
}

type localVariablesJSON struct {
	TaskType        string              `json:"taskType"`
	LocalParamsList []workflow.Property `json:"localParamsList"`
}

func (d *Dialect) viewVariables(ctx context.Context, r *Request) (any, error) {
	v, err := d.uc.Variables(ctx, r.Project, r.ID("processInstanceId"))
	if err != nil {
		return nil, err
	}
	j := variablesJSON{GlobalParams: propertyList(v.Global), LocalParams: map[string]localVariablesJSON{}}
	for _, t := range v.Local {
		j.LocalParams[t.Task] = localVariablesJSON{TaskType: codec139.KindName(t.Kind), LocalParamsList: t.Params}
	}
	return j, nil
}

// ganttJSON is a GanttDto.
type ganttJSON struct {
	Height     int               `json:"height"`
	Tasks      []ganttTaskJSON   `json:"tasks"`
	TaskNames  []string          `json:"taskNames"`
	TaskStatus map[string]string `json:"taskStatus"`
}

// ganttTaskJSON is a Task of the chart; its times are milliseconds.
type ganttTaskJSON struct {
	TaskName      string  `json:"taskName"`
	StartDate     []int64 `json:"startDate"`
	EndDate       []int64 `json:"endDate"`
	ExecutionDate Date    `json:"executionDate"`
	IsoStart      Date    `json:"isoStart"`
	IsoEnd        Date    `json:"isoEnd"`
	Status        string  `json:"status"`
	Duration      *string `json:"duration"`
}

func (d *Dialect) viewGantt(ctx context.Context, r *Request) (any, error) {
	order, tasks, err := d.uc.Gantt(ctx, r.Project, r.ID("processInstanceId"))
	if err != nil {
		return nil, as(err, "instance.not_found", status.EncapsulationProcessInstanceGanttStructureError)
	}
	j := ganttJSON{TaskNames: order, Tasks: []ganttTaskJSON{}}
	now := d.uc.Now()
	for _, name := range order {
		if t, ran := tasks[name]; ran {
			j.Tasks = append(j.Tasks, ganttTask(&t, now))
		}
	}
	return j, nil
}

func ganttTask(t *workflow.TaskInstance, now time.Time) ganttTaskJSON {
	start, end := t.StartTime, t.EndTime
	if start.IsZero() {
		start = now
	}
	if end.IsZero() {
		end = now
	}
	return ganttTaskJSON{
		TaskName: t.Task, StartDate: []int64{start.UnixMilli()}, EndDate: []int64{end.UnixMilli()},
		ExecutionDate: Date(t.StartTime), IsoStart: Date(start), IsoEnd: Date(end),
		Status: codec139.StateName(t.State), Duration: durationText(start, end),
	}
}
