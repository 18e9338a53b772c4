// Package memcoord is a coordinator in memory, for tests. Several coordinators
// of one Registry see each other. Leases do not run out by themselves: a test
// ends them with Expire, and cuts the registry off with Cut.
package memcoord

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/porpoise-scheduler/porpoise/pkg/coord"
)

// errCut is the answer of a registry that cannot be reached.
var errCut = errors.New("the registry cannot be reached")

// Registry is what all coordinators share.
type Registry struct {
	mu      sync.Mutex
	cut     bool
	holders map[key]*registration
	waiting []*registration // to be registered once possible
	watches map[*watch]bool
}

type key struct {
	role coord.Role
	id   string
}

// New makes an empty registry.
func New() *Registry {
	return &Registry{holders: map[key]*registration{}, watches: map[*watch]bool{}}
}

// Coordinator gives a process its view of the registry.
func (r *Registry) Coordinator() *Coordinator {
	ctx, cancel := context.WithCancel(context.Background())
	return &Coordinator{registry: r, ctx: ctx, cancel: cancel}
}

// Expire ends a member's lease; its process registers again.
func (r *Registry) Expire(role coord.Role, id string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	holder := r.holders[key{role, id}]
	if holder == nil {
		return
	}
	r.drop(holder)
	wake(holder.lost)
	r.enter(holder)
}

// Cut makes the registry unreachable until Heal: reads fail, watchers hear
// nothing, registrations stay as they are.
func (r *Registry) Cut() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.cut = true
}

// Heal undoes Cut.
func (r *Registry) Heal() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.cut = false
	waiting := r.waiting
	r.waiting = nil
	for _, w := range waiting {
		r.enter(w)
	}
	for w := range r.watches {
		r.show(w)
	}
}

// enter makes a registration visible, or lets it wait for its turn.
func (r *Registry) enter(n *registration) {
	k := key{n.member.Role, n.member.ID}
	holder := r.holders[k]
	later := holder != nil && holder.member.Incarnation != n.member.Incarnation &&
		holder.member.StartTime.After(n.member.StartTime)
	if r.cut || later {
		r.waiting = append(r.waiting, n)
		return
	}
	if holder != nil && holder != n {
		r.waiting = append(r.waiting, holder)
		wake(holder.lost)
	}
	r.holders[k] = n
	close(n.entered)
	n.entered = make(chan struct{})
	r.changed(n.member.Role)
}

// leave takes a registration out for good; an earlier life of the node that
// still waits is shown again.
func (r *Registry) leave(n *registration) {
	r.drop(n)
	k := key{n.member.Role, n.member.ID}
	if r.holders[k] != nil {
		return
	}
	for _, w := range r.waiting {
		if (key{w.member.Role, w.member.ID}) == k {
			r.drop(w)
			r.enter(w)
			return
		}
	}
}

// drop takes a registration out, visible or waiting.
func (r *Registry) drop(n *registration) {
	k := key{n.member.Role, n.member.ID}
	if r.holders[k] == n {
		delete(r.holders, k)
		r.changed(n.member.Role)
	}
	r.waiting = slices.DeleteFunc(r.waiting, func(w *registration) bool { return w == n })
}

func (r *Registry) members(role coord.Role) []coord.Member {
	ms := []coord.Member{}
	for k, n := range r.holders {
		if k.role == role {
			m := n.member
			m.Groups = slices.Clone(m.Groups)
			ms = append(ms, m)
		}
	}
	coord.Sort(ms)
	return ms
}

func (r *Registry) changed(role coord.Role) {
	for w := range r.watches {
		if w.role == role {
			r.show(w)
		}
	}
}

// watch is one Watch call.
type watch struct {
	role coord.Role
	out  chan []coord.Member
}

// show replaces what the reader has not taken yet.
func (r *Registry) show(w *watch) {
	if r.cut {
		return
	}
	select {
	case <-w.out:
	default:
	}
	w.out <- r.members(w.role)
}

// Coordinator implements coord.Coordinator.
type Coordinator struct {
	registry *Registry
	ctx      context.Context
	cancel   context.CancelFunc
	tasks    sync.WaitGroup
}

