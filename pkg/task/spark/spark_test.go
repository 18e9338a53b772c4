package spark

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/porpoise-scheduler/porpoise/pkg/task"
	"github.com/porpoise-scheduler/porpoise/pkg/task/tasktest"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

const full = `{"programType":"SCALA","mainClass":"org.example.Wc","mainJar":{"id":12},"deployMode":"cluster","sparkVersion":"SPARK2",
	"driverCores":1,"driverMemory":"512M","numExecutors":2,"executorMemory":"2G","executorCores":2,"appName":"wc ${day}","queue":"",
	"mainArgs":"/in/${day} 'two words' /out","others":"--conf spark.x=\"a b\" --jars lib/b.jar","localParams":[],"resourceList":[{"id":13}]}`

var jars = []task.Resource{{ID: 12, Name: "lib/wc.jar"}, {ID: 13, Name: "lib/b.jar"}}

func TestSuite(t *testing.T) {
	stub := tasktest.NewStub(t, "spark-submit", `case "$*" in *fail*) exit 3;; *wait*) echo started; exec sleep 1000;; esac
[ -z "$SPARK_X" ] || echo "$SPARK_X"; echo submitted application_1_2`)
	env := map[string]string{"SPARK_HOME2": stub.Home, "SPARK_X": "known"}
	run := func(args string) tasktest.Attempt {
		return tasktest.Attempt{
			Params:    json.RawMessage(`{"programType":"JAVA","mainClass":"A","mainJar":{"id":12},"mainArgs":"` + args + `"}`),
			Resources: jars, Env: env,
		}
	}
	ok, fails, waits := run("x"), run("fail"), run("wait")
	ok.Output = "known\nsubmitted application_1_2\n"
	fails.ExitCode, waits.Output = 3, "started\n"
	missing := tasktest.Attempt{Params: ok.Params, Env: env}
	homeless := tasktest.Attempt{Params: ok.Params, Resources: jars, ExitCode: 127,
		Output: "spark-submit is not in the PATH of the task and SPARK_HOME2, SPARK_HOME is not set in its environment\n"}
	tasktest.Run(t, New(), tasktest.Cases{
		ID: workflow.KindSpark,
		Invalid: map[string]string{
			`[]`: "params", `{}`: "mainJar", `{"mainJar":null,"programType":"JAVA"}`: "mainJar", `{"mainJar":{}}`: "mainJar", `{"mainJar":5}`: "mainJar",
			`{"mainJar":{"id":1}}`: "programType", `{"mainJar":{"id":1},"programType":"RUBY"}`: "programType", `{"mainJar":{"id":"x"},"programType":"JAVA"}`: "mainJar.id",
			`{"mainJar":{"id":1},"programType":"JAVA","driverCores":"many"}`:       "driverCores",
			`{"mainJar":{"id":1},"programType":"JAVA","numExecutors":-1}`:          "numExecutors",
			`{"mainJar":{"id":1},"programType":"JAVA","executorCores":1.5}`:        "executorCores",
			`{"mainJar":{"id":1},"programType":"JAVA","driverMemory":"lots"}`:      "driverMemory",
			`{"mainJar":{"id":1},"programType":"JAVA","executorMemory":[]}`:        "executorMemory",
			`{"mainJar":{"id":1},"programType":"JAVA","sparkVersion":"SPARK9"}`:    "sparkVersion",
			`{"mainJar":{"id":1},"programType":"JAVA","deployMode":"moon"}`:        "deployMode",
			`{"mainJar":{"id":1},"programType":"JAVA","others":"--conf 'a"}`:       "others",
			`{"mainJar":{"id":1},"programType":"JAVA","mainArgs":"\"a"}`:           "mainArgs",
			`{"mainJar":{"id":1},"programType":"JAVA","resourceList":[{"id":{}}]}`: "resourceList[0].id",
		},
		Succeeds: []tasktest.Attempt{ok},
		Fails:    []tasktest.Attempt{fails, missing, homeless},
		Endless:  []tasktest.Attempt{waits},
		Needs: map[string]*task.Needs{
			full: {Resources: []workflow.ResourceRef{{ID: 12}, {ID: 13}}},
			`{"programType":"JAVA","mainJar":{"resourceName":"file:/lib/wc.jar"}}`: {Resources: []workflow.ResourceRef{{Name: "/lib/wc.jar"}}},
			`{"programType":"JAVA"}`: nil,
		},
	})
}

