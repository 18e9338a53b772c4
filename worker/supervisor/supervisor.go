package supervisor

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"syscall"
	"time"

	"github.com/google/uuid"
	"golang.org/x/sys/unix"
	"google.golang.org/grpc"

	"github.com/porpoise-scheduler/porpoise/proto/supervisorpb"
	"github.com/porpoise-scheduler/porpoise/worker/internal/contain"
)

// lockRetry is how often a new supervisor looks whether the old one ended.
const lockRetry = 50 * time.Millisecond

// wait returns false when ctx ended first.
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

// Run is a supervisor's life. It changes the process it runs in (subreaper,
// umask), which must be its own. It returns when the worker asked for the end
// and no attempt is left, or when ctx ended and the attempts were ended.
func Run(ctx context.Context, c Config) error {
	c, err := c.withDefaults()
	if err != nil {
		return err
	}
	syscall.Umask(0o077)
	if err := unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); err != nil {
		return fmt.Errorf("becoming a subreaper: %w", err)
	}
	lockCtx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	lock, err := lockDir(lockCtx, c.Dir)
	if err != nil {
		return err
	}
	defer lock.Close()
	l, err := prepare(ctx, c)
	if err != nil {
		return err
	}
	return l.serve(ctx)
}

// prepare ends what an earlier supervisor left and reads what it recorded.
func prepare(ctx context.Context, c Config) (*loop, error) {
	l := &loop{
		cfg: c, log: c.Log, incarnation: uuid.NewString(),
		messages: make(chan message, 256), spawned: make(chan spawned, 64), exited: make(chan []uint64, 16),
		emptied: make(chan uint64, 64), recorded: make(chan []uint64, 16),
		attempts: map[int64]*attempt{}, bySeq: map[uint64]*attempt{}, capOf: map[*attempt]*logCap{},
		mains: map[int]bool{}, adoptions: contain.NewAdoptions(),
	}
	host, err := contain.Detect(contain.Owner{
		DataDir: c.Dir, WorkRoot: c.WorkDir, Incarnation: l.incarnation,
	}, c.Containment)
	if err != nil {
		return nil, err
	}
	l.host = host
	if err := host.EndForeign(ctx); err != nil {
		return nil, errors.Join(err, host.Close())
	}
	recorder, known, err := openRecorder(c.Dir, l.recorded, c.Log)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("reading exit records: %w", err), host.Close())
	}
	l.recorder = recorder
	for _, p := range known {
		l.attempts[p.GetAttemptId()] = &attempt{
			start: &supervisorpb.Start{AttemptId: p.GetAttemptId()}, phase: ended, pidfd: -1, restored: p,
		}
	}
	return l, nil
}

// serve starts the parts, runs the loop and stops the parts in the order of
// who talks to whom.
func (l *loop) serve(ctx context.Context) error {
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer null.Close()
	if l.waiter, err = newWaiter(); err != nil {
		return err
	}
	listener, err := listenSocket(l.cfg.Dir)
	if err != nil {
		return fmt.Errorf("listening: %w", err)
	}
	l.undertaker = newUndertaker(l.emptied, l.log)
	l.caps = newLogCaps(l.log)
	l.spawners = newSpawners(l.cfg.Spawners, l.host, null, l.spawned)

	partsCtx, stopParts := context.WithCancel(context.WithoutCancel(ctx))
	defer stopParts()
	done := make(chan struct{})
	srv := &server{messages: l.messages, done: done}
	rpc := grpc.NewServer(grpc.MaxRecvMsgSize(maxMessage), grpc.MaxSendMsgSize(maxMessage),
		grpc.StaticStreamWindowSize(window), grpc.StaticConnWindowSize(window))
	supervisorpb.RegisterSupervisorServer(rpc, srv)

	var parts sync.WaitGroup
	parts.Go(func() { l.undertaker.run(partsCtx) })
	parts.Go(func() { l.recorder.run(partsCtx) })
	parts.Go(func() { l.caps.run(partsCtx) })
	parts.Go(func() { l.waiter.run(l.exited) })
	var serveErr error
	parts.Go(func() { serveErr = rpc.Serve(listener) })
	l.log.Info("supervisor is ready", "dir", l.cfg.Dir, "containment", l.host.Mode(), "incarnation", l.incarnation)

	l.run(ctx)

	close(done)
	rpc.Stop()
	srv.receivers.Wait()
	stopParts()
	err = l.waiter.close()
	l.spawners.close()
	parts.Wait()
	return errors.Join(err, serveErr, l.host.Close())
}
