package manifest

import (
	"errors"
	"fmt"
	"strings"

	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// CheckKind checks a task's own parameters.
type CheckKind func(t *workflow.Task) error

// Check finds what keeps a document from being a workflow that could run: all
// problems of its parts, and the first one of the whole.
func (d *Document) Check(n Names, kind CheckKind) (workflow.Spec, []Problem) {
	s, problems := d.Spec(n)
	if strings.TrimSpace(d.Name) == "" {
		problems = append(problems, Problem{Path: "name", Message: "the workflow has no name"})
	}
	for i := range s.Tasks {
		if err := kind(&s.Tasks[i]); err != nil {
			problems = append(problems, ofTask(i, err))
		}
	}
	if len(problems) > 0 {
		return s, problems
	}
	if err := workflow.Validate(&s); err != nil {
		problems = append(problems, d.whole(err))
	}
	return s, problems
}

// ofTask places what a kind says about the parameters of a task.
func ofTask(i int, err error) Problem {
	p := Problem{Path: fmt.Sprintf("tasks[%d]", i), Message: err.Error()}
	var e *workflow.Error
	if errors.As(err, &e) && e.Field != "" {
		p.Path += ".params"
		if e.Field != "params" {
			p.Path += "." + e.Field
		}
	}
	return p
}

// whole places what Validate says.
func (d *Document) whole(err error) Problem {
	p := Problem{Message: err.Error()}
	var e *workflow.Error
	if !errors.As(err, &e) {
		return p
	}
	switch e.Reason {
	case "definition.empty":
		p.Path = "tasks"
	case "param.invalid":
		p.Path = "params"
	case "definition.invalid":
		p.Path = e.Field
	case "task.invalid", "task.name", "definition.edge":
		for i := range d.Tasks {
			if d.Tasks[i].Name == e.Field {
				p.Path = fmt.Sprintf("tasks[%d]", i)
			}
		}
	}
	return p
}
