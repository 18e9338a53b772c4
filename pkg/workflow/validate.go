package workflow

import (
	"errors"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/porpoise-scheduler/porpoise/pkg/dag"
)

// Limits of one workflow version.
const (
	MaxTasks    = 20_000
	MaxEdges    = 200_000
	maxNameLen  = 255 // characters
	maxParams   = 1_000
	maxCases    = 1_000
	maxPropLen  = 255
	maxRetryCap = 10_000
)

// Validate checks what a version must satisfy whatever its task kinds are. The
// error is a *Error with code Invalid: reason "definition.empty",
// "definition.cycle", "definition.edge", "definition.too_large",
// "definition.invalid" or "param.invalid", or "task.invalid" and "task.name"
// with the task's name as Field.
func Validate(s *Spec) error {
	switch {
	case len(s.Tasks) == 0:
		return Errorf(Invalid, "definition.empty", "a workflow needs at least one task")
	case len(s.Tasks) > MaxTasks:
		return Errorf(Invalid, "definition.too_large", "%d tasks are more than %d", len(s.Tasks), MaxTasks)
	case len(s.Edges) > MaxEdges:
		return Errorf(Invalid, "definition.too_large", "%d edges are more than %d", len(s.Edges), MaxEdges)
	case s.Timeout < 0:
		return Errorf(Invalid, "definition.invalid", "the time limit is negative").At("timeout")
	case !oneOf(s.Policy, "", Parallel, SerialWaiting, SerialDiscard, SerialPriority):
		return Errorf(Invalid, "definition.invalid", "unknown execution policy %q", s.Policy).At("policy")
	}
	if err := validateProperties(s.GlobalParams); err != "" {
		return Errorf(Invalid, "param.invalid", "global parameters: %s", err).At("globalParams")
	}
	if err := validateNames(s.Tasks); err != nil {
		return err
	}
	g, err := s.Graph()
	if err != nil {
		return err
	}
	for i := range s.Tasks {
		if problem := validateTask(g, &s.Tasks[i]); problem != "" {
			name := s.Tasks[i].Name
			return Errorf(Invalid, "task.invalid", "task %s: %s", name, problem).At(name)
		}
	}
	return nil
}

// Graph builds the graph of the task names and checks that it has an order.
// Errors are those of Validate.
func (s *Spec) Graph() (*dag.Graph[string], error) {
	names := make([]string, len(s.Tasks))
	for i := range s.Tasks {
		names[i] = s.Tasks[i].Name
	}
	edges := make([]dag.Edge[string], len(s.Edges))
	for i, e := range s.Edges {
		edges[i] = dag.Edge[string](e)
	}
	g, err := dag.New(names, edges)
	if err == nil {
		_, err = g.Order()
	}
	return g, graphError(err)
}

func graphError(err error) error {
	var (
		cycle   *dag.CycleError[string]
		unknown *dag.UnknownError[string]
		twice   *dag.DuplicateError[string]
	)
	switch {
	case errors.As(err, &cycle):
		return Errorf(Invalid, "definition.cycle", "the tasks wait for each other: %s", cycle).With(cycle.String())
	case errors.As(err, &unknown):
		return Errorf(Invalid, "definition.edge", "%s", unknown).At(unknown.Missing)
	case errors.As(err, &twice):
		return Errorf(Invalid, "task.name", "two tasks are called %s", twice.Node).At(twice.Node)
	}
	return err
}

func validateNames(tasks []Task) error {
	for i := range tasks {
		name := tasks[i].Name
		switch {
		case strings.TrimSpace(name) == "":
			return Errorf(Invalid, "task.name", "task number %d has no name", i+1)
		case !utf8.ValidString(name) || strings.ContainsFunc(name, unicode.IsControl):
			return Errorf(Invalid, "task.name", "the name %q holds control characters", name).At(name)
		case utf8.RuneCountInString(name) > maxNameLen:
			return Errorf(Invalid, "task.name", "the name %.40s... is longer than %d characters", name, maxNameLen).At(name)
		}
	}
	return nil
}

// validateTask gives what is wrong with a task, "" when nothing is.
func validateTask(g *dag.Graph[string], t *Task) string {
	switch {
	case t.Kind == "":
		return "it has no kind"
	case t.MaxRetries < 0 || t.MaxRetries > maxRetryCap:
		return "the number of retries is out of range"
	case t.RetryInterval < 0, t.Delay < 0, t.Timeout < 0:
		return "a negative duration"
	case t.Priority < Highest || t.Priority > Lowest:
		return "the priority is out of range"
	case !oneOf(t.TimeoutAction, "", TimeoutWarn, TimeoutFail, TimeoutWarnFail):
		return "unknown timeout action " + string(t.TimeoutAction)
	case !oneOf(t.OnLost, "", LostRerun, LostFail, LostHold):
		return "unknown lost policy " + string(t.OnLost)
	case t.TaskGroupID < 0:
		return "the task group is negative"
	}
	if problem := validateProperties(t.LocalParams); problem != "" {
		return problem
	}
	return validateLogic(g, t)
}

