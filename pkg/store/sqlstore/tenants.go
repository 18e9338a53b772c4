package sqlstore

import (
	"context"

	"github.com/porpoise-scheduler/porpoise/pkg/store"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// tenants implements store.Tenants.
type tenants struct{ db *database }

type tenantRow struct {
	ID          int64 `gorm:"primaryKey;autoIncrement"`
	Code        string
	Name        string
	QueueID     int64
	Description string
	CreateTime  moment
	UpdateTime  moment
}

func (tenantRow) TableName() string { return "tenant" }

func newTenantRow(t *workflow.Tenant) *tenantRow {
	return &tenantRow{ID: t.ID, Code: t.Code, Name: t.Name, QueueID: t.QueueID, Description: t.Description,
		CreateTime: moment{t.CreateTime}, UpdateTime: moment{t.UpdateTime}}
}

func (r tenantRow) tenant() workflow.Tenant {
	return workflow.Tenant{ID: r.ID, Code: r.Code, Name: r.Name, QueueID: r.QueueID, Description: r.Description,
		CreateTime: r.CreateTime.Time, UpdateTime: r.UpdateTime.Time}
}

func (s tenants) Create(ctx context.Context, t *workflow.Tenant) error {
	t.CreateTime, t.UpdateTime = s.db.now(), s.db.now()
	row := newTenantRow(t)
	err := createRow(ctx, s.db, "tenant", row, &row.ID)
	t.ID = row.ID
	return err
}

func (s tenants) Update(ctx context.Context, t *workflow.Tenant) error {
	t.UpdateTime = s.db.now()
	return updateRow(ctx, s.db, "tenant", t.ID, newTenantRow(t), "create_time")
}

func (s tenants) Delete(ctx context.Context, id int64) error {
	return deleteRow[tenantRow](ctx, s.db, "tenant", id)
}

func (s tenants) Get(ctx context.Context, id int64) (workflow.Tenant, error) {
	row, err := getRow[tenantRow](ctx, s.db, "tenant", "id = ?", id)
	return row.tenant(), err
}

func (s tenants) ByCode(ctx context.Context, code string) (workflow.Tenant, error) {
	row, err := getRow[tenantRow](ctx, s.db, "tenant", "code = ?", code)
	return row.tenant(), err
}

// List searches code and name.
func (s tenants) List(ctx context.Context, search string, p store.Page) ([]workflow.Tenant, int, error) {
	q := s.db.gRead.WithContext(ctx).Model(&tenantRow{})
	if search != "" {
		q = q.Where("("+s.db.like("code")+" OR "+s.db.like("name")+")", contains(search), contains(search))
	}
	rows, total, err := pageRows[tenantRow](q, "tenant", "*", "update_time DESC, id DESC", p)
	return each(rows, tenantRow.tenant), total, err
}

func (s tenants) All(ctx context.Context) ([]workflow.Tenant, error) {
	rows, err := allRows[tenantRow](ctx, s.db, "tenant", "id")
	return each(rows, tenantRow.tenant), err
}

func (s tenants) Uses(ctx context.Context, id int64) (users, definitions, running int, err error) {
	err = s.db.read.QueryRowContext(ctx, `SELECT
		(SELECT COUNT(*) FROM user_account WHERE tenant_id = ?),
		(SELECT COUNT(*) FROM workflow WHERE tenant_id = ?),
		(SELECT COUNT(*) FROM instance i WHERE i.state IN (`+openStates+`) AND i.tenant_code = t.code)
		FROM tenant t WHERE t.id = ?`, id, id, id).Scan(&users, &definitions, &running)
	return users, definitions, running, mapError(err, "tenant")
}
