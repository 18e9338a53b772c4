package native_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/porpoise-scheduler/porpoise/apiserver/internal/rest/native"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

func TestLogin(t *testing.T) {
	w := newWorld(t)
	w.user("ada", workflow.RoleGeneral)
	w.call(nil, "GET", "/session", nil).problem(http.StatusUnauthorized, "credentials.unknown")
	w.call(nil, "POST", "/session", native.Login{User: "ada", Password: "wrong"}).problem(http.StatusUnauthorized, "login.wrong")

	first := w.call(nil, "POST", "/session", native.Login{User: "ada", Password: "secret of ada"}).want(http.StatusOK)
	cookie := first.Header.Get("Set-Cookie")
	for _, part := range []string{"HttpOnly", "SameSite=Lax", "Path=/"} {
		if !strings.Contains(cookie, part) {
			t.Errorf("the cookie is not %s: %s", part, cookie)
		}
	}
	second := w.call(nil, "POST", "/session", native.Login{User: "ada", Password: "secret of ada"})
	if second.Header.Get("Set-Cookie") == cookie {
		t.Error("two logins share a session")
	}
	var s native.Session
	first.into(&s)
	ada := as{"Cookie": {strings.Split(cookie, ";")[0]}}
	var again native.Session
	w.call(ada, "GET", "/session", nil).want(http.StatusOK).into(&again)
	if f := again.Features; f == nil || f.OIDC || f.LDAP || f.ResourceCentre || f.Version != "test" || f.Timezone != "UTC" {
		t.Errorf("features are %+v", f)
	}
	again.Features = nil
	if again != s || s.User.Name != "ada" || s.User.Admin || s.CSRFToken == "" {
		t.Errorf("session is %+v, then %+v", s, again)
	}

	w.call(ada, "POST", "/projects", native.ProjectInput{Name: "p"}).problem(http.StatusForbidden, "csrf.wrong")
	w.call(ada, "POST", "/projects", native.ProjectInput{Name: "p"}, "X-CSRF-Token", s.CSRFToken).want(http.StatusCreated)
	w.call(ada, "DELETE", "/session", nil, "X-CSRF-Token", s.CSRFToken).want(http.StatusNoContent)
	w.call(ada, "GET", "/session", nil).want(http.StatusUnauthorized)
	other := as{"Cookie": {strings.Split(second.Header.Get("Set-Cookie"), ";")[0]}}
	w.call(other, "GET", "/session", nil).want(http.StatusOK)
}

func TestProjects(t *testing.T) {
	w := newWorld(t)
	ada, bob := w.as(w.user("ada", workflow.RoleGeneral)), w.as(w.user("bob", workflow.RoleGeneral))
	var p native.Project
	w.call(ada, "POST", "/projects", native.ProjectInput{Name: "etl", Description: "loads"}).want(http.StatusCreated).into(&p)
	if p.Name != "etl" || p.Owner != "ada" || p.Created == nil {
		t.Errorf("made %+v", p)
	}
	w.call(ada, "POST", "/projects", native.ProjectInput{Name: "etl"}).problem(http.StatusConflict, "project.exists")
	if got := w.call(ada, "POST", "/projects", map[string]any{"description": 1}).want(http.StatusUnprocessableEntity); !strings.Contains(string(got.Body), "body.description") {
		t.Errorf("the field is not named: %s", got.Body)
	}
	for _, path := range []string{"/projects/etl", fmt.Sprint("/projects/", p.ID)} {
		w.call(ada, "GET", path, nil).want(http.StatusOK)
		w.call(bob, "GET", path, nil).problem(http.StatusForbidden, "project.forbidden")
		w.call(nil, "GET", path, nil).problem(http.StatusUnauthorized, "credentials.unknown")
	}
	w.call(ada, "GET", "/projects/none", nil).problem(http.StatusNotFound, "project.not_found")
	w.call(ada, "PUT", "/projects/etl", native.ProjectInput{Name: "elt"}).want(http.StatusOK)
	w.call(ada, "DELETE", "/projects/elt", nil).want(http.StatusNoContent)
	w.call(ada, "GET", "/projects/elt", nil).want(http.StatusNotFound)
	w.call(ada, "GET", "/nothing", nil).want(http.StatusNotFound)
}

func TestPages(t *testing.T) {
	w := newWorld(t)
	for i := range 5 {
		w.call(w.admin, "POST", "/projects", native.ProjectInput{Name: fmt.Sprint("p", i)}).want(http.StatusCreated)
	}
	var seen []string
	next := ""
	for {
		var page native.List[native.Project]
		w.call(w.admin, "GET", "/projects?limit=2&cursor="+next, nil).want(http.StatusOK).into(&page)
		for _, p := range page.Items {
			seen = append(seen, p.Name)
		}
		if page.Total != 5 {
			t.Errorf("total is %d", page.Total)
		}
		if next = page.Next; next == "" {
			break
		}
	}
	if got := strings.Join(seen, " "); got != "p4 p3 p2 p1 p0" {
		t.Errorf("seen %s", got)
	}
	w.call(w.admin, "GET", "/projects?cursor=x", nil).problem(http.StatusUnprocessableEntity, "cursor.invalid")
	w.call(w.admin, "GET", "/projects?limit=0", nil).want(http.StatusUnprocessableEntity)
	w.call(w.admin, "GET", "/projects?what=1", nil).want(http.StatusUnprocessableEntity)
}
