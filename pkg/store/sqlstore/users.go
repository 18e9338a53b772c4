package sqlstore

import (
	"context"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/porpoise-scheduler/porpoise/pkg/store"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// users implements store.Users.
type users struct{ db *database }

type userRow struct {
	ID           int64 `gorm:"primaryKey;autoIncrement"`
	Name         string
	PasswordHash string
	Email        string
	Phone        string
	Role         workflow.Role
	TenantID     int64
	Queue        string
	Disabled     bool
	CreateTime   moment
	UpdateTime   moment
}

func (userRow) TableName() string { return "user_account" }

func newUserRow(u *workflow.User) *userRow {
	return &userRow{ID: u.ID, Name: u.Name, PasswordHash: u.PasswordHash, Email: u.Email, Phone: u.Phone, Role: u.Role,
		TenantID: u.TenantID, Queue: u.Queue, Disabled: u.Disabled, CreateTime: moment{u.CreateTime}, UpdateTime: moment{u.UpdateTime}}
}

func (r userRow) user() workflow.User {
	return workflow.User{ID: r.ID, Name: r.Name, PasswordHash: r.PasswordHash, Email: r.Email, Phone: r.Phone, Role: r.Role,
		TenantID: r.TenantID, Queue: r.Queue, Disabled: r.Disabled, CreateTime: r.CreateTime.Time, UpdateTime: r.UpdateTime.Time}
}

func (s users) Create(ctx context.Context, u *workflow.User) error {
	u.CreateTime, u.UpdateTime = s.db.now(), s.db.now()
	row := newUserRow(u)
	err := createRow(ctx, s.db, "user", row, &row.ID)
	u.ID = row.ID
	return err
}

func (s users) Update(ctx context.Context, u *workflow.User) error {
	u.UpdateTime = s.db.now()
	return updateRow(ctx, s.db, "user", u.ID, newUserRow(u), "create_time")
}

func (s users) UpdateAndSignOut(ctx context.Context, u *workflow.User) error {
	u.UpdateTime = s.db.now()
	return mapError(s.db.save(ctx, func(tx *gorm.DB) error {
		if err := updateIn(tx, "user", u.ID, newUserRow(u), "create_time"); err != nil {
			return err
		}
		return tx.Where("user_id = ?", u.ID).Delete(&sessionRow{}).Error
	}), "user")
}

func (s users) Delete(ctx context.Context, id int64) error {
	return mapError(s.db.save(ctx, func(tx *gorm.DB) error {
		for _, owned := range []any{&sessionRow{}, &tokenRow{}, &grantRow{}} {
			if err := tx.Where("user_id = ?", id).Delete(owned).Error; err != nil {
				return err
			}
		}
		for _, table := range []string{resourceGrants.name, udfGrants.name, dataSourceGrants.name, "alert_group_user", "identity"} {
			if err := tx.Exec("DELETE FROM "+table+" WHERE user_id = ?", id).Error; err != nil {
				return err
			}
		}
		return deleteIn[userRow](tx, "user", id)
	}), "user")
}

func (s users) Get(ctx context.Context, id int64) (workflow.User, error) {
	row, err := getRow[userRow](ctx, s.db, "user", "id = ?", id)
	return row.user(), err
}

func (s users) ByName(ctx context.Context, name string) (workflow.User, error) {
	row, err := getRow[userRow](ctx, s.db, "user", "name = ?", name)
	return row.user(), err
}

func (s users) List(ctx context.Context, search string, p store.Page) ([]workflow.User, int, error) {
	q := s.db.gRead.WithContext(ctx).Model(&userRow{})
	if search != "" {
		q = q.Where(s.db.like("name"), contains(search))
	}
	rows, total, err := pageRows[userRow](q, "user", "*", "update_time DESC, id DESC", p)
	return each(rows, userRow.user), total, err
}

func (s users) All(ctx context.Context) ([]workflow.User, error) {
	rows, err := allRows[userRow](ctx, s.db, "user", "id")
	return each(rows, userRow.user), err
}

type grantRow struct {
	UserID     int64 `gorm:"primaryKey;autoIncrement:false"`
	ProjectID  int64 `gorm:"primaryKey;autoIncrement:false"`
	Perm       workflow.Perm
	Role       workflow.ProjectRole
	CreateTime moment
}

func (grantRow) TableName() string { return "project_grant" }

func (s users) GrantedProjects(ctx context.Context, userID int64) ([]int64, error) {
	var ids []int64
	err := s.db.gRead.WithContext(ctx).Model(&grantRow{}).Where("user_id = ?", userID).Order("project_id").Pluck("project_id", &ids).Error
	return ids, mapError(err, "grant")
}

func (s users) GrantProjects(ctx context.Context, userID int64, projectIDs []int64) error {
	seen := map[int64]bool{}
	var rows []grantRow
	for _, id := range projectIDs {
		if !seen[id] {
			seen[id] = true
			rows = append(rows, grantRow{UserID: userID, ProjectID: id, Perm: workflow.PermAll, Role: workflow.RoleDeveloper, CreateTime: moment{s.db.now()}})
		}
	}
	return mapError(s.db.save(ctx, func(tx *gorm.DB) error {
		gone := tx.Where("user_id = ?", userID)
		if len(projectIDs) > 0 {
			gone = gone.Where("project_id NOT IN ?", projectIDs)
		}
		if err := gone.Delete(&grantRow{}).Error; err != nil || len(rows) == 0 {
			return err
		}
		return tx.Clauses(clause.OnConflict{DoNothing: true}).CreateInBatches(rows, maxRows).Error
	}), "grant")
}
