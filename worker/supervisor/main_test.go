package supervisor

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/porpoise-scheduler/porpoise/proto/supervisorpb"
	"github.com/porpoise-scheduler/porpoise/worker/internal/contain"
)

// TestMain lets the test binary be the supervisor it tests.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == "supervisor" {
		ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
		defer stop()
		if err := Main(ctx, os.Args[2:]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	goleak.VerifyTestMain(m)
}

// rig is a supervisor process and a client attached to it.
type rig struct {
	t         testing.TB
	dir       string
	mode      contain.Mode
	killAfter time.Duration
	cmd       *exec.Cmd

	client *client
}

func newRig(t testing.TB, mode contain.Mode) *rig {
	t.Helper()
	return newImpatientRig(t, mode, time.Hour)
}

// newImpatientRig is a rig whose supervisor ends re-runnable attempts when it
// is not renewed for so long.
func newImpatientRig(t testing.TB, mode contain.Mode, killAfter time.Duration) *rig {
	t.Helper()
	r := &rig{t: t, dir: t.TempDir(), mode: mode, killAfter: killAfter}
	if err := os.Chmod(filepath.Dir(r.dir), 0o755); err != nil { // tenants work below it
		t.Fatal(err)
	}
	for _, sub := range []string{"logs", "work"} {
		if err := os.Mkdir(filepath.Join(r.dir, sub), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	r.startSupervisor()
	t.Cleanup(r.stop)
	return r
}

func (r *rig) startSupervisor() {
	r.t.Helper()
	c := Config{Dir: r.dir, Containment: r.mode, Grace: 300 * time.Millisecond, KillAfter: r.killAfter}
	r.cmd = exec.Command(os.Args[0], append([]string{"supervisor"}, c.Args()...)...)
	r.cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	r.cmd.Stderr = os.Stderr
	if !testing.Verbose() {
		r.cmd.Stderr = nil
	}
	if err := r.cmd.Start(); err != nil {
		r.t.Fatal(err)
	}
	r.attach()
}

func (r *rig) stop() {
	r.client.close()
	r.cmd.Process.Signal(syscall.SIGTERM)
	r.cmd.Wait()
}

func (r *rig) attach() {
	r.t.Helper()
	if r.client != nil {
		r.client.close()
	}
	r.client = attach(r.t, r.dir)
}

// start begins `sh -c script`.
func (r *rig) start(id int64, script string, change ...func(*supervisorpb.Start)) {
	r.t.Helper()
	work := filepath.Join(r.dir, "work", fmt.Sprint(id))
	if err := os.MkdirAll(work, 0o755); err != nil {
		r.t.Fatal(err)
	}
	s := &supervisorpb.Start{
		AttemptId: id, Path: "/bin/sh", Args: []string{"-c", script}, Env: []string{"PATH=/usr/bin:/bin"},
		WorkDir: work, LogPath: r.logPath(id), Uid: -1, Tag: []byte(fmt.Sprint("tag", id)),
	}
	for _, c := range change {
		c(s)
	}
	r.client.send(&supervisorpb.Request{Msg: &supervisorpb.Request_Start{Start: s}})
}

func (r *rig) kill(id int64, grace time.Duration) {
	r.client.send(&supervisorpb.Request{Msg: &supervisorpb.Request_Kill{Kill: &supervisorpb.Kill{
		AttemptId: id, GraceMs: grace.Milliseconds(), Reason: "asked"}}})
}

func (r *rig) forget(ids ...int64) {
	r.client.send(&supervisorpb.Request{Msg: &supervisorpb.Request_Forget{Forget: &supervisorpb.Forget{AttemptIds: ids}}})
}

func (r *rig) logPath(id int64) string { return filepath.Join(r.dir, "logs", fmt.Sprint(id)) }

func (r *rig) readLog(id int64) string {
	b, err := os.ReadFile(r.logPath(id))
	if err != nil {
		r.t.Fatal(err)
	}
	return string(b)
}

// awaitLog waits until the attempt wrote s.
func (r *rig) awaitLog(id int64, s string) {
	r.t.Helper()
	await(r.t, "log line "+s, func() bool {
		b, _ := os.ReadFile(r.logPath(id))
		return strings.Contains(string(b), s)
	})
}

// patience bounds every wait. It only shows in tests that fail.
const patience = 2 * time.Minute

// await polls a condition of other processes, which cannot tell us.
func await(t testing.TB, what string, cond func() bool) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	deadline := time.After(patience)
	for !cond() {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("waited in vain for %s", what)
		}
	}
}

