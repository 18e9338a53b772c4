package contain

import (
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"

	"golang.org/x/sys/unix"
)

type cgroupCell struct {
	host      *cgroupHost
	n         int
	dir       string
	oomBefore int64
	killed    atomic.Bool // through cgroup.kill
}

func (c *cgroupCell) Enter(attr *syscall.SysProcAttr) (func(), error) {
	fd, err := unix.Open(c.dir, unix.O_DIRECTORY|unix.O_CLOEXEC|unix.O_PATH, 0)
	if err != nil {
		return nil, &os.PathError{Op: "open", Path: c.dir, Err: err}
	}
	attr.UseCgroupFD, attr.CgroupFD = true, fd
	return func() { unix.Close(fd) }, nil
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

func (c *cgroupCell) Signal(sig syscall.Signal) error {
	if sig == syscall.SIGKILL {
		c.killed.Store(true)
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

func (c *cgroupCell) oomKills() int64 {
	n, err := readCounter(filepath.Join(c.dir, "memory.events"), "oom_kill")
	if err != nil {
		return 0
	}
	return n
}

func (c *cgroupCell) OutOfMemory() bool { return c.oomKills() > c.oomBefore }

// Close lets the cgroup be used again, unless it was killed: kernels with a
// kill sequence number (6.15 and later) compare that of the forking process'
// cgroup with that of the cgroup it forks into, and kill what differs at birth.
func (c *cgroupCell) Close() {
	if c.killed.Load() {
		_ = unix.Rmdir(c.dir) // else it goes with the host's folder
		return
	}
	c.host.mu.Lock()
	defer c.host.mu.Unlock()
	c.host.free = append(c.host.free, c.n)
}
