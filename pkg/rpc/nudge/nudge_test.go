package nudge_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net"
	"reflect"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"github.com/porpoise-scheduler/porpoise/pkg/rpc/nudge"
	"github.com/porpoise-scheduler/porpoise/pkg/store"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
	"github.com/porpoise-scheduler/porpoise/proto/masterpb"
)

// masterServer is a master that owns what it is told to own.
type masterServer struct {
	masterpb.UnimplementedMasterServer
	addr  string
	calls chan []int32
	hold  chan struct{} // when not nil, calls wait for it

	mu      sync.Mutex
	notMine []int32
	carried []*masterpb.Carried
}

func (m *masterServer) Nudge(ctx context.Context, r *masterpb.NudgeRequest) (*masterpb.NudgeResponse, error) {
	m.mu.Lock()
	m.carried = append(m.carried, r.Carried...)
	m.mu.Unlock()
	m.calls <- r.Shards
	if m.hold != nil {
		select {
		case <-m.hold:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	res := &masterpb.NudgeResponse{}
	shards := slices.Clone(r.Shards)
	for _, c := range r.Carried {
		shards = append(shards, c.Shard)
	}
	for _, s := range shards {
		if slices.Contains(m.notMine, s) {
			res.NotMine = append(res.NotMine, s)
		}
	}
	return res, nil
}

func startMaster(t *testing.T) *masterServer {
	t.Helper()
	lis, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	m := &masterServer{addr: lis.Addr().String(), calls: make(chan []int32, 100)}
	srv := grpc.NewServer()
	masterpb.RegisterMasterServer(srv, m)
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = srv.Serve(lis)
	}()
	t.Cleanup(func() {
		srv.Stop()
		<-done
	})
	return m
}

// table is who owns what.
type table struct {
	mu     sync.Mutex
	owners map[int]string
	err    error
	reads  int
}

func (s *table) ListShards(context.Context) ([]store.Shard, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.reads++
	var rows []store.Shard
	for id, addr := range s.owners {
		rows = append(rows, store.Shard{ID: id, Epoch: int64(id) + 40, Owner: "m", Addr: addr})
	}
	return rows, s.err
}

func (s *table) give(id int, addr string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.owners[id] = addr
}

func start(t *testing.T, s *table) *nudge.Nudger { return startAt(t, s, time.Now) }

func startAt(t *testing.T, s *table, now func() time.Time) *nudge.Nudger {
	t.Helper()
	dial := func(addr string) (*grpc.ClientConn, error) {
		return grpc.NewClient(addr, grpc.WithTransportCredentials(insecure.NewCredentials()))
	}
	n := nudge.New(nudge.Config{OwnersTTL: time.Hour, CallTimeout: 2 * time.Minute}, s, dial, now, slog.New(slog.NewTextHandler(io.Discard, nil)))
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- n.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Run: %v", err)
		}
	})
	return n
}

func next(t *testing.T, m *masterServer) []int32 {
	t.Helper()
	select {
	case shards := <-m.calls:
		return shards
	case <-time.After(2 * time.Minute):
		t.Fatal("the master was not nudged")
		return nil
	}
}

func TestNudgeReachesEachOwner(t *testing.T) {
	a, b := startMaster(t), startMaster(t)
	n := start(t, &table{owners: map[int]string{1: a.addr, 2: b.addr, 3: a.addr}})
	n.Nudge(1, 2, 3, 4)
	got := next(t, a)
	for len(got) < 2 {
		got = append(got, next(t, a)...)
	}
	slices.Sort(got)
	if !slices.Equal(got, []int32{1, 3}) {
		t.Errorf("first master was told %v, want [1 3]", got)
	}
	if got := next(t, b); !slices.Equal(got, []int32{2}) {
		t.Errorf("second master was told %v, want [2]", got)
	}
}

