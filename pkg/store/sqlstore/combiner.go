package sqlstore

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/porpoise-scheduler/porpoise/pkg/store"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// combiner lets concurrent inserts share a transaction. There is no goroutine
// of its own: the first caller to find nobody at work does the work of all
// that are queued, once, and then hands over to the next in the queue. Nobody
// lingers to gather more.
type combiner[C combined] struct {
	run func(ctx context.Context, calls []C)

	mu    sync.Mutex
	busy  bool
	queue []C
}

// combined is a call that may share a transaction: what embeds a seat.
type combined interface {
	comparable
	place() *seat
}

// seat is a call's place in the queue.
type seat struct {
	err  error
	done chan struct{} // closed when err is set
	lead chan struct{} // says that this caller is next to work
}

func (s *seat) place() *seat { return s }

// insertCall is one caller's commands.
type insertCall struct {
	seat
	commands []*workflow.Command
	kept     kept // the answer to its request, if that is to happen once
}

const (
	maxCombined = 256              // calls in one transaction
	maxCombine  = 30 * time.Second // for one transaction
)

// do runs one call, alone or with others.
func (c *combiner[C]) do(ctx context.Context, call C) error {
	at := call.place()
	at.done, at.lead = make(chan struct{}), make(chan struct{}, 1)
	c.mu.Lock()
	c.queue = append(c.queue, call)
	first := !c.busy
	c.busy = true
	c.mu.Unlock()
	if first {
		c.work(ctx)
		return at.err
	}
	select {
	case <-at.done:
		return at.err
	case <-at.lead:
		c.work(ctx)
		return at.err
	case <-ctx.Done():
		return c.leave(ctx, call)
	}
}

// work takes what is queued, runs it and passes the lead on. It does not stop
// with the caller's context: others depend on it.
func (c *combiner[C]) work(ctx context.Context) {
	c.mu.Lock()
	n := min(len(c.queue), maxCombined)
	calls := slices.Clone(c.queue[:n])
	c.queue = slices.Delete(c.queue, 0, n)
	c.mu.Unlock()

	ctx = store.WithOnce(context.WithoutCancel(ctx), nil) // each call has its own
	shared, cancel := context.WithTimeout(ctx, maxCombine)
	c.run(shared, calls)
	cancel()
	for _, call := range calls {
		close(call.place().done)
	}
	c.handOver()
}

// handOver names the next to work.
func (c *combiner[C]) handOver() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.queue) == 0 {
		c.busy = false
		return
	}
	c.queue[0].place().lead <- struct{}{}
}

// leave takes a call back whose caller no longer waits. If it was begun
// already, its outcome is unknown to the caller.
func (c *combiner[C]) leave(ctx context.Context, call C) error {
	c.mu.Lock()
	i := slices.Index(c.queue, call)
	if i >= 0 {
		c.queue = slices.Delete(c.queue, i, i+1)
	}
	c.mu.Unlock()
	select {
	case <-call.place().lead:
		c.handOver()
	default:
	}
	return context.Cause(ctx)
}
