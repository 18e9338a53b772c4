// Package datax is the task kind that copies data with DataX: by a job that the
// task brings, or by one made of two data sources and a query.
package datax

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"
	"time"

	"github.com/porpoise-scheduler/porpoise/pkg/task"
	"github.com/porpoise-scheduler/porpoise/pkg/task/params"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// Lister asks a data source for the names of the columns of a query's result.
type Lister func(ctx context.Context, source workflow.DataSource, query string) ([]string, error)

// Kind is the plug-in.
type Kind struct {
	interpreter string
	columns     Lister
}

var (
	_ task.Planner = Kind{}
	_ task.Needer  = Kind{}
)

// New makes the kind. The interpreter runs datax.py unless the environment of
// the attempt names one with PYTHON_LAUNCHER or PYTHON_HOME; python3 when
// empty. columns is asked when a query does not tell its columns; without it
// such a task fails.
func New(interpreter string, columns Lister) Kind {
	return Kind{interpreter: cmp.Or(interpreter, "python3"), columns: columns}
}

// ID names the kind.
func (Kind) ID() workflow.Kind { return workflow.KindDataX }

// Validate wants a job, or the two data sources, the query and the table to
// make one of.
func (Kind) Validate(raw json.RawMessage) error {
	_, err := read(raw)
	return err
}

// Needs gives the two data sources, and the resources of resourceList.
func (Kind) Needs(raw json.RawMessage) (task.Needs, error) {
	p, err := read(raw)
	if err != nil {
		return task.Needs{}, err
	}
	needs := task.Needs{Resources: params.Read(raw).Resources("resourceList")}
	if !p.custom {
		needs.DataSources = []int64{p.source.id, p.target.id}
	}
	return needs, nil
}

// jobFile holds the job, with passwords.
const jobFile = "job.json"

// listWithin bounds asking for columns.
const listWithin = 30 * time.Second

// Command is Plan without anybody to ask for columns.
func (k Kind) Command(a task.Attempt) (task.Command, error) {
	return k.plan(a, func(workflow.DataSource, string) ([]string, error) { return nil, errStar })
}

// Plan makes a run of datax.py of DATAX_HOME. The job is a file that only the
// attempt's user can read.
func (k Kind) Plan(ctx context.Context, a task.Attempt) (task.Command, error) {
	if k.columns == nil {
		return k.Command(a)
	}
	return k.plan(a, func(source workflow.DataSource, query string) ([]string, error) {
		ctx, cancel := context.WithTimeout(ctx, listWithin)
		defer cancel()
		return k.columns(ctx, source, query)
	})
}

func (k Kind) plan(a task.Attempt, list func(workflow.DataSource, string) ([]string, error)) (task.Command, error) {
	p, err := read(a.Params)
	if err != nil {
		return task.Command{}, err
	}
	var job []byte
	if p.custom {
		job, err = p.customJob(a)
	} else {
		job, err = p.makeJob(a, list)
	}
	if err != nil {
		return task.Command{}, err
	}
	return task.Command{
		Path: "/bin/sh",
		Args: []string{"-c", run, "datax.py", k.interpreter,
			fmt.Sprintf("--jvm=-Xms%dG -Xmx%dG", p.xms, p.xmx), filepath.Join(a.WorkDir, jobFile)},
		Env:        map[string]string{"PYTHONUNBUFFERED": "1"},
		Files:      []task.File{{Name: jobFile, Data: job, Mode: 0o600}},
		ScanOutput: true,
	}, nil
}

// run chooses the interpreter and DataX where the whole environment is known:
// in the process. The arguments are no part of it.
const run = `python=$1
shift
if [ -z "${DATAX_HOME:-}" ]; then echo 'DATAX_HOME is not set in the environment of the task' >&2; exit 127; fi
if [ -n "${PYTHON_LAUNCHER:-}" ]; then python=$PYTHON_LAUNCHER
elif [ -n "${PYTHON_HOME:-}" ] && [ -x "$PYTHON_HOME/bin/python3" ]; then python=$PYTHON_HOME/bin/python3
elif [ -d "${PYTHON_HOME:-}" ]; then python=$PYTHON_HOME/bin/python
elif [ -n "${PYTHON_HOME:-}" ]; then python=$PYTHON_HOME
fi
exec "$python" "$DATAX_HOME/bin/datax.py" "$@"`

// customJob puts the parameters into the job of the task.
func (p *parameters) customJob(a task.Attempt) ([]byte, error) {
	job := []byte(a.Expand(p.json))
	if !json.Valid(job) {
		return nil, fmt.Errorf("json, with its parameters put in, is not JSON")
	}
	return job, nil
}
