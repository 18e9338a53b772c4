package dolphin

import (
	"context"
	"net/http"

	"github.com/porpoise-scheduler/porpoise/apiserver/internal/rest/dolphin/status"
	"github.com/porpoise-scheduler/porpoise/apiserver/internal/usecase"
)

func (d *Dialect) tenantRoutes() []Route {
	const group = "Tenant"
	fields := []Param{Text("tenantCode").Must(), Text("tenantName").Must(), Int("queueId").Must(), Text("description")}
	return []Route{
		{Group: group, Operation: "createTenant", Method: http.MethodPost, Path: "/tenant/create",
			Params: fields, SuccessStatus: http.StatusCreated, ErrorConstant: status.CreateTenantError,
			Access: AdminOnly, Handler: d.createTenant},
		{Group: group, Operation: "queryTenantlistPaging", Method: http.MethodGet, Path: "/tenant/list-paging",
			Params: pageParams(), ErrorConstant: status.QueryTenantListPagingError,
			Access: AdminOnly, Handler: d.pageTenants},
		{Group: group, Operation: "queryTenantlist", Method: http.MethodGet, Path: "/tenant/list",
			ErrorConstant: status.QueryTenantListError, Access: SignedIn, Handler: d.listTenants},
		{Group: group, Operation: "updateTenant", Method: http.MethodPost, Path: "/tenant/update",
			Params: append([]Param{Int("id").Must()}, fields...), ErrorConstant: status.UpdateTenantError,
			Access: AdminOnly, Handler: d.updateTenant},
		{Group: group, Operation: "deleteTenantById", Method: http.MethodPost, Path: "/tenant/delete",
			Params: []Param{Int("id").Must()}, ErrorConstant: status.DeleteTenantByIDError,
			Access: AdminOnly, Handler: d.deleteTenant},
		{Group: group, Operation: "verifyTenantCode", Method: http.MethodGet, Path: "/tenant/verify-tenant-code",
			Params: []Param{Text("tenantCode").Must()}, ErrorConstant: status.VerifyTenantCodeError,
			Access: SignedIn, Handler: d.verifyTenantCode},
	}
}

// tenantJSON is a Tenant.
type tenantJSON struct {
	ID          int64   `json:"id"`
	TenantCode  string  `json:"tenantCode"`
	TenantName  string  `json:"tenantName"`
	QueueID     int64   `json:"queueId"`
	CreateTime  Date    `json:"createTime"`
	UpdateTime  Date    `json:"updateTime"`
	QueueName   *string `json:"queueName"`
	Queue       *string `json:"queue"`
	Description string  `json:"description"`
}

func encodeTenant(t usecase.TenantView) tenantJSON {
	return tenantJSON{
		ID: t.ID, TenantCode: t.Code, TenantName: t.Name, QueueID: t.QueueID, Description: t.Description,
		CreateTime: Date(t.CreateTime), UpdateTime: Date(t.UpdateTime),
		QueueName: orNull(t.Queue.Name), Queue: orNull(t.Queue.Value),
	}
}

func tenantInput(r *Request) usecase.TenantInput {
	return usecase.TenantInput{
		Code: r.String("tenantCode"), Name: r.String("tenantName"),
		QueueID: r.ID("queueId"), Description: r.String("description"),
	}
}

func (d *Dialect) createTenant(ctx context.Context, r *Request) (any, error) {
	_, err := d.uc.CreateTenant(ctx, r.Caller, tenantInput(r))
	return nil, err
}

func (d *Dialect) updateTenant(ctx context.Context, r *Request) (any, error) {
	return nil, d.uc.UpdateTenant(ctx, r.Caller, r.ID("id"), tenantInput(r))
}

func (d *Dialect) deleteTenant(ctx context.Context, r *Request) (any, error) {
	return nil, d.uc.DeleteTenant(ctx, r.Caller, r.ID("id"))
}

func (d *Dialect) pageTenants(ctx context.Context, r *Request) (any, error) {
	rows, total, err := d.uc.ListTenants(ctx, r.Caller, r.Search(), r.Page())
	if err != nil {
		return nil, err
	}
	return PageOf(r.Page(), rows, total, encodeTenant), nil
}

func (d *Dialect) listTenants(ctx context.Context, _ *Request) (any, error) {
	rows, err := d.uc.AllTenants(ctx)
	if err != nil {
		return nil, err
	}
	return ListOf(rows, encodeTenant), nil
}

func (d *Dialect) verifyTenantCode(ctx context.Context, r *Request) (any, error) {
	return nil, d.uc.TenantCodeFree(ctx, r.String("tenantCode"))
}
