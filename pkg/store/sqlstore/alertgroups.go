package sqlstore

import (
	"context"

	"gorm.io/gorm"

	"github.com/porpoise-scheduler/porpoise/pkg/store"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// alertGroups implements store.AlertGroups.
type alertGroups struct{ db *database }

type alertGroupRow struct {
	ID          int64 `gorm:"primaryKey;autoIncrement"`
	Name        string
	Type        string
	Description string
	UserID      int64
	CreateTime  moment
	UpdateTime  moment
}

func (alertGroupRow) TableName() string { return "alert_group" }

func newAlertGroupRow(g *workflow.AlertGroup) *alertGroupRow {
	return &alertGroupRow{ID: g.ID, Name: g.Name, Type: g.Type, Description: g.Description, UserID: g.UserID,
		CreateTime: moment{g.CreateTime}, UpdateTime: moment{g.UpdateTime}}
}

func (r alertGroupRow) group() workflow.AlertGroup {
	return workflow.AlertGroup{ID: r.ID, Name: r.Name, Type: r.Type, Description: r.Description, UserID: r.UserID,
		CreateTime: r.CreateTime.Time, UpdateTime: r.UpdateTime.Time}
}

type alertGroupUser struct {
	GroupID    int64 `gorm:"primaryKey;autoIncrement:false"`
	UserID     int64 `gorm:"primaryKey;autoIncrement:false"`
	CreateTime moment
}

func (alertGroupUser) TableName() string { return "alert_group_user" }

func (s alertGroups) Create(ctx context.Context, g *workflow.AlertGroup) error {
	g.CreateTime, g.UpdateTime = s.db.now(), s.db.now()
	row := newAlertGroupRow(g)
	err := createRow(ctx, s.db, "alert_group", row, &row.ID)
	g.ID = row.ID
	return err
}

func (s alertGroups) Update(ctx context.Context, g *workflow.AlertGroup) error {
	g.UpdateTime = s.db.now()
	return updateRow(ctx, s.db, "alert_group", g.ID, newAlertGroupRow(g), "create_time")
}

func (s alertGroups) Delete(ctx context.Context, id int64) error {
	return mapError(s.db.save(ctx, func(tx *gorm.DB) error {
		for _, linked := range []any{&alertGroupUser{}, &channelGroup{}} {
			if err := tx.Where("group_id = ?", id).Delete(linked).Error; err != nil {
				return err
			}
		}
		return deleteIn[alertGroupRow](tx, "alert_group", id)
	}), "alert_group")
}

func (s alertGroups) Get(ctx context.Context, id int64) (workflow.AlertGroup, error) {
	row, err := getRow[alertGroupRow](ctx, s.db, "alert_group", "id = ?", id)
	return row.group(), err
}

func (s alertGroups) ByName(ctx context.Context, name string) (workflow.AlertGroup, error) {
	row, err := getRow[alertGroupRow](ctx, s.db, "alert_group", "name = ?", name)
	return row.group(), err
}

func (s alertGroups) List(ctx context.Context, search string, p store.Page) ([]workflow.AlertGroup, int, error) {
	q := s.db.gRead.WithContext(ctx).Model(&alertGroupRow{})
	if search != "" {
		q = q.Where(s.db.like("name"), contains(search))
	}
	rows, total, err := pageRows[alertGroupRow](q, "alert_group", "*", "update_time DESC, id DESC", p)
	return each(rows, alertGroupRow.group), total, err
}

func (s alertGroups) All(ctx context.Context) ([]workflow.AlertGroup, error) {
	rows, err := allRows[alertGroupRow](ctx, s.db, "alert_group", "id")
	return each(rows, alertGroupRow.group), err
}

func (s alertGroups) Users(ctx context.Context, id int64) ([]workflow.User, error) {
	var rows []userRow
	err := s.db.gRead.WithContext(ctx).Where("id IN (SELECT user_id FROM alert_group_user WHERE group_id = ?)", id).Order("id").Find(&rows).Error
	return each(rows, userRow.user), mapError(err, "alert_group")
}

func (s alertGroups) SetUsers(ctx context.Context, id int64, userIDs []int64) error {
	now := moment{s.db.now()}
	var rows []alertGroupUser
	for _, user := range distinct(userIDs) {
		rows = append(rows, alertGroupUser{id, user, now})
	}
	return mapError(s.db.save(ctx, func(tx *gorm.DB) error {
		r := tx.Model(&alertGroupRow{}).Where("id = ?", id).Update("update_time", now)
		if r.Error == nil && r.RowsAffected == 0 {
			return missing("alert_group")
		}
		if r.Error != nil {
			return r.Error
		}
		if err := tx.Where("group_id = ?", id).Delete(&alertGroupUser{}).Error; err != nil || len(rows) == 0 {
			return err
		}
		return tx.CreateInBatches(rows, maxRows).Error
	}), "alert_group")
}
