package contain

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// namespaceHost tags attempts by a UTS namespace of their own, whose domain
// name (which nobody reads, unlike the host name) says whose it is.
type namespaceHost struct {
	prefix    string // of the domain names of this data directory
	own       string // of those of this incarnation
	home      uint64 // inode of the supervisor's namespace
	adoptions *Adoptions
}

func newNamespaceHost(o Owner) (Host, error) {
	home, err := utsOf("self")
	if err != nil {
		return nil, err
	}
	h := &namespaceHost{prefix: "porpoise/" + o.tag() + "/", home: home, adoptions: NewAdoptions()}
	h.own = h.prefix + o.Incarnation[:min(8, len(o.Incarnation))] + "/"
	if err := onThread(func() error { return h.unshare(0) }); err != nil {
		return nil, err
	}
	return h, nil
}

// onThread runs f on a thread of its own, which ends with it: what f did to
// its namespaces stays there.
func onThread(f func() error) error {
	done := make(chan error, 1)
	go func() {
		runtime.LockOSThread()
		if unix.Gettid() == os.Getpid() {
			// The leader cannot end; its namespaces must stay as they are.
			defer runtime.UnlockOSThread()
			done <- onThread(f)
			return
		}
		done <- f()
	}()
	return <-done
}

// unshare puts the calling thread into a new namespace.
func (h *namespaceHost) unshare(attempt int64) error {
	if err := unix.Unshare(unix.CLONE_NEWUTS); err != nil {
		return fmt.Errorf("a UTS namespace: %w", err)
	}
	if err := unix.Setdomainname([]byte(h.own + strconv.FormatInt(attempt, 36))); err != nil {
		return fmt.Errorf("naming a UTS namespace: %w", err)
	}
	return nil
}

func (h *namespaceHost) Mode() Mode { return Namespace }

func (h *namespaceHost) Cell(attempt int64, _ string) (Cell, error) {
	return &namespaceCell{host: h, attempt: attempt, fd: -1}, nil
}

func (h *namespaceHost) Close() error { return nil }

// EndForeign looks into every namespace that is not ours. It may take a while
// on a crowded host, and runs once.
func (h *namespaceHost) EndForeign(ctx context.Context) error {
	for wait := time.Millisecond; ; wait = min(2*wait, 100*time.Millisecond) {
		found, err := h.killForeign()
		if err != nil || found == 0 {
			return err
		}
		if !pause(ctx.Done(), wait) {
			return ctx.Err()
		}
	}
}

func (h *namespaceHost) killForeign() (found int, err error) {
	list, err := pids()
	if err != nil {
		return 0, err
	}
	foreign := map[uint64]bool{h.home: false}
	var errs []error
	for _, pid := range list {
		ino, err := utsOf(strconv.Itoa(pid))
		if err != nil {
			continue // it ended, or is a kernel thread
		}
		is, seen := foreign[ino]
		if !seen {
			is = h.isForeign(pid)
			foreign[ino] = is
		}
		if is {
			found++
			errs = append(errs, signal(pid, syscall.SIGKILL, func(pid int) bool {
				now, err := utsOf(strconv.Itoa(pid))
				return err == nil && now == ino
			}))
		}
	}
	return found, errors.Join(errs...)
}

// isForeign reads the domain name of pid's namespace.
func (h *namespaceHost) isForeign(pid int) bool {
	var name string
	err := onThread(func() error {
		fd, err := unix.Open("/proc/"+strconv.Itoa(pid)+"/ns/uts", unix.O_RDONLY|unix.O_CLOEXEC, 0)
		if err != nil {
			return err
		}
		defer unix.Close(fd)
		if err := unix.Setns(fd, unix.CLONE_NEWUTS); err != nil {
			return err
		}
		var u unix.Utsname
		if err := unix.Uname(&u); err != nil {
			return err
		}
		name = unix.ByteSliceToString(u.Domainname[:])
		return nil
	})
	return err == nil && strings.HasPrefix(name, h.prefix) && !strings.HasPrefix(name, h.own)
}

// utsOf gives the inode of a process' UTS namespace; processes that ended have
// none.
func utsOf(pid string) (uint64, error) {
	link, err := os.Readlink("/proc/" + pid + "/ns/uts")
	if err != nil {
		return 0, err
	}
	n, ok := strings.CutPrefix(link, "uts:[")
	if !ok {
		return 0, fmt.Errorf("namespace %q is malformed", link)
	}
	return strconv.ParseUint(strings.TrimSuffix(n, "]"), 10, 64)
}

type namespaceCell struct {
	host    *namespaceHost
	attempt int64
	// fd holds the namespace, so that its number is not given to another one
	// while the cell lives.
	fd  int
	ino uint64
}

func (c *namespaceCell) Enter(*syscall.SysProcAttr) (func(), error) {
	if err := c.host.unshare(c.attempt); err != nil {
		return nil, err
	}
	fd, err := unix.Open("/proc/thread-self/ns/uts", unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("holding a UTS namespace: %w", err)
	}
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		unix.Close(fd)
		return nil, fmt.Errorf("holding a UTS namespace: %w", err)
	}
	c.fd, c.ino = fd, st.Ino
	return func() {}, nil
}

func (c *namespaceCell) Env() []string { return nil }

func (c *namespaceCell) Started(int) {}

func (c *namespaceCell) has(pid int) bool {
	ino, err := utsOf(strconv.Itoa(pid))
	return err == nil && ino == c.ino
}

// Empty relies on the supervisor being the subreaper: when the main process is
// gone, any process left has an ancestor that was adopted by the supervisor
// and bears the tag too.
func (c *namespaceCell) Empty() (bool, error) {
	adopted, err := c.host.adoptions.List()
	if err != nil {
		return false, err
	}
	for _, pid := range adopted {
		if c.has(pid) {
			return false, nil
		}
	}
	return true, nil
}

func (c *namespaceCell) Signal(sig syscall.Signal) error {
	list, err := pids()
	if err != nil {
		return err
	}
	var errs []error
	for _, pid := range list {
		if c.has(pid) {
			errs = append(errs, signal(pid, sig, c.has))
		}
	}
	return errors.Join(errs...)
}

func (c *namespaceCell) OutOfMemory() bool { return false }

func (c *namespaceCell) Close() {
	if c.fd >= 0 {
		unix.Close(c.fd)
		c.fd = -1
	}
}
