package worker_test

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"github.com/porpoise-scheduler/porpoise/pkg/coord"
	"github.com/porpoise-scheduler/porpoise/pkg/coord/memcoord"
	"github.com/porpoise-scheduler/porpoise/pkg/task"
	"github.com/porpoise-scheduler/porpoise/pkg/task/noop"
	"github.com/porpoise-scheduler/porpoise/pkg/task/shell"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
	"github.com/porpoise-scheduler/porpoise/proto/workerpb"
	"github.com/porpoise-scheduler/porpoise/worker"
	"github.com/porpoise-scheduler/porpoise/worker/supervisor"
)

// TestMain lets the test binary be the supervisor, and a worker that may be
// killed.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && (os.Args[1] == "supervisor" || os.Args[1] == "worker") {
		ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
		defer stop()
		run := supervisor.Main
		if os.Args[1] == "worker" {
			run = workerMain
		}
		if err := run(ctx, os.Args[2:]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	goleak.VerifyTestMain(m)
}

func workerMain(ctx context.Context, args []string) error {
	var master, manager string
	c := worker.Config{}
	f := flag.NewFlagSet("worker", flag.ContinueOnError)
	f.StringVar(&c.DataDir, "dir", "", "")
	f.StringVar(&master, "master", "", "")
	f.StringVar(&manager, "yarn", "", "")
	if err := f.Parse(args); err != nil {
		return err
	}
	reg := memcoord.New()
	registerMaster(ctx, reg, "m1", master)
	d := deps(reg, slog.New(slog.NewTextHandler(os.Stderr, nil)))
	if manager != "" {
		apps, err := askYARN(manager)
		if err != nil {
			return err
		}
		defer apps.Close()
		d.Applications = apps
	}
	w, err := worker.New(testConfig(c), d)
	if err != nil {
		return err
	}
	return w.Run(ctx)
}

func registerMaster(ctx context.Context, reg *memcoord.Registry, id, addr string) {
	c := reg.Coordinator()
	_, err := c.Register(ctx, coord.Member{ID: id, Role: coord.Master, Addr: addr, Incarnation: "i"}, time.Hour)
	if err != nil {
		panic(err)
	}
	context.AfterFunc(ctx, func() { c.Close() })
}

// addMaster lists m until the test ends.
func (r *rig) addMaster(m *master) {
	ctx, cancel := context.WithCancel(context.Background())
	r.t.Cleanup(cancel)
	registerMaster(ctx, r.reg, m.id, m.addr)
}

func testConfig(c worker.Config) worker.Config {
	c.ID, c.Addr = "w1", "127.0.0.1:1"
	if c.Slots == 0 {
		c.Slots = 4
	}
	c.Grace = 200 * time.Millisecond
	c.DefaultTenant = "nobody"
	c.StopTimeout = patience
	c.SupervisorCommand = []string{os.Args[0], "supervisor"}
	c.FollowEvery, c.FollowPatience = 10*time.Millisecond, cmp.Or(c.FollowPatience, time.Minute)
	if c.MinFreeBytes == 0 {
		c.MinFreeBytes = 1
	}
	return c
}

func deps(reg *memcoord.Registry, log *slog.Logger) worker.Deps {
	return worker.Deps{
		Coord: reg.Coordinator(), Log: log, Resources: blobs{},
		Kinds: task.NewRegistry(shell.New(), noop.New(), waiter{}, panicker{}, planner{}, talker{}),
		Dial: func(_ context.Context, addr string) (*grpc.ClientConn, error) {
			return grpc.NewClient(addr, grpc.WithTransportCredentials(insecure.NewCredentials()))
		},
	}
}

// waiter runs until it is told to stop.
type waiter struct{}

func (waiter) ID() workflow.Kind              { return "WAITER" }
func (waiter) Validate(json.RawMessage) error { return nil }
func (waiter) Run(ctx context.Context, a task.Attempt, log io.Writer) task.Result {
	fmt.Fprintln(log, "waiting")
	<-ctx.Done()
	return task.Result{ExitCode: 1, Reason: "interrupted"}
}

// planner asks for long, then runs a script.
type planner struct{ shell.Kind }

func (planner) ID() workflow.Kind { return "PLANNER" }
func (p planner) Plan(ctx context.Context, a task.Attempt) (task.Command, error) {
	c, err := p.Command(a)
	if err != nil || !strings.Contains(string(a.Params), "forever") {
		return c, err
	}
	<-ctx.Done()
	return c, ctx.Err()
}

