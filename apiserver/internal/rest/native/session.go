package native

import (
	"context"
	"net/http"
	"time"

	"github.com/porpoise-scheduler/porpoise/apiserver/internal/usecase"
)

// Session is a login.
type Session struct {
	User      Me        `json:"user"`
	CSRFToken string    `json:"csrfToken" doc:"to be sent as X-CSRF-Token with requests that change something; empty for tokens"`
	Features  *Features `json:"features,omitempty" doc:"what the server can do; shown by GET"`
}

// Features are what the server was set up for.
type Features struct {
	OIDC           bool   `json:"oidc" doc:"people may sign in elsewhere"`
	LDAP           bool   `json:"ldap" doc:"passwords are checked elsewhere too"`
	ResourceCentre bool   `json:"resourceCentre" doc:"files are kept"`
	Version        string `json:"version"`
	Timezone       string `json:"timezone" doc:"of dates in requests that name none"`
}

// Me is who asks.
type Me struct {
	ID    int64  `json:"id"`
	Name  string `json:"name"`
	Email string `json:"email"`
	Admin bool   `json:"admin"`
}

// Login is what a person types.
type Login struct {
	User     string `json:"user" minLength:"1" maxLength:"64"`
	Password string `json:"password" minLength:"1" maxLength:"200"`
}

type loggedIn struct {
	SetCookie http.Cookie `header:"Set-Cookie"`
	Body      Session
}

type loggedOut struct {
	SetCookie http.Cookie `header:"Set-Cookie"`
}

func (a *API) declareSession() {
	const tag = "Session"
	add(a, op{ID: "login", Method: http.MethodPost, Path: "/session", Tag: tag, Access: Public,
		Summary: "Log in with a password"}, a.login)
	add(a, op{ID: "session", Method: http.MethodGet, Path: "/session", Tag: tag, Access: SignedIn,
		Summary: "Who is logged in"}, a.session)
	add(a, op{ID: "logout", Method: http.MethodDelete, Path: "/session", Tag: tag, Access: SignedIn,
		Summary: "Log out"}, a.logout)
}

func (a *API) login(ctx context.Context, in *struct{ Body Login }) (*loggedIn, error) {
	ip := callerOf(ctx).IP
	s, u, err := a.uc.LoginFresh(ctx, in.Body.User, in.Body.Password, ip)
	if err != nil {
		return nil, err
	}
	return &loggedIn{SetCookie: a.cookie(ctx, s.ID, 0), Body: session(usecase.Caller{User: u, IP: ip}, s.ID)}, nil
}

func (a *API) session(ctx context.Context, _ *struct{}) (*body[Session], error) {
	id, _ := ctx.Value(sessionKey{}).(string)
	s := session(callerOf(ctx), id)
	f := a.uc.Features()
	s.Features = &Features{OIDC: f.OIDC != "", LDAP: f.LDAP, ResourceCentre: f.ResourceCentre, Version: a.cfg.Version, Timezone: a.uc.Zone.String()}
	return answer(s), nil
}

func (a *API) logout(ctx context.Context, _ *struct{}) (*loggedOut, error) {
	id, _ := ctx.Value(sessionKey{}).(string)
	return &loggedOut{SetCookie: a.cookie(ctx, "", -1)}, a.uc.EndSession(ctx, callerOf(ctx), id)
}

func session(c usecase.Caller, id string) Session {
	s := Session{User: Me{ID: c.User.ID, Name: c.User.Name, Email: c.User.Email, Admin: c.Admin()}}
	if id != "" {
		s.CSRFToken = csrfToken(id)
	}
	return s
}

// cookie holds a login; a negative age ends it.
func (a *API) cookie(ctx context.Context, id string, age time.Duration) http.Cookie {
	return http.Cookie{Name: sessionCookie, Value: id, Path: "/", HttpOnly: true, Secure: encrypted(ctx), SameSite: http.SameSiteLaxMode, MaxAge: int(age)}
}
