package sqlstore

import (
	"context"
	"database/sql"

	"github.com/porpoise-scheduler/porpoise/pkg/store"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// query reads all rows of a select with one scan function.
func query[T any](ctx context.Context, q querier, scan func(scanner) (T, error), sql string, args ...any) ([]T, error) {
	rows, err := q.QueryContext(ctx, sql, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var list []T
	for rows.Next() {
		row, err := scan(rows)
		if err != nil {
			return nil, err
		}
		list = append(list, row)
	}
	return list, rows.Err()
}

// one reads the only row of a select.
func one[T any](ctx context.Context, q querier, noun string, scan func(scanner) (T, error), sql string, args ...any) (T, error) {
	row, err := scan(q.QueryRowContext(ctx, sql, args...))
	return row, mapError(err, noun)
}

// plain drops the variadic part of a scan function.
func plain[T any](scan func(scanner, ...any) (T, error)) func(scanner) (T, error) {
	return func(row scanner) (T, error) { return scan(row) }
}

// Load reads a shard after it was taken: nobody else changes its instances,
// so several statements see one state.
func (s scheduling) Load(ctx context.Context, shard int) (st store.ShardState, err error) {
	where := "i.state IN (" + openStates + ") AND i.shard = ?"
	if st.Instances, err = query(ctx, s.db.read, plain(scanInstance),
		"SELECT "+instanceColumns+" FROM instance i WHERE "+where+" ORDER BY i.id", shard); err != nil {
		return st, mapError(err, "instance")
	}
	log, err := s.readLog(ctx, shard, st.Instances)
	if err != nil {
		return st, err
	}
	// CROSS JOIN makes SQLite begin with the few instances.
	if st.Tasks, err = query(ctx, s.db.read, plain(scanTask),
		"SELECT "+taskColumns+" FROM instance i CROSS JOIN task_instance t ON t.instance_id = i.id WHERE "+where+" AND t.is_current = 1 ORDER BY t.id", shard); err != nil {
		return st, mapError(err, "task instance")
	}
	log.addTo(&st)
	if st.Schedules, err = query(ctx, s.db.read, plain(scanSchedule),
		"SELECT "+scheduleColumns+" FROM schedule s WHERE s.shard = ? AND s.release_state = ? ORDER BY s.id", shard, workflow.Online); err != nil {
		return st, mapError(err, "schedule")
	}
	if err := s.withCalendars(ctx, st.Schedules); err != nil {
		return st, err
	}
	st.Backfills, err = query(ctx, s.db.read, scanBackfill,
		"SELECT "+backfillColumns+" FROM backfill b WHERE b.shard = ? AND b.state IN (?, ?) ORDER BY b.id", shard, workflow.Running, workflow.Paused)
	return st, mapError(err, "backfill")
}

func (s scheduling) LoadInstance(ctx context.Context, id int64) (workflow.Instance, []workflow.TaskInstance, error) {
	inst, err := instanceByID(ctx, s.db.read, id)
	if err != nil {
		return inst, nil, err
	}
	st := store.ShardState{Instances: []workflow.Instance{inst}}
	var log logged
	if !inst.State.Terminal() {
		if log, err = s.readLog(ctx, inst.Shard, st.Instances); err != nil {
			return inst, nil, err
		}
	}
	if st.Tasks, err = tasksOf(ctx, s.db.read, id, false); err != nil {
		return inst, nil, err
	}
	log.addTo(&st)
	return inst, st.Tasks, nil
}

func instanceByID(ctx context.Context, q querier, id int64) (workflow.Instance, error) {
	return one(ctx, q, "instance", plain(scanInstance), "SELECT "+instanceColumns+" FROM instance i WHERE i.id = ?", id)
}

// tasksOf reads an instance's attempts, oldest first: the current ones, or
// all.
func tasksOf(ctx context.Context, q querier, instanceID int64, all bool) ([]workflow.TaskInstance, error) {
	where := " WHERE t.instance_id = ?"
	if !all {
		where += " AND t.is_current = 1"
	}
	list, err := query(ctx, q, plain(scanTask), "SELECT "+taskColumns+" FROM task_instance t"+where+" ORDER BY t.id", instanceID)
	return list, mapError(err, "task instance")
}

func (s scheduling) Pending(ctx context.Context, shards []int, after int64, limit int) ([]workflow.Command, error) {
	if len(shards) == 0 {
		return nil, nil
	}
	list, err := query(ctx, s.db.read, scanPending,
		"SELECT "+commandSelect+", COALESCE(w.version, 0) FROM command c LEFT JOIN workflow w ON w.id = c.definition_id WHERE c.shard IN ("+marks(len(shards))+") AND c.id > ? ORDER BY c.id LIMIT ?", append(anys(shards), after, limit)...)
	return list, mapError(err, "command")
}

var backfillColumns = columns("b", backfills.columns)

func scanBackfill(row scanner) (b workflow.Backfill, err error) {
	var start, plan, lanes string
	var created, ended moment
	err = row.Scan(&b.ID, &b.Shard, &b.ProjectID, &b.DefinitionID, &b.UserID, &start, &plan, &lanes, &b.State, &created, &ended)
	if err != nil {
		return b, err
	}
	b.CreateTime, b.EndTime = created.Time, ended.Time
	for _, part := range []struct {
		text string
		into any
	}{{start, &b.Start}, {plan, &b.Plan}, {lanes, &b.Lanes}} {
		if err := decodeJSON(part.text, part.into); err != nil {
			return b, err
		}
	}
	return b, nil
}

func (s scheduling) Schedule(ctx context.Context, id int64) (workflow.Schedule, error) {
	sch, err := scheduleByID(ctx, s.db.read, id)
	if err != nil {
		return sch, err
	}
	list := []workflow.Schedule{sch}
	err = s.withCalendars(ctx, list)
	return list[0], err
}

// withCalendars reads the calendars that schedules name along. One that is gone
// is an empty one: the schedule goes on.
func (s scheduling) withCalendars(ctx context.Context, list []workflow.Schedule) error {
	known := map[int64]*workflow.Calendar{}
	for i := range list {
		id := list[i].CalendarID
		if id == 0 {
			continue
		}
		if known[id] == nil {
			c, err := calendars{s.db}.Get(ctx, id)
			if err != nil && workflow.ErrorCode(err) != workflow.NotFound {
				return err
			}
			known[id] = &c
		}
		list[i].Calendar = known[id]
	}
	return nil
}

func (s scheduling) Definition(ctx context.Context, id int64, version int) (workflow.Definition, error) {
	return definitionVersion(ctx, s.db.read, id, version)
}

func (s scheduling) CurrentVersion(ctx context.Context, id int64) (version int, err error) {
	err = s.db.read.QueryRowContext(ctx, "SELECT version FROM workflow WHERE id = ?", id).Scan(&version)
	return version, mapError(err, "definition")
}

func (s scheduling) Tenant(ctx context.Context, id int64) (workflow.Tenant, error) {
	return tenants{s.db}.Get(ctx, id)
}

// Dependent follows DolphinScheduler 1.3.9: a run under way in the interval
// counts before all others, else the later one of the last by schedule and
// the last by hand.
func (s scheduling) Dependent(ctx context.Context, q workflow.DependencyQuery) (workflow.DependencyAnswer, error) {
	var a workflow.DependencyAnswer
	err := s.db.read.QueryRowContext(ctx, "SELECT NOT EXISTS (SELECT 1 FROM instance WHERE definition_id = ? AND id < ?)",
		q.DefinitionID, q.ExcludeID).Scan(&a.First)
	if err != nil {
		return a, mapError(err, "instance")
	}
	found, err := s.dependency(ctx, q)
	if err != nil || found.id == 0 {
		return a, mapError(err, "instance")
	}
	a.Found, a.InstanceID, a.State, a.Finished = true, found.id, found.state, found.state.Terminal()
	if q.Task == "" {
		return a, nil
	}
	err = s.db.read.QueryRowContext(ctx, "SELECT state FROM task_instance WHERE instance_id = ? AND task = ? AND is_current = 1 ORDER BY id DESC LIMIT 1",
		found.id, q.Task).Scan(&a.State)
	if err == sql.ErrNoRows {
		a.State, err = "", nil
	}
	return a, mapError(err, "task instance")
}

// candidate is an instance in the interval of a dependency.
type candidate struct {
	id         int64
	state      workflow.State
	start, end moment
}

// dependency picks the instance that answers; its id is 0 when there is none.
func (s scheduling) dependency(ctx context.Context, q workflow.DependencyQuery) (candidate, error) {
	const sel = "SELECT id, state, start_time, end_time FROM instance WHERE definition_id = ? AND id <> ? AND "
	const scheduled, manual = "schedule_time BETWEEN ? AND ?", "schedule_time IS NULL AND start_time BETWEEN ? AND ?"
	var best candidate
	for _, only := range []string{" AND state IN (" + openStates + ") ORDER BY start_time DESC", " ORDER BY end_time DESC"} {
		for _, kind := range []string{scheduled, manual} {
			c, err := s.candidate(ctx, sel+kind+only+", id DESC LIMIT 1", q)
			if err != nil {
				return best, err
			}
			if c.id != 0 && (best.id == 0 || later(c, best)) {
				best = c
			}
		}
		if best.id != 0 {
			return best, nil
		}
	}
	return best, nil
}

// later reports that a ended after b or, when neither has, began after it.
func later(a, b candidate) bool {
	if !a.end.Equal(b.end.Time) {
		return a.end.After(b.end.Time)
	}
	if !a.start.Equal(b.start.Time) {
		return a.start.After(b.start.Time)
	}
	return a.id > b.id
}

func (s scheduling) candidate(ctx context.Context, query string, q workflow.DependencyQuery) (c candidate, err error) {
	err = s.db.read.QueryRowContext(ctx, query, q.DefinitionID, q.ExcludeID, s.db.time(q.From), s.db.time(q.To)).Scan(&c.id, &c.state, &c.start, &c.end)
	if err == sql.ErrNoRows {
		err = nil
	}
	return c, err
}
