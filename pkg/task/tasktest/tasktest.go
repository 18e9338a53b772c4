// Package tasktest is the suite that every kind of task passes. Commanders are
// run as plain processes, runners in the test.
package tasktest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/porpoise-scheduler/porpoise/pkg/param"
	"github.com/porpoise-scheduler/porpoise/pkg/task"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// Attempt is one to run and what is expected of it. It knows day (20240102), n
// (7), and what Values adds; its base time is 2024-01-02 03:04:05 in Shanghai.
type Attempt struct {
	Params   json.RawMessage
	Values   map[string]string
	Output   string // the whole log of a Commander, a part of a Runner's; ${WORKDIR} is known
	ExitCode int    // when it fails; 0: any but 0
	Vars     map[string]string

	LocalParams []workflow.Property
	DataSources []workflow.DataSource
	Receivers   []string
	Resources   []task.Resource
	Env         map[string]string // in addition
	Queue       string
	// Secret must not be in a Commander's arguments or environment, in a file
	// that others may read, or in any log.
	Secret string
}

// Cases are what the suite needs to know of a kind.
type Cases struct {
	ID       workflow.Kind
	Invalid  map[string]string // parameters, and the field their error names
	Succeeds []Attempt
	Fails    []Attempt
	Endless  []Attempt // end only when killed, after they wrote Output
	// Needs lists what a Needer needs for parameters; nil when they are invalid.
	Needs map[string]*task.Needs
}

// patience bounds what should happen at once.
const patience = 30 * time.Second

// Run exercises a kind.
func Run(t *testing.T, kind task.Kind, c Cases) {
	t.Run("identity", func(t *testing.T) {
		if kind.ID() != c.ID {
			t.Errorf("the kind is %s", kind.ID())
		}
		_, isCommander := kind.(task.Commander)
		_, isRunner := kind.(task.Runner)
		if isCommander == isRunner {
			t.Error("a kind is either a Commander or a Runner")
		}
	})
	t.Run("validation", func(t *testing.T) { validation(t, kind, c) })
	for _, a := range c.Succeeds {
		t.Run("succeeds", func(t *testing.T) { ends(t, kind, a, true) })
	}
	for _, a := range c.Fails {
		t.Run("fails", func(t *testing.T) { ends(t, kind, a, false) })
	}
	for _, a := range c.Endless {
		t.Run("is killed", func(t *testing.T) { isKilled(t, kind, a) })
		t.Run("ends at its time limit", func(t *testing.T) { timesOut(t, kind, a) })
	}
	t.Run("needs", func(t *testing.T) { needs(t, kind, c) })
	t.Run("invalid parameters do not run", func(t *testing.T) { invalidDoesNotRun(t, kind, c) })
}

func validation(t *testing.T, kind task.Kind, c Cases) {
	for params, field := range c.Invalid {
		err := kind.Validate(json.RawMessage(params))
		var e *workflow.Error
		if !errors.As(err, &e) || e.Code != workflow.Invalid || e.Field != field {
			t.Errorf("%s: %v, want an invalid %s", params, err, field)
		}
	}
	for _, list := range [][]Attempt{c.Succeeds, c.Fails, c.Endless} {
		for _, a := range list {
			if err := kind.Validate(a.Params); err != nil {
				t.Errorf("%.200s: %v", a.Params, err)
			}
		}
	}
}

// invalidDoesNotRun hands parameters that were never validated to an attempt.
func invalidDoesNotRun(t *testing.T, kind task.Kind, c Cases) {
	for params := range c.Invalid {
		switch k := kind.(type) {
		case task.Commander:
			if command, err := k.Command(attempt(t, Attempt{Params: json.RawMessage(params)})); err == nil {
				t.Errorf("%s: a command %v", params, command.Args)
			}
		case task.Runner:
			// A runner without required parameters may as well succeed; it must
			// come back.
			_, _, wait := start(t, kind, Attempt{Params: json.RawMessage(params)})
			wait(t)
		}
	}
}

// attempt makes what a worker would.
func attempt(t *testing.T, a Attempt) task.Attempt {
	t.Helper()
	zone, err := time.LoadLocation("Asia/Shanghai")
	if err != nil {
		t.Fatal(err)
	}
	values := param.Builtins(param.Context{Base: time.Date(2024, 1, 2, 3, 4, 5, 0, zone), InstanceID: 1, TaskID: 2, TaskName: "task"})
	values["day"], values["n"] = "20240102", "7"
	for k, v := range a.Values {
		values[k] = v
	}
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return task.Attempt{
		ID: 2, InstanceID: 1, Number: 1, Token: 1, Task: "task", Params: a.Params, Values: values, WorkDir: dir,
		LocalParams: a.LocalParams, DataSources: a.DataSources, Receivers: a.Receivers,
		Resources: a.Resources, Queue: a.Queue,
	}
}

// environment is what the attempt's process gets beside what its kind adds.
func environment(a Attempt) map[string]string {
	env := map[string]string{"PATH": os.Getenv("PATH"), "LANG": "C.UTF-8"}
	maps.Copy(env, a.Env)
	return env
}

