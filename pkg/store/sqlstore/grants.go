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

// users gives who was granted a thing.
func (g grantTable) users(ctx context.Context, db *database, id int64) ([]int64, error) {
	ids, err := query(ctx, db.read, scanID, "SELECT user_id FROM "+g.name+" WHERE "+g.column+" = ? ORDER BY user_id", id)
	return ids, mapError(err, "grant")
}

// share makes userIDs all who are granted a thing. Who was before keeps his
// right.
func (g grantTable) share(ctx context.Context, db *database, id int64, perm workflow.Perm, userIDs []int64) error {
	return mapError(db.save(ctx, func(tx *gorm.DB) error {
		var before []int64
		if err := tx.Table(g.name).Where(g.column+" = ?", id).Pluck("user_id", &before).Error; err != nil {
			return err
		}
		for _, user := range before {
			if slices.Contains(userIDs, user) {
				continue
			}
			if err := tx.Exec("DELETE FROM "+g.name+" WHERE "+g.column+" = ? AND user_id = ?", id, user).Error; err != nil {
				return err
			}
		}
		now := db.time(db.now())
		for _, user := range slices.Compact(slices.Sorted(slices.Values(userIDs))) {
			if slices.Contains(before, user) {
				continue
			}
			if err := tx.Exec("INSERT INTO "+g.name+" (user_id, "+g.column+", perm, create_time) VALUES (?, ?, ?, ?)", user, id, perm, now).Error; err != nil {
				return err
			}
		}
		return nil
	}), "grant")
}

func (s resources) GranteeIDs(ctx context.Context, id int64) ([]int64, error) {
	return resourceGrants.users(ctx, s.db, id)
}

func (s resources) SetGrantees(ctx context.Context, id int64, perm workflow.Perm, userIDs []int64) error {
	return resourceGrants.share(ctx, s.db, id, perm, userIDs)
}

func (s udfs) GranteeIDs(ctx context.Context, id int64) ([]int64, error) {
	return udfGrants.users(ctx, s.db, id)
}

func (s udfs) SetGrantees(ctx context.Context, id int64, userIDs []int64) error {
	return udfGrants.share(ctx, s.db, id, workflow.PermAll, userIDs)
}

func (s dataSources) GranteeIDs(ctx context.Context, id int64) ([]int64, error) {
	return dataSourceGrants.users(ctx, s.db, id)
}

func (s dataSources) SetGrantees(ctx context.Context, id int64, userIDs []int64) error {
	return dataSourceGrants.share(ctx, s.db, id, workflow.PermAll, userIDs)
}
