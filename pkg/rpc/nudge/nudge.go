// Package nudge tells masters that commands wait in their shards, so that they
// need not find them on their slow poll. It is best effort: nothing here
// delays or fails a request.
package nudge

import (
	"cmp"
	"context"
	"encoding/json"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"google.golang.org/grpc"

	"github.com/porpoise-scheduler/porpoise/pkg/store"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
	"github.com/porpoise-scheduler/porpoise/proto/masterpb"
)

// ShardLister says who owns the shards.
type ShardLister interface {
	ListShards(ctx context.Context) ([]store.Shard, error)
}

// DialFunc opens a connection to a master; it must not wait for it.
type DialFunc func(addr string) (*grpc.ClientConn, error)

// Config tunes a Nudger; zero values have defaults.
type Config struct {
	// OwnersTTL is how long a list of owners is good; default 1 s.
	OwnersTTL time.Duration
	// CallTimeout bounds one call; default 1 s.
	CallTimeout time.Duration
}

// Nudger tells masters. One goroutine, Run, owns the owners' list and the
// masters; at most one call per master is under way, and what comes meanwhile
// goes together in the next one.
type Nudger struct {
	cfg    Config
	shards ShardLister
	dial   DialFunc
	log    *slog.Logger
	now    func() time.Time

	mu      sync.Mutex
	fresh   map[int]struct{} // nudged since Run looked
	carried []*masterpb.Carried
	epochs  map[int]int64 // of owned shards, as last read
	wakeup  chan struct{} // size 1
}

// maxCarried bounds the commands of one call, and maxSize the bytes of one;
// owners read what is beyond.
const (
	maxCarried = 256
	maxSize    = 8 << 10
)

// New makes a Nudger; it does nothing until Run.
func New(cfg Config, shards ShardLister, dial DialFunc, now func() time.Time, log *slog.Logger) *Nudger {
	cfg.OwnersTTL = cmp.Or(cfg.OwnersTTL, time.Second)
	cfg.CallTimeout = cmp.Or(cfg.CallTimeout, time.Second)
	return &Nudger{
		cfg: cfg, shards: shards, dial: dial, log: log, now: now,
		fresh: map[int]struct{}{}, wakeup: make(chan struct{}, 1),
	}
}

// Nudge says that commands wait in the shards. It returns at once.
func (n *Nudger) Nudge(shards ...int) {
	if len(shards) == 0 {
		return
	}
	n.mu.Lock()
	for _, s := range shards {
		n.fresh[s] = struct{}{}
	}
	n.mu.Unlock()
	n.wake()
}

func (n *Nudger) wake() {
	select {
	case n.wakeup <- struct{}{}:
	default:
	}
}

// Epoch gives the epoch of a shard as it was some time ago; 0 when not known.
func (n *Nudger) Epoch(shard int) int64 {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.epochs[shard]
}

// Carry is Nudge for a command that was just stored, and takes it along. Epoch
// gave the epoch before the command was stored: an owner of that epoch is the
// first that could have obeyed it.
func (n *Nudger) Carry(c workflow.Command, epoch int64) {
	c, ok := c.Carried()
	if epoch == 0 || !ok {
		n.Nudge(c.Shard)
		return
	}
	text, err := json.Marshal(c)
	if err != nil {
		n.log.Error("encoding a command", "command", c.ID, "error", err)
		n.Nudge(c.Shard)
		return
	}
	n.mu.Lock()
	if len(n.carried) < maxCarried && len(text) <= maxSize {
		n.carried = append(n.carried, &masterpb.Carried{Shard: int32(c.Shard), Epoch: epoch, Command: text})
	} else {
		n.fresh[c.Shard] = struct{}{}
	}
	n.mu.Unlock()
	n.wake()
}

func (n *Nudger) take() ([]int, []*masterpb.Carried) {
	n.mu.Lock()
	defer n.mu.Unlock()
	carried := n.carried
	n.carried = nil
	shards := make([]int, 0, len(n.fresh))
	for s := range n.fresh {
		shards = append(shards, s)
	}
	clear(n.fresh)
	return shards, carried
}

// Run works until ctx ends and waits for the calls under way.
func (n *Nudger) Run(ctx context.Context) error {
	l := &loop{Nudger: n, masters: map[string]*master{}, answers: make(chan answer)}
	defer l.close()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-n.wakeup:
			shards, carried := n.take()
			l.route(ctx, shards, carried, "")
		case a := <-l.answers:
			l.answered(ctx, a)
		}
	}
}

// loop is what Run owns.
type loop struct {
	*Nudger
	owners  map[int]string // shard to address
	read    time.Time      // when owners was read
	masters map[string]*master
	answers chan answer
	calls   sync.WaitGroup
}

// master is a connection and what waits to be sent over it.
type master struct {
	conn    *grpc.ClientConn
	busy    bool
	waiting map[int]struct{}
	carried []*masterpb.Carried
}

// read has the owners read commands that are not carried.
func (m *master) read(list []*masterpb.Carried) {
	for _, c := range list {
		m.waiting[int(c.Shard)] = struct{}{}
	}
}

// answer is how a call ended.
type answer struct {
	addr    string
	carried []*masterpb.Carried
	notMine []int
	err     error
}

