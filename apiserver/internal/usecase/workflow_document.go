package usecase

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/porpoise-scheduler/porpoise/pkg/manifest"
	"github.com/porpoise-scheduler/porpoise/pkg/store"
	"github.com/porpoise-scheduler/porpoise/pkg/task"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// Bounds of how workflows are sorted, in characters.
const (
	maxFolder     = 500
	maxLabel      = 100
	maxLabelValue = 255
	maxLabels     = 64
	maxNote       = 500
)

// DocumentError is a refusal of documents, with all that is wrong.
type DocumentError struct{ Problems []manifest.Problem }

// Error gives the first problem.
func (e *DocumentError) Error() string {
	if n := len(e.Problems) - 1; n > 0 {
		return fmt.Sprintf("%s (and %d more)", e.Problems[0].Error(), n)
	}
	return e.Problems[0].Error()
}

// As lets the error be seen as a *workflow.Error.
func (e *DocumentError) As(target any) bool {
	t, ok := target.(**workflow.Error)
	if ok {
		*t = workflow.Errorf(workflow.Invalid, "document.invalid", "%s", e.Error())
	}
	return ok
}

// CheckDocument tells all that keeps a text from being a workflow of the
// project that could run, with where it is. Of a text that cannot be read there
// is only the first problem and no document.
func (s *Service) CheckDocument(ctx context.Context, c Caller, p workflow.Project, text string) (*manifest.Document, []manifest.Problem, error) {
	r, problem := s.readOne(text)
	if problem != nil {
		return nil, []manifest.Problem{*problem}, nil
	}
	n := s.namesFor(ctx, c, p)
	var id int64
	prev, err := s.Store.Definitions.ByName(ctx, p.ID, r.Name)
	there, err := found(err)
	if err != nil {
		return nil, nil, err
	}
	if there {
		id = prev.ID
		n.keep(&prev.Spec)
	}
	_, problems, err := s.check(ctx, c, n, &r, id)
	return &r.Document, problems, err
}

// readOne parses a text of one document.
func (s *Service) readOne(text string) (manifest.Found, *manifest.Problem) {
	list, problem := s.readAll(text)
	switch {
	case problem != nil:
		return manifest.Found{}, problem
	case len(list) != 1:
		return manifest.Found{}, &manifest.Problem{Message: fmt.Sprintf("there are %d documents where one is wanted", len(list))}
	}
	return list[0], nil
}

func (s *Service) readAll(text string) ([]manifest.Found, *manifest.Problem) {
	if most := s.MaxSpecBytes(); len(text) > most {
		return nil, &manifest.Problem{Message: fmt.Sprintf("the text is larger than %d bytes", most)}
	}
	if !utf8.ValidString(text) {
		return nil, &manifest.Problem{Message: "the text is not UTF-8"}
	}
	return manifest.Read([]byte(text))
}

// check finds all that is wrong with a document that becomes the workflow id (0:
// a new one), and gives the version it describes.
func (s *Service) check(ctx context.Context, c Caller, n *names, r *manifest.Found, id int64) (workflow.Spec, []manifest.Problem, error) {
	spec, problems := r.Check(n, s.checkKind)
	if most := s.MaxTasks(); len(spec.Tasks) > most {
		problems = append(problems, manifest.Problem{Path: "tasks", Message: fmt.Sprintf("%d tasks are more than %d", len(spec.Tasks), most)})
	}
	problems = append(problems, headProblems(&r.Document)...)
	needs, err := s.needsProblems(ctx, c, n.project.ID, &spec)
	if err != nil {
		return spec, nil, err
	}
	problems = append(problems, needs...)
	if len(problems) == 0 {
		if err := s.checkNesting(ctx, id, &spec); err != nil {
			if workflow.ErrorCode(err) != workflow.Invalid {
				return spec, nil, err
			}
			problems = append(problems, manifest.Problem{Path: "tasks", Message: err.Error()})
		}
	}
	for i := range problems {
		problems[i] = r.Places.Locate(problems[i])
	}
	return spec, problems, n.err
}

// headProblems looks at what belongs to the workflow, not to its version.
func headProblems(d *manifest.Document) []manifest.Problem {
	var out []manifest.Problem
	wrong := func(path string, err error) {
		if err != nil {
			out = append(out, manifest.Problem{Path: path, Message: err.Error()})
		}
	}
	if d.Name != "" {
		wrong("name", checkDefinitionName(d.Name))
	}
	_, err := checkFolder(d.Folder)
	wrong("folder", err)
	wrong("labels", checkLabels(d.Labels))
	if d.Online != nil && !*d.Online {
		for i := range d.Schedules {
			if d.Schedules[i].Online {
				wrong(fmt.Sprintf("schedules[%d].online", i), errors.New("the workflow itself is to be offline"))
			}
		}
	}
	return out
}

