package dolphin_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/porpoise-scheduler/porpoise/apiserver/internal/rest/dolphin/status"
	"github.com/porpoise-scheduler/porpoise/pkg/coord"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

const (
	ok      = http.StatusOK
	created = http.StatusCreated
)

func TestQueueRefusals(t *testing.T) {
	w := newWorld(t)
	w.post("/queue/create", "queue", "v1", "queueName", "n1").is(t, created, status.Success)
	w.post("/queue/create", "queue", "v2", "queueName", "n1").is(t, created, status.QueueNameExist)
	r := w.post("/queue/create", "queue", "v1", "queueName", "n2")
	r.is(t, created, status.QueueValueExist)
	if r.Msg != "queue value v1 already exists" {
		t.Errorf("message is %q", r.Msg)
	}
	w.post("/queue/create", "queue", "", "queueName", "n2").is(t, created, status.RequestParamsNotValidError)
	w.post("/queue/create", "queue", "v2", "queueName", "").is(t, created, status.RequestParamsNotValidError)
	w.post("/queue/create", "queue", strings.Repeat("x", 65), "queueName", "n").is(t, created, status.RequestParamsNotValidError)
	w.post("/queue/verify-queue", "queue", "v2", "queueName", "n1").is(t, ok, status.QueueNameExist)
	w.post("/queue/verify-queue", "queue", "v1", "queueName", "n2").is(t, ok, status.QueueValueExist)
	w.post("/queue/verify-queue", "queue", "", "queueName", "n2").is(t, ok, status.RequestParamsNotValidError)
	w.post("/queue/update", "id", "99", "queue", "a", "queueName", "b").is(t, created, status.QueueNotExist)
	w.post("/queue/update", "id", "2", "queue", "v1", "queueName", "n1").is(t, created, status.NeedNotUpdateQueue)
	w.post("/queue/update", "id", "2", "queue", "v1", "queueName", "default").is(t, created, status.QueueNameExist)
	w.post("/queue/update", "id", "2", "queue", "default", "queueName", "n1").is(t, created, status.QueueValueExist)
	all := into[[]struct{ QueueName, Queue string }](t, w.get("/queue/list"))
	if fmt.Sprint(all) != "[{default default} {n1 v1}]" {
		t.Errorf("queues are %v", all)
	}
}

func TestUsersFollowTheirQueue(t *testing.T) {
	w := newWorld(t)
	w.post("/queue/create", "queue", "v1", "queueName", "n1").is(t, created, status.Success)
	u := workflow.User{Name: "ann", Role: workflow.RoleGeneral, Queue: "v1"}
	must(t, w.store.Users.Create(t.Context(), &u))
	w.post("/queue/update", "id", "2", "queue", "v2", "queueName", "n1").is(t, created, status.Success)
	if got, err := w.store.Users.Get(t.Context(), u.ID); err != nil || got.Queue != "v2" {
		t.Errorf("the user's queue is %q, %v", got.Queue, err)
	}
}

