package native

import (
	"context"
	"net/http"
	"time"

	"github.com/porpoise-scheduler/porpoise/pkg/store"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// InstanceFilter narrows lists of instances.
type InstanceFilter struct {
	Feeding
	Workflow int64            `query:"workflow" minimum:"0" doc:"id of a workflow"`
	State    []workflow.State `query:"state,explode" doc:"one or more states"`
	From     time.Time        `query:"from" doc:"started then or later; the list is then in order of the start"`
	To       time.Time        `query:"to" doc:"started then or earlier"`
	Search   string           `query:"search" maxLength:"200" doc:"part of the name"`
	User     string           `query:"user" maxLength:"64" doc:"name of who started it"`
}

func (a *API) listInstances(ctx context.Context, in *struct {
	InProject
	InstanceFilter
}) (*fed[Instance], error) {
	return a.instances(ctx, projectOf(ctx), in.InstanceFilter)
}

func (a *API) listAllInstances(ctx context.Context, in *struct {
	InstanceFilter
	Project string `query:"project" doc:"id or name of a project"`
}) (*fed[Instance], error) {
	p, err := a.projectWanted(ctx, in.Project)
	if err != nil {
		return nil, err
	}
	return a.instances(ctx, p, in.InstanceFilter)
}

// projectWanted finds a project that a query names, if it does.
func (a *API) projectWanted(ctx context.Context, text string) (workflow.Project, error) {
	if text == "" {
		return workflow.Project{}, nil
	}
	return a.findProject(ctx, callerOf(ctx), text, Viewer.want())
}

// instances answers lists; the zero project is all that the caller sees.
func (a *API) instances(ctx context.Context, p workflow.Project, in InstanceFilter) (*fed[Instance], error) {
	after, err := in.place()
	if err == nil {
		err = knownStates(in.State, workflow.InstanceStates)
	}
	if err != nil {
		return nil, err
	}
	q := store.RunQuery{DefinitionID: in.Workflow, States: in.State, Search: in.Search, From: in.From, To: in.To}
	if in.User != "" {
		if q.UserID, err = a.uc.UserIDOf(ctx, in.User); err != nil {
			return nil, err
		}
		if q.UserID == 0 {
			return &fed[Instance]{Body: Feed[Instance]{Items: []Instance{}}}, nil
		}
	}
	rows, next, err := a.uc.Runs(ctx, callerOf(ctx), p, q, after, in.Limit)
	if err != nil {
		return nil, err
	}
	return feed(rows, next, a.instance), nil
}

// knownStates refuses words that are no states.
func knownStates(given, known []workflow.State) error {
	for _, s := range given {
		found := false
		for _, k := range known {
			found = found || s == k
		}
		if !found {
			return workflow.Errorf(workflow.Invalid, "state.unknown", "there is no state %q", s).At("state")
		}
	}
	return nil
}

func (a *API) declareTasks() {
	const tag, one = "Tasks", "/projects/{project}/tasks/{task}"
	add(a, op{ID: "listTasks", Method: http.MethodGet, Path: "/projects/{project}/tasks", Tag: tag, Access: Viewer,
		Summary: "Attempts at tasks of a project, newest first"}, a.listTasks)
	add(a, op{ID: "getTask", Method: http.MethodGet, Path: one, Tag: tag, Access: Viewer, Summary: "An attempt at a task"}, a.getTask)
	add(a, op{ID: "readLog", Method: http.MethodGet, Path: one + "/log", Tag: tag, Access: Viewer,
		Summary: "A part of an attempt's log, by bytes"}, a.readLog)
	add(a, op{ID: "downloadLog", Method: http.MethodGet, Path: one + "/log/raw", Tag: tag, Access: Viewer, Streaming: true, Produces: "text/plain",
		Summary: "An attempt's whole log"}, a.downloadLog)
	add(a, op{ID: "followLog", Method: http.MethodGet, Path: one + "/log/events", Tag: tag, Access: Viewer, Streaming: true, Produces: eventStream,
		Summary: "Events of an attempt's log as it grows"}, a.followLog)
}

func (a *API) listTasks(ctx context.Context, in *struct {
	InProject
	Feeding
	State  []workflow.State `query:"state,explode" doc:"one or more states"`
	Task   string           `query:"task" maxLength:"255" doc:"name of the task"`
	Search string           `query:"search" maxLength:"200" doc:"part of the task's name"`
	Worker string           `query:"worker" maxLength:"255" doc:"address of the worker"`
	From   time.Time        `query:"from" doc:"started then or later; the list is then in order of the start"`
	To     time.Time        `query:"to" doc:"started then or earlier"`
}) (*fed[TaskInstance], error) {
	after, err := in.place()
	if err == nil {
		err = knownStates(in.State, workflow.TaskStates)
	}
	if err != nil {
		return nil, err
	}
	p := projectOf(ctx)
	role, err := a.uc.RoleIn(ctx, callerOf(ctx), p)
	if err != nil {
		return nil, err
	}
	rows, next, err := a.uc.Attempts(ctx, p, store.AttemptQuery{States: in.State, Task: in.Task, Search: in.Search, Host: in.Worker, From: in.From, To: in.To}, after, in.Limit)
	if err != nil {
		return nil, err
	}
	return feed(rows, next, func(r store.TaskRow) TaskInstance {
		t := a.taskInstance(&workflow.Instance{Name: r.InstanceName}, &r.TaskInstance, role)
		return t
	}), nil
}

// OfTask is the part of a path that names an attempt of a project.
type OfTask struct {
	InProject
	Task int64 `path:"task" doc:"id of the attempt"`
}

func (a *API) getTask(ctx context.Context, in *OfTask) (*body[TaskInstance], error) {
	p := projectOf(ctx)
	role, err := a.uc.RoleIn(ctx, callerOf(ctx), p)
	if err != nil {
		return nil, err
	}
	t, err := a.uc.TaskInstance(ctx, p, in.Task)
	if err != nil {
		return nil, err
	}
	instance, err := a.uc.Instance(ctx, p, t.InstanceID)
	if err != nil {
		return nil, err
	}
	return answer(a.taskInstance(&instance, &t, role)), nil
}
