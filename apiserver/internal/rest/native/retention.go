package native

import (
	"context"
	"net/http"
	"time"

	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// Retention says for how many days things are kept.
type Retention struct {
	ProjectID    int64      `json:"projectId" doc:"0: projects that have nothing of their own"`
	InstanceDays int        `json:"instanceDays" doc:"0: for ever; -1: as all projects"`
	LogDays      int        `json:"logDays" doc:"0: for ever; -1: as all projects"`
	CacheDays    int        `json:"cacheDays" doc:"for how many days unused resources stay in caches of workers; 0: for ever; of all projects only"`
	Updated      *time.Time `json:"updated"`
}

// RetentionInput is what a caller says of a retention.
type RetentionInput struct {
	InstanceDays int `json:"instanceDays" minimum:"-1" maximum:"36525" doc:"0: for ever; -1: as all projects"`
	LogDays      int `json:"logDays" minimum:"-1" maximum:"36525" doc:"0: for ever; -1: as all projects"`
}

// CommonRetention is what a caller says of all projects.
type CommonRetention struct {
	RetentionInput
	CacheDays *int `json:"cacheDays,omitempty" minimum:"0" maximum:"36525" doc:"for how many days unused resources stay in caches of workers; 0: for ever; absent: as it is"`
}

// RetentionTry is a retention to try.
type RetentionTry struct {
	CommonRetention
	ProjectID int64 `json:"projectId,omitempty"`
}

// Expiry counts what would go.
type Expiry struct {
	Instances   int       `json:"instances"`
	Tasks       int       `json:"tasks" doc:"task instances of those"`
	Alerts      int       `json:"alerts"`
	Fires       int       `json:"fires" doc:"decided due times"`
	Commands    int       `json:"commands" doc:"that were set aside"`
	ShippedLogs Amount    `json:"shippedLogs" doc:"logs in the log store"`
	WorkerLogs  Amount    `json:"workerLogs" doc:"logs on workers"`
	Cached      Amount    `json:"cached" doc:"resources in caches of workers"`
	Unasked     []Unasked `json:"unasked" nullable:"false" doc:"places where nobody could count logs and resources"`
}

func (a *API) declareRetention() {
	const tag = "Retention"
	add(a, op{ID: "listRetention", Method: http.MethodGet, Path: "/retention", Tag: tag, Access: AdminOnly,
		Summary: "For how long things are kept: all projects first, then those with something of their own"}, a.listRetention)
	add(a, op{ID: "setRetention", Method: http.MethodPut, Path: "/retention", Tag: tag, Access: AdminOnly,
		Summary: "Say for how long things of projects are kept that have nothing of their own"}, a.setRetention)
	add(a, op{ID: "setProjectRetention", Method: http.MethodPut, Path: "/retention/{id}", Tag: tag, Access: AdminOnly,
		Summary: "Say for how long a project's things are kept"}, a.setProjectRetention)
	add(a, op{ID: "deleteProjectRetention", Method: http.MethodDelete, Path: "/retention/{id}", Tag: tag, Access: AdminOnly,
		Summary: "Keep a project's things as those of all"}, a.deleteProjectRetention)
	add(a, op{ID: "tryRetention", Method: http.MethodPost, Path: "/retention:dry-run", Tag: tag, Access: AdminOnly,
		Summary: "Count what would go, and change nothing"}, a.tryRetention)
	a.declareSweeps()
}

func (a *API) listRetention(ctx context.Context, _ *struct{}) (*listed[Retention], error) {
	rows, err := a.uc.Retentions(ctx, callerOf(ctx))
	if err != nil {
		return nil, err
	}
	return entire(rows, func(r workflow.Retention) Retention {
		return Retention{ProjectID: r.ProjectID, InstanceDays: r.InstanceDays, LogDays: r.LogDays, CacheDays: r.CacheDays, Updated: moment(r.UpdateTime)}
	}), nil
}

func (a *API) setRetention(ctx context.Context, in *struct{ Body CommonRetention }) (*listed[Retention], error) {
	r, err := a.retentionOfAll(ctx, in.Body)
	if err != nil {
		return nil, err
	}
	return a.saveRetention(ctx, r)
}

// retentionOfAll fills in what a caller did not say.
func (a *API) retentionOfAll(ctx context.Context, in CommonRetention) (workflow.Retention, error) {
	rows, err := a.uc.Retentions(ctx, callerOf(ctx))
	if err != nil {
		return workflow.Retention{}, err
	}
	r := in.of(0)
	r.CacheDays = rows[0].CacheDays
	if in.CacheDays != nil {
		r.CacheDays = *in.CacheDays
	}
	return r, nil
}

func (in RetentionInput) of(project int64) workflow.Retention {
	return workflow.Retention{ProjectID: project, InstanceDays: in.InstanceDays, LogDays: in.LogDays}
}

func (a *API) setProjectRetention(ctx context.Context, in *struct {
	ByID
	Body RetentionInput
}) (*listed[Retention], error) {
	return a.saveRetention(ctx, in.Body.of(in.ID))
}

func (a *API) saveRetention(ctx context.Context, r workflow.Retention) (*listed[Retention], error) {
	if err := a.uc.SetRetention(ctx, callerOf(ctx), r); err != nil {
		return nil, err
	}
	return a.listRetention(ctx, nil)
}

func (a *API) deleteProjectRetention(ctx context.Context, in *ByID) (*struct{}, error) {
	return nil, a.uc.SetRetention(ctx, callerOf(ctx), workflow.Retention{ProjectID: in.ID, InstanceDays: -1, LogDays: -1})
}

func (a *API) tryRetention(ctx context.Context, in *struct{ Body RetentionTry }) (*body[Expiry], error) {
	r := in.Body.of(in.Body.ProjectID)
	switch {
	case r.ProjectID == 0:
		var err error
		if r, err = a.retentionOfAll(ctx, in.Body.CommonRetention); err != nil {
			return nil, err
		}
	case in.Body.CacheDays != nil:
		r.CacheDays = *in.Body.CacheDays // which is refused unless it says nothing
	}
	e, err := a.uc.DryRetention(ctx, callerOf(ctx), r)
	if err != nil {
		return nil, err
	}
	return answer(Expiry{
		Instances: e.Instances, Tasks: e.Tasks, Alerts: e.Alerts, Fires: e.Fires, Commands: e.Commands,
		ShippedLogs: Amount(e.Shipped), WorkerLogs: Amount(e.OnWorkers), Cached: Amount(e.Cached), Unasked: unaskedView(e.Unasked),
	}), nil
}
