package sqlstore

import (
	"context"
	"time"

	"gorm.io/gorm"

	"github.com/porpoise-scheduler/porpoise/pkg/store"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// audits implements store.Audit.
type audits struct{ db *database }

type auditRow struct {
	ID         int64 `gorm:"primaryKey;autoIncrement"`
	At         moment
	UserID     int64
	UserName   string
	IP         string `gorm:"column:ip"`
	Action     string
	Resource   string
	ResourceID string
	Name       string
	ProjectID  int64
	BeforeJSON string `gorm:"column:before_json"`
	AfterJSON  string `gorm:"column:after_json"`
}

func (auditRow) TableName() string { return "audit" }

// Add is no part of a request that happens once: what it tells of is.
func (s audits) Add(ctx context.Context, e *workflow.AuditEntry) error {
	e.Time = s.db.now()
	row := &auditRow{At: moment{e.Time}, UserID: e.UserID, UserName: e.UserName, IP: e.IP, Action: e.Action, Resource: e.Resource,
		ResourceID: e.ResourceID, Name: e.Name, ProjectID: e.ProjectID, BeforeJSON: e.Before, AfterJSON: e.After}
	call := &auditCall{row: row}
	err := mapError(s.db.audits.do(store.WithOnce(ctx, nil), call), "audit")
	e.ID = row.ID
	return err
}

// auditCall is one caller's entry.
type auditCall struct {
	seat
	row *auditRow
}

// insertAudits stores the entries in one transaction.
func (db *database) insertAudits(ctx context.Context, calls []*auditCall) {
	rows := make([]*auditRow, len(calls))
	for i, call := range calls {
		rows[i] = call.row
	}
	err := db.save(ctx, func(tx *gorm.DB) error {
		for _, row := range rows {
			row.ID = 0 // of a try before
		}
		return tx.CreateInBatches(rows, maxRows).Error
	})
	for _, call := range calls {
		call.err = err
	}
}

func (s audits) List(ctx context.Context, f store.AuditFilter, before int64, limit int) ([]workflow.AuditEntry, error) {
	w := filter{dialect: s.db.dialect}
	w.equal("user_id", f.UserID)
	w.equal("project_id", f.ProjectID)
	w.exact("resource", f.Resource)
	w.exact("action", f.Action)
	w.between("at", f.From, f.To)
	if before != 0 {
		w.add("id < ?", before)
	}
	list, err := query(ctx, s.db.read, scanAudit, "SELECT id, at, user_id, user_name, ip, action, resource, resource_id, name, project_id, before_json, after_json FROM audit"+
		w.where()+" ORDER BY id DESC LIMIT ?", append(w.args, limit)...)
	return list, mapError(err, "audit")
}

func scanAudit(row scanner) (e workflow.AuditEntry, err error) {
	var at moment
	err = row.Scan(&e.ID, &at, &e.UserID, &e.UserName, &e.IP, &e.Action, &e.Resource, &e.ResourceID, &e.Name, &e.ProjectID, &e.Before, &e.After)
	e.Time = at.Time
	return e, err
}

func (s audits) Purge(ctx context.Context, before time.Time, limit int) (int, error) {
	ids, err := query(ctx, s.db.read, scanID, "SELECT id FROM audit WHERE at < ? ORDER BY at LIMIT ?", s.db.time(before), limit)
	if err != nil || len(ids) == 0 {
		return 0, mapError(err, "audit")
	}
	return len(ids), mapError(byIDs(ctx, s.db.write, "DELETE FROM audit WHERE id", ids), "audit")
}
