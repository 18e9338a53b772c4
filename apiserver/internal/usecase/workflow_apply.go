package usecase

import (
	"context"
	"fmt"

	"github.com/porpoise-scheduler/porpoise/pkg/manifest"
	"github.com/porpoise-scheduler/porpoise/pkg/store"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// What applying documents does to a workflow.
const (
	ChangeCreated   = "CREATED"
	ChangeUpdated   = "UPDATED"
	ChangeUnchanged = "UNCHANGED"
	ChangePruned    = "PRUNED"
	ChangeRefused   = "REFUSED"
)

// Outcome is what applying documents does, or would do, to a workflow.
type Outcome struct {
	Name     string
	Change   string
	Problems []manifest.Problem // of REFUSED
	Compared Compared           // of UPDATED
}

// ApplyInput is a folder of documents to make true.
type ApplyInput struct {
	Text   string // documents with lines of three dashes between them
	DryRun bool
	// PruneLabel and PruneValue, if not empty, remove the workflows with that label
	// that are not among the documents.
	PruneLabel, PruneValue string
}

// ApplyDocuments makes the project's workflows what documents say: all of them,
// or none when one is refused. What documents leave out about a workflow itself,
// its folder, labels, schedules and whether it is online, stays as it is. A
// *DocumentError when the text cannot be read.
func (s *Service) ApplyDocuments(ctx context.Context, c Caller, p workflow.Project, in ApplyInput) (list []Outcome, done bool, err error) {
	found, problem := s.readAll(in.Text)
	switch {
	case problem != nil:
		return nil, false, &DocumentError{[]manifest.Problem{*problem}}
	case len(found) > maxImport:
		return nil, false, workflow.Errorf(workflow.Invalid, "definition.too_large", "%d workflows are more than %d", len(found), maxImport)
	}
	a := s.newApply(ctx, c, p)
	for _, r := range found {
		a.items = append(a.items, &applied{found: r})
	}
	if err := a.recognise(); err != nil {
		return nil, false, err
	}
	if err := a.plan(); err != nil {
		return nil, false, err
	}
	if in.PruneLabel != "" {
		if err := a.prune(in.PruneLabel, in.PruneValue); err != nil {
			return nil, false, err
		}
	}
	list, refused := a.outcomes()
	if in.DryRun || refused {
		return list, false, nil
	}
	return list, true, a.commit()
}

// apply brings documents together with what is there.
type apply struct {
	s       *Service
	ctx     context.Context // of the request that an apply lives for
	caller  Caller
	project workflow.Project
	names   *names
	items   []*applied
}

// applied is a document, and what becomes of its workflow.
type applied struct {
	found    manifest.Found
	prev     *workflow.Definition // nil: there is none yet
	always   bool                 // a new version even if nothing changes
	gone     bool                 // it is pruned
	id       int64                // a stand-in while there is none
	problems []manifest.Problem
	change   *store.Change // nil: nothing changes
	tasks    []workflow.Task
	compared Compared
}

func (s *Service) newApply(ctx context.Context, c Caller, p workflow.Project) *apply {
	return &apply{s: s, ctx: ctx, caller: c, project: p, names: s.namesFor(ctx, c, p)}
}

// standIn is the first id that stands for a workflow that has none yet. Real
// ones are below 2^31.
const standIn = 1 << 40

func (it *applied) name() string { return it.found.Name }

func (it *applied) refuse(path, format string, args ...any) {
	it.problems = append(it.problems, it.found.Places.Locate(manifest.Problem{Path: path, Message: fmt.Sprintf(format, args...)}))
}

// recognise finds the workflows that the documents are about, by name.
func (a *apply) recognise() error {
	first := map[string]bool{}
	for _, it := range a.items {
		if first[it.name()] {
			it.refuse("name", "two documents are named %q", it.name())
			continue
		}
		first[it.name()] = true
		d, err := a.s.Store.Definitions.ByName(a.ctx, a.project.ID, it.name())
		there, err := found(err)
		if err != nil {
			return err
		}
		if there {
			it.prev = &d
		}
	}
	return nil
}

// outcomes tells what the plan does.
func (a *apply) outcomes() (list []Outcome, refused bool) {
	for _, it := range a.items {
		o := Outcome{Name: it.name(), Problems: it.problems}
		switch {
		case len(it.problems) > 0:
			o.Change, refused = ChangeRefused, true
		case it.change == nil:
			o.Change = ChangeUnchanged
		case it.gone:
			o.Change = ChangePruned
		case it.prev == nil:
			o.Change = ChangeCreated
		default:
			o.Change, o.Compared = ChangeUpdated, it.compared
		}
		list = append(list, o)
	}
	return list, refused
}
