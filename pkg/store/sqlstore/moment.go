package sqlstore

import (
	"context"
	"database/sql/driver"
	"fmt"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

// moment is a time as rows hold it: a DATETIME(3) in MySQL, milliseconds in
// SQLite, NULL when zero.
type moment struct{ time.Time }

// Scan reads either form.
func (m *moment) Scan(src any) error {
	switch v := src.(type) {
	case nil:
		m.Time = time.Time{}
	case time.Time:
		m.Time = v.UTC()
	case int64:
		m.Time = time.UnixMilli(v).UTC()
	default:
		return fmt.Errorf("reading a time from %T", src)
	}
	return nil
}

// Value exists so that gorm takes the type for a column.
func (m moment) Value() (driver.Value, error) {
	if m.IsZero() {
		return nil, nil
	}
	return m.Time, nil
}

// GormValue gives the form of the database that gorm speaks to.
func (m moment) GormValue(_ context.Context, g *gorm.DB) clause.Expr {
	d := dialect{mysql: g.Name() == "mysql"}
	return clause.Expr{SQL: "?", Vars: []any{d.time(m.Time)}}
}

// GormDataType names the type for gorm.
func (moment) GormDataType() string { return "moment" }
