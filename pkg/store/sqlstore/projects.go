package sqlstore

import (
	"context"

	"gorm.io/gorm"

	"github.com/porpoise-scheduler/porpoise/pkg/store"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// projects implements store.Projects.
type projects struct{ db *database }

type projectRow struct {
	ID          int64 `gorm:"primaryKey;autoIncrement"`
	Code        int64
	Name        string
	Description string
	UserID      int64
	CreateTime  moment
	UpdateTime  moment
}

func (projectRow) TableName() string { return "project" }

func newProjectRow(p *workflow.Project) *projectRow {
	return &projectRow{ID: p.ID, Code: p.Code, Name: p.Name, Description: p.Description, UserID: p.UserID,
		CreateTime: moment{p.CreateTime}, UpdateTime: moment{p.UpdateTime}}
}

func (r projectRow) project() workflow.Project {
	return workflow.Project{ID: r.ID, Code: r.Code, Name: r.Name, Description: r.Description, UserID: r.UserID,
		CreateTime: r.CreateTime.Time, UpdateTime: r.UpdateTime.Time}
}

// Create makes up a code when there is none.
func (s projects) Create(ctx context.Context, p *workflow.Project) error {
	p.CreateTime, p.UpdateTime = s.db.now(), s.db.now()
	row := newProjectRow(p)
	err := s.db.withCode(ctx, "project", &row.Code, func() error { return createRow(ctx, s.db, "project", row, &row.ID) })
	p.ID, p.Code = row.ID, row.Code
	return err
}

func (s projects) Update(ctx context.Context, p *workflow.Project) error {
	p.UpdateTime = s.db.now()
	return updateRow(ctx, s.db, "project", p.ID, newProjectRow(p), "code", "create_time")
}

func (s projects) Delete(ctx context.Context, id int64) error {
	return mapError(s.db.save(ctx, func(tx *gorm.DB) error {
		if err := tx.Where("project_id = ?", id).Delete(&grantRow{}).Error; err != nil {
			return err
		}
		if err := tx.Where("project_id = ?", id).Delete(&retentionRow{}).Error; err != nil {
			return err
		}
		return deleteIn[projectRow](tx, "project", id)
	}), "project")
}

func (s projects) Get(ctx context.Context, id int64) (workflow.Project, error) {
	row, err := getRow[projectRow](ctx, s.db, "project", "id = ?", id)
	return row.project(), err
}

func (s projects) ByName(ctx context.Context, name string) (workflow.Project, error) {
	row, err := getRow[projectRow](ctx, s.db, "project", "name = ?", name)
	return row.project(), err
}

// projectListRow is a project with what lists show beside it.
type projectListRow struct {
	Project     projectRow `gorm:"embedded"`
	UserName    string
	Definitions int
	Running     int
	Granted     bool
}

func (r projectListRow) row() store.ProjectRow {
	return store.ProjectRow{Project: r.Project.project(), UserName: r.UserName, Definitions: r.Definitions, Running: r.Running, GrantedToHim: r.Granted}
}

// projectSelect counts for the rows of a page only. The sum keeps SQLite from
// reading a project's whole history when few of its instances are open.
var projectSelect = `p.*, COALESCE(u.name, '') AS user_name,
	(SELECT COUNT(*) FROM workflow w WHERE w.project_id = p.id) AS definitions,
	(SELECT COUNT(*) FROM instance i WHERE i.state IN (` + openStates + `) AND i.project_id + 0 = p.id) AS running`

func (s projects) from(ctx context.Context) *gorm.DB {
	return s.db.gRead.WithContext(ctx).Table("project p").Joins("LEFT JOIN user_account u ON u.id = p.user_id")
}

func (s projects) Row(ctx context.Context, id int64) (store.ProjectRow, error) {
	var row projectListRow
	err := s.from(ctx).Select(projectSelect).Where("p.id = ?", id).Take(&row).Error
	return row.row(), mapError(err, "project")
}

func (s projects) List(ctx context.Context, userID int64, search string, p store.Page) ([]store.ProjectRow, int, error) {
	q := s.from(ctx)
	sel := projectSelect
	if userID != 0 {
		q = q.Joins("LEFT JOIN project_grant g ON g.project_id = p.id AND g.user_id = ?", userID).
			Where("(p.user_id = ? OR g.user_id IS NOT NULL)", userID)
		sel += ", g.user_id IS NOT NULL AS granted"
	}
	if search != "" {
		q = q.Where(s.db.like("p.name"), contains(search))
	}
	rows, total, err := pageRows[projectListRow](q, "project", sel, "p.create_time DESC, p.id DESC", p)
	return each(rows, projectListRow.row), total, err
}

func (s projects) All(ctx context.Context, withDefinitions bool) ([]store.ProjectRow, error) {
	q := s.from(ctx).Select(projectSelect)
	if withDefinitions {
		q = q.Where("EXISTS (SELECT 1 FROM workflow w WHERE w.project_id = p.id)")
	}
	var rows []projectListRow
	err := q.Order("p.id").Find(&rows).Error
	return each(rows, projectListRow.row), mapError(err, "project")
}
