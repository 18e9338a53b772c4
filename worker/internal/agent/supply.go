package agent

import (
	"encoding/json"
	"fmt"
	"path"
	"path/filepath"
	"strings"

	"github.com/porpoise-scheduler/porpoise/pkg/task"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
	"github.com/porpoise-scheduler/porpoise/proto/workerpb"
	"github.com/porpoise-scheduler/porpoise/worker/internal/mask"
	"github.com/porpoise-scheduler/porpoise/worker/internal/workdir"
)

// supply tells a kind what came along for its attempt.
func supply(at *task.Attempt, as *workerpb.Assignment) error {
	for _, r := range as.GetResources() {
		at.Resources = append(at.Resources, task.Resource{ID: r.GetId(), Name: path.Clean(strings.TrimLeft(r.GetName(), "/"))})
	}
	for _, d := range as.GetDataSources() {
		source := workflow.DataSource{
			ID: d.GetId(), Name: d.GetName(), Type: workflow.DataSourceType(d.GetType()), Password: d.GetPassword(),
		}
		if err := json.Unmarshal(d.GetConnection(), &source.Connection); err != nil {
			return fmt.Errorf("reading the settings of data source %d: %w", source.ID, err)
		}
		at.DataSources = append(at.DataSources, source)
	}
	for _, u := range as.GetUdfs() {
		at.UDFs = append(at.UDFs, workflow.UDF{
			ID: u.GetId(), Name: u.GetName(), ClassName: u.GetClassName(), Kind: workflow.UDFKind(u.GetKind()), ResourceID: u.GetResourceId(),
		})
	}
	at.Receivers, at.ReceiversCc = as.GetReceivers(), as.GetReceiversCc()
	return nil
}

// resources are what goes into the work directory.
func resources(list []*workerpb.Resource) []workdir.Resource {
	out := make([]workdir.Resource, 0, len(list))
	for _, r := range list {
		out = append(out, workdir.Resource{Name: r.GetName(), Key: r.GetKey(), SHA256: r.GetSha256(), Size: r.GetSize()})
	}
	return out
}

// secrets are the values that neither a log nor a reason may show.
func secrets(as *workerpb.Assignment) *mask.Secrets {
	var values []string
	for _, d := range as.GetDataSources() {
		values = append(values, d.GetPassword())
	}
	return mask.New(values...)
}

// withEnvFile runs its arguments after it has read the file it is named after.
// The function keeps the file from changing the arguments, and -a passes on
// what it forgets to export.
const withEnvFile = `porpoise_env() { . "$0"; }
set -a
porpoise_env
set +a
exec "$@"`

// through makes the command one that reads the operator's environment file
// first. Its program is looked for after that: the file may say where.
func through(envFile string, c task.Command, dir string) task.Command {
	program := c.Path
	if strings.ContainsRune(program, filepath.Separator) && !filepath.IsAbs(program) {
		program = filepath.Join(dir, program)
	}
	c.Args = append([]string{"-c", withEnvFile, envFile, program}, c.Args...)
	c.Path = "/bin/sh"
	return c
}
