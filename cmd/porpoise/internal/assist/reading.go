package assist

import (
	"context"
	"net/url"
	"strings"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/porpoise-scheduler/porpoise/cmd/porpoise/internal/client"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// most is how many rows an answer holds unless it is asked for more.
const most = 50

func (a *assistant) addReading(s *mcp.Server) {
	tool(s, reads("list_projects", "List projects", "List the projects the token may see."), a.listProjects)
	tool(s, reads("list_workflows", "List workflows", "List workflows of a project with how their last runs went."), a.listWorkflows)
	tool(s, reads("get_workflow", "Read a workflow", "Read a workflow's document (YAML): its tasks, parameters, schedules."), a.getWorkflow)
	tool(s, reads("list_instances", "List runs", "List runs of workflows, newest first, of one project or of all."), a.listInstances)
}

type searching struct {
	Search string `json:"search,omitempty" jsonschema:"part of the name"`
	Limit  int    `json:"limit,omitempty" jsonschema:"most rows, 50 unless given"`
}

func (s searching) limit() int {
	if s.Limit <= 0 {
		return most
	}
	return min(s.Limit, 1000)
}

// found is a list with how many there are.
type found[T any] struct {
	Items []T `json:"items"`
	Total int `json:"total"`
}

type project struct {
	ID          int64  `json:"id"`
	Name        string `json:"name"`
	Description string `json:"description,omitempty"`
	Role        string `json:"role,omitempty"`
	Workflows   int    `json:"workflows"`
	Running     int    `json:"running"`
}

func (a *assistant) listProjects(ctx context.Context, in searching) (out found[project], err error) {
	return list[project](ctx, a, "/projects", query(map[string]string{"search": in.Search}), in.limit())
}

type workflowRow struct {
	ID          int64             `json:"id"`
	Name        string            `json:"name"`
	Description string            `json:"description,omitempty"`
	Online      bool              `json:"online"`
	Version     int               `json:"version"`
	Folder      string            `json:"folder,omitempty"`
	Labels      map[string]string `json:"labels,omitempty"`
	Last        *lastRun          `json:"last,omitempty"`
}

type lastRun struct {
	ID      int64          `json:"id"`
	State   workflow.State `json:"state"`
	Started *time.Time     `json:"started,omitempty"`
	Ended   *time.Time     `json:"ended,omitempty"`
}

func (a *assistant) listWorkflows(ctx context.Context, in struct {
	inProject
	searching
	Label string `json:"label,omitempty" jsonschema:"only those with this label, key=value"`
}) (out found[workflowRow], err error) {
	base, err := a.path(in.Project)
	if err != nil {
		return out, err
	}
	return list[workflowRow](ctx, a, base+"/workflows", query(map[string]string{"search": in.Search, "label": in.Label}), in.limit())
}

type workflowIn struct {
	inProject
	Workflow string `json:"workflow" jsonschema:"name or id of the workflow"`
}

type document struct {
	workflowRow
	Document string `json:"document" jsonschema:"the workflow as YAML"`
}

func (a *assistant) getWorkflow(ctx context.Context, in workflowIn) (out document, err error) {
	path, _, err := a.workflow(ctx, in.Project, in.Workflow)
	if err != nil {
		return out, err
	}
	return out, a.Get(ctx, path, nil, &out)
}

type instanceRow struct {
	ID          int64          `json:"id"`
	Project     string         `json:"projectName,omitempty"`
	Workflow    string         `json:"workflow"`
	State       workflow.State `json:"state"`
	Reason      string         `json:"reason,omitempty"`
	Started     *time.Time     `json:"started,omitempty"`
	Ended       *time.Time     `json:"ended,omitempty"`
	DurationMs  int64          `json:"durationMs,omitempty"`
	User        string         `json:"user,omitempty"`
	ScheduledAt *time.Time     `json:"scheduleTime,omitempty"`
}

func (a *assistant) listInstances(ctx context.Context, in struct {
	inProject
	Workflow string `json:"workflow,omitempty" jsonschema:"only those of this workflow (needs a project)"`
	State    string `json:"state,omitempty" jsonschema:"only those in this state: RUNNING, SUCCEEDED, FAILED, PAUSED, STOPPED"`
	From     string `json:"from,omitempty" jsonschema:"started not before this time (RFC 3339)"`
	To       string `json:"to,omitempty" jsonschema:"started before this time (RFC 3339)"`
	Limit    int    `json:"limit,omitempty" jsonschema:"most rows, 50 unless given"`
}) (out found[instanceRow], err error) {
	base := ""
	if in.Project != "" || a.cfg.Project != "" || in.Workflow != "" {
		if base, err = a.path(in.Project); err != nil {
			return out, err
		}
	}
	values := map[string]string{"state": strings.ToUpper(in.State), "from": in.From, "to": in.To}
	if in.Workflow != "" {
		_, w, err := a.workflow(ctx, in.Project, in.Workflow)
		if err != nil {
			return out, err
		}
		values["workflow"] = formatID(w.ID)
	}
	return list[instanceRow](ctx, a, base+"/instances", query(values), searching{Limit: in.Limit}.limit())
}

// query leaves out what is empty.
func query(values map[string]string) url.Values {
	q := url.Values{}
	for name, value := range values {
		if value != "" {
			q.Set(name, value)
		}
	}
	return q
}

func list[T any](ctx context.Context, a *assistant, path string, q url.Values, limit int) (out found[T], err error) {
	out.Items, err = client.Rows[T](ctx, a.Client, path, q, limit)
	out.Total = len(out.Items)
	return out, err
}
