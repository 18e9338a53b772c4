package datax

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/porpoise-scheduler/porpoise/pkg/task"
	"github.com/porpoise-scheduler/porpoise/pkg/task/tasktest"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

const template = `{"customConfig":0,"dsType":"MYSQL","dataSource":3,"dtType":"POSTGRESQL","dataTarget":4,"sql":"select id, name as \"Full <name>\" from src where d='${day}'","targetTable":"dst",
	"jobSpeedByte":1048576,"jobSpeedRecord":1000,"preStatements":["truncate table dst", " "],"postStatements":["analyze dst_${n}"],"localParams":[]}`

const secret = `p"a$1 ${day}`

var (
	source = workflow.DataSource{ID: 3, Name: "shop", Type: workflow.MySQL, Password: secret, Connection: workflow.Connection{Host: "db", Port: 3307, Database: "shop", User: "root"}}
	target = workflow.DataSource{ID: 4, Name: "dw", Type: workflow.PostgreSQL, Password: "x", Connection: workflow.Connection{Host: "pg", Database: "dw", User: "etl"}}
	both   = []workflow.DataSource{source, target}
)

// home makes a DataX with a datax.py that is a shell script.
func home(t *testing.T, script string) *tasktest.Stub {
	t.Helper()
	return tasktest.NewStub(t, "datax.py", script)
}

// noColumns must not be asked.
func noColumns(context.Context, workflow.DataSource, string) ([]string, error) {
	return nil, errors.New("nobody was to be asked")
}

func TestSuite(t *testing.T) {
	stub := home(t, `case "$(cat job.json)" in *fail*) exit 3;; *wait*) echo started; exec sleep 1000;; esac; grep -c '"job"' job.json`)
	env := map[string]string{"DATAX_HOME": stub.Home}
	run := func(table string) tasktest.Attempt {
		return tasktest.Attempt{Params: json.RawMessage(strings.ReplaceAll(template, `"dst"`, `"`+table+`"`)), DataSources: both, Env: env, Secret: "$1 ${day}"}
	}
	ok, fails, waits := run("dst"), run("fail"), run("wait")
	ok.Output, fails.ExitCode, waits.Output = "1\n", 3, "started\n"
	custom := tasktest.Attempt{Params: json.RawMessage(`{"customConfig":1,"json":"{\"job\":{\"day\":${day}}}","localParams":[]}`), Env: env, Output: "1\n"}
	broken := tasktest.Attempt{Params: json.RawMessage(`{"customConfig":1,"json":"{\"job\":${x}}"}`), Env: env}
	const ends = `"dsType":"MYSQL","dataSource":3,"dtType":"MYSQL","dataTarget":4`
	tasktest.Run(t, New("/bin/sh", noColumns), tasktest.Cases{
		ID: workflow.KindDataX,
		Invalid: map[string]string{
			`[]`: "params", `{}`: "dsType", `{"customConfig":1}`: "json", `{"customConfig":1,"json":" "}`: "json", `{"customConfig":1,"json":"{"}`: "json", `{"customConfig":"x"}`: "customConfig",
			`{"dsType":"HIVE"}`: "dsType", `{"dsType":"MYSQL"}`: "dataSource", `{"dsType":"MYSQL","dataSource":3}`: "dtType", `{"dsType":"MYSQL","dataSource":3,"dtType":"X"}`: "dtType",
			`{"dsType":"MYSQL","dataSource":3,"dtType":"MYSQL"}`: "dataTarget", `{"dsType":"MYSQL","dataSource":"x"}`: "dataSource",
			`{` + ends + `}`: "sql", `{` + ends + `,"sql":" ; "}`: "sql", `{` + ends + `,"sql":"select a from b"}`: "targetTable",
			`{` + ends + `,"sql":"x","targetTable":"t","jobSpeedByte":-1}`:   "jobSpeedByte",
			`{` + ends + `,"sql":"x","targetTable":"t","jobSpeedRecord":-1}`: "jobSpeedRecord",
			`{` + ends + `,"sql":"x","targetTable":"t","preStatements":{}}`:  "preStatements", `{` + ends + `,"sql":"x","targetTable":"t","postStatements":[{}]}`: "postStatements[0]",
			`{"customConfig":1,"json":"{}","xms":0}`: "xms", `{"customConfig":1,"json":"{}","xms":4,"xmx":2}`: "xmx", `{"customConfig":1,"json":"{}","xmx":"lots"}`: "xmx",
		},
		Succeeds: []tasktest.Attempt{ok, custom},
		Fails:    []tasktest.Attempt{fails, broken, {Params: ok.Params, Env: env}, {Params: custom.Params, ExitCode: 127, Output: "DATAX_HOME is not set in the environment of the task\n"}},
		Endless:  []tasktest.Attempt{waits},
		Needs: map[string]*task.Needs{
			template: {DataSources: []int64{3, 4}}, `{"customConfig":1,"json":"{}","resourceList":[{"id":7}]}`: {Resources: []workflow.ResourceRef{{ID: 7}}}, `{}`: nil,
		},
	})
}

