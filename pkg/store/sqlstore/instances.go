package sqlstore

import (
	"context"
	"time"

	"github.com/porpoise-scheduler/porpoise/pkg/store"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// instanceStore implements store.Instances.
type instanceStore struct{ db *database }

func (s instanceStore) Get(ctx context.Context, id int64) (workflow.Instance, error) {
	return instanceByID(ctx, s.db.read, id)
}

const instanceFrom = " FROM instance i LEFT JOIN user_account u ON u.id = i.user_id"

func scanInstanceRow(row scanner) (r store.InstanceRow, err error) {
	r.Instance, err = scanInstance(row, &r.UserName)
	return r, err
}

func (s instanceStore) Row(ctx context.Context, id int64) (store.InstanceRow, error) {
	return one(ctx, s.db.read, "instance", scanInstanceRow, "SELECT "+instanceColumns+", COALESCE(u.name, '')"+instanceFrom+" WHERE i.id = ?", id)
}

// List gives the newest first. The page is cut out of an index; whole rows are
// read for the page alone.
func (s instanceStore) List(ctx context.Context, f store.InstanceFilter, p store.Page) ([]store.InstanceRow, int, error) {
	w := filter{dialect: s.db.dialect}
	w.equal("i.project_id", f.ProjectID)
	w.equal("i.definition_id", f.DefinitionID)
	w.search("i.name", f.Search)
	w.states("i.state", f.States)
	w.exact("i.master_id", f.MasterID)
	w.between("i.start_time", f.From, f.To)
	w.owner("i.user_id", f.UserName)
	total, err := w.count(ctx, s.db.read, "instance i")
	if err != nil {
		return nil, 0, mapError(err, "instance")
	}
	rows, err := query(ctx, s.db.read, scanInstanceRow, "SELECT "+instanceColumns+", COALESCE(u.name, '')"+instanceFrom+
		" JOIN (SELECT i.id FROM instance i"+w.where()+" ORDER BY i.id DESC LIMIT ? OFFSET ?) page ON page.id = i.id ORDER BY i.id DESC",
		append(w.args, p.Size, p.Offset())...)
	return rows, total, mapError(err, "instance")
}

func (s instanceStore) Recent(ctx context.Context, definitionID int64, limit int) ([]workflow.Instance, error) {
	list, err := query(ctx, s.db.read, plain(scanInstance),
		"SELECT "+instanceColumns+" FROM instance i WHERE i.definition_id = ? ORDER BY i.id DESC LIMIT ?", definitionID, limit)
	return list, mapError(err, "instance")
}

func (s instanceStore) ChildOf(ctx context.Context, taskID int64) (workflow.Instance, error) {
	return one(ctx, s.db.read, "instance", plain(scanInstance),
		"SELECT "+instanceColumns+" FROM instance i WHERE i.parent_task_id = ? ORDER BY i.id DESC LIMIT 1", taskID)
}

func (s instanceStore) Counts(ctx context.Context, projectIDs []int64, from, to time.Time) (map[workflow.State]int, error) {
	counts := map[workflow.State]int{}
	if len(projectIDs) == 0 {
		return counts, nil
	}
	f := filter{dialect: s.db.dialect}
	f.add("project_id IN ("+marks(len(projectIDs))+")", anys(projectIDs)...)
	if !from.IsZero() {
		f.add("start_time >= ?", f.time(from))
	}
	if !to.IsZero() {
		f.add("start_time < ?", f.time(to))
	}
	rows, err := s.db.read.QueryContext(ctx, "SELECT state, COUNT(*) FROM instance"+f.where()+" GROUP BY state", f.args...)
	if err != nil {
		return nil, mapError(err, "instance")
	}
	defer rows.Close()
	for rows.Next() {
		var state workflow.State
		var n int
		if err := rows.Scan(&state, &n); err != nil {
			return nil, mapError(err, "instance")
		}
		counts[state] = n
	}
	return counts, mapError(rows.Err(), "instance")
}

// taskStore implements store.TaskInstances.
type taskStore struct{ db *database }

func (s taskStore) Get(ctx context.Context, id int64) (workflow.TaskInstance, error) {
	return one(ctx, s.db.read, "task_instance", plain(scanTask), "SELECT "+taskColumns+" FROM task_instance t WHERE t.id = ?", id)
}

func (s taskStore) ByInstance(ctx context.Context, instanceID int64, all bool) ([]workflow.TaskInstance, error) {
	return tasksOf(ctx, s.db.read, instanceID, all)
}

func scanTaskRow(row scanner) (r store.TaskRow, err error) {
	r.TaskInstance, err = scanTask(row, &r.InstanceName, &r.UserID, &r.UserName)
	return r, err
}

// List gives the newest first.
func (s taskStore) List(ctx context.Context, f store.TaskFilter, p store.Page) ([]store.TaskRow, int, error) {
	w := filter{dialect: s.db.dialect}
	w.equal("t.instance_id", f.InstanceID)
	if f.InstanceID != 0 { // the sum keeps SQLite from preferring the project's index
		w.equal("t.project_id + 0", f.ProjectID)
	} else {
		w.equal("t.project_id", f.ProjectID)
	}
	w.search("t.task", f.Search)
	w.exact("t.task", f.Task)
	w.states("t.state", f.States)
	w.exact("t.host", f.Host)
	w.between("t.start_time", f.From, f.To)
	from := "task_instance t"
	if f.UserName != "" {
		from += " JOIN instance i ON i.id = t.instance_id"
		w.owner("i.user_id", f.UserName)
	}
	total, err := w.count(ctx, s.db.read, from)
	if err != nil {
		return nil, 0, mapError(err, "task_instance")
	}
	rows, err := query(ctx, s.db.read, scanTaskRow, "SELECT "+taskColumns+", COALESCE(i.name, ''), COALESCE(i.user_id, 0), COALESCE(u.name, '')"+
		" FROM (SELECT t.id FROM "+from+w.where()+" ORDER BY t.id DESC LIMIT ? OFFSET ?) page JOIN task_instance t ON t.id = page.id"+
		" LEFT JOIN instance i ON i.id = t.instance_id LEFT JOIN user_account u ON u.id = i.user_id ORDER BY t.id DESC",
		append(w.args, p.Size, p.Offset())...)
	return rows, total, mapError(err, "task_instance")
}
