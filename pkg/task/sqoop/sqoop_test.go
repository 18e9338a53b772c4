package sqoop

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/porpoise-scheduler/porpoise/pkg/task"
	"github.com/porpoise-scheduler/porpoise/pkg/task/tasktest"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

const secret = "s3cr3t of ${day}"

var shop = workflow.DataSource{ID: 3, Name: "shop", Type: workflow.MySQL, Password: secret,
	Connection: workflow.Connection{Host: "db.example", Port: 3306, Database: "shop", User: "kylo"}}

// text is how clients of 1.3.9 send the ends: JSON in a string.
func text(t *testing.T, object string) string {
	t.Helper()
	b, err := json.Marshal(object)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func toHive(t *testing.T) string {
	return `{"jobType":"TEMPLATE","jobName":"copy_orders","modelType":"import","concurrency":1,"sourceType":"MYSQL","targetType":"HIVE","sourceParams":` +
		text(t, `{"srcDatasource":3,"srcTable":"orders","srcQueryType":"0","srcQuerySql":"","srcColumnType":"1","srcColumns":"id,total","srcConditionList":[],"mapColumnHive":[],"mapColumnJava":[]}`) +
		`,"targetParams":` + text(t, `{"hiveDatabase":"dw","hiveTable":"orders","createHiveTable":true,"dropDelimiter":false,"hiveOverWrite":true,"hiveTargetDir":"","replaceDelimiter":"","hivePartitionKey":"dt","hivePartitionValue":"${day}"}`) +
		`,"hadoopCustomParams":[],"sqoopAdvancedParams":[],"localParams":[]}`
}

func TestSuite(t *testing.T) {
	stub := tasktest.NewStub(t, "sqoop", `case "$*" in *fail*) exit 3;; *wait*) echo started; exec sleep 1000;; esac; echo application_1_2`)
	run := func(table string) tasktest.Attempt {
		return tasktest.Attempt{
			Params:      json.RawMessage(strings.ReplaceAll(toHive(t), "orders", table)),
			DataSources: []workflow.DataSource{shop}, Env: map[string]string{"SQOOP_HOME": stub.Home}, Secret: secret,
		}
	}
	ok, fails, waits := run("orders"), run("fail"), run("wait")
	ok.Output, fails.ExitCode, waits.Output = "application_1_2\n", 3, "started\n"
	custom := func(script string) json.RawMessage {
		return json.RawMessage(`{"jobType":"CUSTOM","customShell":` + text(t, script) + `,"localParams":[]}`)
	}
	const from, into = `"modelType":"import","sourceType":"MYSQL","targetType":"HIVE","sourceParams":{"srcDatasource":3,"srcTable":"a"}`,
		`"modelType":"export","sourceType":"HDFS","targetType":"MYSQL","sourceParams":{"exportDir":"/x"}`
	tasktest.Run(t, New(), tasktest.Cases{
		ID: workflow.KindSqoop,
		Invalid: map[string]string{
			`[]`: "params", `{}`: "modelType", `{"jobType":"OTHER"}`: "jobType", `{"jobType":"CUSTOM"}`: "customShell", `{"jobType":"CUSTOM","customShell":" "}`: "customShell",
			`{"modelType":"copy"}`: "modelType", `{"modelType":"import","sourceType":"HDFS"}`: "sourceType", `{"modelType":"import","sourceType":"MYSQL","targetType":"MYSQL"}`: "targetType",
			`{"modelType":"export","sourceType":"MYSQL"}`: "sourceType", `{"modelType":"import","sourceType":"MYSQL","targetType":"HIVE"}`: "sourceParams.srcDatasource",
			`{"modelType":"import","sourceType":"MYSQL","targetType":"HIVE","concurrency":"x"}`:                                                       "concurrency",
			`{"modelType":"import","sourceType":"MYSQL","targetType":"HIVE","concurrency":-1}`:                                                        "concurrency",
			`{"modelType":"import","sourceType":"MYSQL","targetType":"HIVE","sourceParams":"x"}`:                                                      "sourceParams",
			`{"modelType":"import","sourceType":"MYSQL","targetType":"HIVE","sourceParams":{"srcDatasource":3}}`:                                      "sourceParams.srcTable",
			`{"modelType":"import","sourceType":"MYSQL","targetType":"HIVE","sourceParams":{"srcDatasource":3,"srcQueryType":"1"}}`:                   "sourceParams.srcQuerySql",
			`{"modelType":"import","sourceType":"MYSQL","targetType":"HIVE","sourceParams":{"srcDatasource":3,"srcTable":"t","srcColumnType":"1"}}`:   "sourceParams.srcColumns",
			`{"modelType":"import","sourceType":"MYSQL","targetType":"HIVE","sourceParams":{"srcDatasource":3,"srcTable":"t","mapColumnJava":["x"]}}`: "sourceParams.mapColumnJava[0]",
			`{` + from + `,"targetParams":{"hiveDatabase":"d"}}`:                                                                                      "targetParams.hiveTable",
			`{` + from + `,"targetParams":{"hiveDatabase":"d","hiveTable":"t","hiveOverWrite":"perhaps"}}`:                                            "targetParams.hiveOverWrite",
			`{` + from + `,"targetParams":{"hiveDatabase":"d","hiveTable":"t","hiveTargetDir":{}}}`:                                                   "targetParams.hiveTargetDir",
			`{` + from + `,"targetParams":{"hiveDatabase":"d","hiveTable":"t"},"sqoopAdvancedParams":7}`:                                              "sqoopAdvancedParams",
			`{"modelType":"export","sourceType":"HDFS","targetType":"MYSQL"}`:                                                                         "sourceParams.exportDir",
			`{"modelType":"export","sourceType":"HIVE","targetType":"MYSQL","sourceParams":{"hiveDatabase":"x"}}`:                                     "sourceParams.hiveTable",
			`{` + into + `}`: "targetParams.targetDatasource",
			`{` + into + `,"targetParams":{"targetDatasource":3}}`:                                                                                                                            "targetParams.targetTable",
			`{` + into + `,"targetParams":{"targetDatasource":3,"targetTable":"t","isUpdate":true}}`:                                                                                          "targetParams.targetUpdateKey",
			`{` + into + `,"targetParams":{"targetDatasource":3,"targetTable":"t","isUpdate":true,"targetUpdateMode":"x"}}`:                                                                   "targetParams.targetUpdateMode",
			`{"modelType":"import","sourceType":"MYSQL","targetType":"HDFS","sourceParams":{"srcDatasource":3,"srcTable":"a"}}`:                                                               "targetParams.targetPath",
			`{"modelType":"import","sourceType":"MYSQL","targetType":"HDFS","sourceParams":{"srcDatasource":3,"srcTable":"a"},"targetParams":{"targetPath":"/x","fileType":"--as-you-like"}}`: "targetParams.fileType",
		},
		Succeeds: []tasktest.Attempt{ok, {Params: custom("echo ${day}\r\necho '${setValue(a=1)}'"), Output: "20240102\n${setValue(a=1)}\n"}},
		Fails:    []tasktest.Attempt{fails, {Params: custom("exit 4"), ExitCode: 4}, {Params: ok.Params}, {Params: ok.Params, DataSources: ok.DataSources, ExitCode: 127}},
		Endless:  []tasktest.Attempt{waits},
		Needs: map[string]*task.Needs{
			toHive(t): {DataSources: []int64{3}}, string(custom("x")): {}, `{}`: nil,
			`{` + into + `,"targetParams":{"targetDatasource":"5","targetTable":"t"},"resourceList":[{"id":7}]}`: {DataSources: []int64{5}, Resources: []workflow.ResourceRef{{ID: 7}}},
		},
	})
	if !New().Follows(nil) {
		t.Error("not followed")
	}
}

const (
	shut    = "?allowLoadLocalInfile=false&allowUrlInLocalInfile=false&autoDeserialize=false"
	connect = "--connect|jdbc:mysql://db.example:3306/shop" + shut + "|--username|kylo|--password-file|file://WORKDIR/sqoop.password|"
)

func TestArguments(t *testing.T) {
	const extras = `"hadoopCustomParams":[{"prop":"mapreduce.map.memory.mb","direct":"IN","type":"VARCHAR","value":"4096"}],"sqoopAdvancedParams":[{"prop":"--direct","value":""},{"prop":"--split-by","value":"id${n}"}]`
	const source = `"modelType":"import","sourceType":"MYSQL","concurrency":1,"sourceParams":{"srcDatasource":3,`
	for name, c := range map[string]struct{ params, want string }{
		"database to Hive": {toHive(t), "import|-D|mapred.job.name=copy_orders|-m|1|" + connect +
			"--table|orders|--columns|id,total|--hive-import|--hive-database|dw|--hive-table|orders|--create-hive-table|--hive-overwrite|--delete-target-dir|--hive-partition-key|dt|--hive-partition-value|20240102"},
		"database to HDFS": {`{"jobName":"sqoop_import",` + source + `"srcTable":"person_2","srcQueryType":"0"},"targetType":"HDFS",
			"targetParams":{"targetPath":"/ods/tmp/${day}","deleteTargetDir":true,"fileType":"--as-textfile","compressionCodec":"","fieldsTerminated":"@","linesTerminated":"\\n"},` + extras + `}`,
			"import|-D|mapred.job.name=sqoop_import|-D|mapreduce.map.memory.mb=4096|--direct|--split-by|id7|-m|1|" + connect +
				`--table|person_2|--target-dir|/ods/tmp/20240102|--as-textfile|--delete-target-dir|--fields-terminated-by|@|--lines-terminated-by|\n|--null-non-string|NULL|--null-string|NULL`},
		"a query to HDFS": {`{` + source + `"srcQueryType":"1","srcQuerySql":"select id, 'it''s $(id)' s from a where d = ${n};"},"targetType":"HDFS","targetParams":{"targetPath":"/x","compressionCodec":"snappy"}}`,
			"import|-m|1|" + connect + "--query|select id, 'it''s $(id)' s from a where d = 7 AND $CONDITIONS|--target-dir|/x|--compression-codec|snappy|--null-non-string|NULL|--null-string|NULL"},
		"a query to Hive": {`{` + source + `"srcQueryType":"1","srcQuerySql":"select a from b","mapColumnHive":[{"prop":"a","value":"string"},{"prop":"b","value":"int"}],"mapColumnJava":[{"prop":"a","value":"String"}]},
			"targetType":"HIVE","targetParams":{"hiveDatabase":"dw","hiveTable":"t","dropDelimiter":true,"hiveTargetDir":"/tmp/x","replaceDelimiter":" "}}`,
			"import|-m|1|" + connect + "--query|select a from b WHERE $CONDITIONS|--map-column-hive|a=string,b=int|--map-column-java|a=String|--hive-import|--hive-database|dw|--hive-table|t|--hive-drop-import-delims|--target-dir|/tmp/x|--hive-delims-replacement| "},
		"HDFS to database": {`{"jobName":"x","modelType":"export","concurrency":"2","sourceType":"HDFS","targetType":"MYSQL","sourceParams":{"exportDir":"/ods/${day}"},
			"targetParams":{"targetDatasource":3,"targetTable":"person_3","targetColumns":"id,name","preQuery":"","isUpdate":true,"targetUpdateKey":"id","targetUpdateMode":"allowinsert","fieldsTerminated":"@","linesTerminated":"\\n"}}`,
			"export|-D|mapred.job.name=x|-m|2|--export-dir|/ods/20240102|" + connect + `--table|person_3|--columns|id,name|--fields-terminated-by|@|--lines-terminated-by|\n|--update-key|id|--update-mode|allowinsert`},
		"Hive to database": {`{"modelType":"export","concurrency":0,"sourceType":"HIVE","targetType":"MYSQL","sourceParams":{"hiveDatabase":"stg","hiveTable":"p","hivePartitionKey":"date","hivePartitionValue":"$[yyyy-MM-dd]"},
			"targetParams":{"targetDatasource":3,"targetTable":"person_3","isUpdate":false,"targetUpdateKey":"","targetUpdateMode":"allowinsert"}}`,
			"export|--hcatalog-database|stg|--hcatalog-table|p|--hcatalog-partition-keys|date|--hcatalog-partition-values|2024-01-02|" + connect + "--table|person_3"},
	} {
		t.Run(name, func(t *testing.T) {
			stub := tasktest.NewStub(t, "sqoop", "")
			dir, result, log := tasktest.RunOnce(t, New(), tasktest.Attempt{
				Params: json.RawMessage(c.params), DataSources: []workflow.DataSource{shop}, Env: map[string]string{"SQOOP_HOME": stub.Home},
			})
			if !result.OK {
				t.Fatalf("%+v %s", result, log)
			}
			want := strings.Split(strings.ReplaceAll(c.want, "WORKDIR", dir), "|")
			if got := stub.Arguments(t); !slices.Equal(got, want) {
				t.Errorf("\n got %q\nwant %q", got, want)
			}
			file := filepath.Join(dir, "sqoop.password")
			b, err := os.ReadFile(file)
			st, _ := os.Stat(file)
			if err != nil || string(b) != secret || st.Mode().Perm() != 0o600 {
				t.Errorf("password file %q %v %v", b, st, err)
			}
		})
	}
}

func TestEnds(t *testing.T) {
	postgres, without := shop, shop
	postgres.Type, without.Password, without.Connection.User = workflow.PostgreSQL, "", ""
	run := func(d workflow.DataSource) (task.Command, error) {
		return New().Command(task.Attempt{Params: json.RawMessage(toHive(t)), DataSources: []workflow.DataSource{d}, WorkDir: "/a b"})
	}
	if _, err := run(postgres); err == nil || !strings.Contains(err.Error(), `"shop" is of type POSTGRESQL, not MYSQL`) || strings.Contains(err.Error(), secret) {
		t.Errorf("a database of another type: %v", err)
	}
	c, err := run(without)
	if err != nil || len(c.Files) != 0 || slices.Contains(c.Args, "--password-file") || slices.Contains(c.Args, "--username") {
		t.Errorf("without a password: %q %v", c.Args, err)
	}
	if c, err := run(shop); err != nil || !slices.Contains(c.Args, "file:///a%20b/sqoop.password") {
		t.Errorf("a work directory with a blank: %q %v", c.Args, err)
	}
}

func TestConditioned(t *testing.T) {
	for query, want := range map[string]string{
		"select a from b":                           "select a from b WHERE $CONDITIONS",
		"select a from b where c ; ":                "select a from b where c AND $CONDITIONS",
		"select a from b where c or d":              "SELECT * FROM (select a from b where c or d ) t WHERE $CONDITIONS",
		"select a from (select b from c where d) e": "select a from (select b from c where d) e WHERE $CONDITIONS",
		"select a from b where $CONDITIONS and x":   "select a from b where $CONDITIONS and x",
		"select a, count(1) c from b group by a":    "SELECT * FROM (select a, count(1) c from b group by a ) t WHERE $CONDITIONS",
		"select a from b -- where":                  "select a from b -- where\nWHERE $CONDITIONS",
		"select 'where' w from b":                   "select 'where' w from b WHERE $CONDITIONS",
	} {
		if got := conditioned(query); got != want {
			t.Errorf("%s:\n got %s\nwant %s", query, got, want)
		}
	}
}
