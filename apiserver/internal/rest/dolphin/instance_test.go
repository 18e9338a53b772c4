package dolphin_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/porpoise-scheduler/porpoise/apiserver/internal/rest/dolphin/status"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

type instanceView struct {
	ID                                                                int64
	Name, State, CommandType, HistoryCmd, CmdTypeIfComplement         string
	CommandParam, TaskDependType, IsSubProcess, Recovery, WorkerGroup string
	ProcessInstanceJSON, GlobalParams, Duration, ExecutorName, Host   *string
	TenantCode, Locations                                             *string
	StartTime, ScheduleTime                                           *string
	ComplementData, ProcessInstanceStop                               bool
	RunTimes, Timeout                                                 int
}

type instancePage struct {
	TotalList []instanceView
	Total     int
}

var began = time.Date(2021, 10, 18, 11, 55, 8, 0, time.UTC)

// ran writes an instance that took a day, two hours and three seconds.
func (f *flows) ran(definitionID int64, s workflow.State) (workflow.Instance, []workflow.TaskInstance) {
	return f.run(workflow.Instance{
		DefinitionID: definitionID, State: s, Command: workflow.CmdBackfill, History: []workflow.CommandType{workflow.CmdBackfill, workflow.CmdStop},
		Start: workflow.StartOptions{FailureStrategy: workflow.FailEnd, WarningType: workflow.WarnAll, Priority: workflow.High, TenantCode: "etl",
			StartTasks: []string{"a", "b"}, Scope: workflow.ScopeOnly, BizDateIsBase: true, Zone: "Asia/Shanghai", Params: map[string]string{"day": "D"}},
		StartTime: began, EndTime: began.Add(26*time.Hour + 3*time.Second), ScheduleTime: midnight(3), CommandTime: began,
		RunTimes: 1, MasterID: "m1", BackfillID: 5,
	}, workflow.TaskInstance{Task: "a", Kind: workflow.KindShell, State: workflow.Succeeded, StartTime: began, EndTime: began.Add(time.Minute),
		Host: "10.0.0.1:1234", PID: 77, LogPath: "/l", WorkDir: "/w", Priority: workflow.Medium},
		workflow.TaskInstance{Task: "b", Kind: workflow.KindPython, State: workflow.Failed, StartTime: began.Add(time.Minute),
			EndTime: began.Add(2 * time.Minute), Retry: 1, Host: "10.0.0.2:1234"})
}

func TestInstanceInFull(t *testing.T) {
	f := newFlows(t)
	id := f.online("flow", twoTasks)
	in, _ := f.ran(id, workflow.Stopped)
	r := f.do(http.MethodGet, "/instance/select-by-id", "processInstanceId", fmt.Sprint(in.ID))
	readContract(t).shape(t, r.Data, "ProcessInstance")
	v := into[instanceView](t, r)
	if v.State != "STOP" || v.CommandType != "COMPLEMENT_DATA" || v.HistoryCmd != "COMPLEMENT_DATA,STOP" || !v.ComplementData ||
		!v.ProcessInstanceStop || v.TaskDependType != "TASK_ONLY" || v.IsSubProcess != "NO" || v.Timeout != 5 || *v.TenantCode != "etl" ||
		*v.Duration != "1d 2h 3s" || *v.ExecutorName != "ann" || *v.Host != "m1" || *v.StartTime != "2021-10-18T19:55:08.000+0800" {
		t.Errorf("answered %s", r.Data)
	}
	sameJSON(t, "processInstanceJson", *v.ProcessInstanceJSON, twoTasks)
	sameJSON(t, "commandParam", v.CommandParam, `{"StartNodeNameList":"a,b","complementStartDate":"2021-10-03 00:00:00","complementEndDate":"2021-10-03 00:00:00"}`)
	sameJSON(t, "globalParams", *v.GlobalParams, `[{"prop":"day","direct":"IN","type":"VARCHAR","value":"D"}]`)
	f.do(http.MethodGet, "/instance/select-by-id", "processInstanceId", "99999").is(t, 200, status.ProcessInstanceNotExist)
}