func TestArguments(t *testing.T) {
	custom := `{"customConfig":1,"json":"{}"`
	for name, c := range map[string]struct {
		params, want string
	}{
		"template":         {template, "--jvm=-Xms1G -Xmx1G|WORKDIR/job.json"},
		"custom":           {custom + `}`, "--jvm=-Xms1G -Xmx1G|WORKDIR/job.json"},
		"memory":           {custom + `,"xms":2,"xmx":8}`, "--jvm=-Xms2G -Xmx8G|WORKDIR/job.json"},
		"memory as text":   {custom + `,"xms":"1","xmx":"3"}`, "--jvm=-Xms1G -Xmx3G|WORKDIR/job.json"},
		"flag as text":     {`{"customConfig":"1","json":"{}"}`, "--jvm=-Xms1G -Xmx1G|WORKDIR/job.json"},
		"nested as a text": {`"{\"customConfig\":1,\"json\":\"{}\"}"`, "--jvm=-Xms1G -Xmx1G|WORKDIR/job.json"},
	} {
		t.Run(name, func(t *testing.T) {
			stub := home(t, "")
			dir, result, log := tasktest.RunOnce(t, New("/bin/sh", nil), tasktest.Attempt{
				Params: json.RawMessage(c.params), DataSources: both, Env: map[string]string{"DATAX_HOME": stub.Home},
			})
			if !result.OK {
				t.Fatalf("%+v %s", result, log)
			}
			if got, want := stub.Arguments(t), strings.Split(strings.ReplaceAll(c.want, "WORKDIR", dir), "|"); !slices.Equal(got, want) {
				t.Errorf("\n got %q\nwant %q", got, want)
			}
		})
	}
}

// job makes the job of an attempt.
func makeJob(t *testing.T, k Kind, params string, sources ...workflow.DataSource) (string, error) {
	t.Helper()
	c, err := k.Plan(t.Context(), task.Attempt{
		Params: json.RawMessage(params), DataSources: sources, WorkDir: "/w", Values: map[string]string{"day": `2024"01`, "n": "7"},
	})
	if err != nil {
		return "", err
	}
	if len(c.Files) != 1 || c.Files[0].Name != "job.json" || c.Files[0].Mode != 0o600 || !json.Valid(c.Files[0].Data) {
		t.Errorf("files %+v", c.Files)
	}
	return string(c.Files[0].Data), nil
}

func TestTemplateJob(t *testing.T) {
	got, err := makeJob(t, New("", noColumns), template, both...)
	if err != nil {
		t.Fatal(err)
	}
	want := `{"job":{"content":[{"reader":{"name":"mysqlreader","parameter":{"username":"root","password":"p\"a$1 ${day}",
		"connection":[{"querySql":["select id, name as \"Full <name>\" from src where d='2024\"01'"],
		"jdbcUrl":["jdbc:mysql://db:3307/shop?allowLoadLocalInfile=false&allowUrlInLocalInfile=false&autoDeserialize=false"]}]}},
		"writer":{"name":"postgresqlwriter","parameter":{"username":"etl","password":"x","column":["\"id\"","\"Full <name>\""],
		"connection":[{"table":["dst"],"jdbcUrl":"jdbc:postgresql://pg:5432/dw"}],"preSql":["truncate table dst"],"postSql":["analyze dst_7"]}}}],
		"setting":{"speed":{"channel":1,"byte":1048576,"record":1000},"errorLimit":{"record":0,"percentage":0}}},
		"core":{"transport":{"channel":{"speed":{"channel":1,"byte":1048576,"record":1000}}}}}`
	var a, b any
	if json.Unmarshal([]byte(got), &a) != nil || json.Unmarshal([]byte(want), &b) != nil {
		t.Fatal("not JSON")
	}
	if d := cmp.Diff(b, a); d != "" {
		t.Error(d)
	}
	if strings.Contains(got, `\u00`) {
		t.Errorf("escaped more than needed: %s", got)
	}
}

