package auth

import (
	"cmp"
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// Directory knows people and their passwords.
type Directory interface {
	// Person gives whom a name and password belong to. Unauthenticated when there
	// is nobody of that name or the password is wrong; which of both it does not
	// tell.
	Person(ctx context.Context, name, password string) (workflow.Person, error)
}

// DirectoryProvider is the provider of identities that come from Directory.
const DirectoryProvider = "ldap"

// Newcomers says what happens to people whom another system let in and who
// have no account here.
type Newcomers struct {
	Create bool // make one
	Link   bool // give them the account of the same name, if there is one
	// Tenant is the code of the tenant that new accounts have; empty: none.
	Tenant string
}

// elsewhere reports whether a name's password is the directory's to check: of
// those who have an account from there, and of those who have none.
func (a *Auth) elsewhere(ctx context.Context, u workflow.User, unknown bool) (bool, error) {
	if a.cfg.Directory == nil || unknown {
		return a.cfg.Directory != nil, nil
	}
	known, err := a.users.Identities(ctx, u.ID)
	return slices.ContainsFunc(known, func(i workflow.Identity) bool { return i.Provider == DirectoryProvider }), err
}

// byDirectory lets in whom the directory knows; known is the account of the
// name, if there is one.
func (a *Auth) byDirectory(ctx context.Context, known workflow.User, name, password string) (workflow.User, error) {
	p, err := a.cfg.Directory.Person(ctx, name, password)
	switch {
	case workflow.ErrorCode(err) == workflow.Unauthenticated:
		return workflow.User{}, refuse(known, "login.wrong", DirectoryProvider)
	case err != nil:
		return workflow.User{}, err
	}
	return a.Admit(ctx, p)
}

// Admit gives the account of a person whom another system let in; it makes one
// where that is allowed. Reasons: "login.disabled", "login.unknown" (there is
// none), "login.name_taken" (by somebody else), "login.name_invalid".
func (a *Auth) Admit(ctx context.Context, p workflow.Person) (workflow.User, error) {
	u, err := a.admit(ctx, p)
	if r := RefusalOf(err); r != nil {
		r.Via, r.UserID = p.Identity.Provider, u.ID
		return u, r
	}
	return u, err
}

func (a *Auth) admit(ctx context.Context, p workflow.Person) (workflow.User, error) {
	u, err := a.users.ByIdentity(ctx, p.Identity)
	if workflow.ErrorCode(err) == workflow.NotFound {
		u, err = a.newcomer(ctx, p)
	}
	if err != nil {
		return u, err
	}
	if u.Disabled {
		return u, workflow.Errorf(workflow.Unauthenticated, "login.disabled", "the account is disabled")
	}
	return u, a.follow(ctx, &u, p)
}

// follow gives the user the role that the other system says.
func (a *Auth) follow(ctx context.Context, u *workflow.User, p workflow.Person) error {
	if role := roleOf(p); p.Admin != nil && u.Role != role {
		u.Role = role
		err := a.users.Update(ctx, u)
		a.Forget(u.ID)
		return err
	}
	return nil
}

func roleOf(p workflow.Person) workflow.Role {
	if p.Admin != nil && *p.Admin {
		return workflow.RoleAdmin
	}
	return workflow.RoleGeneral
}

func (a *Auth) newcomer(ctx context.Context, p workflow.Person) (workflow.User, error) {
	name, err := accountName(p.Name)
	if err != nil {
		return workflow.User{}, err
	}
	u, err := a.users.ByName(ctx, name)
	switch {
	case err == nil && a.cfg.Newcomers.Link:
		return u, a.users.Identify(ctx, &u, p.Identity)
	case err == nil:
		return u, nameTaken(name)
	case workflow.ErrorCode(err) != workflow.NotFound:
		return u, err
	case !a.cfg.Newcomers.Create:
		return u, workflow.Errorf(workflow.Forbidden, "login.unknown", "%s has no account here", name)
	}
	return a.register(ctx, name, p)
}

func nameTaken(name string) error {
	return workflow.Errorf(workflow.Conflict, "login.name_taken", "there is another account named %s", name)
}

// register makes an account whose password nobody knows.
func (a *Auth) register(ctx context.Context, name string, p workflow.Person) (workflow.User, error) {
	hash, err := a.hasher.Hash(ctx, RandomPassword())
	if err != nil {
		return workflow.User{}, err
	}
	u := workflow.User{Name: name, PasswordHash: hash, Email: p.Email, Role: roleOf(p)}
	if code := a.cfg.Newcomers.Tenant; code != "" {
		t, err := a.tenants.ByCode(ctx, code)
		if err != nil {
			return u, fmt.Errorf("finding the tenant of new accounts, %s: %w", code, err)
		}
		u.TenantID = t.ID
	}
	err = a.users.Identify(ctx, &u, p.Identity)
	if workflow.ErrorCode(err) == workflow.Exists { // a second request of the same login was faster, or somebody else
		if known, again := a.users.ByIdentity(ctx, p.Identity); again == nil {
			return known, nil
		}
		err = nameTaken(name)
	}
	return u, err
}

var strange = regexp.MustCompile(`[^a-zA-Z0-9._-]+`)

// minName is the shortest name of an account.
const minName = 3

// accountName makes a name of an account out of what a person is called: of a
// mail address what comes before the @.
func accountName(name string) (string, error) {
	local, _, _ := strings.Cut(strings.TrimSpace(name), "@")
	local = strange.ReplaceAllString(local, "-")
	local = local[:min(len(local), 39)]
	if len(local) < minName || strings.Trim(local, "-._") == "" {
		return "", workflow.Errorf(workflow.Invalid, "login.name_invalid", "%q makes no name of an account", cmp.Or(name, "an empty name"))
	}
	return local, nil
}
