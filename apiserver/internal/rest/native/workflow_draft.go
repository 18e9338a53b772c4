package native

import (
	"context"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/porpoise-scheduler/porpoise/apiserver/internal/usecase"
	"github.com/porpoise-scheduler/porpoise/pkg/manifest"
	"github.com/porpoise-scheduler/porpoise/pkg/store"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// Draft is a workflow being edited.
type Draft struct {
	Revision    int64      `json:"revision" doc:"0: nobody edits it, the document is the current version"`
	Document    string     `json:"document" doc:"YAML, valid or not"`
	BaseVersion int        `json:"baseVersion" doc:"the version it was begun from"`
	UpdatedBy   string     `json:"updatedBy"`
	Updated     *time.Time `json:"updated"`
}

type drafted struct {
	ETag string `header:"ETag"`
	Body Draft
}

func draftAnswer(v usecase.DraftView) *drafted {
	return &drafted{ETag: etag(v.Revision), Body: draftView(v)}
}

func draftView(v usecase.DraftView) Draft {
	return Draft{Revision: v.Revision, Document: v.Document, BaseVersion: v.BaseVersion, UpdatedBy: v.UserName, Updated: moment(v.UpdateTime)}
}

func etag(revision int64) string { return strconv.Quote(strconv.FormatInt(revision, 10)) }

// revisionOf reads an If-Match; missing gives what none is.
func revisionOf(match string, missing int64) (int64, error) {
	if match == "" {
		return missing, nil
	}
	revision, err := strconv.ParseInt(strings.Trim(strings.TrimPrefix(match, "W/"), `"`), 10, 64)
	if err != nil || revision < 0 {
		return 0, workflow.Errorf(workflow.Invalid, "revision.invalid", "If-Match is %q, which is no revision", match)
	}
	return revision, nil
}

func (a *API) declareDrafts() {
	const tag = "Workflows"
	const one = "/projects/{project}/workflows/{workflow}"
	add(a, op{ID: "getDraft", Method: http.MethodGet, Path: one + "/draft", Tag: tag, Access: Developer,
		Summary: "What a workflow is being edited to"}, a.getDraft)
	add(a, op{ID: "saveDraft", Method: http.MethodPut, Path: one + "/draft", Tag: tag, Access: Developer, MaxBody: documentBody,
		Summary: "Save what was edited"}, a.saveDraft)
	add(a, op{ID: "discardDraft", Method: http.MethodDelete, Path: one + "/draft", Tag: tag, Access: Developer,
		Summary: "Forget what was edited"}, a.discardDraft)
	add(a, op{ID: "publishDraft", Method: http.MethodPost, Path: one + "/publish", Tag: tag, Access: Developer,
		Summary: "Make the draft the current version"}, a.publishDraft)
	add(a, op{ID: "checkWorkflow", Method: http.MethodPost, Path: "/projects/{project}/workflows:check", Tag: tag, Access: Viewer, MaxBody: documentBody,
		Summary: "Find what is wrong with a document"}, a.checkWorkflow)
	add(a, op{ID: "listVersions", Method: http.MethodGet, Path: one + "/versions", Tag: tag, Access: Viewer,
		Summary: "Versions of a workflow, newest first"}, a.listVersions)
	add(a, op{ID: "getVersion", Method: http.MethodGet, Path: one + "/versions/{version}", Tag: tag, Access: Viewer,
		Summary: "A version of a workflow"}, a.getVersion)
	add(a, op{ID: "restoreVersion", Method: http.MethodPost, Path: one + "/versions/{version}/restore", Tag: tag, Access: Developer,
		Summary: "Make a version the draft"}, a.restoreVersion)
	add(a, op{ID: "diffWorkflow", Method: http.MethodGet, Path: one + "/diff", Tag: tag, Access: Viewer,
		Summary: "Compare two versions, or the draft"}, a.diffWorkflow)
}

func (a *API) getDraft(ctx context.Context, in *InWorkflow) (*drafted, error) {
	d, err := a.workflowOf(ctx, in)
	if err != nil {
		return nil, err
	}
	v, err := a.uc.Draft(ctx, callerOf(ctx), projectOf(ctx), d.ID)
	return draftAnswer(v), err
}

func (a *API) saveDraft(ctx context.Context, in *struct {
	InWorkflow
	IfMatch string `header:"If-Match" required:"true" doc:"the revision that was edited"`
	Body    struct {
		Document    string `json:"document"`
		BaseVersion int    `json:"baseVersion,omitempty" minimum:"0" doc:"the version that it was brought together with"`
	}
}) (*drafted, error) {
	revision, err := revisionOf(in.IfMatch, 0)
	if err != nil {
		return nil, err
	}
	d, err := a.workflowOf(ctx, &in.InWorkflow)
	if err != nil {
		return nil, err
	}
	v, err := a.uc.SaveDraft(ctx, callerOf(ctx), projectOf(ctx), d.ID, revision, in.Body.Document, in.Body.BaseVersion)
	return draftAnswer(v), err
}

func (a *API) discardDraft(ctx context.Context, in *struct {
	InWorkflow
	IfMatch string `header:"If-Match" doc:"the revision to forget; without it any"`
}) (*struct{}, error) {
	revision, err := revisionOf(in.IfMatch, -1)
	if err != nil {
		return nil, err
	}
	d, err := a.workflowOf(ctx, &in.InWorkflow)
	if err != nil {
		return nil, err
	}
	return nil, a.uc.DiscardDraft(ctx, callerOf(ctx), projectOf(ctx), d.ID, revision)
}

func (a *API) publishDraft(ctx context.Context, in *struct {
	InWorkflow
	Body struct {
		Revision    int64  `json:"revision" minimum:"1"`
		Comment     string `json:"comment,omitempty" maxLength:"500"`
		BaseVersion int    `json:"baseVersion,omitempty" minimum:"0" doc:"the current version, when the draft was begun from an older one"`
	}
}) (*body[Workflow], error) {
	d, err := a.workflowOf(ctx, &in.InWorkflow)
	if err != nil {
		return nil, err
	}
	published := usecase.Publication{Revision: in.Body.Revision, Comment: in.Body.Comment, BaseVersion: in.Body.BaseVersion}
	if _, err := a.uc.PublishDraft(ctx, callerOf(ctx), projectOf(ctx), d.ID, published); err != nil {
		return nil, err
	}
	return a.viewWorkflow(ctx, d.ID)
}

// Checked is what is wrong with a document.
type Checked struct {
	Valid    bool               `json:"valid"`
	Problems []manifest.Problem `json:"problems" nullable:"false"`
	Spec     *manifest.Document `json:"spec" doc:"the document as JSON; null when it cannot be read"`
}

func (a *API) checkWorkflow(ctx context.Context, in *struct {
	InProject
	Body struct {
		Document string `json:"document"`
	}
}) (*body[Checked], error) {
	doc, problems, err := a.uc.CheckDocument(ctx, callerOf(ctx), projectOf(ctx), in.Body.Document)
	return answer(Checked{Valid: len(problems) == 0, Problems: append([]manifest.Problem{}, problems...), Spec: doc}), err
}

// WorkflowVersion is a version in a list.
type WorkflowVersion struct {
	Version    int        `json:"version"`
	Name       string     `json:"name"`
	Created    *time.Time `json:"created"`
	ModifiedBy string     `json:"modifiedBy"`
	Comment    string     `json:"comment"`
	Current    bool       `json:"current"`
}

func (a *API) listVersions(ctx context.Context, in *struct {
	InWorkflow
	Limit  int    `query:"limit" minimum:"1" maximum:"1000" default:"50"`
	Cursor string `query:"cursor" maxLength:"200"`
}) (*listed[WorkflowVersion], error) {
	p, err := Paging{Limit: in.Limit, Cursor: in.Cursor}.page()
	if err != nil {
		return nil, err
	}
	d, err := a.workflowOf(ctx, &in.InWorkflow)
	if err != nil {
		return nil, err
	}
	rows, total, err := a.uc.WorkflowVersions(ctx, d.ID, p)
	return list(rows, total, p, func(v store.VersionRow) WorkflowVersion {
		return WorkflowVersion{Version: v.Version, Name: v.Name, Created: moment(v.CreateTime), ModifiedBy: v.ModifiedByName, Comment: v.Note, Current: v.Current}
	}), err
}

// VersionDetail is a version with its document.
type VersionDetail struct {
	Version  int               `json:"version"`
	Name     string            `json:"name"`
	Created  *time.Time        `json:"created"`
	Document string            `json:"document"`
	Spec     manifest.Document `json:"spec"`
}

// InVersion is the part of a path that names a version.
type InVersion struct {
	InWorkflow
	Version int `path:"version" minimum:"0"`
}

func (a *API) getVersion(ctx context.Context, in *InVersion) (*body[VersionDetail], error) {
	d, err := a.workflowOf(ctx, &in.InWorkflow)
	if err != nil {
		return nil, err
	}
	v, doc, err := a.uc.WorkflowVersion(ctx, callerOf(ctx), projectOf(ctx), d.ID, in.Version)
	if err != nil {
		return nil, err
	}
	text, err := a.uc.VersionText(&v, doc)
	return answer(VersionDetail{Version: v.Version, Name: v.Name, Created: moment(v.UpdateTime), Document: text, Spec: doc}), err
}

func (a *API) restoreVersion(ctx context.Context, in *struct {
	InVersion
	IfMatch string `header:"If-Match" doc:"the revision of the draft that it replaces; without it there must be none"`
}) (*drafted, error) {
	revision, err := revisionOf(in.IfMatch, 0)
	if err != nil {
		return nil, err
	}
	d, err := a.workflowOf(ctx, &in.InWorkflow)
	if err != nil {
		return nil, err
	}
	v, err := a.uc.RestoreVersion(ctx, callerOf(ctx), projectOf(ctx), d.ID, in.Version, revision)
	return draftAnswer(v), err
}

// Diff is what two documents do not share.
type Diff struct {
	From     DiffSide              `json:"from"`
	To       DiffSide              `json:"to"`
	Workflow []string              `json:"workflow" nullable:"false" doc:"fields of the workflow itself"`
	Tasks    []manifest.TaskChange `json:"tasks" nullable:"false"`
	Edges    DiffEdges             `json:"edges"`
}

// DiffSide is one of two documents.
type DiffSide struct {
	Document string `json:"document"`
}

// DiffEdges are the edges of one side alone, each from and to a task.
type DiffEdges struct {
	Added   [][2]string `json:"added" nullable:"false"`
	Removed [][2]string `json:"removed" nullable:"false"`
}

func diffView(c usecase.Compared) Diff {
	return Diff{From: DiffSide{c.From}, To: DiffSide{c.To}, Workflow: append([]string{}, c.Fields...), Tasks: append([]manifest.TaskChange{}, c.Tasks...),
		Edges: DiffEdges{Added: append([][2]string{}, c.Added...), Removed: append([][2]string{}, c.Gone...)}}
}

func (a *API) diffWorkflow(ctx context.Context, in *struct {
	InWorkflow
	From string `query:"from" required:"true" doc:"a version, or draft"`
	To   string `query:"to" required:"true" doc:"a version, or draft"`
}) (*body[Diff], error) {
	d, err := a.workflowOf(ctx, &in.InWorkflow)
	if err != nil {
		return nil, err
	}
	c, err := a.uc.CompareVersions(ctx, callerOf(ctx), projectOf(ctx), d.ID, in.From, in.To)
	return answer(diffView(c)), err
}

func folderList(folders map[string]int) *listed[Folder] {
	out := &listed[Folder]{Body: List[Folder]{Items: []Folder{}, Total: len(folders)}}
	for _, name := range slices.Sorted(maps.Keys(folders)) {
		out.Body.Items = append(out.Body.Items, Folder{name, folders[name]})
	}
	return out
}