func TestColumns(t *testing.T) {
	at := func(kind workflow.DataSourceType) workflow.DataSource {
		d := target
		d.Type = kind
		return d
	}
	plain := `{"dsType":"MYSQL","dataSource":3,"dtType":"TYPE","dataTarget":4,"sql":"select id, Total from a","targetTable":"t"}`
	for kind, want := range map[workflow.DataSourceType]string{
		workflow.MySQL: "`id`,`Total`", workflow.Doris: "`id`,`Total`", workflow.ClickHouse: "`id`,`Total`", workflow.PostgreSQL: `"id","Total"`,
		workflow.SQLServer: "[id],[Total]", workflow.Oracle: `"ID","TOTAL"`,
	} {
		got, err := makeJob(t, New("", noColumns), strings.ReplaceAll(plain, "TYPE", string(kind)), source, at(kind))
		if err != nil {
			t.Error(err)
			continue
		}
		var j struct {
			Job struct {
				Content []struct {
					Writer struct{ Parameter struct{ Column []string } }
				}
			}
		}
		if json.Unmarshal([]byte(got), &j) != nil || strings.Join(j.Job.Content[0].Writer.Parameter.Column, ",") != want {
			t.Errorf("%s: %s, want %s", kind, got, want)
		}
	}
}

func TestColumnsOfAStar(t *testing.T) {
	star := strings.Replace(template, `id, name as \"Full <name>\"`, "*", 1)
	if _, err := makeJob(t, New("", nil), star, both...); err == nil || !strings.Contains(err.Error(), "name each one") {
		t.Errorf("nobody to ask: %v", err)
	}
	asked := ""
	got, err := makeJob(t, New("", func(ctx context.Context, d workflow.DataSource, query string) ([]string, error) {
		if _, limited := ctx.Deadline(); !limited || d.Name != "shop" {
			t.Errorf("asked %s, limited %v", d.Name, limited)
		}
		asked = query
		return []string{"a", "b c"}, nil
	}), star, both...)
	if err != nil || asked != `select * from src where d='2024"01'` || !strings.Contains(got, `"column":["\"a\"","\"b c\""]`) {
		t.Errorf("asked %q: %s %v", asked, got, err)
	}
	if _, err := makeJob(t, New("", noColumns), star, both...); err == nil || !strings.Contains(err.Error(), "nobody was to be asked") {
		t.Errorf("an answer that fails: %v", err)
	}
	if _, err := makeJob(t, New("", func(context.Context, workflow.DataSource, string) ([]string, error) { return nil, nil }), star, both...); err == nil {
		t.Error("no columns, no error")
	}
}

func TestDataSourcesThatDoNotFit(t *testing.T) {
	other, broken := source, source
	other.Type, broken.Connection.Host = workflow.Oracle, "db/x?y=z"
	for want, sources := range map[string][]workflow.DataSource{
		"dataTarget: data source 4 did not come": {source}, "dataSource: data source \"shop\" is of type ORACLE, not MYSQL": {other, target}, "is no host": {broken, target},
	} {
		if _, err := makeJob(t, New("", nil), template, sources...); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), secret) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}

func TestInterpreter(t *testing.T) {
	stub, python := home(t, ""), tasktest.NewStub(t, "python3", "")
	for name, env := range map[string]map[string]string{
		"launcher":    {"PYTHON_LAUNCHER": filepath.Join(python.Home, "bin", "python3")},
		"home":        {"PYTHON_HOME": python.Home},
		"interpreter": {"PYTHON_HOME": filepath.Join(python.Home, "bin", "python3")},
		"path":        {"PATH": filepath.Join(python.Home, "bin") + ":" + os.Getenv("PATH")},
	} {
		env["DATAX_HOME"] = stub.Home
		_, result, log := tasktest.RunOnce(t, New("", nil), tasktest.Attempt{Params: json.RawMessage(`{"customConfig":1,"json":"{}"}`), Env: env})
		if got := python.Arguments(t); !result.OK || got[0] != filepath.Join(stub.Home, "bin", "datax.py") || len(got) != 3 {
			t.Errorf("%s: %q %+v %s", name, got, result, log)
		}
		if err := os.Remove(filepath.Join(python.Home, "arguments")); err != nil {
			t.Fatal(err)
		}
	}
}