type panicker struct{}

func (panicker) ID() workflow.Kind              { return "PANICKER" }
func (panicker) Validate(json.RawMessage) error { return nil }
func (panicker) Run(context.Context, task.Attempt, io.Writer) task.Result {
	panic("oh dear")
}

// blobs holds "hello" under every key but "slow", which never comes.
type blobs struct{}

func (blobs) Get(ctx context.Context, key string, _, _ int64) (io.ReadCloser, error) {
	if key == "slow" {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	return io.NopCloser(strings.NewReader("hello")), nil
}

// master is a master that does what the test says and remembers what the
// worker said.
type master struct {
	workerpb.UnimplementedDispatchServer
	t    testing.TB
	id   string
	addr string
	stop func()

	mu       sync.Mutex
	change   chan struct{}
	stream   workerpb.Dispatch_ConnectServer
	hello    *workerpb.Hello
	hellos   int
	credit   int
	wanted   int
	states   map[int64]*workerpb.Report
	history  map[int64][]workerpb.AttemptState
	refused  map[int64]string
	listed   []*workerpb.Inventory
	holdAcks bool
	ends     int
}

func newMaster(t testing.TB, id string) *master {
	t.Helper()
	m := &master{t: t, id: id, change: make(chan struct{}), states: map[int64]*workerpb.Report{},
		history: map[int64][]workerpb.AttemptState{}, refused: map[int64]string{}}
	m.listen("127.0.0.1:0")
	t.Cleanup(func() { m.stop() })
	return m
}

func (m *master) listen(addr string) {
	m.t.Helper()
	var l net.Listener
	// A master that comes back has a port that others may use for a moment.
	await(m.t, "the address "+addr, func() (ok bool) {
		var err error
		l, err = net.Listen("tcp", addr)
		return err == nil
	})
	m.addr = l.Addr().String()
	srv := grpc.NewServer()
	workerpb.RegisterDispatchServer(srv, m)
	var wg sync.WaitGroup
	wg.Go(func() { srv.Serve(l) })
	m.stop = sync.OnceFunc(func() { srv.Stop(); wg.Wait() })
}

func (m *master) Connect(s workerpb.Dispatch_ConnectServer) error {
	first, err := s.Recv()
	if err != nil {
		return err
	}
	m.update(func() {
		m.stream, m.hello, m.credit = s, first.GetHello(), 0
		m.hellos++
		err = s.Send(&workerpb.ToWorker{Msg: &workerpb.ToWorker_Welcome{Welcome: &workerpb.Welcome{MasterId: m.id}}})
	})
	if err != nil {
		return err
	}
	for {
		msg, err := s.Recv()
		if err != nil {
			m.update(func() {
				if m.stream == s {
					m.stream = nil
				}
			})
			if errors.Is(err, io.EOF) {
				return nil
			}
			return err
		}
		m.update(func() { m.received(s, msg) })
	}
}

// received runs under the lock.
func (m *master) received(s workerpb.Dispatch_ConnectServer, msg *workerpb.FromWorker) {
	switch msg := msg.GetMsg().(type) {
	case *workerpb.FromWorker_Credit:
		m.credit += int(msg.Credit.GetN())
	case *workerpb.FromWorker_CreditWanted:
		n := min(m.credit, int(msg.CreditWanted.GetN()))
		m.credit -= n
		m.wanted += n
		s.Send(&workerpb.ToWorker{Msg: &workerpb.ToWorker_CreditReturn{CreditReturn: &workerpb.CreditReturn{N: int32(n)}}})
	case *workerpb.FromWorker_Refused:
		m.refused[msg.Refused.GetAttemptId()] = msg.Refused.GetReason()
	case *workerpb.FromWorker_Inventory:
		m.listed = append(m.listed, msg.Inventory)
		for _, r := range msg.Inventory.GetAttempts() {
			m.note(r)
		}
	case *workerpb.FromWorker_Reports:
		var acks []int64
		for _, r := range msg.Reports.GetReports() {
			m.note(r)
			if r.GetState() != workerpb.AttemptState_ATTEMPT_STATE_RUNNING && !m.holdAcks {
				acks = append(acks, r.GetAttemptId())
			}
		}
		if len(acks) > 0 {
			s.Send(&workerpb.ToWorker{Msg: &workerpb.ToWorker_Ack{Ack: &workerpb.Ack{AttemptIds: acks}}})
		}
	}
}

func (m *master) note(r *workerpb.Report) {
	id := r.GetAttemptId()
	if r.GetState() != workerpb.AttemptState_ATTEMPT_STATE_RUNNING && m.states[id].GetState() <= workerpb.AttemptState_ATTEMPT_STATE_RUNNING {
		m.ends++
	}
	m.states[id] = r
	if h := m.history[id]; len(h) == 0 || h[len(h)-1] != r.GetState() {
		m.history[id] = append(h, r.GetState())
	}
}

func (m *master) update(f func()) {
	m.mu.Lock()
	defer m.mu.Unlock()
	f()
	close(m.change)
	m.change = make(chan struct{})
}

// until waits for a condition on what the worker said.
func (m *master) until(what string, cond func() bool) {
	m.t.Helper()
	limit := time.After(patience)
	for {
		m.mu.Lock()
		ok, change := cond(), m.change
		m.mu.Unlock()
		if ok {
			return
		}
		select {
		case <-change:
		case <-limit:
			m.t.Fatalf("master %s waited in vain for %s", m.id, what)
		}
	}
}

func (m *master) state(id int64) *workerpb.Report {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.states[id]
}

// statesOf gives the states of an attempt in order.
func (m *master) statesOf(id int64) []workerpb.AttemptState {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.history[id]
}

func (m *master) inventory(n int) *workerpb.Inventory {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.listed[n]
}

func (m *master) greeting() *workerpb.Hello {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.hello
}

func (m *master) send(msg *workerpb.ToWorker) {
	m.t.Helper()
	m.until("a stream", func() bool { return m.stream != nil })
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.stream != nil {
		m.stream.Send(msg)
	}
}

func (m *master) awaitCredit(n int) {
	m.t.Helper()
	m.until(fmt.Sprintf("%d credits", n), func() bool { return m.credit >= n })
}

func (m *master) claim(epoch int64, shards ...int32) {
	c := &workerpb.Claim{}
	for _, s := range shards {
		c.Shards = append(c.Shards, &workerpb.ShardClaim{Shard: s, Epoch: epoch})
	}
	m.send(&workerpb.ToWorker{Msg: &workerpb.ToWorker_Claim{Claim: c}})
}

// dispatch sends an attempt of shard 1 under epoch 1, if the change does not
// say otherwise.
func (m *master) dispatch(id int64, kind workflow.Kind, script string, change ...func(*workerpb.Assignment)) {
	m.t.Helper()
	m.until("a stream", func() bool { return m.stream != nil })
	params, err := json.Marshal(map[string]any{"rawScript": script, "resourceList": []any{}})
	if err != nil {
		m.t.Fatal(err)
	}
	a := &workerpb.Assignment{
		AttemptId: id, Shard: 1, Epoch: 1, InstanceId: 77, Number: 2, Token: 5, Task: "the task",
		Kind: string(kind), Params: params, Tenant: tenantName(),
	}
	m.update(func() { a.Incarnation = m.hello.GetIncarnation(); m.credit-- })
	for _, c := range change {
		c(a)
	}
	m.send(&workerpb.ToWorker{Msg: &workerpb.ToWorker_Dispatch{Dispatch: &workerpb.DispatchBatch{Assignments: []*workerpb.Assignment{a}}}})
}

// tenantName is a user that this process may run attempts as.
func tenantName() string { return "default" }

func (m *master) kill(id int64) {
	var incarnation string
	m.update(func() { incarnation = m.hello.GetIncarnation() })
	m.send(&workerpb.ToWorker{Msg: &workerpb.ToWorker_Kill{Kill: &workerpb.KillRequest{
		AttemptId: id, Shard: 1, Epoch: 1, Incarnation: incarnation, Reason: "asked"}}})
}

func (m *master) untilEnded(id int64) *workerpb.Report {
	m.t.Helper()
	var r *workerpb.Report
	m.until(fmt.Sprintf("the end of attempt %d", id), func() bool {
		r = m.states[id]
		return r.GetState() > workerpb.AttemptState_ATTEMPT_STATE_RUNNING
	})
	return r
}

func (m *master) untilRunning(id int64) *workerpb.Report {
	m.t.Helper()
	var r *workerpb.Report
	m.until(fmt.Sprintf("the start of attempt %d", id), func() bool {
		r = m.states[id]
		return r.GetStartUnixMs() > 0
	})
	return r
}

func (m *master) untilRefused(id int64) string {
	m.t.Helper()
	var why string
	m.until(fmt.Sprintf("the refusal of attempt %d", id), func() bool { why = m.refused[id]; return why != "" })
	return why
}

func assertEnd(t testing.TB, r *workerpb.Report, state workerpb.AttemptState, code int32, reason string) {
	t.Helper()
	if r.GetState() != state || r.GetExitCode() != code || !strings.Contains(r.GetReason(), reason) {
		t.Errorf("attempt %d: %v, exit %d, %q; want %v, %d, %q", r.GetAttemptId(), r.GetState(), r.GetExitCode(), r.GetReason(), state, code, reason)
	}
}

// rig is a worker in this process, with one master.
type rig struct {
	t      testing.TB
	dir    string
	reg    *memcoord.Registry
	cfg    worker.Config
	master *master
	worker *worker.Worker
	apps   task.Applications
	stop   func()
}

func dataDir(t testing.TB) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.Chmod(filepath.Dir(dir), 0o755); err != nil { // tenants work below it
		t.Fatal(err)
	}
	return dir
}

