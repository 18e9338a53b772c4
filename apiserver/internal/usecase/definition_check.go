package usecase

import (
	"context"
	"errors"
	"fmt"

	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// CheckSpec says what is wrong with a version before it is saved: the graph,
// its tasks, and their parameters by kind. Reasons are those of
// workflow.Validate; for "task.invalid" and "task.name" the argument is the
// task's name.
func (s *Service) CheckSpec(spec *workflow.Spec) error {
	if n := s.MaxTasks(); len(spec.Tasks) > n {
		return workflow.Errorf(workflow.Invalid, "definition.too_large", "%d tasks are more than %d", len(spec.Tasks), n)
	}
	if err := workflow.Validate(spec); err != nil {
		return named(err)
	}
	for i := range spec.Tasks {
		if err := s.checkKind(&spec.Tasks[i]); err != nil {
			e := workflow.Errorf(workflow.Invalid, "task.invalid", "task %s is not valid", spec.Tasks[i].Name)
			e.Err = err
			return e.At(spec.Tasks[i].Name).With(spec.Tasks[i].Name)
		}
	}
	return nil
}

// named makes the field an error names its argument, if it has none.
func named(err error) error {
	var e *workflow.Error
	if errors.As(err, &e) && len(e.Args) == 0 && e.Field != "" {
		return e.With(e.Field)
	}
	return err
}

// checkKind checks a task's own parameters. The engine's kinds were checked
// with the graph.
func (s *Service) checkKind(t *workflow.Task) error {
	if t.Kind.Logic() {
		return nil
	}
	kind, ok := s.Kinds.Get(t.Kind)
	if !ok {
		return fmt.Errorf("this server has no task kind %q", t.Kind)
	}
	return kind.Validate(t.Params)
}

// maxNesting is how deep sub-workflows are followed.
const maxNesting = 64

// checkNesting refuses ("definition.cycle") a version of the workflow id (0 for
// a new one) that runs itself through its sub-workflows, for ever.
func (s *Service) checkNesting(ctx context.Context, id int64, spec *workflow.Spec) error {
	return s.walkNested(ctx, spec, map[int64]bool{}, 0, func(d *workflow.Definition) error {
		if d.ID == id {
			return workflow.Errorf(workflow.Invalid, "definition.cycle", "the workflow would run itself").At("tasks")
		}
		return nil
	})
}

// walkNested visits the workflows that spec runs, directly or through others,
// each once. Those that no longer exist are passed over.
func (s *Service) walkNested(ctx context.Context, spec *workflow.Spec, seen map[int64]bool, depth int, visit func(*workflow.Definition) error) error {
	if depth > maxNesting {
		return workflow.Errorf(workflow.Invalid, "definition.cycle", "sub-workflows are nested more than %d deep", maxNesting)
	}
	for i := range spec.Tasks {
		sub := spec.Tasks[i].SubWorkflow
		if sub == nil || seen[sub.DefinitionID] {
			continue
		}
		seen[sub.DefinitionID] = true
		d, err := s.Store.Definitions.Get(ctx, sub.DefinitionID)
		if workflow.ErrorCode(err) == workflow.NotFound {
			continue
		}
		if err != nil {
			return err
		}
		if err := visit(&d); err != nil {
			return err
		}
		if err := s.walkNested(ctx, &d.Spec, seen, depth+1, visit); err != nil {
			return err
		}
	}
	return nil
}

// requireNestedOnline refuses ("definition.offline", with its name and id) when a
// workflow that d runs as a sub-workflow is offline.
func (s *Service) requireNestedOnline(ctx context.Context, d *workflow.Definition) error {
	return s.walkNested(ctx, &d.Spec, map[int64]bool{d.ID: true}, 0, func(sub *workflow.Definition) error {
		if sub.ReleaseState != workflow.Online {
			return definitionOffline(sub.Name)
		}
		return nil
	})
}

func definitionOffline(which any) error {
	return workflow.Errorf(workflow.Conflict, "definition.offline", "workflow %v is not online", which).With(which)
}

func definitionNotFound(id int64) error {
	return workflow.Errorf(workflow.NotFound, "definition.not_found", "workflow %d does not exist", id).With(id)
}
