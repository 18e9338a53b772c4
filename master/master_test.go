package master_test

import (
	"context"
	"encoding/json"
	"log/slog"
	"net"
	"testing"
	"time"

	"go.uber.org/goleak"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/test/bufconn"

	"github.com/porpoise-scheduler/porpoise/master"
	"github.com/porpoise-scheduler/porpoise/pkg/coord"
	"github.com/porpoise-scheduler/porpoise/pkg/coord/memcoord"
	"github.com/porpoise-scheduler/porpoise/pkg/store"
	"github.com/porpoise-scheduler/porpoise/pkg/store/sqlstore"
	"github.com/porpoise-scheduler/porpoise/pkg/task"
	"github.com/porpoise-scheduler/porpoise/pkg/task/noop"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
	"github.com/porpoise-scheduler/porpoise/proto/masterpb"
	"github.com/porpoise-scheduler/porpoise/proto/workerpb"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// rig is a master on a database in memory, reached over gRPC.
type rig struct {
	t      *testing.T
	store  *store.Store
	master *master.Master
	conn   *grpc.ClientConn
	stop   func()
}

func start(t *testing.T) *rig { return startWith(t, nil) }

// startWith starts a master with other settings.
func startWith(t *testing.T, change func(*master.Config, *master.Deps)) *rig {
	t.Helper()
	db, err := sqlstore.Open(t.Context(), "sqlite://:memory:", sqlstore.Options{})
	if err != nil {
		t.Fatal(err)
	}
	registry := memcoord.New().Coordinator()
	cfg := master.Config{Self: coord.Member{ID: "m", Incarnation: "1", Addr: "m:1"}, PollEvery: 10 * time.Millisecond}
	deps := master.Deps{Store: db, Coord: registry, Log: slog.New(slog.DiscardHandler), Kinds: task.NewRegistry(noop.New())}
	if change != nil {
		change(&cfg, &deps)
	}
	m := master.New(cfg, deps)
	server, wire := grpc.NewServer(), bufconn.Listen(1<<20)
	m.Register(server)
	serving := make(chan error, 1)
	go func() { serving <- server.Serve(wire) }()
	conn, err := grpc.NewClient("passthrough:m", grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithContextDialer(func(context.Context, string) (net.Conn, error) { return wire.Dial() }))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- m.Run(ctx) }()
	r := &rig{t: t, store: db, master: m, conn: conn}
	r.stop = func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("run: %v", err)
		}
		server.Stop()
		<-serving
		_ = conn.Close()
		_ = registry.Close()
		_ = db.Database.Close()
	}
	return r
}

// submit stores a workflow of two tasks that need no process, and starts it.
func (r *rig) submit() (definitionID int64) {
	ctx, t := r.t.Context(), r.t
	project := workflow.Project{Name: "p", Code: 1 << 40, UserID: 1}
	if err := r.store.Projects.Create(ctx, &project); err != nil {
		t.Fatal(err)
	}
	d := workflow.Definition{ProjectID: project.ID, Name: "two", UserID: 1, Spec: workflow.Spec{
		Tasks: []workflow.Task{
			{Name: "a", Kind: workflow.KindNoop, Params: json.RawMessage("{}")},
			{Name: "b", Kind: workflow.KindNoop, Params: json.RawMessage("{}")},
		},
		Edges: []workflow.Edge{{From: "a", To: "b"}},
	}}
	if err := r.store.Definitions.Create(ctx, &d); err != nil {
		t.Fatal(err)
	}
	c := workflow.Command{
		Shard: store.ShardOf(d.ID, store.Shards), Type: workflow.CmdStart, ProjectID: project.ID, DefinitionID: d.ID, UserID: 1,
		Start: workflow.StartOptions{TenantCode: "t"},
	}
	if err := r.store.Commands.Insert(ctx, &c); err != nil {
		t.Fatal(err)
	}
	if _, err := masterpb.NewMasterClient(r.conn).Nudge(ctx, &masterpb.NudgeRequest{Shards: []int32{int32(c.Shard)}}); err != nil {
		t.Fatal(err)
	}
	return d.ID
}

