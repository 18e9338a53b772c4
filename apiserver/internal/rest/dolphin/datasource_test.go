package dolphin_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/porpoise-scheduler/porpoise/apiserver/internal/rest/dolphin/status"
	"github.com/porpoise-scheduler/porpoise/pkg/datasource"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

const theSecret = "pass-word-of-a-data-source"

// databases lets a world connect, to files among others.
func databases(t *testing.T, w *world) {
	t.Helper()
	w.uc.Connector = datasource.New(datasource.Config{SQLiteRoot: t.TempDir(), ConnectTimeout: 5 * time.Second})
}

// sourceForm are the fields of a file with a password that nobody asks for.
func sourceForm(name string, changes ...string) []string {
	form := []string{
		"name", name, "note", "a note", "type", "SQLITE", "host", "", "port", "", "database", name + ".db", "principal", "",
		"userName", "u", "password", theSecret, "connectType", "ORACLE_SERVICE_NAME", "other", `{"mode":"rwc"}`,
	}
	for i := 0; i+1 < len(changes); i += 2 {
		form[slices.Index(form, changes[i])+1] = changes[i+1]
	}
	return form
}

type sourceJSON struct {
	ID               int64
	UserName         string
	Name             string
	ConnectionParams string
}

// storedPassword gives the stored password.
func (w *world) storedPassword(id int64) string {
	w.t.Helper()
	d, err := w.store.DataSources.Get(w.t.Context(), id)
	if err != nil {
		w.t.Fatal(err)
	}
	return d.Password
}

// TestDataSourceShapes calls every endpoint with success and checks the answer
// against the contract.
func TestDataSourceShapes(t *testing.T) {
	w := newWorld(t)
	w.uc.Connector = recorder(make(chan workflow.DataSource, 10))
	mysql := []string{"type", "MYSQL", "host", "h", "port", "3306", "other", "{}"}
	ann := w.user("ann", workflow.RoleGeneral)
	c := readContract(t)
	for _, test := range []struct {
		group, operation string
		params           []string
	}{
		{"DataSource", "createDataSource", sourceForm("a", mysql...)},
		{"DataSource", "connectDataSource", sourceForm("b", mysql...)},
		{"DataSource", "connectionTest", []string{"id", "1"}},
		{"DataSource", "queryDataSource", []string{"id", "1"}},
		{"DataSource", "queryDataSourceList", []string{"type", "MYSQL"}},
		{"DataSource", "queryDataSourceListPaging", []string{"pageNo", "1", "pageSize", "10", "searchVal", ""}},
		{"DataSource", "unauthDatasource", []string{"userId", fmt.Sprint(ann.ID)}},
		{"Users", "grantDataSource", []string{"userId", fmt.Sprint(ann.ID), "datasourceIds", "1"}},
		{"DataSource", "authedDatasource", []string{"userId", fmt.Sprint(ann.ID)}},
		{"DataSource", "verifyDataSourceName", []string{"name", "free"}},
		{"DataSource", "updateDataSource", append([]string{"id", "1"}, sourceForm("a", append(mysql, "note", "another")...)...)},
		{"DataSource", "getKerberosStartupState", nil},
		{"DataSource", "delete", []string{"id", "1"}},
	} {
		e := c.in(t, test.group, test.operation)
		r := w.call(token(w.admin), e.Method, e.Path, test.params...)
		if r.HTTP != e.SuccessStatus || r.Code != 0 || r.Msg != "success" {
			t.Errorf("%s: HTTP %d %s", e.Operation, r.HTTP, r.Body)
			continue
		}
		if strings.Contains(string(r.Body), theSecret) {
			t.Errorf("%s shows the password: %s", e.Operation, r.Body)
		}
		if e.Operation != "queryDataSource" { // see TestDataSourceForm
			c.shape(t, r.Data, e.Data)
		}
	}
}

