// Package sqoop is the task kind that moves data between a MySQL database and
// Hive or HDFS with Sqoop, or runs a script that does.
package sqoop

import (
	"encoding/json"
	"net/url"
	"path/filepath"
	"strings"

	"github.com/porpoise-scheduler/porpoise/pkg/task"
	"github.com/porpoise-scheduler/porpoise/pkg/task/params"
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
func (Kind) ID() workflow.Kind { return workflow.KindSqoop }

// Validate wants a script, or two ends that go together.
func (Kind) Validate(raw json.RawMessage) error {
	_, err := read(raw)
	return err
}

// Needs gives the data source of the database's end, and the resources of
// resourceList.
func (Kind) Needs(raw json.RawMessage) (task.Needs, error) {
	p, err := read(raw)
	if err != nil {
		return task.Needs{}, err
	}
	needs := task.Needs{Resources: params.Read(raw).Resources("resourceList")}
	if p.script == "" {
		needs.DataSources = []int64{p.database}
	}
	return needs, nil
}

// Follows says that Sqoop works in YARN.
func (Kind) Follows(json.RawMessage) bool { return true }

// Files of the work directory.
const (
	passwordFile = "sqoop.password"
	scriptFile   = "sqoop.sh"
)

// Command makes a sqoop import or export. The password is in a file that only
// the attempt's user can read.
func (Kind) Command(a task.Attempt) (task.Command, error) {
	p, err := read(a.Params)
	if err != nil {
		return task.Command{}, err
	}
	if p.script != "" {
		return task.Command{
			Path: "/bin/sh", Args: []string{filepath.Join(a.WorkDir, scriptFile)}, ScanOutput: true,
			Files: []task.File{{Name: scriptFile, Data: []byte(a.Expand(p.script))}},
		}, nil
	}
	b := &builder{parameters: p, attempt: a}
	if err := b.build(); err != nil {
		return task.Command{}, err
	}
	c := program.Program{Name: "sqoop", Homes: []string{"SQOOP_HOME"}}.Command(b.Args)
	if b.password != "" {
		c.Files = []task.File{{Name: passwordFile, Data: []byte(b.password), Mode: 0o600}}
	}
	return c, nil
}

// passwordURL names the file as Hadoop does.
func passwordURL(a task.Attempt) string {
	return (&url.URL{Scheme: "file", Path: filepath.Join(a.WorkDir, passwordFile)}).String()
}

// lines ends lines as everywhere but on Windows.
func lines(text string) string { return strings.ReplaceAll(text, "\r\n", "\n") }