func TestArguments(t *testing.T) {
	const jar = `"mainJar":{"id":12}`
	for name, c := range map[string]struct {
		params string
		queue  string
		want   string // words that are separated by |
	}{
		"everything": {full, "etl", "--master|yarn|--deploy-mode|cluster|--class|org.example.Wc|--driver-cores|1|--driver-memory|512M|--num-executors|2|--executor-cores|2|--executor-memory|2G|--name|wc 20240102|--queue|etl|--conf|spark.x=a b|--jars|lib/b.jar|lib/wc.jar|/in/20240102|two words|/out"},
		"little":     {`{"programType":"JAVA",` + jar + `}`, "", "--master|yarn|--deploy-mode|cluster|lib/wc.jar"},
		"client, numbers as text, a queue of its own": {`{"programType":"JAVA","mainClass":"A",` + jar + `,"deployMode":"client","driverCores":"2","queue":"q${n}"}`, "etl",
			"--master|yarn|--deploy-mode|client|--class|A|--driver-cores|2|--queue|q7|lib/wc.jar"},
		"local":             {`{"programType":"SCALA","mainClass":"A",` + jar + `,"deployMode":"local","mainArgs":"x"}`, "etl", "--master|local|--class|A|lib/wc.jar|x"},
		"python":            {`{"programType":"PYTHON","mainClass":"ignored",` + jar + `,"sparkVersion":"SPARK1","mainArgs":"--date $[yyyy-MM-dd-1]"}`, "", "--master|yarn|--deploy-mode|cluster|lib/wc.jar|--date|2024-01-01"},
		"queue in others":   {`{"programType":"JAVA",` + jar + `,"others":"--queue mine"}`, "etl", "--master|yarn|--deploy-mode|cluster|--queue|mine|lib/wc.jar"},
		"queue as property": {`{"programType":"JAVA",` + jar + `,"others":"--conf spark.yarn.queue=mine"}`, "etl", "--master|yarn|--deploy-mode|cluster|--conf|spark.yarn.queue=mine|lib/wc.jar"},
		"nothing is expanded by a shell": {`{"programType":"JAVA",` + jar + `,"mainArgs":"$HOME $(id) ; rm -rf / '|' * ${evil}"}`, "",
			"--master|yarn|--deploy-mode|cluster|lib/wc.jar|$HOME|$(id)|;|rm|-rf|/|\x7f|*|$(touch|x)"},
		"by name": {`{"programType":"JAVA","mainJar":{"resourceName":"/lib/b.jar"}}`, "", "--master|yarn|--deploy-mode|cluster|lib/b.jar"},
	} {
		t.Run(name, func(t *testing.T) {
			one, two := tasktest.NewStub(t, "spark-submit", ""), tasktest.NewStub(t, "spark-submit", "")
			_, result, log := tasktest.RunOnce(t, New(), tasktest.Attempt{
				Params: json.RawMessage(c.params), Queue: c.queue, Resources: jars, Values: map[string]string{"evil": "$(touch x)"},
				Env: map[string]string{"SPARK_HOME1": one.Home, "SPARK_HOME2": two.Home},
			})
			if !result.OK {
				t.Fatalf("%+v %s", result, log)
			}
			stub := two
			if strings.Contains(c.params, "SPARK1") {
				stub = one
			}
			want := strings.Split(c.want, "|")
			for i := range want {
				want[i] = strings.ReplaceAll(want[i], "\x7f", "|")
			}
			if got := stub.Arguments(t); !slices.Equal(got, want) {
				t.Errorf("\n got %q\nwant %q", got, want)
			}
		})
	}
}

func TestWhatIsFollowed(t *testing.T) {
	for params, want := range map[string]bool{
		full: true, `{"programType":"JAVA","mainJar":{"id":1},"deployMode":"client"}`: true,
		`{"programType":"JAVA","mainJar":{"id":1},"deployMode":"local"}`: false, `{`: false,
	} {
		if got := New().Follows(json.RawMessage(params)); got != want {
			t.Errorf("%s: %v", params, got)
		}
	}
}
