package native

import (
	"context"
	"time"

	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// Environment is a named set of variables that tasks run with.
type Environment struct {
	ID           int64             `json:"id"`
	Name         string            `json:"name"`
	Description  string            `json:"description"`
	Variables    map[string]string `json:"variables" doc:"values are *** for all but admins"`
	WorkerGroups []string          `json:"workerGroups" nullable:"false" doc:"where it may be used; none: everywhere"`
	Created      *time.Time        `json:"created"`
	Updated      *time.Time        `json:"updated"`
}

// EnvironmentInput is what a caller says of an environment.
type EnvironmentInput struct {
	Name         string            `json:"name" minLength:"1" maxLength:"100"`
	Description  string            `json:"description,omitempty" maxLength:"1000"`
	Variables    map[string]string `json:"variables" doc:"a value *** stays what it is"`
	WorkerGroups []string          `json:"workerGroups,omitempty" maxItems:"100"`
}

func (in EnvironmentInput) environment(id int64) workflow.Environment {
	return workflow.Environment{ID: id, Name: in.Name, Description: in.Description, Variables: in.Variables, WorkerGroups: in.WorkerGroups}
}

func environment(e workflow.Environment) Environment {
	v := Environment{ID: e.ID, Name: e.Name, Description: e.Description, Variables: e.Variables, WorkerGroups: e.WorkerGroups,
		Created: moment(e.CreateTime), Updated: moment(e.UpdateTime)}
	if v.Variables == nil {
		v.Variables = map[string]string{}
	}
	if v.WorkerGroups == nil {
		v.WorkerGroups = []string{}
	}
	return v
}

func (a *API) declareEnvironments() {
	crud[Environment, EnvironmentInput]{
		One: "Environment", Many: "Environments", Path: "/environments", Tag: "Environments", Read: SignedIn, Write: AdminOnly, MaxBody: 4 << 20,
		List: func(ctx context.Context, in *Paging) (*listed[Environment], error) {
			rows, err := a.uc.Environments(ctx, callerOf(ctx))
			if err != nil {
				return nil, err
			}
			return slice(rows, in, named(in.Search, func(e workflow.Environment) string { return e.Name }), environment)
		},
		Get: func(ctx context.Context, id int64) (Environment, error) {
			e, err := a.uc.Environment(ctx, callerOf(ctx), id)
			return environment(e), err
		},
		Create: func(ctx context.Context, in EnvironmentInput) (int64, error) {
			return a.uc.SaveEnvironment(ctx, callerOf(ctx), in.environment(0))
		},
		Update: func(ctx context.Context, id int64, in EnvironmentInput) error {
			_, err := a.uc.SaveEnvironment(ctx, callerOf(ctx), in.environment(id))
			return err
		},
		Delete: func(ctx context.Context, id int64) error { return a.uc.DeleteEnvironment(ctx, callerOf(ctx), id) },
	}.declare(a)
}
