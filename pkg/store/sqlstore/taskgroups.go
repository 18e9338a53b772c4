package sqlstore

import (
	"context"

	"gorm.io/gorm"

	"github.com/porpoise-scheduler/porpoise/pkg/store"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// taskGroups implements store.TaskGroups.
type taskGroups struct{ db *database }

type taskGroupRow struct {
	ID          int64 `gorm:"primaryKey;autoIncrement"`
	ProjectID   int64
	Name        string
	Description string
	Size        int
	Closed      bool
	UserID      int64
	CreateTime  moment
	UpdateTime  moment
}

func (taskGroupRow) TableName() string { return "task_group" }

func (r taskGroupRow) group() workflow.TaskGroup {
	return workflow.TaskGroup{ID: r.ID, ProjectID: r.ProjectID, Name: r.Name, Description: r.Description, Size: r.Size,
		Closed: r.Closed, UserID: r.UserID, CreateTime: r.CreateTime.Time, UpdateTime: r.UpdateTime.Time}
}

func (s taskGroups) Save(ctx context.Context, g *workflow.TaskGroup) error {
	g.UpdateTime = s.db.now()
	row := &taskGroupRow{ID: g.ID, ProjectID: g.ProjectID, Name: g.Name, Description: g.Description, Size: g.Size,
		Closed: g.Closed, UserID: g.UserID, UpdateTime: moment{g.UpdateTime}}
	if g.ID != 0 {
		return updateRow(ctx, s.db, "task_group", g.ID, row, "create_time")
	}
	g.CreateTime = g.UpdateTime
	row.CreateTime = moment{g.CreateTime}
	err := createRow(ctx, s.db, "task_group", row, &row.ID)
	g.ID = row.ID
	return err
}

func (s taskGroups) Delete(ctx context.Context, id int64) error {
	return mapError(s.db.save(ctx, func(tx *gorm.DB) error {
		var held, waiting int64
		if err := tx.Table("task_group_slot").Where("group_id = ?", id).Count(&held).Error; err != nil {
			return err
		}
		if err := tx.Raw("SELECT COUNT(*) "+ofWaiting, waitingArgs(id)...).Scan(&waiting).Error; err != nil {
			return err
		}
		if held+waiting > 0 {
			return workflow.Errorf(workflow.Conflict, "task_group.used",
				"the task group is in use: tasks that hold a slot: %d, that wait for one: %d; let them end or stop them first", held, waiting).With(held, waiting)
		}
		if err := tx.Exec("DELETE FROM task_group_wait WHERE group_id = ?", id).Error; err != nil {
			return err // attempts that vanished without a word
		}
		return deleteIn[taskGroupRow](tx, "task_group", id)
	}), "task_group")
}

func (s taskGroups) Get(ctx context.Context, id int64) (workflow.TaskGroup, error) {
	row, err := getRow[taskGroupRow](ctx, s.db, "task_group", "id = ?", id)
	return row.group(), err
}

func (s taskGroups) All(ctx context.Context) ([]workflow.TaskGroup, error) {
	rows, err := allRows[taskGroupRow](ctx, s.db, "task_group", "id")
	return each(rows, taskGroupRow.group), err
}

func (s taskGroups) Holders(ctx context.Context, id int64) ([]int64, error) {
	ids, err := query(ctx, s.db.read, scanID, "SELECT attempt_id FROM task_group_slot WHERE group_id = ? ORDER BY take_time, attempt_id", id)
	return ids, mapError(err, "task_group")
}

// ofWaiting selects the attempts that want a slot of a group.
var ofWaiting = "FROM instance i JOIN task_instance t ON t.instance_id = i.id LEFT JOIN task_group_wait w ON w.attempt_id = t.id WHERE i.state IN (" + openStates +
	") AND t.state = ? AND t.is_current = ? AND t.reason = ?"

func waitingArgs(group int64) []any {
	return []any{workflow.Submitted, true, workflow.AwaitsSlot(group)}
}

// Waiting takes what has not asked yet, since its row was just written, for one
// of no special priority.
func (s taskGroups) Waiting(ctx context.Context, id int64) ([]store.SlotWaiter, error) {
	list, err := query(ctx, s.db.read, scanWaiter, "SELECT t.id, COALESCE(w.priority, 0) AS prio, COALESCE(w.since, t.submit_time) AS since "+
		ofWaiting+" ORDER BY prio DESC, since, t.id LIMIT 1000", waitingArgs(id)...)
	return list, mapError(err, "task_group")
}
