package dolphin

import (
	"context"
	"net/http"

	"github.com/porpoise-scheduler/porpoise/apiserver/internal/rest/dolphin/codec139"
	"github.com/porpoise-scheduler/porpoise/apiserver/internal/rest/dolphin/status"
	"github.com/porpoise-scheduler/porpoise/apiserver/internal/usecase"
	"github.com/porpoise-scheduler/porpoise/pkg/store"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

func (d *Dialect) dataAnalysisRoutes() []Route {
	const group, base = "DataAnalysis", "/projects/analysis"
	period := []Param{Text("startDate"), Text("endDate"), Int("projectId").Or("0")}
	return []Route{
		{Group: group, Operation: "countTaskState", Method: http.MethodGet, Path: base + "/task-state-count",
			Params: period, ErrorConstant: status.TaskInstanceStateCountError, Access: SignedIn, Handler: d.countTasks},
		{Group: group, Operation: "countProcessInstanceState", Method: http.MethodGet, Path: base + "/process-state-count",
			Params: period, ErrorConstant: status.CountProcessInstanceStateError, Access: SignedIn, Handler: d.countInstances},
		{Group: group, Operation: "countDefinitionByUser", Method: http.MethodGet, Path: base + "/define-user-count",
			Params: []Param{Int("projectId").Or("0")}, ErrorConstant: status.CountProcessDefinitionUserError,
			Access: SignedIn, Handler: d.countDefinitions},
		{Group: group, Operation: "countCommandState", Method: http.MethodGet, Path: base + "/command-state-count",
			Params: period, ErrorConstant: status.CommandStateCountError, Access: SignedIn, Handler: d.countCommands},
		{Group: group, Operation: "countQueueState", Method: http.MethodGet, Path: base + "/queue-count",
			Params: []Param{Int("projectId").Or("0")}, ErrorConstant: status.QueueCountError,
			Access: SignedIn, Handler: d.countQueues},
	}
}

// countRequest reads what the figures are to be about.
func countRequest(r *Request) (req usecase.CountRequest, err error) {
	req.ProjectID = r.ID("projectId")
	req.From, req.To, err = r.period()
	return req, err
}

// stateCountsJSON is a TaskCountDto, of instances too.
type stateCountsJSON struct {
	TotalCount    int              `json:"totalCount"`
	TaskCountDtos []stateCountJSON `json:"taskCountDtos"`
}

// stateCountJSON is a TaskStateCount.
type stateCountJSON struct {
	TaskStateType string `json:"taskStateType"`
	Count         int    `json:"count"`
}

// stateCounts lists every state of 1.3.9 in its order, also those of which
// there is nothing.
func stateCounts(counts map[workflow.State]int) stateCountsJSON {
	byName := map[string]int{}
	j := stateCountsJSON{}
	for state, n := range counts {
		byName[codec139.StateName(state)] += n
		j.TotalCount += n
	}
	for _, name := range codec139.StateNames() {
		j.TaskCountDtos = append(j.TaskCountDtos, stateCountJSON{name, byName[name]})
	}
	return j
}

func (d *Dialect) countTasks(ctx context.Context, r *Request) (any, error) {
	return countStates(ctx, r, d.uc.CountTasks)
}

func (d *Dialect) countInstances(ctx context.Context, r *Request) (any, error) {
	return countStates(ctx, r, d.uc.CountInstances)
}

func countStates(ctx context.Context, r *Request,
	count func(context.Context, usecase.Caller, usecase.CountRequest) (map[workflow.State]int, error)) (any, error) {
	req, err := countRequest(r)
	if err != nil {
		return nil, err
	}
	counts, err := count(ctx, r.Caller, req)
	if err != nil {
		return nil, err
	}
	return stateCounts(counts), nil
}

// definitionCountsJSON is a DefineUserDto.
type definitionCountsJSON struct {
	Count    int                   `json:"count"`
	UserList []definitionCountJSON `json:"userList"`
}

// definitionCountJSON is a DefinitionGroupByUser.
type definitionCountJSON struct {
	UserName string `json:"userName"`
	UserID   int64  `json:"userId"`
	Count    int    `json:"count"`
}

func (d *Dialect) countDefinitions(ctx context.Context, r *Request) (any, error) {
	list, err := d.uc.CountDefinitions(ctx, r.Caller, usecase.CountRequest{ProjectID: r.ID("projectId")})
	if err != nil {
		return nil, err
	}
	j := definitionCountsJSON{UserList: ListOf(list, func(u store.UserCount) definitionCountJSON {
		return definitionCountJSON{u.UserName, u.UserID, u.Count}
	})}
	for _, u := range list {
		j.Count += u.Count
	}
	return j, nil
}

// commandCountJSON is a CommandStateCount.
type commandCountJSON struct {
	ErrorCount   int    `json:"errorCount"`
	NormalCount  int    `json:"normalCount"`
	CommandState string `json:"commandState"`
}

// countCommands lists every command of 1.3.9. What it has no word for, such as
// news between masters, is not counted.
func (d *Dialect) countCommands(ctx context.Context, r *Request) (any, error) {
	req, err := countRequest(r)
	if err != nil {
		return nil, err
	}
	counts, err := d.uc.CountCommands(ctx, r.Caller, req)
	if err != nil {
		return nil, err
	}
	waiting, failed := byCommandName(counts.Waiting), byCommandName(counts.Failed)
	return ListOf(commandNames(), func(name string) commandCountJSON {
		return commandCountJSON{failed[name], waiting[name], name}
	}), nil
}

func byCommandName(counts map[workflow.CommandType]int) map[string]int {
	byName := make(map[string]int, len(counts))
	for c, n := range counts {
		byName[codec139.CommandName(c)] += n
	}
	return byName
}

type queueCountsJSON struct {
	TaskQueue int `json:"taskQueue"`
	TaskKill  int `json:"taskKill"`
}

func (d *Dialect) countQueues(ctx context.Context, r *Request) (any, error) {
	counts, err := d.uc.CountQueues(ctx, r.Caller, usecase.CountRequest{ProjectID: r.ID("projectId")})
	if err != nil {
		return nil, err
	}
	return queueCountsJSON{TaskQueue: counts.Queued, TaskKill: counts.Dying}, nil
}