func TestTenantRefusals(t *testing.T) {
	w := newWorld(t)
	create := func(code string) reply {
		return w.post("/tenant/create", "tenantCode", code, "tenantName", "n", "queueId", "1")
	}
	create("hive").is(t, created, status.Success)
	r := create("hive")
	r.is(t, created, status.RequestParamsNotValidError)
	if r.Msg != "request parameter hive is not valid" {
		t.Errorf("message is %q", r.Msg)
	}
	for _, bad := range []string{"", "-rf", ".ssh", "a b", "a/b", "root;id", strings.Repeat("x", 65), "jöst"} {
		create(bad).is(t, created, status.VerifyTenantCodeError)
	}
	w.post("/tenant/create", "tenantCode", "t", "tenantName", "n", "queueId", "77").is(t, created, status.QueueNotExist)
	r = w.get("/tenant/verify-tenant-code", "tenantCode", "hive")
	r.is(t, ok, status.TenantNameExist)
	if r.Msg != "tenant code hive already exists" {
		t.Errorf("message is %q", r.Msg)
	}
	create("spark").is(t, created, status.Success)
	update := func(id, code string) reply {
		return w.post("/tenant/update", "id", id, "tenantCode", code, "tenantName", "n", "queueId", "1")
	}
	update("99", "x").is(t, ok, status.TenantNotExist)
	update("2", "hive").is(t, ok, status.TenantCodeHasAlreadyExists)
	update("2", "-x").is(t, ok, status.VerifyTenantCodeError)
	update("2", "spark2").is(t, ok, status.Success)
	w.post("/tenant/delete", "id", "99").is(t, ok, status.TenantNotExist)
	u := workflow.User{Name: "ann", Role: workflow.RoleGeneral, TenantID: 2}
	must(t, w.store.Users.Create(t.Context(), &u))
	r = w.post("/tenant/delete", "id", "2")
	r.is(t, ok, status.DeleteTenantByIDFailUsers)
	if r.Msg != "delete tenant by id fail, for there are 1 users using it" {
		t.Errorf("message is %q", r.Msg)
	}
	p := w.project("p", u.ID)
	d := workflow.Definition{ProjectID: p.ID, Name: "d", UserID: u.ID, Spec: workflow.Spec{TenantID: 2}}
	must(t, w.store.Definitions.Create(t.Context(), &d))
	w.post("/tenant/delete", "id", "2").is(t, ok, status.DeleteTenantByIDFailDefines)
}

func TestUserRefusals(t *testing.T) {
	w := newWorld(t)
	w.post("/tenant/create", "tenantCode", "hive", "tenantName", "n", "queueId", "1").is(t, created, status.Success)
	create := func(name, password, email, phone, tenant string) reply {
		return w.post("/users/create", "userName", name, "userPassword", password, "email", email, "phone", phone, "tenantId", tenant)
	}
	create("ann", "secret", "ann@example.org", "", "1").is(t, created, status.Success)
	create("ann", "secret", "ann@example.org", "", "1").is(t, created, status.UserNameExist)
	create("bob", "secret", "bob@example.org", "", "9").is(t, created, status.TenantNotExist)
	for _, bad := range [][4]string{
		{"a", "secret", "a@example.org", ""},
		{"a b c", "secret", "a@example.org", ""},
		{"", "secret", "a@example.org", ""},
		{"bob", "s", "a@example.org", ""},
		{"bob", "", "a@example.org", ""},
		{"bob", "secret", "nonsense", ""},
		{"bob", "secret", "", ""},
		{"bob", "secret", "a@example.org", "123"},
	} {
		create(bad[0], bad[1], bad[2], bad[3], "1").is(t, created, status.RequestParamsNotValidError)
	}
	if r := create("bob", "s", "a@example.org", "", "1"); r.Msg != "request parameter userPassword is not valid" {
		t.Errorf("message is %q", r.Msg)
	}
	w.get("/users/verify-user-name", "userName", "ann").is(t, ok, status.UserNameExist)
	update := func(who as, id, name, password, email, tenant string) reply {
		return w.call(who, http.MethodPost, "/users/update", "id", id, "userName", name, "userPassword", password, "email", email, "tenantId", tenant)
	}
	adm := token(w.admin)
	r := update(adm, "1099", "x-y", "", "", "1")
	r.is(t, ok, status.UserNotExist)
	if r.Msg != "user 1,099 not exists" {
		t.Errorf("message is %q", r.Msg)
	}
	update(adm, "2", "root", "", "", "1").is(t, ok, status.UserNameExist)
	update(adm, "2", "a", "", "", "1").is(t, ok, status.RequestParamsNotValidError)
	update(adm, "2", "ann", "x", "", "1").is(t, ok, status.RequestParamsNotValidError)
	update(adm, "2", "ann", "", "x", "1").is(t, ok, status.RequestParamsNotValidError)
	update(adm, "2", "ann", "", "", "9").is(t, ok, status.TenantNotExist)
	ann := token(w.token(2))
	update(ann, "1", "root", "taken-over", "", "0").is(t, ok, status.UserNoOperationPerm)
	update(ann, "2", "ann", "", "", "0").is(t, ok, status.UserNoOperationPerm) // another tenant
	update(ann, "2", "anna", "", "anna@example.org", "1").is(t, ok, status.Success)
	w.post("/users/delete", "id", "99").is(t, ok, status.UserNotExist)
	w.post("/users/delete", "id", "1").is(t, ok, status.DeleteUserByIDError) // the last admin
	w.post("/users/grant-project", "userId", "99", "projectIds", "").is(t, ok, status.UserNotExist)
	w.post("/users/grant-project", "userId", "2", "projectIds", "1,x").is(t, ok, status.GrantProjectError)
	w.post("/users/grant-project", "userId", "2", "projectIds", "5").is(t, ok, status.ProjectNotFount)
	if u, err := w.store.Users.Get(t.Context(), 2); err != nil || u.Name != "anna" || u.Email != "anna@example.org" || u.TenantID != 1 {
		t.Errorf("user is %+v, %v", u, err)
	}
	w.post("/users/delete", "id", "2").is(t, ok, status.Success)
	if r := w.call(ann, http.MethodGet, "/users/get-user-info"); r.HTTP != http.StatusUnauthorized {
		t.Errorf("a deleted user is still known: HTTP %d", r.HTTP)
	}
}