// route hands shards to their owners' masters; those that still belong to
// refused, which just said they do not, are left to the slow poll. Nobody waits
// for a list of owners that is only old: a wrong one says so. One that knows no
// owner is read again first.
func (l *loop) route(ctx context.Context, shards []int, carried []*masterpb.Carried, refused string) {
	old := l.now().Sub(l.read) >= l.cfg.OwnersTTL
	if refused != "" || old && l.lacks(shards, carried) {
		l.refresh(ctx)
		old = false
	}
	for _, s := range shards {
		if addr, m := l.ownerOf(s, refused); m != nil {
			m.waiting[s] = struct{}{}
			l.send(ctx, addr, m)
		}
	}
	for _, c := range carried {
		if addr, m := l.ownerOf(int(c.Shard), refused); m != nil {
			m.carried = append(m.carried, c)
			l.send(ctx, addr, m)
		}
	}
	if old {
		l.refresh(ctx)
	}
}

// lacks reports whether the owner of any of the shards is not known.
func (l *loop) lacks(shards []int, carried []*masterpb.Carried) bool {
	unknown := func(shard int) bool { return l.owners[shard] == "" }
	return slices.ContainsFunc(shards, unknown) ||
		slices.ContainsFunc(carried, func(c *masterpb.Carried) bool { return unknown(int(c.Shard)) })
}

// ownerOf gives the master that has a shard, nil if that is nobody or refused.
func (l *loop) ownerOf(shard int, refused string) (string, *master) {
	addr := l.owners[shard]
	if addr == "" || addr == refused {
		return "", nil
	}
	return addr, l.master(addr)
}

// refresh reads the owners and forgets masters that own nothing any more. When
// the database does not answer the old list stays.
func (l *loop) refresh(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, l.cfg.CallTimeout)
	defer cancel()
	rows, err := l.shards.ListShards(ctx)
	if err != nil {
		l.log.DebugContext(ctx, "listing owners of shards", "error", err)
		return
	}
	l.read = l.now()
	l.owners = make(map[int]string, len(rows))
	live, epochs := map[string]bool{}, make(map[int]int64, len(rows))
	for _, s := range rows {
		if s.Owner != "" && s.Addr != "" {
			l.owners[s.ID] = s.Addr
			live[s.Addr], epochs[s.ID] = true, s.Epoch
		}
	}
	l.mu.Lock()
	l.epochs = epochs
	l.mu.Unlock()
	for addr, m := range l.masters {
		if !live[addr] && !m.busy {
			l.drop(addr, m)
		}
	}
}

func (l *loop) master(addr string) *master {
	if m := l.masters[addr]; m != nil {
		return m
	}
	conn, err := l.dial(addr)
	if err != nil {
		l.log.Debug("dialling a master", "addr", addr, "error", err)
		return nil
	}
	m := &master{conn: conn, waiting: map[int]struct{}{}}
	l.masters[addr] = m
	return m
}

// send starts a call with all that waits, unless one is under way.
func (l *loop) send(ctx context.Context, addr string, m *master) {
	if m.busy || len(m.waiting)+len(m.carried) == 0 {
		return
	}
	req := &masterpb.NudgeRequest{}
	if len(m.carried) <= maxCarried {
		req.Carried = m.carried
	} else {
		m.read(m.carried)
	}
	m.carried = nil
	for s := range m.waiting {
		req.Shards = append(req.Shards, int32(s))
	}
	slices.Sort(req.Shards)
	clear(m.waiting)
	m.busy = true
	client := masterpb.NewMasterClient(m.conn)
	l.calls.Go(func() {
		callCtx, cancel := context.WithTimeout(ctx, l.cfg.CallTimeout)
		defer cancel()
		res, err := client.Nudge(callCtx, req)
		a := answer{addr: addr, carried: req.Carried, err: err}
		for _, s := range res.GetNotMine() {
			a.notMine = append(a.notMine, int(s))
		}
		select {
		case l.answers <- a:
		case <-ctx.Done():
		}
	})
}

// answered ends a call, sends what came meanwhile, and looks again for shards
// that have another owner. A master that did not answer is dialled anew.
func (l *loop) answered(ctx context.Context, a answer) {
	m := l.masters[a.addr]
	m.busy = false
	if a.err != nil {
		l.log.DebugContext(ctx, "nudging a master", "addr", a.addr, "error", a.err)
		l.drop(a.addr, m)
		l.refresh(ctx)
		m.read(append(a.carried, m.carried...)) // they may have arrived
		l.route(ctx, slices.Collect(maps.Keys(m.waiting)), nil, "")
		return
	}
	l.send(ctx, a.addr, m)
	if len(a.notMine) > 0 {
		l.route(ctx, a.notMine, nil, a.addr)
	}
}

func (l *loop) drop(addr string, m *master) {
	delete(l.masters, addr)
	if err := m.conn.Close(); err != nil {
		l.log.Debug("closing a connection to a master", "addr", addr, "error", err)
	}
}

func (l *loop) close() {
	l.calls.Wait()
	for addr, m := range l.masters {
		l.drop(addr, m)
	}
}
