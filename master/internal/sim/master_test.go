package sim

import (
	"context"
	"log/slog"
	"strconv"
	"time"

	"github.com/porpoise-scheduler/porpoise/master/internal/commit"
	"github.com/porpoise-scheduler/porpoise/master/internal/dispatch"
	"github.com/porpoise-scheduler/porpoise/master/internal/materials"
	"github.com/porpoise-scheduler/porpoise/master/internal/runner"
	"github.com/porpoise-scheduler/porpoise/pkg/store"
)

// master is one life of a master: its hub, its committer and the loops of the
// shards it believes to own.
type master struct {
	world     *world
	index     int
	id        string
	hub       *dispatch.Hub
	committer *commit.Committer
	supply    *materials.Pool
	loops     map[int]*runner.Loop
	epochs    map[int]int64
	paused    bool
	dead      bool
	cancel    context.CancelFunc
	ctx       context.Context
}

func (w *world) newMaster(index int) *master {
	ctx, cancel := context.WithCancel(context.Background())
	w.lives++
	m := &master{
		world: w, index: index, id: "m" + strconv.Itoa(index) + "-" + strconv.Itoa(w.lives),
		hub: dispatch.NewHub(quiet), loops: map[int]*runner.Loop{}, epochs: map[int]int64{}, ctx: ctx, cancel: cancel,
	}
	m.supply = materials.New(materials.Config{Retry: time.Nanosecond}, w.shelf.stores(), m.hub, quiet)
	m.committer = commit.New(commit.Config{Queue: 4096, Retry: time.Nanosecond}, writer{w, m}, ignored{}, quiet)
	return m
}

var quiet = slog.New(slog.DiscardHandler)

type ignored struct{}

// Committed implements commit.Stats.
func (ignored) Committed(int, int, time.Duration) {}
func (ignored) Refused(int)                       {}

// crash is a kill -9: nothing that was not committed survives.
func (m *master) crash() {
	m.dead = true
	m.cancel()
	for _, l := range m.world.links {
		if l.master == m {
			l.breakUp()
		}
	}
}

// take makes the master the owner of a shard, whoever owned it.
func (m *master) take(shard int) {
	w := m.world
	next, err := w.db.Take(m.ctx, shard, w.epochs[shard], m.id, m.id)
	if err != nil {
		w.fail("take: %v", err)
		return
	}
	w.epochs[shard] = next
	if older := m.loops[shard]; older != nil { // lost, and had no turn to notice
		older.Close()
	}
	fence := store.Fence{Shard: shard, Epoch: next}
	deps := runner.Deps{
		Store: w.db, Hub: m.hub, Materials: counted{m.supply, w}, Definitions: w.plans, Now: func() time.Time { return w.now }, Log: quiet,
		NudgeOthers: w.nudge,
	}
	loop := runner.NewLoop(w.runnerConfig(m), deps, fence, m.hub, m.committer, nil)
	m.loops[shard], m.epochs[shard] = loop, next
	if err := loop.Open(m.ctx); err != nil {
		w.fail("open shard %d: %v", shard, err)
	}
}

// turn lets every loop handle what it has.
func (m *master) turn(shard int) {
	loop := m.loops[shard]
	if loop == nil || m.dead {
		return
	}
	if loop.Lost() {
		loop.Close()
		delete(m.loops, shard)
		return
	}
	if err := loop.Turn(m.ctx); err != nil {
		m.world.fail("turn of shard %d: %v", shard, err)
	}
}

// writer is the database as one master reaches it, with the faults of the seed.
type writer struct {
	world *world
	m     *master
}

// Commit writes a batch, or crashes the master around it, or leaves it unsure.
func (w writer) Commit(ctx context.Context, b *store.Batch) error { return w.world.commit(ctx, w.m, b) }