// client is an attached worker.
type client struct {
	t        testing.TB
	stop     func()
	stream   supervisorpb.Supervisor_AttachClient
	attached *supervisorpb.Attached

	mu     sync.Mutex
	states map[int64]*supervisorpb.Process
	change chan struct{} // closed at a change
	ended  int
	gone   chan struct{} // the stream ended
}

func attach(t testing.TB, dir string) *client {
	t.Helper()
	conn, err := Dial(dir)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	c := &client{t: t, states: map[int64]*supervisorpb.Process{}, change: make(chan struct{}), gone: make(chan struct{})}
	deadline := time.Now().Add(patience)
	for {
		if c.tryAttach(ctx, supervisorpb.NewSupervisorClient(conn)) {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("the supervisor does not answer")
		}
		conn.ResetConnectBackoff()
		wait(ctx, 5*time.Millisecond)
	}
	go c.receive()
	c.stop = sync.OnceFunc(func() { cancel(); <-c.gone; conn.Close() })
	return c
}

func (c *client) tryAttach(ctx context.Context, api supervisorpb.SupervisorClient) bool {
	stream, err := api.Attach(ctx)
	if err != nil {
		return false
	}
	if err := stream.Send(&supervisorpb.Request{Msg: &supervisorpb.Request_Attach{Attach: &supervisorpb.Attach{Incarnation: "test"}}}); err != nil {
		return false
	}
	reply, err := stream.Recv()
	if err != nil {
		return false
	}
	c.stream, c.attached = stream, reply.GetAttached()
	for _, p := range c.attached.GetProcesses() {
		c.states[p.GetAttemptId()] = p
	}
	return true
}

func (c *client) close() { c.stop() }

func (c *client) send(r *supervisorpb.Request) {
	if err := c.stream.Send(r); err != nil {
		c.t.Errorf("sending: %v", err)
	}
}

func (c *client) receive() {
	defer close(c.gone)
	for {
		reply, err := c.stream.Recv()
		if err != nil {
			return
		}
		c.mu.Lock()
		for _, p := range reply.GetEvents().GetProcesses() {
			if p.GetEnded() && !c.states[p.GetAttemptId()].GetEnded() {
				c.ended++
			}
			c.states[p.GetAttemptId()] = p
		}
		close(c.change)
		c.change = make(chan struct{})
		c.mu.Unlock()
	}
}

// until waits for a state of an attempt.
func (c *client) until(id int64, what string, ok func(*supervisorpb.Process) bool) *supervisorpb.Process {
	c.t.Helper()
	limit := time.After(patience)
	for {
		c.mu.Lock()
		p, change := c.states[id], c.change
		c.mu.Unlock()
		if p != nil && ok(p) {
			return p
		}
		select {
		case <-change:
		case <-limit:
			c.t.Fatalf("attempt %d was not %s: %v", id, what, p)
		}
	}
}

func (c *client) untilEnded(id int64) *supervisorpb.Process {
	c.t.Helper()
	return c.until(id, "ended", (*supervisorpb.Process).GetEnded)
}

func (c *client) untilRunning(id int64) *supervisorpb.Process {
	c.t.Helper()
	return c.until(id, "running", func(p *supervisorpb.Process) bool { return p.GetPid() > 0 })
}

func (c *client) untilCount(n int) {
	c.t.Helper()
	limit := time.After(patience)
	for {
		c.mu.Lock()
		ended, change := c.ended, c.change
		c.mu.Unlock()
		if ended >= n {
			return
		}
		select {
		case <-change:
		case <-limit:
			c.t.Fatalf("%d of %d ended", ended, n)
		}
	}
}
