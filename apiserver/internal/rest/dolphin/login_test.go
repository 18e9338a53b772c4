package dolphin_test

import (
	"net/http"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/porpoise-scheduler/porpoise/apiserver/internal/rest/dolphin/status"
	"github.com/porpoise-scheduler/porpoise/pkg/store"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

var uuid = regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)

// clock is a time that tests move.
type clock struct{ nanos atomic.Int64 }

func (c *clock) now() time.Time          { return time.Unix(0, c.nanos.Load()).UTC() }
func (c *clock) advance(d time.Duration) { c.nanos.Add(int64(d)) }
func newClock() *clock {
	c := &clock{}
	c.nanos.Store(time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC).UnixNano())
	return c
}

// loginWorld has a user ann with the password secret.
func loginWorld(t *testing.T) (*world, *clock) {
	t.Helper()
	c := newClock()
	w := newWorldAt(t, c.now)
	hash, err := w.uc.Auth.Hash(t.Context(), "secret")
	must(t, err)
	u := workflow.User{Name: "ann", PasswordHash: hash, Role: workflow.RoleGeneral}
	must(t, w.store.Users.Create(t.Context(), &u))
	return w, c
}

func (w *world) login(name, password string) reply {
	return w.call(nil, http.MethodPost, "/login", "userName", name, "userPassword", password)
}

func session(t *testing.T, r reply) string {
	t.Helper()
	return into[struct{ SessionID string }](t, r).SessionID
}

func TestLogin(t *testing.T) {
	w, c := loginWorld(t)
	r := w.login("ann", "secret")
	if r.HTTP != ok || r.Code != 0 || r.Msg != "login success" {
		t.Fatalf("HTTP %d %s", r.HTTP, r.Body)
	}
	keys(t, r.Data, "sessionId")
	id := session(t, r)
	if !uuid.MatchString(id) {
		t.Errorf("session is %q", id)
	}
	if cookie := r.Header.Get("Set-Cookie"); !strings.HasPrefix(cookie, "sessionId="+id) || !strings.Contains(cookie, "HttpOnly") {
		t.Errorf("cookie is %q", cookie)
	}
	for _, who := range []as{{"sessionId": id}, {"Cookie": "sessionId=" + id}, {"sessionId": id, "Cookie": "sessionId=nonsense"}} {
		w.call(who, http.MethodGet, "/users/get-user-info").is(t, ok, status.Success)
	}
	if r := w.call(as{"token": "nonsense", "sessionId": id}, http.MethodGet, "/users/get-user-info"); r.HTTP != http.StatusUnauthorized {
		t.Errorf("a wrong token beside a session: HTTP %d, want 401", r.HTTP)
	}
	c.advance(time.Hour)
	if again := session(t, w.login("ann", "secret")); again != id {
		t.Errorf("a login within two hours gave another session")
	}
	c.advance(2*time.Hour + time.Second)
	w.call(as{"sessionId": id}, http.MethodGet, "/users/get-user-info").is(t, ok, status.Success) // age counts at logins only
	if fresh := session(t, w.login("ann", "secret")); fresh == id {
		t.Errorf("a login after two hours gave the old session")
	}
	if r := w.call(as{"sessionId": id}, http.MethodGet, "/users/get-user-info"); r.HTTP != http.StatusUnauthorized {
		t.Errorf("the replaced session: HTTP %d, want 401", r.HTTP)
	}
}

func TestSignOut(t *testing.T) {
	w, _ := loginWorld(t)
	who := as{"sessionId": session(t, w.login("ann", "secret"))}
	w.call(who, http.MethodGet, "/users/get-user-info").is(t, ok, status.Success)
	w.call(who, http.MethodPost, "/signOut").is(t, ok, status.Success)
	if r := w.call(who, http.MethodGet, "/users/get-user-info"); r.HTTP != http.StatusUnauthorized {
		t.Errorf("after signing out: HTTP %d", r.HTTP)
	}
	if id := session(t, w.login("ann", "secret")); id == who["sessionId"] {
		t.Errorf("the session that was signed out is given again")
	}
}

func TestLoginRefusals(t *testing.T) {
	w, c := loginWorld(t)
	w.login("", "secret").is(t, ok, status.UserNameNull)
	w.login("  ", "secret").is(t, ok, status.UserNameNull)
	w.login("ann", "wrong").is(t, ok, status.UserNamePasswdError)
	w.login("nobody", "secret").is(t, ok, status.UserNamePasswdError)
	w.login("ann", "").is(t, ok, status.UserNamePasswdError)
	u, err := w.store.Users.ByName(t.Context(), "ann")
	must(t, err)
	u.Disabled = true
	must(t, w.store.Users.Update(t.Context(), &u))
	w.login("ann", "secret").is(t, ok, status.UserNamePasswdError)
	u.Disabled = false
	must(t, w.store.Users.Update(t.Context(), &u))
	c.advance(time.Hour)
	w.login("ann", "secret").is(t, ok, status.Success)
}

func TestLoginsAreThrottled(t *testing.T) {
	w, c := loginWorld(t)
	for range 5 {
		w.login("ann", "wrong").is(t, ok, status.UserNamePasswdError)
	}
	for range 3 {
		r := w.login("ann", "secret")
		r.is(t, http.StatusTooManyRequests, status.UserNamePasswdError)
		if r.Header.Get("Retry-After") == "" {
			t.Errorf("no Retry-After")
		}
	}
	entries, err := w.store.Audit.List(t.Context(), store.AuditFilter{Action: "login_refused", UserID: 2}, 0, 100)
	must(t, err)
	if len(entries) != 6 || entries[0].After != `{"reason":"login.throttled","via":"password"}` || entries[5].UserName != "ann" || entries[5].IP == "" {
		t.Errorf("the audit has %+v", entries)
	}
	c.advance(time.Minute)
	w.login("ann", "secret").is(t, ok, status.Success)
}

func TestPasswordChangeEndsSessions(t *testing.T) {
	w, _ := loginWorld(t)
	who := as{"sessionId": session(t, w.login("ann", "secret"))}
	w.call(who, http.MethodGet, "/users/get-user-info").is(t, ok, status.Success)
	w.post("/users/update", "id", "2", "userName", "ann", "userPassword", "changed", "email", "", "tenantId", "0").is(t, ok, status.Success)
	if r := w.call(who, http.MethodGet, "/users/get-user-info"); r.HTTP != http.StatusUnauthorized {
		t.Errorf("the old session: HTTP %d, want 401", r.HTTP)
	}
	w.login("ann", "secret").is(t, ok, status.UserNamePasswdError)
	w.login("ann", "changed").is(t, ok, status.Success)
}

func TestTokensExpire(t *testing.T) {
	w, c := loginWorld(t)
	who := token(w.tokenUntil(2, c.now().Add(time.Hour)))
	w.call(who, http.MethodGet, "/users/get-user-info").is(t, ok, status.Success)
	c.advance(time.Hour)
	if r := w.call(who, http.MethodGet, "/users/get-user-info"); r.HTTP != http.StatusUnauthorized {
		t.Errorf("an expired token: HTTP %d, want 401", r.HTTP)
	}
}
