// Package shell is the task kind that runs a script with /bin/sh.
package shell

import (
	"encoding/json"
	"path/filepath"
	"strings"

	"github.com/porpoise-scheduler/porpoise/pkg/task"
	"github.com/porpoise-scheduler/porpoise/pkg/task/params"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// maxArgument bounds a script that is handed over as an argument, which saves
// a file; the system's own bound is twice that.
const maxArgument = 64 << 10

const fileName = "script.sh"

// Kind is the plug-in. Its parameters are rawScript and resourceList.
type Kind struct{}

var (
	_ task.Commander = Kind{}
	_ task.Needer    = Kind{}
)

// New makes the kind.
func New() Kind { return Kind{} }

// ID names the kind.
func (Kind) ID() workflow.Kind { return workflow.KindShell }

// Validate wants a script.
func (Kind) Validate(raw json.RawMessage) error {
	_, err := params.Script(raw)
	return err
}

// Follows says that any script may start applications.
func (Kind) Follows(json.RawMessage) bool { return true }

// Needs gives the resources of resourceList.
func (Kind) Needs(raw json.RawMessage) (task.Needs, error) { return params.ScriptNeeds(raw) }

// Command runs the script with its placeholders replaced: a short one as an
// argument, a long one as a file of the work directory.
func (Kind) Command(a task.Attempt) (task.Command, error) {
	script, err := params.Script(a.Params)
	if err != nil {
		return task.Command{}, err
	}
	script = a.Expand(script)
	c := task.Command{Path: "/bin/sh", ScanOutput: true}
	if len(script) < maxArgument && !strings.ContainsRune(script, 0) {
		c.Args = []string{"-c", script}
		return c, nil
	}
	c.Args = []string{filepath.Join(a.WorkDir, fileName)}
	c.Files = []task.File{{Name: fileName, Data: []byte(script)}}
	return c, nil
}
