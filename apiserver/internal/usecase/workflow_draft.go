package usecase

import (
	"context"

	"github.com/porpoise-scheduler/porpoise/pkg/manifest"
	"github.com/porpoise-scheduler/porpoise/pkg/store"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// DraftView is a draft with who saved it.
type DraftView struct {
	workflow.Draft
	UserName string
}

// DraftChanged is the refusal of a change that began with another revision; it
// has the present one.
type DraftChanged struct {
	Current DraftView
	err     error
}

// Error says what happened.
func (e *DraftChanged) Error() string { return e.err.Error() }

// Unwrap gives the *workflow.Error: Conflict, "revision.changed".
func (e *DraftChanged) Unwrap() error { return e.err }

func noDraft() error {
	return workflow.Errorf(workflow.NotFound, "draft.not_found", "the workflow is not being edited")
}

// Draft gives what a workflow is being edited to: its draft, or else, as
// revision 0, its current version.
func (s *Service) Draft(ctx context.Context, c Caller, p workflow.Project, id int64) (DraftView, error) {
	d, err := s.Definition(ctx, p, id)
	if err != nil {
		return DraftView{}, err
	}
	draft, err := s.Store.Drafts.Get(ctx, id)
	there, err := found(err)
	if err != nil {
		return DraftView{}, err
	}
	if !there {
		return s.undrafted(ctx, c, p, &d)
	}
	u, err := s.Store.Users.Get(ctx, draft.UserID)
	return DraftView{draft, u.Name}, missingAs(err, nil)
}

// undrafted begins a draft from the current version.
func (s *Service) undrafted(ctx context.Context, c Caller, p workflow.Project, d *workflow.Definition) (v DraftView, err error) {
	v.DefinitionID, v.BaseVersion = d.ID, d.Version
	if d.Version == 0 {
		v.Document, err = emptyDocument(d.Name)
		return v, err
	}
	v.Document, err = s.WorkflowText(ctx, c, p, d)
	return v, err
}

// SaveDraft keeps a text, valid or not, that was edited from a revision. base,
// if not 0, is the version that it was brought together with. A *DraftChanged
// when somebody else has saved since. Reasons: "definition.not_found",
// "document.invalid" for what is too large to be kept.
func (s *Service) SaveDraft(ctx context.Context, c Caller, p workflow.Project, id, revision int64, document string, base int) (DraftView, error) {
	d, err := s.Definition(ctx, p, id)
	if err != nil {
		return DraftView{}, err
	}
	if len(document) > s.MaxSpecBytes() {
		_, problem := s.readAll(document)
		return DraftView{}, &DocumentError{[]manifest.Problem{*problem}}
	}
	draft := workflow.Draft{DefinitionID: id, Revision: revision, Document: document, BaseVersion: d.Version, UserID: c.User.ID}
	was, err := s.Store.Drafts.Get(ctx, id)
	there, err := found(err)
	if err != nil {
		return DraftView{}, err
	}
	if there {
		draft.BaseVersion = was.BaseVersion
	}
	if base != 0 {
		if base < 0 || base > d.Version {
			return DraftView{}, workflow.Errorf(workflow.Invalid, "version.not_found", "the workflow has no version %d", base).At("baseVersion")
		}
		draft.BaseVersion = base
	}
	err = s.Store.Drafts.Save(ctx, &draft)
	if workflow.ErrorReason(err) == "revision.changed" {
		return DraftView{}, s.draftChanged(ctx, c, p, id, err)
	}
	return DraftView{draft, c.User.Name}, err
}

// draftChanged adds what is there to a refusal.
func (s *Service) draftChanged(ctx context.Context, c Caller, p workflow.Project, id int64, refusal error) error {
	now, err := s.Draft(ctx, c, p, id)
	if err != nil {
		return err
	}
	return &DraftChanged{Current: now, err: refusal}
}

func revisionChanged(revision int64) error {
	return workflow.Errorf(workflow.Conflict, "revision.changed", "somebody else has saved the draft since revision %d; compare it with yours", revision)
}

// DiscardDraft forgets a draft, if it still is the revision that the caller saw
// (negative: any). A workflow that was never published keeps its empty version.
func (s *Service) DiscardDraft(ctx context.Context, c Caller, p workflow.Project, id, revision int64) error {
	v, err := s.Draft(ctx, c, p, id)
	if err != nil {
		return err
	}
	if revision >= 0 && v.Revision != revision {
		return &DraftChanged{Current: v, err: revisionChanged(revision)}
	}
	if v.Revision == 0 {
		return nil
	}
	return missingAs(s.Store.Drafts.Delete(ctx, id), nil)
}

// RestoreVersion makes a version the draft, instead of the revision that the
// caller saw (0: there was none). Reasons: those of SaveDraft,
// "version.not_found".
func (s *Service) RestoreVersion(ctx context.Context, c Caller, p workflow.Project, id int64, version int, revision int64) (DraftView, error) {
	d, err := s.Definition(ctx, p, id)
	if err != nil {
		return DraftView{}, err
	}
	old, doc, err := s.WorkflowVersion(ctx, c, p, id, version)
	if err != nil {
		return DraftView{}, err
	}
	document, err := s.VersionText(&old, doc)
	if err != nil {
		return DraftView{}, err
	}
	return s.SaveDraft(ctx, c, p, id, revision, document, d.Version)
}

// Publication says which draft becomes a version.
type Publication struct {
	Revision int64
	Comment  string
	// BaseVersion, if not 0, is the current version that the caller knows of when
	// the draft was begun from an older one.
	BaseVersion int
}

// PublishDraft makes a draft the current version. An online workflow stays
// online. A *DraftChanged when somebody has saved since, a *DocumentError when
// it is no workflow that could run; reasons: "draft.not_found",
// "definition.changed" when another version became current since the draft was
// begun, "definition.exists".
func (s *Service) PublishDraft(ctx context.Context, c Caller, p workflow.Project, id int64, in Publication) (workflow.Definition, error) {
	d, err := s.Definition(ctx, p, id)
	if err != nil {
		return d, err
	}
	draft, err := s.Store.Drafts.Get(ctx, id)
	if err != nil {
		return d, missingAs(err, noDraft())
	}
	if draft.Revision != in.Revision {
		return d, s.draftChanged(ctx, c, p, id, revisionChanged(in.Revision))
	}
	if draft.BaseVersion != d.Version && in.BaseVersion != d.Version {
		return d, workflow.Errorf(workflow.Conflict, "definition.changed",
			"version %d became current since the draft was begun from version %d; compare them first", d.Version, draft.BaseVersion)
	}
	err = s.publish(ctx, c, p, &d, draft, in.Comment)
	if workflow.ErrorReason(err) == "revision.changed" {
		return d, s.draftChanged(ctx, c, p, id, err)
	}
	return d, err
}

func (s *Service) publish(ctx context.Context, c Caller, p workflow.Project, d *workflow.Definition, draft workflow.Draft, comment string) error {
	if err := checkLength("comment", comment, maxNote); err != nil {
		return err
	}
	r, problem := s.readOne(draft.Document)
	if problem != nil {
		return &DocumentError{[]manifest.Problem{*problem}}
	}
	a := s.newApply(ctx, c, p)
	it := &applied{found: r, prev: d, always: true}
	a.items = []*applied{it}
	if err := a.plan(); err != nil {
		return err
	}
	if len(it.problems) > 0 {
		return &DocumentError{it.problems}
	}
	it.change.Published, it.change.Note = draft.Revision, comment
	return a.commit()
}

// BeginWorkflow makes a workflow that has a draft and no version yet. Reasons:
// "definition.exists", "param.invalid".
func (s *Service) BeginWorkflow(ctx context.Context, c Caller, p workflow.Project, name string) (int64, error) {
	if err := checkDefinitionName(name); err != nil {
		return 0, err
	}
	document, err := emptyDocument(name)
	if err != nil {
		return 0, err
	}
	change := &store.Change{Unpublished: true, Draft: &workflow.Draft{Document: document, UserID: c.User.ID}, Definition: workflow.Definition{
		ProjectID: p.ID, Name: name, UserID: c.User.ID, ModifiedBy: c.User.ID}}
	_, err = s.Store.Definitions.Apply(ctx, []*store.Change{change}, nil)
	return change.ID, takenAs(err, definitionExists(name))
}

// CreateWorkflow makes a workflow of a document. A *DocumentError when it is
// none that could run; reason: "definition.exists".
func (s *Service) CreateWorkflow(ctx context.Context, c Caller, p workflow.Project, document string) (int64, error) {
	r, problem := s.readOne(document)
	if problem != nil {
		return 0, &DocumentError{[]manifest.Problem{*problem}}
	}
	if err := s.VerifyDefinitionName(ctx, p, r.Name); err != nil {
		return 0, err
	}
	a := s.newApply(ctx, c, p)
	it := &applied{found: r}
	a.items = []*applied{it}
	if err := a.plan(); err != nil {
		return 0, err
	}
	if len(it.problems) > 0 {
		return 0, &DocumentError{it.problems}
	}
	err := a.commit()
	return it.change.ID, err
}