func TestHashesStayInside(t *testing.T) {
	w := newWorld(t)
	w.post("/tenant/create", "tenantCode", "hive", "tenantName", "n", "queueId", "1").is(t, created, status.Success)
	w.post("/users/create", "userName", "ann", "userPassword", "secret", "tenantId", "1", "email", "ann@example.org").is(t, created, status.Success)
	for _, path := range []string{"/users/list", "/users/list-all", "/users/list-paging?pageNo=1&pageSize=9", "/users/get-user-info"} {
		r := w.send(token(w.admin), http.MethodGet, path, "", "")
		if strings.Contains(string(r.Body), "argon2") || !strings.Contains(string(r.Body), `"userPassword":null`) {
			t.Errorf("%s answered %s", path, r.Body)
		}
	}
}

func TestGrants(t *testing.T) {
	w := newWorld(t)
	ann := w.user("ann", workflow.RoleGeneral)
	p, q := w.project("p", 1), w.project("q", 1)
	names := func(path string) string {
		list := into[[]struct{ Name string }](t, w.get(path, "userId", fmt.Sprint(ann.ID)))
		return fmt.Sprint(list)
	}
	if got := names("/projects/unauth-project"); got != "[{p} {q}]" {
		t.Errorf("not granted: %s", got)
	}
	w.post("/users/grant-project", "userId", fmt.Sprint(ann.ID), "projectIds", fmt.Sprintf("%d,%d,%d", q.ID, p.ID, q.ID)).is(t, ok, status.Success)
	if got := names("/projects/authed-project"); got != "[{p} {q}]" {
		t.Errorf("granted: %s", got)
	}
	list := into[struct {
		TotalList []struct {
			Name string
			Perm int
		}
		Total int
	}](t, w.call(token(w.token(ann.ID)), http.MethodGet, "/projects/list-paging", "pageNo", "1", "pageSize", "10"))
	if list.Total != 2 || list.TotalList[0].Perm != 7 {
		t.Errorf("his list is %+v", list)
	}
	w.post("/users/grant-project", "userId", fmt.Sprint(ann.ID), "projectIds", "").is(t, ok, status.Success)
	if got := names("/projects/authed-project"); got != "[]" {
		t.Errorf("after taking all back: %s", got)
	}
}

