package agent

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/porpoise-scheduler/porpoise/pkg/task"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
	"github.com/porpoise-scheduler/porpoise/proto/supervisorpb"
	"github.com/porpoise-scheduler/porpoise/proto/workerpb"
	"github.com/porpoise-scheduler/porpoise/worker/internal/tenant"
	"github.com/porpoise-scheduler/porpoise/worker/internal/workdir"
)

// prepareProcess does everything a process needs beforehand and hands its
// Start to the loop. Whatever is wrong fails the attempt, with the reason.
func (a *Agent) prepareProcess(ctx context.Context, e entry, as *workerpb.Assignment, kind task.Commander) {
	start, made, err := a.makeStart(ctx, e, as, kind)
	a.post(func() {
		t, ok := a.attempts[e.ID]
		if !ok || t.phase != preparing {
			return
		}
		t.stop = nil
		t.report.WorkDir, t.report.LogPath = a.Dirs.Path(e.ID), a.Logs.Path(e.ID)
		switch {
		case t.asked:
			a.finishWithout(t, workerpb.AttemptState_ATTEMPT_STATE_KILLED, t.reason)
		case err != nil && context.Cause(a.ctx) != nil:
			a.finishWithout(t, workerpb.AttemptState_ATTEMPT_STATE_LOST, errStopping.Error())
		case err != nil:
			a.finishWithout(t, workerpb.AttemptState_ATTEMPT_STATE_FAILED, secrets(as).Text(err.Error()))
		default:
			t.Scan, t.User = made.Scan, made.User
			start.Tag = t.encode()
			t.start, t.phase = start, starting
			a.sendStart(t)
		}
	})
}

// makeStart gives what to start, and the entry with what became known.
func (a *Agent) makeStart(ctx context.Context, e entry, as *workerpb.Assignment, kind task.Commander) (*supervisorpb.Start, entry, error) {
	var logPath, dir string
	var err error
	a.atDisk(func() { logPath, err = a.Logs.Begin(e.ID, firstLine(e, as)) })
	if err != nil {
		return nil, e, fmt.Errorf("making the log: %w", err)
	}
	who, err := a.Tenants.Resolve(ctx, as.GetTenant())
	if err != nil {
		return nil, e, err
	}
	owner := workdir.Owner{UID: who.UID, GID: who.GID}
	a.atDisk(func() { dir, err = a.Dirs.Make(e.ID, owner) })
	if err != nil {
		return nil, e, err
	}
	at, err := describe(as, dir)
	if err != nil {
		return nil, e, err
	}
	command, err := command(ctx, kind, at)
	if err != nil {
		return nil, e, err
	}
	if err := a.Dirs.Fill(ctx, e.ID, owner, files(command.Files), resources(as.GetResources())); err != nil {
		return nil, e, err
	}
	env := environment(as, who)
	maps.Copy(env, command.Env)
	if a.cfg.EnvFile != "" {
		command = through(a.cfg.EnvFile, command, dir)
	}
	path, err := lookPath(command.Path, env["PATH"], dir)
	if err != nil {
		return nil, e, err
	}
	e.Scan, e.User = command.ScanOutput, who.Name
	return &supervisorpb.Start{
		AttemptId: e.ID, Path: path, Args: command.Args, Env: list(env), WorkDir: dir, LogPath: logPath,
		Uid: int32(who.UID), Gid: int32(who.GID), Groups: groups(who.Groups),
		TimeoutMs: as.GetTimeoutMs(), KillWhenAlone: e.Rerun, LogLimit: a.cfg.LogLimit,
	}, e, nil
}

// command asks the kind; a panic in a kind fails the attempt only.
func command(ctx context.Context, kind task.Commander, at task.Attempt) (c task.Command, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("the kind %s panicked: %v", kind.ID(), p)
		}
	}()
	if planner, ok := kind.(task.Planner); ok {
		return planner.Plan(ctx, at)
	}
	return kind.Command(at)
}

func firstLine(e entry, as *workerpb.Assignment) string {
	return fmt.Sprintf("attempt %d (no. %d) of task %q (%s) of instance %d, tenant %q", e.ID, e.Number, e.Task, e.Kind, e.InstanceID, as.GetTenant())
}

// describe makes what a kind gets to know.
func describe(as *workerpb.Assignment, dir string) (task.Attempt, error) {
	var local []workflow.Property
	if raw := as.GetLocalParams(); len(raw) > 0 {
		if err := json.Unmarshal(raw, &local); err != nil {
			return task.Attempt{}, fmt.Errorf("reading the local parameters: %w", err)
		}
	}
	values, err := workerpb.DecodeValues(as.GetValues())
	if err != nil {
		return task.Attempt{}, err
	}
	at := task.Attempt{
		ID: as.GetAttemptId(), InstanceID: as.GetInstanceId(), Number: int(as.GetNumber()), Token: as.GetToken(),
		Task: as.GetTask(), Params: as.GetParams(), LocalParams: local, Values: values, WorkDir: dir,
		Tenant: as.GetTenant(), Queue: as.GetQueue(), Timeout: time.Duration(as.GetTimeoutMs()) * time.Millisecond,
	}
	err = supply(&at, as)
	return at, err
}

// environment is clean: nothing of the worker's own but the language. What
// identifies the attempt cannot be overridden.
func environment(as *workerpb.Assignment, who tenant.Identity) map[string]string {
	const ours = 10
	env := make(map[string]string, ours+len(as.GetEnv()))
	env["PATH"] = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
	env["HOME"], env["USER"], env["LOGNAME"] = who.Home, who.Name, who.Name
	env["LANG"] = cmp.Or(os.Getenv("LANG"), "C.UTF-8")
	maps.Copy(env, as.GetEnv())
	env["PORPOISE_INSTANCE_ID"] = strconv.FormatInt(as.GetInstanceId(), 10)
	env["PORPOISE_ATTEMPT_ID"] = strconv.FormatInt(as.GetAttemptId(), 10)
	env["PORPOISE_ATTEMPT_NUMBER"] = strconv.Itoa(int(as.GetNumber()))
	env["PORPOISE_FENCE_TOKEN"] = strconv.FormatInt(as.GetToken(), 10)
	env["PORPOISE_TASK"] = as.GetTask()
	return env
}

func list(env map[string]string) []string {
	l := make([]string, 0, len(env))
	for _, k := range slices.Sorted(maps.Keys(env)) {
		l = append(l, k+"="+env[k])
	}
	return l
}

// lookPath finds a program in the attempt's own PATH.
func lookPath(name, path, dir string) (string, error) {
	if strings.ContainsRune(name, filepath.Separator) {
		if !filepath.IsAbs(name) {
			name = filepath.Join(dir, name)
		}
		return name, nil
	}
	for _, d := range filepath.SplitList(path) {
		full := filepath.Join(d, name)
		if st, err := os.Stat(full); filepath.IsAbs(full) && err == nil && st.Mode().IsRegular() && st.Mode()&0o111 != 0 {
			return full, nil
		}
	}
	return "", fmt.Errorf("program %q is not in the PATH of the task, %s", name, path)
}

func files(list []task.File) []workdir.File {
	out := make([]workdir.File, 0, len(list))
	for _, f := range list {
		out = append(out, workdir.File{Name: f.Name, Data: f.Data, Mode: fs.FileMode(f.Mode)})
	}
	return out
}

func groups(list []int) []int32 {
	out := make([]int32, 0, len(list))
	for _, g := range list {
		out = append(out, int32(g))
	}
	return out
}
