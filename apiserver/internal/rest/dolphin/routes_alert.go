package dolphin

import (
	"context"
	"net/http"

	"github.com/porpoise-scheduler/porpoise/apiserver/internal/rest/dolphin/status"
	"github.com/porpoise-scheduler/porpoise/apiserver/internal/usecase"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// alertRoutes declares the endpoints of alert groups.
func (d *Dialect) alertRoutes() []Route {
	const group = "AlertGroup"
	fields := []Param{Text("groupName").Must(), Enum("groupType", "EMAIL", "SMS").Must(), Text("description")}
	return append([]Route{
		{Group: group, Operation: "createAlertgroup", Method: http.MethodPost, Path: "/alert-group/create",
			Params: fields, SuccessStatus: http.StatusCreated, ErrorConstant: status.CreateAlertGroupError,
			Access: AdminOnly, Handler: d.createAlertGroup},
		{Group: group, Operation: "list", Method: http.MethodGet, Path: "/alert-group/list",
			ErrorConstant: status.QueryAllAlertgroupError, Access: SignedIn, Handler: d.listAlertGroups},
		{Group: group, Operation: "listPaging", Method: http.MethodGet, Path: "/alert-group/list-paging",
			Params: pageParams(), ErrorConstant: status.ListPagingAlertGroupError,
			Access: AdminOnly, Handler: d.pageAlertGroups},
		{Group: group, Operation: "updateAlertgroup", Method: http.MethodPost, Path: "/alert-group/update",
			Params: append([]Param{Int("id").Must()}, fields...), ErrorConstant: status.UpdateAlertGroupError,
			Access: AdminOnly, Handler: d.updateAlertGroup},
		{Group: group, Operation: "delAlertgroupById", Method: http.MethodPost, Path: "/alert-group/delete",
			Params: []Param{Int("id").Must()}, ErrorConstant: status.DeleteAlertGroupError,
			Access: AdminOnly, Handler: d.deleteAlertGroup},
		{Group: group, Operation: "verifyGroupName", Method: http.MethodGet, Path: "/alert-group/verify-group-name",
			Params: []Param{Text("groupName").Must()}, ErrorConstant: status.InternalServerErrorArgs,
			Access: SignedIn, Handler: d.verifyAlertGroupName},
		{Group: group, Operation: "grantUser", Method: http.MethodPost, Path: "/alert-group/grant-user",
			Params: []Param{Int("alertgroupId").Must(), Text("userIds").Must()}, ErrorConstant: status.AlertGroupGrantUserError,
			Access: AdminOnly, Handler: d.grantAlertGroup},
	}, d.alertGroupUserRoutes()...)
}

// alertGroupUserRoutes declares who is in a group and who could be.
func (d *Dialect) alertGroupUserRoutes() []Route {
	const group = "Users"
	return []Route{
		{Group: group, Operation: "unauthorizedUser", Method: http.MethodGet, Path: "/users/unauth-user",
			Params: []Param{Int("alertgroupId").Must()}, ErrorConstant: status.UnauthorizedUserError,
			Access: AdminOnly, Handler: d.usersOutsideAlertGroup},
		{Group: group, Operation: "authorizedUser", Method: http.MethodGet, Path: "/users/authed-user",
			Params: []Param{Int("alertgroupId").Must()}, ErrorConstant: status.AuthorizedUserError,
			Access: AdminOnly, Handler: d.usersOfAlertGroup},
	}
}

// alertErrors turns their reasons into constants.
func alertErrors() map[string]status.Constant {
	return map[string]status.Constant{
		"alert_group.exists":    status.AlertGroupExist,
		"alert_group.not_found": status.AlertGroupNotExist,
	}
}

// alertGroupJSON is an AlertGroup.
type alertGroupJSON struct {
	ID          int64  `json:"id"`
	GroupName   string `json:"groupName"`
	GroupType   string `json:"groupType"`
	Description string `json:"description"`
	CreateTime  Date   `json:"createTime"`
	UpdateTime  Date   `json:"updateTime"`
}

func encodeAlertGroup(g workflow.AlertGroup) alertGroupJSON {
	return alertGroupJSON{
		ID: g.ID, GroupName: g.Name, GroupType: g.Type, Description: g.Description,
		CreateTime: Date(g.CreateTime), UpdateTime: Date(g.UpdateTime),
	}
}

func alertGroupInput(r *Request) usecase.AlertGroupInput {
	return usecase.AlertGroupInput{Name: r.String("groupName"), Type: r.String("groupType"), Description: r.String("description")}
}

func (d *Dialect) createAlertGroup(ctx context.Context, r *Request) (any, error) {
	_, err := d.uc.CreateAlertGroup(ctx, r.Caller, alertGroupInput(r))
	return nil, err
}

func (d *Dialect) updateAlertGroup(ctx context.Context, r *Request) (any, error) {
	return nil, d.uc.UpdateAlertGroup(ctx, r.Caller, r.ID("id"), alertGroupInput(r))
}

func (d *Dialect) deleteAlertGroup(ctx context.Context, r *Request) (any, error) {
	return nil, d.uc.DeleteAlertGroup(ctx, r.Caller, r.ID("id"))
}

func (d *Dialect) listAlertGroups(ctx context.Context, _ *Request) (any, error) {
	rows, err := d.uc.AllAlertGroups(ctx)
	if err != nil {
		return nil, err
	}
	return ListOf(rows, encodeAlertGroup), nil
}

func (d *Dialect) pageAlertGroups(ctx context.Context, r *Request) (any, error) {
	rows, total, err := d.uc.ListAlertGroups(ctx, r.Caller, r.Search(), r.Page())
	if err != nil {
		return nil, err
	}
	return PageOf(r.Page(), rows, total, encodeAlertGroup), nil
}

func (d *Dialect) verifyAlertGroupName(ctx context.Context, r *Request) (any, error) {
	return nil, d.uc.AlertGroupNameFree(ctx, r.String("groupName"))
}

func (d *Dialect) grantAlertGroup(ctx context.Context, r *Request) (any, error) {
	ids, err := idList(r.String("userIds"))
	if err != nil {
		return nil, &paramError{err}
	}
	return nil, d.uc.GrantAlertGroup(ctx, r.Caller, r.ID("alertgroupId"), ids)
}

func (d *Dialect) usersOfAlertGroup(ctx context.Context, r *Request) (any, error) {
	return d.alertGroupUsers(ctx, r, true)
}

func (d *Dialect) usersOutsideAlertGroup(ctx context.Context, r *Request) (any, error) {
	return d.alertGroupUsers(ctx, r, false)
}

func (d *Dialect) alertGroupUsers(ctx context.Context, r *Request, members bool) (any, error) {
	rows, err := d.uc.AlertGroupUsers(ctx, r.Caller, r.ID("alertgroupId"), members)
	if err != nil {
		return nil, err
	}
	return ListOf(rows, encodeUser), nil
}