func validateLogic(g *dag.Graph[string], t *Task) string {
	switch t.Kind {
	case KindSubWorkflow:
		if t.SubWorkflow == nil || t.SubWorkflow.DefinitionID <= 0 {
			return "it names no workflow to run"
		}
	case KindDependent:
		return validateDependent(t.Dependent)
	case KindConditions:
		return validateConditions(g, t)
	case KindSwitch:
		return validateSwitch(g, t)
	}
	return ""
}

func validateDependent(d *Dependent) string {
	switch {
	case d == nil:
		return "it has no dependencies"
	case !oneOf(d.Relation, "", And, Or):
		return "unknown relation " + string(d.Relation)
	case d.CheckInterval < 0, d.FailureWait < 0:
		return "a negative duration"
	}
	for _, group := range d.Groups {
		if !oneOf(group.Relation, "", And, Or) {
			return "unknown relation " + string(group.Relation)
		}
		for _, item := range group.Items {
			if item.DefinitionID <= 0 {
				return "a dependency names no workflow"
			}
			if item.DateValue == "" {
				return "a dependency names no period"
			}
		}
	}
	return ""
}

func validateConditions(g *dag.Graph[string], t *Task) string {
	c := t.Conditions
	if c == nil {
		return "it has no conditions"
	}
	if !oneOf(c.Relation, "", And, Or) {
		return "unknown relation " + string(c.Relation)
	}
	for _, group := range c.Groups {
		if !oneOf(group.Relation, "", And, Or) {
			return "unknown relation " + string(group.Relation)
		}
		for _, item := range group.Items {
			if !g.Has(item.Task) {
				return "it asks about " + quote(item.Task) + ", which is no task"
			}
		}
	}
	return validateBranches(g, t.Name, slices.Concat(c.Success, c.Failed))
}

func validateSwitch(g *dag.Graph[string], t *Task) string {
	s := t.Switch
	if s == nil {
		return "it has no cases"
	}
	if len(s.Cases) > maxCases {
		return "it has too many cases"
	}
	branches := []string{s.Default}
	for _, c := range s.Cases {
		branches = append(branches, c.Next)
	}
	return validateBranches(g, t.Name, branches)
}

// validateBranches wants every named branch to be a direct successor. Editors
// write empty names for "none".
func validateBranches(g *dag.Graph[string], name string, branches []string) string {
	next := make(map[string]struct{})
	for _, s := range g.Successors(name) {
		next[s] = struct{}{}
	}
	for _, b := range branches {
		if b == "" {
			continue
		}
		if !g.Has(b) {
			return "its branch " + quote(b) + " is no task"
		}
		if _, ok := next[b]; !ok {
			return "its branch " + quote(b) + " does not follow it directly"
		}
	}
	return ""
}

func validateProperties(props []Property) string {
	if len(props) > maxParams {
		return "too many parameters"
	}
	type key struct {
		prop   string
		direct Direct
	}
	seen := make(map[key]struct{}, len(props))
	for _, p := range props {
		switch {
		case p.Prop == "":
			return "a parameter has no name"
		case utf8.RuneCountInString(p.Prop) > maxPropLen:
			return "a parameter's name is too long"
		case strings.ContainsFunc(p.Prop, badInProperty):
			return "the parameter name " + quote(p.Prop) + " holds blanks or one of $ { } ="
		case !oneOf(p.Direct, "", In, Out):
			return "unknown direction " + string(p.Direct) + " of parameter " + p.Prop
		}
		k := key{p.Prop, p.Direct}
		if _, twice := seen[k]; twice {
			return "the parameter " + p.Prop + " appears twice"
		}
		seen[k] = struct{}{}
	}
	return ""
}

// badInProperty refuses what would make a placeholder or an output line
// ambiguous.
func badInProperty(r rune) bool {
	return unicode.IsSpace(r) || unicode.IsControl(r) || strings.ContainsRune("${}=", r)
}

func quote(s string) string { return `"` + s + `"` }

func oneOf[T comparable](v T, allowed ...T) bool { return slices.Contains(allowed, v) }
