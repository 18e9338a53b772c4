package supervisor

import (
	"fmt"
	"os"
	"runtime"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/porpoise-scheduler/porpoise/proto/supervisorpb"
	"github.com/porpoise-scheduler/porpoise/worker/internal/contain"
)

// spawned is what came of a start.
type spawned struct {
	attempt *attempt
	cell    contain.Cell
	pid     int
	pidfd   int
	begun   time.Time
	err     error
}

// spawners fork attempts on threads that live as long as the process: an
// attempt dies with the thread that forked it.
type spawners struct {
	host contain.Host
	null *os.File
	out  chan<- spawned

	mu     sync.Mutex
	more   *sync.Cond
	queue  []*attempt
	closed bool
	wg     sync.WaitGroup
}

func newSpawners(n int, host contain.Host, null *os.File, out chan<- spawned) *spawners {
	s := &spawners{host: host, null: null, out: out}
	s.more = sync.NewCond(&s.mu)
	s.wg.Add(n)
	for range n {
		go s.run()
	}
	return s
}

// spawn queues an attempt and does not wait.
func (s *spawners) spawn(a *attempt) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.queue = append(s.queue, a)
	s.more.Signal()
}

// close ends the threads; no attempt may run any more.
func (s *spawners) close() {
	s.mu.Lock()
	s.closed = true
	s.more.Broadcast()
	s.mu.Unlock()
	s.wg.Wait()
}

func (s *spawners) next() (*attempt, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for len(s.queue) == 0 && !s.closed {
		s.more.Wait()
	}
	if len(s.queue) == 0 {
		return nil, false
	}
	a := s.queue[0]
	s.queue = s.queue[1:]
	return a, true
}

func (s *spawners) run() {
	runtime.LockOSThread() // never unlocked: the thread ends with the goroutine
	if unix.Gettid() == os.Getpid() {
		// The leader adopts orphans and must have no children of its own.
		inner := make(chan struct{})
		go func() { defer close(inner); s.run() }()
		<-inner
		return
	}
	defer s.wg.Done()
	// Of this thread only, and of all it forks: no set-user-ID program gives
	// an attempt more rights.
	noNewPrivileges := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
	for {
		a, ok := s.next()
		if !ok {
			return
		}
		r := spawned{attempt: a, pidfd: -1, err: noNewPrivileges}
		if r.err == nil {
			s.fork(a.start, &r)
		}
		s.out <- r
	}
}

// fork starts the process; r holds what came of it.
func (s *spawners) fork(start *supervisorpb.Start, r *spawned) {
	r.begun = time.Now()
	cell, err := s.host.Cell(start.GetAttemptId(), start.GetWorkDir())
	if err != nil {
		r.err = err
		return
	}
	r.pid, r.pidfd, r.err = s.forkInto(cell, start)
	if r.err != nil {
		cell.Close()
		return
	}
	cell.Started(r.pid)
	r.cell = cell
}

func (s *spawners) forkInto(cell contain.Cell, start *supervisorpb.Start) (pid, pidfd int, err error) {
	log, err := unix.Open(start.GetLogPath(), unix.O_WRONLY|unix.O_APPEND|unix.O_CREAT|unix.O_CLOEXEC, 0o600)
	if err != nil {
		return 0, -1, &os.PathError{Op: "open", Path: start.GetLogPath(), Err: err}
	}
	defer unix.Close(log)
	pidfd = -1
	attr := &syscall.SysProcAttr{
		Setsid: true, Pdeathsig: syscall.SIGKILL, PidFD: &pidfd, Credential: credential(start),
	}
	left, err := cell.Enter(attr)
	if err != nil {
		return 0, -1, err
	}
	defer left()
	argv := append([]string{start.GetPath()}, start.GetArgs()...)
	pid, err = syscall.ForkExec(start.GetPath(), argv, &syscall.ProcAttr{
		Dir:   start.GetWorkDir(),
		Env:   append(cell.Env(), start.GetEnv()...),
		Files: []uintptr{s.null.Fd(), uintptr(log), uintptr(log)},
		Sys:   attr,
	})
	if err != nil {
		if pidfd >= 0 {
			unix.Close(pidfd)
		}
		return 0, -1, fmt.Errorf("starting %s in %s as uid %d: %w", start.GetPath(), start.GetWorkDir(), start.GetUid(), err)
	}
	if pidfd < 0 {
		// The kernel gave none with the fork; the child is unreaped, so its id
		// is still its own.
		if pidfd, err = unix.PidfdOpen(pid, 0); err != nil {
			_ = unix.Kill(pid, unix.SIGKILL)
			_, _ = unix.Wait4(pid, nil, 0, nil)
			return 0, -1, fmt.Errorf("holding process %d: %w", pid, err)
		}
	}
	return pid, pidfd, nil
}
