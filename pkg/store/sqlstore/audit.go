package sqlstore

import (
	"context"
	"time"

	"github.com/porpoise-scheduler/porpoise/pkg/store"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// audits implements store.Audit.
type audits struct{ db *database }

// auditColumns are the columns of entries, after the id.
var auditColumns = []string{"at", "user_id", "user_name", "ip", "action", "resource", "resource_id", "name", "project_id", "before_json", "after_json"}

// auditEntries is how entries are written.
var auditEntries = table{name: "audit", columns: auditColumns, clash: refuse}

func encodeEntry(r *rowset, e *workflow.AuditEntry) {
	r.time(e.Time)
	r.int(e.UserID)
	r.text(e.UserName)
	r.text(e.IP)
	r.text(e.Action)
	r.text(e.Resource)
	r.text(e.ResourceID)
	r.text(e.Name)
	r.int(e.ProjectID)
	r.text(e.Before)
	r.text(e.After)
}

// Add is no part of a request that happens once: what it tells of is.
func (s audits) Add(ctx context.Context, e *workflow.AuditEntry) error {
	e.Time = s.db.now()
	return mapError(s.db.audits.do(store.WithOnce(ctx, nil), &auditCall{entry: e}), "audit")
}

// auditCall is one caller's entry.
type auditCall struct {
	seat
	entry *workflow.AuditEntry
}

// insertAudits stores the entries in one transaction.
func (db *database) insertAudits(ctx context.Context, calls []*auditCall) {
	entries := make([]*workflow.AuditEntry, len(calls))
	for i, call := range calls {
		entries[i] = call.entry
	}
	err := db.transact(ctx, func(tx querier) error { return db.insertEntries(ctx, tx, entries) })
	for _, call := range calls {
		call.err = err
	}
}

func (db *database) insertEntries(ctx context.Context, tx querier, entries []*workflow.AuditEntry) error {
	return insertNew(ctx, tx, db.dialect, auditEntries, entries, encodeEntry, func(e *workflow.AuditEntry) *int64 { return &e.ID })
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
	list, err := query(ctx, s.db.read, scanAudit, "SELECT "+auditSelect+" FROM audit a"+
		w.where()+" ORDER BY id DESC LIMIT ?", append(w.args, limit)...)
	return list, mapError(err, "audit")
}

var auditSelect = columns("a", append([]string{"id"}, auditColumns...))

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
