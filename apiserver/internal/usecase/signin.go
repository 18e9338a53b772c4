package usecase

import (
	"context"
	"errors"
	"strings"

	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// Provider is a system elsewhere that lets people in by their browsers.
type Provider interface {
	Name() string // for the button
	// Begin gives where to send the browser. state, nonce and verifier come back
	// at the end.
	Begin(ctx context.Context, state, nonce, verifier string) (url string, err error)
	// Finish gives whom the provider let in.
	Finish(ctx context.Context, code, nonce, verifier string) (workflow.Person, error)
}

// BeginSignIn gives where to send a browser that signs in elsewhere. Reason:
// "login.no_provider".
func (s *Service) BeginSignIn(ctx context.Context, state, nonce, verifier string) (string, error) {
	if s.Provider == nil {
		return "", noProvider()
	}
	return s.Provider.Begin(ctx, state, nonce, verifier)
}

func noProvider() error {
	return workflow.Errorf(workflow.NotFound, "login.no_provider", "nobody signs in elsewhere here")
}

// Returned is what a browser brings back from a provider.
type Returned struct {
	Began           bool   // this browser began the sign-in
	Failure         string // of the provider, in its words
	Code            string
	Nonce, Verifier string
}

// FinishSignIn opens a session for who came back from a provider. Reasons:
// "login.no_provider", "login.state", "login.refused", those of auth.Admit and
// of the provider.
func (s *Service) FinishSignIn(ctx context.Context, r Returned, ip string) (workflow.Session, error) {
	if s.Provider == nil {
		return workflow.Session{}, noProvider()
	}
	p, err := s.vouched(ctx, r)
	var u workflow.User
	if err == nil {
		u, err = s.Auth.Admit(ctx, p)
	}
	if err != nil {
		s.refused(ctx, attempt{name: p.Name, ip: ip, peer: ip, via: byBrowser}, err)
		return workflow.Session{}, err
	}
	return s.Auth.OpenSession(ctx, u.ID, ip)
}

// vouched gives whom the provider let in.
func (s *Service) vouched(ctx context.Context, r Returned) (workflow.Person, error) {
	switch {
	case !r.Began:
		return workflow.Person{}, workflow.Errorf(workflow.Forbidden, "login.state", "the browser did not begin this sign-in, or too long ago")
	case r.Failure != "":
		return workflow.Person{}, workflow.Errorf(workflow.Forbidden, "login.refused", "the provider answered %s", strings.ToValidUTF8(r.Failure, ""))
	case r.Code == "":
		return workflow.Person{}, errors.New("the provider gave no code")
	}
	return s.Provider.Finish(ctx, r.Code, r.Nonce, r.Verifier)
}

// ChangePassword gives the caller another password, for which he shows the old
// one. It ends his other sessions and gives him a new one in place of session,
// unless that is empty. Reasons: "login.wrong", "login.throttled",
// "param.invalid", "password.elsewhere".
func (s *Service) ChangePassword(ctx context.Context, c Caller, old, next, session string) (workflow.Session, error) {
	if !validPassword(next) {
		return workflow.Session{}, invalid("new", "new")
	}
	if known, err := s.Store.Users.Identities(ctx, c.User.ID); err != nil || len(known) > 0 {
		return workflow.Session{}, firstOf(err, workflow.Errorf(workflow.Conflict, "password.elsewhere", "the account's password is kept elsewhere"))
	}
	u, err := s.Auth.Verify(ctx, c.User.Name, old, c.IP)
	if err != nil {
		s.refused(ctx, attempt{name: c.User.Name, ip: c.IP, peer: c.IP, via: byOldPassword}, err)
		return workflow.Session{}, err
	}
	if u.PasswordHash, err = s.Auth.Hash(ctx, next); err != nil {
		return workflow.Session{}, err
	}
	err = s.Store.Users.UpdateAndSignOut(ctx, &u)
	s.Auth.Forget(u.ID)
	if err != nil || session == "" {
		return workflow.Session{}, err
	}
	return s.Auth.OpenSession(ctx, u.ID, c.IP)
}

// Features are what a server can do, as far as it was set up for it.
type Features struct {
	OIDC           string // the provider's name; empty: none
	LDAP           bool
	ResourceCentre bool
}

// Features tells what this server was set up for.
func (s *Service) Features() Features {
	f := Features{LDAP: s.Directory, ResourceCentre: s.Blobs != nil}
	if s.Provider != nil {
		f.OIDC = s.Provider.Name()
	}
	return f
}
