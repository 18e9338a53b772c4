package flink

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/porpoise-scheduler/porpoise/pkg/task"
	"github.com/porpoise-scheduler/porpoise/pkg/task/tasktest"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

const full = `{"programType":"JAVA","mainClass":"org.example.Job","mainJar":{"id":13},"deployMode":"cluster","flinkVersion":"<1.10","slot":1,
	"parallelism":2,"taskManager":"2","jobManagerMemory":"1G","taskManagerMemory":"2G","appName":"job","queue":"","mainArgs":"--day ${day}",
	"others":"-yD k=v","localParams":[],"resourceList":[]}`

var jars = []task.Resource{{ID: 13, Name: "job.jar"}}

func TestSuite(t *testing.T) {
	stub := tasktest.NewStub(t, "flink", `case "$*" in *fail*) exit 3;; *wait*) echo started; exec sleep 1000;; esac; echo application_1_2`)
	run := func(args string) tasktest.Attempt {
		return tasktest.Attempt{
			Params:    json.RawMessage(`{"programType":"JAVA","mainJar":{"id":13},"mainArgs":"` + args + `"}`),
			Resources: jars, Env: map[string]string{"FLINK_HOME": stub.Home},
		}
	}
	ok, fails, waits := run("x"), run("fail"), run("wait")
	ok.Output, fails.ExitCode, waits.Output = "application_1_2\n", 3, "started\n"
	onPath := tasktest.Attempt{Params: ok.Params, Resources: jars, Output: ok.Output, Env: map[string]string{"PATH": stub.Home + "/bin:/usr/bin:/bin"}}
	tasktest.Run(t, New(), tasktest.Cases{
		ID: workflow.KindFlink,
		Invalid: map[string]string{
			`[]`: "params", `{}`: "mainJar", `{"mainJar":{"id":1}}`: "programType", `{"mainJar":{"name":[]},"programType":"JAVA"}`: "mainJar.name",
			`{"mainJar":{"id":1},"programType":"JAVA","slot":"x"}`:               "slot",
			`{"mainJar":{"id":1},"programType":"JAVA","parallelism":-2}`:         "parallelism",
			`{"mainJar":{"id":1},"programType":"JAVA","taskManager":{}}`:         "taskManager",
			`{"mainJar":{"id":1},"programType":"JAVA","jobManagerMemory":"-"}`:   "jobManagerMemory",
			`{"mainJar":{"id":1},"programType":"JAVA","taskManagerMemory":"1X"}`: "taskManagerMemory",
			`{"mainJar":{"id":1},"programType":"JAVA","flinkVersion":"new"}`:     "flinkVersion",
			`{"mainJar":{"id":1},"programType":"JAVA","deployMode":"client"}`:    "deployMode",
			`{"mainJar":{"id":1},"programType":"JAVA","mainArgs":"'"}`:           "mainArgs",
		},
		Succeeds: []tasktest.Attempt{ok, onPath},
		Fails:    []tasktest.Attempt{fails, {Params: ok.Params, Resources: jars, ExitCode: 127}},
		Endless:  []tasktest.Attempt{waits},
		Needs:    map[string]*task.Needs{full: {Resources: []workflow.ResourceRef{{ID: 13}}}, `{}`: nil},
	})
}

func TestArguments(t *testing.T) {
	const jar = `"mainJar":{"id":13}`
	for name, c := range map[string]struct{ params, queue, want string }{
		"before 1.10": {full, "etl", "run -m yarn-cluster -ys 1 -ynm job -yn 2 -yjm 1G -ytm 2G -yqu etl -p 2 -d -yD k=v -c org.example.Job job.jar --day 20240102"},
		"since 1.10":  {strings.Replace(full, "<1.10", ">=1.10", 1), "", "run -m yarn-cluster -ys 1 -ynm job -yjm 1G -ytm 2G -p 2 -d -yD k=v -c org.example.Job job.jar --day 20240102"},
		"little":      {`{"programType":"SCALA",` + jar + `}`, "", "run -m yarn-cluster -d job.jar"},
		"local": {`{"programType":"JAVA","mainClass":"A",` + jar + `,"deployMode":"local","parallelism":3,"slot":2,"queue":"q","mainArgs":"a b"}`, "etl",
			"run -p 3 -c A job.jar a b"},
		"python":               {`{"programType":"PYTHON","mainClass":"A",` + jar + `,"flinkVersion":"1.12"}`, "", "run -m yarn-cluster -d -py job.jar"},
		"a queue of its own":   {`{"programType":"JAVA",` + jar + `,"queue":"mine"}`, "etl", "run -m yarn-cluster -yqu mine -d job.jar"},
		"a queue in others":    {`{"programType":"JAVA",` + jar + `,"others":"-yqu other"}`, "etl", "run -m yarn-cluster -d -yqu other job.jar"},
		"a client that stays":  {`{"programType":"JAVA",` + jar + `,"others":"-sae"}`, "", "run -m yarn-cluster -sae job.jar"},
		"detached by its user": {`{"programType":"JAVA",` + jar + `,"others":"-d"}`, "", "run -m yarn-cluster -d job.jar"},
	} {
		t.Run(name, func(t *testing.T) {
			stub := tasktest.NewStub(t, "flink", "")
			_, result, log := tasktest.RunOnce(t, New(), tasktest.Attempt{
				Params: json.RawMessage(c.params), Queue: c.queue, Resources: jars, Env: map[string]string{"FLINK_HOME": stub.Home},
			})
			if !result.OK {
				t.Fatalf("%+v %s", result, log)
			}
			if got := stub.Arguments(t); !slices.Equal(got, strings.Fields(c.want)) {
				t.Errorf("\n got %q\nwant %s", got, c.want)
			}
		})
	}
}

func TestWhatIsFollowed(t *testing.T) {
	for params, want := range map[string]bool{full: true, strings.Replace(full, "cluster", "local", 1): false, `{}`: false} {
		if got := New().Follows(json.RawMessage(params)); got != want {
			t.Errorf("%s: %v", params, got)
		}
	}
}
