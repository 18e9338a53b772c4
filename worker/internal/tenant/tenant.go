// Package tenant turns a tenant's name into the operating-system identity its
// attempts run with, and refuses those that may not be used.
package tenant

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"regexp"
	"slices"
	"strconv"
	"sync"
	"time"
)

// Alias names, on a worker that is not root, the user it was started as, and on
// one that is, the user Policy.Default.
const Alias = "default"

// Identity is what a process of the tenant runs as.
type Identity struct {
	Name   string
	Home   string
	UID    int // -1: as the service itself
	GID    int
	Groups []int
}

// Policy says which users may be tenants. Zero values have defaults.
type Policy struct {
	MinUID int // 1000
	// Allow names users below MinUID, root among them, that may be tenants.
	Allow []string
	// Default is the user that Alias stands for when the worker is root; empty:
	// Alias is a name as any other.
	Default string
	// AutoCreate makes users that do not exist.
	AutoCreate bool
}

// keep is how long a lookup is remembered: user databases may be remote.
const keep = time.Minute

// Resolver resolves tenants; it may be used by several goroutines.
type Resolver struct {
	policy Policy
	self   Identity // when not root
	now    func() time.Time

	mu    sync.Mutex
	cache map[string]resolved
}

type resolved struct {
	identity Identity
	until    time.Time
}

// NewResolver makes a resolver for this process' rights.
func NewResolver(p Policy) (*Resolver, error) {
	p.MinUID = cmp.Or(p.MinUID, 1000)
	r := &Resolver{policy: p, now: time.Now, cache: map[string]resolved{}}
	if os.Getuid() == 0 {
		return r, nil
	}
	u, err := user.Current()
	if err != nil {
		return nil, fmt.Errorf("looking up the user of this process: %w", err)
	}
	r.self = Identity{Name: u.Username, Home: u.HomeDir, UID: -1, GID: -1}
	return r, nil
}

// Resolve gives the identity; the error says what to change.
func (r *Resolver) Resolve(ctx context.Context, name string) (Identity, error) {
	if name == "" {
		return Identity{}, errors.New("the task names no tenant")
	}
	if r.self.Name != "" {
		if name == r.self.Name || name == Alias {
			return r.self, nil
		}
		return Identity{}, fmt.Errorf("tenant %q: this worker does not run as root and serves only %q", name, r.self.Name)
	}
	if name == Alias && r.policy.Default != "" {
		name = r.policy.Default
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if c, ok := r.cache[name]; ok && r.now().Before(c.until) {
		return c.identity, nil
	}
	id, err := r.lookup(ctx, name)
	if err != nil {
		return Identity{}, fmt.Errorf("tenant %q: %w", name, err)
	}
	r.cache[name] = resolved{id, r.now().Add(keep)}
	return id, nil
}

func (r *Resolver) lookup(ctx context.Context, name string) (Identity, error) {
	u, err := user.Lookup(name)
	var unknown user.UnknownUserError
	if errors.As(err, &unknown) && r.policy.AutoCreate {
		if err := create(ctx, name); err != nil {
			return Identity{}, err
		}
		u, err = user.Lookup(name)
	}
	if err != nil {
		return Identity{}, fmt.Errorf("no such user on this host: %w", err)
	}
	id, err := identity(u)
	if err != nil {
		return Identity{}, err
	}
	if (id.UID == 0 || id.UID < r.policy.MinUID) && !slices.Contains(r.policy.Allow, name) {
		return Identity{}, fmt.Errorf("user id %d is below the least allowed one, %d, and the worker's configuration does not allow it by name",
			id.UID, r.policy.MinUID)
	}
	return id, nil
}

func identity(u *user.User) (Identity, error) {
	uid, err1 := strconv.Atoi(u.Uid)
	gid, err2 := strconv.Atoi(u.Gid)
	names, err3 := u.GroupIds()
	if err := errors.Join(err1, err2, err3); err != nil {
		return Identity{}, fmt.Errorf("reading the user's ids: %w", err)
	}
	id := Identity{Name: u.Username, Home: u.HomeDir, UID: uid, GID: gid}
	for _, n := range names {
		g, err := strconv.Atoi(n)
		if err != nil {
			return Identity{}, fmt.Errorf("reading the user's groups: %w", err)
		}
		id.Groups = append(id.Groups, g)
	}
	return id, nil
}

// create makes a user that nobody can log in as.
func create(ctx context.Context, name string) error {
	if !validName(name) {
		return errors.New("not a name a user can be made with")
	}
	out, err := exec.CommandContext(ctx, "useradd", "--create-home", "--shell", "/usr/sbin/nologin", "--", name).CombinedOutput()
	if err != nil {
		return fmt.Errorf("making the user: %w: %s", err, out)
	}
	return nil
}

// validName is what useradd accepts everywhere.
func validName(name string) bool {
	ok, err := regexp.MatchString(`^[a-z_][a-z0-9_-]{0,30}$`, name)
	return ok && err == nil
}
