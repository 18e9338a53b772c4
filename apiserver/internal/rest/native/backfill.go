package native

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/porpoise-scheduler/porpoise/apiserver/internal/usecase"
	"github.com/porpoise-scheduler/porpoise/pkg/store"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// Backfill runs a workflow for past dates.
type Backfill struct {
	ID         int64            `json:"id"`
	WorkflowID int64            `json:"workflowId"`
	Workflow   string           `json:"workflow"`
	State      workflow.State   `json:"state"`
	Parallel   int              `json:"parallel" doc:"how many dates run at once; 0: all"`
	Options    RunOptions       `json:"options"`
	Total      int              `json:"total" doc:"dates"`
	Done       int              `json:"done" doc:"dates whose instance succeeded"`
	Failed     int              `json:"failed" doc:"dates whose instance ended otherwise"`
	Running    []int64          `json:"running" nullable:"false" doc:"instances under way"`
	Created    *time.Time       `json:"created"`
	Ended      *time.Time       `json:"ended"`
	Actions    []usecase.Action `json:"actions" nullable:"false"`
}

// BackfillDetail is a backfill with its dates.
type BackfillDetail struct {
	Backfill
	Dates []BackfillDate `json:"dates" nullable:"false" doc:"in running order"`
}

// BackfillDate is a date with what became of it.
type BackfillDate struct {
	Date       time.Time      `json:"date"`
	InstanceID *int64         `json:"instanceId"`
	State      workflow.State `json:"state" doc:"of the instance; empty while there is none"`
}

// BackfillInput asks for a backfill.
type BackfillInput struct {
	From     *time.Time  `json:"from,omitempty" doc:"the fire times of the workflow's online schedules from here, daily midnights without any"`
	To       *time.Time  `json:"to,omitempty" doc:"to here, both included"`
	Dates    []time.Time `json:"dates,omitempty" maxItems:"10000" doc:"instead of from and to"`
	Order    string      `json:"order,omitempty" enum:"ASC,DESC" doc:"earliest first (by default), or latest"`
	Parallel *int        `json:"parallel,omitempty" minimum:"0" maximum:"10000" doc:"dates that run at once; 0: all; by default 1"`
	Timezone string      `json:"timezone,omitempty" maxLength:"64" doc:"of midnights; by default the server's"`
	Options  RunOptions  `json:"options,omitempty"`
}

// OfBackfill is the part of a path that names a backfill of a project.
type OfBackfill struct {
	InProject
	Backfill int64 `path:"backfill" doc:"id of the backfill"`
}

func (a *API) declareBackfills() {
	const tag, one = "Backfills", "/projects/{project}/backfills/{backfill}"
	add(a, op{ID: "startBackfill", Method: http.MethodPost, Path: "/projects/{project}/workflows/{workflow}/backfills", Tag: tag, Access: Operator,
		Status: http.StatusAccepted, Summary: "Run a workflow for past dates"}, a.startBackfill)
	add(a, op{ID: "listBackfills", Method: http.MethodGet, Path: "/projects/{project}/backfills", Tag: tag, Access: Viewer,
		Summary: "Backfills of a project, newest first"}, a.listBackfills)
	add(a, op{ID: "getBackfill", Method: http.MethodGet, Path: one, Tag: tag, Access: Viewer, Summary: "A backfill with its dates"}, a.getBackfill)
	add(a, op{ID: "actOnBackfill", Method: http.MethodPost, Path: one + "/actions", Tag: tag, Access: Operator,
		Status: http.StatusAccepted, Summary: "Pause, resume or stop a backfill"}, a.actOnBackfill)
}

func (a *API) startBackfill(ctx context.Context, in *struct {
	InWorkflow
	Waits
	Body BackfillInput
}) (*body[Started], error) {
	workflowID, err := a.workflowID(ctx, &in.InWorkflow)
	if err != nil {
		return nil, err
	}
	request, err := in.Body.request()
	if err != nil {
		return nil, err
	}
	zone := in.Body.Timezone
	if zone == "" {
		zone = a.uc.Zone.String()
	}
	cmd, err := a.uc.Accept(ctx, callerOf(ctx), projectOf(ctx), usecase.StartRequest{DefinitionID: workflowID,
		Options: in.Body.Options.options(zone), Tenant: in.Body.Options.Tenant, Backfill: request})
	if err != nil {
		return nil, err
	}
	id, err := a.uc.StartedBackfill(ctx, cmd, in.length())
	return answer(Started{CommandID: cmd.ID, BackfillID: known(id)}), a.accepted(ctx, err)
}

