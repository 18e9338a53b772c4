package sqlstore

import (
	"context"

	"gorm.io/gorm"

	"github.com/porpoise-scheduler/porpoise/pkg/store"
)

// createRow inserts a row and fills its id, a field of the row.
func createRow[R any](ctx context.Context, db *database, noun string, row *R, id *int64) error {
	return mapError(db.saveOne(ctx, id, func(tx *gorm.DB) error { return tx.Create(row).Error }), noun)
}

// updateRow writes all columns of a row but those named.
func updateRow[R any](ctx context.Context, db *database, noun string, id int64, row *R, but ...string) error {
	return mapError(db.saveOne(ctx, new(int64), func(tx *gorm.DB) error { return updateIn(tx, noun, id, row, but...) }), noun)
}

// updateIn is updateRow inside a transaction.
func updateIn[R any](tx *gorm.DB, noun string, id int64, row *R, but ...string) error {
	r := tx.Model(row).Where("id = ?", id).Select("*").Omit(append(but, "id")...).Updates(row)
	if r.Error == nil && r.RowsAffected == 0 {
		return missing(noun)
	}
	return r.Error
}

// deleteRow deletes a row by id.
func deleteRow[R any](ctx context.Context, db *database, noun string, id int64) error {
	return mapError(db.save(ctx, func(tx *gorm.DB) error { return deleteIn[R](tx, noun, id) }), noun)
}

// deleteIn deletes a row by id inside a transaction.
func deleteIn[R any](tx *gorm.DB, noun string, id int64) error {
	r := tx.Where("id = ?", id).Delete(new(R))
	if r.Error == nil && r.RowsAffected == 0 {
		return missing(noun)
	}
	return r.Error
}

// getRow reads the row that fulfils a condition.
func getRow[R any](ctx context.Context, db *database, noun, where string, args ...any) (row R, err error) {
	err = db.gRead.WithContext(ctx).Where(where, args...).Take(&row).Error
	return row, mapError(err, noun)
}

// allRows reads all rows in an order.
func allRows[R any](ctx context.Context, db *database, noun, order string) (rows []R, err error) {
	err = db.gRead.WithContext(ctx).Order(order).Find(&rows).Error
	return rows, mapError(err, noun)
}

// pageRows counts what a query finds and reads one page of it. R may be wider
// than the table: sel names the columns.
func pageRows[R any](q *gorm.DB, noun, sel, order string, p store.Page) (rows []R, total int, err error) {
	var n int64
	if err := q.Session(&gorm.Session{}).Count(&n).Error; err != nil {
		return nil, 0, mapError(err, noun)
	}
	err = q.Session(&gorm.Session{}).Select(sel).Order(order).Limit(p.Size).Offset(p.Offset()).Find(&rows).Error
	return rows, int(n), mapError(err, noun)
}

// each converts all rows.
func each[R, T any](rows []R, convert func(R) T) []T {
	out := make([]T, len(rows))
	for i, r := range rows {
		out[i] = convert(r)
	}
	return out
}
