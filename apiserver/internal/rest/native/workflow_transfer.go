package native

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/porpoise-scheduler/porpoise/apiserver/internal/usecase"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// ReadForeign reads workflows that another product exported.
type ReadForeign func(ctx context.Context, c usecase.Caller, text []byte) ([]usecase.Import, error)

func (a *API) declareTransfer() {
	const tag = "Workflows"
	const all = "/projects/{project}/workflows"
	add(a, op{ID: "exportWorkflows", Method: http.MethodGet, Path: all + ":export", Tag: tag, Access: Viewer,
		Summary: "Workflows as YAML documents, with schedules, labels and folders"}, a.exportWorkflows)
	add(a, op{ID: "importWorkflows", Method: http.MethodPost, Path: all + ":import", Tag: tag, Access: Developer, MaxBody: documentBody,
		Summary: "Make the project's workflows what documents say: all of them, or none"}, a.importWorkflows)
	add(a, op{ID: "previewParameters", Method: http.MethodPost, Path: "/projects/{project}/parameters:preview", Tag: tag, Access: Viewer,
		Summary: "What parameters would be at a date"}, a.previewParameters)
}

type exported struct {
	ContentType string `header:"Content-Type"`
	Disposition string `header:"Content-Disposition"`
	Body        []byte
}

func (a *API) exportWorkflows(ctx context.Context, in *struct {
	InProject
	IDs   []int64  `query:"ids" maxItems:"1000" doc:"of workflows; none: all"`
	Label []string `query:"label,explode" maxItems:"20" doc:"key=value; all of them"`
}) (*exported, error) {
	wanted, err := labels(in.Label)
	if err != nil {
		return nil, err
	}
	text, err := a.uc.ExportDocuments(ctx, callerOf(ctx), projectOf(ctx), in.IDs, wanted)
	return &exported{ContentType: "application/yaml", Disposition: `attachment; filename="workflows.yaml"`, Body: text}, err
}

// ImportInput is documents to make true.
type ImportInput struct {
	Document string `json:"document" doc:"YAML documents with lines of three dashes between them, or an export of DolphinScheduler"`
	Format   string `json:"format,omitempty" enum:"yaml,dolphinscheduler" default:"yaml"`
	DryRun   bool   `json:"dryRun,omitempty" doc:"tell what would happen"`
	Prune    *Prune `json:"prune,omitempty"`
}

// Prune removes workflows that have a label and are not among the documents.
type Prune struct {
	Label string `json:"label" minLength:"1" doc:"key=value"`
}

// Imported tells what became, or would become, of each workflow.
type Imported struct {
	Applied bool           `json:"applied" doc:"false after a dry run, and when one was refused: nothing has changed then"`
	Items   []ImportedItem `json:"items" nullable:"false"`
}

// ImportedItem is what became of a workflow.
type ImportedItem struct {
	Name     string          `json:"name"`
	Change   string          `json:"change" enum:"CREATED,UPDATED,UNCHANGED,PRUNED,REFUSED"`
	Message  string          `json:"message,omitempty" doc:"why it was refused"`
	Problems []ImportProblem `json:"problems,omitempty"`
	Diff     *Diff           `json:"diff,omitempty" doc:"of UPDATED"`
}

// ImportProblem is a reason for a refusal, and where.
type ImportProblem struct {
	Path    string `json:"path"`
	Message string `json:"message"`
	Line    int    `json:"line"`
	Column  int    `json:"column"`
}

func (a *API) importWorkflows(ctx context.Context, in *struct {
	InProject
	Body ImportInput
}) (*body[Imported], error) {
	if in.Body.Format == "dolphinscheduler" {
		return a.importForeign(ctx, &in.Body)
	}
	input := usecase.ApplyInput{Text: in.Body.Document, DryRun: in.Body.DryRun}
	if in.Body.Prune != nil {
		var err error
		if input.PruneLabel, input.PruneValue, err = usecase.ParseLabel(in.Body.Prune.Label); err != nil {
			return nil, err
		}
	}
	outcomes, done, err := a.uc.ApplyDocuments(ctx, callerOf(ctx), projectOf(ctx), input)
	out := Imported{Applied: done, Items: []ImportedItem{}}
	for i := range outcomes {
		out.Items = append(out.Items, importedItem(&outcomes[i]))
	}
	return answer(out), err
}

func importedItem(o *usecase.Outcome) ImportedItem {
	item := ImportedItem{Name: o.Name, Change: o.Change}
	var messages []string
	for _, p := range o.Problems {
		item.Problems = append(item.Problems, ImportProblem(p))
		messages = append(messages, p.Error())
	}
	item.Message = strings.Join(messages, "\n")
	if o.Change == usecase.ChangeUpdated {
		d := diffView(o.Compared)
		item.Diff = &d
	}
	return item
}

// importForeign saves another product's workflows under new names.
func (a *API) importForeign(ctx context.Context, in *ImportInput) (*body[Imported], error) {
	switch {
	case a.cfg.DolphinScheduler == nil:
		return nil, workflow.Errorf(workflow.Unavailable, "format.unknown", "this server does not read that format").At("format")
	case in.Prune != nil:
		return nil, workflow.Errorf(workflow.Invalid, "param.invalid", "an export of DolphinScheduler prunes nothing").At("prune")
	}
	c := callerOf(ctx)
	items, err := a.cfg.DolphinScheduler(ctx, c, []byte(in.Document))
	if err != nil {
		return nil, err
	}
	names, err := a.uc.ImportForeign(ctx, c, projectOf(ctx), items, in.DryRun)
	out := Imported{Applied: !in.DryRun, Items: []ImportedItem{}}
	for _, name := range names {
		out.Items = append(out.Items, ImportedItem{Name: name, Change: usecase.ChangeCreated})
	}
	return answer(out), err
}

// Parameters is what parameters would be.
type Parameters struct {
	Values map[string]string `json:"values"`
	Text   string            `json:"text"`
}

// ParametersInput says when, and of what.
type ParametersInput struct {
	Date         time.Time  `json:"date" doc:"the instance's schedule time"`
	Timezone     string     `json:"timezone,omitempty" maxLength:"64" doc:"by default the server's"`
	GlobalParams []Property `json:"globalParams,omitempty" maxItems:"1000"`
	LocalParams  []Property `json:"localParams,omitempty" maxItems:"1000"`
	Text         string     `json:"text,omitempty" maxLength:"100000" doc:"with placeholders"`
}

// Property is a parameter as documents write it.
type Property struct {
	Name      string          `json:"name" minLength:"1" maxLength:"255"`
	Value     string          `json:"value,omitempty"`
	Type      string          `json:"type,omitempty"`
	Direction workflow.Direct `json:"direction,omitempty" enum:"IN,OUT,"`
}

func properties(list []Property) []workflow.Property {
	var out []workflow.Property
	for _, p := range list {
		if p.Direction == "" {
			p.Direction = workflow.In
		}
		out = append(out, workflow.Property{Prop: p.Name, Direct: p.Direction, Type: p.Type, Value: p.Value})
	}
	return out
}

func (a *API) previewParameters(_ context.Context, in *struct {
	InProject
	Body ParametersInput
}) (*body[Parameters], error) {
	values, text, err := a.uc.PreviewParams(in.Body.Date, in.Body.Timezone, properties(in.Body.GlobalParams), properties(in.Body.LocalParams), in.Body.Text)
	return answer(Parameters{values, text}), err
}
