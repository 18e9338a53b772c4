package usecase

import (
	"context"
	"fmt"
	"path"
	"slices"

	"github.com/porpoise-scheduler/porpoise/pkg/task"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// checkNeeds refuses ("task.invalid", with the task's name) tasks that name
// data sources, functions or resources that the caller neither owns nor was
// granted: whoever saves a workflow could otherwise work with what others keep
// to themselves. The same goes for environments and task groups that the
// workflows of the project cannot have. Imported workflows are looked at when
// they go online.
func (s *Service) checkNeeds(ctx context.Context, c Caller, projectID int64, spec *workflow.Spec) error {
	if err := s.checkEnvironments(ctx, spec); err != nil {
		return err
	}
	if err := s.checkTaskGroups(ctx, projectID, spec); err != nil {
		return err
	}
	check := needsCheck{s: s, caller: c, known: map[string]error{}}
	for i := range spec.Tasks {
		t := &spec.Tasks[i]
		kind, ok := s.Kinds.Get(t.Kind)
		if !ok {
			continue
		}
		needer, ok := kind.(task.Needer)
		if !ok {
			continue
		}
		needs, err := needer.Needs(t.Params)
		if err != nil {
			return taskInvalid(t.Name, err)
		}
		if err := check.all(ctx, needs); err != nil {
			if code := workflow.ErrorCode(err); code != workflow.NotFound && code != workflow.Forbidden {
				return err
			}
			return taskInvalid(t.Name, err)
		}
	}
	return nil
}

func taskInvalid(name string, cause error) error {
	e := workflow.Errorf(workflow.Invalid, "task.invalid", "task %s is not valid", name)
	e.Err = cause
	return e.At(name).With(name)
}

// needsCheck looks at each thing once.
type needsCheck struct {
	s      *Service
	caller Caller
	known  map[string]error
}

func (n *needsCheck) all(ctx context.Context, needs task.Needs) error {
	for _, id := range needs.DataSources {
		if err := n.once(fmt.Sprintf("data source %d", id), func() error { return n.dataSource(ctx, id) }); err != nil {
			return err
		}
	}
	for _, id := range needs.UDFs {
		if err := n.once(fmt.Sprintf("function %d", id), func() error { return n.udf(ctx, id) }); err != nil {
			return err
		}
	}
	for _, ref := range needs.Resources {
		name := fmt.Sprintf("resource %d", ref.ID)
		if ref.ID == 0 {
			name = "resource " + ref.Name
		}
		if err := n.once(name, func() error { return n.resource(ctx, ref) }); err != nil {
			return err
		}
	}
	return nil
}

// once puts a refusal into words with the thing's name.
func (n *needsCheck) once(name string, look func() error) error {
	if err, ok := n.known[name]; ok {
		return err
	}
	err := look()
	switch workflow.ErrorCode(err) {
	case workflow.NotFound:
		err = workflow.Errorf(workflow.NotFound, "task.needs", "%s does not exist", name)
	case workflow.Forbidden:
		err = workflow.Errorf(workflow.Forbidden, "task.needs", "user %s has no right to %s", n.caller.User.Name, name)
	}
	n.known[name] = err
	return err
}

func (n *needsCheck) dataSource(ctx context.Context, id int64) error {
	d, err := n.s.Store.DataSources.Get(ctx, id)
	if err != nil || n.caller.Admin() || n.caller.Is(d.UserID) {
		return err
	}
	return n.granted(ctx, id, n.s.Store.DataSources.Granted)
}

func (n *needsCheck) udf(ctx context.Context, id int64) error {
	u, err := n.s.Store.UDFs.Get(ctx, id)
	if err != nil || n.caller.Admin() || n.caller.Is(u.UserID) {
		return err
	}
	return n.granted(ctx, id, n.s.Store.UDFs.Granted)
}

func (n *needsCheck) granted(ctx context.Context, id int64, of func(context.Context, int64) ([]int64, error)) error {
	ids, err := of(ctx, n.caller.User.ID)
	if err == nil && !slices.Contains(ids, id) {
		err = forbidden()
	}
	return err
}

func (n *needsCheck) resource(ctx context.Context, ref workflow.ResourceRef) error {
	if ref.ID != 0 {
		_, err := n.s.resourceFor(ctx, n.caller, ref.ID, workflow.PermRead)
		return err
	}
	r, err := n.s.Store.Resources.ByFullName(ctx, workflow.ResourceFile, path.Clean("/"+ref.Name))
	if err != nil {
		return err
	}
	return n.s.mayResource(ctx, n.caller, r, workflow.PermRead)
}
