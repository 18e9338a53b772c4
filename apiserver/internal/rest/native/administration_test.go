package native_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/porpoise-scheduler/porpoise/apiserver/internal/rest/native"
	"github.com/porpoise-scheduler/porpoise/pkg/coord"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// made posts something and decodes the answer.
func made[T any](w *world, who as, path string, in any) T {
	w.t.Helper()
	var out T
	w.call(who, "POST", path, in).want(http.StatusCreated).into(&out)
	return out
}

// got reads something.
func got[T any](w *world, who as, path string) T {
	w.t.Helper()
	var out T
	w.call(who, "GET", path, nil).want(http.StatusOK).into(&out)
	return out
}

// located fails unless a problem names a field of the body.
func located(t *testing.T, p native.Problem, field string) {
	t.Helper()
	if len(p.Errors) != 1 || p.Errors[0].Location != "body."+field {
		t.Errorf("the problem is not located at %s: %+v", field, p)
	}
}

func TestTenantsAndQueues(t *testing.T) {
	w := newWorld(t)
	ada := w.as(w.user("ada", workflow.RoleGeneral))
	q := made[native.Queue](w, w.admin, "/queues", native.QueueInput{Name: "etl", Value: "root.etl"})
	located(t, w.call(w.admin, "POST", "/queues", native.QueueInput{Name: "etl", Value: "x"}).problem(http.StatusConflict, "queue.name_exists"), "name")
	w.call(w.admin, "PUT", fmt.Sprint("/queues/", q.ID), native.QueueInput{Name: "etl", Value: "root.etl"}).want(http.StatusOK)

	tenant := made[native.Tenant](w, w.admin, "/tenants", native.TenantInput{Code: "etl", QueueID: q.ID})
	if tenant.Name != "etl" || tenant.Queue != "etl" || tenant.Created == nil {
		t.Errorf("made %+v", tenant)
	}
	located(t, w.call(w.admin, "POST", "/tenants", native.TenantInput{Code: "-rf", QueueID: q.ID}).problem(http.StatusUnprocessableEntity, "tenant.code_invalid"), "code")
	w.call(w.admin, "POST", "/tenants", native.TenantInput{Code: "x", QueueID: 999}).problem(http.StatusNotFound, "queue.not_found")
	w.call(w.admin, "DELETE", fmt.Sprint("/queues/", q.ID), nil).problem(http.StatusConflict, "queue.used")
	seen := got[native.List[native.Tenant]](w, ada, "/tenants?search=et")
	if diff := cmp.Diff([]native.Tenant{got[native.Tenant](w, ada, fmt.Sprint("/tenants/", tenant.ID))}, seen.Items); diff != "" {
		t.Error(diff)
	}
	w.call(w.admin, "DELETE", fmt.Sprint("/tenants/", tenant.ID), nil).want(http.StatusNoContent)
	w.call(w.admin, "DELETE", fmt.Sprint("/queues/", q.ID), nil).want(http.StatusNoContent)
	w.call(w.admin, "GET", fmt.Sprint("/queues/", q.ID), nil).problem(http.StatusNotFound, "queue.not_found")
}

func TestUsers(t *testing.T) {
	w := newWorld(t)
	tenant := workflow.Tenant{Code: "etl", QueueID: 1}
	must(t, w.store.Tenants.Create(t.Context(), &tenant))
	in := native.UserInput{Name: "ada", Password: "secret of ada", Email: "ada@example.org", TenantID: tenant.ID}
	u := made[native.User](w, w.admin, "/users", in)
	if u.Tenant != "etl" || u.Admin || u.Disabled {
		t.Errorf("made %+v", u)
	}
	located(t, w.call(w.admin, "POST", "/users", in).problem(http.StatusConflict, "user.exists"), "name")
	path := fmt.Sprint("/users/", u.ID)
	row, err := w.store.Users.Get(t.Context(), u.ID)
	must(t, err)
	ada := w.as(row)

	in.Password, in.Phone = "", "12345678901"
	w.call(ada, "PUT", path, in).want(http.StatusOK)
	in.Admin = true
	w.call(ada, "PUT", path, in).problem(http.StatusForbidden, "user.forbidden")
	w.call(ada, "GET", "/users/1", nil).problem(http.StatusForbidden, "user.forbidden")
	for _, seen := range got[native.List[native.User]](w, ada, "/users").Items {
		if seen.Email != "" || seen.Name == "" {
			t.Errorf("ada sees %+v", seen)
		}
	}
	in.Admin, in.Disabled = false, true
	w.call(w.admin, "PUT", path, in).want(http.StatusOK)
	w.call(ada, "GET", "/session", nil).problem(http.StatusUnauthorized, "credentials.unknown")
	w.call(nil, "POST", "/session", native.Login{User: "ada", Password: "secret of ada"}).problem(http.StatusUnauthorized, "login.wrong")

	root := got[native.Session](w, w.admin, "/session").User
	last := native.UserInput{Name: "root", Email: root.Email, TenantID: tenant.ID}
	w.call(w.admin, "PUT", fmt.Sprint("/users/", root.ID), last).problem(http.StatusConflict, "user.last_admin")
	w.call(w.admin, "DELETE", path, nil).want(http.StatusNoContent)
}