func TestDataSourceForm(t *testing.T) {
	w := newWorld(t)
	for _, d := range []struct {
		ds      workflow.DataSource
		form    string
		connect string
	}{
		{workflow.DataSource{Name: "m", Note: "n", Type: workflow.MySQL, Connection: workflow.Connection{
			Host: "h", Port: 3306, Database: "d", User: "u", Options: map[string]string{"useSSL": "false", "a": "b"},
		}}, `{"name":"m","note":"n","type":"MYSQL","host":"h","port":"3306","principal":"","database":"d","userName":"u","password":"******","other":{"a":"b","useSSL":"false"}}`,
			`{"address":"jdbc:mysql://h:3306","database":"d","jdbcUrl":"jdbc:mysql://h:3306/d","user":"u","password":"******","other":"a=b&useSSL=false"}`},
		{workflow.DataSource{Name: "o", Type: workflow.Oracle, Connection: workflow.Connection{
			Host: "h", Port: 1521, Database: "d", User: "u", ConnectType: "ORACLE_SID",
		}}, `{"name":"o","note":"","type":"ORACLE","connectType":"ORACLE_SID","host":"h","port":"1521","principal":"","database":"d","userName":"u","password":"******","other":{}}`,
			`{"connectType":"ORACLE_SID","address":"jdbc:oracle:thin:@h:1521","database":"d","jdbcUrl":"jdbc:oracle:thin:@h:1521:d","user":"u","password":"******"}`},
		{workflow.DataSource{Name: "h", Type: workflow.Hive, Connection: workflow.Connection{
			Host: "h1,h2", Port: 10000, Database: "d", User: "u", Options: map[string]string{"x": "1", "y": "2"},
		}}, `{"name":"h","note":"","type":"HIVE","host":"h1,h2","port":"10000","principal":"","database":"d","userName":"u","password":"******","other":{"x":"1","y":"2"}}`,
			`{"address":"jdbc:hive2://h1:10000,h2:10000","database":"d","jdbcUrl":"jdbc:hive2://h1:10000,h2:10000/d","user":"u","password":"******","other":"x=1;y=2"}`},
		{workflow.DataSource{Name: "s", Type: workflow.SQLServer, Connection: workflow.Connection{Host: "h", Port: 1433, Database: "d", User: "u"}},
			`{"name":"s","note":"","type":"SQLSERVER","host":"h","port":"1433","principal":"","database":"d","userName":"u","password":"******","other":{}}`,
			`{"address":"jdbc:sqlserver://h:1433","database":"d","jdbcUrl":"jdbc:sqlserver://h:1433;databaseName=d","user":"u","password":"******"}`},
	} {
		d.ds.Password = theSecret
		if err := w.store.DataSources.Create(t.Context(), &d.ds); err != nil {
			t.Fatal(err)
		}
		r := w.post("/datasources/update-ui", "id", fmt.Sprint(d.ds.ID))
		if string(r.Data) != d.form {
			t.Errorf("got  %s\nwant %s", r.Data, d.form)
		}
		list := into[[]sourceJSON](t, w.get("/datasources/list", "type", string(d.ds.Type)))
		if len(list) != 1 || list[0].ConnectionParams != d.connect {
			t.Errorf("got  %+v\nwant %s", list, d.connect)
		}
	}
}

// TestMaskedPasswords keeps the stored one for what stands for it.
func TestMaskedPasswords(t *testing.T) {
	w := newWorld(t)
	databases(t, w)
	w.post("/datasources/create", sourceForm("a")...).is(t, created, status.Success)
	update := func(password string) {
		t.Helper()
		w.post("/datasources/update", append([]string{"id", "1"}, sourceForm("a", "password", password)...)...).is(t, ok, status.Success)
	}
	for _, keep := range []string{"******", ""} {
		update(keep)
		if got := w.storedPassword(1); got != theSecret {
			t.Errorf("after an update with %q the password is %q", keep, got)
		}
	}
	update("another")
	if got := w.storedPassword(1); got != "another" {
		t.Errorf("the password is %q", got)
	}
}

