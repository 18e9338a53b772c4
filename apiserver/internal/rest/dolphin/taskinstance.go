package dolphin

import (
	"context"
	"net/http"
	"strings"

	"github.com/porpoise-scheduler/porpoise/apiserver/internal/rest/dolphin/codec139"
	"github.com/porpoise-scheduler/porpoise/apiserver/internal/rest/dolphin/status"
	"github.com/porpoise-scheduler/porpoise/pkg/store"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

func (d *Dialect) taskInstanceRoutes() []Route {
	return []Route{
		{Group: "TaskInstance", Operation: "queryTaskListPaging", Method: http.MethodGet,
			Path: "/projects/{projectName}/task-instance/list-paging",
			Params: inProject(Int("processInstanceId").Or("0"), Text("searchVal"), Text("taskName"), Text("executorName"),
				stateType(), Text("host"), Text("startDate"), Text("endDate"), Int("pageNo").Must(), Int("pageSize").Must()),
			ErrorConstant: status.QueryTaskListPagingError, Access: ProjectRead, Handler: d.pageTasks},
	}
}

func stateType() Param { return Enum("stateType", codec139.StateNames()...) }

// states reads the stateType filter; none when it is absent.
func states(r *Request) []workflow.State {
	found, _ := codec139.States(r.Enum("stateType"))
	return found
}

func (d *Dialect) pageTasks(ctx context.Context, r *Request) (any, error) {
	from, to, err := r.period()
	if err != nil {
		return nil, err
	}
	f := store.TaskFilter{
		InstanceID: r.ID("processInstanceId"), Search: r.Search(), Task: r.String("taskName"),
		UserName: r.String("executorName"), States: states(r), Host: r.String("host"), From: from, To: to,
	}
	rows, total, err := d.uc.ListTasks(ctx, r.Project, f, r.Page())
	if err != nil {
		return nil, err
	}
	return PageOf(r.Page(), rows, total, encodeTaskRow), nil
}

// taskJSON is a TaskInstance without its taskJson, which lists omit.
type taskJSON struct {
	ID                      int64   `json:"id"`
	Name                    string  `json:"name"`
	TaskType                string  `json:"taskType"`
	ProcessDefinitionID     int64   `json:"processDefinitionId"`
	ProcessInstanceID       int64   `json:"processInstanceId"`
	ProcessInstanceName     *string `json:"processInstanceName"`
	ProcessInstance         *int    `json:"processInstance"`
	ProcessDefine           *int    `json:"processDefine"`
	State                   string  `json:"state"`
	SubmitTime              Date    `json:"submitTime"`
	StartTime               Date    `json:"startTime"`
	EndTime                 Date    `json:"endTime"`
	Host                    *string `json:"host"`
	ExecutePath             *string `json:"executePath"`
	LogPath                 *string `json:"logPath"`
	RetryTimes              int     `json:"retryTimes"`
	AlertFlag               string  `json:"alertFlag"`
	PID                     int     `json:"pid"`
	AppLink                 *string `json:"appLink"`
	Flag                    string  `json:"flag"`
	Dependency              *string `json:"dependency"`
	Duration                *string `json:"duration"`
	MaxRetryTimes           int     `json:"maxRetryTimes"`
	RetryInterval           int     `json:"retryInterval"`
	TaskInstancePriority    string  `json:"taskInstancePriority"`
	ProcessInstancePriority *string `json:"processInstancePriority"`
	DependentResult         *string `json:"dependentResult"`
	WorkerGroup             string  `json:"workerGroup"`
	ExecutorID              int64   `json:"executorId"`
	ExecutorName            *string `json:"executorName"`
	Resources               *int    `json:"resources"`
	TaskSuccess             bool    `json:"taskSuccess"`
	TaskComplete            bool    `json:"taskComplete"`
	SubProcess              bool    `json:"subProcess"`
	DependTask              bool    `json:"dependTask"`
	ConditionsTask          bool    `json:"conditionsTask"`
}

// taskInFullJSON is a TaskInstance with its node.
type taskInFullJSON struct {
	taskJSON
	TaskJSON *string `json:"taskJson"`
}

func encodeTaskRow(row store.TaskRow) taskJSON {
	j := encodeTask(&row.TaskInstance)
	j.ProcessInstanceName, j.ExecutorID, j.ExecutorName = orNull(row.InstanceName), row.UserID, orNull(row.UserName)
	return j
}

func encodeTask(t *workflow.TaskInstance) taskJSON {
	return taskJSON{
		ID: t.ID, Name: t.Task, TaskType: codec139.KindName(t.Kind), ProcessDefinitionID: t.DefinitionID,
		ProcessInstanceID: t.InstanceID, State: codec139.StateName(t.State), SubmitTime: Date(t.SubmitTime),
		StartTime: Date(t.StartTime), EndTime: Date(t.EndTime), Host: orNull(t.Host), ExecutePath: orNull(t.WorkDir),
		LogPath: orNull(t.LogPath), RetryTimes: t.Retry, AlertFlag: flag(t.Warned), PID: t.PID,
		AppLink: orNull(t.AppLink), Flag: flag(t.Current), Duration: durationText(t.StartTime, t.EndTime),
		TaskInstancePriority: codec139.PriorityName(t.Priority), WorkerGroup: orDefault(t.WorkerGroup),
		TaskSuccess: t.State.Success(), TaskComplete: t.State.Terminal(),
		SubProcess: t.Kind == workflow.KindSubWorkflow, DependTask: t.Kind == workflow.KindDependent,
		ConditionsTask: t.Kind == workflow.KindConditions, DependentResult: dependentResult(t),
	}
}

func flag(yes bool) string {
	if yes {
		return "YES"
	}
	return "NO"
}

func orDefault(group string) string {
	if group == "" {
		return "default"
	}
	return group
}

// dependencyResult reads a line "<item>,<result> <details>". Items hold task
// names, and so commas.
func dependencyResult(line string) (item, result string, ok bool) {
	at := -1
	for _, word := range []string{"SUCCESS", "FAILED", "WAITING"} {
		if i := strings.LastIndex(line, ","+word); i >= 0 && (at < 0 || i < at) {
			at, result = i, word
		}
	}
	if at < 0 {
		return "", "", false
	}
	return line[:at], result, true
}

// dependentResult writes what became of a dependent task's items, as JSON text
// of an object; nil for other tasks.
func dependentResult(t *workflow.TaskInstance) *string {
	if t.Kind != workflow.KindDependent {
		return nil
	}
	results := map[string]string{}
	for line := range strings.Lines(t.Dependency) {
		if key, result, ok := dependencyResult(strings.TrimSpace(line)); ok {
			results[key] = result
		}
	}
	raw, err := marshal(results)
	if err != nil {
		return nil
	}
	text := string(raw)
	return &text
}
