package native

import (
	"context"
	"time"

	"github.com/porpoise-scheduler/porpoise/apiserver/internal/usecase"
	"github.com/porpoise-scheduler/porpoise/pkg/store"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// User is an account. Who is no admin sees of others only id and name.
type User struct {
	ID       int64      `json:"id"`
	Name     string     `json:"name"`
	Email    string     `json:"email"`
	Phone    string     `json:"phone"`
	Admin    bool       `json:"admin"`
	TenantID int64      `json:"tenantId"`
	Tenant   string     `json:"tenant" doc:"the tenant's code"`
	Queue    string     `json:"queue" doc:"overrides the tenant's"`
	Disabled bool       `json:"disabled"`
	Created  *time.Time `json:"created"`
	Updated  *time.Time `json:"updated"`
}

// UserInput is what a caller says of a user.
type UserInput struct {
	Name     string `json:"name" minLength:"3" maxLength:"39" pattern:"^[a-zA-Z0-9._-]+$"`
	Password string `json:"password,omitempty" maxLength:"128" doc:"needed for a new user; empty leaves it as it is"`
	Email    string `json:"email" minLength:"6" maxLength:"40"`
	Phone    string `json:"phone,omitempty" maxLength:"11"`
	Admin    bool   `json:"admin,omitempty"`
	TenantID int64  `json:"tenantId"`
	Queue    string `json:"queue,omitempty" maxLength:"64"`
	Disabled bool   `json:"disabled,omitempty"`
}

func (in UserInput) input() (usecase.UserInput, usecase.Standing) {
	return usecase.UserInput{Name: in.Name, Password: in.Password, Email: in.Email, Phone: in.Phone, Queue: in.Queue, TenantID: in.TenantID},
		usecase.Standing{Admin: in.Admin, Disabled: in.Disabled}
}

func user(u usecase.UserView) User {
	return User{ID: u.ID, Name: u.Name, Email: u.Email, Phone: u.Phone, Admin: u.Role == workflow.RoleAdmin, TenantID: u.TenantID,
		Tenant: u.Tenant.Code, Queue: u.User.Queue, Disabled: u.Disabled, Created: moment(u.CreateTime), Updated: moment(u.UpdateTime)}
}

func (a *API) declareUsers() {
	crud[User, UserInput]{
		One: "User", Many: "Users", Path: "/users", Tag: "Users", Read: SignedIn, Write: AdminOnly, Change: SignedIn,
		List: func(ctx context.Context, in *Paging) (*listed[User], error) {
			return paged(in, func(search string, p store.Page) ([]usecase.UserView, int, error) {
				return a.uc.FindUsers(ctx, callerOf(ctx), search, p)
			}, user)
		},
		Get: func(ctx context.Context, id int64) (User, error) {
			u, err := a.uc.User(ctx, callerOf(ctx), id)
			return user(u), err
		},
		Create: func(ctx context.Context, in UserInput) (int64, error) {
			v, standing := in.input()
			v.Standing = standing
			return a.uc.CreateUser(ctx, callerOf(ctx), v)
		},
		Update: func(ctx context.Context, id int64, in UserInput) error {
			v, standing := in.input()
			return a.uc.ChangeUser(ctx, callerOf(ctx), id, v, standing)
		},
		Delete: func(ctx context.Context, id int64) error { return a.uc.DeleteUser(ctx, callerOf(ctx), id) },
		Fields: []string{"userName", "name", "userPassword", "password"},
	}.declare(a)
}
