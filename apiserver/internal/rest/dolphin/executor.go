package dolphin

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/porpoise-scheduler/porpoise/apiserver/internal/rest/dolphin/codec139"
	"github.com/porpoise-scheduler/porpoise/apiserver/internal/rest/dolphin/status"
	"github.com/porpoise-scheduler/porpoise/apiserver/internal/usecase"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

func (d *Dialect) executorRoutes() []Route {
	const group, base = "Executor", "/projects/{projectName}/executors"
	return []Route{
		{Group: group, Operation: "startProcessInstance", Method: http.MethodPost, Path: base + "/start-process-instance",
			Params: inProject(Int("processDefinitionId").Must(), Text("scheduleTime"), failureStrategy().Must(),
				Text("startNodeList"), Enum("taskDependType", "TASK_ONLY", "TASK_PRE", "TASK_POST"),
				Enum("execType", commandNames()...), warningType().Must(), Int("warningGroupId").Must(),
				Text("receivers"), Text("receiversCc"), Enum("runMode", "RUN_MODE_SERIAL", "RUN_MODE_PARALLEL"),
				priority("processInstancePriority"), Text("workerGroup").Or("default"), Int("timeout")),
			ErrorConstant: status.StartProcessInstanceError, Access: ProjectRun, Precheck: checkTimeout,
			ProjectOf: d.projectToStart, Handler: d.start},
		{Group: group, Operation: "execute", Method: http.MethodPost, Path: base + "/execute",
			Params:        inProject(Int("processInstanceId").Must(), Enum("executeType", executeNames()...).Must()),
			ErrorConstant: status.ExecuteProcessInstanceError, Access: ProjectRun, Handler: d.execute},
		{Group: group, Operation: "startCheckProcessDefinition", Method: http.MethodPost, Path: base + "/start-check",
			Params: inProject(Int("processDefinitionId").Must()), ErrorConstant: status.CheckProcessDefinitionError,
			Access: ProjectRead, ProjectOf: d.projectOfDefinition, Handler: d.checkStart},
		{Group: group, Operation: "getReceiverCc", Method: http.MethodGet, Path: base + "/get-receiver-cc",
			Params:        inProject(Int("processDefinitionId"), Int("processInstanceId")),
			ErrorConstant: status.QueryRecipientsAndCopyersByProcessDefinitionError,
			Access:        ProjectRead, ProjectOf: d.projectOfReceivers, Handler: d.receivers},
	}
}

func failureStrategy() Param { return Enum("failureStrategy", "END", "CONTINUE") }
func warningType() Param     { return Enum("warningType", "NONE", "SUCCESS", "FAILURE", "ALL") }
func priority(name string) Param {
	return Enum(name, "HIGHEST", "HIGH", "MEDIUM", "LOW", "LOWEST")
}

func commandNames() []string {
	return []string{"START_PROCESS", "START_CURRENT_TASK_PROCESS", "RECOVER_TOLERANCE_FAULT_PROCESS", "RECOVER_SUSPENDED_PROCESS",
		"START_FAILURE_TASK_PROCESS", "COMPLEMENT_DATA", "SCHEDULER", "REPEAT_RUNNING", "PAUSE", "STOP", "RECOVER_WAITTING_THREAD"}
}

func executeNames() []string {
	return []string{"NONE", "REPEAT_RUNNING", "RECOVER_SUSPENDED_PROCESS", "START_FAILURE_TASK_PROCESS", "STOP", "PAUSE"}
}

// projectToStart finds the project of the path without a read for every start.
func (d *Dialect) projectToStart(ctx context.Context, r *Request) (workflow.Project, error) {
	return d.uc.ProjectToStart(ctx, r.String("projectName"))
}

// maxTimeout is the longest time limit of a start, in seconds. The limit is
// checked and, as in the original, has no other meaning.
const maxTimeout = 24 * 60 * 60

// checkTimeout refuses before anything else is looked at.
func checkTimeout(r *Request) error {
	if n := r.Int("timeout"); r.Has("timeout") && (n <= 0 || n > maxTimeout) {
		return Fail(status.TaskTimeoutParamsError)
	}
	return nil
}

func (d *Dialect) start(ctx context.Context, r *Request) (any, error) {
	req := usecase.StartRequest{DefinitionID: r.ID("processDefinitionId"), Options: startOptions(r)}
	req.Options.StartTasks = names(r.String("startNodeList"))
	req.Options.Scope = codec139.ScopeOf(r.Enum("taskDependType"))
	switch r.Enum("execType") {
	case "", "START_PROCESS", "START_CURRENT_TASK_PROCESS", "SCHEDULER":
	case "COMPLEMENT_DATA":
		b, err := backfill(r)
		if err != nil {
			return nil, err
		}
		req.Backfill, req.Options.BizDateIsBase = b, true
	default:
		return nil, Fail(status.RequestParamsNotValidError, "execType")
	}
	return nil, d.uc.Start(ctx, r.Caller, r.Project, req)
}

