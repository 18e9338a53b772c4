package native

import (
	"context"

	"github.com/porpoise-scheduler/porpoise/apiserver/internal/usecase"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// Removed names an attempt that counts no longer.
type Removed struct {
	ID   int64  `json:"id"`
	Task string `json:"task"`
}

// Resumable is what a client says that comes back to a stream.
type Resumable struct {
	LastEventID string `header:"Last-Event-ID" maxLength:"100" doc:"id of the last event the client saw"`
}

// watchInstance tells an instance and its tasks: `instance` and `task` as they
// are now and whenever they change, `removed` for attempts that were replaced,
// `deleted` at the end of all. Ids name states of the whole: who comes back
// with the last one he saw hears what is different, everything if in doubt.
func (a *API) watchInstance(ctx context.Context, in *struct {
	OfInstance
	Resumable
}) (*streamed, error) {
	p := projectOf(ctx)
	role, err := a.uc.RoleIn(ctx, callerOf(ctx), p)
	if err != nil {
		return nil, err
	}
	w, err := a.uc.WatchRun(ctx, p, in.Instance)
	if err != nil {
		return nil, err
	}
	return a.stream(func(ctx context.Context, e *events) error {
		defer w.Close()
		return a.tellRun(ctx, e, w, in.LastEventID, role)
	}), nil
}

// tellRun writes what changes from one state to the next.
func (a *API) tellRun(ctx context.Context, e *events, w *usecase.Watch[usecase.RunState], seen string, role workflow.ProjectRole) error {
	var before usecase.RunState
	for {
		now, err := w.Next(ctx, seen)
		if err != nil {
			return nil // the client has left, or the server stops
		}
		seen = now.Revision
		if now.Deleted {
			return e.send("deleted", now.Revision, struct{}{})
		}
		if err := a.tellChanges(e, &before, &now, role); err != nil {
			return nil
		}
		before = now
	}
}

// tellChanges writes the difference of two states; the id comes with the last
// event, so that whoever is cut off in between is told everything again.
func (a *API) tellChanges(e *events, before, now *usecase.RunState, role workflow.ProjectRole) error {
	known := make(map[int64]*workflow.TaskInstance, len(before.Attempts))
	for i := range before.Attempts {
		known[before.Attempts[i].ID] = &before.Attempts[i]
	}
	instance := &now.Row.Instance
	moved := before.Row.State != instance.State // what may be done with attempts changes with it
	for i := range now.Attempts {
		t := &now.Attempts[i]
		was := known[t.ID]
		delete(known, t.ID)
		if was != nil && !moved && was.State == t.State && was.UpdateTime.Equal(t.UpdateTime) {
			continue
		}
		if err := e.send("task", "", a.taskInstance(instance, t, role)); err != nil {
			return err
		}
	}
	for id, t := range known {
		if err := e.send("removed", "", Removed{ID: id, Task: t.Task}); err != nil {
			return err
		}
	}
	return e.send("instance", now.Revision, a.instance(usecase.Run{RunRow: now.Row, Tasks: now.Tasks, Role: role}))
}