// checkFolder gives a folder without slashes at its ends; "/" is none.
func checkFolder(folder string) (string, error) {
	folder = strings.Trim(folder, "/")
	if utf8.RuneCountInString(folder) > maxFolder {
		return "", workflow.Errorf(workflow.Invalid, "folder.invalid", "a folder has at most %d characters", maxFolder).At("folder")
	}
	for part := range strings.SplitSeq(folder, "/") {
		if folder != "" && (strings.TrimSpace(part) != part || part == "") || strings.ContainsFunc(part, unicode.IsControl) {
			return "", workflow.Errorf(workflow.Invalid, "folder.invalid", "%q is no folder: it is names with / between them", folder).At("folder")
		}
	}
	return folder, nil
}

func checkLabels(labels map[string]string) error {
	if len(labels) > maxLabels {
		return workflow.Errorf(workflow.Invalid, "label.invalid", "there are more than %d labels", maxLabels).At("labels")
	}
	for label, value := range labels {
		switch {
		case strings.TrimSpace(label) != label || label == "" || strings.ContainsRune(label, '=') || strings.ContainsFunc(label+value, unicode.IsControl):
			return workflow.Errorf(workflow.Invalid, "label.invalid", "%q is no label", label).At("labels")
		case utf8.RuneCountInString(label) > maxLabel || utf8.RuneCountInString(value) > maxLabelValue:
			return workflow.Errorf(workflow.Invalid, "label.invalid", "label %.40q or its value is too long", label).At("labels")
		}
	}
	return nil
}

// ParseLabel reads a label written as key=value; "label.invalid".
func ParseLabel(text string) (label, value string, err error) {
	label, value, ok := strings.Cut(text, "=")
	if !ok || label == "" {
		return "", "", workflow.Errorf(workflow.Invalid, "label.invalid", "%q is no label like team=bi", text).At("label")
	}
	return label, value, nil
}

// needsProblems is checkNeeds for all tasks.
func (s *Service) needsProblems(ctx context.Context, c Caller, projectID int64, spec *workflow.Spec) ([]manifest.Problem, error) {
	look := needsCheck{s: s, caller: c, known: map[string]error{}}
	var out []manifest.Problem
	for i := range spec.Tasks {
		err := s.environmentFor(ctx, spec.Tasks[i].Environment, spec.Tasks[i].WorkerGroup)
		if workflow.ErrorCode(err) == workflow.Invalid {
			out = append(out, manifest.Problem{Path: fmt.Sprintf("tasks[%d].environment", i), Message: err.Error()})
		} else if err != nil {
			return nil, err
		}
		err = s.taskGroupFor(ctx, projectID, spec.Tasks[i].TaskGroupID)
		if workflow.ErrorCode(err) == workflow.Invalid {
			out = append(out, manifest.Problem{Path: fmt.Sprintf("tasks[%d].taskGroup.id", i), Message: err.Error()})
		} else if err != nil {
			return nil, err
		}
		kind, _ := s.Kinds.Get(spec.Tasks[i].Kind)
		needer, ok := kind.(task.Needer)
		if !ok {
			continue
		}
		needs, err := needer.Needs(spec.Tasks[i].Params)
		if err != nil {
			continue // its parameters are wrong, which was told
		}
		err = look.all(ctx, needs)
		switch workflow.ErrorCode(err) {
		case "":
		case workflow.NotFound, workflow.Forbidden:
			out = append(out, manifest.Problem{Path: fmt.Sprintf("tasks[%d].params", i), Message: err.Error()})
		default:
			return nil, err
		}
	}
	return out, nil
}

// documentOf writes a version as a document.
func (s *Service) documentOf(n *names, d *workflow.Definition) (manifest.Document, error) {
	doc, err := manifest.Of(d, n)
	return doc, errors.Join(err, n.err)
}

// text writes a document.
func text(d manifest.Document) (string, error) {
	raw, err := manifest.Text(d)
	if err != nil {
		return "", fmt.Errorf("writing workflow %s: %w", d.Name, err)
	}
	return string(raw), nil
}

// sortingOf is what a document says of folder and labels over what is there;
// nil when it says nothing.
func sortingOf(d *manifest.Document, was store.Sorting) *store.Sorting {
	if d.Folder == "" && d.Labels == nil {
		return nil
	}
	to := was
	if d.Folder != "" {
		to.Folder = strings.Trim(d.Folder, "/")
	}
	if d.Labels != nil {
		to.Labels = d.Labels
	}
	return &to
}
