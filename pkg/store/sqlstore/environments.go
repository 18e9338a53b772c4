package sqlstore

import (
	"context"
	"fmt"

	"gorm.io/gorm"

	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// environments implements store.Environments. Variables are sealed for the id
// of their row: people keep passwords in them.
type environments struct{ db *database }

type environmentRow struct {
	ID              int64 `gorm:"primaryKey;autoIncrement"`
	Name            string
	Description     string
	VariablesSealed string // JSON
	WorkerGroups    string // JSON
	CreateTime      moment
	UpdateTime      moment
}

func (environmentRow) TableName() string { return "environment" }

func (s environments) environment(r environmentRow) (workflow.Environment, error) {
	e := workflow.Environment{ID: r.ID, Name: r.Name, Description: r.Description, CreateTime: r.CreateTime.Time, UpdateTime: r.UpdateTime.Time}
	variables, err := s.db.openID(sealedVariables, r.ID, r.VariablesSealed)
	if err != nil {
		return e, err
	}
	if err := decodeJSON(variables, &e.Variables); err != nil {
		return e, fmt.Errorf("variables of environment %d: %w", r.ID, err)
	}
	if err := decodeJSON(r.WorkerGroups, &e.WorkerGroups); err != nil {
		return e, fmt.Errorf("worker groups of environment %d: %w", r.ID, err)
	}
	return e, nil
}

// Save seals the variables once the row has an id.
func (s environments) Save(ctx context.Context, e *workflow.Environment) error {
	next := *e
	next.UpdateTime = s.db.now()
	err := mapError(s.db.saveNew(ctx, &next.ID, func(tx *gorm.DB) (err error) {
		row := &environmentRow{ID: next.ID, Name: e.Name, Description: e.Description, WorkerGroups: encodeJSON(e.WorkerGroups), UpdateTime: moment{next.UpdateTime}}
		if next.ID == 0 {
			next.CreateTime = next.UpdateTime
			row.CreateTime = moment{next.CreateTime}
			if err := tx.Create(row).Error; err != nil {
				return err
			}
			next.ID = row.ID
		}
		if len(e.Variables) > 0 {
			if row.VariablesSealed, err = s.db.sealID(sealedVariables, row.ID, encodeJSON(e.Variables)); err != nil {
				return err
			}
		}
		return updateIn(tx, "environment", row.ID, row, "create_time")
	}), "environment")
	if err == nil {
		*e = next
	}
	return err
}

func (s environments) Delete(ctx context.Context, id int64) error {
	return deleteRow[environmentRow](ctx, s.db, "environment", id)
}

func (s environments) get(ctx context.Context, where string, arg any) (workflow.Environment, error) {
	row, err := getRow[environmentRow](ctx, s.db, "environment", where, arg)
	if err != nil {
		return workflow.Environment{}, err
	}
	return s.environment(row)
}

func (s environments) Get(ctx context.Context, id int64) (workflow.Environment, error) {
	return s.get(ctx, "id = ?", id)
}

func (s environments) ByName(ctx context.Context, name string) (workflow.Environment, error) {
	return s.get(ctx, "name = ?", name)
}

func (s environments) All(ctx context.Context) ([]workflow.Environment, error) {
	rows, err := allRows[environmentRow](ctx, s.db, "environment", "name")
	if err != nil {
		return nil, err
	}
	list := make([]workflow.Environment, len(rows))
	for i, r := range rows {
		if list[i], err = s.environment(r); err != nil {
			return nil, err
		}
	}
	return list, nil
}

func (s environments) Reseal(ctx context.Context, limit int) (int, error) {
	return s.db.reseal(ctx, sealedVariables, limit)
}