// startOptions reads what starts and schedules have in common.
func startOptions(r *Request) workflow.StartOptions {
	urgency, _ := codec139.PriorityOf(r.Enum("processInstancePriority"))
	return workflow.StartOptions{
		FailureStrategy: workflow.FailureStrategy(r.Enum("failureStrategy")),
		WarningType:     workflow.WarningType(r.Enum("warningType")), WarningGroupID: r.ID("warningGroupId"),
		Receivers: r.String("receivers"), ReceiversCc: r.String("receiversCc"),
		Priority: urgency, WorkerGroup: r.String("workerGroup"), Zone: zoneName,
	}
}

// names reads a list of task names separated by commas.
func names(text string) []string {
	var list []string
	for name := range strings.SplitSeq(text, ",") {
		if name = strings.TrimSpace(name); name != "" {
			list = append(list, name)
		}
	}
	return list
}

// backfill reads the range of dates; both ends do not count at 1.3.9.
func backfill(r *Request) (*usecase.BackfillRequest, error) {
	from, to, ok := strings.Cut(r.String("scheduleTime"), ",")
	start, errFrom := dateOf(from)
	end, errTo := dateOf(to)
	if err := errors.Join(errFrom, errTo); !ok || err != nil || end.Before(start) {
		return nil, &paramError{errors.Join(errors.New("scheduleTime is no range of dates"), err)}
	}
	b := &usecase.BackfillRequest{From: start, To: end, Zone: zoneName, Width: 1}
	if r.Enum("runMode") == "RUN_MODE_PARALLEL" {
		b.Width = 0
	}
	return b, nil
}

// dateOf reads a date as requests write it.
func dateOf(text string) (time.Time, error) {
	return time.ParseInLocation(time.DateTime, strings.TrimSpace(text), gmt8)
}

func (d *Dialect) execute(ctx context.Context, r *Request) (any, error) {
	operation := r.Enum("executeType")
	err := d.uc.Control(ctx, r.Caller, r.Project, r.ID("processInstanceId"), controlCommand(operation), operation)
	return nil, err
}

// controlCommand gives the command of an executeType; "" for NONE, which no
// state allows.
func controlCommand(executeType string) workflow.CommandType {
	switch executeType {
	case "REPEAT_RUNNING":
		return workflow.CmdRerun
	case "RECOVER_SUSPENDED_PROCESS":
		return workflow.CmdRecoverPaused
	case "START_FAILURE_TASK_PROCESS":
		return workflow.CmdRecoverFailed
	case "STOP":
		return workflow.CmdStop
	case "PAUSE":
		return workflow.CmdPause
	}
	return ""
}

// projectOfDefinition finds the project by processDefinitionId, for routes that
// do not read the project in their path.
func (d *Dialect) projectOfDefinition(ctx context.Context, r *Request) (workflow.Project, error) {
	return d.uc.ProjectOfDefinition(ctx, r.ID("processDefinitionId"))
}

func (d *Dialect) checkStart(ctx context.Context, r *Request) (any, error) {
	return nil, d.uc.CheckStart(ctx, r.Project, r.ID("processDefinitionId"))
}

func (d *Dialect) projectOfReceivers(ctx context.Context, r *Request) (p workflow.Project, err error) {
	switch {
	case r.Has("processDefinitionId"):
		p, err = d.projectOfDefinition(ctx, r)
	case r.Has("processInstanceId"):
		p, err = d.uc.ProjectOfInstance(ctx, r.ID("processInstanceId"))
	default:
		err = &paramError{errors.New("processDefinitionId or processInstanceId must be present")}
	}
	const own = status.QueryRecipientsAndCopyersByProcessDefinitionError
	return p, as(as(err, "definition.not_found", own), "instance.not_found", own)
}

type receiversJSON struct {
	Receivers   *string `json:"receivers"`
	ReceiversCc *string `json:"receiversCc"`
}

func (d *Dialect) receivers(ctx context.Context, r *Request) (any, error) {
	id := r.ID("processDefinitionId")
	if !r.Has("processDefinitionId") {
		in, err := d.uc.Instance(ctx, r.Project, r.ID("processInstanceId"))
		if err != nil {
			return nil, err
		}
		id = in.DefinitionID
	}
	def, err := d.uc.Definition(ctx, r.Project, id)
	if err != nil {
		return nil, as(err, "definition.not_found", status.QueryRecipientsAndCopyersByProcessDefinitionError)
	}
	return receiversJSON{orNull(def.Receivers), orNull(def.ReceiversCc)}, nil
}
