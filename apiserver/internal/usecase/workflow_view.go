package usecase

import (
	"context"
	"fmt"
	"strconv"

	"github.com/porpoise-scheduler/porpoise/pkg/manifest"
	"github.com/porpoise-scheduler/porpoise/pkg/store"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// WorkflowView is a workflow with what stands beside it.
type WorkflowView struct {
	store.DefinitionRow
	store.Beside
	Sorting store.Sorting
}

// Workflows gives a page of the project's workflows, without their tasks.
func (s *Service) Workflows(ctx context.Context, p workflow.Project, f store.DefinitionFilter, o store.DefinitionOrder, page store.Page) ([]WorkflowView, int, error) {
	f.ProjectID = p.ID
	rows, total, err := s.Store.Definitions.Find(ctx, f, o, s.bound(page))
	if err != nil {
		return nil, 0, err
	}
	views, err := s.beside(ctx, rows)
	return views, total, err
}

func (s *Service) beside(ctx context.Context, rows []store.DefinitionRow) ([]WorkflowView, error) {
	ids := make([]int64, len(rows))
	for i := range rows {
		ids[i] = rows[i].ID
	}
	beside, err := s.Store.Definitions.Beside(ctx, ids)
	if err != nil {
		return nil, err
	}
	sorted, err := s.Store.Labels.Of(ctx, ids)
	if err != nil {
		return nil, err
	}
	views := make([]WorkflowView, len(rows))
	for i := range rows {
		views[i] = WorkflowView{rows[i], beside[rows[i].ID], sorted[rows[i].ID]}
	}
	return views, nil
}

// Workflow finds a workflow of the project by id, or by name when the text is no
// number; "definition.not_found".
func (s *Service) Workflow(ctx context.Context, p workflow.Project, which string) (workflow.Definition, error) {
	if id, err := strconv.ParseInt(which, 10, 64); err == nil {
		return s.Definition(ctx, p, id)
	}
	d, err := s.Store.Definitions.ByName(ctx, p.ID, which)
	return d, missingAs(err, workflow.Errorf(workflow.NotFound, "definition.not_found", "there is no workflow %q", which).With(which))
}

// WorkflowView gives a workflow with what stands beside it, and its document.
func (s *Service) WorkflowView(ctx context.Context, c Caller, p workflow.Project, id int64) (WorkflowView, manifest.Document, error) {
	row, err := s.DefinitionRow(ctx, p, id)
	if err != nil {
		return WorkflowView{}, manifest.Document{}, err
	}
	views, err := s.beside(ctx, []store.DefinitionRow{row})
	if err != nil {
		return WorkflowView{}, manifest.Document{}, err
	}
	doc, err := s.documentOf(s.namesFor(ctx, c, p), &row.Definition)
	return views[0], doc, err
}

// WorkflowVersions gives a page of a workflow's versions, newest first.
func (s *Service) WorkflowVersions(ctx context.Context, id int64, page store.Page) ([]store.VersionRow, int, error) {
	return s.Store.Definitions.Versions(ctx, id, s.bound(page))
}

// WorkflowVersion gives a version of a workflow as a document;
// "version.not_found".
func (s *Service) WorkflowVersion(ctx context.Context, c Caller, p workflow.Project, id int64, version int) (workflow.Definition, manifest.Document, error) {
	d, err := s.Store.Definitions.Version(ctx, id, version)
	if err != nil {
		return d, manifest.Document{}, missingAs(err, workflow.Errorf(workflow.NotFound, "version.not_found", "workflow %d has no version %d", id, version))
	}
	doc, err := s.documentOf(s.namesFor(ctx, c, p), &d)
	return d, doc, err
}

// Compared is two documents of one workflow and what they do not share.
type Compared struct {
	From, To string
	manifest.Difference
}

// draftWord stands for the draft where versions are named.
const draftWord = "draft"

// CompareVersions compares two versions, or the draft, of a workflow. Reasons:
// "version.not_found", "draft.not_found", "document.invalid" when the draft
// cannot be read.
func (s *Service) CompareVersions(ctx context.Context, c Caller, p workflow.Project, id int64, from, to string) (Compared, error) {
	a, textA, err := s.side(ctx, c, p, id, from)
	if err != nil {
		return Compared{}, err
	}
	b, textB, err := s.side(ctx, c, p, id, to)
	return Compared{textA, textB, manifest.Compare(a, b)}, err
}

func (s *Service) side(ctx context.Context, c Caller, p workflow.Project, id int64, which string) (manifest.Document, string, error) {
	if which == draftWord {
		draft, err := s.Store.Drafts.Get(ctx, id)
		if err != nil {
			return manifest.Document{}, "", missingAs(err, noDraft())
		}
		r, problem := s.readOne(draft.Document)
		if problem != nil {
			return r.Document, "", &DocumentError{[]manifest.Problem{*problem}}
		}
		return r.Document, draft.Document, nil
	}
	version, err := strconv.Atoi(which)
	if err != nil {
		return manifest.Document{}, "", workflow.Errorf(workflow.Invalid, "version.not_found", "%q is neither a version nor %q", which, draftWord)
	}
	_, doc, err := s.WorkflowVersion(ctx, c, p, id, version)
	if err != nil {
		return doc, "", err
	}
	t, err := text(doc)
	return doc, t, err
}

// Folders gives the project's folders with how many workflows each has.
func (s *Service) Folders(ctx context.Context, p workflow.Project) (map[string]int, error) {
	return s.Store.Labels.Folders(ctx, p.ID)
}

// SortWorkflow puts a workflow into a folder and gives it labels, instead of
// those it had. Reasons: "definition.not_found", "folder.invalid",
// "label.invalid".
func (s *Service) SortWorkflow(ctx context.Context, p workflow.Project, id int64, to store.Sorting) error {
	if _, err := s.Definition(ctx, p, id); err != nil {
		return err
	}
	var err error
	if to.Folder, err = checkFolder(to.Folder); err != nil {
		return err
	}
	if err := checkLabels(to.Labels); err != nil {
		return err
	}
	return s.Store.Labels.Set(ctx, id, to)
}

// emptyDocument is what the draft of a workflow without a version begins as.
func emptyDocument(name string) (string, error) {
	t, err := text(manifest.Document{Name: name})
	if err != nil {
		return "", fmt.Errorf("beginning a draft: %w", err)
	}
	return t, nil
}