func TestInstanceOutlivesItsDefinition(t *testing.T) {
	f := newFlows(t)
	id := f.save("flow", oneTask)
	in, _ := f.ran(id, workflow.Failed)
	f.do(http.MethodGet, "/process/delete", "processDefinitionId", fmt.Sprint(id)).is(t, 200, status.Success)
	key := fmt.Sprint(in.ID)
	if v := into[instanceView](t, f.do(http.MethodGet, "/instance/select-by-id", "processInstanceId", key)); v.ProcessInstanceJSON != nil {
		t.Errorf("answered %+v", v)
	}
	f.do(http.MethodGet, "/instance/task-list-by-process-id", "processInstanceId", key).is(t, 200, status.Success)
	f.do(http.MethodGet, "/instance/view-gantt", "processInstanceId", key).is(t, 200, status.EncapsulationProcessInstanceGanttStructureError)
	f.do(http.MethodGet, "/instance/view-variables", "processInstanceId", key).is(t, 200, status.QueryProcessInstanceAllVariablesError)
}

func TestInstanceFilters(t *testing.T) {
	f := newFlows(t)
	one, two := f.online("one", oneTask), f.online("two", oneTask)
	f.ran(one, workflow.Stopped)
	f.run(workflow.Instance{DefinitionID: two, State: workflow.SerialWait, StartTime: began.Add(-time.Hour), Name: "two-1-7"})
	boss := f.user("boss", workflow.RoleAdmin)
	f.run(workflow.Instance{DefinitionID: two, State: workflow.Succeeded, StartTime: began.Add(48 * time.Hour), UserID: boss.ID})
	list := func(more ...string) instancePage {
		t.Helper()
		r := f.do(http.MethodGet, "/instance/list-paging", append([]string{"pageNo", "1", "pageSize", "10"}, more...)...)
		return into[instancePage](t, r)
	}
	all := f.do(http.MethodGet, "/instance/list-paging", "pageNo", "1", "pageSize", "10")
	readContract(t).shape(t, all.Data, "page<ProcessInstance>")
	for _, c := range []struct {
		total  int
		params []string
	}{
		{3, nil}, {2, []string{"processDefinitionId", fmt.Sprint(two)}}, {1, []string{"stateType", "WAITTING_THREAD"}},
		{1, []string{"stateType", "STOP"}}, {0, []string{"stateType", "WAITTING_DEPEND"}}, {1, []string{"searchVal", "two-1-7"}},
		{1, []string{"executorName", "boss"}}, {0, []string{"executorName", "nobody"}}, {1, []string{"host", "m1"}},
		{2, []string{"startDate", "2021-10-18 19:00:00"}}, {2, []string{"endDate", "2021-10-18 20:00:00"}},
		{1, []string{"startDate", "2021-10-18 19:00:00", "endDate", "2021-10-18 20:00:00"}},
	} {
		if got := list(c.params...); got.Total != c.total || len(got.TotalList) != c.total {
			t.Errorf("%v found %d, want %d", c.params, got.Total, c.total)
		}
	}
	base := []string{"pageNo", "1", "pageSize", "10"}
	f.do(http.MethodGet, "/instance/list-paging", append(base, "startDate", "yesterday")...).is(t, 200, status.RequestParamsNotValidError)
	f.do(http.MethodGet, "/instance/list-paging", append(base, "stateType", "RUNNING")...).is(t, 200, status.QueryProcessInstanceListPagingError)
	f.do(http.MethodGet, "/instance/list-paging", "pageNo", "0", "pageSize", "10").is(t, 200, status.RequestParamsNotValidError)
	f.do(http.MethodGet, "/instance/list-paging", "pageNo", "1").is(t, 200, status.QueryProcessInstanceListPagingError)
}

type taskView struct {
	ID                                        int64
	Name, TaskType, State, Flag               string
	Host, Duration, TaskJSON, DependentResult *string
	ProcessInstanceName, Dependency           *string
	RetryTimes, MaxRetryTimes, PID            int
	TaskSuccess, TaskComplete, DependTask     bool
}

