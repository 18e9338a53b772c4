package procedure

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"net"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-sql-driver/mysql"
	"github.com/google/go-cmp/cmp"

	"github.com/porpoise-scheduler/porpoise/pkg/datasource"
	"github.com/porpoise-scheduler/porpoise/pkg/task"
	"github.com/porpoise-scheduler/porpoise/pkg/task/tasktest"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
	"github.com/porpoise-scheduler/porpoise/test/services"
)

// canary is a password that must show up nowhere.
const canary = "canary-4712"

func maria(t *testing.T) (*sql.DB, workflow.DataSource) {
	t.Helper()
	u, err := url.Parse(services.MariaDB(t))
	if err != nil {
		t.Fatal(err)
	}
	config := mysql.NewConfig()
	config.Net, config.Addr, config.User, config.DBName = "tcp", u.Host, "root", strings.TrimPrefix(u.Path, "/")
	connector, err := mysql.NewConnector(config)
	if err != nil {
		t.Fatal(err)
	}
	root := sql.OpenDB(connector)
	t.Cleanup(func() { _ = root.Close() })
	user := "u_" + config.DBName
	for _, statement := range []string{
		"create or replace user " + user + " identified by '" + canary + "'", "grant all on `" + config.DBName + "`.* to " + user,
		`create procedure refresh(in day date, out n int, in factor int, out note text) begin set n = factor * dayofmonth(day); set note = concat('of ', day); end`,
		"create procedure nothing() begin end", "create procedure wait() begin do sleep(300); end",
		"create procedure fails() begin signal sqlstate '45000' set message_text = 'refused'; end",
	} {
		if _, err := root.ExecContext(t.Context(), statement); err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}
	host, port, err := net.SplitHostPort(u.Host)
	if err != nil {
		t.Fatal(err)
	}
	number, err := strconv.Atoi(port)
	if err != nil {
		t.Fatal(err)
	}
	return root, workflow.DataSource{
		ID: 3, Name: "orders", Type: workflow.MySQL, Password: canary,
		Connection: workflow.Connection{Host: host, Port: number, Database: config.DBName, User: user},
	}
}

func kind() Kind { return New(datasource.New(datasource.Config{})) }

func parameters(method string) json.RawMessage {
	raw, _ := json.Marshal(map[string]any{"type": "MYSQL", "datasource": 3, "method": method}) // texts always encode
	return raw
}

func arguments() []workflow.Property {
	return []workflow.Property{
		{Prop: "day", Direct: workflow.In, Type: "DATE", Value: "$[yyyy-MM-dd]"}, {Prop: "n", Direct: workflow.Out, Type: "INTEGER"},
		{Prop: "factor", Direct: workflow.In, Type: "INTEGER", Value: "5"}, {Prop: "note", Direct: workflow.Out, Type: "VARCHAR"},
	}
}