func TestTokenRefusals(t *testing.T) {
	w := newWorld(t)
	ann := w.user("ann", workflow.RoleGeneral)
	bob := w.user("bob", workflow.RoleGeneral)
	as := token(w.token(ann.ID))
	id := func(u workflow.User) string { return fmt.Sprint(u.ID) }
	create := func(user, expires, value string) reply {
		return w.call(as, http.MethodPost, "/access-token/create", "userId", user, "expireTime", expires, "token", value)
	}
	create(id(ann), "2099-01-01 00:00:00", "t1").is(t, created, status.Success)
	create(id(bob), "2099-01-01 00:00:00", "t2").is(t, created, status.UserNoOperationPerm)
	create(id(ann), "soon", "t2").is(t, ok, status.CreateAccessTokenError)
	create(id(ann), "2099-01-01 00:00:00", "").is(t, ok, status.CreateAccessTokenError)
	create(id(ann), "2099-01-01 00:00:00", "t1").is(t, ok, status.CreateAccessTokenError)
	w.call(as, http.MethodPost, "/access-token/generate", "userId", id(bob), "expireTime", "2099-01-01 00:00:00").
		is(t, created, status.UserNoOperationPerm)
	text := into[string](t, w.call(as, http.MethodPost, "/access-token/generate", "userId", id(ann), "expireTime", "2099-01-01 00:00:00"))
	if len(text) != 32 || strings.Trim(text, "0123456789abcdef") != "" {
		t.Errorf("token is %q", text)
	}
	theirs, err := w.store.Tokens.ByValue(t.Context(), w.admin)
	must(t, err)
	adminToken := fmt.Sprint(theirs.ID)
	w.call(as, http.MethodPost, "/access-token/delete", "id", adminToken).is(t, ok, status.UserNoOperationPerm)
	w.call(as, http.MethodPost, "/access-token/update", "id", adminToken, "userId", id(ann), "expireTime", "2099-01-01 00:00:00", "token", "mine").
		is(t, ok, status.UserNoOperationPerm)
	w.call(as, http.MethodPost, "/access-token/delete", "id", "999").is(t, ok, status.AccessTokenNotExist)
	mine := into[struct {
		Total     int
		TotalList []struct{ Token, UserName string }
	}](t, w.call(as, http.MethodGet, "/access-token/list-paging", "pageNo", "1", "pageSize", "10"))
	if mine.Total != 2 || mine.TotalList[0].Token != "t1" || mine.TotalList[0].UserName != "ann" {
		t.Errorf("his tokens are %+v", mine)
	}
	w.call(token("t1"), http.MethodGet, "/users/get-user-info").is(t, ok, status.Success)
	t1, err := w.store.Tokens.ByValue(t.Context(), "t1")
	must(t, err)
	w.call(as, http.MethodPost, "/access-token/delete", "id", fmt.Sprint(t1.ID)).is(t, ok, status.Success)
	if r := w.call(token("t1"), http.MethodGet, "/users/get-user-info"); r.HTTP != http.StatusUnauthorized {
		t.Errorf("a deleted token still works: HTTP %d", r.HTTP)
	}
}

func TestProjectRefusals(t *testing.T) {
	w := newWorld(t)
	r := w.post("/projects/create", "projectName", "p", "description", "d")
	r.is(t, created, status.Success)
	if string(r.Data) != "1" {
		t.Errorf("data is %s, want the new id", r.Data)
	}
	r = w.post("/projects/create", "projectName", "p")
	r.is(t, created, status.ProjectAlreadyExists)
	if r.Msg != "project p already exists" {
		t.Errorf("message is %q", r.Msg)
	}
	w.post("/projects/create", "projectName", "").is(t, created, status.RequestParamsNotValidError)
	w.post("/projects/create", "projectName", strings.Repeat("x", 101)).is(t, created, status.RequestParamsNotValidError)
	w.post("/projects/create", "projectName", "q", "description", strings.Repeat("x", 201)).is(t, created, status.RequestParamsNotValidError)
	q := w.project("q", 1)
	w.post("/projects/update", "projectId", "1", "projectName", "q").is(t, ok, status.ProjectAlreadyExists)
	w.post("/projects/update", "projectId", "1234", "projectName", "z").is(t, ok, status.ProjectNotFount)
	if r := w.get("/projects/query-by-id", "projectId", "1234"); r.Msg != "project 1,234 not found " {
		t.Errorf("message is %q", r.Msg)
	}
	d := workflow.Definition{ProjectID: q.ID, Name: "d", UserID: 1}
	must(t, w.store.Definitions.Create(t.Context(), &d))
	w.get("/projects/delete", "projectId", fmt.Sprint(q.ID)).is(t, ok, status.DeleteProjectErrorDefinesNotNull)
	ann := w.user("ann", workflow.RoleGeneral)
	r = w.call(token(w.token(ann.ID)), http.MethodGet, "/projects/delete", "projectId", "1")
	r.is(t, ok, status.UserNoOperationProjectPerm)
	if r.Msg != "user ann is not has project p permission" {
		t.Errorf("message is %q", r.Msg)
	}
	all := into[[]struct{ Name string }](t, w.call(token(w.token(ann.ID)), http.MethodGet, "/projects/query-project-list"))
	if fmt.Sprint(all) != "[{q}]" {
		t.Errorf("projects with workflows are %v, want q alone", all)
	}
}