func TestTasksOfAnInstance(t *testing.T) {
	f := newFlows(t)
	id := f.online("flow", twoTasks)
	in, tasks := f.ran(id, workflow.Running)
	r := f.do(http.MethodGet, "/instance/task-list-by-process-id", "processInstanceId", fmt.Sprint(in.ID))
	keys(t, r.Data, "processInstanceState", "taskList")
	v := into[struct {
		ProcessInstanceState string
		TaskList             []json.RawMessage
	}](t, r)
	if v.ProcessInstanceState != "RUNNING_EXECUTION" || len(v.TaskList) != 2 {
		t.Fatalf("answered %s", r.Data)
	}
	readContract(t).shape(t, v.TaskList[0], "TaskInstance")
	var a, b taskView
	decode(t, v.TaskList[0], &a)
	decode(t, v.TaskList[1], &b)
	if a.ID != tasks[0].ID || a.Name != "a" || a.TaskType != "SHELL" || a.State != "SUCCESS" || !a.TaskSuccess || !a.TaskComplete || a.Flag != "YES" ||
		*a.Host != "10.0.0.1:1234" || *a.Duration != "1m" || a.MaxRetryTimes != 2 || a.PID != 77 || a.DependentResult != nil {
		t.Errorf("a is %s", v.TaskList[0])
	}
	if b.State != "FAILURE" || b.TaskSuccess || b.RetryTimes != 1 {
		t.Errorf("b is %s", v.TaskList[1])
	}
	contains(t, *a.TaskJSON, `"rawScript":"echo ${day}"`, `"id":"t-1"`)
	f.do(http.MethodGet, "/instance/task-list-by-process-id", "processInstanceId", "99999").is(t, 200, status.ProcessInstanceNotExist)
}

func TestDependentResults(t *testing.T) {
	f := newFlows(t)
	id := f.online("flow", `{"tasks":[{"type":"DEPENDENT","name":"d","dependence":{"relation":"AND","dependTaskList":[]}}]}`)
	in, _ := f.run(workflow.Instance{DefinitionID: id, State: workflow.Running},
		workflow.TaskInstance{Task: "d", Kind: workflow.KindDependent, State: workflow.Running,
			Dependency: "21-ALL-day-today,SUCCESS\n22-a,b-hour-last1Hour,WAITING no instance in 1, 2\n23-x-day-today,FAILED instance 5: FAILED"})
	r := f.do(http.MethodGet, "/instance/task-list-by-process-id", "processInstanceId", fmt.Sprint(in.ID))
	v := into[struct{ TaskList []taskView }](t, r).TaskList[0]
	if !v.DependTask || v.DependentResult == nil {
		t.Fatalf("answered %s", r.Data)
	}
	sameJSON(t, "dependentResult", *v.DependentResult, `{"21-ALL-day-today":"SUCCESS","22-a,b-hour-last1Hour":"WAITING","23-x-day-today":"FAILED"}`)
}

func TestTaskPages(t *testing.T) {
	f := newFlows(t)
	id := f.online("flow", twoTasks)
	in, _ := f.ran(id, workflow.Succeeded)
	f.ran(id, workflow.Succeeded)
	type page struct {
		TotalList []json.RawMessage
		Total     int
	}
	list := func(more ...string) page {
		t.Helper()
		return into[page](t, f.do(http.MethodGet, "/task-instance/list-paging", append([]string{"pageNo", "1", "pageSize", "10"}, more...)...))
	}
	p := list()
	var names []string
	for _, s := range readContract(t).Schemas["TaskInstance"] {
		if s.Name != "taskJson" {
			names = append(names, s.Name)
		}
	}
	keys(t, p.TotalList[0], names...)
	var v taskView
	decode(t, p.TotalList[len(p.TotalList)-1], &v)
	if v.ProcessInstanceName == nil || *v.ProcessInstanceName != in.Name {
		t.Errorf("task is %s", p.TotalList[0])
	}
	for _, c := range []struct {
		total  int
		params []string
	}{
		{4, nil}, {2, []string{"processInstanceId", fmt.Sprint(in.ID)}}, {2, []string{"stateType", "FAILURE"}}, {2, []string{"taskName", "a"}},
		{4, []string{"executorName", "ann"}}, {0, []string{"executorName", "zoe"}}, {2, []string{"host", "10.0.0.2:1234"}},
		{2, []string{"searchVal", "b"}}, {0, []string{"startDate", "2022-01-01 00:00:00"}},
	} {
		if got := list(c.params...); got.Total != c.total {
			t.Errorf("%v found %d, want %d", c.params, got.Total, c.total)
		}
	}
	f.do(http.MethodGet, "/task-instance/list-paging", "pageNo", "1", "pageSize", "10", "endDate", "x").is(t, 200, status.RequestParamsNotValidError)
}

