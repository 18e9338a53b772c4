package sqlstore

import (
	"context"
	"maps"
	"slices"

	"gorm.io/gorm"

	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// grantTable is where users' rights on one sort of things are kept.
type grantTable struct{ name, column string }

var (
	resourceGrants   = grantTable{"resource_grant", "resource_id"}
	udfGrants        = grantTable{"udf_grant", "udf_id"}
	dataSourceGrants = grantTable{"data_source_grant", "data_source_id"}
)

// of gives what a user was granted, by id.
func (g grantTable) of(ctx context.Context, db *database, userID int64) (map[int64]workflow.Perm, error) {
	perms := map[int64]workflow.Perm{}
	_, err := query(ctx, db.read, func(row scanner) (struct{}, error) {
		var id int64
		var perm workflow.Perm
		err := row.Scan(&id, &perm)
		perms[id] = perm
		return struct{}{}, err
	}, "SELECT "+g.column+", perm FROM "+g.name+" WHERE user_id = ?", userID)
	return perms, mapError(err, "grant")
}

// ids gives the ids of what a user was granted.
func (g grantTable) ids(ctx context.Context, db *database, userID int64) ([]int64, error) {
	perms, err := g.of(ctx, db, userID)
	return slices.Sorted(maps.Keys(perms)), err
}

// replace makes perms all that a user is granted.
func (g grantTable) replace(ctx context.Context, db *database, userID int64, perms map[int64]workflow.Perm) error {
	return mapError(db.save(ctx, func(tx *gorm.DB) error {
		if err := tx.Exec("DELETE FROM "+g.name+" WHERE user_id = ?", userID).Error; err != nil {
			return err
		}
		now := db.time(db.now())
		for _, id := range slices.Sorted(maps.Keys(perms)) {
			if err := tx.Exec("INSERT INTO "+g.name+" (user_id, "+g.column+", perm, create_time) VALUES (?, ?, ?, ?)",
				userID, id, perms[id], now).Error; err != nil {
				return err
			}
		}
		return nil
	}), "grant")
}

// all gives every right on some things.
func all(ids []int64) map[int64]workflow.Perm {
	perms := make(map[int64]workflow.Perm, len(ids))
	for _, id := range ids {
		perms[id] = workflow.PermAll
	}
	return perms
}

// visible narrows to what a user owns or was granted, unless he is 0. alias is
// the table of the things in the query.
func (g grantTable) visible(q *gorm.DB, alias string, userID int64) *gorm.DB {
	if userID == 0 {
		return q
	}
	return q.Where("("+alias+".user_id = ? OR "+alias+".id IN (SELECT "+g.column+" FROM "+g.name+" WHERE user_id = ?))", userID, userID)
}

// forget drops all grants of a thing, inside a transaction.
func (g grantTable) forget(tx *gorm.DB, id int64) error {
	return tx.Exec("DELETE FROM "+g.name+" WHERE "+g.column+" = ?", id).Error
}
