package claim

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/porpoise-scheduler/porpoise/master/internal/runner"
	"github.com/porpoise-scheduler/porpoise/pkg/coord"
	"github.com/porpoise-scheduler/porpoise/pkg/store"
	"github.com/porpoise-scheduler/porpoise/pkg/store/memstore"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// loop runs until it is cancelled or told that it is lost.
type loop struct{ lost chan struct{} }

func (l *loop) Nudge()    {}
func (l *loop) NudgeAll() {}

func (l *loop) Carry(int64, []workflow.Command) {}

func (l *loop) Runs() int { return 0 }
func (l *loop) Run(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return nil
	case <-l.lost:
		return runner.ErrLost
	}
}

// rig is some masters on one database.
type rig struct {
	t     *testing.T
	mem   *memstore.Store
	mu    sync.Mutex
	loops map[store.Fence]*loop
}

func newRig(t *testing.T) *rig {
	return &rig{t: t, mem: memstore.New(memstore.Config{}), loops: map[store.Fence]*loop{}}
}

type member struct {
	*Manager
	members chan []coord.Member
	cancel  context.CancelFunc
	done    chan error
}

func (r *rig) start(id, incarnation string) *member {
	m := &member{members: make(chan []coord.Member, 1), done: make(chan error, 1)}
	self := coord.Member{ID: id, Incarnation: incarnation, Addr: id + ":1"}
	m.Manager = New(Config{Self: self, HandOver: time.Hour, Check: time.Millisecond}, r.mem.Client(id), r.newLoop, slog.New(slog.DiscardHandler))
	ctx, cancel := context.WithCancel(context.Background())
	m.cancel = cancel
	go func() { m.done <- m.Run(ctx, m.members) }()
	r.t.Cleanup(func() { m.stop() })
	return m
}

func (m *member) stop() {
	m.cancel()
	if m.done != nil {
		<-m.done
		m.done = nil
	}
}

func (r *rig) newLoop(f store.Fence) Loop {
	l := &loop{lost: make(chan struct{})}
	r.mu.Lock()
	r.loops[f] = l
	r.mu.Unlock()
	return l
}

// await polls a condition: what it waits for happens in other goroutines that
// have no other sign.
func (r *rig) await(what string, ok func() bool) {
	r.t.Helper()
	deadline := time.After(2 * time.Minute)
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for !ok() {
		select {
		case <-tick.C:
		case <-deadline:
			r.t.Fatal("never happened: " + what)
		}
	}
}

func (r *rig) owners() map[string]int {
	shards, err := r.mem.Client("test").ListShards(context.Background())
	if err != nil {
		r.t.Fatal(err)
	}
	count := map[string]int{}
	for _, s := range shards {
		count[s.Owner]++
	}
	return count
}

// TestHandOver lets a second master join and leave: every shard has one owner
// all the time, moves only by being given back, and comes back at the end.
func TestHandOver(t *testing.T) {
	r := newRig(t)
	a, b := coord.Member{ID: "a", Incarnation: "1"}, coord.Member{ID: "b", Incarnation: "1"}
	first := r.start("a", "1")
	first.members <- []coord.Member{a}
	r.await("a owns everything", func() bool { return len(first.Owned()) == store.Shards && first.Ready() })

	second := r.start("b", "1")
	second.members <- []coord.Member{a, b}
	r.await("b sees that it is not its turn yet", func() bool { return !second.Ready() })
	if n := len(second.Owned()); n != 0 {
		t.Fatalf("b took %d shards from a living owner", n)
	}
	first.members <- []coord.Member{a, b}
	r.await("they share", func() bool {
		return second.Ready() && first.Ready() && len(first.Owned())+len(second.Owned()) == store.Shards && len(second.Owned()) > 10
	})
	for _, s := range second.Owned() {
		if slices.Contains(first.Owned(), s) {
			t.Errorf("shard %d has two owners", s)
		}
	}
	second.stop()
	if n := r.owners()["b#1"]; n != 0 {
		t.Errorf("b left and kept %d shards", n)
	}
	first.members <- []coord.Member{a}
	r.await("a owns everything again", func() bool { return len(first.Owned()) == store.Shards })
	if missing := first.Nudge([]int{3, 5}); len(missing) != 0 {
		t.Errorf("not mine: %v", missing)
	}
}

// TestNextLifeTakesAtOnce checks that a restarted node does not wait for its
// former self, and that a lost shard is taken again only from the dead.
func TestNextLifeTakesAtOnce(t *testing.T) {
	r := newRig(t)
	for shard := range store.Shards {
		if _, err := r.mem.Client("old").Take(t.Context(), shard, 0, "a#0", "a:1"); err != nil {
			t.Fatal(err)
		}
	}
	m := r.start("a", "1")
	m.members <- []coord.Member{{ID: "a", Incarnation: "1"}}
	r.await("everything is taken", func() bool { return len(m.Owned()) == store.Shards })
	if n := r.owners()["a#1"]; n != store.Shards {
		t.Errorf("%d shards in the database", n)
	}
	r.mu.Lock()
	close(r.loops[store.Fence{Shard: 7, Epoch: 2}].lost)
	r.mu.Unlock()
	r.await("shard 7 is taken again", func() bool {
		r.mu.Lock()
		defer r.mu.Unlock()
		return r.loops[store.Fence{Shard: 7, Epoch: 3}] != nil
	})
}

// TestUnregisteredKeepsWhatItHas checks that losing the registration changes
// no owner: the database has the last word.
func TestUnregisteredKeepsWhatItHas(t *testing.T) {
	r := newRig(t)
	m := r.start("a", "1")
	m.members <- []coord.Member{{ID: "a", Incarnation: "1"}}
	r.await("everything is taken", func() bool { return len(m.Owned()) == store.Shards })
	m.members <- []coord.Member{{ID: "b", Incarnation: "1"}}
	m.members <- []coord.Member{{ID: "b", Incarnation: "1"}} // the first has been handled now
	if n := len(m.Owned()); n != store.Shards {
		t.Errorf("%d shards left", n)
	}
}
