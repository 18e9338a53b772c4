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
	Updated      *time.Time `json:"updated"`
}

// RetentionInput is what a caller says of a retention.
type RetentionInput struct {
	InstanceDays int `json:"instanceDays" minimum:"-1" maximum:"36525" doc:"0: for ever; -1: as all projects"`
	LogDays      int `json:"logDays" minimum:"-1" maximum:"36525" doc:"0: for ever; -1: as all projects"`
}

// RetentionTry is a retention to try.
type RetentionTry struct {
	RetentionInput
	ProjectID int64 `json:"projectId,omitempty"`
}

// Expiry counts what would go.
type Expiry struct {
	Instances int `json:"instances"`
	Tasks     int `json:"tasks" doc:"task instances of those"`
	Alerts    int `json:"alerts"`
	Fires     int `json:"fires" doc:"decided due times"`
	Commands  int `json:"commands" doc:"that were set aside"`
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
}

func (a *API) listRetention(ctx context.Context, _ *struct{}) (*listed[Retention], error) {
	rows, err := a.uc.Retentions(ctx, callerOf(ctx))
	if err != nil {
		return nil, err
	}
	return entire(rows, func(r workflow.Retention) Retention {
		return Retention{ProjectID: r.ProjectID, InstanceDays: r.InstanceDays, LogDays: r.LogDays, Updated: moment(r.UpdateTime)}
	}), nil
}

func (a *API) setRetention(ctx context.Context, in *struct{ Body RetentionInput }) (*listed[Retention], error) {
	return a.saveRetention(ctx, 0, in.Body)
}

func (a *API) setProjectRetention(ctx context.Context, in *struct {
	ByID
	Body RetentionInput
}) (*listed[Retention], error) {
	return a.saveRetention(ctx, in.ID, in.Body)
}

func (a *API) saveRetention(ctx context.Context, project int64, in RetentionInput) (*listed[Retention], error) {
	r := workflow.Retention{ProjectID: project, InstanceDays: in.InstanceDays, LogDays: in.LogDays}
	if err := a.uc.SetRetention(ctx, callerOf(ctx), r); err != nil {
		return nil, err
	}
	return a.listRetention(ctx, nil)
}

func (a *API) deleteProjectRetention(ctx context.Context, in *ByID) (*struct{}, error) {
	return nil, a.uc.SetRetention(ctx, callerOf(ctx), workflow.Retention{ProjectID: in.ID, InstanceDays: -1, LogDays: -1})
}

func (a *API) tryRetention(ctx context.Context, in *struct{ Body RetentionTry }) (*body[Expiry], error) {
	e, err := a.uc.DryRetention(ctx, callerOf(ctx), workflow.Retention{ProjectID: in.Body.ProjectID, InstanceDays: in.Body.InstanceDays, LogDays: in.Body.LogDays})
	if err != nil {
		return nil, err
	}
	return answer(Expiry{Instances: e.Instances, Tasks: e.Tasks, Alerts: e.Alerts, Fires: e.Fires, Commands: e.Commands}), nil
}
