package sqlstore

import (
	"context"
	"fmt"
	"slices"
	"time"

	"gorm.io/gorm"

	"github.com/porpoise-scheduler/porpoise/pkg/store"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

func (s definitions) CreateAll(ctx context.Context, ds []*store.NewDefinition) error {
	if len(ds) == 0 {
		return nil
	}
	for _, d := range ds {
		if err := fits(&d.Definition); err != nil {
			return err
		}
	}
	now := s.db.now()
	var first int64 // its code and those after it, which nobody else makes up
	return s.db.withCode(ctx, "workflow", &first, func() error {
		for i, d := range ds {
			begin(&d.Definition, now)
			d.Code = first + int64(i)
		}
		return mapError(s.db.save(ctx, func(tx *gorm.DB) error { return s.insertAll(ctx, tx, ds, now) }), "definition")
	})
}

// insertAll stores workflows in their order, so that each finds those it runs.
func (s definitions) insertAll(ctx context.Context, tx *gorm.DB, ds []*store.NewDefinition, now time.Time) error {
	for i, d := range ds {
		if err := link(d, ds[:i]); err != nil {
			return err
		}
		if err := s.insert(tx, &d.Definition, now); err != nil {
			return err
		}
		if d.Schedule == nil {
			continue
		}
		d.Schedule.ProjectID, d.Schedule.DefinitionID = d.ProjectID, d.ID
		if err := (schedules{s.db}).insert(ctx, tx.Statement.ConnPool, d.Schedule); err != nil {
			return err
		}
	}
	return nil
}

// link lets the tasks of d run workflows that were just stored.
func link(d *store.NewDefinition, before []*store.NewDefinition) error {
	d.Tasks = slices.Clone(d.Tasks) // the caller's may be shared
	for i := range d.Tasks {
		t := &d.Tasks[i]
		index, ok := d.Runs[t.Name]
		if !ok {
			continue
		}
		if index < 0 || index >= len(before) {
			return fmt.Errorf("task %q runs workflow %d of %d", t.Name, index, len(before))
		}
		t.SubWorkflow = &workflow.SubWorkflow{DefinitionID: before[index].ID}
	}
	return nil
}
