package usecase

import (
	"cmp"
	"context"
	"strings"

	"github.com/porpoise-scheduler/porpoise/apiserver/internal/audit"
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
	session, err := s.Auth.Login(ctx, name, password, ip, peer)
	s.refused(ctx, attempt{name: name, ip: ip, peer: peer}, err)
	return session, err
}

// attempt is how somebody tries to show who he is.
type attempt struct {
	name string // empty: he told none
	ip   string // where the request says that it comes from
	peer string // where its connection comes from
	via  string // empty: as the refusal says
}

// Ways to show who one is, beside a name and password.
const (
	byBrowser     = "oidc"
	byOldPassword = "password_change"
)

// refused records an attempt that err ended because somebody may not come in.
func (s *Service) refused(ctx context.Context, a attempt, err error) {
	r := auth.RefusalOf(err)
	if r == nil || r.Repeated {
		return
	}
	if r.UserID == 0 && r.Cause == "login.throttled" { // nobody looked whose name it is
		if u, err := s.Store.Users.ByName(ctx, a.name); err == nil {
			r.UserID = u.ID
		}
	}
	s.refusals.Record(ctx, s.Store.Audit, s.Log, audit.Refusal{
		Time: s.Now(), Name: a.name, UserID: r.UserID, IP: a.ip, Peer: a.peer, Cause: r.Cause, Via: cmp.Or(a.via, r.Via),
	})
}

// SignOut ends the caller's sessions.
func (s *Service) SignOut(ctx context.Context, c Caller) error {
	return s.Auth.SignOut(ctx, c.User.ID)
}

// LoginFresh is Login with a session of its own, whose id nobody has seen.
func (s *Service) LoginFresh(ctx context.Context, name, password, ip string) (workflow.Session, workflow.User, error) {
	session, u, err := s.Auth.LoginFresh(ctx, name, password, ip)
	s.refused(ctx, attempt{name: name, ip: ip, peer: ip}, err)
	return session, u, err
}

// EndSession ends one login, or, without an id, changes nothing.
func (s *Service) EndSession(ctx context.Context, c Caller, id string) error {
	if id == "" {
		return nil
	}
	return s.Auth.EndSession(ctx, c.User.ID, id)
}
