package assist

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/porpoise-scheduler/porpoise/cmd/porpoise/internal/client"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// Sizes of logs in answers.
const (
	tailBytes = 8 << 10  // of each failure explained
	mostBytes = 64 << 10 // of a log read
	mostTold  = 10       // failures explained
)

func (a *assistant) addLooking(s *mcp.Server) {
	tool(s, reads("get_instance", "Look at a run", "Look at a run: its tasks with states and reasons, its parameters and where their values came from, and why tasks wait."), a.getInstance)
	tool(s, reads("read_log", "Read a log", "Read a part of an attempt's log: its end, or from an offset on."), a.readLog)
	tool(s, reads("explain_failure", "Explain a failure",
		"Collect what tells why a run failed: its reason, every attempt that went wrong with exit code, reason and the end of its log, what was not run because of it, and the parameters."), a.explain)
}

type instanceIn struct {
	inProject
	Instance int64 `json:"instance" jsonschema:"id of the instance"`
}

// seen is an instance as it is told.
type seen struct {
	ID         int64            `json:"id"`
	Workflow   string           `json:"workflow"`
	State      workflow.State   `json:"state"`
	Reason     string           `json:"reason,omitempty"`
	DurationMs int64            `json:"durationMs,omitempty"`
	Tasks      []attempt        `json:"tasks,omitempty"`
	Waiting    []client.Waiting `json:"waiting,omitempty"`
	Params     []client.Value   `json:"params,omitempty"`
	Actions    []string         `json:"actions,omitempty"`
}

// attempt is a try of a task as it is told.
type attempt struct {
	ID         int64          `json:"attempt"`
	Task       string         `json:"task"`
	Kind       string         `json:"kind"`
	State      workflow.State `json:"state"`
	Reason     string         `json:"reason,omitempty"`
	Try        int            `json:"try"`
	Worker     string         `json:"worker,omitempty"`
	DurationMs int64          `json:"durationMs,omitempty"`
	ExitCode   *int           `json:"exitCode,omitempty"`
}

func told(t client.TaskInstance) attempt {
	return attempt{t.ID, t.Task, t.Kind, t.State, t.Reason, t.Attempt, t.Worker, t.Duration, t.ExitCode}
}

func (a *assistant) instance(ctx context.Context, in instanceIn) (i client.Instance, err error) {
	base, err := a.path(in.Project)
	if err != nil {
		return i, err
	}
	return i, a.Get(ctx, base+"/instances/"+formatID(in.Instance), nil, &i)
}

func (a *assistant) getInstance(ctx context.Context, in instanceIn) (out seen, err error) {
	i, err := a.instance(ctx, in)
	if err != nil {
		return out, err
	}
	return view(i), nil
}

func view(i client.Instance) seen {
	s := seen{ID: i.ID, Workflow: i.Workflow, State: i.State, Reason: i.Reason, DurationMs: i.Duration,
		Waiting: i.Waiting, Params: i.Params, Actions: i.Actions}
	for _, t := range i.Tasks {
		s.Tasks = append(s.Tasks, told(t))
	}
	return s
}

type logIn struct {
	inProject
	Attempt  int64  `json:"attempt,omitempty" jsonschema:"id of the attempt"`
	Instance int64  `json:"instance,omitempty" jsonschema:"instead of the attempt: id of the instance, with task"`
	Task     string `json:"task,omitempty" jsonschema:"name of the task; its last attempt is meant"`
	Offset   *int64 `json:"offset,omitempty" jsonschema:"first byte; the end of the log is read unless given"`
	Limit    int    `json:"limit,omitempty" jsonschema:"most bytes, 65536 at most"`
}

type logPart struct {
	Attempt int64  `json:"attempt"`
	Offset  int64  `json:"offset"`
	Next    int64  `json:"next" jsonschema:"offset that goes on after this part"`
	Size    int64  `json:"size" jsonschema:"bytes of the whole log so far"`
	Ended   bool   `json:"ended" jsonschema:"the log does not grow any more"`
	Text    string `json:"text"`
}

