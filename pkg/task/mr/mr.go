// Package mr is the task kind that runs a MapReduce program.
package mr

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
func (Kind) ID() workflow.Kind { return workflow.KindMR }

// Validate wants a main jar and a program type.
func (Kind) Validate(raw json.RawMessage) error {
	_, err := program.ReadJob(raw)
	return err
}

// Needs gives the main jar and the resources of resourceList.
func (Kind) Needs(raw json.RawMessage) (task.Needs, error) { return program.NeedsOf(raw) }

// Follows says that programs run in YARN.
func (Kind) Follows(json.RawMessage) bool { return true }

// Command makes a hadoop jar. Generic options go between the main class, which
// a jar may name itself, and the program's own arguments.
func (Kind) Command(a task.Attempt) (task.Command, error) {
	j, err := program.ReadJob(a.Params)
	if err != nil {
		return task.Command{}, err
	}
	args, err := arguments(a, j)
	if err != nil {
		return task.Command{}, err
	}
	return program.Program{Name: "hadoop", Homes: []string{"HADOOP_HOME"}}.Command(args), nil
}

func arguments(a task.Attempt, j *program.Job) ([]string, error) {
	jar, err := j.MainJar(a)
	if err != nil {
		return nil, err
	}
	others, err := j.Split(a, "others", j.Others)
	if err != nil {
		return nil, err
	}
	v := program.Vector{Args: []string{"jar", jar}}
	if class := a.Expand(j.Class); class != "" && j.Type != program.Python {
		v.Add(class)
	}
	property(&v, others, "mapreduce.job.queuename", j.QueueOf(a))
	property(&v, others, "mapreduce.job.name", a.Expand(j.Name))
	v.Add(others...)
	args, err := j.Split(a, "mainArgs", j.Args)
	v.Add(args...)
	return v.Args, err
}

// property sets one that has a value and that others does not set.
func property(v *program.Vector, others []string, name, value string) {
	if value != "" && !strings.Contains(strings.Join(others, " "), name+"=") {
		v.Add("-D", name+"="+value)
	}
}
