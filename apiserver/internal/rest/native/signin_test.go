package native_test

import (
	"context"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/oauth2-proxy/mockoidc"

	"github.com/porpoise-scheduler/porpoise/apiserver/internal/auth"
	"github.com/porpoise-scheduler/porpoise/apiserver/internal/rest/native"
	"github.com/porpoise-scheduler/porpoise/pkg/signin/oidc"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// withNewcomers makes the world treat people from elsewhere as cfg says.
func (w *world) withNewcomers(cfg auth.Config) {
	w.uc.Auth = auth.New(cfg, w.uc.Store, time.Now)
	w.uc.Directory = cfg.Directory != nil
}

// withProvider starts a provider in this process and lets people sign in there.
func (w *world) withProvider() *mockoidc.MockOIDC {
	w.t.Helper()
	m, err := mockoidc.Run()
	must(w.t, err)
	w.t.Cleanup(func() { _ = m.Shutdown() })
	w.uc.Provider, err = oidc.New(oidc.Config{Issuer: m.Issuer(), ClientID: m.ClientID, ClientSecret: m.ClientSecret,
		RedirectURL: w.url + "/session/oidc/callback", AdminGroup: "platform", Scopes: []string{"profile", "email", "groups"}})
	must(w.t, err)
	return m
}

// browser follows redirects with its cookies up to the console.
type browser struct {
	t      testing.TB
	client *http.Client
	url    *url.URL
}

func (w *world) browser() browser {
	w.t.Helper()
	jar, err := cookiejar.New(nil)
	must(w.t, err)
	u, err := url.Parse(w.url)
	must(w.t, err)
	return browser{t: w.t, url: u, client: &http.Client{Jar: jar, CheckRedirect: func(r *http.Request, _ []*http.Request) error {
		if strings.HasPrefix(r.URL.Path, "/ui/") {
			return http.ErrUseLastResponse
		}
		return nil
	}}}
}

// visit gives where the browser ends up.
func (b browser) visit(path string) string {
	b.t.Helper()
	res, err := b.client.Get(path)
	must(b.t, err)
	defer res.Body.Close()
	return res.Header.Get("Location")
}

// session gives the cookie of a login.
func (b browser) session() as {
	for _, c := range b.client.Jar.Cookies(b.url) {
		if c.Name == "porpoise_session" && c.Value != "" {
			return as{"Cookie": {c.Name + "=" + c.Value}}
		}
	}
	return nil
}

func TestSignInElsewhere(t *testing.T) {
	w := newWorld(t)
	if p := got[native.Providers](w, nil, "/session/providers"); !p.Password || p.LDAP || len(p.OIDC) != 0 {
		t.Errorf("providers are %+v", p)
	}
	w.call(nil, "GET", "/session/oidc", nil).problem(http.StatusNotFound, "login.no_provider")
	m := w.withProvider()
	begin := w.url + "/session/oidc"
	if p := got[native.Providers](w, nil, "/session/providers"); len(p.OIDC) != 1 || p.OIDC[0].URL != "/api/v1/session/oidc" {
		t.Errorf("providers are %+v", p)
	}

	stranger := w.browser()
	if at := stranger.visit(begin); at != "/ui/?login=login.unknown" || stranger.session() != nil {
		t.Errorf("nobody may come, and jane is at %s", at)
	}
	w.withNewcomers(auth.Config{Newcomers: auth.Newcomers{Create: true}})
	jane := w.browser()
	if at := jane.visit(begin); at != "/ui/" {
		t.Fatalf("jane is at %s", at)
	}
	s := got[native.Session](w, jane.session(), "/session")
	if s.User.Name != "jane.doe" || s.User.Admin || s.CSRFToken == "" || !s.Features.OIDC {
		t.Errorf("jane is %+v", s)
	}
	w.call(jane.session(), "PUT", "/session/password", native.PasswordChange{Old: "x", New: "another"}, "X-CSRF-Token", s.CSRFToken).
		problem(http.StatusConflict, "password.elsewhere")

	m.QueueUser(&mockoidc.MockUser{Subject: "1234567890", PreferredUsername: "jane.new-name", Groups: []string{"platform"}})
	again := w.browser()
	again.visit(begin)
	if now := got[native.Session](w, again.session(), "/session").User; now.ID != s.User.ID || now.Name != "jane.doe" || !now.Admin {
		t.Errorf("jane is %+v, was %+v", now, s.User)
	}

	// A name proves nothing: it is somebody else's here.
	m.QueueUser(&mockoidc.MockUser{Subject: "evil", PreferredUsername: "root", Groups: []string{"platform"}})
	evil := w.browser()
	if at := evil.visit(begin); at != "/ui/?login=login.name_taken" || evil.session() != nil {
		t.Errorf("evil is at %s", at)
	}
	// A code that another browser got is of no use.
	if at := w.browser().visit(begin + "/callback?code=x&state=y"); at != "/ui/?login=login.state" {
		t.Errorf("a made-up state leads to %s", at)
	}
	m.QueueError(&mockoidc.ServerError{Code: http.StatusBadRequest, Error: "access_denied"})
	jane.visit(begin)

	u, err := w.store.Users.Get(t.Context(), s.User.ID)
	must(t, err)
	u.Disabled = true
	must(t, w.store.Users.Update(t.Context(), &u))
	m.QueueUser(&mockoidc.MockUser{Subject: "1234567890", PreferredUsername: "jane.doe"})
	if at := w.browser().visit(begin); at != "/ui/?login=login.disabled" {
		t.Errorf("who is disabled is at %s", at)
	}
}

// people is a directory.
type people map[string]string

func (p people) Person(_ context.Context, name, password string) (workflow.Person, error) {
	if want, known := p[name]; !known || want != password {
		return workflow.Person{}, workflow.Errorf(workflow.Unauthenticated, "login.wrong", "wrong")
	}
	return workflow.Person{Identity: workflow.Identity{Provider: auth.DirectoryProvider, Subject: "uid=" + name}, Name: name, Email: name + "@example.org"}, nil
}

func TestDirectoryLogin(t *testing.T) {
	w := newWorld(t)
	w.user("local", workflow.RoleGeneral)
	directory := people{"ada": "ada's", "local": "of the directory", "root": "of the directory"}
	w.withNewcomers(auth.Config{Directory: directory, Newcomers: auth.Newcomers{Create: true}})
	login := func(name, password string) reply {
		return w.call(nil, "POST", "/session", native.Login{User: name, Password: password})
	}
	login("ada", "ada's").want(http.StatusOK)
	login("ada", "wrong").problem(http.StatusUnauthorized, "login.wrong")
	login("nobody", "x").problem(http.StatusUnauthorized, "login.wrong")
	login("local", "secret of local").want(http.StatusOK)
	login("local", "of the directory").problem(http.StatusUnauthorized, "login.wrong")
	login("root", "of the directory").problem(http.StatusUnauthorized, "login.wrong")
	delete(directory, "ada") // she left
	login("ada", "ada's").problem(http.StatusUnauthorized, "login.wrong")

	// With linking the directory's person gets the account of the name.
	w.withNewcomers(auth.Config{Directory: directory, Newcomers: auth.Newcomers{Create: true, Link: true}})
	login("local", "of the directory").want(http.StatusOK)
	login("local", "secret of local").problem(http.StatusUnauthorized, "login.wrong") // it is the directory's from now on
	if !got[native.Providers](w, nil, "/session/providers").LDAP {
		t.Error("the directory is not told of")
	}
}

func TestPasswordChange(t *testing.T) {
	w := newWorld(t)
	w.user("ada", workflow.RoleGeneral)
	login := func(password string) (as, string) {
		var s native.Session
		r := w.call(nil, "POST", "/session", native.Login{User: "ada", Password: password}).want(http.StatusOK)
		r.into(&s)
		return as{"Cookie": {strings.Split(r.Header.Get("Set-Cookie"), ";")[0]}}, s.CSRFToken
	}
	here, csrf := login("secret of ada")
	elsewhere, _ := login("secret of ada")
	change := func(old, next string) reply {
		return w.call(here, "PUT", "/session/password", native.PasswordChange{Old: old, New: next}, "X-CSRF-Token", csrf)
	}
	located(t, change("wrong", "another").problem(http.StatusUnprocessableEntity, "password.wrong"), "old")
	r := change("secret of ada", "another").want(http.StatusOK)
	fresh := as{"Cookie": {strings.Split(r.Header.Get("Set-Cookie"), ";")[0]}}
	w.call(fresh, "GET", "/session", nil).want(http.StatusOK)
	for _, old := range []as{here, elsewhere} {
		w.call(old, "GET", "/session", nil).want(http.StatusUnauthorized)
	}
	login("another")
	here = fresh
	var s native.Session
	r.into(&s)
	csrf = s.CSRFToken
	for range 5 {
		change("guess", "mine")
	}
	change("another", "mine").problem(http.StatusTooManyRequests, "login.throttled")
}
