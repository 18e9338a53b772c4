package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/porpoise-scheduler/porpoise/cmd/porpoise/internal/doctor"
	"github.com/porpoise-scheduler/porpoise/worker"
)

// checkup is what `porpoise doctor` is told: the flags of the server that is
// or will be here.
type checkup struct {
	data    dataOptions
	cluster clusterOptions
	worker  workerOptions
	listen  string
	output  string
}

func newDoctor() *cobra.Command {
	var c checkup
	cmd := &cobra.Command{
		Use:   "doctor",
		Short: "Check what a server needs from this host, the database and etcd",
		Long: `Check what a server needs and say what to do about what is wrong. Give it the
settings of the server, best by the same --config file: with --etcd it looks at
a host of a cluster, else at a standalone. Nothing is changed; a server may run.

Exit codes: 0 nothing has to be mended (there may be warnings), 1 something has.`,
		Example: `  porpoise doctor --data-dir /var/lib/porpoise
  porpoise doctor --config /etc/porpoise/porpoise.yaml -o json`,
		RunE: func(cmd *cobra.Command, _ []string) error { return c.run(cmd) },
	}
	f := cmd.Flags()
	f.StringVarP(&c.output, "output", "o", "text", "text or json")
	c.data.add(f)
	c.cluster.add(f)
	f.Lookup("database").Usage += " (default the file of a standalone in DATA-DIR)"
	f.StringVar(&c.listen, "listen", "127.0.0.1:12345", "address of the HTTP API")
	c.worker.add(f, false)
	return configured(cmd)
}

func (c *checkup) run(cmd *cobra.Command) error {
	if c.output != "text" && c.output != "json" {
		return fmt.Errorf("setting output: %q is neither text nor json", c.output)
	}
	if err := c.data.locate(); err != nil {
		return err
	}
	findings := doctor.Examine(cmd.Context(), c.checks())
	write := doctor.WriteText
	if c.output == "json" {
		write = doctor.WriteJSON
	}
	if err := write(cmd.OutOrStdout(), findings); err != nil {
		return err
	}
	if doctor.Failed(findings) {
		return quiet{errors.New("something has to be mended")}
	}
	return nil
}

func (c *checkup) standalone() bool { return len(c.cluster.etcd) == 0 }

func (c *checkup) checks() []doctor.Check {
	list := []doctor.Check{
		doctor.Space("disk space", c.data.dir), doctor.Sync(c.data.dir),
		doctor.Key(c.data.secretFile, !c.standalone()),
		doctor.Files(), doctor.Clock(),
		doctor.Port("port of the API", c.listen, inUse(c.data.dir)),
		{Name: "server", Look: c.lookAtServer},
		{Name: "database", Look: c.lookAtDatabase},
	}
	if !c.standalone() {
		list = append(list, doctor.Check{Name: "etcd", Look: c.lookAtEtcd})
	}
	return append(list,
		doctor.Containment(func() (string, error, error) { return worker.Containment(c.worker.containment) }),
		doctor.Check{Name: "work folder", Look: c.lookAtWork},
		doctor.Programs(c.programs()),
	)
}

// inUse says whether a process holds the data folder.
func inUse(dir string) bool {
	f, err := os.Open(filepath.Join(dir, "lock"))
	if err != nil {
		return false
	}
	defer f.Close()
	return errors.Is(syscall.Flock(int(f.Fd()), syscall.LOCK_SH|syscall.LOCK_NB), syscall.EWOULDBLOCK)
}

// lookAtServer asks a server that runs here whether it is ready.
func (c *checkup) lookAtServer(ctx context.Context) []doctor.Finding {
	if !inUse(c.data.dir) {
		return []doctor.Finding{{Status: doctor.Note, Found: "none runs on this data folder"}}
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+c.listen+"/readyz", nil)
	if err != nil {
		return []doctor.Finding{{Status: doctor.Warn, Found: err.Error()}}
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return []doctor.Finding{{Status: doctor.Warn, Found: "one runs on this data folder, and its API is not reached: " + err.Error(),
			Do: "give the --listen of that server; masters and workers have none"}}
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return []doctor.Finding{{Status: doctor.Warn, Found: "one runs and says that it is not ready: " + response.Status, Do: "see its log, and curl http://" + c.listen + "/readyz"}}
	}
	return []doctor.Finding{{Status: doctor.OK, Found: "one runs on this data folder and is ready"}}
}

// lookAtWork looks whether tenants reach the folder they work in.
func (c *checkup) lookAtWork(context.Context) []doctor.Finding {
	dir := c.worker.workDir
	if dir == "" {
		dir = filepath.Join(c.data.dir, "work")
	}
	shut := firstShut(dir)
	switch {
	case os.Geteuid() != 0 || shut == "":
		return []doctor.Finding{{Status: doctor.OK, Found: "tasks can enter " + dir}}
	case c.worker.workDir == "":
		return []doctor.Finding{{Status: doctor.Note, Found: "tenants cannot pass through " + shut + "; tasks work below " + sharedWork}}
	}
	return []doctor.Finding{{Status: doctor.Fail, Found: "tenants cannot pass through " + shut, Do: "chmod o+x " + shut + ", or give another --work-dir"}}
}

func (c *checkup) programs() []doctor.Program {
	return []doctor.Program{
		{Name: "sh", Kinds: "all", Required: true},
		{Name: c.worker.python, Kinds: "PYTHON", Homes: []string{"PYTHON_HOME"}},
		{Name: "spark-submit", Kinds: "SPARK", Homes: []string{"SPARK_HOME2", "SPARK_HOME"}},
		{Name: "flink", Kinds: "FLINK", Homes: []string{"FLINK_HOME"}},
		{Name: "hadoop", Kinds: "MR", Homes: []string{"HADOOP_HOME"}},
		{Name: "sqoop", Kinds: "SQOOP", Homes: []string{"SQOOP_HOME"}},
		{Name: "java", Kinds: "DATAX, SPARK, FLINK, MR and SQOOP", Homes: []string{"JAVA_HOME"}},
	}
}

// databaseURL is the one given, or that of a standalone.
func (c *checkup) databaseURL() string {
	if c.cluster.database == "" && c.standalone() {
		return standaloneDatabase(c.data.dir)
	}
	return c.cluster.database
}

// sqliteFile is the file behind a URL; "" of another database.
func sqliteFile(url string) string {
	file, ok := strings.CutPrefix(url, "sqlite://")
	if !ok {
		return ""
	}
	file, _, _ = strings.Cut(file, "?")
	return file
}
