package sqlstore

import (
	"context"
	"slices"

	"github.com/porpoise-scheduler/porpoise/pkg/store"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// backfillStore implements store.Backfills.
type backfillStore struct{ db *database }

func (s backfillStore) Get(ctx context.Context, id int64) (workflow.Backfill, error) {
	return one(ctx, s.db.read, "backfill", scanBackfill, "SELECT "+backfillColumns+" FROM backfill b WHERE b.id = ?", id)
}

func (s backfillStore) List(ctx context.Context, projectID, before int64, limit int) ([]workflow.Backfill, error) {
	f := filter{dialect: s.db.dialect}
	f.add("b.project_id = ?", projectID)
	if before != 0 {
		f.add("b.id < ?", before)
	}
	list, err := query(ctx, s.db.read, scanBackfill, "SELECT "+backfillColumns+" FROM backfill b"+f.where()+" ORDER BY b.id DESC LIMIT ?", append(f.args, limit)...)
	return list, mapError(err, "backfill")
}

func scanDateRun(row scanner) (r store.DateRun, err error) {
	var date moment
	err = row.Scan(&r.InstanceID, &date, &r.State)
	r.Date = date.Time
	return r, err
}

// Dates finds the instances by the workflow's index of dates.
func (s backfillStore) Dates(ctx context.Context, b *workflow.Backfill) ([]store.DateRun, error) {
	if len(b.Plan.Dates) == 0 {
		return nil, nil
	}
	first, last := b.Plan.Dates[0], b.Plan.Dates[0]
	for _, d := range b.Plan.Dates {
		if d.Before(first) {
			first = d
		}
		if d.After(last) {
			last = d
		}
	}
	list, err := query(ctx, s.db.read, scanDateRun,
		"SELECT i.id, i.schedule_time, i.state FROM instance i WHERE i.definition_id = ? AND i.schedule_time >= ? AND i.schedule_time <= ? AND i.backfill_id = ?",
		b.DefinitionID, s.db.time(first), s.db.time(last), b.ID)
	slices.SortFunc(list, func(x, y store.DateRun) int { return x.Date.Compare(y.Date) })
	return list, mapError(err, "instance")
}

func (s backfillStore) StartedBy(ctx context.Context, projectID, commandID int64) (int64, error) {
	rows, err := query(ctx, s.db.read, scanStarted,
		"SELECT b.id, b.start_options FROM backfill b WHERE b.project_id = ? ORDER BY b.id DESC LIMIT ?", projectID, newest)
	return startedBy(rows, commandID), mapError(err, "backfill")
}
