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
	// Directory checks passwords of those who have none here; nil: nobody else's
	// passwords are known.
	Directory Directory
	Newcomers Newcomers
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
	tenants  store.Tenants
	sessions store.Sessions
	tokens   store.Tokens
	now      func() time.Time
	hasher   *Hasher
	throttle *throttle
	cache    *cache
	recent   *recent
}

// New makes an Auth over the stores.
func New(cfg Config, s *store.Store, now func() time.Time) *Auth {
	cfg = cfg.withDefaults()
	return &Auth{
		cfg: cfg, users: s.Users, tenants: s.Tenants, sessions: s.Sessions, tokens: s.Tokens, now: now,
		hasher: NewHasher(), throttle: newThrottle(cfg.Throttle), cache: newCache(cfg.CacheTTL), recent: newRecent(),
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
// Reasons: "login.wrong", "login.throttled"; RefusalOf says more.
func (a *Auth) Login(ctx context.Context, name, password, ip, peer string) (workflow.Session, error) {
	u, err := a.verify(ctx, name, password, peer)
	if err != nil {
		return workflow.Session{}, err
	}
	return a.openSession(ctx, u.ID, ip, a.now())
}

// LoginFresh is Login with a new session each time.
func (a *Auth) LoginFresh(ctx context.Context, name, password, peer string) (workflow.Session, workflow.User, error) {
	u, err := a.verify(ctx, name, password, peer)
	if err != nil {
		return workflow.Session{}, u, err
	}
	s, err := a.OpenSession(ctx, u.ID, peer)
	return s, u, err
}

// OpenSession opens a session of its own for a user who has shown who he is.
func (a *Auth) OpenSession(ctx context.Context, userID int64, peer string) (workflow.Session, error) {
	s := workflow.Session{ID: uuid.NewString(), UserID: userID, IP: peer, LastLogin: a.now()}
	return s, a.sessions.Save(ctx, &s)
}

// Verify checks a name and password within the bounds of throttling. Reasons:
// "login.wrong", "login.throttled".
func (a *Auth) Verify(ctx context.Context, name, password, peer string) (workflow.User, error) {
	return a.verify(ctx, name, password, peer)
}

// EndSession ends one session of a user.
func (a *Auth) EndSession(ctx context.Context, userID int64, id string) error {
	err := a.sessions.Delete(ctx, id)
	a.Forget(userID)
	return err
}

// verify checks a name and password within the bounds of throttling.
func (a *Auth) verify(ctx context.Context, name, password, peer string) (workflow.User, error) {
	now := a.now()
	if ok, told := a.throttle.allow(name, peer, now); !ok {
		err := workflow.Errorf(workflow.Exhausted, "login.throttled", "too many failed logins; try again later")
		return workflow.User{}, &Refusal{Err: err, Cause: err.Reason, Via: ByPassword, Repeated: told}
	}
	u, err := a.checkPassword(ctx, name, password)
	if workflow.ErrorCode(err) == workflow.Unauthenticated {
		a.throttle.failed(name, peer, now)
	}
	if err != nil {
		return workflow.User{}, err
	}
	a.throttle.succeeded(name, peer)
	return u, nil
}

// checkPassword takes the same time whether the name exists or not.
func (a *Auth) checkPassword(ctx context.Context, name, password string) (workflow.User, error) {
	u, err := a.users.ByName(ctx, name)
	if err != nil && workflow.ErrorCode(err) != workflow.NotFound {
		return u, err
	}
	unknown := err != nil
	if elsewhere, err := a.elsewhere(ctx, u, unknown); err != nil {
		return u, err
	} else if elsewhere {
		return a.byDirectory(ctx, u, name, password)
	}
	hash := u.PasswordHash
	if unknown {
		hash = a.hasher.decoy
	}
	ok, err := a.hasher.Verify(ctx, hash, password)
	if err != nil {
		return u, err
	}
	if !ok && !unknown && a.cfg.Directory != nil && a.cfg.Newcomers.Link {
		return a.byDirectory(ctx, u, name, password) // who may turn out to have this account
	}
	switch {
	case unknown:
		return u, refuse(u, "login.unknown", ByPassword)
	case !ok:
		return u, refuse(u, "login.wrong", ByPassword)
	case u.Disabled:
		return u, refuse(u, "login.disabled", ByPassword)
	}
	return u, nil
}

func wrongPair() error {
	return workflow.Errorf(workflow.Unauthenticated, "login.wrong", "user name or password is wrong")
}

// openSession gives the session this server gave the user at his last login,
// when that is recent, else a new one; sessions whose last login is not recent
// end. The store keeps only hashes of ids, so that a session another server
// opened cannot be given again: it stays valid beside the new one.
func (a *Auth) openSession(ctx context.Context, userID int64, ip string, now time.Time) (workflow.Session, error) {
	s, err := a.recentSession(ctx, userID, now)
	if err != nil {
		return s, err
	}
	if s.ID == "" {
		if err := a.endOldSessions(ctx, userID, now); err != nil {
			return s, err
		}
		s = workflow.Session{ID: uuid.NewString(), UserID: userID, IP: ip}
	}
	s.LastLogin = now
	if err := a.sessions.Save(ctx, &s); err != nil {
		return s, err
	}
	a.recent.put(userID, s.ID)
	a.cache.drop(userID)
	return s, nil
}

// recentSession gives the session to use again; its ID is empty without one.
func (a *Auth) recentSession(ctx context.Context, userID int64, now time.Time) (workflow.Session, error) {
	id := a.recent.get(userID)
	if id == "" {
		return workflow.Session{}, nil
	}
	s, err := a.sessions.Get(ctx, id)
	if workflow.ErrorCode(err) == workflow.NotFound {
		return workflow.Session{}, nil
	}
	if err != nil || s.UserID != userID || now.Sub(s.LastLogin) > a.cfg.SessionReuse {
		return workflow.Session{}, err
	}
	return s, nil
}

// endOldSessions removes the user's sessions whose last login is not recent.
func (a *Auth) endOldSessions(ctx context.Context, userID int64, now time.Time) error {
	old, err := a.sessions.ByUser(ctx, userID)
	if err != nil {
		return err
	}
	for _, s := range old {
		if now.Sub(s.LastLogin) <= a.cfg.SessionReuse {
			continue
		}
		if err := a.sessions.Delete(ctx, s.ID); err != nil && workflow.ErrorCode(err) != workflow.NotFound {
			return err
		}
	}
	return nil
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
