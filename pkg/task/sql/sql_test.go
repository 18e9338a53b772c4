package sql

import (
	"bytes"
	"encoding/json"
	"maps"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/porpoise-scheduler/porpoise/pkg/datasource"
	"github.com/porpoise-scheduler/porpoise/pkg/notify"
	"github.com/porpoise-scheduler/porpoise/pkg/task"
	"github.com/porpoise-scheduler/porpoise/pkg/task/tasktest"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

type fields = map[string]any

// lite is a SQLite data source with id 3 and a few orders.
type lite struct {
	kind   Kind
	source workflow.DataSource
}

func newLite(t *testing.T, mailer notify.Mailer) lite {
	t.Helper()
	l := lite{
		kind: New(datasource.New(datasource.Config{SQLiteRoot: t.TempDir()}), mailer),
		source: workflow.DataSource{ID: 3, Name: "orders", Type: workflow.SQLite, Connection: workflow.Connection{
			Database: "orders.db", Options: map[string]string{"mode": "rwc"},
		}},
	}
	l.mustRun(t, fields{"sqlType": 1, "sql": "insert into orders values (1, 9.5, '2024-01-02', 'first'), (2, 20, '2024-01-02', null), (3, 7, '2024-01-03', '=1+1')",
		"preStatements": []string{"create table orders (id integer, total real, dt text, note text)"}}, task.Attempt{})
	return l
}

// params makes a task's parameters.
func (l lite) params(t *testing.T, more fields) json.RawMessage {
	t.Helper()
	all := fields{"type": "SQLITE", "datasource": 3, "sqlType": "0"}
	maps.Copy(all, more)
	raw, err := json.Marshal(all)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func (l lite) run(t *testing.T, more fields, a task.Attempt) (task.Result, string) {
	t.Helper()
	var log bytes.Buffer
	a.Params, a.DataSources = l.params(t, more), []workflow.DataSource{l.source}
	if a.Task == "" {
		a.Task = "report"
	}
	result := l.kind.Run(t.Context(), a, &log)
	return result, log.String()
}

func (l lite) mustRun(t *testing.T, more fields, a task.Attempt) (task.Result, string) {
	t.Helper()
	result, log := l.run(t, more, a)
	if !result.OK {
		t.Fatalf("%v: %+v, log %s", more, result, log)
	}
	return result, log
}

func TestSuite(t *testing.T) {
	l := newLite(t, nil)
	at := func(more fields) tasktest.Attempt {
		return tasktest.Attempt{Params: l.params(t, more), DataSources: []workflow.DataSource{l.source}}
	}
	with := func(a tasktest.Attempt, output string, props ...workflow.Property) tasktest.Attempt {
		a.Output, a.LocalParams = output, props
		return a
	}
	vars := func(a tasktest.Attempt, vars map[string]string) tasktest.Attempt { a.Vars = vars; return a }
	day := map[string]string{"d": "2024-01-02"}
	valued := func(a tasktest.Attempt, values map[string]string) tasktest.Attempt { a.Values = values; return a }
	endless := "with recursive c(x) as (select 1 union all select x+1 from c) select count(*) from c"
	tasktest.Run(t, l.kind, tasktest.Cases{
		ID:      workflow.KindSQL,
		Invalid: invalid(),
		Succeeds: []tasktest.Attempt{
			with(at(fields{"sql": "select id, total from orders where dt = '${d}' order by id;"}), "data source orders (SQLITE)\n"+
				"query: select id, total from orders where dt = '${d}' order by id\n"),
			valued(with(at(fields{"sql": "select id, note from orders where dt = '${d}' and id < ${n} order by id"}),
				"query: select id, note from orders where dt = ? and id < ? order by id\n  value 1, d: \"2024-01-02\"\n  value 2, n: \"7\"\n"+
					"+----+-------+\n| id | note  |\n+----+-------+\n|  1 | first |\n|  2 | NULL  |\n+----+-------+\n2 rows in ",
				workflow.Property{Prop: "n", Direct: workflow.In, Type: "INTEGER"}), day),
			with(at(fields{"sql": "select id from orders", "displayRows": 1}), "| id |\n+----+\n|  1 |\n+----+\n3 rows in "),
			with(at(fields{"sql": "select id from orders", "limit": 2}), "2 rows, the limit; there are more in "),
			with(at(fields{"sql": "select id from orders", "limit": 2, "postStatements": []string{"update orders set note = note"}}), "post statement 1: update orders set note = note\n3 rows affected"),
			with(at(fields{"sql": "select id from orders where id = 99"}), "0 rows in "),
			vars(with(at(fields{"sql": "select count(*) as n_Orders, max(total) as top, 1 as other from orders"}), `parameter missing is not set: the result has no such column`,
				workflow.Property{Prop: "n_orders", Direct: workflow.Out, Type: "INTEGER"}, workflow.Property{Prop: "top", Direct: workflow.Out, Type: "DOUBLE"},
				workflow.Property{Prop: "missing", Direct: workflow.Out, Type: "VARCHAR"}), map[string]string{"n_orders": "3", "top": "20", "other": ""}),
			vars(with(at(fields{"sql": "select note from orders order by id"}), `parameter note = "[\"first\",\"\",\"=1+1\"]"`,
				workflow.Property{Prop: "note", Direct: workflow.Out, Type: "LIST"}), map[string]string{"note": `["first","","=1+1"]`}),
			with(at(fields{"sql": "select * from session", "preStatements": []string{"create temp table session as select ${n} as x", ""}}), "| 7 |"),
			with(at(fields{"sql": "select '$[yyyy-MM-dd]' as d, !{n}+1 as m", "connParams": "busy_timeout=100"}), "| 2024-01-02 | 8 |"),
			with(at(fields{"sql": "delete from orders where id = ${n}", "sqlType": "1"}), "statement: delete from orders where id = ?\n  value 1, n: \"7\"\n0 rows affected in "),
		},
		Fails: []tasktest.Attempt{
			with(at(fields{"sql": "select nonsense from orders"}), "failed: query: "),
			with(at(fields{"sql": "nonsense", "sqlType": 1}), "failed: statement: "),
			with(at(fields{"sql": "select 1", "preStatements": []string{"nonsense"}}), "failed: pre statement 1: "),
			with(at(fields{"sql": "select 1", "postStatements": []string{"nonsense"}}), "failed: post statement 1: "),
			with(at(fields{"sql": "select ${n}"}), `parameter n: "7" is no DATE`, workflow.Property{Prop: "n", Direct: workflow.In, Type: "DATE"}),
			with(at(fields{"sql": "select * from t_${n}"}), "${n} is a part of a name"),
			with(at(fields{"sql": "attach '/etc/passwd' as x", "sqlType": 1}), "may not ATTACH"),
			with(tasktest.Attempt{Params: l.params(t, fields{"sql": "select 1"})}, "data source 3 did not come"),
			with(at(fields{"sql": "select 1", "type": "MYSQL"}), "data source orders is of type SQLITE, the task says MYSQL"),
			with(at(fields{"sql": "select 1", "sendEmail": true, "receivers": "a@example.org"}), "no mail server is configured: set mail-host"),
		},
		Endless: []tasktest.Attempt{
			with(at(fields{"sql": endless}), "query: with recursive"),
			with(at(fields{"sql": "insert into orders " + strings.Replace(endless, "count(*)", "count(*), 1, 1, 1", 1), "sqlType": 1}), "statement: insert"),
		},
	})
}

// invalid lists wrong parameters and the fields at fault.
func invalid() map[string]string {
	return map[string]string{
		`{}`: "type", `{"type":"EXCEL"}`: "type", `{"type":"DB2","datasource":1,"sql":"x"}`: "type",
		`{"type":"MYSQL"}`: "datasource", `{"type":"MYSQL","datasource":0,"sql":"select 1"}`: "datasource",
		`{"type":"MYSQL","datasource":"three","sql":"select 1"}`: "datasource",
		`{"type":"MYSQL","datasource":3}`:                        "sql", `{"type":"MYSQL","datasource":3,"sql":" \n"}`: "sql",
		`{"type":"MYSQL","datasource":3,"sql":"x","sqlType":"2"}`:                                    "sqlType",
		`{"type":"MYSQL","datasource":3,"sql":"x","preStatements":"x"}`:                              "preStatements",
		`{"type":"MYSQL","datasource":3,"sql":"x","postStatements":[{}]}`:                            "postStatements[0]",
		`{"type":"MYSQL","datasource":3,"sql":"x","limit":"many"}`:                                   "limit",
		`{"type":"MYSQL","datasource":3,"sql":"x","limit":1000001}`:                                  "limit",
		`{"type":"MYSQL","datasource":3,"sql":"x","displayRows":[]}`:                                 "displayRows",
		`{"type":"MYSQL","datasource":3,"sql":"x","sendEmail":"maybe"}`:                              "sendEmail",
		`{"type":"MYSQL","datasource":3,"sql":"x","sendEmail":true,"showType":"PICTURE"}`:            "showType",
		`{"type":"MYSQL","datasource":3,"sql":"x","sendEmail":true,"receivers":"nobody"}`:            "receivers",
		`{"type":"MYSQL","datasource":3,"sql":"x","sendEmail":true,"receiversCc":"a@b.c,X <d@e.f>"}`: "receiversCc",
		`{"type":"MYSQL","datasource":3,"sql":"x","udfs":"1"}`:                                       "udfs",
		`{"type":"HIVE","datasource":3,"sql":"x","udfs":"one"}`:                                      "udfs",
		`{"type":"MYSQL","datasource":3,"sql":"x","connParams":"allowAllFiles=true"}`:                "connParams",
		`{"type":"MYSQL","datasource":3,"sql":"x","connParams":"useSSL=false"}`:                      "connParams",
		`{"type":"SQLITE","datasource":3,"sql":"x","connParams":"mode=rwc"}`:                         "connParams",
		`{"type":"MYSQL","datasource":3,"sql":"x","connParams":"charset"}`:                           "connParams",
	}
}

func TestNeeds(t *testing.T) {
	for raw, want := range map[string]task.Needs{
		`{"type":"HIVE","datasource":3,"sql":"x","udfs":"1,2"}`:                                     {DataSources: []int64{3}, UDFs: []int64{1, 2}},
		`{"type":"MYSQL","datasource":"4","sql":"x","sendEmail":true}`:                              {DataSources: []int64{4}, Receivers: true},
		`{"type":"MYSQL","datasource":4,"sql":"x","sendEmail":true,"groupId":7}`:                    {DataSources: []int64{4}, Receivers: true, AlertGroup: 7},
		`{"type":"MYSQL","datasource":4,"sql":"x","sendEmail":true,"receivers":"a@b.org"}`:          {DataSources: []int64{4}},
		`{"type":"MYSQL","datasource":4,"sql":"x","sendEmail":true,"sqlType":"1","receivers":"no"}`: {DataSources: []int64{4}},
	} {
		got, err := New(nil, nil).Needs(json.RawMessage(raw))
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%s: %v %s", raw, err, diff)
		}
	}
	if _, err := New(nil, nil).Needs(json.RawMessage(`{"type":"MYSQL"}`)); workflow.ErrorCode(err) != workflow.Invalid {
		t.Error(err)
	}
}

func TestOptionsOfTheDataSourceStay(t *testing.T) {
	l := newLite(t, nil)
	l.source.Connection.Options["busy_timeout"] = "5"
	result, _ := l.run(t, fields{"sql": "select 1", "connParams": "BUSY_TIMEOUT=100"}, task.Attempt{})
	if result.OK || !strings.Contains(result.Reason, "data source orders sets busy_timeout itself") {
		t.Errorf("%+v", result)
	}
}

func TestFunctions(t *testing.T) {
	w := &work{settings: settings{kind: workflow.Hive, udfs: []int64{1, 2}}, attempt: task.Attempt{
		WorkDir: "/work/7", Resources: []task.Resource{{ID: 9, Name: "udfs/lib/f.jar"}},
		UDFs: []workflow.UDF{
			{ID: 1, Name: "md5", ClassName: "org.example.Md5", Kind: workflow.UDFHive, ResourceID: 9},
			{ID: 2, Name: "sha", ClassName: "org.example.Outer$Sha", Kind: workflow.UDFHive, ResourceID: 9},
		},
	}}
	got, err := w.functions()
	want := []string{
		"add jar /work/7/udfs/lib/f.jar", "create temporary function md5 as 'org.example.Md5'",
		"create temporary function sha as 'org.example.Outer$Sha'",
	}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v %s", err, diff)
	}
	for part, change := range map[string]func(){
		"did not come":          func() { w.attempt.UDFs = w.attempt.UDFs[:1] },
		"is for SPARK":          func() { w.attempt.UDFs[0].Kind = workflow.UDFSpark },
		"cannot be created":     func() { w.attempt.UDFs[0].ClassName = "x' or" },
		"its archive, resource": func() { w.attempt.Resources = nil },
		"which add jar":         func() { w.attempt.WorkDir = "/work/my dir" },
	} {
		saved := w.attempt
		saved.UDFs = append([]workflow.UDF(nil), w.attempt.UDFs...)
		change()
		if _, err := w.functions(); err == nil || !strings.Contains(err.Error(), part) {
			t.Errorf("%s: %v", part, err)
		}
		w.attempt = saved
	}
}