func TestDataSourceRefusals(t *testing.T) {
	w := newWorld(t)
	databases(t, w)
	w.post("/datasources/create", sourceForm("taken")...).is(t, created, status.Success)
	w.post("/datasources/create", sourceForm("taken")...).is(t, created, status.DatasourceExist)
	w.get("/datasources/verify-name", "name", "taken").is(t, ok, status.DatasourceExist)
	w.post("/datasources/update", append([]string{"id", "99"}, sourceForm("b")...)...).is(t, ok, status.ResourceNotExist)
	w.post("/datasources/update-ui", "id", "99").is(t, ok, status.ResourceNotExist)
	w.get("/datasources/connect-by-id", "id", "99").is(t, ok, status.ResourceNotExist)
	w.get("/datasources/delete", "id", "99").is(t, ok, status.ResourceNotExist)
	w.get("/datasources/list", "type", "ACCESS").is(t, ok, status.QueryDatasourceError)
	for _, test := range []struct {
		changes []string
		want    status.Constant
		detail  string
	}{
		{[]string{"name", "  "}, status.DatasourceNameIllegal, "characters"},
		{[]string{"name", strings.Repeat("x", 65)}, status.DatasourceNameIllegal, "64"},
		{[]string{"note", strings.Repeat("x", 256)}, status.RequestParamsNotValidError, "note"},
		{[]string{"type", "DB2"}, status.DatasourceDbTypeIllegal, "driver"},
		{[]string{"type", "MYSQL", "host", "a/b?allowAllFiles=true"}, status.DatasourceHostIllegal, "host name"},
		{[]string{"type", "MYSQL", "host", "a", "port", "x"}, status.DatasourcePortIllegal, "65535"},
		{[]string{"type", "MYSQL", "host", "a", "other", `{"allowAllFiles":true}`}, status.DatasourceOtherParamsIllegal, "allowAllFiles"},
		{[]string{"other", `[1]`}, status.DatasourceOtherParamsIllegal, "object"},
		{[]string{"other", `{"mode":{}}`}, status.DatasourceOtherParamsIllegal, "texts"},
		{[]string{"database", "../x"}, status.RequestParamsNotValidError, "path"},
		{[]string{"principal", "hive/x"}, status.RequestParamsNotValidError, "Kerberos"},
	} {
		form := sourceForm("b", test.changes...)
		for path, http := range map[string]int{"/datasources/create": created, "/datasources/connect": ok} {
			if path == "/datasources/connect" && (test.changes[0] == "name" || test.changes[0] == "note") {
				continue // trying needs neither
			}
			r := w.post(path, form...)
			r.is(t, http, test.want)
			if !strings.Contains(r.Msg, test.detail) {
				t.Errorf("%v: %q does not say %q", test.changes, r.Msg, test.detail)
			}
		}
	}
}

// TestConnectionsThatFail say why, and change nothing.
func TestConnectionsThatFail(t *testing.T) {
	w := newWorld(t)
	databases(t, w)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	host, port, _ := net.SplitHostPort(l.Addr().String())
	l.Close()
	dead := sourceForm("b", "type", "MYSQL", "host", host, "port", port, "other", "")
	for path, test := range map[string]struct {
		http int
		want status.Constant
	}{
		"/datasources/create":  {created, status.DatasourceConnectFailed},
		"/datasources/connect": {ok, status.ConnectDatasourceFailure},
	} {
		r := w.post(path, dead...)
		r.is(t, test.http, test.want)
		if !strings.Contains(r.Msg, "nobody accepts connections") || strings.Contains(r.Msg, theSecret) {
			t.Errorf("%s says %q", path, r.Msg)
		}
	}
	w.post("/datasources/create", sourceForm("a")...).is(t, created, status.Success)
	w.post("/datasources/update", append([]string{"id", "1"}, dead...)...).is(t, ok, status.DatasourceConnectFailed)
	d, err := w.store.DataSources.Get(t.Context(), 1)
	if err != nil || d.Name != "a" || d.Type != workflow.SQLite {
		t.Errorf("the data source became %+v, %v", d.Name, err)
	}
	d.Connection.Options = map[string]string{}
	d.Connection.Database = "gone.db"
	if err := w.store.DataSources.Update(t.Context(), &d); err != nil {
		t.Fatal(err)
	}
	w.get("/datasources/connect-by-id", "id", "1").is(t, ok, status.ConnectionTestFailure)
}

// TestDataSourceRights: admins see all, others what they own and were granted;
// only owners and admins change.
func TestDataSourceRights(t *testing.T) {
	w := newWorld(t)
	databases(t, w)
	ann, bob, eve := w.user("ann", workflow.RoleGeneral), w.user("bob", workflow.RoleGeneral), w.user("eve", workflow.RoleGeneral)
	who := map[string]as{
		"admin": token(w.admin), "owner": token(w.token(ann.ID)), "granted": token(w.token(bob.ID)), "stranger": token(w.token(eve.ID)),
	}
	w.call(who["owner"], http.MethodPost, "/datasources/create", sourceForm("a")...).is(t, created, status.Success)
	w.post("/users/grant-datasource", "userId", fmt.Sprint(bob.ID), "datasourceIds", "1").is(t, ok, status.Success)
	for name, caller := range who {
		sees, changes := name != "stranger", name == "admin" || name == "owner"
		verdict := func(may bool) status.Constant {
			if may {
				return status.Success
			}
			return status.UserNoOperationPerm
		}
		list := into[[]sourceJSON](t, w.call(caller, http.MethodGet, "/datasources/list", "type", "SQLITE"))
		page := into[struct{ TotalList []sourceJSON }](t, w.call(caller, http.MethodGet, "/datasources/list-paging", "pageNo", "1", "pageSize", "10"))
		if (len(list) == 1) != sees || (len(page.TotalList) == 1) != sees {
			t.Errorf("%s sees %v and %v", name, list, page)
		}
		w.call(caller, http.MethodPost, "/datasources/update-ui", "id", "1").is(t, ok, verdict(sees))
		w.call(caller, http.MethodGet, "/datasources/connect-by-id", "id", "1").is(t, ok, verdict(sees))
		w.call(caller, http.MethodPost, "/datasources/update", append([]string{"id", "1"}, sourceForm("a")...)...).is(t, ok, verdict(changes))
		for _, path := range []string{"/datasources/authed-datasource", "/datasources/unauth-datasource"} {
			w.call(caller, http.MethodGet, path, "userId", "1").is(t, ok, verdict(name == "admin"))
		}
	}
	for _, name := range []string{"stranger", "granted"} {
		w.call(who[name], http.MethodGet, "/datasources/delete", "id", "1").is(t, ok, status.UserNoOperationPerm)
	}
	w.call(who["owner"], http.MethodGet, "/datasources/delete", "id", "1").is(t, ok, status.Success)
}

