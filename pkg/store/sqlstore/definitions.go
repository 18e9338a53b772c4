package sqlstore

import (
	"context"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/porpoise-scheduler/porpoise/pkg/store"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// definitions implements store.Definitions.
type definitions struct{ db *database }

func (s definitions) Create(ctx context.Context, d *workflow.Definition) error {
	if err := fits(d); err != nil {
		return err
	}
	now := s.db.now()
	begin(d, now)
	return s.db.withCode(ctx, "workflow", &d.Code, func() error {
		return mapError(s.db.saveNew(ctx, &d.ID, func(tx *gorm.DB) error { return s.insert(tx, d, now) }), "definition")
	})
}

// begin makes d the first version.
func begin(d *workflow.Definition, now time.Time) {
	d.Version, d.CreateTime, d.UpdateTime = 1, now, now
	if d.ReleaseState == "" {
		d.ReleaseState = workflow.Offline
	}
}

// insert stores a new workflow, which has a code, and sets its id.
func (s definitions) insert(tx *gorm.DB, d *workflow.Definition, now time.Time) error {
	row := workflowRow{Code: d.Code, Version: 1, ProjectID: d.ProjectID, Name: d.Name, ReleaseState: d.ReleaseState,
		UserID: d.UserID, TenantID: d.TenantID, CreateTime: moment{now}, UpdateTime: moment{now}}
	if err := tx.Create(&row).Error; err != nil {
		return err
	}
	d.ID = row.ID
	return s.writeVersion(tx, d, moment{now})
}

// writeVersion stores d's version and what it runs.
func (s definitions) writeVersion(tx *gorm.DB, d *workflow.Definition, now moment) error {
	if err := tx.Create(newVersionRow(d, now)).Error; err != nil {
		return err
	}
	return writeUses(tx, d)
}

// fits refuses names that the columns of task instances could not hold: such a
// row would be refused later, with the whole batch it is in.
func fits(d *workflow.Definition) error {
	names := map[string]string{"name": d.Name}
	for i := range d.Tasks {
		for field, name := range map[string]string{"tasks.name": d.Tasks[i].Name, "tasks.workerGroup": d.Tasks[i].WorkerGroup} {
			if clip(name) != name {
				names[field] = name
			}
		}
	}
	for field, name := range names {
		if clip(name) != name {
			return workflow.Errorf(workflow.Invalid, "definition.too_long", "%s has more than %d characters", field, nameLength).At(field)
		}
	}
	return nil
}

func (s definitions) Update(ctx context.Context, d *workflow.Definition) error {
	if err := fits(d); err != nil {
		return err
	}
	now, next := s.db.now(), *d
	err := s.db.save(ctx, func(tx *gorm.DB) error {
		row, err := lockWorkflow(tx, d.ID)
		switch {
		case err != nil:
			return err
		case row.ReleaseState == workflow.Online:
			return workflow.Errorf(workflow.Conflict, "definition.online", "the workflow is online: take it offline to change it")
		case row.Version != d.Version:
			return workflow.Errorf(workflow.Conflict, "definition.changed", "the workflow was changed meanwhile: version %d is current", row.Version)
		}
		if next.Version, err = newestVersion(tx, d.ID); err != nil {
			return err
		}
		next.Version, next.UpdateTime = next.Version+1, now
		next.Code, next.ProjectID, next.UserID, next.CreateTime, next.ReleaseState = row.Code, row.ProjectID, row.UserID, row.CreateTime.Time, row.ReleaseState
		change := map[string]any{"version": next.Version, "name": d.Name, "tenant_id": d.TenantID, "update_time": moment{now}}
		if err := tx.Model(&workflowRow{}).Where("id = ?", d.ID).Updates(change).Error; err != nil {
			return err
		}
		return s.writeVersion(tx, &next, moment{now})
	})
	if err == nil {
		*d = next
	}
	return mapError(err, "definition")
}

func (s definitions) AddVersion(ctx context.Context, d *workflow.Definition) error {
	if err := fits(d); err != nil {
		return err
	}
	now, next := s.db.now(), *d
	err := s.db.save(ctx, func(tx *gorm.DB) error {
		if _, err := lockWorkflow(tx, d.ID); err != nil {
			return err
		}
		newest, err := newestVersion(tx, d.ID)
		if err != nil {
			return err
		}
		next.Version = newest + 1
		return tx.Create(newVersionRow(&next, moment{now})).Error
	})
	if err == nil {
		d.Version = next.Version
	}
	return mapError(err, "definition")
}

// newestVersion is the highest number of a workflow's versions.
func newestVersion(tx *gorm.DB, id int64) (n int, err error) {
	err = tx.Model(&versionRow{}).Where("workflow_id = ?", id).Select("MAX(version)").Scan(&n).Error
	return n, err
}

// lockWorkflow reads a workflow's row and keeps it for the transaction.
func lockWorkflow(tx *gorm.DB, id int64) (row workflowRow, err error) {
	err = tx.Clauses(clause.Locking{Strength: "UPDATE"}).Where("id = ?", id).Take(&row).Error
	return row, mapError(err, "definition")
}

func (s definitions) Release(ctx context.Context, id int64, state workflow.ReleaseState) ([]workflow.Command, error) {
	now := s.db.now()
	var left []workflow.Command
	err := s.db.save(ctx, func(tx *gorm.DB) error {
		left = nil
		if _, err := lockWorkflow(tx, id); err != nil {
			return err
		}
		if err := tx.Model(&workflowRow{}).Where("id = ?", id).Updates(map[string]any{"release_state": state, "update_time": moment{now}}).Error; err != nil {
			return err
		}
		if state == workflow.Online {
			return nil
		}
		var err error
		left, err = s.schedulesOffline(ctx, tx, id)
		return err
	})
	return left, mapError(err, "definition")
}

// schedulesOffline takes a definition's schedules offline and tells their
// shard's owner.
func (s definitions) schedulesOffline(ctx context.Context, tx *gorm.DB, id int64) ([]workflow.Command, error) {
	q := tx.Statement.ConnPool
	online, err := query(ctx, q, plain(scanSchedule),
		"SELECT "+scheduleColumns+" FROM schedule s WHERE s.definition_id = ? AND s.release_state = ?"+s.db.updateLock(), id, workflow.Online)
	if err != nil {
		return nil, err
	}
	var left []workflow.Command
	for i := range online {
		c, err := s.db.releaseSchedule(ctx, q, &online[i], workflow.Offline, moment{})
		if err != nil {
			return nil, err
		}
		left = append(left, c)
	}
	return left, nil
}

func (s definitions) Delete(ctx context.Context, id int64) error {
	return mapError(s.db.save(ctx, func(tx *gorm.DB) error {
		row, err := lockWorkflow(tx, id)
		if err != nil {
			return err
		}
		if row.ReleaseState == workflow.Online {
			return workflow.Errorf(workflow.Conflict, "definition.online", "the workflow is online: take it offline to delete it")
		}
		return removeWorkflow(tx, id)
	}), "definition")
}

// removeWorkflow deletes a workflow with all that belongs to it.
func removeWorkflow(tx *gorm.DB, id int64) error {
	for _, statement := range []string{
		"DELETE FROM schedule_fire WHERE schedule_id IN (SELECT id FROM schedule WHERE definition_id = ?)",
		"DELETE FROM schedule WHERE definition_id = ?",
		"DELETE FROM workflow_child WHERE workflow_id = ?",
		"DELETE FROM workflow_resource WHERE workflow_id = ?",
		"DELETE FROM workflow_data_source WHERE workflow_id = ?",
		"DELETE FROM workflow_draft WHERE workflow_id = ?",
		"DELETE FROM workflow_folder WHERE workflow_id = ?",
		"DELETE FROM workflow_label WHERE workflow_id = ?",
		"DELETE FROM workflow_version WHERE workflow_id = ?",
		"DELETE FROM workflow WHERE id = ?",
	} {
		if err := tx.Exec(statement, id).Error; err != nil {
			return err
		}
	}
	return nil
}

func (s definitions) Get(ctx context.Context, id int64) (workflow.Definition, error) {
	return currentDefinition(ctx, s.db.read, id)
}

func (s definitions) Version(ctx context.Context, id int64, version int) (workflow.Definition, error) {
	return definitionVersion(ctx, s.db.read, id, version)
}

func (s definitions) ByName(ctx context.Context, projectID int64, name string) (workflow.Definition, error) {
	return one(ctx, s.db.read, "definition", plain(scanDefinition),
		"SELECT "+definitionFull+definitionCurrent+" WHERE w.project_id = ? AND w.name = ?", projectID, name)
}

// definitionBeside are the columns and joins of what lists show beside a
// definition. Of several schedules an online one counts.
const (
	definitionBeside = `, COALESCE(u.name, ''), COALESCE(m.name, ''), COALESCE(p.name, ''),
	COALESCE((SELECT MAX(s.release_state) FROM schedule s WHERE s.definition_id = w.id), '')`
	definitionJoins = " LEFT JOIN user_account u ON u.id = w.user_id LEFT JOIN user_account m ON m.id = v.modified_by LEFT JOIN project p ON p.id = w.project_id"
)

func scanDefinitionRow(row scanner) (r store.DefinitionRow, err error) {
	r.Definition, err = scanDefinition(row, &r.UserName, &r.ModifiedByName, &r.ProjectName, &r.ScheduleRelease)
	return r, err
}

func (s definitions) Row(ctx context.Context, id int64) (store.DefinitionRow, error) {
	return one(ctx, s.db.read, "definition", scanDefinitionRow,
		"SELECT "+definitionFull+definitionBeside+definitionCurrent+definitionJoins+" WHERE w.id = ?", id)
}

// List pages over the workflows first and joins only the rows of the page.
func (s definitions) List(ctx context.Context, projectID int64, search string, userID int64, p store.Page, full bool) ([]store.DefinitionRow, int, error) {
	f := filter{dialect: s.db.dialect}
	f.equal("w.project_id", projectID)
	f.equal("w.user_id", userID)
	f.search("w.name", search)
	total, err := f.count(ctx, s.db.read, "workflow w")
	if err != nil {
		return nil, 0, mapError(err, "definition")
	}
	sel := definitionShort
	if full {
		sel = definitionFull
	}
	rows, err := query(ctx, s.db.read, scanDefinitionRow, "SELECT "+sel+definitionBeside+definitionCurrent+definitionJoins+
		" JOIN (SELECT w.id FROM workflow w"+f.where()+" ORDER BY w.update_time DESC, w.id DESC LIMIT ? OFFSET ?) page ON page.id = w.id"+
		" ORDER BY w.update_time DESC, w.id DESC", append(f.args, p.Size, p.Offset())...)
	return rows, total, mapError(err, "definition")
}

func (s definitions) All(ctx context.Context, projectID int64) ([]store.DefinitionRow, error) {
	rows, err := query(ctx, s.db.read, scanDefinitionRow, "SELECT "+definitionFull+definitionBeside+definitionCurrent+definitionJoins+
		" WHERE w.project_id = ? ORDER BY w.id", projectID)
	return rows, mapError(err, "definition")
}

func (s definitions) UsedBy(ctx context.Context, id int64) ([]int64, error) {
	ids, err := query(ctx, s.db.read, scanID, "SELECT workflow_id FROM workflow_child WHERE child_id = ? ORDER BY workflow_id", id)
	return ids, mapError(err, "definition")
}
