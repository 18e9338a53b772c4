package sqlstore

import (
	"context"
	"strings"

	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// workerGroups implements store.WorkerGroups.
type workerGroups struct{ db *database }

type workerGroupRow struct {
	ID         int64 `gorm:"primaryKey;autoIncrement"`
	Name       string
	Addresses  string // comma separated
	CreateTime moment
	UpdateTime moment
}

func (workerGroupRow) TableName() string { return "worker_group" }

func (r workerGroupRow) group() workflow.WorkerGroup {
	g := workflow.WorkerGroup{ID: r.ID, Name: r.Name, CreateTime: r.CreateTime.Time, UpdateTime: r.UpdateTime.Time}
	if r.Addresses != "" {
		g.Addresses = strings.Split(r.Addresses, ",")
	}
	return g
}

func (s workerGroups) Save(ctx context.Context, g *workflow.WorkerGroup) error {
	g.UpdateTime = s.db.now()
	row := &workerGroupRow{ID: g.ID, Name: g.Name, Addresses: strings.Join(g.Addresses, ","), UpdateTime: moment{g.UpdateTime}}
	if g.ID != 0 {
		return updateRow(ctx, s.db, "worker_group", g.ID, row, "create_time")
	}
	g.CreateTime = g.UpdateTime
	row.CreateTime = moment{g.CreateTime}
	err := createRow(ctx, s.db, "worker_group", row, &row.ID)
	g.ID = row.ID
	return err
}

func (s workerGroups) Delete(ctx context.Context, id int64) error {
	return deleteRow[workerGroupRow](ctx, s.db, "worker_group", id)
}

func (s workerGroups) Get(ctx context.Context, id int64) (workflow.WorkerGroup, error) {
	row, err := getRow[workerGroupRow](ctx, s.db, "worker_group", "id = ?", id)
	return row.group(), err
}

func (s workerGroups) ByName(ctx context.Context, name string) (workflow.WorkerGroup, error) {
	row, err := getRow[workerGroupRow](ctx, s.db, "worker_group", "name = ?", name)
	return row.group(), err
}

func (s workerGroups) All(ctx context.Context) ([]workflow.WorkerGroup, error) {
	rows, err := allRows[workerGroupRow](ctx, s.db, "worker_group", "id")
	return each(rows, workerGroupRow.group), err
}

func (s workerGroups) Running(ctx context.Context, name string) (int, error) {
	var n int
	err := s.db.read.QueryRowContext(ctx, "SELECT COUNT(*) FROM instance WHERE state IN ("+openStates+") AND worker_group = ?", name).Scan(&n)
	return n, mapError(err, "instance")
}
