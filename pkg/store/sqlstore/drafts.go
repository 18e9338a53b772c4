package sqlstore

import (
	"context"

	"gorm.io/gorm"

	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// drafts implements store.Drafts.
type drafts struct{ db *database }

type draftRow struct {
	WorkflowID  int64 `gorm:"primaryKey;autoIncrement:false"`
	Revision    int64
	Document    string
	BaseVersion int
	UserID      int64
	UpdateTime  moment
}

func (draftRow) TableName() string { return "workflow_draft" }

func (s drafts) Get(ctx context.Context, id int64) (workflow.Draft, error) {
	r, err := getRow[draftRow](ctx, s.db, "draft", "workflow_id = ?", id)
	return workflow.Draft{DefinitionID: r.WorkflowID, Revision: r.Revision, Document: r.Document, BaseVersion: r.BaseVersion,
		UserID: r.UserID, UpdateTime: r.UpdateTime.Time}, err
}

// Save lets the row itself decide who was first.
func (s drafts) Save(ctx context.Context, d *workflow.Draft) error {
	now := s.db.now()
	row := draftRow{WorkflowID: d.DefinitionID, Revision: d.Revision + 1, Document: d.Document, BaseVersion: d.BaseVersion,
		UserID: d.UserID, UpdateTime: moment{now}}
	err := mapError(s.db.save(ctx, func(tx *gorm.DB) error {
		if d.Revision == 0 {
			return tx.Create(&row).Error
		}
		r := tx.Model(&draftRow{}).Where("workflow_id = ? AND revision = ?", d.DefinitionID, d.Revision).Select("*").Omit("workflow_id").Updates(&row)
		if r.Error == nil && r.RowsAffected == 0 {
			return revisionChanged()
		}
		return r.Error
	}), "draft")
	if workflow.ErrorCode(err) == workflow.Exists {
		err = revisionChanged()
	}
	if err == nil {
		d.Revision, d.UpdateTime = row.Revision, now
	}
	return err
}

func revisionChanged() error {
	return workflow.Errorf(workflow.Conflict, "revision.changed", "somebody else has saved the draft since; compare it with yours before you save")
}

func (s drafts) Delete(ctx context.Context, id int64) error {
	return mapError(s.db.change(ctx, missing("draft"), "DELETE FROM workflow_draft WHERE workflow_id = ?", id), "draft")
}
