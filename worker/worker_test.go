package worker_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/porpoise-scheduler/porpoise/proto/workerpb"
	"github.com/porpoise-scheduler/porpoise/worker"
)

const (
	succeeded = workerpb.AttemptState_ATTEMPT_STATE_SUCCEEDED
	failed    = workerpb.AttemptState_ATTEMPT_STATE_FAILED
	killed    = workerpb.AttemptState_ATTEMPT_STATE_KILLED
	lost      = workerpb.AttemptState_ATTEMPT_STATE_LOST
	isRunning = workerpb.AttemptState_ATTEMPT_STATE_RUNNING
)

func TestAttemptsRunAndAreReported(t *testing.T) {
	r := newRig(t, func(c *worker.Config) { c.KeepWorkDirs = true; c.Slots = 20 })
	m := r.master
	m.awaitCredit(20)
	m.dispatch(1, "SHELL", "echo '${setValue(rows=3)}'; env | grep PORPOISE_ | grep -v CONTAINMENT | sort; id -un; cat lib/x; exit 0", func(a *workerpb.Assignment) {
		a.Env = map[string]string{"MINE": "1"}
		a.Resources = []*workerpb.Resource{hello("lib/x")}
	})
	m.dispatch(2, "SHELL", "exit 7")
	m.dispatch(3, "SHELL", "kill -ABRT $$")
	m.dispatch(4, "SHELL", "sleep 100", func(a *workerpb.Assignment) { a.TimeoutMs = 100 })
	m.dispatch(5, "NOOP", "")
	m.dispatch(6, "WAITER", "", func(a *workerpb.Assignment) { a.TimeoutMs = 100 })
	m.dispatch(7, "PANICKER", "")
	m.dispatch(8, "SHELL", "true", func(a *workerpb.Assignment) { a.Tenant = "no-such-user" })
	m.dispatch(9, "SHELL", "true", func(a *workerpb.Assignment) { a.Tenant = "" })
	m.dispatch(10, "SHELL", "true", func(a *workerpb.Assignment) {
		a.Resources = []*workerpb.Resource{hello("../../x")}
	})
	m.dispatch(11, "SHELL", "", func(a *workerpb.Assignment) { a.Params = []byte("{") })

	one := m.untilEnded(1)
	assertEnd(t, one, succeeded, 0, "")
	if one.GetVars()["rows"] != "3" || one.GetPid() == 0 || one.GetEndUnixMs() < one.GetStartUnixMs() || one.GetEpoch() != 1 {
		t.Errorf("report %v", one)
	}
	log := r.readLog(1)
	for _, want := range []string{
		"attempt 1 (no. 2) of task \"the task\" (SHELL) of instance 77",
		"PORPOISE_ATTEMPT_ID=1\nPORPOISE_ATTEMPT_NUMBER=2\nPORPOISE_FENCE_TOKEN=5\nPORPOISE_INSTANCE_ID=77\nPORPOISE_TASK=the task\n",
		"hello", "attempt 1 succeeded, exit status 0",
	} {
		if !strings.Contains(log, want) {
			t.Errorf("no %q in the log %q", want, log)
		}
	}
	if os.Getuid() == 0 && !strings.Contains(log, "\nnobody\n") {
		t.Errorf("it did not run as its tenant: %q", log)
	}
	// A start that was not sent before the end is told with it.
	if h := m.statesOf(1); !slices.Equal(h, []workerpb.AttemptState{isRunning, succeeded}) && !slices.Equal(h, []workerpb.AttemptState{succeeded}) {
		t.Errorf("history %v", h)
	}
	assertEnd(t, m.untilEnded(2), failed, 7, "exit status 7")
	assertEnd(t, m.untilEnded(3), failed, 134, "signal 6")
	assertEnd(t, m.untilEnded(4), failed, m.untilEnded(4).GetExitCode(), "timed out after 100ms")
	assertEnd(t, m.untilEnded(5), succeeded, 0, "")
	assertEnd(t, m.untilEnded(6), failed, 1, "timed out after 100ms")
	assertEnd(t, m.untilEnded(7), failed, -1, "panicked: oh dear")
	assertEnd(t, m.untilEnded(8), failed, -1, `tenant "no-such-user"`)
	assertEnd(t, m.untilEnded(9), failed, -1, "tenant")
	assertEnd(t, m.untilEnded(10), failed, -1, "out of the work directory")
	assertEnd(t, m.untilEnded(11), failed, -1, "")
	m.awaitCredit(20) // every slot came back

	m.claim(1, 1)
	m.until("an inventory", func() bool { return len(m.listed) > 0 })
	if n := len(m.inventory(0).GetAttempts()); n != 0 {
		t.Errorf("%d attempts are known after they were acknowledged", n)
	}
}

