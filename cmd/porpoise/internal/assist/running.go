package assist

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/porpoise-scheduler/porpoise/cmd/porpoise/internal/client"
)

// longest is how long a call waits for a run.
const longest = 10 * time.Minute

func (a *assistant) addRunning(s *mcp.Server) {
	tool(s, changes("run_workflow", "Run a workflow", "Run a workflow, and wait for its end if asked to.", false), a.run)
	tool(s, changes("control_instance", "Stop, pause or mend a run",
		"Stop, pause or resume a run, or run it again: as a whole, what failed, or from a task on. Force success declares a failed task done.", true), a.control)
}

type runIn struct {
	workflowIn
	Params      map[string]string `json:"params,omitempty" jsonschema:"start parameters"`
	StartTasks  []string          `json:"startTasks,omitempty" jsonschema:"begin at these tasks instead of all"`
	WaitSeconds int               `json:"waitSeconds,omitempty" jsonschema:"wait so long for the end, 600 at most"`
}

type ran struct {
	Command  int64 `json:"command"`
	Instance *seen `json:"instance,omitempty" jsonschema:"missing while the run has not begun"`
}

func (a *assistant) run(ctx context.Context, in runIn) (out ran, err error) {
	path, _, err := a.workflow(ctx, in.Project, in.Workflow)
	if err != nil {
		return out, err
	}
	body := map[string]any{}
	if len(in.Params) > 0 {
		body["params"] = in.Params
	}
	if len(in.StartTasks) > 0 {
		body["startTasks"] = in.StartTasks
	}
	var begun struct {
		CommandID  int64 `json:"commandId"`
		InstanceID int64 `json:"instanceId"`
	}
	if err := a.Do(ctx, client.Request{Method: http.MethodPost, Path: path + "/runs", Query: url.Values{"wait": {"10s"}}, Body: body}, &begun); err != nil {
		return out, err
	}
	out.Command = begun.CommandID
	if begun.InstanceID == 0 {
		return out, nil
	}
	name, err := a.project(in.Project)
	if err != nil {
		return out, err
	}
	if in.WaitSeconds > 0 {
		if err := a.await(ctx, name, begun.InstanceID, time.Duration(in.WaitSeconds)*time.Second); err != nil {
			return out, err
		}
	}
	now, err := a.getInstance(ctx, instanceIn{in.inProject, begun.InstanceID})
	out.Instance = &now
	return out, err
}

// await returns when the instance ended or the wait is over.
func (a *assistant) await(ctx context.Context, project string, id int64, wait time.Duration) error {
	limited, cancel := context.WithTimeout(ctx, min(wait, longest))
	defer cancel()
	err := a.Watch(limited, project, id, func(i client.Instance) error {
		if i.State.Terminal() {
			return client.ErrDone
		}
		return nil
	}, func(client.TaskInstance) error { return nil }, func(error) {})
	if limited.Err() != nil && ctx.Err() == nil {
		return nil // it goes on
	}
	return err
}

type controlIn struct {
	instanceIn
	Action string `json:"action" jsonschema:"STOP, PAUSE, RESUME, RERUN, RERUN_FAILED, RERUN_FROM or FORCE_SUCCESS; get_instance names those that are possible"`
	Task   string `json:"task,omitempty" jsonschema:"name of the task, for RERUN_FROM and FORCE_SUCCESS"`
}

func (a *assistant) control(ctx context.Context, in controlIn) (out seen, err error) {
	base, err := a.path(in.Project)
	if err != nil {
		return out, err
	}
	body := map[string]string{"action": strings.ToUpper(in.Action)}
	if in.Task != "" {
		body["task"] = in.Task
	}
	if err := a.Post(ctx, fmt.Sprintf("%s/instances/%d/actions", base, in.Instance), body, nil); err != nil {
		return out, err
	}
	return a.getInstance(ctx, in.instanceIn)
}
