package sqlstore

import (
	"context"

	"gorm.io/gorm"

	"github.com/porpoise-scheduler/porpoise/pkg/store"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// udfs implements store.UDFs. The name of a function's archive is not kept: it
// is what the resource is called now.
type udfs struct{ db *database }

type udfRow struct {
	ID          int64 `gorm:"primaryKey;autoIncrement"`
	UserID      int64
	Kind        workflow.UDFKind
	Name        string
	ClassName   string
	ArgTypes    string
	DBName      string `gorm:"column:db_name"`
	Description string
	ResourceID  int64
	CreateTime  moment
	UpdateTime  moment
}

func (udfRow) TableName() string { return "udf" }

func newUDFRow(u *workflow.UDF) *udfRow {
	return &udfRow{ID: u.ID, UserID: u.UserID, Kind: u.Kind, Name: u.Name, ClassName: u.ClassName, ArgTypes: u.ArgTypes, DBName: u.Database,
		Description: u.Description, ResourceID: u.ResourceID, CreateTime: moment{u.CreateTime}, UpdateTime: moment{u.UpdateTime}}
}

// udfListRow is a function with the name of its archive.
type udfListRow struct {
	UDF          udfRow `gorm:"embedded"`
	ResourceName string
}

func (l udfListRow) udf() workflow.UDF {
	r := l.UDF
	return workflow.UDF{ID: r.ID, UserID: r.UserID, Kind: r.Kind, Name: r.Name, ClassName: r.ClassName, ArgTypes: r.ArgTypes, Database: r.DBName,
		Description: r.Description, ResourceID: r.ResourceID, ResourceName: l.ResourceName, CreateTime: r.CreateTime.Time, UpdateTime: r.UpdateTime.Time}
}

func (s udfs) Create(ctx context.Context, u *workflow.UDF) error {
	u.CreateTime, u.UpdateTime = s.db.now(), s.db.now()
	return mapError(s.db.saveNew(ctx, &u.ID, func(tx *gorm.DB) error {
		if err := s.archive(tx, u); err != nil {
			return err
		}
		row := newUDFRow(u)
		err := tx.Create(row).Error
		u.ID = row.ID
		return err
	}), "udf")
}

// archive keeps the function's resource from being deleted until the
// transaction ends, and sets its name.
func (s udfs) archive(tx *gorm.DB, u *workflow.UDF) error {
	if err := s.db.lockTree(tx); err != nil {
		return err
	}
	var r resourceRow
	if err := tx.Where("id = ?", u.ResourceID).Take(&r).Error; err != nil {
		return mapError(err, "resource")
	}
	u.ResourceName = r.FullName
	return nil
}

func (s udfs) Update(ctx context.Context, u *workflow.UDF) error {
	u.UpdateTime = s.db.now()
	return mapError(s.db.save(ctx, func(tx *gorm.DB) error {
		if err := s.archive(tx, u); err != nil {
			return err
		}
		return updateIn(tx, "udf", u.ID, newUDFRow(u), "create_time")
	}), "udf")
}

func (s udfs) Delete(ctx context.Context, id int64) error {
	return mapError(s.db.save(ctx, func(tx *gorm.DB) error {
		if err := udfGrants.forget(tx, id); err != nil {
			return err
		}
		return deleteIn[udfRow](tx, "udf", id)
	}), "udf")
}

const udfSelect = "f.*, COALESCE(r.full_name, '') AS resource_name"

func (s udfs) from(ctx context.Context, visibleTo int64) *gorm.DB {
	q := s.db.gRead.WithContext(ctx).Table("udf f").Joins("LEFT JOIN resource r ON r.id = f.resource_id")
	return udfGrants.visible(q, "f", visibleTo)
}

func (s udfs) get(ctx context.Context, where string, arg any) (workflow.UDF, error) {
	var row udfListRow
	err := s.from(ctx, 0).Select(udfSelect).Where(where, arg).Take(&row).Error
	return row.udf(), mapError(err, "udf")
}

func (s udfs) Get(ctx context.Context, id int64) (workflow.UDF, error) {
	return s.get(ctx, "f.id = ?", id)
}

func (s udfs) ByName(ctx context.Context, name string) (workflow.UDF, error) {
	return s.get(ctx, "f.name = ?", name)
}

func (s udfs) List(ctx context.Context, visibleTo int64, search string, p store.Page) ([]workflow.UDF, int, error) {
	q := s.from(ctx, visibleTo)
	if search != "" {
		q = q.Where(s.db.like("f.name"), contains(search))
	}
	rows, total, err := pageRows[udfListRow](q, "udf", udfSelect, "f.id DESC", p)
	return each(rows, udfListRow.udf), total, err
}

func (s udfs) All(ctx context.Context, visibleTo int64, kind workflow.UDFKind) ([]workflow.UDF, error) {
	q := s.from(ctx, visibleTo)
	if kind != "" {
		q = q.Where("f.kind = ?", kind)
	}
	var rows []udfListRow
	err := q.Select(udfSelect).Order("f.id DESC").Find(&rows).Error
	return each(rows, udfListRow.udf), mapError(err, "udf")
}

func (s udfs) Granted(ctx context.Context, userID int64) ([]int64, error) {
	return udfGrants.ids(ctx, s.db, userID)
}

func (s udfs) Grant(ctx context.Context, userID int64, ids []int64) error {
	return udfGrants.replace(ctx, s.db, userID, all(ids))
}