func TestSuite(t *testing.T) {
	_, ds := maria(t)
	at := func(method, output string, local []workflow.Property, vars map[string]string) tasktest.Attempt {
		return tasktest.Attempt{
			Params: parameters(method), DataSources: []workflow.DataSource{ds}, Output: output, LocalParams: local, Vars: vars,
			Values: map[string]string{"day": "2024-01-03", "global": "5"},
		}
	}
	out := map[string]string{"n": "15", "note": "of 2024-01-03"}
	shuffled := arguments()
	shuffled[0], shuffled[3] = shuffled[3], shuffled[0]
	wrong := arguments()
	wrong[2].Value = "five"
	tasktest.Run(t, kind(), tasktest.Cases{
		ID: workflow.KindProcedure,
		Invalid: map[string]string{
			`{}`: "type", `{"type":"EXCEL"}`: "type", `{"type":"HIVE","datasource":3,"method":"x"}`: "type",
			`{"type":"MYSQL","method":"x"}`: "datasource", `{"type":"MYSQL","datasource":-1,"method":"x"}`: "datasource",
			`{"type":"MYSQL","datasource":3}`: "method", `{"type":"MYSQL","datasource":3,"method":" "}`: "method",
			`{"type":"MYSQL","datasource":3,"method":"x; drop table y"}`:   "method",
			`{"type":"MYSQL","datasource":3,"method":"x(1)"}`:              "method",
			`{"type":"MYSQL","datasource":3,"method":"x(?), y(?)"}`:        "method",
			`{"type":"MYSQL","datasource":3,"method":"call"}x`:             "params",
			`{"type":"MYSQL","datasource":3,"method":"x)"}`:                "method",
			`{"type":"MYSQL","datasource":3,"method":["x"]}`:               "method",
			`{"type":"MYSQL","datasource":3,"method":"{call x(?,'y')}"}`:   "method",
			`{"type":"MYSQL","datasource":3,"method":"a.b.c.d.e(?)"}`:      "method",
			`{"type":"MYSQL","datasource":3,"method":"x(?) -- and so on"}`: "method",
		},
		Succeeds: []tasktest.Attempt{
			at("refresh", "data source orders (MYSQL)\ncall refresh\n  argument 1, day DATE: \"2024-01-03\"\n  argument 2, n INTEGER: out\n", arguments(), out),
			at("refresh(?,?, ?,?)", "parameter n = \"15\"\nparameter note = \"of 2024-01-03\"\n", arguments(), out),
			at(ds.Connection.Database+".refresh", "done in ", arguments(), out),
			at("{call refresh(${day}, ${n}, ${factor}, ${note})};", "done in ", shuffled, out),
			at("CALL refresh(${day}, ${n}, ${global}, ${note})", "done in ", shuffled, out),
			at("nothing", "done in ", nil, nil), at("`nothing`()", "done in ", nil, nil),
		},
		Fails: []tasktest.Attempt{
			at("missing", "failed: calling missing: ", nil, nil),
			at("fails()", "refused", nil, nil),
			at("refresh(?)", "method has 1 arguments, the task has 4 local parameters", arguments(), nil),
			at("refresh(${unknown})", `the argument "unknown", which is none`, arguments(), nil),
			at("refresh", `"five" is no INTEGER`, wrong, nil),
			{Params: parameters("nothing"), Output: "data source 3 did not come"},
		},
		Endless: []tasktest.Attempt{at("wait", "call wait\n", nil, nil)},
	})
}

func TestNeeds(t *testing.T) {
	needs, err := New(nil).Needs(parameters("x"))
	if diff := cmp.Diff(task.Needs{DataSources: []int64{3}}, needs); err != nil || diff != "" {
		t.Errorf("%v %s", err, diff)
	}
	if _, err := New(nil).Needs(json.RawMessage(`{}`)); workflow.ErrorCode(err) != workflow.Invalid {
		t.Error(err)
	}
}

func TestAKilledCallEndsOnTheServer(t *testing.T) {
	root, ds := maria(t)
	running := func() (n int) {
		const list = "select count(*) from information_schema.processlist where info like '%sleep(300)%' and id <> connection_id()"
		if err := root.QueryRowContext(t.Context(), list).Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	until := func(want int) {
		tick := time.NewTicker(20 * time.Millisecond)
		defer tick.Stop()
		limit := time.After(2 * time.Minute)
		for running() != want {
			select {
			case <-tick.C:
			case <-limit:
				t.Fatalf("%d calls run, want %d", running(), want)
			}
		}
	}
	ctx, kill := context.WithCancel(t.Context())
	defer kill()
	var (
		log    bytes.Buffer
		result task.Result
		done   sync.WaitGroup
	)
	done.Go(func() {
		result = kind().Run(ctx, task.Attempt{Params: parameters("wait"), DataSources: []workflow.DataSource{ds}}, &log)
	})
	until(1)
	kill()
	done.Wait()
	until(0)
	if result.OK || strings.Contains(log.String()+result.Reason, canary) {
		t.Errorf("%+v %s", result, log.String())
	}
}

func TestPasswordsStayOutOfLogs(t *testing.T) {
	_, ds := maria(t)
	wrong, away := ds, ds
	wrong.Password += "x"
	away.Connection.Port = 1
	for _, ds := range []workflow.DataSource{wrong, away} {
		var log bytes.Buffer
		result := kind().Run(t.Context(), task.Attempt{Params: parameters("nothing"), DataSources: []workflow.DataSource{ds}}, &log)
		if result.OK || strings.Contains(log.String()+result.Reason, canary) {
			t.Errorf("%+v %s", result, log.String())
		}
	}
}

func FuzzMethod(f *testing.F) {
	for _, seed := range []string{"x", "x(?)", "{call x(?,${a})}", "call `a)b`(?)", "x(", "((?))", "{}", "call", ";", "a.b(?);"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, method string) {
		s, err := read(parameters(method))
		if err != nil {
			if workflow.ErrorCode(err) != workflow.Invalid {
				t.Errorf("%q: %v", method, err)
			}
			return
		}
		if datasource.CheckProcedure(s.name) != nil {
			t.Errorf("%q: %+v", method, s)
		}
	})
}
