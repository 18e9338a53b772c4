package sqlstore

import (
	"context"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/porpoise-scheduler/porpoise/pkg/store"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// queues implements store.Queues.
type queues struct{ db *database }

type queueRow struct {
	ID         int64 `gorm:"primaryKey;autoIncrement"`
	Name       string
	Value      string
	CreateTime moment
	UpdateTime moment
}

func (queueRow) TableName() string { return "queue" }

func newQueueRow(q *workflow.Queue) *queueRow {
	return &queueRow{ID: q.ID, Name: q.Name, Value: q.Value, CreateTime: moment{q.CreateTime}, UpdateTime: moment{q.UpdateTime}}
}

func (r queueRow) queue() workflow.Queue {
	return workflow.Queue{ID: r.ID, Name: r.Name, Value: r.Value, CreateTime: r.CreateTime.Time, UpdateTime: r.UpdateTime.Time}
}

func (s queues) Create(ctx context.Context, q *workflow.Queue) error {
	q.CreateTime, q.UpdateTime = s.db.now(), s.db.now()
	row := newQueueRow(q)
	err := createRow(ctx, s.db, "queue", row, &row.ID)
	q.ID = row.ID
	return err
}

func (s queues) Update(ctx context.Context, q *workflow.Queue) error {
	q.UpdateTime = s.db.now()
	return mapError(s.db.save(ctx, func(tx *gorm.DB) error {
		var before queueRow
		if err := tx.Clauses(clause.Locking{Strength: "UPDATE"}).Where("id = ?", q.ID).Take(&before).Error; err != nil {
			return err
		}
		if err := updateIn(tx, "queue", q.ID, newQueueRow(q), "create_time"); err != nil || before.Value == q.Value {
			return err
		}
		return tx.Model(&userRow{}).Where("queue = ?", before.Value).
			Updates(map[string]any{"queue": q.Value, "update_time": moment{q.UpdateTime}}).Error
	}), "queue")
}

func (s queues) Delete(ctx context.Context, id int64) error {
	return mapError(s.db.save(ctx, func(tx *gorm.DB) error {
		var tenants, users int64
		if err := tx.Table("tenant").Where("queue_id = ?", id).Count(&tenants).Error; err != nil {
			return err
		}
		if err := tx.Table("user_account").Where("queue = (SELECT value FROM queue WHERE id = ?)", id).Count(&users).Error; err != nil {
			return err
		}
		if tenants+users > 0 {
			return workflow.Errorf(workflow.Conflict, "queue.used", "%d tenants and %d users have the queue", tenants, users)
		}
		return deleteIn[queueRow](tx, "queue", id)
	}), "queue")
}

func (s queues) Get(ctx context.Context, id int64) (workflow.Queue, error) {
	row, err := getRow[queueRow](ctx, s.db, "queue", "id = ?", id)
	return row.queue(), err
}

func (s queues) ByName(ctx context.Context, name string) (workflow.Queue, error) {
	row, err := getRow[queueRow](ctx, s.db, "queue", "name = ?", name)
	return row.queue(), err
}

func (s queues) ByValue(ctx context.Context, value string) (workflow.Queue, error) {
	row, err := getRow[queueRow](ctx, s.db, "queue", "value = ?", value)
	return row.queue(), err
}

func (s queues) List(ctx context.Context, search string, p store.Page) ([]workflow.Queue, int, error) {
	q := s.db.gRead.WithContext(ctx).Model(&queueRow{})
	if search != "" {
		q = q.Where(s.db.like("name"), contains(search))
	}
	rows, total, err := pageRows[queueRow](q, "queue", "*", "update_time DESC, id DESC", p)
	return each(rows, queueRow.queue), total, err
}

func (s queues) All(ctx context.Context) ([]workflow.Queue, error) {
	rows, err := allRows[queueRow](ctx, s.db, "queue", "id")
	return each(rows, queueRow.queue), err
}
