package services

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"sync"
	"syscall"
	"time"
)

const (
	startTimeout = 3 * time.Minute
	stopTimeout  = 2 * time.Minute
	pollEvery    = 10 * time.Millisecond
)

// command is what a Process runs, each time it is started.
type command struct {
	path  string
	args  []string
	env   []string // beside the environment of this program
	log   string   // output is appended to this file
	ready func(context.Context) error
	// credential is whom it runs as; nil: whoever runs this program.
	credential *syscall.Credential
}

// Process is a server that can be killed and started again on the same port
// and directory. Its methods may be called from any goroutine.
type Process struct {
	command command

	mu   sync.Mutex
	life *life // nil while stopped
}

// NewProcess describes a server, which Start starts: path with args, and env
// beside this program's environment. Its output is appended to the file log;
// it is up once ready returns no error.
func NewProcess(path string, args, env []string, log string, ready func(context.Context) error) *Process {
	return &Process{command: command{path: path, args: args, env: env, log: log, ready: ready}}
}

// life is one run of a process.
type life struct {
	process *os.Process
	ended   chan struct{} // closed when the process was waited for
	err     error         // valid once ended is closed
}

// Start runs the process and waits until it answers.
func (p *Process) Start() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.life != nil {
		return fmt.Errorf("%s runs already", filepath.Base(p.command.path))
	}
	l, err := p.command.spawn()
	if err != nil {
		return err
	}
	if err := l.await(p.command.ready); err != nil {
		l.signal(syscall.SIGKILL)
		<-l.ended
		return fmt.Errorf("starting %s: %w\n%s", filepath.Base(p.command.path), err, tail(p.command.log))
	}
	p.life = l
	return nil
}

// Stop ends the process in good order, by force if it does not listen, and
// waits for it. A stopped process may be stopped again.
func (p *Process) Stop() error { return p.end(syscall.SIGTERM) }

// Kill ends the process with SIGKILL and waits for it.
func (p *Process) Kill() error { return p.end(syscall.SIGKILL) }

// Restart kills the process, if it runs, and starts it again.
func (p *Process) Restart() error {
	if err := p.Kill(); err != nil {
		return err
	}
	return p.Start()
}

// Pause freezes the process with SIGSTOP until Resume.
func (p *Process) Pause() error { return p.signal(syscall.SIGSTOP) }

// Resume undoes Pause.
func (p *Process) Resume() error { return p.signal(syscall.SIGCONT) }

// Pid gives the process id, 0 while stopped.
func (p *Process) Pid() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.life == nil {
		return 0
	}
	return p.life.process.Pid
}

func (p *Process) signal(s syscall.Signal) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.life == nil {
		return os.ErrProcessDone
	}
	return p.life.signal(s)
}

func (p *Process) end(s syscall.Signal) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.life == nil {
		return nil
	}
	if err := p.life.signal(s); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	select {
	case <-p.life.ended:
	case <-time.After(stopTimeout):
		_ = p.life.signal(syscall.SIGKILL)
		<-p.life.ended
	}
	p.life = nil
	return nil
}

// spawn starts the process on a goroutine that keeps its thread until the
// process has ended: the kernel's parent-death signal watches the thread that
// forked, not the whole program.
func (c command) spawn() (*life, error) {
	out, err := os.OpenFile(c.log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(c.path, c.args...)
	cmd.Stdout, cmd.Stderr = out, out
	cmd.Env = append(os.Environ(), c.env...)
	// A group of its own: an interrupt from the keyboard is ours to pass on.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL, Credential: c.credential}
	l := &life{ended: make(chan struct{})}
	started := make(chan error)
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		defer out.Close()
		err := cmd.Start()
		l.process = cmd.Process
		started <- err
		if err != nil {
			return
		}
		l.err = cmd.Wait()
		close(l.ended)
	}()
	if err := <-started; err != nil {
		return nil, err
	}
	return l, nil
}

// await polls ready until it succeeds, the process ends or time is up.
func (l *life) await(ready func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(context.Background(), startTimeout)
	defer cancel()
	tick := time.NewTicker(pollEvery)
	defer tick.Stop()
	for {
		err := ready(ctx)
		if err == nil {
			return nil
		}
		select {
		case <-l.ended:
			return fmt.Errorf("it ended: %w", errors.Join(l.err, err))
		case <-ctx.Done():
			return fmt.Errorf("it does not answer: %w", err)
		case <-tick.C:
		}
	}
}

func (l *life) signal(s syscall.Signal) error { return l.process.Signal(s) }

// find looks a program up in PATH and where Debian keeps servers.
func find(name string) (string, error) {
	if path, err := exec.LookPath(name); err == nil {
		return path, nil
	}
	for _, dir := range []string{"/usr/sbin", "/usr/local/sbin", "/usr/local/bin"} {
		if path, err := exec.LookPath(filepath.Join(dir, name)); err == nil {
			return path, nil
		}
	}
	return "", fmt.Errorf("%s is not installed: %w", name, exec.ErrNotFound)
}

// tail gives the end of a log for an error message.
func tail(path string) string {
	data, err := os.ReadFile(path)
	if err != nil {
		return err.Error()
	}
	return string(data[max(0, len(data)-4096):])
}