func newRig(t testing.TB, change ...func(*worker.Config)) *rig {
	t.Helper()
	return newFollowingRig(t, nil, change...)
}

// newFollowingRig is a rig with a cluster for its attempts.
func newFollowingRig(t testing.TB, apps task.Applications, change ...func(*worker.Config)) *rig {
	t.Helper()
	r := &rig{t: t, apps: apps, dir: dataDir(t), reg: memcoord.New(), master: newMaster(t, "m1")}
	r.cfg = testConfig(worker.Config{DataDir: r.dir})
	for _, c := range change {
		c(&r.cfg)
	}
	r.addMaster(r.master)
	r.run()
	t.Cleanup(func() {
		r.stop()
		r.endSupervisor()
	})
	return r
}

func (r *rig) run() {
	r.t.Helper()
	log := slog.New(slog.DiscardHandler)
	if testing.Verbose() {
		log = slog.New(slog.NewTextHandler(os.Stderr, nil))
	}
	d := deps(r.reg, log)
	d.Applications = r.apps
	w, err := worker.New(r.cfg, d)
	if err != nil {
		r.t.Fatal(err)
	}
	r.worker = w
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	wg.Go(func() {
		if err := w.Run(ctx); err != nil {
			r.t.Errorf("the worker ended with %v", err)
		}
	})
	r.stop = sync.OnceFunc(func() { cancel(); wg.Wait(); d.Coord.Close() })
}

