// Package claim decides which shards this master should own, takes them in
// the database, and gives them back. Who is alive comes from the registry; who
// owns comes from the epoch alone.
package claim

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/porpoise-scheduler/porpoise/master/internal/runner"
	"github.com/porpoise-scheduler/porpoise/pkg/coord"
	"github.com/porpoise-scheduler/porpoise/pkg/store"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// Store is the part of the store that knows owners.
type Store interface {
	ListShards(ctx context.Context) ([]store.Shard, error)
	Take(ctx context.Context, shard int, epoch int64, owner, addr string) (int64, error)
	GiveBack(ctx context.Context, f store.Fence) error
}

// Loop runs a shard that is owned.
type Loop interface {
	Run(ctx context.Context) error
	Nudge()
	NudgeAll()
	Carry(epoch int64, list []workflow.Command)
	Runs() int
}

// Config tunes the manager.
type Config struct {
	Self coord.Member
	// HandOver is how long a living owner may keep a shard that should be ours
	// before it is taken from it; default 10 s.
	HandOver time.Duration
	// Check is how often to look for shards nobody owns; default 1 s.
	Check time.Duration
}

// Manager keeps the set of owned shards.
type Manager struct {
	cfg     Config
	store   Store
	newLoop func(store.Fence) Loop
	log     *slog.Logger

	mu    sync.Mutex
	owned map[int]*owned
	ready bool

	members []coord.Member
	wanted  map[int]time.Time // wanted, not owned -> since when
	ended   chan *owned
}

type owned struct {
	fence  store.Fence
	loop   Loop
	cancel context.CancelFunc
	done   chan struct{}
	err    error
}

// New makes a manager; newLoop makes the loop of a shard just taken.
func New(cfg Config, s Store, newLoop func(store.Fence) Loop, log *slog.Logger) *Manager {
	if cfg.HandOver == 0 {
		cfg.HandOver = 10 * time.Second
	}
	if cfg.Check == 0 {
		cfg.Check = time.Second
	}
	return &Manager{
		cfg: cfg, store: s, newLoop: newLoop, log: log,
		owned: map[int]*owned{}, wanted: map[int]time.Time{}, ended: make(chan *owned, store.Shards),
	}
}

// OwnerName is how an owner stands in a shard's row: a new life of the same
// node is another owner.
func OwnerName(m coord.Member) string { return m.ID + "#" + m.Incarnation }

// Run follows the membership until ctx ends, then gives everything back.
func (m *Manager) Run(ctx context.Context, members <-chan []coord.Member) error {
	defer m.releaseAll(context.WithoutCancel(ctx))
	check := time.NewTicker(m.cfg.Check)
	defer check.Stop()
	for {
		select {
		case ms, ok := <-members:
			if !ok {
				members = nil // ctx is ending
				continue
			}
			m.members = ms
		case o := <-m.ended:
			m.onEnded(o)
		case <-check.C:
			if m.complete() {
				continue
			}
		case <-ctx.Done():
			return nil
		}
		if err := m.reconcile(ctx); err != nil && ctx.Err() == nil {
			m.log.Warn("shards not reconciled; trying again", "err", err)
		}
	}
}

// complete reports whether nothing is left to be taken.
func (m *Manager) complete() bool { return len(m.members) > 0 && len(m.wanted) == 0 }

// reconcile moves the owned set towards what the membership says.
func (m *Manager) reconcile(ctx context.Context) error {
	if !slices.ContainsFunc(m.members, m.isSelf) {
		// Not registered (any more): others may take our shards, and the database
		// will tell us. Letting go by ourselves would help nobody.
		return nil
	}
	m.release(ctx, func(shard int) bool { return !m.mine(shard) })
	var missing []int
	for shard := range store.Shards {
		if m.mine(shard) && m.get(shard) == nil {
			missing = append(missing, shard)
			if _, known := m.wanted[shard]; !known {
				m.wanted[shard] = time.Now()
			}
		} else {
			delete(m.wanted, shard)
		}
	}
	if len(missing) > 0 {
		if err := m.takeFree(ctx, missing); err != nil {
			return err
		}
	}
	m.mu.Lock()
	m.ready = len(m.wanted) == 0
	m.mu.Unlock()
	return nil
}

func (m *Manager) isSelf(c coord.Member) bool {
	return c.ID == m.cfg.Self.ID && c.Incarnation == m.cfg.Self.Incarnation
}

func (m *Manager) mine(shard int) bool {
	owner, ok := coord.Owner(shard, m.members)
	return ok && owner.ID == m.cfg.Self.ID
}

