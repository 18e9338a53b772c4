package usecase

import (
	"context"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// Hidden stands for a value that is not shown. Who sends it back means the
// stored one.
const Hidden = "***"

// Bounds of an environment.
const (
	maxEnvironmentName = 100
	maxVariables       = 200
	maxVariable        = 8 << 10 // bytes of a value
)

// variableName is what shells call a variable.
var variableName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// Environments gives everybody the environments; only admins see values.
func (s *Service) Environments(ctx context.Context, c Caller) ([]workflow.Environment, error) {
	list, err := s.Store.Environments.All(ctx)
	for i := range list {
		hideVariables(c, &list[i])
	}
	return list, err
}

// Environment gives one. Reason: "environment.not_found".
func (s *Service) Environment(ctx context.Context, c Caller, id int64) (workflow.Environment, error) {
	e, err := s.Store.Environments.Get(ctx, id)
	hideVariables(c, &e)
	return e, missingAs(err, environmentNotFound())
}

func hideVariables(c Caller, e *workflow.Environment) {
	if c.Admin() {
		return
	}
	for name := range e.Variables {
		e.Variables[name] = Hidden
	}
}

// SaveEnvironment makes an environment (ID 0) or changes one. Values that are
// Hidden stay what they are. Reasons: "user.forbidden", "param.invalid",
// "environment.variable", "environment.exists", "environment.not_found".
func (s *Service) SaveEnvironment(ctx context.Context, c Caller, e workflow.Environment) (int64, error) {
	if err := RequireAdmin(c); err != nil {
		return 0, err
	}
	if err := checkEnvironment(&e); err != nil {
		return 0, err
	}
	if err := s.keepVariables(ctx, &e); err != nil {
		return 0, err
	}
	err := s.Store.Environments.Save(ctx, &e)
	taken := workflow.Errorf(workflow.Exists, "environment.exists", "there is an environment %s already", e.Name).At("name")
	return e.ID, takenAs(missingAs(err, environmentNotFound()), taken)
}

// keepVariables puts stored values where they are Hidden.
func (s *Service) keepVariables(ctx context.Context, e *workflow.Environment) error {
	e.Variables = maps.Clone(e.Variables)
	var old workflow.Environment
	if e.ID != 0 {
		var err error
		if old, err = s.Store.Environments.Get(ctx, e.ID); err != nil {
			return missingAs(err, environmentNotFound())
		}
	}
	for name, value := range e.Variables {
		if value != Hidden {
			continue
		}
		kept, there := old.Variables[name]
		if !there {
			return variableWrong(name, "has no value yet")
		}
		e.Variables[name] = kept
	}
	return nil
}

func checkEnvironment(e *workflow.Environment) error {
	e.Name = strings.TrimSpace(e.Name)
	if e.Name == "" {
		return invalid("name", "name")
	}
	if err := checkLength("name", e.Name, maxEnvironmentName); err != nil {
		return err
	}
	if err := checkLength("description", e.Description, 1000); err != nil {
		return err
	}
	if len(e.Variables) > maxVariables {
		return invalid("variables", "variables")
	}
	for name, value := range e.Variables {
		switch {
		case len(name) > 128 || !variableName.MatchString(name):
			return variableWrong(name, "is no name of a variable")
		case strings.HasPrefix(name, "PORPOISE_"):
			return variableWrong(name, "belongs to attempts themselves")
		case len(value) > maxVariable || strings.ContainsRune(value, 0):
			return variableWrong(name, "has a value that is too long or holds a zero byte")
		}
	}
	for _, g := range e.WorkerGroups {
		if strings.TrimSpace(g) == "" || len(g) > 64 {
			return invalid("workerGroups", "workerGroups")
		}
	}
	slices.Sort(e.WorkerGroups)
	e.WorkerGroups = slices.Compact(e.WorkerGroups)
	return nil
}

func variableWrong(name, what string) error {
	return workflow.Errorf(workflow.Invalid, "environment.variable", "variable %q %s", name, what).At("variables." + name)
}

// DeleteEnvironment removes one; attempts that name it fail and say so.
// Reasons: "user.forbidden", "environment.not_found".
func (s *Service) DeleteEnvironment(ctx context.Context, c Caller, id int64) error {
	if err := RequireAdmin(c); err != nil {
		return err
	}
	return missingAs(s.Store.Environments.Delete(ctx, id), environmentNotFound())
}

func environmentNotFound() error {
	return workflow.Errorf(workflow.NotFound, "environment.not_found", "the environment does not exist")
}

// checkEnvironments refuses ("task.invalid") tasks that name an environment
// that there is not, or that their worker group does not get.
func (s *Service) checkEnvironments(ctx context.Context, spec *workflow.Spec) error {
	for i := range spec.Tasks {
		t := &spec.Tasks[i]
		if t.Environment == "" {
			continue
		}
		if err := s.environmentFor(ctx, t.Environment, t.WorkerGroup); err != nil {
			if workflow.ErrorCode(err) != workflow.Invalid {
				return err
			}
			return taskInvalid(t.Name, err)
		}
	}
	return nil
}

// environmentFor refuses ("environment.unknown", "environment.group") an
// environment that attempts of a worker group cannot have. Without a group
// only the run will tell.
func (s *Service) environmentFor(ctx context.Context, name, group string) error {
	if name == "" {
		return nil
	}
	e, err := s.Store.Environments.ByName(ctx, name)
	if err != nil {
		return missingAs(err, workflow.Errorf(workflow.Invalid, "environment.unknown", "there is no environment %s", name).At("environment"))
	}
	if group != "" && group != DefaultGroup && !e.In(group) {
		return workflow.Errorf(workflow.Invalid, "environment.group", "environment %s may not be used in worker group %s", name, group).At("environment")
	}
	return nil
}