func TestSemicolons(t *testing.T) {
	for _, c := range []struct {
		kind       workflow.DataSourceType
		text, want string
	}{
		{workflow.MySQL, " select 1 ; \n", "select 1"}, {workflow.MySQL, "select ';'", "select ';'"},
		{workflow.Oracle, "select 1 from dual;", "select 1 from dual"},
		{workflow.Oracle, "begin x; end;", "begin x; end;"}, {workflow.Oracle, "create procedure p is begin null; end p;", "create procedure p is begin null; end p;"},
	} {
		if got := trimmed(c.kind, c.text); got != c.want {
			t.Errorf("%s %q: %q", c.kind, c.text, got)
		}
	}
}

func FuzzParams(f *testing.F) {
	for raw := range invalid() {
		f.Add(raw)
	}
	f.Add(`{"type":"HIVE","datasource":3,"sql":"x","udfs":"1,2","connParams":"{\"a\":\"b\"}","sendEmail":"true","showType":"TABLE,ATTACHMENT"}`)
	f.Fuzz(func(t *testing.T, raw string) {
		s, err := read(json.RawMessage(raw))
		if err != nil {
			if workflow.ErrorCode(err) != workflow.Invalid {
				t.Errorf("%s: %v", raw, err)
			}
			return
		}
		if s.source <= 0 || s.limit <= 0 || s.limit > maxRows || s.show < 0 || s.show > maxShow || strings.TrimSpace(s.statement) == "" {
			t.Errorf("%s: %+v", raw, s)
		}
	})
}
