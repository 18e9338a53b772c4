package native_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

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
