package usecase

import (
	"context"
	"slices"

	"github.com/porpoise-scheduler/porpoise/pkg/store"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// FindTenants gives everybody a page of the tenants whose code or name contains
// search: who defines workflows must be able to choose.
func (s *Service) FindTenants(ctx context.Context, search string, p store.Page) ([]TenantView, int, error) {
	rows, total, err := s.Store.Tenants.List(ctx, search, s.bound(p))
	if err != nil {
		return nil, 0, err
	}
	views, err := s.viewTenants(ctx, rows)
	return views, total, err
}

// Tenant gives a tenant. Reason: "tenant.not_found".
func (s *Service) Tenant(ctx context.Context, id int64) (TenantView, error) {
	t, err := s.Store.Tenants.Get(ctx, id)
	if err != nil {
		return TenantView{}, missingAs(err, tenantNotFound())
	}
	views, err := s.viewTenants(ctx, []workflow.Tenant{t})
	if err != nil {
		return TenantView{}, err
	}
	return views[0], nil
}

// FindQueues gives everybody a page of the queues whose name contains search.
func (s *Service) FindQueues(ctx context.Context, search string, p store.Page) ([]workflow.Queue, int, error) {
	return s.Store.Queues.List(ctx, search, s.bound(p))
}

// Queue gives a queue. Reason: "queue.not_found".
func (s *Service) Queue(ctx context.Context, id int64) (workflow.Queue, error) {
	q, err := s.Store.Queues.Get(ctx, id)
	return q, missingAs(err, queueNotFound(id))
}

// DeleteQueue removes a queue that nobody has. Reasons: "user.forbidden",
// "queue.not_found", "queue.used".
func (s *Service) DeleteQueue(ctx context.Context, c Caller, id int64) error {
	defer s.hot.forget()
	if err := RequireAdmin(c); err != nil {
		return err
	}
	return missingAs(s.Store.Queues.Delete(ctx, id), queueNotFound(id))
}

// FindUsers gives a page of the users whose name contains search. Those who are
// no admins learn only what they need to name somebody.
func (s *Service) FindUsers(ctx context.Context, c Caller, search string, p store.Page) ([]UserView, int, error) {
	if c.Admin() {
		return s.ListUsers(ctx, c, search, p)
	}
	rows, total, err := s.Store.Users.List(ctx, search, s.bound(p))
	views := make([]UserView, len(rows))
	for i, u := range rows {
		views[i].User = workflow.User{ID: u.ID, Name: u.Name}
	}
	return views, total, err
}

// User gives a user to himself and to admins. Reasons: "user.forbidden",
// "user.not_found".
func (s *Service) User(ctx context.Context, c Caller, id int64) (UserView, error) {
	if err := requireSelf(c, id); err != nil {
		return UserView{}, err
	}
	u, err := s.Store.Users.Get(ctx, id)
	if err != nil {
		return UserView{}, missingAs(err, userNotFound(id))
	}
	views, err := s.viewUsers(ctx, []workflow.User{u})
	if err != nil {
		return UserView{}, err
	}
	return views[0], nil
}

// Standing is what only admins decide about a user.
type Standing struct {
	Admin, Disabled bool
}

func (w Standing) role() workflow.Role {
	if w.Admin {
		return workflow.RoleAdmin
	}
	return workflow.RoleGeneral
}

// SetStanding makes a user an admin or not, and lets him in or not. The last
// admin stays one. Reasons: "user.forbidden", "user.not_found",
// "user.last_admin".
func (s *Service) SetStanding(ctx context.Context, c Caller, id int64, want Standing) error {
	u, err := s.Store.Users.Get(ctx, id)
	if err != nil {
		return missingAs(err, userNotFound(id))
	}
	role := want.role()
	if u.Role == role && u.Disabled == want.Disabled {
		return nil
	}
	if err := s.mayStand(ctx, c, u, want); err != nil {
		return err
	}
	u.Role, u.Disabled = role, want.Disabled
	write := s.Store.Users.Update
	if want.Disabled {
		write = s.Store.Users.UpdateAndSignOut
	}
	err = write(ctx, &u)
	s.Auth.Forget(id)
	return err
}

// ChangeUser is UpdateUser, and SetStanding where that changes.
func (s *Service) ChangeUser(ctx context.Context, c Caller, id int64, in UserInput, want Standing) error {
	u, err := s.User(ctx, c, id)
	if err != nil {
		return err
	}
	if same := (Standing{Admin: u.Role == workflow.RoleAdmin, Disabled: u.Disabled}) == want; same {
		return s.UpdateUser(ctx, c, id, in)
	}
	if err := s.mayStand(ctx, c, u.User, want); err != nil {
		return err
	}
	if err := s.UpdateUser(store.Ahead(ctx), c, id, in); err != nil {
		return err
	}
	return s.SetStanding(ctx, c, id, want)
}

// mayStand refuses a standing that must not be.
func (s *Service) mayStand(ctx context.Context, c Caller, u workflow.User, want Standing) error {
	if err := RequireAdmin(c); err != nil {
		return err
	}
	if u.Role == workflow.RoleAdmin && (!want.Admin || want.Disabled) {
		return s.otherAdmin(ctx, u.ID)
	}
	return nil
}

// Token gives a token, without its value, to its user and to admins. Reasons:
// "user.forbidden", "token.not_found".
func (s *Service) Token(ctx context.Context, c Caller, id int64) (TokenView, error) {
	t, err := s.ownToken(ctx, c, id)
	if err != nil {
		return TokenView{}, err
	}
	u, err := s.Store.Users.Get(ctx, t.UserID)
	if _, err = found(err); err != nil {
		return TokenView{}, err
	}
	t.Value = ""
	return TokenView{Token: t, UserName: u.Name}, nil
}

// ProlongToken says when a token ends. Reasons as of Token.
func (s *Service) ProlongToken(ctx context.Context, c Caller, id int64, t workflow.Token) error {
	old, err := s.ownToken(ctx, c, id)
	if err != nil {
		return err
	}
	return s.UpdateToken(ctx, c, id, old.UserID, old.Value, t.ExpireTime)
}

// WorkerGroups gives everybody the groups whose name contains search, with the
// addresses in them that live.
func (s *Service) WorkerGroups(ctx context.Context, c Caller, search string, p store.Page) (views []WorkerGroupView, live map[string]bool, total int, err error) {
	admin := c
	admin.User.Role = workflow.RoleAdmin // who chooses a group must see it
	if views, total, err = s.ListWorkerGroups(ctx, admin, search, p); err != nil {
		return nil, nil, 0, err
	}
	all, err := s.workerGroups(ctx)
	live = map[string]bool{}
	for _, g := range all {
		if !g.FromWorkers {
			continue
		}
		for _, a := range g.Addresses {
			live[a] = true
		}
	}
	return views, live, total, err
}

// WorkerGroup gives a stored group, with those of its addresses that live.
// Reason: "group.not_found".
func (s *Service) WorkerGroup(ctx context.Context, c Caller, id int64) (WorkerGroupView, map[string]bool, error) {
	views, live, _, err := s.WorkerGroups(ctx, c, "", store.Page{Number: 1, Size: s.MaxPage()})
	if err != nil {
		return WorkerGroupView{}, nil, err
	}
	i := slices.IndexFunc(views, func(g WorkerGroupView) bool { return g.ID == id && !g.FromWorkers })
	if i < 0 {
		return WorkerGroupView{}, nil, workflow.Errorf(workflow.NotFound, "group.not_found", "worker group %d does not exist", id)
	}
	return views[i], live, nil
}
