package audit

import (
	"context"
	"slices"
	"strconv"

	"github.com/porpoise-scheduler/porpoise/pkg/store"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

type (
	user    = workflow.User
	token   = workflow.Token
	tenant  = workflow.Tenant
	queue   = workflow.Queue
	project = workflow.Project
	// facts are what is told of a state, by name.
	facts = map[string]any
)

// secret tells what became of a secret, and nothing of it.
func secret(f facts, name string, changed bool) facts {
	if changed {
		f[name] = "changed"
	}
	return f
}

func tellUser(v, old *user) thing {
	f := facts{"name": v.Name, "email": v.Email, "phone": v.Phone, "role": v.Role, "tenantId": v.TenantID, "queue": v.Queue, "disabled": v.Disabled}
	return thing{id: v.ID, name: v.Name, state: secret(f, "password", old != nil && old.PasswordHash != v.PasswordHash)}
}

type (
	usersBelow struct{ store.Users }
	users      struct {
		usersBelow
		kept[user]
	}
)

func (s users) UpdateAndSignOut(ctx context.Context, u *user) error {
	return s.n.update(ctx, u, func() error { return s.Users.UpdateAndSignOut(ctx, u) })
}

func (s users) Identify(ctx context.Context, u *user, i workflow.Identity) error {
	action := "identify"
	if u.ID == 0 {
		action = "create"
	}
	if err := s.Users.Identify(ctx, u, i); err != nil {
		return err
	}
	t := tellUser(u, nil)
	t.state.(facts)["identity"] = facts{"provider": i.Provider, "subject": i.Subject}
	s.n.done(ctx, change{action: action, resource: s.n.resource, after: t})
	return nil
}

func (s users) GrantProjects(ctx context.Context, userID int64, ids []int64) error {
	return s.n.grant(ctx, "projects", userID, ids, s.Users.GrantedProjects, func() error { return s.Users.GrantProjects(ctx, userID, ids) })
}

// grant records that a user was given other things of a sort.
func (r *recorder) grant(ctx context.Context, what string, userID int64, ids []int64, granted func(context.Context, int64) ([]int64, error), do func() error) error {
	before, err := granted(ctx, userID)
	if err != nil {
		return err
	}
	if err := do(); err != nil {
		return err
	}
	slices.Sort(before)
	r.done(ctx, change{action: "grant", resource: "user", id: strconv.FormatInt(userID, 10),
		before: thing{id: userID, state: facts{what: before}}, after: thing{id: userID, state: facts{what: ids}}})
	return nil
}

type sessions struct {
	store.Sessions
	users store.Users
	r     *recorder
}

// Save records a login: whoever logs in becomes the actor with it.
func (s sessions) Save(ctx context.Context, v *workflow.Session) error {
	if err := s.Sessions.Save(ctx, v); err != nil {
		return err
	}
	a := Actor{UserID: v.UserID, IP: v.IP}
	if u, err := s.users.Get(ctx, v.UserID); err == nil {
		a.Name = u.Name
	}
	s.r.by(ctx, a, change{action: "login", resource: "session", id: strconv.FormatInt(v.UserID, 10), after: thing{name: a.Name}})
	return nil
}

// Delete records a logout. Sessions that nobody ends have just grown old.
func (s sessions) Delete(ctx context.Context, id string) error {
	return s.ended(ctx, s.Sessions.Delete(ctx, id))
}

func (s sessions) DeleteByUser(ctx context.Context, userID int64) error {
	return s.ended(ctx, s.Sessions.DeleteByUser(ctx, userID))
}

func (s sessions) ended(ctx context.Context, err error) error {
	if a, known := actorOf(ctx); known && err == nil {
		s.r.done(ctx, change{action: "logout", resource: "session", id: strconv.FormatInt(a.UserID, 10), after: thing{name: a.Name}})
	}
	return err
}

func tellToken(v, old *token) thing {
	f := facts{"userId": v.UserID, "expires": v.ExpireTime}
	return thing{id: v.ID, state: secret(f, "value", old != nil && old.Value != v.Value)}
}

type (
	tokensBelow struct{ store.Tokens }
	tokens      struct {
		tokensBelow
		kept[token]
	}
)

func tellTenant(v, _ *tenant) thing {
	return thing{id: v.ID, name: v.Code, state: facts{"code": v.Code, "name": v.Name, "queueId": v.QueueID, "description": v.Description}}
}

type (
	tenantsBelow struct{ store.Tenants }
	tenants      struct {
		tenantsBelow
		kept[tenant]
	}
)

func tellQueue(v, _ *queue) thing {
	return thing{id: v.ID, name: v.Name, state: facts{"name": v.Name, "value": v.Value}}
}

type (
	queuesBelow struct{ store.Queues }
	queues      struct {
		queuesBelow
		kept[queue]
	}
)

func tellProject(v, _ *project) thing {
	return thing{id: v.ID, name: v.Name, project: v.ID, state: facts{"name": v.Name, "description": v.Description, "ownerId": v.UserID}}
}

type (
	projectsBelow struct{ store.Projects }
	projects      struct {
		projectsBelow
		kept[project]
	}
)

type members struct {
	store.Members
	r *recorder
}

func (s members) Set(ctx context.Context, projectID, userID int64, role workflow.ProjectRole) error {
	before, err := s.Members.Role(ctx, projectID, userID)
	if err != nil {
		return err
	}
	if err := s.Members.Set(ctx, projectID, userID, role); err != nil {
		return err
	}
	tell := func(role workflow.ProjectRole) thing {
		t := thing{id: userID, project: projectID}
		if role != "" {
			t.state = facts{"userId": userID, "role": role}
		}
		return t
	}
	action := "update"
	switch {
	case role == "":
		action = "delete"
	case before == "":
		action = "create"
	}
	s.r.done(ctx, change{action: action, resource: "member", before: tell(before), after: tell(role)})
	return nil
}
