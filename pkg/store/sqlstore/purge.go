package sqlstore

import (
	"context"
	"strings"
	"time"

	"github.com/porpoise-scheduler/porpoise/pkg/store"
)

// passedFires is the condition of due times that a schedule, if it is still
// there, has passed: nobody asks whether they were decided.
const passedFires = "f.due < ? AND NOT EXISTS (SELECT 1 FROM schedule s WHERE s.id = f.schedule_id AND s.next_due <= f.due)"

// purgeableAlerts is the condition of alerts that ended before a moment, which
// it takes twice.
const purgeableAlerts = `a.planned = 1 AND a.create_time < ?
	AND NOT EXISTS (SELECT 1 FROM delivery d WHERE d.alert_id = a.id AND (d.state = 'PENDING' OR d.end_time >= ?))`

func (s retentions) Purge(ctx context.Context, before time.Time, limit int) (p store.Purged, err error) {
	if p.Commands, err = s.purgeCommands(ctx, before, limit); err != nil {
		return p, mapError(err, "command")
	}
	p.Fires, err = s.purgeFires(ctx, before, limit)
	return p, mapError(err, "fire")
}

func (s retentions) purgeCommands(ctx context.Context, before time.Time, limit int) (n int, err error) {
	err = s.db.transact(ctx, func(tx querier) error {
		ids, err := query(ctx, tx, scanID, "SELECT id FROM failed_command WHERE fail_time < ? ORDER BY id LIMIT ?", s.db.time(before), limit)
		n = len(ids)
		if err != nil {
			return err
		}
		return byIDs(ctx, tx, "DELETE FROM failed_command WHERE id", ids)
	})
	return n, err
}

// fireKey names a decided due time.
type fireKey struct {
	schedule int64
	due      moment
}

func scanFireKey(row scanner) (k fireKey, err error) {
	err = row.Scan(&k.schedule, &k.due)
	return k, err
}

// purgeFires goes from schedule to schedule: due times are in the key behind
// the schedule, and no index has them all in order.
func (s retentions) purgeFires(ctx context.Context, before time.Time, limit int) (n int, err error) {
	for after := int64(0); n < limit; {
		next, err := query(ctx, s.db.read, scanID, "SELECT schedule_id FROM schedule_fire WHERE schedule_id > ? ORDER BY schedule_id LIMIT 1", after)
		if err != nil || len(next) == 0 {
			return n, err
		}
		after = next[0]
		keys, err := query(ctx, s.db.read, scanFireKey, "SELECT f.schedule_id, f.due FROM schedule_fire f WHERE f.schedule_id = ? AND "+passedFires+
			" ORDER BY f.due LIMIT ?", after, s.db.time(before), min(limit-n, maxRows))
		if err != nil {
			return n, err
		}
		if len(keys) == 0 {
			continue
		}
		if err := s.dropFires(ctx, keys); err != nil {
			return n, err
		}
		if n += len(keys); len(keys) == maxRows {
			after-- // there may be more
		}
	}
	return n, nil
}

func (s retentions) dropFires(ctx context.Context, keys []fireKey) error {
	var args []any
	for _, k := range keys {
		args = append(args, k.schedule, s.db.time(k.due.Time))
	}
	where := strings.TrimSuffix(strings.Repeat("(schedule_id = ? AND due = ?) OR ", len(keys)), " OR ")
	_, err := s.db.exec(ctx, "DELETE FROM schedule_fire WHERE "+where, args...)
	return err
}

func (s retentions) CountPurgeable(ctx context.Context, before time.Time) (p store.Purged, err error) {
	at := s.db.time(before)
	for _, c := range []struct {
		into  *int
		query string
		args  []any
	}{
		{&p.Alerts, "SELECT COUNT(*) FROM alert a WHERE " + purgeableAlerts, []any{at, at}},
		{&p.Fires, "SELECT COUNT(*) FROM schedule_fire f WHERE " + passedFires, []any{at}},
		{&p.Commands, "SELECT COUNT(*) FROM failed_command WHERE fail_time < ?", []any{at}},
	} {
		if err := s.db.read.QueryRowContext(ctx, c.query, c.args...).Scan(c.into); err != nil {
			return p, mapError(err, "retention")
		}
	}
	return p, nil
}

func (s retentions) ProjectsOf(ctx context.Context, attempts []int64) (map[int64]int64, error) {
	projects := map[int64]int64{}
	_, err := byIDsAll(ctx, s.db.read, func(row scanner) (struct{}, error) {
		var id, project int64
		err := row.Scan(&id, &project)
		projects[id] = project
		return struct{}{}, err
	}, "SELECT id, project_id FROM task_instance WHERE id", attempts)
	return projects, mapError(err, "task instance")
}