// work is a worker that ends every attempt with success, until it has been
// told to forget n of them.
func (r *rig) work(n int) {
	ctx, cancel := context.WithTimeout(r.t.Context(), 2*time.Minute)
	defer cancel()
	stream, err := workerpb.NewDispatchClient(r.conn).Connect(ctx)
	if err != nil {
		r.t.Fatal(err)
	}
	say := func(m *workerpb.FromWorker) {
		if err := stream.Send(m); err != nil {
			r.t.Error(err)
		}
	}
	say(&workerpb.FromWorker{Msg: &workerpb.FromWorker_Hello{Hello: &workerpb.Hello{WorkerId: "w", Incarnation: "w1", Groups: []string{"default"}, Slots: 2}}})
	say(&workerpb.FromWorker{Msg: &workerpb.FromWorker_Credit{Credit: &workerpb.Credit{N: 2}}})
	for acked := 0; acked < n; {
		m, err := stream.Recv()
		if err != nil {
			r.t.Fatal(err)
		}
		if c := m.GetClaim(); c != nil {
			say(&workerpb.FromWorker{Msg: &workerpb.FromWorker_Inventory{Inventory: &workerpb.Inventory{Claims: c.Shards}}})
		}
		for _, a := range m.GetDispatch().GetAssignments() {
			now := time.Now().UnixMilli()
			say(&workerpb.FromWorker{Msg: &workerpb.FromWorker_Reports{Reports: &workerpb.Reports{Reports: []*workerpb.Report{{
				AttemptId: a.AttemptId, Shard: a.Shard, Epoch: a.Epoch, State: workerpb.AttemptState_ATTEMPT_STATE_SUCCEEDED,
				StartUnixMs: now, EndUnixMs: now,
			}}}}})
			say(&workerpb.FromWorker{Msg: &workerpb.FromWorker_Credit{Credit: &workerpb.Credit{N: 1}}})
		}
		acked += len(m.GetAck().GetAttemptIds())
	}
	if err := stream.CloseSend(); err != nil {
		r.t.Error(err)
	}
	for err == nil {
		_, err = stream.Recv()
	}
}

// TestFromCommandToEnd runs a workflow through a whole master over the wire,
// stops it, and finds everything in the database.
func TestFromCommandToEnd(t *testing.T) {
	r := start(t)
	id := r.submit()
	r.work(2) // acknowledged means committed
	instances, err := r.store.Instances.Recent(t.Context(), id, 10)
	if err != nil || len(instances) != 1 || instances[0].State != workflow.Succeeded {
		t.Errorf("instances %+v, %v", instances, err)
	}
	tasks, err := r.store.Tasks.ByInstance(t.Context(), instances[0].ID, true)
	if err != nil || len(tasks) != 2 || tasks[0].State != workflow.Succeeded || tasks[0].WorkerID != "w" {
		t.Errorf("tasks %+v, %v", tasks, err)
	}
	left, err := r.store.Scheduling.Pending(t.Context(), []int{store.ShardOf(id, store.Shards)}, 0, 10)
	if err != nil || len(left) != 0 {
		t.Errorf("commands left: %v, %v", left, err)
	}
	r.stop()
}

// TestStopGivesShardsBack checks that a stopped master leaves nothing owned.
func TestStopGivesShardsBack(t *testing.T) {
	r := start(t)
	r.submit()
	r.work(2)
	shards, err := r.store.Scheduling.ListShards(t.Context())
	if err != nil || shards[0].Owner != "m#1" {
		t.Fatalf("shard 0 of a running master: %+v, %v", shards[0], err)
	}
	db := r.store.Database
	r.store.Database = keepOpen{db}
	r.stop()
	if shards, err = r.store.Scheduling.ListShards(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, s := range shards {
		if s.Owner != "" {
			t.Errorf("shard %d still belongs to %s", s.ID, s.Owner)
		}
	}
	if err := db.Close(); err != nil {
		t.Error(err)
	}
}

// keepOpen is a database that rig.stop does not close.
type keepOpen struct{ store.Database }

func (keepOpen) Close() error { return nil }
