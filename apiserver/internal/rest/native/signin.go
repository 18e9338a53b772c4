package native

import (
	"context"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"

	"github.com/danielgtaylor/huma/v2"
	"golang.org/x/oauth2"

	"github.com/porpoise-scheduler/porpoise/apiserver/internal/usecase"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// Providers are the ways to sign in.
type Providers struct {
	Password bool           `json:"password"`
	LDAP     bool           `json:"ldap"`
	OIDC     []OIDCProvider `json:"oidc" nullable:"false"`
}

// OIDCProvider is a system elsewhere that lets people in.
type OIDCProvider struct {
	Name string `json:"name"`
	URL  string `json:"url" doc:"where to send the browser"`
}

// PasswordChange is what a person types.
type PasswordChange struct {
	Old string `json:"old" minLength:"1" maxLength:"200"`
	New string `json:"new" minLength:"2" maxLength:"128"`
}

// flowCookie holds what a browser brings back from a provider. It lasts as long
// as a person may need to sign in there.
const (
	flowCookie = "porpoise_sign_in"
	flowPath   = Base + "/session/oidc"
	flowAge    = 600 // s
)

// signIn is a sign-in under way. It is in the browser's cookie, so that any
// server can finish it, and only that browser.
type signIn struct {
	State    string `json:"s"`
	Nonce    string `json:"n"`
	Verifier string `json:"v"`
}

// sentOn sends a browser elsewhere.
type sentOn struct {
	Location  string        `header:"Location"`
	SetCookie []http.Cookie `header:"Set-Cookie"`
}

func (a *API) declarePassword() {
	const tag = "Session"
	add(a, op{ID: "changePassword", Method: http.MethodPut, Path: "/session/password", Tag: tag, Access: SignedIn, Secret: true,
		Summary: "Change the caller's password; his other sessions end"}, a.changePassword)
	add(a, op{ID: "listProviders", Method: http.MethodGet, Path: "/session/providers", Tag: tag, Access: Public,
		Summary: "The ways to sign in"}, a.listProviders)
	add(a, op{ID: "beginSignIn", Method: http.MethodGet, Path: "/session/oidc", Tag: tag, Access: Public, Status: http.StatusFound,
		Summary: "Send the browser to sign in elsewhere"}, a.beginSignIn)
	add(a, op{ID: "finishSignIn", Method: http.MethodGet, Path: "/session/oidc/callback", Tag: tag, Access: Public, Status: http.StatusFound, AnyQuery: true,
		Summary: "Where the browser comes back to"}, a.finishSignIn)
}

func (a *API) changePassword(ctx context.Context, in *struct{ Body PasswordChange }) (*loggedIn, error) {
	id, _ := ctx.Value(sessionKey{}).(string)
	c := callerOf(ctx)
	s, err := a.uc.ChangePassword(ctx, c, in.Body.Old, in.Body.New, id)
	if workflow.ErrorReason(err) == "login.wrong" { // he is known; only what he typed is wrong
		return nil, workflow.Errorf(workflow.Invalid, "password.wrong", "the old password is wrong").At("old")
	}
	if err != nil {
		return nil, err
	}
	out := &loggedIn{Body: session(c, s.ID)}
	if s.ID != "" {
		out.SetCookie = a.cookie(ctx, s.ID, 0)
	}
	return out, nil
}

func (a *API) listProviders(context.Context, *struct{}) (*body[Providers], error) {
	f := a.uc.Features()
	p := Providers{Password: true, LDAP: f.LDAP, OIDC: []OIDCProvider{}}
	if f.OIDC != "" {
		p.OIDC = append(p.OIDC, OIDCProvider{Name: f.OIDC, URL: flowPath})
	}
	return answer(p), nil
}

func (a *API) beginSignIn(ctx context.Context, _ *struct{}) (*sentOn, error) {
	flow := signIn{State: oauth2.GenerateVerifier(), Nonce: oauth2.GenerateVerifier(), Verifier: oauth2.GenerateVerifier()}
	to, err := a.uc.BeginSignIn(ctx, flow.State, flow.Nonce, flow.Verifier)
	if err != nil {
		return nil, err
	}
	text, err := json.Marshal(flow)
	if err != nil {
		return nil, err
	}
	return &sentOn{Location: to, SetCookie: []http.Cookie{a.flow(ctx, base64.RawURLEncoding.EncodeToString(text), flowAge)}}, nil
}

func (a *API) flow(ctx context.Context, value string, age int) http.Cookie {
	return http.Cookie{Name: flowCookie, Value: value, Path: flowPath, HttpOnly: true, Secure: encrypted(ctx), SameSite: http.SameSiteLaxMode, MaxAge: age}
}

// returned is what a browser brings back. Providers may add more.
type returned struct {
	code, state, failure string
	flow                 signIn
}

// Resolve implements huma.Resolver.
func (r *returned) Resolve(ctx huma.Context) []error {
	r.code, r.state, r.failure = ctx.Query("code"), ctx.Query("state"), ctx.Query("error")
	c, err := huma.ReadCookie(ctx, flowCookie)
	if err != nil {
		return nil // seen later: it has no state
	}
	text, err := base64.RawURLEncoding.DecodeString(c.Value)
	if err == nil {
		err = json.Unmarshal(text, &r.flow)
	}
	if err != nil {
		r.flow = signIn{}
	}
	return nil
}

// finishSignIn sends the browser to the console, signed in or with the reason
// why not.
func (a *API) finishSignIn(ctx context.Context, in *returned) (*sentOn, error) {
	out := &sentOn{Location: "/ui/", SetCookie: []http.Cookie{a.flow(ctx, "", -1)}}
	s, err := a.finish(ctx, in)
	if err != nil {
		reason := workflow.ErrorReason(err)
		if reason == "" {
			reason = "login.failed"
		}
		a.uc.Log.WarnContext(ctx, "signing in elsewhere", "error", err, "ip", callerOf(ctx).IP)
		out.Location += "?" + url.Values{"login": {reason}}.Encode()
		return out, nil
	}
	out.SetCookie = append(out.SetCookie, a.cookie(ctx, s.ID, 0))
	return out, nil
}

func (a *API) finish(ctx context.Context, in *returned) (workflow.Session, error) {
	return a.uc.FinishSignIn(ctx, usecase.Returned{
		Began:   in.flow.State != "" && subtle.ConstantTimeCompare([]byte(in.flow.State), []byte(in.state)) == 1,
		Failure: in.failure, Code: in.code, Nonce: in.flow.Nonce, Verifier: in.flow.Verifier,
	}, callerOf(ctx).IP)
}
