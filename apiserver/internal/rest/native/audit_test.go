package native_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/porpoise-scheduler/porpoise/apiserver/internal/auth"
	"github.com/porpoise-scheduler/porpoise/apiserver/internal/rest/native"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// TestAudit changes things and reads who did what.
func TestAudit(t *testing.T) {
	w := newWorld(t)
	ada := w.user("ada", workflow.RoleGeneral)
	a := w.as(ada)
	p := made[native.Project](w, a, "/projects", native.ProjectInput{Name: "etl"})
	w.call(a, "PUT", "/projects/etl", native.ProjectInput{Name: "elt", Description: "moved"}).want(http.StatusOK)
	w.call(a, "PUT", "/projects/none", native.ProjectInput{Name: "x"}).want(http.StatusNotFound)
	e := made[native.Environment](w, w.admin, "/environments", native.EnvironmentInput{Name: "java", Variables: map[string]string{"TOKEN": "canary-one", "A": "1"}})
	w.call(w.admin, "PUT", fmt.Sprint("/environments/", e.ID), native.EnvironmentInput{Name: "java", Variables: map[string]string{"TOKEN": "canary-two", "A": "1"}}).want(http.StatusOK)
	made[native.NewToken](w, a, "/tokens", native.TokenInput{Expires: time.Now().Add(time.Hour)})
	w.call(nil, "POST", "/session", native.Login{User: "ada", Password: "secret of ada"}).want(http.StatusOK)
	w.call(a, "DELETE", "/projects/elt", nil).want(http.StatusNoContent)

	var list native.Changes
	r := w.call(w.admin, "GET", "/audit", nil).want(http.StatusOK)
	r.into(&list)
	for _, secret := range []string{"canary", "argon2id", "secret of"} {
		if strings.Contains(string(r.Body), secret) {
			t.Errorf("the audit shows %s: %s", secret, r.Body)
		}
	}
	var story []string
	for _, c := range list.Items {
		story = append(story, strings.Join([]string{c.User, c.Action, c.Resource, c.Name, string(c.Before), string(c.After)}, " "))
		if c.IP == "" || c.Time == nil || c.User == "ada" && c.UserID != ada.ID {
			t.Errorf("%+v does not say who and from where", c)
		}
	}
	project := func(name, description string) string {
		return fmt.Sprintf(`{"description":%q,"name":%q,"ownerId":%d}`, description, name, ada.ID)
	}
	environment := func(token string) string {
		return `{"description":"","name":"java","variables":{"A":"***","TOKEN":"` + token + `"},"workerGroups":null}`
	}
	want := []string{
		"ada delete project elt " + project("elt", "moved") + " ",
		"ada login session ada  ",
		"ada create token   {",
		"root update environment java " + environment("***") + " " + environment("changed"),
		"root create environment java  " + environment("***"),
		"ada update project elt " + project("etl", "") + " " + project("elt", "moved"),
		"ada create project etl  " + project("etl", ""),
	}
	for i, w := range want {
		if i >= len(story) || !strings.HasPrefix(story[i], w) {
			t.Errorf("entry %d of\n%s\nis not\n%s", i, strings.Join(story, "\n"), w)
		}
	}
	if len(story) != len(want) {
		t.Errorf("%d entries, want %d", len(story), len(want))
	}
	w.narrows(p.ID, ada.ID)
}

func (w *world) narrows(project, user int64) {
	w.t.Helper()
	for query, n := range map[string]int{
		fmt.Sprint("?project=", project): 3, fmt.Sprint("?user=", user): 5, "?resource=environment": 2, "?action=login": 1,
		"?from=" + time.Now().UTC().Add(time.Minute).Format(time.RFC3339): 0, "?resource=environment&action=update": 1,
	} {
		if list := got[native.Changes](w, w.admin, "/audit"+query); len(list.Items) != n {
			w.t.Errorf("%s gives %d entries, want %d", query, len(list.Items), n)
		}
	}
	seen, next := 0, ""
	for {
		page := got[native.Changes](w, w.admin, "/audit?limit=2&cursor="+next)
		seen += len(page.Items)
		if next = page.Next; next == "" {
			break
		}
	}
	if seen != 7 {
		w.t.Errorf("pages hold %d entries", seen)
	}
	w.call(w.admin, "GET", "/audit?cursor=x", nil).problem(http.StatusUnprocessableEntity, "cursor.invalid")
}

// TestRefusedLogins tries to get in in every way that does not work: each is in
// the audit with who was tried, from where and why, and no password is.
func TestRefusedLogins(t *testing.T) {
	w := newWorld(t)
	ada, off := w.user("ada", workflow.RoleGeneral), w.user("off", workflow.RoleGeneral)
	off.Disabled = true
	must(t, w.store.Users.Update(t.Context(), &off))
	login := func(name, password string) reply {
		return w.call(nil, "POST", "/session", native.Login{User: name, Password: password})
	}
	login("nobody", "canary").problem(http.StatusUnauthorized, "login.wrong")
	login("off", "secret of off").problem(http.StatusUnauthorized, "login.wrong")
	for range 5 {
		login("ada", "canary").problem(http.StatusUnauthorized, "login.wrong")
	}
	for range 20 {
		login("ada", "canary").problem(http.StatusTooManyRequests, "login.throttled")
	}
	w.withProvider()
	begin := w.url + "/session/oidc"
	w.browser().visit(begin)
	w.browser().visit(begin + "/callback?code=canary&state=y")
	w.withNewcomers(auth.Config{Directory: people{"ann": "ann's"}})
	login("ann", "canary").problem(http.StatusUnauthorized, "login.wrong")
	login("ann", "ann's").problem(http.StatusForbidden, "login.unknown")

	r := w.call(w.admin, "GET", "/audit?action=login_refused&resource=session", nil).want(http.StatusOK)
	if strings.Contains(string(r.Body), "canary") || strings.Contains(string(r.Body), "ann's") || strings.Contains(string(r.Body), "secret of") {
		t.Errorf("the audit shows a password: %s", r.Body)
	}
	var list native.Changes
	r.into(&list)
	var story []string
	for _, e := range list.Items {
		story = append(story, fmt.Sprintf("%s %d %s", e.User, e.UserID, e.After))
		if e.IP == "" || e.Time == nil {
			t.Errorf("%+v does not say from where and when", e)
		}
	}
	slices.Reverse(story)
	wrong := fmt.Sprintf(`ada %d {"reason":"login.wrong","via":"password"}`, ada.ID)
	want := []string{
		`nobody 0 {"reason":"login.unknown","via":"password"}`,
		fmt.Sprintf(`off %d {"reason":"login.disabled","via":"password"}`, off.ID),
		wrong, wrong, wrong, wrong, wrong,
		fmt.Sprintf(`ada %d {"reason":"login.throttled","via":"password"}`, ada.ID),
		`jane.doe 0 {"reason":"login.unknown","via":"oidc"}`,
		` 0 {"reason":"login.state","via":"oidc"}`,
		`ann 0 {"reason":"login.wrong","via":"ldap"}`,
		`ann 0 {"reason":"login.unknown","via":"ldap"}`,
	}
	if !slices.Equal(story, want) {
		t.Errorf("the entries are\n%s\nwant\n%s", strings.Join(story, "\n"), strings.Join(want, "\n"))
	}
	if mine := got[native.Changes](w, w.admin, fmt.Sprint("/audit?action=login_refused&user=", ada.ID)); len(mine.Items) != 6 {
		t.Errorf("%d attempts at ada's account are found", len(mine.Items))
	}
}
