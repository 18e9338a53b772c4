package dolphin_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/porpoise-scheduler/porpoise/apiserver/internal/rest/dolphin/status"
	"github.com/porpoise-scheduler/porpoise/pkg/coord"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// firstPage asks for a page of a list.
var firstPage = []string{"pageNo", "1", "pageSize", "10"}

const farAway = "2099-01-01 00:00:00"

// known reports whether a token signs somebody in.
func (w *world) known(value string) bool {
	w.t.Helper()
	return w.call(token(value), http.MethodGet, "/users/get-user-info").HTTP == ok
}

// is fails unless a claim about the world holds.
func (w *world) is(claim bool, format string, args ...any) {
	w.t.Helper()
	if !claim {
		w.t.Errorf(format, args...)
	}
}

// storedToken makes a token of the owner and gives its id and value.
func (s *show) storedToken() (string, string) {
	s.t.Helper()
	value := s.token(s.owner.ID)
	row, err := s.store.Tokens.ByValue(s.t.Context(), value)
	must(s.t, err)
	return fmt.Sprint(row.ID), value
}

func accountScenarios() map[string]scenario {
	return map[string]scenario{
		"Login.login": func(s *show) {
			hash, err := s.uc.Auth.Hash(s.t.Context(), "secret")
			must(s.t, err)
			must(s.t, s.store.Users.Create(s.t.Context(), &workflow.User{Name: "eve", PasswordHash: hash}))
			r := s.okAs(nil, "userName", "eve", "userPassword", "secret")
			id := into[struct{ SessionID string }](s.t, r).SessionID
			s.is(r.Msg == "login success" && strings.Contains(r.Header.Get("Set-Cookie"), id), "answered %s %v", r.Msg, r.Header)
			s.call(as{"sessionId": id}, http.MethodGet, "/users/get-user-info").is(s.t, ok, status.Success)
		},
		"Login.signOut": func(s *show) {
			hash, err := s.uc.Auth.Hash(s.t.Context(), "secret")
			must(s.t, err)
			must(s.t, s.store.Users.Create(s.t.Context(), &workflow.User{Name: "eve", PasswordHash: hash}))
			who := as{"sessionId": session(s.tt(), s.login("eve", "secret"))}
			s.okAs(who)
			s.is(s.call(who, http.MethodGet, "/users/get-user-info").HTTP == http.StatusUnauthorized, "the session goes on")
		},
		"AccessToken.createToken": func(s *show) {
			s.ok("userId", fmt.Sprint(s.owner.ID), "expireTime", farAway, "token", "made here")
			s.is(s.known("made here"), "the token signs nobody in")
		},
		"AccessToken.generateToken": func(s *show) {
			value := into[string](s.t, s.ok("userId", fmt.Sprint(s.owner.ID), "expireTime", farAway))
			s.is(len(value) == 32 && !s.known(value), "generated %q", value)
		},
		"AccessToken.queryAccessTokenList": func(s *show) {
			_, value := s.storedToken()
			s.is(strings.Contains(string(s.ok(firstPage...).Data), value), "the token is not listed")
		},
		"AccessToken.delAccessTokenById": func(s *show) {
			id, value := s.storedToken()
			s.ok("id", id)
			s.is(!s.known(value), "the token still works")
		},
		"AccessToken.updateToken": func(s *show) {
			id, value := s.storedToken()
			s.ok("id", id, "userId", fmt.Sprint(s.owner.ID), "expireTime", farAway, "token", "new value")
			s.is(!s.known(value) && s.known("new value"), "old %v, new %v", s.known(value), s.known("new value"))
		},
		"Tenant.createTenant": func(s *show) {
			s.ok("tenantCode", "hive", "tenantName", "Hive", "queueId", "1", "description", "d")
			got, err := s.store.Tenants.ByCode(s.t.Context(), "hive")
			s.is(err == nil && got.Name == "Hive" && got.QueueID == 1 && got.Description == "d", "tenant is %+v, %v", got, err)
		},
		"Tenant.queryTenantlistPaging": func(s *show) { s.ok(firstPage...) },
		"Tenant.queryTenantlist":       func(s *show) { s.ok() },
		"Tenant.updateTenant": func(s *show) {
			s.ok("id", fmt.Sprint(s.tenant.ID), "tenantCode", "etl2", "tenantName", "n", "queueId", "1")
			got, err := s.store.Tenants.Get(s.t.Context(), s.tenant.ID)
			s.is(err == nil && got.Code == "etl2" && got.Name == "n", "tenant is %+v, %v", got, err)
		},
		"Tenant.deleteTenantById": func(s *show) {
			t := workflow.Tenant{Code: "gone", QueueID: 1}
			must(s.t, s.store.Tenants.Create(s.t.Context(), &t))
			s.ok("id", fmt.Sprint(t.ID))
			_, err := s.store.Tenants.Get(s.t.Context(), t.ID)
			s.is(workflow.ErrorCode(err) == workflow.NotFound, "the tenant is there: %v", err)
		},
		"Tenant.verifyTenantCode": func(s *show) { s.ok("tenantCode", "free") },
		"Queue.queryList":         func(s *show) { s.ok() },
		"Queue.queryQueueListPaging": func(s *show) {
			s.is(strings.Contains(string(s.ok(append(firstPage, "searchVal", "q")...).Data), `"root.q"`), "the queue is not listed")
		},
		"Queue.createQueue": func(s *show) {
			s.ok("queue", "root.new", "queueName", "new")
			got, err := s.store.Queues.ByName(s.t.Context(), "new")
			s.is(err == nil && got.Value == "root.new", "queue is %+v, %v", got, err)
		},
		"Queue.updateQueue": func(s *show) {
			s.ok("id", "2", "queue", "root.r", "queueName", "r")
			got, err := s.store.Queues.Get(s.t.Context(), 2)
			s.is(err == nil && got.Value == "root.r" && got.Name == "r", "queue is %+v, %v", got, err)
		},
		"Queue.verifyQueue": func(s *show) { s.ok("queue", "free", "queueName", "free") },
		"WorkerGroup.saveWorkerGroup": func(s *show) {
			s.living()
			s.ok("name", "mine", "addrList", "10.0.0.1:1234")
			got, err := s.store.WorkerGroups.ByName(s.t.Context(), "mine")
			s.is(err == nil && slices.Equal(got.Addresses, []string{"10.0.0.1:1234"}), "group is %+v, %v", got, err)
		},
		"WorkerGroup.queryAllWorkerGroupsPaging": func(s *show) { s.living(); s.ok(firstPage...) },
		"WorkerGroup.queryAllWorkerGroups":       func(s *show) { s.living(); s.ok() },
		"WorkerGroup.queryWorkerAddressList": func(s *show) {
			s.living()
			sameJSON(s.tt(), "addresses", string(s.ok().Data), `["10.0.0.1:1234"]`)
		},
		"WorkerGroup.deleteById": func(s *show) {
			g := workflow.WorkerGroup{Name: "gone", Addresses: []string{"10.0.0.1:1234"}}
			must(s.t, s.store.WorkerGroups.Save(s.t.Context(), &g))
			s.ok("id", fmt.Sprint(g.ID))
			_, err := s.store.WorkerGroups.Get(s.t.Context(), g.ID)
			s.is(workflow.ErrorCode(err) == workflow.NotFound, "the group is there: %v", err)
		},
		"Users.createUser": func(s *show) {
			s.ok("userName", "eve", "userPassword", "secret", "tenantId", fmt.Sprint(s.tenant.ID), "queue", "root.q", "email", "eve@example.org", "phone", "13000000000")
			got, err := s.store.Users.ByName(s.t.Context(), "eve")
			s.is(err == nil && got.TenantID == s.tenant.ID && got.Queue == "root.q" && got.Phone == "13000000000", "user is %+v, %v", got, err)
			s.is(s.login("eve", "secret").Code == 0, "she cannot sign in")
		},
		"Users.queryUserList": func(s *show) { s.ok(firstPage...) },
		"Users.updateUser": func(s *show) {
			s.ok("id", fmt.Sprint(s.owner.ID), "userName", "anna", "userPassword", "", "tenantId", fmt.Sprint(s.tenant.ID), "email", "anna@example.org")
			got, err := s.store.Users.Get(s.t.Context(), s.owner.ID)
			s.is(err == nil && got.Name == "anna" && got.Email == "anna@example.org", "user is %+v, %v", got, err)
		},
		"Users.delUserById": func(s *show) {
			u := s.user("gone", workflow.RoleGeneral)
			s.ok("id", fmt.Sprint(u.ID))
			_, err := s.store.Users.Get(s.t.Context(), u.ID)
			s.is(workflow.ErrorCode(err) == workflow.NotFound, "the user is there: %v", err)
		},
		"Users.getUserInfo":    func(s *show) { s.is(strings.Contains(string(s.okAs(s.asUser).Data), `"userName":"ann"`), "not ann") },
		"Users.listUser":       func(s *show) { s.is(!strings.Contains(string(s.ok().Data), `"root"`), "the admin is listed") },
		"Users.listAll":        func(s *show) { s.is(strings.Contains(string(s.ok().Data), `"root"`), "the admin is not listed") },
		"Users.verifyUserName": func(s *show) { s.ok("userName", "free") },
		"Users.grantProject": func(s *show) {
			u := s.user("eve", workflow.RoleGeneral)
			s.ok("userId", fmt.Sprint(u.ID), "projectIds", fmt.Sprint(s.proj.ID))
			s.call(token(s.token(u.ID)), http.MethodGet, "/projects/p/process/list").is(s.t, ok, status.Success)
		},
		"Users.grantResource": func(s *show) {
			u := s.user("eve", workflow.RoleGeneral)
			folder := s.folder(s.asUser, "FILE", -1, "/", "d")
			file := s.file(s.asUser, "FILE", folder, "/d", "a.sh", "x")
			s.ok("userId", fmt.Sprint(u.ID), "resourceIds", fmt.Sprintf("%d-%d", folder, file))
			got, err := s.store.Resources.Granted(s.t.Context(), u.ID)
			s.is(err == nil && len(got) == 2 && got[file] == workflow.PermAll && got[folder] == 1, "granted %v, %v", got, err)
		},
		"Users.grantUDFFunc": func(s *show) {
			u, udf := s.user("eve", workflow.RoleGeneral), s.udf("f")
			s.ok("userId", fmt.Sprint(u.ID), "udfIds", fmt.Sprint(udf))
			got, err := s.store.UDFs.Granted(s.t.Context(), u.ID)
			s.is(err == nil && slices.Equal(got, []int64{udf}), "granted %v, %v", got, err)
		},
		"Users.grantDataSource": func(s *show) {
			u, source := s.user("eve", workflow.RoleGeneral), s.source("d")
			s.ok("userId", fmt.Sprint(u.ID), "datasourceIds", fmt.Sprint(source))
			got, err := s.store.DataSources.Granted(s.t.Context(), u.ID)
			s.is(err == nil && slices.Equal(got, []int64{source}), "granted %v, %v", got, err)
		},
		"Users.unauthorizedUser": func(s *show) {
			r := s.ok("alertgroupId", fmt.Sprint(s.group("g", s.owner.ID)))
			s.is(!strings.Contains(string(r.Data), `"ann"`), "answered %s", r.Data)
		},
		"Users.authorizedUser": func(s *show) {
			r := s.ok("alertgroupId", fmt.Sprint(s.group("g", s.owner.ID)))
			s.is(strings.Contains(string(r.Data), `"ann"`), "answered %s", r.Data)
		},
	}
}

