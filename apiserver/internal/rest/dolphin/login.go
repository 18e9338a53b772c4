package dolphin

import (
	"context"
	"net/http"

	"github.com/porpoise-scheduler/porpoise/apiserver/internal/rest/dolphin/status"
)

func (d *Dialect) loginRoutes() []Route {
	return []Route{
		{Group: "Login", Operation: "login", Method: http.MethodPost, Path: "/login",
			Params:        []Param{Text("userName").Must(), Text("userPassword").Must()},
			ErrorConstant: status.UserLoginFailure, Access: Public, Handler: d.login},
		{Group: "Login", Operation: "signOut", Method: http.MethodPost, Path: "/signOut",
			ErrorConstant: status.SignOutError, Access: SignedIn, Handler: d.signOut},
	}
}

// loginData is what a login answers; every entry also becomes a cookie.
type loginData struct {
	SessionID string `json:"sessionId"`
}

func (d *Dialect) login(ctx context.Context, r *Request) (any, error) {
	s, err := d.uc.Login(ctx, r.String("userName"), r.String("userPassword"), r.IP, peerIP(r.http))
	if err != nil {
		return nil, err
	}
	return Reply{
		Data:    loginData{SessionID: s.ID},
		Message: status.LoginSuccess,
		Cookies: []*http.Cookie{{Name: "sessionId", Value: s.ID, HttpOnly: true, SameSite: http.SameSiteStrictMode, Secure: r.http.TLS != nil}},
	}, nil
}

func (d *Dialect) signOut(ctx context.Context, r *Request) (any, error) {
	return nil, d.uc.SignOut(ctx, r.Caller)
}
