package sqlstore

import (
	"context"

	"gorm.io/gorm"

	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// identityRow is an account of another system that belongs to one of ours.
type identityRow struct {
	Provider   string `gorm:"primaryKey"`
	Subject    string `gorm:"primaryKey"`
	UserID     int64
	CreateTime moment
}

func (identityRow) TableName() string { return "identity" }

func (s users) ByIdentity(ctx context.Context, i workflow.Identity) (workflow.User, error) {
	row, err := getRow[userRow](ctx, s.db, "user", "id = (SELECT user_id FROM identity WHERE provider = ? AND subject = ?)", i.Provider, i.Subject)
	return row.user(), err
}

func (s users) Identify(ctx context.Context, u *workflow.User, i workflow.Identity) error {
	next := *u
	err := mapError(s.db.save(ctx, func(tx *gorm.DB) error {
		next = *u
		if next.ID == 0 {
			next.CreateTime, next.UpdateTime = s.db.now(), s.db.now()
			row := newUserRow(&next)
			if err := tx.Create(row).Error; err != nil {
				return err
			}
			next.ID = row.ID
		}
		return tx.Create(&identityRow{Provider: i.Provider, Subject: i.Subject, UserID: next.ID, CreateTime: moment{s.db.now()}}).Error
	}), "user")
	if err == nil {
		*u = next
	}
	return err
}

func (s users) Identities(ctx context.Context, userID int64) ([]workflow.Identity, error) {
	list, err := query(ctx, s.db.read, func(row scanner) (i workflow.Identity, err error) {
		err = row.Scan(&i.Provider, &i.Subject)
		return i, err
	}, "SELECT provider, subject FROM identity WHERE user_id = ? ORDER BY provider, subject", userID)
	return list, mapError(err, "identity")
}
