package native_test

import (
	"context"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/danielgtaylor/huma/v2"

	"github.com/porpoise-scheduler/porpoise/apiserver/internal/rest/native"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// stranger to whom: the callers of the matrix, from least to most.
type actor struct {
	name string
	as   as
	user workflow.User
	role workflow.ProjectRole
}

func actors(w *world) []actor {
	list := []actor{{name: "nobody"}, {name: "other"}, {name: "viewer", role: workflow.RoleViewer}, {name: "operator", role: workflow.RoleOperator},
		{name: "developer", role: workflow.RoleDeveloper}, {name: "project admin", role: workflow.RoleProjectAdmin}, {name: "admin"}}
	for i := range list {
		a := &list[i]
		switch a.name {
		case "nobody":
		case "admin":
			a.as = w.admin
		default:
			a.user = w.user(strings.ReplaceAll(a.name, " ", "-"), workflow.RoleGeneral)
			a.as = w.as(a.user)
		}
	}
	return list
}

// may is the table of rights.
func (a actor) may(access native.Access) bool {
	need := map[native.Access]workflow.ProjectRole{native.Viewer: workflow.RoleViewer, native.Operator: workflow.RoleOperator,
		native.Developer: workflow.RoleDeveloper, native.ProjectAdmin: workflow.RoleProjectAdmin}
	switch {
	case access == native.Public || a.name == "admin":
		return true
	case access == native.SignedIn:
		return a.name != "nobody"
	case access == native.AdminOnly:
		return false
	}
	return a.role != "" && a.role.Includes(need[access])
}

// own are operations on what is somebody's: whose it is not is refused, although
// he may call them. Tests of theirs own look at that.
var own = []string{"getUser", "listAlertDeliveries"}

var parameter = regexp.MustCompile(`\{[a-zA-Z]+\}`)

// TestRoleMatrix asks for every operation as everybody. What it names besides
// the project does not exist and bodies are missing, so that who is let in
// changes nothing and gets another refusal.
func TestRoleMatrix(t *testing.T) {
	w := newWorld(t)
	callers := actors(w)
	asked, wrong := 0, 0
	for path, item := range w.api.Document().Paths {
		for method, o := range map[string]*huma.Operation{"GET": item.Get, "POST": item.Post, "PUT": item.Put, "DELETE": item.Delete, "PATCH": item.Patch} {
			if o == nil {
				continue
			}
			access := native.AccessOf(o)
			for _, who := range callers {
				status := w.knock(who, callers, method, path)
				asked++
				denied := status == http.StatusUnauthorized || status == http.StatusForbidden
				if slices.Contains(own, o.OperationID) && who.as != nil && status == http.StatusForbidden {
					continue
				}
				if who.name == "nobody" && o.OperationID == "login" {
					denied = false // a missing body is none of its reasons
				}
				if denied == who.may(access) {
					wrong++
					t.Errorf("%s %s (%s) answers %s with %d", method, path, access, who.name, status)
				}
				if status >= http.StatusInternalServerError && status != http.StatusServiceUnavailable {
					t.Errorf("%s %s answers %s with %d", method, path, who.name, status)
				}
			}
		}
	}
	t.Logf("%d decisions, %d wrong", asked, wrong)
	if asked < 700 {
		t.Errorf("only %d decisions", asked)
	}
}

// knock asks for an operation in a project of its own and gives the status.
func (w *world) knock(who actor, callers []actor, method, path string) int {
	w.t.Helper()
	project := "none"
	if strings.Contains(path, "{project}") {
		p := workflow.Project{Name: "p", UserID: 99999}
		must(w.t, w.store.Projects.Create(w.t.Context(), &p))
		defer func() {
			if _, err := w.store.Projects.Get(w.t.Context(), p.ID); err == nil {
				must(w.t, w.store.Projects.Delete(w.t.Context(), p.ID))
			}
		}()
		for _, c := range callers {
			if c.role != "" {
				must(w.t, w.store.Members.Set(w.t.Context(), p.ID, c.user.ID, c.role))
			}
		}
		project = fmt.Sprint(p.ID)
	}
	path = strings.ReplaceAll(path, "{project}", project)
	path = parameter.ReplaceAllString(path, "999999")
	ctx, leave := context.WithCancel(w.t.Context()) // streams never end
	defer leave()
	req, err := http.NewRequestWithContext(ctx, method, w.url+path, nil)
	must(w.t, err)
	for k, v := range who.as {
		req.Header[k] = v
	}
	browser := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := browser.Do(req)
	must(w.t, err)
	defer res.Body.Close()
	return res.StatusCode
}