func TestTokens(t *testing.T) {
	w := newWorld(t)
	ada, bob := w.user("ada", workflow.RoleGeneral), w.user("bob", workflow.RoleGeneral)
	a, b := w.as(ada), w.as(bob)
	soon := time.Now().Add(time.Hour).UTC().Truncate(time.Millisecond)
	tok := made[native.NewToken](w, a, "/tokens", native.TokenInput{Expires: soon})
	if got[native.Session](w, as{"Authorization": {"Bearer " + tok.Value}}, "/session").User.Name != "ada" {
		t.Error("the token is not ada's")
	}
	path := fmt.Sprint("/tokens/", tok.ID)
	if r := w.call(a, "GET", path, nil).want(http.StatusOK); strings.Contains(string(r.Body), tok.Value) {
		t.Error("the value is shown again")
	}
	w.call(b, "GET", path, nil).problem(http.StatusForbidden, "user.forbidden")
	w.call(b, "DELETE", path, nil).problem(http.StatusForbidden, "user.forbidden")
	w.call(b, "POST", "/tokens", native.TokenInput{UserID: ada.ID, Expires: soon}).problem(http.StatusForbidden, "user.forbidden")
	located(t, w.call(a, "POST", "/tokens", native.TokenInput{Expires: soon.Add(-48 * time.Hour)}).problem(http.StatusUnprocessableEntity, "token.expired"), "expires")
	later := soon.Add(time.Hour)
	var prolonged native.Token
	w.call(a, "PUT", path, native.TokenInput{Expires: later}).want(http.StatusOK).into(&prolonged)
	if !prolonged.Expires.Equal(later) || prolonged.User != "ada" {
		t.Errorf("prolonged to %+v", prolonged)
	}
	w.call(a, "DELETE", path, nil).want(http.StatusNoContent)
	w.call(as{"Authorization": {"Bearer " + tok.Value}}, "GET", "/session", nil).want(http.StatusUnauthorized)
}

func TestWorkerGroups(t *testing.T) {
	w := newWorld(t)
	reg, err := w.coord.Register(t.Context(), coord.Member{ID: "w1", Role: coord.Worker, Addr: "10.0.0.1:1234", Groups: []string{"default"}}, time.Minute)
	must(t, err)
	t.Cleanup(func() { _ = reg.Close() })
	g := made[native.WorkerGroup](w, w.admin, "/worker-groups", native.WorkerGroupInput{Name: "gpu", Addresses: []string{"10.0.0.1:1234"}})
	if g.Workers != 1 || !g.Own {
		t.Errorf("made %+v", g)
	}
	located(t, w.call(w.admin, "POST", "/worker-groups", native.WorkerGroupInput{Name: "x", Addresses: []string{"nowhere:1"}}).
		problem(http.StatusUnprocessableEntity, "group.address_invalid"), "addresses")
	ada := w.as(w.user("ada", workflow.RoleGeneral))
	list := got[native.List[native.WorkerGroup]](w, ada, "/worker-groups")
	if len(list.Items) != 2 || list.Items[1].Own || list.Items[1].Name != "default" || list.Items[1].Workers != 1 {
		t.Errorf("groups are %+v", list.Items)
	}
	w.call(w.admin, "PUT", fmt.Sprint("/worker-groups/", g.ID), native.WorkerGroupInput{Name: "gpus", Addresses: []string{}}).want(http.StatusOK)
	w.call(w.admin, "PUT", "/worker-groups/999", native.WorkerGroupInput{Name: "y", Addresses: []string{}}).problem(http.StatusNotFound, "group.not_found")
	w.call(w.admin, "DELETE", fmt.Sprint("/worker-groups/", g.ID), nil).want(http.StatusNoContent)
}

