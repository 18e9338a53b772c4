package sqlstore

import (
	"context"
	"slices"
	"time"

	"gorm.io/gorm"

	"github.com/porpoise-scheduler/porpoise/pkg/store"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// Apply works in three rounds, since new workflows may name each other: what
// goes, what is made, and then what all of them become.
func (s definitions) Apply(ctx context.Context, changes []*store.Change, finish func() error) ([]workflow.Command, error) {
	if len(changes) == 0 {
		return nil, nil
	}
	made := fresh(changes)
	var left []workflow.Command
	var id, first int64 // of the first workflow made; its code, and those after it, which nobody else makes up
	err := s.db.withCode(ctx, "workflow", &first, func() error {
		return mapError(s.db.saveNew(ctx, &id, func(tx *gorm.DB) error {
			left = nil
			a := applier{definitions: s, tx: tx, now: s.db.now(), left: &left, made: made}
			if err := a.begin(ctx, changes, first); err != nil {
				return err
			}
			if len(made) > 0 {
				id = made[0].ID
			}
			if finish != nil {
				if err := finish(); err != nil {
					return err
				}
			}
			return a.all(ctx, changes)
		}), "definition")
	})
	if err != nil {
		for _, c := range made {
			c.ID = 0
		}
		return nil, err
	}
	return left, nil
}

// fresh are the changes that make a workflow.
func fresh(changes []*store.Change) (made []*store.Change) {
	for _, c := range changes {
		if c.ID == 0 {
			made = append(made, c)
		}
	}
	return made
}

// applier is one try of Apply.
type applier struct {
	definitions
	tx   *gorm.DB
	now  time.Time
	made []*store.Change
	left *[]workflow.Command
}

// begin removes what goes, and gives ids to what is made.
func (a applier) begin(ctx context.Context, changes []*store.Change, code int64) error {
	for _, c := range changes {
		if c.Delete {
			if err := a.remove(ctx, c); err != nil {
				return err
			}
		}
	}
	for i, c := range a.made {
		if err := fits(&c.Definition); err != nil {
			return err
		}
		c.Code, c.ReleaseState, c.CreateTime, c.UpdateTime, c.Version = code+int64(i), workflow.Offline, a.now, a.now, 1
		if c.Unpublished {
			c.Version = 0
		}
		row := workflowRow{Code: c.Code, Version: c.Version, ProjectID: c.ProjectID, Name: c.Name, ReleaseState: c.ReleaseState,
			UserID: c.UserID, CreateTime: moment{a.now}, UpdateTime: moment{a.now}}
		if err := a.tx.Create(&row).Error; err != nil {
			return err
		}
		c.ID = row.ID
	}
	return nil
}

func (a applier) remove(ctx context.Context, c *store.Change) error {
	if _, err := a.lock(c); err != nil {
		return err
	}
	commands, err := a.schedulesOffline(ctx, a.tx, c.ID)
	if err != nil {
		return err
	}
	*a.left = append(*a.left, commands...)
	return removeWorkflow(a.tx, c.ID)
}

// lock keeps a workflow for the transaction if it is still the one that the
// change was made for.
func (a applier) lock(c *store.Change) (workflowRow, error) {
	row, err := lockWorkflow(a.tx, c.ID)
	if err == nil && row.Version != c.Base {
		err = workflow.Errorf(workflow.Conflict, "definition.changed", "workflow %s was changed meanwhile: version %d is current", row.Name, row.Version)
	}
	return row, err
}

// all makes what remains of the changes.
func (a applier) all(ctx context.Context, changes []*store.Change) error {
	for _, c := range changes {
		if c.Delete {
			continue
		}
		if err := a.version(c); err != nil {
			return err
		}
		if err := a.draft(c); err != nil {
			return err
		}
		if c.Sorting != nil {
			if err := setSorting(ctx, a.tx.Statement.ConnPool, c.ID, *c.Sorting); err != nil {
				return err
			}
		}
		if err := a.release(ctx, c); err != nil {
			return err
		}
	}
	return nil
}

// version stores the version of a change.
func (a applier) version(c *store.Change) error {
	if !slices.Contains(a.made, c) {
		row, err := a.lock(c)
		if err != nil || c.Keep {
			return err
		}
		if err := a.next(c, row); err != nil {
			return err
		}
	}
	if c.Keep {
		return nil
	}
	if err := fits(&c.Definition); err != nil {
		return err
	}
	update := map[string]any{"version": c.Version, "name": c.Name, "tenant_id": c.TenantID, "update_time": moment{a.now}}
	if err := a.tx.Model(&workflowRow{}).Where("id = ?", c.ID).Updates(update).Error; err != nil {
		return err
	}
	row := newVersionRow(&c.Definition, moment{a.now})
	row.Note = c.Note
	if err := a.tx.Create(row).Error; err != nil {
		return err
	}
	return writeUses(a.tx, &c.Definition)
}

// next numbers a version of a workflow that was there.
func (a applier) next(c *store.Change, row workflowRow) error {
	newest, err := newestVersion(a.tx, c.ID)
	if err != nil {
		return err
	}
	c.Version, c.UpdateTime = newest+1, a.now
	c.Code, c.ProjectID, c.UserID, c.CreateTime, c.ReleaseState = row.Code, row.ProjectID, row.UserID, row.CreateTime.Time, row.ReleaseState
	return nil
}

// draft begins a draft, or removes the one that was published.
func (a applier) draft(c *store.Change) error {
	if c.Draft != nil {
		row := draftRow{WorkflowID: c.ID, Revision: 1, Document: c.Draft.Document, BaseVersion: c.Version, UserID: c.Draft.UserID, UpdateTime: moment{a.now}}
		return a.tx.Create(&row).Error
	}
	if c.Published == 0 {
		return nil
	}
	r := a.tx.Where("workflow_id = ? AND revision = ?", c.ID, c.Published).Delete(&draftRow{})
	if r.Error == nil && r.RowsAffected == 0 {
		return revisionChanged()
	}
	return r.Error
}

// release puts the workflow and its schedules into their states.
func (a applier) release(ctx context.Context, c *store.Change) error {
	if c.Release != "" {
		if err := a.tx.Model(&workflowRow{}).Where("id = ?", c.ID).Updates(map[string]any{"release_state": c.Release, "update_time": moment{a.now}}).Error; err != nil {
			return err
		}
		c.ReleaseState = c.Release
	}
	if c.Release == workflow.Offline {
		commands, err := a.schedulesOffline(ctx, a.tx, c.ID)
		if err != nil {
			return err
		}
		*a.left = append(*a.left, commands...)
	}
	for i := range c.Schedules {
		if err := a.schedule(ctx, c, &c.Schedules[i]); err != nil {
			return err
		}
	}
	return nil
}

func (a applier) schedule(ctx context.Context, of *store.Change, c *store.ScheduleChange) error {
	tx, v := a.tx.Statement.ConnPool, &c.Schedule
	v.ProjectID, v.DefinitionID = of.ProjectID, of.ID
	due := v.NextDue
	switch {
	case v.ID == 0:
		if err := (schedules{a.db}).insert(ctx, tx, v); err != nil {
			return err
		}
		defer func() { v.ID = 0 }() // it may be made again
	case c.Save:
		if _, err := (schedules{a.db}).update(ctx, tx, v, a.now); err != nil {
			return err
		}
	}
	if c.Delete {
		c.Release = workflow.Offline
	}
	if c.Release != "" {
		command, err := a.db.releaseSchedule(ctx, tx, v, c.Release, moment{due})
		if err != nil {
			return err
		}
		*a.left = append(*a.left, command)
	}
	if !c.Delete {
		return nil
	}
	for _, statement := range []string{"DELETE FROM schedule_fire WHERE schedule_id = ?", "DELETE FROM schedule WHERE id = ?"} {
		if _, err := tx.ExecContext(ctx, statement, v.ID); err != nil {
			return err
		}
	}
	return nil
}
