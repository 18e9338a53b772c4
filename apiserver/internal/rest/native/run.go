package native

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/porpoise-scheduler/porpoise/apiserver/internal/usecase"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// RunInput asks for an instance.
type RunInput struct {
	RunOptions
	ScheduleTime *time.Time `json:"scheduleTime,omitempty" doc:"what the dates of the instance are computed from; by default its start"`
}

// Started is an accepted request. The ids are there when they were waited for
// and came in time.
type Started struct {
	CommandID  int64  `json:"commandId"`
	InstanceID *int64 `json:"instanceId,omitempty"`
	BackfillID *int64 `json:"backfillId,omitempty"`
}

// workflowID gives the id of a workflow that a path names. Whether there is one
// of that id is for the use case to say.
func (a *API) workflowID(ctx context.Context, in *InWorkflow) (int64, error) {
	if id, err := strconv.ParseInt(in.Workflow, 10, 64); err == nil {
		return id, nil
	}
	d, err := a.workflowOf(ctx, in)
	return d.ID, err
}

// Waits lets a caller wait for what his request leads to.
type Waits struct {
	Wait string `query:"wait" pattern:"^([0-9]|10)s$" doc:"how long to wait for the instance: 1s to 10s; by default not at all"`
}

// length is how long the caller wants to wait.
func (w Waits) length() time.Duration {
	d, err := time.ParseDuration(w.Wait)
	if err != nil {
		return 0
	}
	return d
}

func (a *API) declareRuns() {
	const tag, one = "Runs", "/projects/{project}/instances/{instance}"
	add(a, op{ID: "runWorkflow", Method: http.MethodPost, Path: "/projects/{project}/workflows/{workflow}/runs", Tag: tag, Access: Operator,
		Status: http.StatusAccepted, Summary: "Run a workflow"}, a.runWorkflow)
	add(a, op{ID: "listInstances", Method: http.MethodGet, Path: "/projects/{project}/instances", Tag: tag, Access: Viewer,
		Summary: "Instances of a project, newest first"}, a.listInstances)
	add(a, op{ID: "listAllInstances", Method: http.MethodGet, Path: "/instances", Tag: tag, Access: SignedIn,
		Summary: "Instances of all projects that the caller sees, newest first"}, a.listAllInstances)
	add(a, op{ID: "getInstance", Method: http.MethodGet, Path: one, Tag: tag, Access: Viewer,
		Summary: "An instance with its graph, tasks and parameters"}, a.getInstance)
	add(a, op{ID: "deleteInstance", Method: http.MethodDelete, Path: one, Tag: tag, Access: Developer,
		Summary: "Delete an instance that has ended"}, a.deleteInstance)
	add(a, op{ID: "listInstanceTasks", Method: http.MethodGet, Path: one + "/tasks", Tag: tag, Access: Viewer,
		Summary: "Attempts of an instance, oldest first"}, a.listInstanceTasks)
	add(a, op{ID: "actOnInstance", Method: http.MethodPost, Path: one + "/actions", Tag: tag, Access: Operator,
		Status: http.StatusAccepted, Summary: "Stop, pause, resume, rerun or repair an instance"}, a.actOnInstance)
	add(a, op{ID: "watchInstance", Method: http.MethodGet, Path: one + "/events", Tag: tag, Access: Viewer, Streaming: true, Produces: eventStream,
		Summary: "Events of an instance: first what it is now, then every change"}, a.watchInstance)
	add(a, op{ID: "workflowHistory", Method: http.MethodGet, Path: "/projects/{project}/workflows/{workflow}/history", Tag: tag, Access: Viewer,
		Summary: "The newest instances of a workflow with the states of their tasks"}, a.workflowHistory)
}

func (a *API) runWorkflow(ctx context.Context, in *struct {
	InWorkflow
	Waits
	Body RunInput
}) (*body[Started], error) {
	workflowID, err := a.workflowID(ctx, &in.InWorkflow)
	if err != nil {
		return nil, err
	}
	options := in.Body.options(a.uc.Zone.String())
	if in.Body.ScheduleTime != nil {
		options.ScheduleTime = in.Body.ScheduleTime.UTC()
	}
	cmd, err := a.uc.Accept(ctx, callerOf(ctx), projectOf(ctx),
		usecase.StartRequest{DefinitionID: workflowID, Options: options, Tenant: in.Body.Tenant})
	if err != nil {
		return nil, err
	}
	id, err := a.uc.StartedInstance(ctx, cmd, in.length())
	return answer(Started{CommandID: cmd.ID, InstanceID: known(id)}), a.accepted(ctx, err)
}