func TestEnvironments(t *testing.T) {
	w := newWorld(t)
	ada := w.as(w.user("ada", workflow.RoleGeneral))
	e := made[native.Environment](w, w.admin, "/environments", native.EnvironmentInput{Name: "java",
		Variables: map[string]string{"JAVA_HOME": "/opt/java", "TOKEN": "canary"}, WorkerGroups: []string{"gpu", "gpu"}})
	path := fmt.Sprint("/environments/", e.ID)
	if diff := cmp.Diff(map[string]string{"JAVA_HOME": "***", "TOKEN": "***"}, got[native.Environment](w, ada, path).Variables); diff != "" {
		t.Error(diff)
	}
	change := native.EnvironmentInput{Name: "java", Variables: map[string]string{"JAVA_HOME": "/opt/java21", "TOKEN": "***"}}
	w.call(w.admin, "PUT", path, change).want(http.StatusOK)
	if diff := cmp.Diff(map[string]string{"JAVA_HOME": "/opt/java21", "TOKEN": "canary"}, got[native.Environment](w, w.admin, path).Variables); diff != "" {
		t.Error(diff)
	}
	for _, name := range []string{"1X", "A B", "PORPOISE_TASK", ""} {
		in := native.EnvironmentInput{Name: "bad", Variables: map[string]string{name: "v"}}
		located(t, w.call(w.admin, "POST", "/environments", in).problem(http.StatusUnprocessableEntity, "environment.variable"), "variables."+name)
	}
	w.call(w.admin, "POST", "/environments", change).problem(http.StatusUnprocessableEntity, "environment.variable") // *** of a new one
	change.Variables = nil
	located(t, w.call(w.admin, "POST", "/environments", native.EnvironmentInput{Name: "java", Variables: map[string]string{}}).
		problem(http.StatusConflict, "environment.exists"), "name")
	w.call(w.admin, "DELETE", path, nil).want(http.StatusNoContent)
}

// TestCalendarMovesSchedules changes the calendar of an online schedule, and
// looks at when it is due.
func TestCalendarMovesSchedules(t *testing.T) {
	w := newWorld(t)
	c := made[native.Calendar](w, w.admin, "/calendars", native.CalendarInput{Name: "office", Weekend: []int{6, 0, 6}})
	if diff := cmp.Diff([]int{0, 6}, c.Weekend); diff != "" {
		t.Error(diff)
	}
	d := workflow.Definition{ProjectID: 1, Name: "daily", ReleaseState: workflow.Online}
	must(t, w.store.Definitions.Create(t.Context(), &d))
	sc := workflow.Schedule{ProjectID: 1, DefinitionID: d.ID, Cron: "0 0 12 * * ?", Timezone: "UTC", ReleaseState: workflow.Offline,
		StartTime: time.Now().Add(-time.Hour), EndTime: time.Now().AddDate(1, 0, 0), CalendarID: c.ID, CalendarRule: workflow.OnWorkdays, Misfire: workflow.MisfireSkip}
	must(t, w.store.Schedules.Create(t.Context(), &sc))
	due := time.Now().UTC().Truncate(24 * time.Hour).Add(36 * time.Hour)
	_, err := w.store.Schedules.Release(t.Context(), sc.ID, workflow.Online, due)
	must(t, err)

	days := map[string]bool{}
	for n := range 20 { // nobody works for three weeks
		days[time.Now().UTC().AddDate(0, 0, n).Format(time.DateOnly)] = n == 17
	}
	w.call(w.admin, "PUT", fmt.Sprint("/calendars/", c.ID), native.CalendarInput{Name: "office", Weekend: []int{}, Days: days}).want(http.StatusOK)
	moved, err := w.store.Schedules.Get(t.Context(), sc.ID)
	must(t, err)
	if want := time.Now().UTC().Truncate(24*time.Hour).AddDate(0, 0, 17).Add(12 * time.Hour); !moved.NextDue.Equal(want) {
		t.Errorf("due %v, want %v", moved.NextDue, want)
	}
	year := got[native.List[native.CalendarDay]](w, w.admin, fmt.Sprintf("/calendars/%d/days?year=%d", c.ID, time.Now().UTC().AddDate(0, 0, 17).Year()))
	found := false
	for _, day := range year.Items {
		found = found || day == native.CalendarDay{Date: time.Now().UTC().AddDate(0, 0, 17).Format(time.DateOnly), Work: true, Exception: true}
	}
	if !found || len(year.Items) < 365 {
		t.Errorf("the year has %d days", len(year.Items))
	}
	w.call(w.admin, "DELETE", fmt.Sprint("/calendars/", c.ID), nil).problem(http.StatusConflict, "calendar.used")
	w.call(w.admin, "POST", "/calendars", native.CalendarInput{Name: "x", Weekend: []int{7}}).want(http.StatusUnprocessableEntity)
	located(t, w.call(w.admin, "POST", "/calendars", native.CalendarInput{Name: "x", Weekend: []int{}, Days: map[string]bool{"2026-02-30": true}}).
		problem(http.StatusUnprocessableEntity, "param.invalid"), "days.2026-02-30")
}