// request turns what a caller says into the use case's words.
func (b *BackfillInput) request() (*usecase.BackfillRequest, error) {
	out := &usecase.BackfillRequest{Dates: b.Dates, Latest: b.Order == "DESC", Inclusive: true, Zone: b.Timezone, Width: 1}
	if b.Parallel != nil {
		out.Width = *b.Parallel
	}
	if len(b.Dates) > 0 {
		if b.From != nil || b.To != nil {
			return nil, workflow.Errorf(workflow.Invalid, "backfill.dates", "either dates, or from and to").At("dates")
		}
		return out, nil
	}
	if b.From == nil || b.To == nil {
		return nil, workflow.Errorf(workflow.Invalid, "backfill.dates", "from and to are needed, or dates").At("from")
	}
	if b.To.Before(*b.From) {
		return nil, workflow.Errorf(workflow.Invalid, "backfill.dates", "to is before from").At("to")
	}
	out.From, out.To = *b.From, *b.To
	return out, nil
}

func (a *API) listBackfills(ctx context.Context, in *struct {
	InProject
	Feeding
}) (*fed[Backfill], error) {
	after, err := in.place()
	if err != nil {
		return nil, err
	}
	p := projectOf(ctx)
	role, err := a.uc.RoleIn(ctx, callerOf(ctx), p)
	if err != nil {
		return nil, err
	}
	rows, err := a.uc.Backfills(ctx, p, after.ID, in.Limit+1)
	if err != nil {
		return nil, err
	}
	var next store.Place
	if len(rows) > in.Limit {
		rows = rows[:in.Limit]
		next.ID = rows[in.Limit-1].ID
	}
	return feed(rows, next, func(v usecase.BackfillView) Backfill { return backfill(&v, role) }), nil
}

func (a *API) getBackfill(ctx context.Context, in *OfBackfill) (*body[BackfillDetail], error) {
	p := projectOf(ctx)
	role, err := a.uc.RoleIn(ctx, callerOf(ctx), p)
	if err != nil {
		return nil, err
	}
	v, err := a.uc.Backfill(ctx, p, in.Backfill)
	if err != nil {
		return nil, err
	}
	out := BackfillDetail{Backfill: backfill(&v, role), Dates: make([]BackfillDate, len(v.Dates))}
	for i, d := range v.Dates {
		out.Dates[i] = BackfillDate{Date: d.Date, InstanceID: known(d.InstanceID), State: d.State}
	}
	return answer(out), nil
}

// BackfillAction is what to do with a backfill.
type BackfillAction struct {
	Action usecase.Action `json:"action" enum:"PAUSE,RESUME,STOP"`
}

func (a *API) actOnBackfill(ctx context.Context, in *struct {
	OfBackfill
	Body BackfillAction
}) (*struct{}, error) {
	return nil, a.uc.ActOnBackfill(ctx, callerOf(ctx), projectOf(ctx), in.Backfill, in.Body.Action)
}

func backfill(v *usecase.BackfillView, role workflow.ProjectRole) Backfill {
	out := Backfill{
		ID: v.ID, WorkflowID: v.DefinitionID, Workflow: v.Workflow, State: v.State, Parallel: v.Plan.Width,
		Options: optionsView(&v.Start), Total: len(v.Dates), Running: []int64{},
		Created: moment(v.CreateTime), Ended: moment(v.EndTime), Actions: listOf(usecase.BackfillActions(&v.Backfill, role)),
	}
	for _, d := range v.Dates {
		switch {
		case d.InstanceID == 0:
		case d.State == workflow.Succeeded:
			out.Done++
		case d.State.Terminal():
			out.Failed++
		default:
			out.Running = append(out.Running, d.InstanceID)
		}
	}
	return out
}

// ruleProblem shows a refusal as an answer.
func ruleProblem(err error) RuleProblem {
	p := RuleProblem{Message: err.Error()}
	var e *workflow.Error
	if errors.As(err, &e) {
		p.Field = e.Field
	}
	return p
}