func TestChildrenAndParents(t *testing.T) {
	f := newFlows(t)
	id := f.online("flow", oneTask)
	parent, tasks := f.run(workflow.Instance{DefinitionID: id, State: workflow.Running},
		workflow.TaskInstance{Task: "s", Kind: workflow.KindSubWorkflow, State: workflow.Running},
		workflow.TaskInstance{Task: "t", Kind: workflow.KindSubWorkflow, State: workflow.Submitted},
		workflow.TaskInstance{Task: "a", Kind: workflow.KindShell, State: workflow.Running})
	child, _ := f.run(workflow.Instance{DefinitionID: id, State: workflow.Running, ParentID: parent.ID, ParentTaskID: tasks[0].ID})
	sub := func(id int64) reply {
		return f.do(http.MethodGet, "/instance/select-sub-process", "taskId", fmt.Sprint(id))
	}
	up := func(id int64) reply {
		return f.do(http.MethodGet, "/instance/select-parent-process", "subId", fmt.Sprint(id))
	}
	r := sub(tasks[0].ID)
	keys(t, r.Data, "subProcessInstanceId")
	if got := into[map[string]int64](t, r)["subProcessInstanceId"]; got != child.ID {
		t.Errorf("child is %d, want %d", got, child.ID)
	}
	sub(tasks[1].ID).is(t, 200, status.SubProcessInstanceNotExist)
	sub(tasks[2].ID).is(t, 200, status.TaskInstanceNotSubWorkflowInstance)
	sub(99999).is(t, 200, status.TaskInstanceNotExists)
	r = up(child.ID)
	keys(t, r.Data, "parentWorkflowInstance")
	if got := into[map[string]int64](t, r)["parentWorkflowInstance"]; got != parent.ID {
		t.Errorf("parent is %d, want %d", got, parent.ID)
	}
	up(parent.ID).is(t, 200, status.ProcessInstanceNotSubProcessInstance)
	up(99999).is(t, 200, status.ProcessInstanceNotExist)
}

func TestVariables(t *testing.T) {
	f := newFlows(t)
	id := f.online("flow", `{"globalParams":[{"prop":"day","direct":"IN","type":"VARCHAR","value":"${system.biz.date}"},
		{"prop":"next","direct":"IN","type":"VARCHAR","value":"$[yyyy-MM-dd+1]"}],"tasks":[
		{"type":"SHELL","name":"a","params":{"rawScript":"x","localParams":[{"prop":"p","direct":"IN","type":"VARCHAR","value":"${day}/${next}"},
		{"prop":"o","direct":"OUT","type":"VARCHAR","value":"later"}]}},
		{"type":"SHELL","name":"b","params":{"rawScript":"x","localParams":[]}}]}`)
	in, _ := f.run(workflow.Instance{DefinitionID: id, State: workflow.Succeeded, ScheduleTime: midnight(3),
		Start: workflow.StartOptions{Zone: "Asia/Shanghai", BizDateIsBase: true}})
	got := f.do(http.MethodGet, "/instance/view-variables", "processInstanceId", fmt.Sprint(in.ID))
	sameJSON(t, "variables", string(got.Data), `{"globalParams":[{"prop":"day","direct":"IN","type":"VARCHAR","value":"20211003"},
		{"prop":"next","direct":"IN","type":"VARCHAR","value":"2021-10-04"}],
		"localParams":{"a":{"taskType":"SHELL","localParamsList":[{"prop":"p","direct":"IN","type":"VARCHAR","value":"20211003/2021-10-04"},
		{"prop":"o","direct":"OUT","type":"VARCHAR","value":"later"}]}}}`)
	f.do(http.MethodGet, "/instance/view-variables", "processInstanceId", "99999").is(t, 200, status.QueryProcessInstanceAllVariablesError)
}

func TestGantt(t *testing.T) {
	f := newFlows(t)
	id := f.online("flow", twoTasks)
	in, _ := f.ran(id, workflow.Failed)
	r := f.do(http.MethodGet, "/instance/view-gantt", "processInstanceId", fmt.Sprint(in.ID))
	c := readContract(t)
	c.shape(t, r.Data, "GanttDto")
	v := into[struct {
		TaskNames []string
		Tasks     []json.RawMessage
	}](t, r)
	if d := cmp.Diff([]string{"a", "b"}, v.TaskNames); d != "" || len(v.Tasks) != 2 {
		t.Fatalf("answered %s", r.Data)
	}
	c.shape(t, v.Tasks[0], "Task")
	var a struct {
		TaskName, Status, Duration string
		StartDate, EndDate         []int64
	}
	decode(t, v.Tasks[0], &a)
	if a.TaskName != "a" || a.Status != "SUCCESS" || a.Duration != "1m" || a.StartDate[0] != began.UnixMilli() || a.EndDate[0] != began.UnixMilli()+60_000 {
		t.Errorf("a is %s", v.Tasks[0])
	}
	f.do(http.MethodGet, "/instance/view-gantt", "processInstanceId", "99999").is(t, 200, status.EncapsulationProcessInstanceGanttStructureError)
}

