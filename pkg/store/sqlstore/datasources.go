package sqlstore

import (
	"context"

	"gorm.io/gorm"

	"github.com/porpoise-scheduler/porpoise/pkg/store"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// dataSources implements store.DataSources. A password is sealed for the id of
// its row, so that a copy in another row does not open.
type dataSources struct{ db *database }

type dataSourceRow struct {
	ID             int64 `gorm:"primaryKey;autoIncrement"`
	Name           string
	Note           string
	Type           workflow.DataSourceType
	UserID         int64
	Connection     string // JSON
	PasswordSealed string
	CreateTime     moment
	UpdateTime     moment
}

func (dataSourceRow) TableName() string { return "data_source" }

func newDataSourceRow(d *workflow.DataSource) *dataSourceRow {
	return &dataSourceRow{ID: d.ID, Name: d.Name, Note: d.Note, Type: d.Type, UserID: d.UserID, Connection: encodeJSON(d.Connection),
		CreateTime: moment{d.CreateTime}, UpdateTime: moment{d.UpdateTime}}
}

func (s dataSources) source(r dataSourceRow) (workflow.DataSource, error) {
	d := workflow.DataSource{ID: r.ID, Name: r.Name, Note: r.Note, Type: r.Type, UserID: r.UserID,
		CreateTime: r.CreateTime.Time, UpdateTime: r.UpdateTime.Time}
	if err := decodeJSON(r.Connection, &d.Connection); err != nil {
		return d, err
	}
	var err error
	d.Password, err = s.db.openID(sealedPasswords, r.ID, r.PasswordSealed)
	return d, err
}

// Create seals the password once the row has an id.
func (s dataSources) Create(ctx context.Context, d *workflow.DataSource) error {
	d.CreateTime, d.UpdateTime = s.db.now(), s.db.now()
	return mapError(s.db.saveNew(ctx, &d.ID, func(tx *gorm.DB) error {
		row := newDataSourceRow(d)
		if err := tx.Create(row).Error; err != nil {
			return err
		}
		d.ID = row.ID
		sealed, err := s.db.sealID(sealedPasswords, d.ID, d.Password)
		if err != nil || sealed == "" {
			return err
		}
		return tx.Model(row).Update("password_sealed", sealed).Error
	}), "data_source")
}

func (s dataSources) Update(ctx context.Context, d *workflow.DataSource) error {
	d.UpdateTime = s.db.now()
	row := newDataSourceRow(d)
	var err error
	if row.PasswordSealed, err = s.db.sealID(sealedPasswords, d.ID, d.Password); err != nil {
		return err
	}
	return updateRow(ctx, s.db, "data_source", d.ID, row, "create_time")
}

func (s dataSources) Delete(ctx context.Context, id int64) error {
	return mapError(s.db.save(ctx, func(tx *gorm.DB) error {
		if err := dataSourceGrants.forget(tx, id); err != nil {
			return err
		}
		return deleteIn[dataSourceRow](tx, "data_source", id)
	}), "data_source")
}

func (s dataSources) get(ctx context.Context, where string, arg any) (workflow.DataSource, error) {
	row, err := getRow[dataSourceRow](ctx, s.db, "data_source", where, arg)
	if err != nil {
		return workflow.DataSource{}, err
	}
	return s.source(row)
}

func (s dataSources) Get(ctx context.Context, id int64) (workflow.DataSource, error) {
	return s.get(ctx, "id = ?", id)
}

func (s dataSources) ByName(ctx context.Context, name string) (workflow.DataSource, error) {
	return s.get(ctx, "name = ?", name)
}

// dataSourceListRow is a data source with what lists show beside it.
type dataSourceListRow struct {
	DataSource dataSourceRow `gorm:"embedded"`
	UserName   string
}

const dataSourceSelect = "d.*, COALESCE(u.name, '') AS user_name"

func (s dataSources) from(ctx context.Context, visibleTo int64) *gorm.DB {
	q := s.db.gRead.WithContext(ctx).Table("data_source d").Joins("LEFT JOIN user_account u ON u.id = d.user_id")
	return dataSourceGrants.visible(q, "d", visibleTo)
}

func (s dataSources) rows(list []dataSourceListRow, err error) ([]store.DataSourceRow, error) {
	if err != nil {
		return nil, mapError(err, "data_source")
	}
	out := make([]store.DataSourceRow, len(list))
	for i, r := range list {
		out[i].UserName = r.UserName
		if out[i].DataSource, err = s.source(r.DataSource); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (s dataSources) List(ctx context.Context, visibleTo int64, search string, p store.Page) ([]store.DataSourceRow, int, error) {
	q := s.from(ctx, visibleTo)
	if search != "" {
		q = q.Where(s.db.like("d.name"), contains(search))
	}
	list, total, err := pageRows[dataSourceListRow](q, "data_source", dataSourceSelect, "d.id DESC", p)
	rows, err := s.rows(list, err)
	return rows, total, err
}

func (s dataSources) All(ctx context.Context, visibleTo int64, t workflow.DataSourceType) ([]store.DataSourceRow, error) {
	q := s.from(ctx, visibleTo)
	if t != "" {
		q = q.Where("d.type = ?", t)
	}
	var list []dataSourceListRow
	return s.rows(list, q.Select(dataSourceSelect).Order("d.id DESC").Find(&list).Error)
}

func (s dataSources) Granted(ctx context.Context, userID int64) ([]int64, error) {
	return dataSourceGrants.ids(ctx, s.db, userID)
}

func (s dataSources) Grant(ctx context.Context, userID int64, ids []int64) error {
	return dataSourceGrants.replace(ctx, s.db, userID, all(ids))
}

func (s dataSources) UsedBy(ctx context.Context, id int64) ([]store.Use, error) {
	uses, err := query(ctx, s.db.read, scanUse, "SELECT "+useColumns+", l.data_source_id FROM workflow_data_source l JOIN workflow w ON w.id = l.workflow_id"+
		" WHERE l.data_source_id = ? ORDER BY w.id", id)
	return uses, mapError(err, "data_source")
}

func (s dataSources) Reseal(ctx context.Context, limit int) (int, error) {
	return s.db.reseal(ctx, sealedPasswords, limit)
}
