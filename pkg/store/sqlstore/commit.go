package sqlstore

import (
	"context"
	"strings"

	"github.com/porpoise-scheduler/porpoise/pkg/store"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// Ways to write the rest of a batch.
var (
	fires = table{name: "schedule_fire", columns: []string{"schedule_id", "due", "instance_id", "skipped", "fired_at"}, clash: ignore}

	backfills = table{name: "backfill", columns: []string{"id", "shard", "project_id", "definition_id", "user_id", "start_options",
		"plan", "lanes", "state", "create_time", "end_time"}, fixed: []string{"shard", "project_id", "definition_id", "plan"}}

	alerts = table{name: "alert", columns: []string{"id", "kind", "group_id", "project_id", "instance_id", "task_id", "title",
		"content", "receivers", "create_time"}}
)

// Commit writes a batch in one transaction. The order of the parts is that in
// which concurrent batches meet the fewest locks; nothing depends on it.
func (s scheduling) Commit(ctx context.Context, b *store.Batch) error {
	err := s.db.fenced(ctx, b.Fences, func(tx querier) error {
		for _, part := range []func(context.Context, querier, *store.Batch) error{s.writeFires, s.writeRows, s.writeCommands, s.dropRows} {
			if err := part(ctx, tx, b); err != nil {
				return err
			}
		}
		return nil
	})
	return mapError(err, "batch")
}

// writeRows upserts what has an id.
func (s scheduling) writeRows(ctx context.Context, tx querier, b *store.Batch) error {
	d := s.db.dialect
	if err := upsert(ctx, tx, d, instances, b.Instances, encodeInstance); err != nil {
		return err
	}
	if err := upsert(ctx, tx, d, tasks, b.Tasks, encodeTask); err != nil {
		return err
	}
	if err := s.writeLog(ctx, tx, b); err != nil {
		return err
	}
	if err := upsert(ctx, tx, d, backfills, b.Backfills, encodeBackfill); err != nil {
		return err
	}
	return upsert(ctx, tx, d, alerts, b.Alerts, encodeAlert)
}

// writeCommands obeys, sends and sets aside commands.
func (s scheduling) writeCommands(ctx context.Context, tx querier, b *store.Batch) error {
	now := s.db.now()
	for i := range b.Insert {
		if b.Insert[i].Key == "" {
			return workflow.Errorf(workflow.Internal, "command.keyless", "a command for another shard has no key")
		}
	}
	if err := upsert(ctx, tx, s.db.dialect, keyedCommands, b.Insert, encodeSentCommand(now)); err != nil {
		return err
	}
	if err := upsert(ctx, tx, s.db.dialect, failedCommands, b.Quarantine, encodeFailedCommand(now)); err != nil {
		return err
	}
	for i := range b.Retry {
		c := &b.Retry[i]
		if _, err := tx.ExecContext(ctx, "UPDATE command SET attempts = ?, last_error = ? WHERE id = ?", c.Attempts, c.LastError, c.ID); err != nil {
			return err
		}
	}
	gone := b.Commands
	for i := range b.Quarantine {
		gone = append(gone[:len(gone):len(gone)], b.Quarantine[i].ID)
	}
	return byIDs(ctx, tx, "DELETE FROM command WHERE id", gone)
}

// dropRows deletes what a batch names and frees slots.
func (s scheduling) dropRows(ctx context.Context, tx querier, b *store.Batch) error {
	for _, drop := range []struct {
		prefix string
		ids    []int64
	}{
		{"DELETE FROM task_instance WHERE id", b.DropTasks},
		{"DELETE FROM task_instance WHERE instance_id", b.DropInstances},
		{"DELETE FROM instance WHERE id", b.DropInstances},
		{"DELETE FROM task_group_slot WHERE attempt_id", b.ReleaseSlots},
		{"DELETE FROM task_group_wait WHERE attempt_id", b.ReleaseSlots},
	} {
		if err := byIDs(ctx, tx, drop.prefix, drop.ids); err != nil {
			return err
		}
	}
	return nil
}

// writeFires records decisions about due times and moves the schedules'
// pointers on.
func (s scheduling) writeFires(ctx context.Context, tx querier, b *store.Batch) error {
	inserted, err := upsertCounted(ctx, tx, s.db.dialect, fires, b.Fires, encodeFire)
	if err != nil {
		return err
	}
	for rest := b.Fires; inserted < int64(len(b.Fires)) && len(rest) > 0; {
		n := min(len(rest), maxRows)
		if err := s.checkFires(ctx, tx, rest[:n]); err != nil {
			return err
		}
		rest = rest[n:]
	}
	for rest := b.NextDue; len(rest) > 0; {
		n := min(len(rest), maxRows)
		if err := s.moveDue(ctx, tx, rest[:n]); err != nil {
			return err
		}
		rest = rest[n:]
	}
	return nil
}

// checkFires fails when a due time was decided for another instance before.
func (s scheduling) checkFires(ctx context.Context, tx querier, list []workflow.Fire) error {
	r := rowset{dialect: s.db.dialect}
	for i := range list {
		if i > 0 {
			r.sql = append(r.sql, " OR "...)
		}
		r.cells = 0
		r.sql = append(r.sql, "(schedule_id="...)
		r.int(list[i].ScheduleID)
		r.cells = 0
		r.sql = append(r.sql, " AND due="...)
		r.time(list[i].Due)
		r.cells = 0
		r.sql = append(r.sql, " AND instance_id<>"...)
		r.int(list[i].InstanceID)
		r.sql = append(r.sql, ')')
	}
	rows, err := tx.QueryContext(ctx, "SELECT schedule_id, due, instance_id FROM schedule_fire WHERE "+string(r.sql))
	if err != nil {
		return err
	}
	defer rows.Close()
	if rows.Next() {
		var schedule, instance int64
		var due moment
		if err := rows.Scan(&schedule, &due, &instance); err != nil {
			return err
		}
		return workflow.Errorf(workflow.Conflict, "fire.taken", "schedule %d, due %s: instance %d was decided before", schedule, due.Time, instance)
	}
	return rows.Err()
}

// moveDue sets the next due times of schedules whose version is unchanged.
func (s scheduling) moveDue(ctx context.Context, tx querier, list []store.NextDue) error {
	r := rowset{dialect: s.db.dialect}
	for i := range list {
		if i > 0 {
			r.sql = append(r.sql, " UNION ALL "...)
		}
		r.cells = 0
		r.sql = append(r.sql, "SELECT "...)
		r.int(list[i].ScheduleID)
		r.alias(i, "id")
		r.int(int64(list[i].Version))
		r.alias(i, "version")
		r.time(list[i].Due)
		r.alias(i, "due")
	}
	const set = "next_due = v.due, release_state = CASE WHEN v.due IS NULL THEN 'OFFLINE' ELSE release_state END"
	query := "UPDATE schedule SET " + set + " FROM (" + string(r.sql) + ") v WHERE schedule.id = v.id AND schedule.version = v.version"
	if s.db.mysql {
		query = "UPDATE schedule JOIN (" + string(r.sql) + ") v ON schedule.id = v.id AND schedule.version = v.version SET " + set
	}
	_, err := tx.ExecContext(ctx, query, r.args...)
	return err
}

// alias names a cell of the first row.
func (r *rowset) alias(row int, name string) {
	if row == 0 {
		r.sql = append(append(r.sql, " AS "...), name...)
	}
}

func encodeFire(r *rowset, f *workflow.Fire) {
	r.int(f.ScheduleID)
	r.time(f.Due)
	r.int(f.InstanceID)
	r.bool(f.Skipped)
	r.time(f.FiredAt)
}

func encodeBackfill(r *rowset, b *workflow.Backfill) {
	r.int(b.ID)
	r.int(int64(b.Shard))
	r.int(b.ProjectID)
	r.int(b.DefinitionID)
	r.int(b.UserID)
	r.text(encodeJSON(b.Start))
	r.text(encodeJSON(b.Plan))
	r.text(encodeJSON(b.Lanes))
	r.text(string(b.State))
	r.time(b.CreateTime)
	r.time(b.EndTime)
}

func encodeAlert(r *rowset, a *workflow.Alert) {
	r.int(a.ID)
	r.text(string(a.Kind))
	r.int(a.GroupID)
	r.int(a.ProjectID)
	r.int(a.InstanceID)
	r.int(a.TaskID)
	r.text(a.Title)
	r.text(a.Content)
	r.text(a.Receivers)
	r.time(a.CreateTime)
}

// openStates are the states of instances that are not terminal, openTaskStates
// those of task instances.
var openStates, openTaskStates = notTerminal(workflow.InstanceStates), notTerminal(workflow.TaskStates)

// notTerminal lists those of the states that are not terminal, as SQL does.
func notTerminal(states []workflow.State) string {
	var words []string
	for _, s := range states {
		if !s.Terminal() {
			words = append(words, "'"+string(s)+"'")
		}
	}
	return strings.Join(words, ",")
}
