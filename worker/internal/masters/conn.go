package masters

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"

	"google.golang.org/grpc"

	"github.com/porpoise-scheduler/porpoise/proto/workerpb"
)

// Conn is one stream to a master, from Hello to its break. Its methods queue a
// message, which Flush sends, and do not wait; after the break they do nothing.
type Conn struct {
	Master string // the member's id
	out    *outbox
	done   chan struct{} // closed when the stream is over
}

// Report tells an attempt's state.
func (c *Conn) Report(r *workerpb.Report) { c.out.put(func() { c.out.report(r) }) }

// Inventory answers a claim.
func (c *Conn) Inventory(i *workerpb.Inventory) {
	c.out.put(func() { c.out.inventories = append(c.out.inventories, i) })
}

// Refuse gives a dispatch back.
func (c *Conn) Refuse(r *workerpb.Refused) {
	c.out.put(func() { c.out.refused = append(c.out.refused, r) })
}

// Credit grants n dispatches.
func (c *Conn) Credit(n int) { c.out.put(func() { c.out.credit += int32(n) }) }

// CreditWanted asks n back.
func (c *Conn) CreditWanted(n int) { c.out.put(func() { c.out.wanted += int32(n) }) }

// Heartbeat tells the load, the newest only.
func (c *Conn) Heartbeat(h *workerpb.Heartbeat) { c.out.put(func() { c.out.heartbeat = h }) }

// Flush sends what is queued. A message each for what belongs together would
// cost either side more than what it says.
func (c *Conn) Flush() { c.out.flush() }

// Close ends the stream once what is queued was sent; it is not made again.
func (c *Conn) Close() { c.out.put(func() { c.out.closed = true }) }

// Done is closed when the stream is over: after Close, when the master has read
// everything.
func (c *Conn) Done() <-chan struct{} { return c.done }

// Handler gets what happens on the streams. Calls of one Conn come in order:
// Up, Received..., Down.
type Handler interface {
	Up(*Conn)
	Received(*Conn, *workerpb.ToWorker)
	Down(*Conn)
}

type stream = grpc.BidiStreamingClient[workerpb.FromWorker, workerpb.ToWorker]

// converse runs one stream to its end. established tells that the master
// answered.
func converse(ctx context.Context, api workerpb.DispatchClient, master string, hello *workerpb.Hello, h Handler) (established bool, err error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	s, err := api.Connect(ctx)
	if err != nil {
		return false, err
	}
	if err := s.Send(&workerpb.FromWorker{Msg: &workerpb.FromWorker_Hello{Hello: hello}}); err != nil {
		return false, finalError(s, err)
	}
	first, err := s.Recv()
	if err != nil {
		return false, err
	}
	if first.GetWelcome() == nil {
		return false, errors.New("the master's first message is no welcome")
	}
	c := &Conn{Master: master, out: newOutbox(), done: make(chan struct{})}
	var wg sync.WaitGroup
	defer wg.Wait()
	defer cancel()
	wg.Go(func() { c.send(ctx, s) })
	defer close(c.done)
	h.Up(c)
	defer h.Down(c)
	for {
		m, err := s.Recv()
		if c.out.isClosed() && err != nil {
			return true, errClosed
		}
		if errors.Is(err, io.EOF) {
			return true, nil
		}
		if err != nil {
			return true, err
		}
		h.Received(c, m)
	}
}

// errClosed is the end of a stream that was closed on this side.
var errClosed = errors.New("closed")

// finalError gives the reason of a broken stream, which only Recv knows.
func finalError(s stream, err error) error {
	if errors.Is(err, io.EOF) {
		_, err = s.Recv()
	}
	return fmt.Errorf("greeting the master: %w", err)
}

// send ends with the stream or after Close. A failed Send shows at Recv too.
func (c *Conn) send(ctx context.Context, s stream) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-c.out.wake:
		}
		list, closed := c.out.take()
		for _, m := range list {
			if s.Send(m) != nil {
				return
			}
		}
		if closed {
			_ = s.CloseSend()
			return
		}
	}
}
