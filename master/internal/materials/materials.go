// Package materials finds what attempts need before they go to their workers:
// files of the resource centre, data sources and functions. Nobody waits for
// it: an order is queued, a few goroutines look things up, and the assignment
// leaves through the hub when it is complete.
//
// An order is settled once: sent, cancelled, given up because its context
// ended, or found to lack something. Whoever settles it decides what becomes
// of the credit: sending uses it, all else gives it back.
package materials

import (
	"cmp"
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/porpoise-scheduler/porpoise/master/internal/dispatch"
	"github.com/porpoise-scheduler/porpoise/pkg/task"
	"github.com/porpoise-scheduler/porpoise/proto/workerpb"
)

// Hub is the part of dispatch.Hub that orders need.
type Hub interface {
	Send(to dispatch.Assignee, a *workerpb.Assignment)
	Unused(to dispatch.Assignee)
}

// Wish is what a task needs, or why that cannot be read.
type Wish struct {
	task.Needs
	Err error
}

// Order is an assignment that lacks what its task needs.
type Order struct {
	To         dispatch.Assignee
	Assignment *workerpb.Assignment // the pool's from now on
	Wish       *Wish                // nil: nothing but the environment
	// Environment is the name of the variables the attempt runs with, in its
	// worker group; empty: none.
	Environment string
	WorkerGroup string
	// Group is the alert group of the instance, whose users get the results of
	// a task that names nobody.
	Group int64
	// Lacking hears, in words, of something that is gone or unreadable: the
	// assignment is not going to be sent. It must not block.
	Lacking func(reason string)
}

// Config tunes a pool. Zero values have defaults.
type Config struct {
	Parallel int           // orders looked up at once; default 8
	Retry    time.Duration // first pause while the database is away; default 20 ms
}

// Pool looks up what orders need. What waits in it is bounded by the credits
// of workers.
type Pool struct {
	parallel int
	find     finder
	hub      Hub
	wake     chan struct{}

	mu    sync.Mutex
	jobs  map[int64]*job // by attempt, those not settled
	queue []*job
}

// job is an order under way.
type job struct {
	Order
	ctx    context.Context // ends with its shard's loop, or when cancelled
	cancel context.CancelFunc
}

// New makes a pool; orders wait until Run.
func New(cfg Config, s Stores, hub Hub, log *slog.Logger) *Pool {
	parallel := cmp.Or(cfg.Parallel, 8)
	return &Pool{
		parallel: parallel, hub: hub, jobs: map[int64]*job{}, wake: make(chan struct{}, parallel),
		find: finder{stores: s, retry: cmp.Or(cfg.Retry, 20*time.Millisecond), log: log},
	}
}

// Send queues an order and returns at once. It replaces an older one of the
// same attempt. When ctx ends first, nothing is sent.
func (p *Pool) Send(ctx context.Context, o Order) {
	j := &job{Order: o}
	j.ctx, j.cancel = context.WithCancel(ctx)
	p.mu.Lock()
	old := p.jobs[o.Assignment.AttemptId]
	p.jobs[o.Assignment.AttemptId] = j
	p.queue = append(p.queue, j)
	p.mu.Unlock()
	if old != nil {
		p.drop(old)
	}
	select {
	case p.wake <- struct{}{}:
	default: // as many are awake as may be
	}
}

// Cancel takes back what was ordered for an attempt on this worker. It is
// false when nothing is under way: the assignment was sent, or never ordered.
func (p *Pool) Cancel(attemptID int64, workerID string) (dispatch.Assignee, bool) {
	p.mu.Lock()
	j := p.jobs[attemptID]
	if j == nil || j.To.WorkerID != workerID {
		p.mu.Unlock()
		return dispatch.Assignee{}, false
	}
	delete(p.jobs, attemptID)
	p.mu.Unlock()
	p.drop(j)
	return j.To, true
}

// drop ends what is done for a settled order and gives its credit back.
func (p *Pool) drop(j *job) {
	j.cancel()
	p.hub.Unused(j.To)
}

// Run looks up orders until ctx ends.
func (p *Pool) Run(ctx context.Context) error {
	var all sync.WaitGroup
	for range p.parallel {
		all.Go(func() { p.work(ctx) })
	}
	all.Wait()
	return nil
}

func (p *Pool) work(ctx context.Context) {
	for {
		select {
		case <-p.wake:
			for ctx.Err() == nil && p.Once() {
				continue
			}
		case <-ctx.Done():
			return
		}
	}
}

// Once settles the oldest order that waits, and reports whether there was one.
// It is what Run does over and over.
func (p *Pool) Once() bool {
	j := p.next()
	if j == nil {
		return false
	}
	defer j.cancel()
	reason, err := p.find.fill(j.ctx, j.Order)
	switch {
	case err != nil: // its context ended
		if p.settle(j, nil) {
			p.hub.Unused(j.To)
		}
	case reason != "":
		if p.settle(j, nil) {
			p.hub.Unused(j.To)
			j.Lacking(reason)
		}
	default:
		p.settle(j, func() { p.hub.Send(j.To, j.Assignment) })
	}
	return true
}

// next takes the oldest order off the queue, passing over settled ones.
func (p *Pool) next() *job {
	p.mu.Lock()
	defer p.mu.Unlock()
	for len(p.queue) > 0 {
		j := p.queue[0]
		p.queue[0] = nil
		p.queue = p.queue[1:]
		if p.jobs[j.Assignment.AttemptId] == j {
			return j
		}
	}
	return nil
}

// settle is true for the one who may say what becomes of the order. It calls
// then before anybody can find the order gone, so that a kill, which looks for
// the order first, leaves after what then sends.
func (p *Pool) settle(j *job, then func()) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.jobs[j.Assignment.AttemptId] != j {
		return false
	}
	delete(p.jobs, j.Assignment.AttemptId)
	if then != nil {
		then()
	}
	return true
}

// Waiting is the number of orders not settled yet.
func (p *Pool) Waiting() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.jobs)
}
