package sqlstore

import (
	"context"
	"strings"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/porpoise-scheduler/porpoise/pkg/store"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// retentions implements store.Retentions.
type retentions struct{ db *database }

type retentionRow struct {
	ProjectID    int64 `gorm:"primaryKey;autoIncrement:false"`
	InstanceDays int
	LogDays      int
	CacheDays    int
	UpdateTime   moment
}

func (retentionRow) TableName() string { return "retention" }

func (r retentionRow) retention() workflow.Retention {
	return workflow.Retention{ProjectID: r.ProjectID, InstanceDays: r.InstanceDays, LogDays: r.LogDays, CacheDays: r.CacheDays, UpdateTime: r.UpdateTime.Time}
}

func (s retentions) All(ctx context.Context) ([]workflow.Retention, error) {
	rows, err := allRows[retentionRow](ctx, s.db, "retention", "project_id")
	return each(rows, retentionRow.retention), err
}

func (s retentions) Save(ctx context.Context, r workflow.Retention) error {
	row := &retentionRow{ProjectID: r.ProjectID, InstanceDays: r.InstanceDays, LogDays: r.LogDays, CacheDays: r.CacheDays, UpdateTime: moment{s.db.now()}}
	return mapError(s.db.saveOne(ctx, new(int64), func(tx *gorm.DB) error {
		return tx.Clauses(clause.OnConflict{UpdateAll: true}).Create(row).Error
	}), "retention")
}

func (s retentions) Delete(ctx context.Context, projectID int64) error {
	return mapError(s.db.change(ctx, missing("retention"), "DELETE FROM retention WHERE project_id = ?", projectID), "retention")
}

// terminalStates are the states of instances that have ended.
var terminalStates = func() string {
	var words []string
	for _, s := range workflow.InstanceStates {
		if s.Terminal() {
			words = append(words, "'"+string(s)+"'")
		}
	}
	return strings.Join(words, ",")
}()

// expired is the condition of instances that ended before a moment. The sum
// and COALESCE keep planners from reading and sorting a project's whole history,
// or that of a state, for each page.
func (s retentions) expired(projectID int64, except []int64, before time.Time) filter {
	f := filter{dialect: s.db.dialect}
	f.add("i.end_time < ?", s.db.time(before))
	f.equal("i.project_id + 0", projectID)
	if projectID == 0 && len(except) > 0 {
		f.add("i.project_id NOT IN ("+marks(len(except))+")", anys(except)...)
	}
	f.add("COALESCE(i.state, '') IN (" + terminalStates + ")")
	f.add("NOT EXISTS (SELECT 1 FROM instance p WHERE p.id = i.parent_id AND p.state IN (" + openStates + "))")
	return f
}

// Expired goes along the index of end times, from where after stands in it.
func (s retentions) Expired(ctx context.Context, projectID int64, except []int64, before time.Time, after store.Ended, limit int) ([]workflow.Instance, error) {
	f := s.expired(projectID, except, before)
	if after != (store.Ended{}) {
		at := s.db.time(after.Time)
		f.add("i.end_time >= ? AND (i.end_time > ? OR i.id > ?)", at, at, after.ID)
	}
	list, err := query(ctx, s.db.read, plain(scanInstance), "SELECT "+instanceColumns+" FROM instance i"+f.where()+
		" ORDER BY i.end_time, i.id LIMIT ?", append(f.args, limit)...)
	return list, mapError(err, "instance")
}

func (s retentions) CountExpired(ctx context.Context, projectID int64, except []int64, before time.Time) (instances, tasks int, err error) {
	f := s.expired(projectID, except, before)
	if instances, err = f.count(ctx, s.db.read, "instance i"); err != nil {
		return 0, 0, mapError(err, "instance")
	}
	tasks, err = f.count(ctx, s.db.read, "instance i JOIN task_instance t ON t.instance_id = i.id")
	return instances, tasks, mapError(err, "task instance")
}
