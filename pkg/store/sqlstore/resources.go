package sqlstore

import (
	"context"
	"strings"
	"time"
	"unicode/utf8"

	"gorm.io/gorm"

	"github.com/porpoise-scheduler/porpoise/pkg/store"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// resources implements store.Resources.
type resources struct{ db *database }

func (s resources) Create(ctx context.Context, r *workflow.Resource) error {
	r.CreateTime, r.UpdateTime = s.db.now(), s.db.now()
	return mapError(s.db.saveNew(ctx, &r.ID, func(tx *gorm.DB) error {
		if err := s.db.lockTree(tx); err != nil {
			return err
		}
		if err := placed(tx, r); err != nil {
			return err
		}
		row := newResourceRow(r)
		if err := tx.Create(row).Error; err != nil {
			return err
		}
		r.ID = row.ID
		return grow(tx, r.Kind, r.FullName, r.Size)
	}), "resource")
}

func (s resources) Update(ctx context.Context, r *workflow.Resource) error {
	given, read := *r, r.UpdateTime
	err := s.db.save(ctx, func(tx *gorm.DB) error {
		if err := s.db.lockTree(tx); err != nil {
			return err
		}
		var before resourceRow
		if err := tx.Where("id = ?", r.ID).Take(&before).Error; err != nil {
			return err
		}
		if !before.UpdateTime.Equal(read) {
			return workflow.Errorf(workflow.Conflict, "resource.changed", "%s was changed in between", before.FullName)
		}
		next := given
		// Later than before, so that it tells versions apart.
		next.UpdateTime = latest(s.db.now(), read.Add(time.Millisecond))
		next.Kind, next.Directory, next.CreateTime = before.Kind, before.IsDirectory, before.CreateTime.Time
		if next.Directory {
			next.Size = before.Size
		}
		*r = next // whoever keeps an answer in this transaction sees it
		return s.rewrite(tx, &before, &next)
	})
	if err != nil {
		*r = given
	}
	return mapError(err, "resource")
}

func latest(a, b time.Time) time.Time {
	if a.Before(b) {
		return b
	}
	return a
}

// rewrite writes a resource's row and what hangs on its name and size.
func (s resources) rewrite(tx *gorm.DB, before *resourceRow, next *workflow.Resource) error {
	if err := placed(tx, next); err != nil {
		return err
	}
	if err := grow(tx, before.Kind, before.FullName, -before.Size); err != nil {
		return err
	}
	moved := next.FullName != before.FullName
	if moved && before.IsDirectory {
		if err := s.moveBelow(tx, before, next.FullName); err != nil {
			return err
		}
	}
	if err := updateIn(tx, "resource", next.ID, newResourceRow(next), "create_time"); err != nil {
		return err
	}
	return grow(tx, next.Kind, next.FullName, next.Size)
}

// moveBelow renames all that is below a folder.
func (s resources) moveBelow(tx *gorm.DB, before *resourceRow, to string) error {
	if strings.HasPrefix(to, before.FullName+"/") {
		return workflow.Errorf(workflow.Invalid, "resource.parent", "%s cannot move into itself", before.FullName).At("parentId")
	}
	from, end := folderBounds(before.FullName)
	length, renamed, keep := "LENGTH(CAST(full_name AS BLOB))", "? || SUBSTR(full_name, ?)", utf8.RuneCountInString(before.FullName)
	if s.db.mysql {
		length, renamed, keep = "LENGTH(full_name)", "CONCAT(?, SUBSTRING(full_name, ?))", len(before.FullName)
	}
	var longest int
	if err := tx.Raw("SELECT COALESCE(MAX("+length+"), 0) FROM resource WHERE "+under, before.Kind, from, end).Scan(&longest).Error; err != nil {
		return err
	}
	if longest-len(before.FullName)+len(to) > maxFullName {
		return resourceTooLong()
	}
	return tx.Exec("UPDATE resource SET full_name = "+renamed+" WHERE "+under, to, keep+1, before.Kind, from, end).Error
}

func (s resources) Delete(ctx context.Context, id int64) (keys []string, err error) {
	err = s.db.save(ctx, func(tx *gorm.DB) error {
		if err := s.db.lockTree(tx); err != nil {
			return err
		}
		var root resourceRow
		if err := tx.Where("id = ?", id).Take(&root).Error; err != nil {
			return err
		}
		rows := []resourceRow{root}
		if root.IsDirectory {
			var below []resourceRow
			from, to := folderBounds(root.FullName)
			if err := tx.Where(under, root.Kind, from, to).Find(&below).Error; err != nil {
				return err
			}
			rows = append(rows, below...)
		}
		if err := grow(tx, root.Kind, root.FullName, -root.Size); err != nil {
			return err
		}
		keys, err = s.drop(ctx, tx, rows)
		return err
	})
	if err != nil {
		return nil, mapError(err, "resource")
	}
	return keys, nil
}

// drop deletes rows and gives the keys that no row names any more.
func (s resources) drop(ctx context.Context, tx *gorm.DB, rows []resourceRow) ([]string, error) {
	ids := make([]int64, len(rows))
	keys := map[string]bool{}
	for i, r := range rows {
		ids[i] = r.ID
		if r.BlobKey != "" {
			keys[r.BlobKey] = true
		}
	}
	q := tx.Statement.ConnPool
	used, err := byIDsAll(ctx, q, scanName, "SELECT name FROM udf WHERE resource_id", ids)
	if err != nil {
		return nil, err
	}
	if len(used) > 0 {
		return nil, workflow.Errorf(workflow.Conflict, "resource.used_by_udf", "the function %s uses it", used[0]).With(used[0])
	}
	for _, statement := range []string{"DELETE FROM resource_grant WHERE resource_id", "DELETE FROM resource WHERE id"} {
		if err := byIDs(ctx, q, statement, ids); err != nil {
			return nil, err
		}
	}
	var list []string
	for k := range keys {
		list = append(list, k)
	}
	named, err := namedKeys(ctx, q, list)
	if err != nil {
		return nil, err
	}
	var free []string
	for _, k := range list {
		if !named[k] {
			free = append(free, k)
		}
	}
	return free, nil
}

func scanName(row scanner) (name string, err error) {
	err = row.Scan(&name)
	return name, err
}

// namedKeys tells which keys any row names.
func namedKeys(ctx context.Context, q querier, keys []string) (map[string]bool, error) {
	named := map[string]bool{}
	for len(keys) > 0 {
		n := min(len(keys), maxInIDs)
		found, err := query(ctx, q, scanName, "SELECT DISTINCT blob_key FROM resource WHERE blob_key IN ("+marks(n)+")", anys(keys[:n])...)
		if err != nil {
			return nil, err
		}
		for _, k := range found {
			named[k] = true
		}
		keys = keys[n:]
	}
	return named, nil
}

func (s resources) Keys(ctx context.Context, keys []string) (map[string]bool, error) {
	named, err := namedKeys(ctx, s.db.read, keys)
	return named, mapError(err, "resource")
}

func (s resources) Granted(ctx context.Context, userID int64) (map[int64]workflow.Perm, error) {
	return resourceGrants.of(ctx, s.db, userID)
}

func (s resources) Grant(ctx context.Context, userID int64, perms map[int64]workflow.Perm) error {
	return resourceGrants.replace(ctx, s.db, userID, perms)
}

func (s resources) Grantees(ctx context.Context, id int64) ([]string, error) {
	names, err := query(ctx, s.db.read, scanName, "SELECT u.name FROM resource_grant g JOIN user_account u ON u.id = g.user_id WHERE g.resource_id = ? ORDER BY u.name", id)
	return names, mapError(err, "resource")
}

func (s resources) UsedBy(ctx context.Context, ids []int64) ([]store.Use, error) {
	byID, err := byIDsAll(ctx, s.db.read, scanUse, "SELECT "+useColumns+", l.resource_id FROM workflow_resource l JOIN workflow w ON w.id = l.workflow_id"+
		" WHERE l.resource_id", ids)
	if err != nil {
		return nil, mapError(err, "resource")
	}
	byName, err := s.NamedBy(ctx, ids)
	return sortedUses(append(byID, byName...)), err
}

func (s resources) NamedBy(ctx context.Context, ids []int64) ([]store.Use, error) {
	uses, err := byIDsAll(ctx, s.db.read, scanUse, "SELECT "+useColumns+", r.id FROM resource r JOIN workflow_resource l ON l.full_name = r.full_name"+
		" JOIN workflow w ON w.id = l.workflow_id WHERE r.kind = 'FILE' AND r.id", ids)
	return sortedUses(uses), mapError(err, "resource")
}
