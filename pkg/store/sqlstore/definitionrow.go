package sqlstore

import (
	"context"
	"fmt"

	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// workflowRow is what all versions of a workflow share, with the current
// version's name and tenant to look it up by.
type workflowRow struct {
	ID           int64 `gorm:"primaryKey;autoIncrement"`
	Code         int64
	Version      int
	ProjectID    int64
	Name         string
	ReleaseState workflow.ReleaseState
	UserID       int64
	TenantID     int64
	CreateTime   moment
	UpdateTime   moment
}

func (workflowRow) TableName() string { return "workflow" }

// versionRow is one version. Its specification is kept in two parts, so that
// lists need not read graphs.
type versionRow struct {
	WorkflowID  int64 `gorm:"primaryKey;autoIncrement:false"`
	Version     int   `gorm:"primaryKey;autoIncrement:false"`
	Name        string
	Description string
	Receivers   string
	ReceiversCc string
	ModifiedBy  int64
	CreateTime  moment
	Head        string // without tasks, edges and layout
	Graph       string // these
	Note        string // what its author said about it
}

func (versionRow) TableName() string { return "workflow_version" }

// childRow says that a workflow's current version runs another one.
type childRow struct {
	WorkflowID int64 `gorm:"primaryKey;autoIncrement:false"`
	ChildID    int64 `gorm:"primaryKey;autoIncrement:false"`
}

func (childRow) TableName() string { return "workflow_child" }

func newVersionRow(d *workflow.Definition, at moment) *versionRow {
	head := d.Spec
	head.Tasks, head.Edges, head.Layout = nil, nil, nil
	graph := workflow.Spec{Tasks: d.Tasks, Edges: d.Edges, Layout: d.Layout}
	return &versionRow{WorkflowID: d.ID, Version: d.Version, Name: d.Name, Description: d.Description, Receivers: d.Receivers,
		ReceiversCc: d.ReceiversCc, ModifiedBy: d.ModifiedBy, CreateTime: at, Head: encodeJSON(head), Graph: encodeJSON(graph)}
}

// children are the workflows that d runs.
func children(d *workflow.Definition) []childRow {
	seen := map[int64]bool{}
	var rows []childRow
	for i := range d.Tasks {
		sub := d.Tasks[i].SubWorkflow
		if sub != nil && !seen[sub.DefinitionID] {
			seen[sub.DefinitionID] = true
			rows = append(rows, childRow{WorkflowID: d.ID, ChildID: sub.DefinitionID})
		}
	}
	return rows
}

// Columns that scanDefinition reads: with or without the graph, of the current
// version or of any. A version's own time is when it was made.
const (
	definitionHead = "w.id, w.code, v.version, w.project_id, v.name, v.description, w.release_state, w.user_id, v.modified_by, " +
		"w.create_time, v.receivers, v.receivers_cc, v.head, "
	definitionFull    = definitionHead + "v.graph, w.update_time"
	definitionShort   = definitionHead + "'', w.update_time"
	definitionOld     = definitionHead + "v.graph, v.create_time"
	definitionCurrent = " FROM workflow w JOIN workflow_version v ON v.workflow_id = w.id AND v.version = w.version"
	definitionAny     = " FROM workflow w JOIN workflow_version v ON v.workflow_id = w.id"
)

func scanDefinition(row scanner, more ...any) (d workflow.Definition, err error) {
	var head, graph string
	var created, updated moment
	dest := []any{&d.ID, &d.Code, &d.Version, &d.ProjectID, &d.Name, &d.Description, &d.ReleaseState, &d.UserID, &d.ModifiedBy,
		&created, &d.Receivers, &d.ReceiversCc, &head, &graph, &updated}
	if err := row.Scan(append(dest, more...)...); err != nil {
		return d, err
	}
	d.CreateTime, d.UpdateTime = created.Time, updated.Time
	if err := decodeJSON(head, &d.Spec); err != nil {
		return d, fmt.Errorf("definition %d version %d: %w", d.ID, d.Version, err)
	}
	var g workflow.Spec
	if err := decodeJSON(graph, &g); err != nil {
		return d, fmt.Errorf("definition %d version %d, graph: %w", d.ID, d.Version, err)
	}
	d.Tasks, d.Edges, d.Layout = g.Tasks, g.Edges, g.Layout
	return d, nil
}

func currentDefinition(ctx context.Context, q querier, id int64) (workflow.Definition, error) {
	return one(ctx, q, "definition", plain(scanDefinition), "SELECT "+definitionFull+definitionCurrent+" WHERE w.id = ?", id)
}

func definitionVersion(ctx context.Context, q querier, id int64, version int) (workflow.Definition, error) {
	return one(ctx, q, "definition", plain(scanDefinition), "SELECT "+definitionOld+definitionAny+" WHERE w.id = ? AND v.version = ?", id, version)
}