func TestGrantedAndUngrantedDataSources(t *testing.T) {
	w := newWorld(t)
	databases(t, w)
	ann := w.user("ann", workflow.RoleGeneral)
	w.call(token(w.token(ann.ID)), http.MethodPost, "/datasources/create", sourceForm("own")...).is(t, created, status.Success)
	for _, name := range []string{"granted", "other"} {
		w.post("/datasources/create", sourceForm(name)...).is(t, created, status.Success)
	}
	id := fmt.Sprint(ann.ID)
	w.post("/users/grant-datasource", "userId", id, "datasourceIds", "2").is(t, ok, status.Success)
	for path, want := range map[string]string{"/datasources/authed-datasource": "granted", "/datasources/unauth-datasource": "other"} {
		list := into[[]sourceJSON](t, w.get(path, "userId", id))
		if len(list) != 1 || list[0].Name != want {
			t.Errorf("%s: %v", path, list)
		}
	}
}

// TestTheMaskIsNoWayToAPassword: trying settings with the mask uses the stored
// password for the stored place only.
func TestTheMaskIsNoWayToAPassword(t *testing.T) {
	w := newWorld(t)
	tried := make(chan workflow.DataSource, 10)
	w.uc.Connector = recorder(tried)
	ann, eve := w.user("ann", workflow.RoleGeneral), w.user("eve", workflow.RoleGeneral)
	mysql := func(changes ...string) []string {
		return sourceForm("a", append([]string{"type", "MYSQL", "host", "h", "port", "3306", "other", ""}, changes...)...)
	}
	w.call(token(w.token(ann.ID)), http.MethodPost, "/datasources/create", mysql()...).is(t, created, status.Success)
	<-tried
	for _, test := range []struct {
		who  int64
		form []string
		want string
	}{
		{ann.ID, mysql("password", "******"), theSecret},
		{ann.ID, mysql("password", "******", "host", "evil"), ""},
		{ann.ID, mysql("password", "******", "port", "1"), ""},
		{eve.ID, mysql("password", "******"), ""},
	} {
		w.call(token(w.token(test.who)), http.MethodPost, "/datasources/connect", test.form...).is(t, ok, status.Success)
		if got := (<-tried).Password; got != test.want {
			t.Errorf("user %d with %v used %q", test.who, test.form, got)
		}
	}
}

func TestUsedDataSourcesAreKept(t *testing.T) {
	w := newWorld(t)
	databases(t, w)
	w.post("/datasources/create", sourceForm("a")...).is(t, created, status.Success)
	p := w.project("p", 1)
	d := workflow.Definition{ProjectID: p.ID, Name: "uses it", UserID: 1, ReleaseState: workflow.Online, Uses: workflow.Uses{DataSources: []int64{1}},
		Spec: workflow.Spec{Tasks: []workflow.Task{{Name: "t", Kind: workflow.KindShell, Params: json.RawMessage(`{}`)}}}}
	if err := w.store.Definitions.Create(t.Context(), &d); err != nil {
		t.Fatal(err)
	}
	r := w.get("/datasources/delete", "id", "1")
	r.is(t, ok, status.DeleteDataSourceFailure)
	if !strings.Contains(r.Msg, "uses it") {
		t.Errorf("says %q", r.Msg)
	}
}

// recorder is a connector that reaches everything and tells what was tried.
type recorder chan<- workflow.DataSource

func (recorder) Validate(workflow.DataSource) error { return nil }

func (r recorder) Test(_ context.Context, d workflow.DataSource) error {
	r <- d
	return nil
}
