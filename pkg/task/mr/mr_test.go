package mr

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/porpoise-scheduler/porpoise/pkg/task"
	"github.com/porpoise-scheduler/porpoise/pkg/task/tasktest"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

const full = `{"programType":"JAVA","mainClass":"org.example.Mr","mainJar":{"id":14},"appName":"mr","queue":"","mainArgs":"/in /out/${day}","others":"-D x=1 -libjars a.jar","localParams":[],"resourceList":[]}`

var jars = []task.Resource{{ID: 14, Name: "mr.jar"}}

func TestSuite(t *testing.T) {
	stub := tasktest.NewStub(t, "hadoop", `case "$*" in *fail*) exit 3;; *wait*) echo started; exec sleep 1000;; esac; echo application_1_2`)
	run := func(args string) tasktest.Attempt {
		return tasktest.Attempt{
			Params:    json.RawMessage(`{"programType":"JAVA","mainJar":{"id":14},"mainArgs":"` + args + `"}`),
			Resources: jars, Env: map[string]string{"HADOOP_HOME": stub.Home},
		}
	}
	ok, fails, waits := run("x"), run("fail"), run("wait")
	ok.Output, fails.ExitCode, waits.Output = "application_1_2\n", 3, "started\n"
	tasktest.Run(t, New(), tasktest.Cases{
		ID: workflow.KindMR,
		Invalid: map[string]string{
			`[]`: "params", `{}`: "mainJar", `{"mainJar":{"id":1}}`: "programType", `{"mainJar":{"id":1},"programType":"GO"}`: "programType",
			`{"mainJar":{"id":1},"programType":"JAVA","others":"'"}`: "others", `{"mainJar":{"id":1},"programType":"JAVA","mainArgs":"\\"}`: "mainArgs",
			`{"mainJar":{"id":1},"programType":"JAVA","appName":{}}`: "appName", `{"mainJar":[],"programType":"JAVA"}`: "mainJar",
		},
		Succeeds: []tasktest.Attempt{ok},
		Fails:    []tasktest.Attempt{fails, {Params: ok.Params, Resources: jars, ExitCode: 127}, {Params: ok.Params}},
		Endless:  []tasktest.Attempt{waits},
		Needs:    map[string]*task.Needs{full: {Resources: []workflow.ResourceRef{{ID: 14}}}, `{}`: nil},
	})
	if !New().Follows(nil) {
		t.Error("not followed")
	}
}

func TestArguments(t *testing.T) {
	const jar = `"mainJar":{"id":14}`
	for name, c := range map[string]struct{ params, queue, want string }{
		"everything":         {full, "etl", "jar mr.jar org.example.Mr -D mapreduce.job.queuename=etl -D mapreduce.job.name=mr -D x=1 -libjars a.jar /in /out/20240102"},
		"little":             {`{"programType":"JAVA",` + jar + `}`, "", "jar mr.jar"},
		"no class":           {`{"programType":"SCALA",` + jar + `,"mainArgs":"wordcount /in"}`, "etl", "jar mr.jar -D mapreduce.job.queuename=etl wordcount /in"},
		"python":             {`{"programType":"PYTHON","mainClass":"A",` + jar + `,"mainArgs":"x"}`, "", "jar mr.jar x"},
		"a queue of its own": {`{"programType":"JAVA","mainClass":"A",` + jar + `,"queue":"mine"}`, "etl", "jar mr.jar A -D mapreduce.job.queuename=mine"},
		"names in others": {`{"programType":"JAVA","mainClass":"A",` + jar + `,"appName":"x","others":"-D mapreduce.job.queuename=other -Dmapreduce.job.name=y"}`, "etl",
			"jar mr.jar A -D mapreduce.job.queuename=other -Dmapreduce.job.name=y"},
		"with times": {`{"programType":"JAVA","mainClass":"A",` + jar + `,"appName":"d-$[yyyyMMdd]","mainArgs":"$[yyyy-1]"}`, "", "jar mr.jar A -D mapreduce.job.name=d-20240102 2024"},
	} {
		t.Run(name, func(t *testing.T) {
			stub := tasktest.NewStub(t, "hadoop", "")
			_, result, log := tasktest.RunOnce(t, New(), tasktest.Attempt{
				Params: json.RawMessage(c.params), Queue: c.queue, Resources: jars, Env: map[string]string{"HADOOP_HOME": stub.Home},
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
