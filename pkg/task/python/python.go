// Package python is the task kind that runs a Python script.
package python

import (
	"cmp"
	"encoding/json"
	"path/filepath"

	"github.com/porpoise-scheduler/porpoise/pkg/task"
	"github.com/porpoise-scheduler/porpoise/pkg/task/params"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

const fileName = "script.py"

// Kind is the plug-in. Its parameters are rawScript and resourceList.
type Kind struct{ interpreter string }

var (
	_ task.Commander = Kind{}
	_ task.Needer    = Kind{}
)

// New makes the kind. The interpreter is an absolute path or a name that is
// looked up in the PATH of the attempt; python3 when empty. An attempt's
// environment, which the operator's environment file is part of, overrules it:
// with PYTHON_LAUNCHER, or with PYTHON_HOME, which is an interpreter or the
// folder of an installation.
func New(interpreter string) Kind { return Kind{interpreter: cmp.Or(interpreter, "python3")} }

// choose runs its second argument with the interpreter that the environment
// names, or else with its first argument.
const choose = `python=$1
if [ -n "${PYTHON_LAUNCHER:-}" ]; then python=$PYTHON_LAUNCHER
elif [ -n "${PYTHON_HOME:-}" ] && [ -x "$PYTHON_HOME/bin/python3" ]; then python=$PYTHON_HOME/bin/python3
elif [ -d "${PYTHON_HOME:-}" ]; then python=$PYTHON_HOME/bin/python
elif [ -n "${PYTHON_HOME:-}" ]; then python=$PYTHON_HOME
fi
exec "$python" "$2"`

// ID names the kind.
func (Kind) ID() workflow.Kind { return workflow.KindPython }

// Validate wants a script.
func (Kind) Validate(raw json.RawMessage) error {
	_, err := params.Script(raw)
	return err
}

// Follows says that any script may start applications.
func (Kind) Follows(json.RawMessage) bool { return true }

// Needs gives the resources of resourceList.
func (Kind) Needs(raw json.RawMessage) (task.Needs, error) { return params.ScriptNeeds(raw) }

// Command runs the script, with its placeholders replaced, as a file of the
// work directory. Its output is not buffered, so that the log can be followed.
// The interpreter is chosen by the process itself: only there is the whole
// environment known.
func (k Kind) Command(a task.Attempt) (task.Command, error) {
	script, err := params.Script(a.Params)
	if err != nil {
		return task.Command{}, err
	}
	return task.Command{
		Path:       "/bin/sh",
		Args:       []string{"-c", choose, "python", k.interpreter, filepath.Join(a.WorkDir, fileName)},
		Env:        map[string]string{"PYTHONUNBUFFERED": "1"},
		Files:      []task.File{{Name: fileName, Data: []byte(a.Expand(script))}},
		ScanOutput: true,
	}, nil
}