// TestCarry sees that a command goes along with the epoch it was given, once,
// and that an owner who is new, or whose epoch nobody knows, is only told.
func TestCarry(t *testing.T) {
	old, heir := startMaster(t), startMaster(t)
	s := &table{owners: map[int]string{1: old.addr}}
	n := start(t, s)
	c := workflow.Command{ID: 7, Shard: 1, Type: workflow.CmdStart, DefinitionID: 3, Start: workflow.StartOptions{Params: map[string]string{"a": "b"}}}
	n.Carry(c, n.Epoch(1))
	if got := next(t, old); !slices.Equal(got, []int32{1}) {
		t.Errorf("without a known epoch the master was told %v", got)
	}
	if got := n.Epoch(1); got != 41 {
		t.Fatalf("epoch %d, want 41", got)
	}
	keyed := c
	keyed.Key = "once"
	n.Carry(keyed, 41)
	if got := next(t, old); !slices.Equal(got, []int32{1}) {
		t.Errorf("with a key the master was told %v", got)
	}
	n.Carry(c, 41)
	if got := next(t, old); len(got) != 0 {
		t.Errorf("beside the command the master was told %v", got)
	}
	old.mu.Lock()
	defer old.mu.Unlock()
	if len(old.carried) != 1 || old.carried[0].Shard != 1 || old.carried[0].Epoch != 41 {
		t.Fatalf("carried: %v", old.carried)
	}
	var got workflow.Command
	if err := json.Unmarshal(old.carried[0].Command, &got); err != nil || !reflect.DeepEqual(got, c) {
		t.Errorf("carried command %+v, error %v; want %+v", got, err, c)
	}
	s.give(1, heir.addr)
	old.notMine = []int32{1}
	old.mu.Unlock()
	n.Carry(c, 41)
	told := next(t, heir)
	old.mu.Lock()
	if !slices.Equal(told, []int32{1}) || len(heir.carried) != 0 {
		t.Errorf("the new owner was told %v and got %v", told, heir.carried)
	}
}

// TestOldListWithoutAnOwner sees that a list is read again before a shard is
// given up that had no owner when it was read.
func TestOldListWithoutAnOwner(t *testing.T) {
	a, b := startMaster(t), startMaster(t)
	s := &table{owners: map[int]string{1: a.addr}}
	var later atomic.Int64
	n := startAt(t, s, func() time.Time { return time.Now().Add(time.Duration(later.Load())) })
	n.Nudge(1)
	next(t, a)
	s.give(2, b.addr)
	later.Store(int64(2 * time.Hour))
	n.Nudge(2)
	if got := next(t, b); !slices.Equal(got, []int32{2}) {
		t.Errorf("the new owner was told %v, want [2]", got)
	}
}

func TestNudgesWhileOneIsUnderWayGoTogether(t *testing.T) {
	m := startMaster(t)
	m.hold = make(chan struct{})
	n := start(t, &table{owners: map[int]string{1: m.addr, 2: m.addr, 3: m.addr}})
	n.Nudge(1)
	next(t, m)
	for range 50 {
		n.Nudge(2)
		n.Nudge(3)
	}
	close(m.hold)
	seen := map[int32]int{}
	calls := 0
	for seen[2] == 0 || seen[3] == 0 {
		calls++
		for _, s := range next(t, m) {
			seen[s]++
		}
	}
	if calls > 2 {
		t.Errorf("%d calls for nudges that came while one was under way, want at most 2", calls)
	}
}

func TestNotMineFindsTheNewOwner(t *testing.T) {
	a, b := startMaster(t), startMaster(t)
	s := &table{owners: map[int]string{1: a.addr}}
	n := start(t, s)
	n.Nudge(1)
	next(t, a)
	s.give(1, b.addr)
	a.mu.Lock()
	a.notMine = []int32{1}
	a.mu.Unlock()
	n.Nudge(1) // the cached list still names a
	if got := next(t, b); !slices.Equal(got, []int32{1}) {
		t.Errorf("new owner was told %v, want [1]", got)
	}
}

func TestNudgeNeverBlocks(t *testing.T) {
	s := &table{owners: map[int]string{}, err: errors.New("database away")}
	n := nudge.New(nudge.Config{}, s, nil, time.Now, slog.Default())
	for range 1000 {
		n.Nudge(1, 2, 3) // nobody runs it
	}
}
