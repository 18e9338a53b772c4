package sqlstore

import (
	"context"
	"time"

	"github.com/porpoise-scheduler/porpoise/pkg/store"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// deliveries implements store.Deliveries. A delivery is under way while it has
// an owner whose lease has not ended.
type deliveries struct{ db *database }

var alertColumns = columns("a", alerts.columns)

func alertFields(a *workflow.Alert, created *moment) []any {
	return []any{&a.ID, &a.Kind, &a.GroupID, &a.ProjectID, &a.InstanceID, &a.TaskID, &a.Title, &a.Content, &a.Receivers, created}
}

func scanAlert(row scanner) (a workflow.Alert, err error) {
	var created moment
	err = row.Scan(alertFields(&a, &created)...)
	a.CreateTime = created.Time
	return a, err
}

func (s deliveries) Unplanned(ctx context.Context, limit int) ([]workflow.Alert, error) {
	list, err := query(ctx, s.db.read, scanAlert, "SELECT "+alertColumns+" FROM alert a WHERE a.planned = 0 ORDER BY a.create_time, a.id LIMIT ?", limit)
	return list, mapError(err, "alert")
}

// Plan marks the alert first: who comes second waits for the row, and then
// finds it marked.
func (s deliveries) Plan(ctx context.Context, alertID int64, ds []workflow.Delivery) error {
	now := s.db.now()
	return mapError(s.db.transact(ctx, func(tx querier) error {
		r, err := tx.ExecContext(ctx, "UPDATE alert SET planned = 1 WHERE id = ? AND planned = 0", alertID)
		if err != nil {
			return err
		}
		if n, err := r.RowsAffected(); err != nil || n == 0 {
			return err
		}
		for i := range ds {
			if err := s.insert(ctx, tx, alertID, &ds[i], now); err != nil {
				return err
			}
		}
		return nil
	}), "delivery")
}

func (s deliveries) insert(ctx context.Context, tx querier, alertID int64, d *workflow.Delivery, now time.Time) error {
	state, next := d.State, d.NextTry
	if state == "" {
		state = workflow.DeliveryPending
	}
	if next.IsZero() {
		next = now
	}
	_, err := tx.ExecContext(ctx, `INSERT INTO delivery (alert_id, channel_id, kind, address, cc, state, attempts, next_try, owner, lease_until,
		repeated, last_error, create_time, end_time) VALUES (?, ?, ?, ?, ?, ?, ?, ?, '', NULL, ?, ?, ?, ?)`,
		alertID, d.ChannelID, d.Kind, d.Address, d.Cc, state, d.Attempts, s.db.time(next), d.Repeated, d.LastError, s.db.time(now), s.db.time(d.EndTime))
	return err
}

const deliverySelect = "SELECT d.id, d.alert_id, d.channel_id, d.kind, d.address, d.cc, d.state, d.attempts, d.next_try, d.repeated, d.last_error, " +
	"d.create_time, d.end_time, "

func scanDelivery(row scanner) (r store.DeliveryRow, err error) {
	var next, created, ended, alerted moment
	d := &r.Delivery
	dest := []any{&d.ID, &d.AlertID, &d.ChannelID, &d.Kind, &d.Address, &d.Cc, &d.State, &d.Attempts, &next, &d.Repeated, &d.LastError, &created, &ended}
	err = row.Scan(append(dest, alertFields(&r.Alert, &alerted)...)...)
	d.NextTry, d.CreateTime, d.EndTime, r.Alert.CreateTime = next.Time, created.Time, ended.Time, alerted.Time
	return r, err
}

// Claim locks what it finds before it takes it, so that no other sender takes
// it too. Who still owns a delivery never stored how his attempt went.
func (s deliveries) Claim(ctx context.Context, owner string, now time.Time, lease time.Duration, limit int, busy ...int64) (rows []store.DeliveryRow, err error) {
	idle := ""
	if len(busy) > 0 {
		idle = " AND channel_id NOT IN (" + marks(len(busy)) + ")"
	}
	err = s.db.transact(ctx, func(tx querier) error {
		rows = nil
		at := s.db.time(now)
		args := []any{at, at}
		for _, channel := range busy {
			args = append(args, channel)
		}
		ids, err := query(ctx, tx, scanID, "SELECT id FROM delivery WHERE state = 'PENDING' AND next_try <= ? AND (owner = '' OR lease_until <= ?)"+idle+
			" ORDER BY next_try, id LIMIT ?"+s.db.updateLock(), append(args, limit)...)
		if err != nil || len(ids) == 0 {
			return err
		}
		// MySQL assigns from left to right: the owner comes last.
		for _, id := range ids {
			if _, err := tx.ExecContext(ctx, `UPDATE delivery SET attempts = attempts + 1, repeated = repeated + CASE WHEN owner = '' THEN 0 ELSE 1 END,
				lease_until = ?, owner = ? WHERE id = ?`, s.db.time(now.Add(lease)), owner, id); err != nil {
				return err
			}
		}
		rows, err = byIDsAll(ctx, tx, scanDelivery, deliverySelect+alertColumns+" FROM delivery d JOIN alert a ON a.id = d.alert_id WHERE d.id", ids)
		return err
	})
	if err != nil {
		return nil, mapError(err, "delivery")
	}
	return rows, nil
}

// Finish knows its attempt by the number: the same owner may have claimed the
// delivery again since.
func (s deliveries) Finish(ctx context.Context, owner string, d workflow.Delivery) error {
	next := d.NextTry
	if next.IsZero() {
		next = s.db.now()
	}
	return mapError(s.db.change(ctx, nil, `UPDATE delivery SET state = ?, next_try = ?, last_error = ?, end_time = ?, repeated = ?, owner = '', lease_until = NULL
		WHERE id = ? AND owner = ? AND attempts = ? AND state = 'PENDING'`,
		d.State, s.db.time(next), d.LastError, s.db.time(d.EndTime), d.Repeated, d.ID, owner, d.Attempts), "delivery")
}

func (s deliveries) List(ctx context.Context, f store.DeliveryFilter, p store.Page) ([]store.DeliveryRow, int, error) {
	w := filter{dialect: s.db.dialect}
	w.equal("d.alert_id", f.AlertID)
	w.equal("a.instance_id", f.InstanceID)
	w.equal("a.project_id", f.ProjectID)
	w.exact("d.state", string(f.State))
	const from = "delivery d JOIN alert a ON a.id = d.alert_id"
	total, err := w.count(ctx, s.db.read, from)
	if err != nil {
		return nil, 0, mapError(err, "delivery")
	}
	rows, err := query(ctx, s.db.read, scanDelivery, deliverySelect+alertColumns+" FROM "+from+w.where()+" ORDER BY d.id DESC LIMIT ? OFFSET ?",
		append(w.args, p.Size, p.Offset())...)
	return rows, total, mapError(err, "delivery")
}

// Purge passes over alerts of which a delivery is still under way or has ended
// since.
func (s deliveries) Purge(ctx context.Context, before time.Time, limit int) (n int, err error) {
	err = s.db.transact(ctx, func(tx querier) error {
		at := s.db.time(before)
		ids, err := query(ctx, tx, scanID, "SELECT a.id FROM alert a WHERE "+purgeableAlerts+" ORDER BY a.create_time, a.id LIMIT ?", at, at, limit)
		if err != nil {
			return err
		}
		n = len(ids)
		if err := byIDs(ctx, tx, "DELETE FROM delivery WHERE alert_id", ids); err != nil {
			return err
		}
		return byIDs(ctx, tx, "DELETE FROM alert WHERE id", ids)
	})
	if err != nil {
		return 0, mapError(err, "alert")
	}
	return n, nil
}
