package dolphin

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/porpoise-scheduler/porpoise/apiserver/internal/rest/dolphin/status"
	"github.com/porpoise-scheduler/porpoise/apiserver/internal/usecase"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

func (d *Dialect) userRoutes() []Route {
	const group = "Users"
	return []Route{
		{Group: group, Operation: "createUser", Method: http.MethodPost, Path: "/users/create",
			Params: []Param{Text("userName").Must(), Text("userPassword").Must(), Int("tenantId").Must(),
				Text("queue").Or(""), Text("email").Must(), Text("phone")},
			SuccessStatus: http.StatusCreated, ErrorConstant: status.CreateUserError,
			Access: AdminOnly, Handler: d.createUser},
		{Group: group, Operation: "queryUserList", Method: http.MethodGet, Path: "/users/list-paging",
			Params: pageParams(), ErrorConstant: status.QueryUserListPagingError,
			Access: AdminOnly, Handler: d.pageUsers},
		{Group: group, Operation: "updateUser", Method: http.MethodPost, Path: "/users/update",
			Params: []Param{Int("id").Must(), Text("userName").Must(), Text("userPassword").Must(),
				Text("queue").Or(""), Text("email").Must(), Int("tenantId").Must(), Text("phone")},
			ErrorConstant: status.UpdateUserError, Access: SignedIn, Handler: d.updateUser},
		{Group: group, Operation: "delUserById", Method: http.MethodPost, Path: "/users/delete",
			Params: []Param{Int("id").Must()}, ErrorConstant: status.DeleteUserByIDError,
			Access: AdminOnly, Handler: d.deleteUser},
		{Group: group, Operation: "grantProject", Method: http.MethodPost, Path: "/users/grant-project",
			Params: []Param{Int("userId").Must(), Text("projectIds").Must()}, ErrorConstant: status.GrantProjectError,
			Access: AdminOnly, Handler: d.grantProjects},
		{Group: group, Operation: "getUserInfo", Method: http.MethodGet, Path: "/users/get-user-info",
			ErrorConstant: status.GetUserInfoError, Access: SignedIn, Handler: d.userInfo},
		{Group: group, Operation: "listUser", Method: http.MethodGet, Path: "/users/list",
			ErrorConstant: status.UserListError, Access: AdminOnly, Handler: d.listGeneralUsers},
		{Group: group, Operation: "listAll", Method: http.MethodGet, Path: "/users/list-all",
			ErrorConstant: status.UserListError, Access: AdminOnly, Handler: d.listAllUsers},
		{Group: group, Operation: "verifyUserName", Method: http.MethodGet, Path: "/users/verify-user-name",
			Params: []Param{Text("userName").Must()}, ErrorConstant: status.VerifyUsernameError,
			Access: SignedIn, Handler: d.verifyUserName},
	}
}

// userJSON is a User. The original shows the password's hash; we show null.
type userJSON struct {
	ID           int64   `json:"id"`
	UserName     string  `json:"userName"`
	UserPassword *string `json:"userPassword"`
	Email        string  `json:"email"`
	UserType     string  `json:"userType"`
	TenantID     int64   `json:"tenantId"`
	CreateTime   Date    `json:"createTime"`
	UpdateTime   Date    `json:"updateTime"`
	Phone        string  `json:"phone"`
	QueueName    *string `json:"queueName"`
	AlertGroup   *string `json:"alertGroup"`
	TenantName   *string `json:"tenantName"`
	TenantCode   *string `json:"tenantCode"`
	Queue        string  `json:"queue"`
}

func encodeUser(u usecase.UserView) userJSON {
	queueName := u.User.Queue // his own goes before his tenant's
	if queueName == "" {
		queueName = u.Queue.Name
	}
	return userJSON{
		ID: u.ID, UserName: u.Name, Email: u.Email, UserType: userType(u.Role), TenantID: u.TenantID,
		CreateTime: Date(u.CreateTime), UpdateTime: Date(u.UpdateTime), Phone: u.Phone,
		QueueName: orNull(queueName), TenantName: orNull(u.Tenant.Name), TenantCode: orNull(u.Tenant.Code),
		Queue: u.User.Queue,
	}
}

func userType(r workflow.Role) string {
	if r == workflow.RoleAdmin {
		return "ADMIN_USER"
	}
	return "GENERAL_USER"
}

// orNull writes an empty text as null.
func orNull(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

func userInput(r *Request) usecase.UserInput {
	return usecase.UserInput{
		Name: r.String("userName"), Password: r.String("userPassword"), Email: r.String("email"),
		Phone: r.String("phone"), Queue: r.String("queue"), TenantID: r.ID("tenantId"),
	}
}

func (d *Dialect) createUser(ctx context.Context, r *Request) (any, error) {
	_, err := d.uc.CreateUser(ctx, r.Caller, userInput(r))
	return nil, err
}

func (d *Dialect) updateUser(ctx context.Context, r *Request) (any, error) {
	return nil, d.uc.UpdateUser(ctx, r.Caller, r.ID("id"), userInput(r))
}

func (d *Dialect) deleteUser(ctx context.Context, r *Request) (any, error) {
	return nil, d.uc.DeleteUser(ctx, r.Caller, r.ID("id"))
}

func (d *Dialect) pageUsers(ctx context.Context, r *Request) (any, error) {
	rows, total, err := d.uc.ListUsers(ctx, r.Caller, r.Search(), r.Page())
	if err != nil {
		return nil, err
	}
	return PageOf(r.Page(), rows, total, encodeUser), nil
}

func (d *Dialect) listGeneralUsers(ctx context.Context, r *Request) (any, error) {
	return d.listUsers(ctx, r, true)
}

func (d *Dialect) listAllUsers(ctx context.Context, r *Request) (any, error) {
	return d.listUsers(ctx, r, false)
}

func (d *Dialect) listUsers(ctx context.Context, r *Request, generalOnly bool) (any, error) {
	rows, err := d.uc.AllUsers(ctx, r.Caller, generalOnly)
	if err != nil {
		return nil, err
	}
	return ListOf(rows, encodeUser), nil
}

func (d *Dialect) userInfo(ctx context.Context, r *Request) (any, error) {
	u, err := d.uc.UserInfo(ctx, r.Caller)
	if err != nil {
		return nil, err
	}
	return encodeUser(u), nil
}

func (d *Dialect) verifyUserName(ctx context.Context, r *Request) (any, error) {
	return nil, d.uc.UserNameFree(ctx, r.String("userName"))
}

func (d *Dialect) grantProjects(ctx context.Context, r *Request) (any, error) {
	ids, err := idList(r.String("projectIds"))
	if err != nil {
		return nil, &paramError{err}
	}
	return nil, d.uc.GrantProjects(ctx, r.Caller, r.ID("userId"), ids)
}

// idList reads "1,2,3"; an empty text is the empty list.
func idList(text string) ([]int64, error) {
	ids := []int64{}
	for part := range strings.SplitSeq(text, ",") {
		part = strings.TrimSpace(part)
		if part == "" {
			continue
		}
		id, err := strconv.ParseInt(part, 10, 32)
		if err != nil {
			return nil, fmt.Errorf("%q is no id", part)
		}
		ids = append(ids, id)
	}
	return ids, nil
}