func ends(t *testing.T, kind task.Kind, a Attempt, ok bool) {
	log, _, wait := start(t, kind, a)
	result := wait(t)
	keepsSecret(t, kind, a, log.String())
	if result.OK != ok || (ok && result.ExitCode != 0) || (!ok && result.ExitCode == 0) {
		t.Errorf("%.200s: %+v, log %q", a.Params, result, log.String())
	}
	if !ok && a.ExitCode != 0 && result.ExitCode != a.ExitCode {
		t.Errorf("%.200s: exit code %d, want %d", a.Params, result.ExitCode, a.ExitCode)
	}
	for name, want := range a.Vars {
		if result.Vars[name] != want {
			t.Errorf("%.200s: %s is %q, want %q", a.Params, name, result.Vars[name], want)
		}
	}
	log.check(t, kind, a)
}

func isKilled(t *testing.T, kind task.Kind, a Attempt) {
	log, kill, wait := start(t, kind, a)
	log.await(t, a.Output)
	kill()
	if result := wait(t); result.OK || result.ExitCode == 0 {
		t.Errorf("%.200s: %+v", a.Params, result)
	}
}

// timesOut lets the attempt's time end as a worker does, whatever it has come
// to by then.
func timesOut(t *testing.T, kind task.Kind, a Attempt) {
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	_, _, wait := startIn(ctx, t, kind, a)
	if result := wait(t); result.OK || result.ExitCode == 0 {
		t.Errorf("%.200s: %+v", a.Params, result)
	}
}

// start runs an attempt. wait waits for its end; it is bounded.
func start(t *testing.T, kind task.Kind, a Attempt) (log *logBuffer, kill func(), wait func(*testing.T) task.Result) {
	t.Helper()
	return startIn(t.Context(), t, kind, a)
}

func startIn(ctx context.Context, t *testing.T, kind task.Kind, a Attempt) (log *logBuffer, kill func(), wait func(*testing.T) task.Result) {
	t.Helper()
	ctx, kill = context.WithCancel(ctx)
	t.Cleanup(kill)
	made := attempt(t, a)
	log = &logBuffer{dir: made.WorkDir, grown: make(chan struct{}, 1)}
	ended := make(chan task.Result, 1)
	go func() {
		switch k := kind.(type) {
		case task.Runner:
			ended <- k.Run(ctx, made, log)
		case task.Commander:
			ended <- process(ctx, k, made, environment(a), log)
		}
	}()
	return log, kill, func(t *testing.T) task.Result {
		t.Helper()
		select {
		case result := <-ended:
			return result
		case <-time.After(patience):
			t.Fatalf("still runs; log %q", log.String())
			return task.Result{}
		}
	}
}

func command(ctx context.Context, kind task.Commander, a task.Attempt) (task.Command, error) {
	if planner, ok := kind.(task.Planner); ok {
		return planner.Plan(ctx, a)
	}
	return kind.Command(a)
}

// process does what the supervisor does, without its containment.
func process(ctx context.Context, kind task.Commander, a task.Attempt, env map[string]string, log io.Writer) task.Result {
	c, err := command(ctx, kind, a)
	if err != nil {
		return task.Result{ExitCode: -1, Reason: err.Error()}
	}
	for _, file := range c.Files {
		mode := os.FileMode(file.Mode)
		if mode == 0 {
			mode = 0o600
		}
		if err := os.WriteFile(filepath.Join(a.WorkDir, filepath.Base(file.Name)), file.Data, mode); err != nil {
			return task.Result{ExitCode: -1, Reason: err.Error()}
		}
	}
	cmd := exec.CommandContext(ctx, c.Path, c.Args...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = a.WorkDir, log, log
	cmd.WaitDelay = time.Second
	for _, part := range []map[string]string{env, c.Env} {
		for k, v := range part {
			cmd.Env = append(cmd.Env, k+"="+v)
		}
	}
	err = cmd.Run()
	if cmd.ProcessState == nil {
		return task.Result{ExitCode: -1, Reason: err.Error()}
	}
	return task.Result{OK: err == nil, ExitCode: cmd.ProcessState.ExitCode()}
}

// logBuffer is a log that can be waited on.
type logBuffer struct {
	dir   string
	mu    sync.Mutex
	data  bytes.Buffer
	grown chan struct{}
}

func (l *logBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	select {
	case l.grown <- struct{}{}:
	default:
	}
	return l.data.Write(p)
}

// String gives the log so far.
func (l *logBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.data.String()
}

func (l *logBuffer) await(t *testing.T, text string) {
	t.Helper()
	deadline := time.After(patience)
	for !strings.Contains(l.String(), text) {
		select {
		case <-l.grown:
		case <-deadline:
			t.Fatalf("the log is %q, without %q", l.String(), text)
		}
	}
}

func (l *logBuffer) check(t *testing.T, kind task.Kind, a Attempt) {
	t.Helper()
	want := strings.ReplaceAll(a.Output, "${WORKDIR}", l.dir)
	got := l.String()
	if _, isRunner := kind.(task.Runner); isRunner {
		if !strings.Contains(got, want) {
			t.Errorf("%.200s: log %q, want %q in it", a.Params, got, want)
		}
		return
	}
	if a.Output != "" && got != want {
		t.Errorf("%.200s: log %q, want %q", a.Params, got, want)
	}
}
