package usecase

import (
	"context"
	"strings"

	"github.com/porpoise-scheduler/porpoise/apiserver/internal/auth"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// Authenticate finds the caller. A token, when there is one, alone decides.
// Unknown callers are an Unauthenticated error.
func (s *Service) Authenticate(ctx context.Context, token, session, ip string) (Caller, error) {
	var u workflow.User
	var err error
	switch {
	case token != "":
		u, err = s.Auth.ByToken(ctx, token)
	case session != "":
		u, err = s.Auth.BySession(ctx, session)
	default:
		err = auth.Unknown()
	}
	return Caller{User: u, IP: ip}, err
}

// Login opens a session. Reasons: "login.name_empty", "login.wrong",
// "login.throttled".
func (s *Service) Login(ctx context.Context, name, password, ip, peer string) (workflow.Session, error) {
	if strings.TrimSpace(name) == "" {
		return workflow.Session{}, workflow.Errorf(workflow.Invalid, "login.name_empty", "the user name is empty").At("userName")
	}
	return s.Auth.Login(ctx, name, password, ip, peer)
}

// SignOut ends the caller's sessions.
func (s *Service) SignOut(ctx context.Context, c Caller) error {
	return s.Auth.SignOut(ctx, c.User.ID)
}

// LoginFresh is Login with a session of its own, whose id nobody has seen.
func (s *Service) LoginFresh(ctx context.Context, name, password, ip string) (workflow.Session, workflow.User, error) {
	return s.Auth.LoginFresh(ctx, name, password, ip)
}

// EndSession ends one login, or, without an id, changes nothing.
func (s *Service) EndSession(ctx context.Context, c Caller, id string) error {
	if id == "" {
		return nil
	}
	return s.Auth.EndSession(ctx, c.User.ID, id)
}