func TestInstanceDeletion(t *testing.T) {
	f := newFlows(t)
	id := f.online("flow", oneTask)
	running, _ := f.ran(id, workflow.Running)
	ended, _ := f.ran(id, workflow.Failed)
	other, _ := f.ran(id, workflow.Succeeded)
	del := func(in workflow.Instance) reply {
		return f.do(http.MethodGet, "/instance/delete", "processInstanceId", fmt.Sprint(in.ID))
	}
	r := del(running)
	r.is(t, 200, status.ProcessInstanceStateOperationError)
	contains(t, r.Msg, "RUNNING_EXECUTION")
	del(workflow.Instance{ID: 99999}).is(t, 200, status.ProcessInstanceNotExist)
	if len(f.pending()) != 0 {
		t.Fatal("a command was left")
	}
	del(ended).is(t, 200, status.Success)
	if c := f.onePending(); c.Type != workflow.CmdDelete || c.InstanceID != ended.ID || !slices.Contains(f.nudge.seen(), ended.Shard) {
		t.Errorf("command is %+v", c)
	}
	f.obey()
	r = f.do(http.MethodGet, "/instance/batch-delete", "processInstanceIds", fmt.Sprintf("%d,%d,99999", other.ID, running.ID))
	r.is(t, 200, status.BatchDeleteProcessInstanceByIdsError)
	contains(t, r.Msg, fmt.Sprintf("%d,99999", running.ID))
	if c := f.onePending(); c.InstanceID != other.ID {
		t.Errorf("command is %+v", c)
	}
	f.do(http.MethodGet, "/instance/batch-delete", "processInstanceIds", "x").is(t, 200, status.BatchDeleteProcessInstanceByIdsError)
}

func TestInstanceUpdate(t *testing.T) {
	f := newFlows(t)
	id := f.save("flow", oneTask)
	running, _ := f.ran(id, workflow.Running)
	ended, _ := f.ran(id, workflow.Failed)
	update := func(in workflow.Instance, text, sync string) reply {
		return f.do(http.MethodPost, "/instance/update", "processInstanceId", fmt.Sprint(in.ID), "processInstanceJson", text, "syncDefine", sync,
			"locations", "L")
	}
	update(running, twoTasks, "true").is(t, 200, status.ProcessInstanceStateOperationError)
	update(ended, "{", "true").is(t, 200, status.DataIsNotValid)
	update(ended, `{"tasks":[{"type":"SHELL","name":"n","params":{}}]}`, "false").is(t, 200, status.ProcessNodeSParameterInvalid)
	update(ended, twoTasks, "false").is(t, 200, status.Success)
	if c := f.onePending(); c.Type != workflow.CmdEdit || c.InstanceID != ended.ID || c.Start.Version != 2 || !slices.Contains(f.nudge.seen(), ended.Shard) {
		t.Errorf("command is %+v", c)
	}
	if side, err := f.store.Definitions.Version(t.Context(), id, 2); err != nil || len(side.Tasks) != 2 {
		t.Errorf("the edit is %+v, %v", side, err)
	}
	update(ended, twoTasks, "").is(t, 200, status.UpdateProcessInstanceError)
	update(workflow.Instance{ID: 99999}, twoTasks, "true").is(t, 200, status.ProcessInstanceNotExist)
	if d := f.view(id); d.Version != 1 {
		t.Fatalf("definition changed: %+v", d)
	}
	update(ended, twoTasks, "true").is(t, 200, status.Success)
	d := f.view(id)
	if d.Version != 3 || *d.Locations != "L" {
		t.Errorf("definition is %+v", d)
	}
	if list := f.pending(); len(list) != 2 || list[1].Start.Version != 3 {
		t.Errorf("commands are %+v", list)
	}
	sameJSON(t, "definition", d.ProcessDefinitionJSON, twoTasks)
	f.release(id, 1)
	update(ended, oneTask, "true").is(t, 200, status.ProcessDefineNotAllowedEdit)
}
