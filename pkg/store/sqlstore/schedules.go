package sqlstore

import (
	"context"
	"fmt"
	"time"

	"github.com/porpoise-scheduler/porpoise/pkg/store"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// schedules implements store.Schedules.
type schedules struct{ db *database }

var scheduleTable = table{name: "schedule", columns: []string{"shard", "project_id", "definition_id", "user_id", "cron", "timezone",
	"start_time", "end_time", "release_state", "misfire", "start_options", "next_due", "version", "create_time", "update_time",
	"calendar_id", "calendar_rule"}, clash: refuse}

// scheduleColumns are what scanSchedule reads.
var scheduleColumns = columns("s", append([]string{"id"}, scheduleTable.columns...), "shard")

func scanSchedule(row scanner, more ...any) (s workflow.Schedule, err error) {
	var options string
	var start, end, due, created, updated moment
	dest := []any{&s.ID, &s.ProjectID, &s.DefinitionID, &s.UserID, &s.Cron, &s.Timezone,
		&start, &end, &s.ReleaseState, &s.Misfire, &options, &due, &s.Version, &created, &updated, &s.CalendarID, &s.CalendarRule}
	if err := row.Scan(append(dest, more...)...); err != nil {
		return s, err
	}
	s.StartTime, s.EndTime, s.NextDue, s.CreateTime, s.UpdateTime = start.Time, end.Time, due.Time, created.Time, updated.Time
	if err := decodeJSON(options, &s.Start); err != nil {
		return s, fmt.Errorf("schedule %d, start options: %w", s.ID, err)
	}
	return s, nil
}

func scheduleByID(ctx context.Context, q querier, id int64) (workflow.Schedule, error) {
	return one(ctx, q, "schedule", plain(scanSchedule), "SELECT "+scheduleColumns+" FROM schedule s WHERE s.id = ?", id)
}

func (s schedules) encode(r *rowset, v *workflow.Schedule) {
	r.int(int64(store.ShardOf(v.DefinitionID, s.db.shards)))
	r.int(v.ProjectID)
	r.int(v.DefinitionID)
	r.int(v.UserID)
	r.text(v.Cron)
	r.text(v.Timezone)
	r.time(v.StartTime)
	r.time(v.EndTime)
	r.text(string(v.ReleaseState))
	r.text(string(v.Misfire))
	r.text(encodeJSON(v.Start))
	r.time(v.NextDue)
	r.int(int64(v.Version))
	r.time(v.CreateTime)
	r.time(v.UpdateTime)
	r.int(v.CalendarID)
	r.text(string(v.CalendarRule))
}

func (s schedules) Create(ctx context.Context, v *workflow.Schedule) error {
	return mapError(s.db.transactNew(ctx, &v.ID, func(tx querier) error { return s.insert(ctx, tx, v) }), "schedule")
}

// insert stores a new schedule, offline, and sets its id.
func (s schedules) insert(ctx context.Context, tx querier, v *workflow.Schedule) error {
	now := s.db.now()
	v.ReleaseState, v.NextDue, v.Version, v.CreateTime, v.UpdateTime = workflow.Offline, time.Time{}, 1, now, now
	head, _ := scheduleTable.statement(s.db.dialect, 0)
	r := rowset{dialect: s.db.dialect, sql: []byte(head + "(")}
	s.encode(&r, v)
	res, err := tx.ExecContext(ctx, string(r.sql)+")", r.args...)
	if err != nil {
		return err
	}
	v.ID, err = res.LastInsertId()
	return err
}

func (s schedules) Save(ctx context.Context, v *workflow.Schedule) (c workflow.Command, err error) {
	now := s.db.now()
	err = s.db.transact(ctx, func(tx querier) (err error) {
		c, err = s.update(ctx, tx, v, now)
		return err
	})
	if err == nil {
		v.Version++
		v.UpdateTime = now
	}
	return c, mapError(err, "schedule")
}

// update stores what people say of a schedule and tells its shard's owner.
func (s schedules) update(ctx context.Context, tx querier, v *workflow.Schedule, now time.Time) (workflow.Command, error) {
	res, err := tx.ExecContext(ctx, `UPDATE schedule SET cron = ?, timezone = ?, start_time = ?, end_time = ?, misfire = ?, start_options = ?,
		calendar_id = ?, calendar_rule = ?, version = version + 1, update_time = ? WHERE id = ? AND version = ?`,
		v.Cron, v.Timezone, s.db.time(v.StartTime), s.db.time(v.EndTime), v.Misfire, encodeJSON(v.Start),
		v.CalendarID, v.CalendarRule, s.db.time(now), v.ID, v.Version)
	if err != nil {
		return workflow.Command{}, err
	}
	if n, err := res.RowsAffected(); err != nil || n == 0 {
		return workflow.Command{}, errorOr(err, s.unsaved(ctx, tx, v.ID))
	}
	return s.db.scheduleChanged(ctx, tx, v)
}

// unsaved tells why a save found no row.
func (s schedules) unsaved(ctx context.Context, tx querier, id int64) error {
	row, err := scheduleByID(ctx, tx, id)
	return errorOr(err, workflow.Errorf(workflow.Conflict, "schedule.changed", "the schedule was changed meanwhile: version %d is current", row.Version))
}

func (s schedules) Release(ctx context.Context, id int64, state workflow.ReleaseState, nextDue time.Time) (c workflow.Command, err error) {
	err = s.db.transact(ctx, func(tx querier) error {
		row, err := scheduleByID(ctx, tx, id)
		if err != nil {
			return err
		}
		c, err = s.db.releaseSchedule(ctx, tx, &row, state, moment{nextDue})
		return err
	})
	return c, mapError(err, "schedule")
}

// releaseSchedule sets a schedule's state and tells its shard's owner. The
// version moves on, so that a decision under way for the old state has no
// effect.
func (db *database) releaseSchedule(ctx context.Context, tx querier, v *workflow.Schedule, state workflow.ReleaseState, due moment) (workflow.Command, error) {
	_, err := tx.ExecContext(ctx, "UPDATE schedule SET release_state = ?, next_due = ?, version = version + 1, update_time = ? WHERE id = ?",
		state, db.time(due.Time), db.time(db.now()), v.ID)
	if err != nil {
		return workflow.Command{}, err
	}
	return db.scheduleChanged(ctx, tx, v)
}

// scheduleChanged leaves a command for the owner of the schedule's shard.
func (db *database) scheduleChanged(ctx context.Context, tx querier, v *workflow.Schedule) (workflow.Command, error) {
	c := workflow.Command{Type: workflow.CmdScheduleChange, Shard: store.ShardOf(v.DefinitionID, db.shards), ProjectID: v.ProjectID,
		DefinitionID: v.DefinitionID, ScheduleID: v.ID, UserID: v.UserID}
	err := db.insert(ctx, tx, []*workflow.Command{&c})
	return c, err
}

// Delete refuses an online schedule: its owner would go on with it.
func (s schedules) Delete(ctx context.Context, id int64) error {
	return mapError(s.db.transact(ctx, func(tx querier) error {
		res, err := tx.ExecContext(ctx, "DELETE FROM schedule WHERE id = ? AND release_state <> ?", id, workflow.Online)
		if err != nil {
			return err
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			_, missing := scheduleByID(ctx, tx, id)
			return errorOr(err, errorOr(missing, workflow.Errorf(workflow.Conflict, "schedule.online", "the schedule is online: take it offline to delete it")))
		}
		_, err = tx.ExecContext(ctx, "DELETE FROM schedule_fire WHERE schedule_id = ?", id)
		return err
	}), "schedule")
}

func (s schedules) Get(ctx context.Context, id int64) (workflow.Schedule, error) {
	return scheduleByID(ctx, s.db.read, id)
}

func (s schedules) ByDefinition(ctx context.Context, definitionID int64) ([]workflow.Schedule, error) {
	list, err := query(ctx, s.db.read, plain(scanSchedule), "SELECT "+scheduleColumns+" FROM schedule s WHERE s.definition_id = ? ORDER BY s.id", definitionID)
	return list, mapError(err, "schedule")
}

const (
	scheduleBeside = ", COALESCE(u.name, ''), COALESCE(p.name, ''), COALESCE(w.name, ''), COALESCE(v.description, '')"
	scheduleJoins  = ` FROM schedule s LEFT JOIN user_account u ON u.id = s.user_id LEFT JOIN project p ON p.id = s.project_id
		LEFT JOIN workflow w ON w.id = s.definition_id LEFT JOIN workflow_version v ON v.workflow_id = w.id AND v.version = w.version`
)

func scanScheduleRow(row scanner) (r store.ScheduleRow, err error) {
	r.Schedule, err = scanSchedule(row, &r.UserName, &r.ProjectName, &r.DefinitionName, &r.DefinitionDesc)
	return r, err
}

// List searches the definitions' names.
func (s schedules) List(ctx context.Context, projectID, definitionID int64, search string, p store.Page) ([]store.ScheduleRow, int, error) {
	f := filter{dialect: s.db.dialect}
	f.equal("s.project_id", projectID)
	f.equal("s.definition_id", definitionID)
	f.search("w.name", search)
	total, err := f.count(ctx, s.db.read, "schedule s LEFT JOIN workflow w ON w.id = s.definition_id")
	if err != nil {
		return nil, 0, mapError(err, "schedule")
	}
	rows, err := query(ctx, s.db.read, scanScheduleRow, "SELECT "+scheduleColumns+scheduleBeside+scheduleJoins+f.where()+
		" ORDER BY s.update_time DESC, s.id DESC LIMIT ? OFFSET ?", append(f.args, p.Size, p.Offset())...)
	return rows, total, mapError(err, "schedule")
}

func (s schedules) All(ctx context.Context, projectID int64) ([]store.ScheduleRow, error) {
	f := filter{dialect: s.db.dialect}
	f.equal("s.project_id", projectID)
	rows, err := query(ctx, s.db.read, scanScheduleRow, "SELECT "+scheduleColumns+scheduleBeside+scheduleJoins+f.where()+" ORDER BY s.id", f.args...)
	return rows, mapError(err, "schedule")
}

func (s schedules) Fires(ctx context.Context, scheduleID int64, before time.Time, limit int) ([]workflow.Fire, error) {
	f := filter{dialect: s.db.dialect}
	f.add("schedule_id = ?", scheduleID)
	if !before.IsZero() {
		f.add("due < ?", s.db.time(before))
	}
	list, err := query(ctx, s.db.read, scanFire,
		"SELECT schedule_id, due, instance_id, skipped, fired_at FROM schedule_fire"+f.where()+" ORDER BY due DESC LIMIT ?", append(f.args, limit)...)
	return list, mapError(err, "schedule")
}

func scanFire(row scanner) (f workflow.Fire, err error) {
	var due, fired moment
	err = row.Scan(&f.ScheduleID, &due, &f.InstanceID, &f.Skipped, &fired)
	f.Due, f.FiredAt = due.Time, fired.Time
	return f, err
}