// accepted keeps a look at what a request led to from spoiling its answer: it
// was accepted.
func (a *API) accepted(ctx context.Context, err error) error {
	if err != nil {
		a.uc.Log.WarnContext(ctx, "waiting for what a command leads to", "error", err)
	}
	return nil
}

// OfInstance is the part of a path that names an instance of a project.
type OfInstance struct {
	InProject
	Instance int64 `path:"instance" doc:"id of the instance"`
}

func (a *API) getInstance(ctx context.Context, in *OfInstance) (*body[InstanceDetail], error) {
	d, err := a.uc.RunDetail(ctx, callerOf(ctx), projectOf(ctx), in.Instance)
	if err != nil {
		return nil, err
	}
	return answer(a.instanceDetail(d)), nil
}

func (a *API) deleteInstance(ctx context.Context, in *OfInstance) (*struct{}, error) {
	return nil, a.uc.RemoveInstance(ctx, callerOf(ctx), projectOf(ctx), in.Instance)
}

func (a *API) listInstanceTasks(ctx context.Context, in *struct {
	OfInstance
	All bool `query:"all" doc:"replaced attempts, too"`
}) (*body[Feed[TaskInstance]], error) {
	p := projectOf(ctx)
	role, err := a.uc.RoleIn(ctx, callerOf(ctx), p)
	if err != nil {
		return nil, err
	}
	instance, list, err := a.uc.AttemptsOf(ctx, p, in.Instance, in.All)
	if err != nil {
		return nil, err
	}
	out := Feed[TaskInstance]{Items: make([]TaskInstance, len(list))}
	for i := range list {
		out.Items[i] = a.taskInstance(&instance, &list[i], role)
	}
	return answer(out), nil
}

// InstanceAction is what to do with an instance.
type InstanceAction struct {
	Action usecase.Action `json:"action" enum:"STOP,PAUSE,RESUME,RERUN,RERUN_FAILED,RERUN_FROM,FORCE_SUCCESS,RELEASE_HOLD,FORCE_START"`
	Task   string         `json:"task,omitempty" doc:"name of the task, or id of its current attempt; for those of one task"`
}

func (a *API) actOnInstance(ctx context.Context, in *struct {
	OfInstance
	Body InstanceAction
}) (*struct{}, error) {
	return nil, a.uc.Act(ctx, callerOf(ctx), projectOf(ctx), in.Instance, in.Body.Action, in.Body.Task)
}

// History is the newest instances of a workflow.
type History struct {
	Tasks []string     `json:"tasks" nullable:"false" doc:"names, of the current version first"`
	Runs  []HistoryRun `json:"runs" nullable:"false" doc:"newest first"`
}

// HistoryRun is an instance with the states of its tasks.
type HistoryRun struct {
	ID         int64                  `json:"id"`
	State      workflow.State         `json:"state"`
	Started    *time.Time             `json:"started"`
	DurationMS *int64                 `json:"durationMs"`
	Cells      map[string]HistoryCell `json:"cells" doc:"by task"`
}

// HistoryCell is a task of an instance.
type HistoryCell struct {
	ID         int64          `json:"id" doc:"of the attempt that counts"`
	State      workflow.State `json:"state"`
	DurationMS *int64         `json:"durationMs"`
}

func (a *API) workflowHistory(ctx context.Context, in *struct {
	InWorkflow
	Limit int `query:"limit" minimum:"1" maximum:"200" default:"20" doc:"instances"`
}) (*body[History], error) {
	workflowID, err := a.workflowID(ctx, &in.InWorkflow)
	if err != nil {
		return nil, err
	}
	h, err := a.uc.History(ctx, projectOf(ctx), workflowID, in.Limit)
	if err != nil {
		return nil, err
	}
	out := History{Tasks: listOf(h.Tasks), Runs: make([]HistoryRun, len(h.Runs))}
	for i, r := range h.Runs {
		out.Runs[i] = HistoryRun{ID: r.ID, State: r.State, Started: moment(r.StartTime), DurationMS: a.took(r.StartTime, r.EndTime),
			Cells: make(map[string]HistoryCell, len(r.Cells))}
		for _, m := range r.Cells {
			out.Runs[i].Cells[m.Task] = HistoryCell{ID: m.ID, State: m.State, DurationMS: a.took(m.Start, m.End)}
		}
	}
	return answer(out), nil
}