// endSupervisor ends what the worker left to it.
func (r *rig) endSupervisor() { endSupervisorOf(r.t, r.dir) }

// endSupervisorOf waits for the end: until then files appear in dir, which is
// about to be removed.
func endSupervisorOf(t testing.TB, dir string) {
	t.Helper()
	if pid, ok := supervisorOf(dir); ok {
		syscall.Kill(pid, syscall.SIGTERM)
		await(t, "the end of the supervisor", func() bool { return !alive(pid) })
	}
}

// supervisorOf finds the supervisor of a data directory.
func supervisorOf(dir string) (int, bool) {
	entries, _ := os.ReadDir("/proc")
	for _, e := range entries {
		pid, err := strconv.Atoi(e.Name())
		if err != nil {
			continue
		}
		b, _ := os.ReadFile("/proc/" + e.Name() + "/cmdline")
		args := strings.Split(string(b), "\x00")
		if len(args) > 3 && args[1] == "supervisor" && slices.Contains(args, dir) && alive(pid) {
			return pid, true
		}
	}
	return 0, false
}

func alive(pid int) bool {
	b, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return false
	}
	f := strings.Fields(string(b[strings.LastIndexByte(string(b), ')')+1:]))
	return f[0] != "Z" && f[0] != "X"
}

// patience bounds every wait. It only shows in tests that fail.
const patience = 2 * time.Minute

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

// child is a worker in a process of its own.
type child struct {
	cmd *exec.Cmd
}

func startChild(t testing.TB, dir, master string, more ...string) *child {
	t.Helper()
	c := &child{cmd: exec.Command(os.Args[0], append([]string{"worker", "--dir", dir, "--master", master}, more...)...)}
	if testing.Verbose() {
		c.cmd.Stderr = os.Stderr
	}
	if err := c.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return c
}

func (c *child) kill() {
	c.cmd.Process.Kill()
	c.cmd.Wait()
}
