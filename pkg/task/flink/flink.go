// Package flink is the task kind that runs a Flink program.
package flink

import (
	"encoding/json"
	"regexp"
	"slices"
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
func (Kind) ID() workflow.Kind { return workflow.KindFlink }

// Validate wants a main jar and a program type, and numbers where they belong.
func (Kind) Validate(raw json.RawMessage) error {
	_, err := read(raw)
	return err
}

// Needs gives the main jar and the resources of resourceList.
func (Kind) Needs(raw json.RawMessage) (task.Needs, error) { return program.NeedsOf(raw) }

// Follows says that all but local programs run in YARN. The client leaves as
// soon as it has submitted one.
func (Kind) Follows(raw json.RawMessage) bool {
	p, err := read(raw)
	return err == nil && !p.local
}

// parameters of a task.
type parameters struct {
	*program.Job
	local                       bool
	fixedContainers             bool // before 1.10 their number is part of the command
	slots, parallelism          int64
	taskManagers                int64
	jobManagerSize, managerSize string
}

func read(raw json.RawMessage) (*parameters, error) {
	j, err := program.ReadJob(raw)
	if err != nil {
		return nil, err
	}
	p := &parameters{Job: j}
	for _, n := range []struct {
		field string
		to    *int64
	}{{"slot", &p.slots}, {"parallelism", &p.parallelism}, {"taskManager", &p.taskManagers}} {
		if *n.to, err = j.Whole(n.field); err != nil {
			return nil, err
		}
	}
	for _, m := range []struct {
		field string
		to    *string
	}{{"jobManagerMemory", &p.jobManagerSize}, {"taskManagerMemory", &p.managerSize}} {
		if *m.to, err = j.Memory(m.field); err != nil {
			return nil, err
		}
	}
	return p, p.readModes()
}

func (p *parameters) readModes() error {
	version, mode := strings.ReplaceAll(p.Text("flinkVersion"), " ", ""), strings.ToLower(p.Text("deployMode"))
	if p.Err() != nil {
		return p.Err()
	}
	switch {
	case version == "", version == "<1.10":
		p.fixedContainers = true
	case !regexp.MustCompile(`^(>=)?[0-9]+\.[0-9]+(\.[0-9]+)?$`).MatchString(version):
		return p.Invalid("flinkVersion", "must be <1.10 or >=1.10")
	}
	switch mode {
	case "", "cluster":
	case "local":
		p.local = true
	default:
		return p.Invalid("deployMode", "must be cluster or local")
	}
	return nil
}

// Command makes a flink run.
func (Kind) Command(a task.Attempt) (task.Command, error) {
	p, err := read(a.Params)
	if err != nil {
		return task.Command{}, err
	}
	args, err := p.arguments(a)
	if err != nil {
		return task.Command{}, err
	}
	return program.Program{Name: "flink", Homes: []string{"FLINK_HOME"}}.Command(args), nil
}

func (p *parameters) arguments(a task.Attempt) ([]string, error) {
	others, err := p.Split(a, "others", p.Others)
	if err != nil {
		return nil, err
	}
	v := program.Vector{Args: []string{"run"}}
	if !p.local {
		p.cluster(a, &v, others)
	}
	v.Number("-p", p.parallelism)
	// A client that ends the program when it ends itself has to stay.
	if !p.local && !slices.Contains(others, "-sae") && !slices.Contains(others, "--shutdownOnAttachedExit") && !slices.Contains(others, "-d") {
		v.Add("-d")
	}
	v.Add(others...)
	if p.Type != program.Python {
		v.Option("-c", a.Expand(p.Class))
	}
	jar, err := p.MainJar(a)
	if err != nil {
		return nil, err
	}
	if p.Type == program.Python {
		v.Add("-py")
	}
	v.Add(jar)
	args, err := p.Split(a, "mainArgs", p.Args)
	v.Add(args...)
	return v.Args, err
}

// cluster adds what describes the program's containers.
func (p *parameters) cluster(a task.Attempt, v *program.Vector, others []string) {
	v.Add("-m", "yarn-cluster")
	v.Number("-ys", p.slots)
	v.Option("-ynm", a.Expand(p.Name))
	if p.fixedContainers {
		v.Number("-yn", p.taskManagers)
	}
	v.Option("-yjm", a.Expand(p.jobManagerSize))
	v.Option("-ytm", a.Expand(p.managerSize))
	if !slices.ContainsFunc(others, func(w string) bool { return w == "-yqu" || w == "--yarnqueue" }) {
		v.Option("-yqu", p.QueueOf(a))
	}
}
