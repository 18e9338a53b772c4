package sqlstore

import (
	"context"

	"gorm.io/gorm"

	"github.com/porpoise-scheduler/porpoise/pkg/store"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

func (s resources) Get(ctx context.Context, id int64) (workflow.Resource, error) {
	row, err := getRow[resourceRow](ctx, s.db, "resource", "id = ?", id)
	return row.resource(), err
}

func (s resources) ByFullName(ctx context.Context, kind workflow.ResourceKind, fullName string) (workflow.Resource, error) {
	row, err := getRow[resourceRow](ctx, s.db, "resource", "kind = ? AND full_name = ?", kind, fullName)
	return row.resource(), err
}

// Below sorts by full name, which puts a folder before what is in it.
func (s resources) Below(ctx context.Context, id int64) ([]workflow.Resource, error) {
	root, err := s.Get(ctx, id)
	if err != nil || !root.Directory {
		return nil, err
	}
	var rows []resourceRow
	from, to := folderBounds(root.FullName)
	err = s.db.gRead.WithContext(ctx).Where(under, root.Kind, from, to).Order("full_name").Find(&rows).Error
	return each(rows, resourceRow.resource), mapError(err, "resource")
}

// find is the query of a filter.
func (s resources) find(ctx context.Context, f store.ResourceFilter) *gorm.DB {
	q := s.db.gRead.WithContext(ctx).Table("resource r").Where("r.kind = ?", f.Kind)
	if f.ParentID != nil {
		q = q.Where("r.parent_id = ?", *f.ParentID)
	}
	if f.Search != "" {
		q = q.Where(s.db.like("r.name"), contains(f.Search))
	}
	if f.UserID != 0 {
		q = q.Where("r.user_id = ?", f.UserID)
	}
	if f.VisibleTo != 0 {
		q = q.Where("(r.user_id = ? OR EXISTS ("+s.db.grantedAbove()+"))", f.VisibleTo, f.VisibleTo)
	}
	return q
}

// grantedAbove selects the user's grants of a resource itself and of folders it
// is in. A folder without the right to read is a way through to what is granted
// below it.
func (d dialect) grantedAbove() string {
	from, to := "a.full_name || '/'", "a.full_name || '0'"
	if d.mysql {
		from, to = "CONCAT(a.full_name, '/')", "CONCAT(a.full_name, '0')"
	}
	return "SELECT 1 FROM resource_grant g JOIN resource a ON a.id = g.resource_id WHERE g.user_id = ? AND " +
		"(a.id = r.id OR ((g.perm & 4) = 4 AND a.is_directory = 1 AND a.kind = r.kind AND r.full_name > " + from + " AND r.full_name < " + to + "))"
}

func (s resources) List(ctx context.Context, f store.ResourceFilter, p store.Page) ([]workflow.Resource, int, error) {
	rows, total, err := pageRows[resourceRow](s.find(ctx, f), "resource", "r.*", "r.is_directory DESC, r.update_time DESC, r.id DESC", p)
	return each(rows, resourceRow.resource), total, err
}

func (s resources) All(ctx context.Context, f store.ResourceFilter) ([]workflow.Resource, error) {
	var rows []resourceRow
	err := s.find(ctx, f).Select("r.*").Order("r.full_name").Find(&rows).Error
	return each(rows, resourceRow.resource), mapError(err, "resource")
}