// takeFree takes those of the missing shards that no living master holds.
func (m *Manager) takeFree(ctx context.Context, missing []int) error {
	shards, err := m.store.ListShards(ctx)
	if err != nil {
		return err
	}
	for _, s := range shards {
		if !slices.Contains(missing, s.ID) || !m.free(s) {
			continue
		}
		epoch, err := m.store.Take(ctx, s.ID, s.Epoch, OwnerName(m.cfg.Self), m.cfg.Self.Addr)
		switch {
		case workflow.ErrorCode(err) == workflow.Fenced:
			continue // somebody was faster; the next check looks again
		case err != nil:
			return err
		}
		delete(m.wanted, s.ID)
		m.startLoop(ctx, store.Fence{Shard: s.ID, Epoch: epoch})
	}
	return nil
}

// free reports whether a shard may be taken: its owner is gone, has let go, or
// did not let go for too long.
func (m *Manager) free(s store.Shard) bool {
	alive := slices.ContainsFunc(m.members, func(c coord.Member) bool { return OwnerName(c) == s.Owner })
	return !alive || s.Owner == OwnerName(m.cfg.Self) || time.Since(m.wanted[s.ID]) > m.cfg.HandOver
}

func (m *Manager) startLoop(ctx context.Context, f store.Fence) {
	ctx, cancel := context.WithCancel(ctx)
	o := &owned{fence: f, loop: m.newLoop(f), cancel: cancel, done: make(chan struct{})}
	m.mu.Lock()
	m.owned[f.Shard] = o
	m.mu.Unlock()
	go func() {
		defer cancel()
		o.err = o.loop.Run(ctx)
		close(o.done)
		if o.err != nil { // at most one per shard until it is dealt with: never blocks
			m.ended <- o
		}
	}()
}

// onEnded forgets a loop that ended by itself; the shard is wanted again.
func (m *Manager) onEnded(o *owned) {
	m.mu.Lock()
	current := m.owned[o.fence.Shard] == o
	if current {
		delete(m.owned, o.fence.Shard)
	}
	m.mu.Unlock()
	switch {
	case !current:
	case errors.Is(o.err, runner.ErrLost):
		m.log.Info("shard lost to another master", "shard", o.fence.Shard, "epoch", o.fence.Epoch)
	default:
		m.log.Error("shard failed and is loaded again", "shard", o.fence.Shard, "err", o.err)
	}
}

// release hands over the owned shards that match: their loops end first.
func (m *Manager) release(ctx context.Context, match func(shard int) bool) {
	var leaving []*owned
	m.mu.Lock()
	for shard, o := range m.owned {
		if match(shard) {
			leaving = append(leaving, o)
			delete(m.owned, shard)
			o.cancel()
		}
	}
	m.mu.Unlock()
	for _, o := range leaving {
		<-o.done
		if err := m.store.GiveBack(ctx, o.fence); err != nil {
			m.log.Warn("shard not given back; another master takes it when this one is gone", "shard", o.fence.Shard, "err", err)
		}
	}
}

// releaseAll ends every loop when the master stops.
func (m *Manager) releaseAll(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	m.release(ctx, func(int) bool { return true })
}

func (m *Manager) get(shard int) *owned {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.owned[shard]
}

// Nudge wakes the loops of the shards and names those that are not ours.
func (m *Manager) Nudge(shards []int) (notMine []int) {
	for _, s := range shards {
		if o := m.get(s); o != nil {
			o.loop.Nudge()
		} else {
			notMine = append(notMine, s)
		}
	}
	return notMine
}

// Carry hands new commands to the loop of a shard; false when it is not ours.
func (m *Manager) Carry(shard int, epoch int64, list []workflow.Command) (mine bool) {
	o := m.get(shard)
	if o != nil {
		o.loop.Carry(epoch, list)
	}
	return o != nil
}

// Epoch gives the epoch of a shard that is ours, 0 for others.
func (m *Manager) Epoch(shard int) int64 {
	if o := m.get(shard); o != nil {
		return o.fence.Epoch
	}
	return 0
}

// NudgeAll wakes the loop of an owned shard to look at all that waits.
func (m *Manager) NudgeAll(shard int) {
	if o := m.get(shard); o != nil {
		o.loop.NudgeAll()
	}
}

// Owned lists the owned shards in order.
func (m *Manager) Owned() []int {
	m.mu.Lock()
	defer m.mu.Unlock()
	shards := make([]int, 0, len(m.owned))
	for s := range m.owned {
		shards = append(shards, s)
	}
	slices.Sort(shards)
	return shards
}

// Runs counts the unfinished instances in memory.
func (m *Manager) Runs() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	n := 0
	for _, o := range m.owned {
		n += o.loop.Runs()
	}
	return n
}

// Ready reports whether every shard that should be ours is.
func (m *Manager) Ready() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.ready
}