// living registers a worker with load.
func (s *show) living() {
	s.t.Helper()
	s.worker(coord.Member{ID: "w1", Role: coord.Worker, Addr: "10.0.0.1:1234", Groups: []string{"default", "gpu"}, StartTime: s.now(),
		Load: coord.Load{CPU: 0.25, Memory: 0.5, LoadAvg: 1, Time: s.now()}})
}

// udf makes a function of the owner.
func (s *show) udf(name string) int64 {
	s.t.Helper()
	jar := s.file(s.asUser, "UDF", -1, "/", name+".jar", "x")
	u := workflow.UDF{UserID: s.owner.ID, Kind: workflow.UDFHive, Name: name, ClassName: "a.B", ResourceID: jar, ResourceName: "/" + name + ".jar"}
	must(s.t, s.store.UDFs.Create(s.t.Context(), &u))
	return u.ID
}

// source makes a data source of the owner.
func (s *show) source(name string) int64 {
	s.t.Helper()
	d := workflow.DataSource{Name: name, Note: "n", Type: workflow.MySQL, UserID: s.owner.ID, Password: "hidden",
		Connection: workflow.Connection{Host: "db.example.org", Port: 3306, Database: "d", User: "u", Options: map[string]string{}}}
	must(s.t, s.store.DataSources.Create(s.t.Context(), &d))
	return d.ID
}

// group makes an alert group of users.
func (s *show) group(name string, users ...int64) int64 {
	s.t.Helper()
	g := workflow.AlertGroup{Name: name, Type: "EMAIL", UserID: s.owner.ID}
	must(s.t, s.store.AlertGroups.Create(s.t.Context(), &g))
	must(s.t, s.store.AlertGroups.SetUsers(s.t.Context(), g.ID, users))
	return g.ID
}
