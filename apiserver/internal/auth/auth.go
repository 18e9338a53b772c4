// Package auth finds out who asks: by password, by session or by token. It
// keeps no passwords, only argon2id hashes, and answers the frequent question
// "whose session or token is this" from a small cache.
package auth

import (
	"cmp"
	"context"
	"time"

	"github.com/google/uuid"

	"github.com/porpoise-scheduler/porpoise/pkg/store"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// Config tunes Auth; zero values have defaults.
type Config struct {
	// SessionReuse is how long after a login the next one gets the same
	// session; default 2 h.
	SessionReuse time.Duration
	// SessionAge ends sessions that long after their last login; default 30 days.
	SessionAge time.Duration
	// CacheTTL is how long another server's change of a user may go unnoticed;
	// default 2 s. Changes made by this server are seen at once.
	CacheTTL time.Duration
	Throttle ThrottleConfig
}

func (c Config) withDefaults() Config {
	c.SessionReuse = cmp.Or(c.SessionReuse, 2*time.Hour)
	c.SessionAge = cmp.Or(c.SessionAge, 30*24*time.Hour)
	c.CacheTTL = cmp.Or(c.CacheTTL, 2*time.Second)
	c.Throttle = c.Throttle.withDefaults()
	return c
}

// Auth answers who somebody is.
type Auth struct {
	cfg      Config
	users    store.Users
	sessions store.Sessions
	tokens   store.Tokens
	now      func() time.Time
	hasher   *Hasher
	throttle *throttle
	cache    *cache
}

// New makes an Auth over the stores.
func New(cfg Config, s *store.Store, now func() time.Time) *Auth {
	cfg = cfg.withDefaults()
	return &Auth{
		cfg: cfg, users: s.Users, sessions: s.Sessions, tokens: s.Tokens, now: now,
		hasher: NewHasher(), throttle: newThrottle(cfg.Throttle), cache: newCache(cfg.CacheTTL),
	}
}

// ByToken gives the user of a token that has not expired.
func (a *Auth) ByToken(ctx context.Context, value string) (workflow.User, error) {
	return a.cache.get("t"+value, a.now(), func() (entry, error) {
		t, err := a.tokens.ByValue(ctx, value)
		if err != nil {
			return entry{}, err
		}
		return a.entryFor(ctx, t.UserID, t.ExpireTime)
	})
}

// BySession gives the user of a session.
func (a *Auth) BySession(ctx context.Context, id string) (workflow.User, error) {
	return a.cache.get("s"+id, a.now(), func() (entry, error) {
		s, err := a.sessions.Get(ctx, id)
		if err != nil {
			return entry{}, err
		}
		return a.entryFor(ctx, s.UserID, s.LastLogin.Add(a.cfg.SessionAge))
	})
}

func (a *Auth) entryFor(ctx context.Context, userID int64, until time.Time) (entry, error) {
	u, err := a.users.Get(ctx, userID)
	if err != nil {
		return entry{}, err
	}
	if u.Disabled {
		return entry{}, Unknown()
	}
	return entry{user: u, until: until}, nil
}

// Forget makes changes of a user, of his sessions and tokens seen at once.
// Call it after the change is committed.
func (a *Auth) Forget(userID int64) { a.cache.drop(userID) }

// Hash makes a password storable.
func (a *Auth) Hash(ctx context.Context, password string) (string, error) {
	return a.hasher.Hash(ctx, password)
}

// Login checks a name and password and gives a session. peer is the address
// the connection came from, which cannot be made up; ip is the one to record.
// Reasons: "login.wrong", "login.throttled".
func (a *Auth) Login(ctx context.Context, name, password, ip, peer string) (workflow.Session, error) {
	now := a.now()
	if !a.throttle.allow(name, peer, now) {
		return workflow.Session{}, workflow.Errorf(workflow.Exhausted, "login.throttled",
			"too many failed logins; try again later")
	}
	u, err := a.checkPassword(ctx, name, password)
	if workflow.ErrorCode(err) == workflow.Unauthenticated {
		a.throttle.failed(name, peer, now)
	}
	if err != nil {
		return workflow.Session{}, err
	}
	a.throttle.succeeded(name, peer)
	return a.openSession(ctx, u.ID, ip, now)
}

// checkPassword takes the same time whether the name exists or not.
func (a *Auth) checkPassword(ctx context.Context, name, password string) (workflow.User, error) {
	u, err := a.users.ByName(ctx, name)
	if err != nil && workflow.ErrorCode(err) != workflow.NotFound {
		return u, err
	}
	unknown := err != nil
	hash := u.PasswordHash
	if unknown {
		hash = a.hasher.decoy
	}
	ok, err := a.hasher.Verify(ctx, hash, password)
	if err != nil {
		return u, err
	}
	if !ok || unknown || u.Disabled {
		return u, wrongPair()
	}
	return u, nil
}

func wrongPair() error {
	return workflow.Errorf(workflow.Unauthenticated, "login.wrong", "user name or password is wrong")
}

// openSession reuses the user's session when his last login is recent, else
// replaces it: a user has one session.
func (a *Auth) openSession(ctx context.Context, userID int64, ip string, now time.Time) (workflow.Session, error) {
	old, err := a.sessions.ByUser(ctx, userID)
	if err != nil {
		return workflow.Session{}, err
	}
	s := workflow.Session{ID: uuid.NewString(), UserID: userID, IP: ip, LastLogin: now}
	for i, o := range old {
		if i == 0 && now.Sub(o.LastLogin) <= a.cfg.SessionReuse {
			s.ID = o.ID
			continue
		}
		if err := a.sessions.Delete(ctx, o.ID); err != nil && workflow.ErrorCode(err) != workflow.NotFound {
			return workflow.Session{}, err
		}
	}
	if err := a.sessions.Save(ctx, &s); err != nil {
		return workflow.Session{}, err
	}
	a.Forget(userID)
	return s, nil
}

// SignOut ends the user's sessions.
func (a *Auth) SignOut(ctx context.Context, userID int64) error {
	err := a.sessions.DeleteByUser(ctx, userID)
	a.Forget(userID)
	return err
}

// Unknown is the error for credentials that are missing, wrong or expired.
func Unknown() error {
	return workflow.Errorf(workflow.Unauthenticated, "credentials.unknown", "not signed in")
}
