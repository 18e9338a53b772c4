package sqlstore

import (
	"context"
	"errors"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// members implements store.Members.
type members struct{ db *database }

func (s members) Role(ctx context.Context, projectID, userID int64) (workflow.ProjectRole, error) {
	row, err := getRow[grantRow](ctx, s.db, "grant", "project_id = ? AND user_id = ?", projectID, userID)
	if workflow.ErrorCode(err) == workflow.NotFound {
		return "", nil
	}
	return row.Role, err
}

func (s members) Of(ctx context.Context, projectID int64) ([]workflow.Membership, error) {
	list, err := query(ctx, s.db.read, func(row scanner) (m workflow.Membership, err error) {
		err = row.Scan(&m.UserID, &m.UserName, &m.ProjectID, &m.Role)
		return m, err
	}, "SELECT g.user_id, u.name, g.project_id, g.role FROM project_grant g JOIN user_account u ON u.id = g.user_id WHERE g.project_id = ? ORDER BY u.name", projectID)
	return list, mapError(err, "grant")
}

func (s members) Roles(ctx context.Context, userID int64) (map[int64]workflow.ProjectRole, error) {
	out := map[int64]workflow.ProjectRole{}
	_, err := query(ctx, s.db.read, func(row scanner) (id int64, err error) {
		var role workflow.ProjectRole
		err = row.Scan(&id, &role)
		out[id] = role
		return id, err
	}, "SELECT project_id, role FROM project_grant WHERE user_id = ?", userID)
	return out, mapError(err, "grant")
}

func (s members) Set(ctx context.Context, projectID, userID int64, r workflow.ProjectRole) error {
	return mapError(s.db.save(ctx, func(tx *gorm.DB) error {
		if r == "" {
			return tx.Where("project_id = ? AND user_id = ?", projectID, userID).Delete(&grantRow{}).Error
		}
		for table, id := range map[string]int64{"project": projectID, "user_account": userID} {
			if err := tx.Table(table).Select("id").Where("id = ?", id).Take(&struct{ ID int64 }{}).Error; err != nil {
				if errors.Is(err, gorm.ErrRecordNotFound) {
					return missing(table)
				}
				return err
			}
		}
		row := &grantRow{UserID: userID, ProjectID: projectID, Perm: workflow.PermAll, Role: r, CreateTime: moment{s.db.now()}}
		return tx.Clauses(clause.OnConflict{DoUpdates: clause.AssignmentColumns([]string{"role"})}).Create(row).Error
	}), "grant")
}
