// Package python is the task kind that runs a Python script.
package python

import (
	"cmp"
	"encoding/json"
	"path/filepath"
	"strings"

	"github.com/porpoise-scheduler/porpoise/pkg/task"
	"github.com/porpoise-scheduler/porpoise/pkg/task/params"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

const fileName = "script.py"

// Kind is the plug-in. Its parameters are rawScript and resourceList.
type Kind struct{ interpreter string }

var _ task.Commander = Kind{}

// New makes the kind. The interpreter is an absolute path or a name that is
// looked up in the PATH of the attempt; python3 when empty. An attempt's
// environment overrules it with PYTHON_LAUNCHER.
func New(interpreter string) Kind { return Kind{interpreter: cmp.Or(interpreter, "python3")} }

// ID names the kind.
func (Kind) ID() workflow.Kind { return workflow.KindPython }

// Validate wants a script.
func (Kind) Validate(raw json.RawMessage) error {
	_, err := params.Script(raw)
	return err
}

// Command runs the script, with its placeholders replaced, as a file of the
// work directory. Its output is not buffered, so that the log can be followed.
func (k Kind) Command(a task.Attempt) (task.Command, error) {
	script, err := params.Script(a.Params)
	if err != nil {
		return task.Command{}, err
	}
	c := task.Command{
		Args:       []string{filepath.Join(a.WorkDir, fileName)},
		Env:        map[string]string{"PYTHONUNBUFFERED": "1"},
		Files:      []task.File{{Name: fileName, Data: []byte(a.Expand(script))}},
		ScanOutput: true,
	}
	c.Path = cmp.Or(a.Env["PYTHON_LAUNCHER"], k.interpreter)
	if !strings.HasPrefix(c.Path, "/") {
		c.Args = append([]string{c.Path}, c.Args...)
		c.Path = "/usr/bin/env"
	}
	return c, nil
}