var _ coord.Coordinator = (*Coordinator)(nil)

// Register implements coord.Coordinator; ttl has no meaning here.
func (c *Coordinator) Register(ctx context.Context, m coord.Member, _ time.Duration) (coord.Registration, error) {
	if err := errors.Join(ctx.Err(), c.ctx.Err()); err != nil {
		return nil, err
	}
	r := c.registry
	n := &registration{
		registry: r, member: m,
		lost: make(chan struct{}, 1), entered: make(chan struct{}),
		closing: make(chan struct{}), ended: make(chan struct{}),
	}
	entered := n.entered
	r.mu.Lock()
	r.enter(n)
	r.mu.Unlock()
	select {
	case <-entered:
	case <-ctx.Done():
	case <-c.ctx.Done():
	}
	c.tasks.Go(func() {
		defer close(n.ended)
		select {
		case <-ctx.Done():
		case <-c.ctx.Done():
		case <-n.closing:
		}
		r.mu.Lock()
		defer r.mu.Unlock()
		r.leave(n)
	})
	if err := errors.Join(ctx.Err(), c.ctx.Err()); err != nil {
		<-n.ended
		return nil, err
	}
	return n, nil
}

// Members implements coord.Coordinator.
func (c *Coordinator) Members(_ context.Context, role coord.Role) ([]coord.Member, error) {
	c.registry.mu.Lock()
	defer c.registry.mu.Unlock()
	if c.registry.cut {
		return nil, errCut
	}
	return c.registry.members(role), nil
}

// Watch implements coord.Coordinator.
func (c *Coordinator) Watch(ctx context.Context, role coord.Role) <-chan []coord.Member {
	r := c.registry
	w := &watch{role: role, out: make(chan []coord.Member, 1)}
	r.mu.Lock()
	r.watches[w] = true
	r.show(w)
	r.mu.Unlock()
	c.tasks.Go(func() {
		select {
		case <-ctx.Done():
		case <-c.ctx.Done():
		}
		r.mu.Lock()
		defer r.mu.Unlock()
		delete(r.watches, w)
		close(w.out)
	})
	return w.out
}

// Healthy implements coord.Coordinator.
func (c *Coordinator) Healthy(context.Context) error {
	c.registry.mu.Lock()
	defer c.registry.mu.Unlock()
	if c.registry.cut {
		return errCut
	}
	return nil
}

// Servers implements coord.Coordinator: the registry is a server by itself.
func (c *Coordinator) Servers(ctx context.Context) []coord.Server {
	s := coord.Server{Name: "memory"}
	if err := c.Healthy(ctx); err != nil {
		s.Problem = err.Error()
		return []coord.Server{s}
	}
	s.Up, s.Mode, s.Version = true, coord.Leader, "1"
	return []coord.Server{s}
}

// Close ends registrations and watches of this coordinator.
func (c *Coordinator) Close() error {
	c.cancel()
	c.tasks.Wait()
	return nil
}

// registration implements coord.Registration. The registry's mutex guards
// member and entered.
type registration struct {
	registry *Registry
	member   coord.Member
	entered  chan struct{} // closed when it becomes visible, then replaced
	lost     chan struct{}
	closing  chan struct{}
	once     sync.Once
	ended    chan struct{}
}

// Update implements coord.Registration.
func (n *registration) Update(m coord.Member) {
	r := n.registry
	r.mu.Lock()
	defer r.mu.Unlock()
	m.ID, m.Role, m.Incarnation, m.StartTime = n.member.ID, n.member.Role, n.member.Incarnation, n.member.StartTime
	n.member = m
	if r.holders[key{m.Role, m.ID}] == n {
		r.changed(m.Role)
	}
}

// Lost implements coord.Registration.
func (n *registration) Lost() <-chan struct{} { return n.lost }

// Close implements coord.Registration.
func (n *registration) Close() error {
	n.once.Do(func() { close(n.closing) })
	<-n.ended
	return nil
}

func wake(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