func TestTaskGroups(t *testing.T) {
	w := newWorld(t)
	g := made[native.TaskGroupDetail](w, w.admin, "/task-groups", native.TaskGroupInput{Name: "db", Size: 2})
	path := fmt.Sprint("/task-groups/", g.ID)
	w.call(w.admin, "PUT", path, native.TaskGroupInput{Name: "db", Size: 3, Closed: true}).want(http.StatusOK)
	g = got[native.TaskGroupDetail](w, w.as(w.user("ada", workflow.RoleGeneral)), path)
	if g.Size != 3 || !g.Closed || g.Used != 0 || g.Holders == nil || g.Waiting == nil {
		t.Errorf("got %+v", g)
	}
	if list := got[native.List[native.TaskGroupRow]](w, w.admin, "/task-groups?project=7"); len(list.Items) != 1 {
		t.Errorf("list is %+v", list)
	}
	w.call(w.admin, "POST", "/task-groups", native.TaskGroupInput{Name: "p", Size: 1, ProjectID: 99}).problem(http.StatusNotFound, "project.not_found")
	w.call(w.admin, "DELETE", path, nil).want(http.StatusNoContent)
}

func TestMembers(t *testing.T) {
	w := newWorld(t)
	ada, bob := w.user("ada", workflow.RoleGeneral), w.user("bob", workflow.RoleGeneral)
	a, b := w.as(ada), w.as(bob)
	made[native.Project](w, a, "/projects", native.ProjectInput{Name: "etl"})
	path := fmt.Sprint("/projects/etl/members/", bob.ID)
	var m native.Member
	w.call(a, "PUT", path, map[string]string{"role": "VIEWER"}).want(http.StatusOK).into(&m)
	if m.UserName != "bob" || m.Role != workflow.RoleViewer || m.Owner {
		t.Errorf("bob is %+v", m)
	}
	if p := got[native.Project](w, b, "/projects/etl"); p.Role != workflow.RoleViewer {
		t.Errorf("bob's role is %q", p.Role)
	}
	if list := got[native.List[native.Project]](w, a, "/projects"); list.Items[0].Role != workflow.RoleProjectAdmin {
		t.Errorf("ada's role is %q", list.Items[0].Role)
	}
	w.call(b, "PUT", path, map[string]string{"role": "ADMIN"}).problem(http.StatusForbidden, "user.forbidden")
	w.call(a, "PUT", path, map[string]string{"role": "KING"}).want(http.StatusUnprocessableEntity)
	w.call(a, "PUT", fmt.Sprint("/projects/etl/members/", ada.ID), map[string]string{"role": "VIEWER"}).problem(http.StatusConflict, "member.owner")
	if members := got[native.List[native.Member]](w, b, "/projects/etl/members").Items; len(members) != 2 || !members[0].Owner {
		t.Errorf("members are %+v", members)
	}
	w.call(a, "DELETE", path, nil).want(http.StatusNoContent)
	w.call(b, "GET", "/projects/etl", nil).problem(http.StatusForbidden, "project.forbidden")
}
