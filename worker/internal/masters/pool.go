package masters

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/cenkalti/backoff/v5"
	"google.golang.org/grpc"

	"github.com/porpoise-scheduler/porpoise/pkg/coord"
	"github.com/porpoise-scheduler/porpoise/proto/workerpb"
)

// Dial connects to a member's address.
type Dial func(ctx context.Context, addr string) (*grpc.ClientConn, error)

// Pool keeps the streams.
type Pool struct {
	Dial    Dial
	Hello   func() *workerpb.Hello // for the next stream
	Handler Handler
	Log     *slog.Logger
}

// link is the way to one master. It ends when the master is no longer listed
// and its stream broke: a master that only lost its lease may still own shards.
type link struct {
	member coord.Member
	listed atomic.Bool
	stop   context.CancelFunc
	done   chan struct{}
}

// Run follows the list of masters until ctx ends, then ends all streams.
func (p *Pool) Run(ctx context.Context, members <-chan []coord.Member) {
	links := map[string]*link{}
	var wg sync.WaitGroup
	defer wg.Wait()
	for {
		select {
		case <-ctx.Done():
			return
		case list, ok := <-members:
			if !ok {
				members = nil // the watch ends with the context
				continue
			}
			p.follow(ctx, &wg, links, list)
		}
	}
}

// follow starts and stops links so that they match the list.
func (p *Pool) follow(ctx context.Context, wg *sync.WaitGroup, links map[string]*link, list []coord.Member) {
	listed := map[string]bool{}
	for _, m := range list {
		listed[m.ID] = true
		l := links[m.ID]
		if l != nil && !l.ended() && l.member.Addr == m.Addr {
			l.listed.Store(true)
			continue
		}
		if l != nil {
			l.stop()
		}
		links[m.ID] = p.start(ctx, wg, m)
	}
	for id, l := range links {
		if !listed[id] {
			l.listed.Store(false)
		}
		if l.ended() {
			delete(links, id)
		}
	}
}

func (l *link) ended() bool {
	select {
	case <-l.done:
		return true
	default:
		return false
	}
}

func (p *Pool) start(ctx context.Context, wg *sync.WaitGroup, m coord.Member) *link {
	ctx, stop := context.WithCancel(ctx)
	l := &link{member: m, stop: stop, done: make(chan struct{})}
	l.listed.Store(true)
	wg.Go(func() {
		defer close(l.done)
		defer stop()
		p.keep(ctx, l)
	})
	return l
}

// Bounds of the wait before a broken stream is made again.
const (
	firstWait = 50 * time.Millisecond
	lastWait  = 5 * time.Second
)

// keep makes the stream again and again, while the master is listed.
func (p *Pool) keep(ctx context.Context, l *link) {
	log := p.Log.With("master", l.member.ID, "addr", l.member.Addr)
	conn, err := p.Dial(ctx, l.member.Addr)
	if err != nil {
		log.Error("dialling a master", "error", err)
		return
	}
	defer conn.Close()
	api := workerpb.NewDispatchClient(conn)
	pause := backoff.NewExponentialBackOff()
	pause.InitialInterval, pause.MaxInterval = firstWait, lastWait
	for ctx.Err() == nil && l.listed.Load() {
		established, err := converse(ctx, api, l.member.ID, p.Hello(), p.Handler)
		if ctx.Err() != nil || errors.Is(err, errClosed) {
			return
		}
		if established {
			pause.Reset()
		}
		log.Warn("the stream to a master broke", "error", err)
		timer := time.NewTimer(pause.NextBackOff())
		select {
		case <-ctx.Done():
		case <-timer.C:
		}
		timer.Stop()
	}
}