func (r *rig) readLog(id int64) string {
	r.t.Helper()
	b, err := os.ReadFile(logIn(r.dir, id))
	if err != nil {
		r.t.Fatal(err)
	}
	return string(b)
}

func logIn(dir string, id int64) string {
	return filepath.Join(dir, "logs", strconv.FormatInt(id/1000, 10), fmt.Sprintf("%d.log", id))
}

// awaitText waits until a file holds the text.
func awaitText(t testing.TB, path, text string) {
	t.Helper()
	await(t, fmt.Sprintf("%q in %s", text, path), func() bool {
		b, _ := os.ReadFile(path)
		return strings.Contains(string(b), text)
	})
}

// gateIn gives what makes a script wait until the test opens the gate: what a
// script is still doing must not depend on how fast the test is.
func gateIn(t testing.TB, dir string) (wait string, open func()) {
	path := filepath.Join(dir, "gate-of-the-test")
	return "until [ -e " + path + " ]; do sleep 0.02; done; ", func() {
		t.Helper()
		if err := os.WriteFile(path, nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func TestRefusals(t *testing.T) {
	r := newRig(t, func(c *worker.Config) { c.Slots = 1 })
	m := r.master
	m.awaitCredit(1)
	m.claim(5, 2)
	m.until("an inventory", func() bool { return len(m.listed) == 1 })
	for id, c := range map[int64]struct {
		change func(*workerpb.Assignment)
		want   string
	}{
		1: {func(a *workerpb.Assignment) { a.Incarnation = "other" }, "another life"},
		2: {func(a *workerpb.Assignment) { a.Shard, a.Epoch = 2, 4 }, "older owner"},
		3: {func(a *workerpb.Assignment) { a.Kind = "MAGIC" }, "kind"},
	} {
		m.dispatch(id, "NOOP", "", c.change)
		if why := m.untilRefused(id); !strings.Contains(why, c.want) {
			t.Errorf("attempt %d: %q", id, why)
		}
		m.awaitCredit(1) // it came back
	}
	m.dispatch(10, "WAITER", "")
	m.untilRunning(10)
	m.dispatch(11, "NOOP", "")
	if why := m.untilRefused(11); !strings.Contains(why, "slot") {
		t.Errorf("without credit: %q", why)
	}
	m.kill(10)
	assertEnd(t, m.untilEnded(10), killed, 1, "asked")
}

func TestFullDiskTakesNoWork(t *testing.T) {
	r := newRig(t, func(c *worker.Config) { c.MinFreeBytes = 1 << 62 })
	r.master.awaitCredit(4)
	r.master.dispatch(1, "NOOP", "")
	if why := r.master.untilRefused(1); !strings.Contains(why, "disk") {
		t.Errorf("refused because %q", why)
	}
}

func TestKnownAttemptIsNotStartedAgain(t *testing.T) {
	r := newRig(t)
	m := r.master
	m.update(func() { m.holdAcks = true })
	m.awaitCredit(4)
	script := "echo x >> " + r.journal() + "; sleep 0.3"
	for range 3 {
		m.dispatch(1, "SHELL", script)
	}
	m.untilEnded(1)
	m.dispatch(1, "SHELL", script, func(a *workerpb.Assignment) { a.Epoch = 2 })
	m.until("the report under the new epoch", func() bool { return m.states[1].GetEpoch() == 2 })
	m.awaitCredit(4)
	if b, _ := os.ReadFile(r.journal()); string(b) != "x\n" {
		t.Errorf("it ran %d times", len(b)/2)
	}
}

// journal is a file every tenant may write to.
func (r *rig) journal() string { return journalIn(r.t, r.dir) }

func journalIn(t testing.TB, dir string) string {
	t.Helper()
	path := filepath.Join(dir, "journal-of-the-test")
	f, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND, 0o666)
	if err != nil {
		t.Fatal(err)
	}
	f.Chmod(0o666)
	f.Close()
	return path
}

func TestKill(t *testing.T) {
	r := newRig(t)
	m := r.master
	m.awaitCredit(4)
	r.journal() // first: a tenant may write to it, but not create it
	m.dispatch(1, "SHELL", "setsid sleep 300 & echo $! > ../../journal-of-the-test; sleep 300")
	m.dispatch(2, "WAITER", "")
	m.dispatch(3, "SHELL", "true", func(a *workerpb.Assignment) {
		a.Resources = []*workerpb.Resource{hello("x")}
		a.Resources[0].Key, a.Resources[0].Sha256 = "slow", strings.Repeat("0", 64)
	})
	m.untilRunning(1)
	m.untilRunning(2)
	await(t, "the child", func() bool { b, _ := os.ReadFile(r.journal()); return strings.HasSuffix(string(b), "\n") })
	for _, id := range []int64{1, 2, 3, 4} {
		m.kill(id)
	}
	for _, id := range []int64{1, 2, 3, 4} { // 4 was never here
		if e := m.untilEnded(id); e.GetState() != killed {
			t.Errorf("attempt %d: %v", id, e)
		}
	}
	b, _ := os.ReadFile(r.journal())
	if pid, _ := strconv.Atoi(strings.TrimSpace(string(b))); pid == 0 || alive(pid) {
		t.Errorf("process %d survived", pid)
	}
	m.awaitCredit(4)
}

func TestKilledBeforeItCameIsNeverStarted(t *testing.T) {
	r := newRig(t)
	m := r.master
	m.update(func() { m.holdAcks = true })
	m.awaitCredit(4)
	m.kill(1)
	m.untilEnded(1)
	m.dispatch(1, "SHELL", "echo x >> "+r.journal())
	m.dispatch(2, "SHELL", "true")
	m.untilEnded(2)
	if b, _ := os.ReadFile(r.journal()); len(b) > 0 {
		t.Error("it was started after its end was reported")
	}
}

// TestEscapesDoNotOutliveAKill is the worker's part of the matrix that the
// supervisor's tests run in full.
func TestEscapesDoNotOutliveAKill(t *testing.T) {
	r := newRig(t, func(c *worker.Config) { c.Slots = 10 })
	r.journal()
	m := r.master
	m.awaitCredit(10)
	escapes := []string{
		"sleep 300 & echo $! >> $J",
		"setsid sh -c 'echo $$ >> $J; exec sleep 300' &",
		"( ( sh -c 'echo $$ >> $J; exec sleep 300' & ) & )",
		"nohup sh -c 'echo $$ >> $J; exec sleep 300' >/dev/null 2>&1 &",
		"( cd /; setsid sh -c 'echo $$ >> $J; exec sleep 300' </dev/null >/dev/null 2>&1 & )",
		"( cd /; env -i J=$J setsid sh -c 'echo $$ >> $J; trap \"\" TERM; while :; do sleep 300; done' & )",
	}
	for i, e := range escapes {
		m.dispatch(int64(i+1), "SHELL", e+"\nsleep 300", func(a *workerpb.Assignment) {
			a.Env = map[string]string{"J": r.journal()}
		})
	}
	var pids []string
	await(t, "all escapes", func() bool {
		b, _ := os.ReadFile(r.journal())
		pids = strings.Fields(string(b))
		return len(pids) == len(escapes)
	})
	for i := range escapes {
		m.kill(int64(i + 1))
		if e := m.untilEnded(int64(i + 1)); e.GetState() != killed {
			t.Errorf("%s: %v", escapes[i], e)
		}
	}
	for _, p := range pids {
		if pid, _ := strconv.Atoi(p); alive(pid) {
			t.Errorf("process %d survived", pid)
		}
	}
}

func TestWorkDirectoriesAreRemoved(t *testing.T) {
	r := newRig(t)
	r.master.awaitCredit(4)
	r.master.dispatch(1, "SHELL", "mkdir -p a/b; echo x > a/b/c; pwd")
	r.master.untilEnded(1)
	await(t, "the removal", func() bool {
		left, _ := filepath.Glob(filepath.Join(r.dir, "work", "[0-9]*"))
		return len(left) == 0
	})
}

func TestStopLeavesProcessesToTheSupervisor(t *testing.T) {
	r := newRig(t)
	m := r.master
	m.update(func() { m.holdAcks = true })
	m.awaitCredit(4)
	wait, open := gateIn(t, r.dir)
	m.dispatch(1, "SHELL", wait+"exit 6")
	m.dispatch(2, "WAITER", "")
	m.untilRunning(1)
	m.untilRunning(2)
	r.stop()
	// What ran inside was reported before the stream ended.
	assertEnd(t, m.untilEnded(2), lost, 1, "stopped")
	if pid, ok := supervisorOf(r.dir); !ok || pid == 0 {
		t.Fatal("the supervisor ended with the worker")
	}
	open()
	r.run()
	m.until("the next life", func() bool { return m.hello.GetIncarnation() == r.worker.Incarnation() && m.stream != nil })
	m.claim(2, 1)
	assertEnd(t, m.untilEnded(1), failed, 6, "exit status 6")
	r.stop()
	await(t, "the end of an idle supervisor", func() bool { _, ok := supervisorOf(r.dir); return !ok })
}

func TestDrainWaits(t *testing.T) {
	r := newRig(t, func(c *worker.Config) { c.Drain = true })
	m := r.master
	m.awaitCredit(4)
	wait, open := gateIn(t, r.dir)
	m.dispatch(1, "SHELL", wait+"exit 6")
	m.untilRunning(1)
	stopped := make(chan struct{})
	go func() { defer close(stopped); r.stop() }()
	r.awaitDeregistration()
	open()
	<-stopped
	assertEnd(t, m.untilEnded(1), failed, 6, "")
	if _, ok := supervisorOf(r.dir); ok {
		await(t, "the end of the supervisor", func() bool { _, ok := supervisorOf(r.dir); return !ok })
	}
}

// awaitDeregistration waits until the registry tells that the worker stops.
func (r *rig) awaitDeregistration() {
	r.t.Helper()
	registry := r.reg.Coordinator()
	defer registry.Close()
	await(r.t, "the deregistration", func() bool {
		list, _ := registry.Members(r.t.Context(), "worker")
		return len(list) == 0
	})
}

func TestStoppingWorkerRefuses(t *testing.T) {
	r := newRig(t, func(c *worker.Config) { c.Drain = true; c.DrainTimeout = time.Minute })
	m := r.master
	m.awaitCredit(4)
	m.dispatch(1, "WAITER", "")
	m.untilRunning(1)
	stopped := make(chan struct{})
	go func() { defer close(stopped); r.stop() }()
	r.awaitDeregistration()
	m.dispatch(2, "NOOP", "")
	if why := m.untilRefused(2); !strings.Contains(why, "stopping") {
		t.Errorf("refused because %q", why)
	}
	m.kill(1)
	assertEnd(t, m.untilEnded(1), killed, 1, "asked")
	<-stopped
}
