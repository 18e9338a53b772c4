package contain

import (
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"

	"golang.org/x/sys/unix"
)

type cgroupCell struct {
	host *cgroupHost
	n    int
	dir  string
	ooms int64 // what the counter of an earlier attempt said

	mu     sync.Mutex
	fd     int  // of dir, to fork into; -1 afterwards: attempts are many, descriptors are not
	closed bool // the cgroup may be another attempt's
	killed bool // through cgroup.kill
}

func (c *cgroupCell) Enter(attr *syscall.SysProcAttr) (func(), error) {
	attr.UseCgroupFD, attr.CgroupFD = true, c.fd
	return func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.letGo()
	}, nil
}

// letGo closes the descriptor; the caller holds the lock.
func (c *cgroupCell) letGo() {
	if c.fd >= 0 {
		unix.Close(c.fd)
		c.fd = -1
	}
}

func (c *cgroupCell) Env() []string { return nil }

func (c *cgroupCell) Started(int) {}

func (c *cgroupCell) Empty() (bool, error) {
	populated, err := isPopulated(c.dir)
	if err != nil && isGone(err) { // only empty ones can be removed
		return true, nil
	}
	return !populated, err
}

// Signal does nothing once the cell is closed: whoever sends one may be late.
func (c *cgroupCell) Signal(sig syscall.Signal) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return nil
	}
	if sig == syscall.SIGKILL {
		c.killed = true
		if err := killCgroup(c.dir); err != nil && !isGone(err) {
			return err
		}
		return nil
	}
	b, err := os.ReadFile(filepath.Join(c.dir, "cgroup.procs"))
	if err != nil && isGone(err) {
		return nil
	}
	if err != nil {
		return err
	}
	var errs []error
	for _, f := range strings.Fields(string(b)) {
		pid, err := strconv.Atoi(f)
		if err != nil || pid <= 0 {
			continue
		}
		errs = append(errs, signal(pid, sig, c.has))
	}
	return errors.Join(errs...)
}

// has reads the member list again: the caller holds a pidfd by now.
func (c *cgroupCell) has(pid int) bool {
	b, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/cgroup")
	if err != nil {
		return false
	}
	own := filepath.Base(c.host.base) + "/" + filepath.Base(c.host.dir) + "/" + filepath.Base(c.dir)
	for line := range strings.Lines(string(b)) {
		path, ok := strings.CutPrefix(strings.TrimSuffix(line, "\n"), "0::")
		if ok && strings.HasSuffix(path, "/"+own) {
			return true
		}
	}
	return false
}

// OutOfMemory leaves the counter to the next attempt: nothing that could raise
// it is in the cgroup meanwhile.
func (c *cgroupCell) OutOfMemory() bool {
	before := c.ooms
	if n, err := readCounter(c.dir+"/memory.events", "oom_kill"); err == nil {
		c.ooms = n
	}
	return c.ooms > before
}

// Close lets the cgroup be used again, unless it was killed: kernels with a
// kill sequence number (6.15 and later) compare that of the forking process'
// cgroup with that of the cgroup it forks into, and kill what differs at birth.
func (c *cgroupCell) Close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.closed = true
	c.letGo()
	if c.killed {
		_ = unix.Rmdir(c.dir) // else it goes with the host's folder
		return
	}
	c.host.mu.Lock()
	defer c.host.mu.Unlock()
	c.host.free = append(c.host.free, freeCell{n: c.n, ooms: c.ooms})
}
