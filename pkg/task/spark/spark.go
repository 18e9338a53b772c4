// Package spark is the task kind that submits a program with spark-submit.
package spark

import (
	"encoding/json"
	"strings"

	"github.com/porpoise-scheduler/porpoise/pkg/task"
	"github.com/porpoise-scheduler/porpoise/pkg/task/program"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// Kind is the plug-in.
type Kind struct{}

var (
	_ task.Follower = Kind{}
	_ task.Needer   = Kind{}
)

// New makes the kind.
func New() Kind { return Kind{} }

// ID names the kind.
func (Kind) ID() workflow.Kind { return workflow.KindSpark }

// Validate wants a main jar and a program type, and numbers where they belong.
func (Kind) Validate(raw json.RawMessage) error {
	_, err := read(raw)
	return err
}

// Needs gives the main jar and the resources of resourceList.
func (Kind) Needs(raw json.RawMessage) (task.Needs, error) { return program.NeedsOf(raw) }

// Follows says that all but local programs run in YARN.
func (Kind) Follows(raw json.RawMessage) bool {
	p, err := read(raw)
	return err == nil && p.mode != local
}

// Deploy modes.
const (
	cluster = "cluster"
	client  = "client"
	local   = "local"
)

// parameters of a task.
type parameters struct {
	*program.Job
	version                     string
	mode                        string
	driverCores                 int64
	executors, executorCores    int64
	driverMemory, executorSpace string
}

func read(raw json.RawMessage) (*parameters, error) {
	j, err := program.ReadJob(raw)
	if err != nil {
		return nil, err
	}
	p := &parameters{Job: j, version: strings.ToUpper(j.Text("sparkVersion")), mode: strings.ToLower(j.Text("deployMode"))}
	for _, n := range []struct {
		field string
		to    *int64
	}{{"driverCores", &p.driverCores}, {"numExecutors", &p.executors}, {"executorCores", &p.executorCores}} {
		if *n.to, err = j.Whole(n.field); err != nil {
			return nil, err
		}
	}
	for _, m := range []struct {
		field string
		to    *string
	}{{"driverMemory", &p.driverMemory}, {"executorMemory", &p.executorSpace}} {
		if *m.to, err = j.Memory(m.field); err != nil {
			return nil, err
		}
	}
	switch p.version {
	case "", "SPARK1", "SPARK2":
	default:
		return nil, j.Invalid("sparkVersion", "must be SPARK1 or SPARK2")
	}
	switch p.mode {
	case "":
		p.mode = cluster
	case cluster, client, local:
	default:
		return nil, j.Invalid("deployMode", "must be cluster, client or local")
	}
	return p, nil
}

// Command makes the spark-submit of SPARK_HOME1 or SPARK_HOME2.
func (Kind) Command(a task.Attempt) (task.Command, error) {
	p, err := read(a.Params)
	if err != nil {
		return task.Command{}, err
	}
	args, err := p.arguments(a)
	if err != nil {
		return task.Command{}, err
	}
	home := "SPARK_HOME2"
	if p.version == "SPARK1" {
		home = "SPARK_HOME1"
	}
	return program.Program{Name: "spark-submit", Homes: []string{home, "SPARK_HOME"}}.Command(args), nil
}

func (p *parameters) arguments(a task.Attempt) ([]string, error) {
	var v program.Vector
	if p.mode == local {
		v.Add("--master", local)
	} else {
		v.Add("--master", "yarn", "--deploy-mode", p.mode)
	}
	if p.Type != program.Python {
		v.Option("--class", a.Expand(p.Class))
	}
	v.Number("--driver-cores", p.driverCores)
	v.Option("--driver-memory", a.Expand(p.driverMemory))
	v.Number("--num-executors", p.executors)
	v.Number("--executor-cores", p.executorCores)
	v.Option("--executor-memory", a.Expand(p.executorSpace))
	v.Option("--name", a.Expand(p.Name))
	others, err := p.Split(a, "others", p.Others)
	if err != nil {
		return nil, err
	}
	if p.mode != local && !namesQueue(others) {
		v.Option("--queue", p.QueueOf(a))
	}
	v.Add(others...)
	jar, err := p.MainJar(a)
	if err != nil {
		return nil, err
	}
	v.Add(jar)
	args, err := p.Split(a, "mainArgs", p.Args)
	v.Add(args...)
	return v.Args, err
}

// namesQueue reports whether the words say which queue.
func namesQueue(words []string) bool {
	text := strings.Join(words, " ")
	return strings.Contains(text, "--queue") || strings.Contains(text, "spark.yarn.queue")
}
