package worker_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/porpoise-scheduler/porpoise/pkg/task"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
	"github.com/porpoise-scheduler/porpoise/proto/workerpb"
	"github.com/porpoise-scheduler/porpoise/worker"
)

// hello is a file that the rig's resource store has.
func hello(name string) *workerpb.Resource {
	return &workerpb.Resource{
		Id: 7, Name: name, Key: "k", Size: 5, Sha256: "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824",
	}
}

// talker says all it knows, secrets as well, in pieces.
type talker struct{}

func (talker) ID() workflow.Kind              { return "TALKER" }
func (talker) Validate(json.RawMessage) error { return nil }
func (talker) Run(_ context.Context, a task.Attempt, log io.Writer) task.Result {
	path, _ := a.Resource(7)
	content, err := os.ReadFile(filepath.Join(a.WorkDir, path))
	fmt.Fprintf(log, "%s holds %s %v\n", path, content, err)
	source, ok := a.DataSource(3)
	fmt.Fprintf(log, "source %v %s %s:%d %v\n", ok, source.Type, source.Connection.Host, source.Connection.Port, a.UDFs)
	for _, c := range "dsn user:" + source.Password + "@host\n" {
		fmt.Fprint(log, string(c))
	}
	fmt.Fprint(log, "it ends with half a secret: canary-4")
	return task.Result{Reason: "cannot log in with " + source.Password, AppLink: source.Password}
}

// TestSecretsStayInMemory sends a password along and looks for it in all that
// the worker leaves behind.
func TestSecretsStayInMemory(t *testing.T) {
	const password = "canary-4711-päßword"
	r := newRig(t, func(c *worker.Config) { c.KeepWorkDirs = true })
	r.master.awaitCredit(4)
	with := func(a *workerpb.Assignment) {
		a.Resources = []*workerpb.Resource{hello("lib/x")}
		a.DataSources = []*workerpb.DataSource{{Id: 3, Name: "db", Type: "MYSQL", Connection: []byte(`{"host":"h","port":3306}`), Password: password}}
		a.Udfs = []*workerpb.UDF{{Id: 9, Name: "f", ClassName: "C", Kind: "HIVE", ResourceId: 7}}
	}
	r.master.dispatch(1, "TALKER", "", with)
	r.master.dispatch(2, "SHELL", "cat lib/x", with)
	r.master.dispatch(3, "TALKER", "", func(a *workerpb.Assignment) {
		with(a)
		a.DataSources[0].Connection = []byte(password)
	})
	end := r.master.untilEnded(1)
	assertEnd(t, end, failed, -1, "cannot log in with ******")
	assertEnd(t, r.master.untilEnded(2), succeeded, 0, "")
	assertEnd(t, r.master.untilEnded(3), failed, -1, "settings of data source 3")
	log := r.readLog(1)
	for _, want := range []string{
		"lib/x holds hello <nil>\n", "source true MYSQL h:3306 [{9 0 HIVE f C", "dsn user:******@host\n", "half a secret: canary-4\n",
	} {
		if !strings.Contains(log, want) {
			t.Errorf("no %q in %q", want, log)
		}
	}
	if strings.Contains(fmt.Sprint(end, r.master.untilEnded(3)), password) {
		t.Errorf("a report shows it: %v", end)
	}
	looked := 0
	err := filepath.WalkDir(r.dir, func(path string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil // the worker runs: its files may go meanwhile
		}
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		b, err := os.ReadFile(path)
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if strings.Contains(string(b), password) {
			t.Errorf("%s holds the password", path)
		}
		looked++
		return err
	})
	if err != nil || looked < 3 {
		t.Errorf("looked into %d files: %v", looked, err)
	}
}

// TestTenantsDoNotReachTheCache lets one attempt spoil its copy and look for
// the cache; the next one gets the file as it was.
func TestTenantsDoNotReachTheCache(t *testing.T) {
	r := newRig(t)
	cache := filepath.Join(r.dir, "resources-cache")
	r.master.awaitCredit(4)
	with := func(a *workerpb.Assignment) { a.Resources = []*workerpb.Resource{hello("dir/x"), hello("y")} }
	r.master.dispatch(1, "SHELL", "stat -c '%a %h %U' dir/x; chmod u+w dir/x; echo spoilt > dir/x; cat dir/x y; ls '"+cache+"'; exit 0", with)
	assertEnd(t, r.master.untilEnded(1), succeeded, 0, "")
	log := r.readLog(1)
	if !strings.Contains(log, "\n500 1 ") || !strings.Contains(log, "spoilt\nhello") {
		t.Errorf("log %q", log)
	}
	if os.Getuid() == 0 && (!strings.Contains(log, "500 1 nobody") || !strings.Contains(log, "ermission denied")) {
		t.Errorf("the tenant sees too much, or owns too little: %q", log)
	}
	r.master.dispatch(2, "SHELL", "cat dir/x", with)
	assertEnd(t, r.master.untilEnded(2), succeeded, 0, "")
	if log := r.readLog(2); !strings.Contains(log, "hello") {
		t.Errorf("log %q", log)
	}
	kept, err := filepath.Glob(cache + "/*")
	if err != nil || len(kept) != 1 || filepath.Base(kept[0]) != hello("").Sha256 {
		t.Errorf("%v are in the cache, %v", kept, err)
	}
}

// TestEnvironmentFile checks that processes get what the operator's file sets,
// and that nothing of their commands is lost on the way.
func TestEnvironmentFile(t *testing.T) {
	file := filepath.Join(dataDir(t), "env file.sh")
	text := "export HOME_OF_SPARK='/opt/spark home'\nPLAIN=\"two words\"\nset -- these are not arguments\nfalse\n"
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	r := newRig(t, func(c *worker.Config) { c.EnvFile = file })
	r.master.awaitCredit(4)
	r.master.dispatch(1, "SHELL", `echo "[$HOME_OF_SPARK][$PLAIN][$#][$PORPOISE_ATTEMPT_ID]" 'a  "b" $c \d'; sh -c 'echo "<$PLAIN>"'; exit 5`)
	assertEnd(t, r.master.untilEnded(1), failed, 5, "exit status 5")
	if log, want := r.readLog(1), "[/opt/spark home][two words][0][1] a  \"b\" $c \\d\n<two words>\n"; !strings.Contains(log, want) {
		t.Errorf("log %q, want %q in it", log, want)
	}
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	r.master.dispatch(2, "SHELL", "echo it ran all the same")
	if end := r.master.untilEnded(2); end.GetState() != failed || !strings.Contains(r.readLog(2), "env file.sh") {
		t.Errorf("without the file: %v", end)
	}
	c := r.cfg
	c.DataDir = t.TempDir()
	if _, err := worker.New(c, deps(r.reg, nil)); err == nil || !strings.Contains(err.Error(), "environment file") {
		t.Errorf("a worker without its environment file: %v", err)
	}
}
