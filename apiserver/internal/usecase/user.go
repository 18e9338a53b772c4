package usecase

import (
	"context"
	"slices"

	"github.com/porpoise-scheduler/porpoise/pkg/store"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// UserView is a user with what pages show beside him. Tenant and Queue are
// empty when he has none.
type UserView struct {
	workflow.User
	Tenant workflow.Tenant
	Queue  workflow.Queue // the tenant's
}

// UserInput is what a caller wants a user to be. On an update empty texts
// leave name, password and email as they are.
type UserInput struct {
	Name     string
	Password string
	Email    string
	Phone    string
	Queue    string
	TenantID int64
	Standing Standing // of new users
}

// CreateUser makes a user and gives his id. Reasons: "user.forbidden", "param.invalid"
// (the value), "user.exists", "tenant.not_found".
func (s *Service) CreateUser(ctx context.Context, c Caller, in UserInput) (id int64, err error) {
	if err := RequireAdmin(c); err != nil {
		return 0, err
	}
	if err := checkUser(in); err != nil {
		return 0, err
	}
	if err := s.nameFree(ctx, in.Name, 0); err != nil {
		return 0, err
	}
	if _, err := s.Store.Tenants.Get(ctx, in.TenantID); err != nil {
		return 0, missingAs(err, tenantNotFound())
	}
	hash, err := s.Auth.Hash(ctx, in.Password)
	if err != nil {
		return 0, err
	}
	u := workflow.User{
		Name: in.Name, PasswordHash: hash, Email: in.Email, Phone: in.Phone,
		Role: in.Standing.role(), TenantID: in.TenantID, Queue: in.Queue, Disabled: in.Standing.Disabled,
	}
	err = s.Store.Users.Create(ctx, &u)
	return u.ID, takenAs(err, userExists())
}

// UpdateUser changes a user. Users may change themselves, but not their
// tenant: that is a right of the operating system. Reasons as of CreateUser,
// and "user.not_found" (the id).
func (s *Service) UpdateUser(ctx context.Context, c Caller, id int64, in UserInput) error {
	if err := requireSelf(c, id); err != nil {
		return err
	}
	u, err := s.Store.Users.Get(ctx, id)
	if err != nil {
		return missingAs(err, userNotFound(id))
	}
	if err := checkUserChange(in); err != nil {
		return err
	}
	if in.Name != "" {
		if err := s.nameFree(ctx, in.Name, id); err != nil {
			return err
		}
		u.Name = in.Name
	}
	if in.Email != "" {
		u.Email = in.Email
	}
	u.Phone = in.Phone
	if err := s.moveUser(ctx, c, &u, in); err != nil {
		return err
	}
	return s.saveUser(ctx, c, u, in.Password)
}

// moveUser gives the user another tenant and queue.
func (s *Service) moveUser(ctx context.Context, c Caller, u *workflow.User, in UserInput) error {
	if in.TenantID == u.TenantID && in.Queue == u.Queue {
		return nil
	}
	if err := RequireAdmin(c); err != nil {
		return err
	}
	if in.TenantID != u.TenantID {
		if _, err := s.Store.Tenants.Get(ctx, in.TenantID); err != nil {
			return missingAs(err, tenantNotFound())
		}
	}
	u.TenantID, u.Queue = in.TenantID, in.Queue
	return nil
}

// saveUser writes the user. A new password ends the sessions others opened
// with the old one; who changes his own stays signed in.
func (s *Service) saveUser(ctx context.Context, c Caller, u workflow.User, password string) error {
	defer s.hot.forget()
	if password != "" {
		hash, err := s.Auth.Hash(ctx, password)
		if err != nil {
			return err
		}
		u.PasswordHash = hash
	}
	write := s.Store.Users.Update
	if password != "" && !c.Is(u.ID) {
		write = s.Store.Users.UpdateAndSignOut
	}
	err := write(ctx, &u)
	s.Auth.Forget(u.ID)
	return takenAs(err, userExists())
}

// DeleteUser removes a user with sessions, tokens and grants. The last admin
// stays. Reasons: "user.forbidden", "user.not_found" (the id),
// "user.last_admin".
func (s *Service) DeleteUser(ctx context.Context, c Caller, id int64) error {
	defer s.hot.forget()
	if err := RequireAdmin(c); err != nil {
		return err
	}
	u, err := s.Store.Users.Get(ctx, id)
	if err != nil {
		return missingAs(err, userNotFound(id))
	}
	if u.Role == workflow.RoleAdmin {
		if err := s.otherAdmin(ctx, id); err != nil {
			return err
		}
	}
	err = s.Store.Users.Delete(ctx, id)
	s.Auth.Forget(id)
	return err
}

// otherAdmin refuses when nobody else could administer.
func (s *Service) otherAdmin(ctx context.Context, id int64) error {
	all, err := s.Store.Users.All(ctx)
	if err != nil {
		return err
	}
	another := func(u workflow.User) bool {
		return u.ID != id && u.Role == workflow.RoleAdmin && !u.Disabled
	}
	if slices.ContainsFunc(all, another) {
		return nil
	}
	return workflow.Errorf(workflow.Conflict, "user.last_admin", "the last admin cannot be deleted")
}

// GrantProjects replaces the projects a user was granted. Reasons:
// "user.forbidden", "user.not_found", "project.not_found" (the ids).
func (s *Service) GrantProjects(ctx context.Context, c Caller, userID int64, projectIDs []int64) error {
	if err := RequireAdmin(c); err != nil {
		return err
	}
	if _, err := s.Store.Users.Get(ctx, userID); err != nil {
		return missingAs(err, userNotFound(userID))
	}
	slices.Sort(projectIDs)
	projectIDs = slices.Compact(projectIDs)
	for _, id := range projectIDs {
		if _, err := s.Store.Projects.Get(ctx, id); err != nil {
			return missingAs(err, projectNotFound(id))
		}
	}
	return s.Store.Users.GrantProjects(ctx, userID, projectIDs)
}

// UserInfo describes the caller.
func (s *Service) UserInfo(ctx context.Context, c Caller) (UserView, error) {
	u, err := s.Store.Users.Get(ctx, c.User.ID)
	if err != nil {
		return UserView{}, missingAs(err, userNotFound(c.User.ID))
	}
	views, err := s.viewUsers(ctx, []workflow.User{u})
	if err != nil {
		return UserView{}, err
	}
	return views[0], nil
}

// ListUsers gives a page of the users whose name contains search.
func (s *Service) ListUsers(ctx context.Context, c Caller, search string, p store.Page) ([]UserView, int, error) {
	if err := RequireAdmin(c); err != nil {
		return nil, 0, err
	}
	rows, total, err := s.Store.Users.List(ctx, search, s.bound(p))
	if err != nil {
		return nil, 0, err
	}
	views, err := s.viewUsers(ctx, rows)
	return views, total, err
}

// AllUsers gives every user, or the general ones only.
func (s *Service) AllUsers(ctx context.Context, c Caller, generalOnly bool) ([]UserView, error) {
	if err := RequireAdmin(c); err != nil {
		return nil, err
	}
	rows, err := s.Store.Users.All(ctx)
	if err != nil {
		return nil, err
	}
	if generalOnly {
		rows = slices.DeleteFunc(rows, func(u workflow.User) bool { return u.Role != workflow.RoleGeneral })
	}
	return s.viewUsers(ctx, rows)
}

// UserNameFree refuses a name somebody has: "user.exists".
func (s *Service) UserNameFree(ctx context.Context, name string) error {
	return s.nameFree(ctx, name, 0)
}

// nameFree refuses a name that a user other than id has.
func (s *Service) nameFree(ctx context.Context, name string, id int64) error {
	u, err := s.Store.Users.ByName(ctx, name)
	taken, err := found(err)
	if err != nil {
		return err
	}
	if taken && u.ID != id {
		return userExists()
	}
	return nil
}

// viewUsers adds tenants and their queues.
func (s *Service) viewUsers(ctx context.Context, users []workflow.User) ([]UserView, error) {
	tenants, err := s.Store.Tenants.All(ctx)
	if err != nil {
		return nil, err
	}
	queues, err := s.queuesByID(ctx)
	if err != nil {
		return nil, err
	}
	byID := make(map[int64]workflow.Tenant, len(tenants))
	for _, t := range tenants {
		byID[t.ID] = t
	}
	views := make([]UserView, 0, len(users))
	for _, u := range users {
		u.PasswordHash = "" // nobody above needs it
		t := byID[u.TenantID]
		views = append(views, UserView{User: u, Tenant: t, Queue: queues[t.QueueID]})
	}
	return views, nil
}

func userExists() error {
	return workflow.Errorf(workflow.Exists, "user.exists", "user name already exists").At("userName")
}

func userNotFound(id int64) error {
	return workflow.Errorf(workflow.NotFound, "user.not_found", "user %d does not exist", id).With(id)
}