func TestWorkerGroups(t *testing.T) {
	w := newWorld(t)
	w.worker(coord.Member{ID: "w1", Role: coord.Worker, Addr: "10.0.0.1:1234", Groups: []string{"alpha", "default"}, StartTime: w.now()})
	save := func(id, name, addrs string) reply {
		return w.post("/worker-group/save", "id", id, "name", name, "addrList", addrs)
	}
	save("", "mine", "10.0.0.1:1234").is(t, ok, status.Success)
	save("0", "", "10.0.0.1:1234").is(t, ok, status.NameNull)
	r := save("0", "mine", "10.0.0.1:1234")
	r.is(t, ok, status.NameExist)
	if r.Msg != "name mine already exists" {
		t.Errorf("message is %q", r.Msg)
	}
	save("0", "default", "10.0.0.1:1234").is(t, ok, status.NameExist) // workers name it
	r = save("0", "other", "10.0.0.1:1234,10.9.9.9:1")
	r.is(t, ok, status.WorkerAddressInvalid)
	if r.Msg != "worker address 10.9.9.9:1 invalid" {
		t.Errorf("message is %q", r.Msg)
	}
	save("1", "yours", "10.0.0.1:1234").is(t, ok, status.Success)
	if names := into[[]string](t, w.get("/worker-group/all-groups")); fmt.Sprint(names) != "[default alpha yours]" {
		t.Errorf("groups are %v", names)
	}
	list := into[struct {
		TotalList []struct {
			Name          string
			SystemDefault bool
		}
		Total int
	}](t, w.get("/worker-group/list-paging", "pageNo", "1", "pageSize", "2"))
	if fmt.Sprint(list) != "{[{yours false} {alpha true}] 2}" {
		t.Errorf("first page is %+v", list)
	}
	w.post("/worker-group/delete-by-id", "id", "9").is(t, ok, status.DeleteWorkerGroupNotExist)
	w.post("/worker-group/delete-by-id", "id", "1").is(t, ok, status.Success)
}

func TestMonitor(t *testing.T) {
	w := newWorld(t)
	at := time.Date(2021, 10, 18, 11, 55, 8, 0, time.UTC)
	w.worker(coord.Member{ID: "w1", Role: coord.Worker, Addr: "10.0.0.1:1234", Groups: []string{"default", "gpu"}, StartTime: at,
		Load: coord.Load{CPU: 0.25, Memory: 0.5, LoadAvg: 2, Time: at}})
	r := w.get("/monitor/worker/list")
	want := `[{"id":1,"host":"10.0.0.1","port":1234,` +
		`"zkDirectories":["/dolphinscheduler/nodes/worker/default/10.0.0.1:1234","/dolphinscheduler/nodes/worker/gpu/10.0.0.1:1234"],` +
		`"resInfo":"{\"cpuUsage\":0.25,\"memoryUsage\":0.5,\"loadAverage\":2.0}",` +
		`"createTime":"2021-10-18 19:55:08","lastHeartbeatTime":"2021-10-18 19:55:08"}]`
	if string(r.Data) != want {
		t.Errorf("workers are\n%s, want\n%s", r.Data, want)
	}
	if r := w.get("/monitor/master/list"); string(r.Data) != "[]" {
		t.Errorf("masters are %s", r.Data)
	}
	if r := w.get("/monitor/zookeeper/list"); !strings.Contains(string(r.Data), `"hostname":"memory"`) || !strings.Contains(string(r.Data), `"mode":"standalone"`) {
		t.Errorf("the registry's only server is %s", r.Data)
	}
}