func (a *assistant) readLog(ctx context.Context, in logIn) (out logPart, err error) {
	name, err := a.project(in.Project)
	if err != nil {
		return out, err
	}
	id := in.Attempt
	if id == 0 {
		if id, err = a.attemptOf(ctx, in); err != nil {
			return out, err
		}
	}
	limit := in.Limit
	if limit <= 0 || limit > mostBytes {
		limit = mostBytes
	}
	limit = max(limit, 16)
	var chunk client.Chunk
	if in.Offset != nil {
		chunk, err = a.Log(ctx, name, id, *in.Offset, limit)
	} else {
		chunk, err = a.end(ctx, name, id, limit)
	}
	return logPart{id, chunk.Offset, chunk.Next, chunk.Size, chunk.Ended, chunk.Text}, err
}

func (a *assistant) attemptOf(ctx context.Context, in logIn) (int64, error) {
	if in.Instance == 0 || in.Task == "" {
		return 0, errors.New("whose log? say the attempt, or instance and task")
	}
	i, err := a.instance(ctx, instanceIn{in.inProject, in.Instance})
	if err != nil {
		return 0, err
	}
	var names []string
	for _, t := range i.Tasks {
		if t.Task == in.Task {
			return t.ID, nil
		}
		names = append(names, t.Task)
	}
	return 0, fmt.Errorf("task %q of instance %d has not run; those that have: %s", in.Task, in.Instance, strings.Join(names, ", "))
}

// end reads the last bytes of a log.
func (a *assistant) end(ctx context.Context, project string, id int64, bytes int) (client.Chunk, error) {
	first, err := a.Log(ctx, project, id, 0, 16)
	if err != nil {
		return first, err
	}
	return a.Log(ctx, project, id, max(0, first.Size-int64(bytes)), bytes)
}

// explanation is why an instance failed.
type explanation struct {
	Instance seen      `json:"instance"`
	Failures []failure `json:"failures" jsonschema:"attempts that went wrong, the first one first"`
	NotRun   []string  `json:"notRun,omitempty" jsonschema:"tasks that did not run"`
	Summary  string    `json:"summary"`
}

type failure struct {
	attempt
	Log string `json:"log,omitempty" jsonschema:"the end of its log, written by the task"`
}

func (a *assistant) explain(ctx context.Context, in instanceIn) (out explanation, err error) {
	i, err := a.instance(ctx, in)
	if err != nil {
		return out, err
	}
	out.Instance, out.Failures = view(i), []failure{}
	ran := map[string]bool{}
	wrong := 0
	for _, t := range i.Tasks {
		ran[t.Task] = true
		if !wentWrong(t.State) {
			continue
		}
		if wrong++; wrong > mostTold {
			continue
		}
		out.Failures = append(out.Failures, a.failure(ctx, in, t))
	}
	for _, n := range i.Graph.Nodes {
		if !ran[n.Name] && !n.Disabled {
			out.NotRun = append(out.NotRun, n.Name)
		}
	}
	out.Summary = summary(i, wrong, len(out.NotRun))
	return out, nil
}

func (a *assistant) failure(ctx context.Context, in instanceIn, t client.TaskInstance) failure {
	f := failure{attempt: told(t)}
	name, err := a.project(in.Project)
	if err == nil {
		var chunk client.Chunk
		chunk, err = a.end(ctx, name, t.ID, tailBytes)
		f.Log = chunk.Text
	}
	if err != nil {
		f.Log = "(its log cannot be read: " + err.Error() + ")"
	}
	return f
}

func wentWrong(s workflow.State) bool {
	return s == workflow.Failed || s == workflow.Killed || s == workflow.Lost
}

func summary(i client.Instance, wrong, notRun int) string {
	if i.State == workflow.Succeeded {
		return "the instance succeeded"
	}
	text := fmt.Sprintf("the instance is %s: %d of %d tasks that ran went wrong, %d did not run", i.State, wrong, len(i.Tasks), notRun)
	if wrong > mostTold {
		text += fmt.Sprintf("; the first %d are told", mostTold)
	}
	return text
}

func formatID(id int64) string { return strconv.FormatInt(id, 10) }
