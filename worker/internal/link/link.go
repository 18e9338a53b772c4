// Package link attaches a worker to its supervisor, starting one if none
// answers, and again whenever the connection breaks.
package link

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"github.com/cenkalti/backoff/v5"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/porpoise-scheduler/porpoise/proto/supervisorpb"
	"github.com/porpoise-scheduler/porpoise/worker/supervisor"
)

// Session is one attachment. Send queues and does not wait, Flush lets out what
// is queued; after the break they do nothing.
type Session struct {
	mu     sync.Mutex
	queue  []*supervisorpb.Request
	closed bool
	wake   chan struct{}
	done   chan struct{} // closed when the supervisor ended it too
}

func newSession() *Session {
	return &Session{wake: make(chan struct{}, 1), done: make(chan struct{})}
}

// Send queues requests.
func (s *Session) Send(r ...*supervisorpb.Request) {
	s.mu.Lock()
	s.queue = append(s.queue, r...)
	s.mu.Unlock()
}

// Flush sends what is queued.
func (s *Session) Flush() {
	s.mu.Lock()
	waiting := len(s.queue) > 0
	s.mu.Unlock()
	if waiting {
		s.rouse()
	}
}

// errClosed ends a link whose session was closed on this side.
var errClosed = errors.New("detached")

func (s *Session) isClosed() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.closed
}

// Close sends what is queued and detaches for good: the link does not attach
// again.
func (s *Session) Close() {
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	s.rouse()
}

// Done is closed when the session is over: after Close, when the supervisor has
// read everything.
func (s *Session) Done() <-chan struct{} { return s.done }

func (s *Session) rouse() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

func (s *Session) take() ([]*supervisorpb.Request, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	q := s.queue
	s.queue = nil
	return q, s.closed
}

// Handler gets what the supervisor tells. Calls come in order: Attached,
// Told..., Detached.
type Handler interface {
	Attached(*Session, *supervisorpb.Attached)
	Told(*Session, []*supervisorpb.Process)
	Detached(*Session)
}

// Link keeps a worker attached.
type Link struct {
	Config      supervisor.Config
	Command     []string // of the supervisor, before its arguments
	Incarnation string   // of the worker
	Handler     Handler
	Log         *slog.Logger
}

// Bounds of the wait before the next try.
const (
	firstWait = 5 * time.Millisecond
	lastWait  = 2 * time.Second
	// usualFailures to attach are no news: a supervisor takes a moment to start.
	usualFailures = 12
	// answerIn bounds how long a connection may take to answer.
	answerIn = 20 * time.Second
)

// Run attaches again and again until ctx ends or a session is closed.
func (l *Link) Run(ctx context.Context) error {
	conn, err := supervisor.Dial(l.Config.Dir)
	if err != nil {
		return err
	}
	defer conn.Close()
	api := supervisorpb.NewSupervisorClient(conn)
	pause := backoff.NewExponentialBackOff()
	pause.InitialInterval, pause.MaxInterval = firstWait, lastWait
	var started child
	failures := 0
	for ctx.Err() == nil {
		attached, err := l.attach(ctx, api)
		if ctx.Err() != nil || errors.Is(err, errClosed) {
			return nil
		}
		level := slog.LevelWarn
		if attached {
			pause.Reset()
			failures = 0
		} else if failures++; failures < usualFailures {
			level = slog.LevelDebug
		}
		l.Log.Log(ctx, level, "not attached to the supervisor", "error", err)
		if status.Code(err) == codes.Unavailable && started.gone() {
			if started, err = l.start(); err != nil {
				l.Log.Error("starting the supervisor", "error", err)
			}
		}
		if !wait(ctx, pause.NextBackOff()) {
			return nil
		}
		conn.ResetConnectBackoff()
	}
	return nil
}

func wait(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return true
	}
}

// attach runs one session to its end.
func (l *Link) attach(ctx context.Context, api supervisorpb.SupervisorClient) (attached bool, err error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stream, err := api.Attach(ctx)
	if err != nil {
		return false, err
	}
	hello := &supervisorpb.Request{Msg: &supervisorpb.Request_Attach{Attach: &supervisorpb.Attach{Incarnation: l.Incarnation}}}
	slow := time.AfterFunc(answerIn, cancel)
	defer slow.Stop()
	// A failed send shows at Recv, with its reason.
	_ = stream.Send(hello)
	first, err := stream.Recv()
	if err != nil {
		return false, err
	}
	slow.Stop()
	if first.GetAttached() == nil {
		return false, errors.New("the supervisor's first message is no inventory")
	}
	s := newSession()
	var wg sync.WaitGroup
	defer wg.Wait()
	defer cancel()
	wg.Go(func() { send(ctx, s, stream) })
	defer close(s.done)
	l.Handler.Attached(s, first.GetAttached())
	defer l.Handler.Detached(s)
	for {
		reply, err := stream.Recv()
		if s.isClosed() {
			return true, errClosed
		}
		if err != nil {
			return true, err
		}
		if list := reply.GetEvents().GetProcesses(); len(list) > 0 {
			l.Handler.Told(s, list)
		}
	}
}

func send(ctx context.Context, s *Session, stream grpc.BidiStreamingClient[supervisorpb.Request, supervisorpb.Reply]) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-s.wake:
		}
		requests, closed := s.take()
		for _, r := range requests {
			if stream.Send(r) != nil {
				return
			}
		}
		if closed {
			_ = stream.CloseSend()
			return
		}
	}
}

// child is a supervisor started here. Nobody waits for it all the time: it is
// meant to outlive this process.
type child struct{ pid int }

// gone reports whether there is no such process, and collects one that ended.
func (c *child) gone() bool {
	if c.pid == 0 {
		return true
	}
	pid, err := syscall.Wait4(c.pid, nil, syscall.WNOHANG, nil)
	if pid == c.pid || (err != nil && !errors.Is(err, syscall.EINTR)) {
		c.pid = 0
	}
	return c.pid == 0
}

// start starts a supervisor in a session of its own: it goes on when this
// process ends.
func (l *Link) start() (child, error) {
	out, err := os.OpenFile(filepath.Join(l.Config.Dir, "supervisor.log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return child{}, err
	}
	defer out.Close()
	args := append(append([]string{}, l.Command...), l.Config.Args()...)
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Dir = "/"
	cmd.Stdout, cmd.Stderr = out, out
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := cmd.Start(); err != nil {
		return child{}, fmt.Errorf("running %s: %w", args[0], err)
	}
	l.Log.Info("started a supervisor", "pid", cmd.Process.Pid)
	c := child{pid: cmd.Process.Pid}
	return c, cmd.Process.Release()
}
