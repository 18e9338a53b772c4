package contain

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// cgroupHost keeps cells below <own cgroup>/porpoise-<tag>/<incarnation>.
type cgroupHost struct {
	base string // of all incarnations of this data directory
	dir  string // of this one
	// trail remembers bases in the data directory: a later life may be started
	// in another cgroup and must still find what this one left.
	trail string

	mu   sync.Mutex
	free []int
	made int
}

func newCgroupHost(o Owner) (Host, error) {
	own, err := ownCgroup()
	if err != nil {
		return nil, err
	}
	h := &cgroupHost{
		base:  filepath.Join(own, "porpoise-"+o.tag()),
		trail: filepath.Join(o.DataDir, "cgroups"),
	}
	h.dir = filepath.Join(h.base, o.Incarnation)
	if err := os.MkdirAll(h.dir, 0o755); err != nil {
		return nil, err
	}
	if _, err := os.Stat(filepath.Join(h.dir, "cgroup.kill")); err != nil {
		return nil, errors.Join(fmt.Errorf("the kernel cannot kill a cgroup: %w", err), h.Close())
	}
	enableControllers(h.base)
	enableControllers(h.dir)
	if err := h.remember(); err != nil {
		return nil, err
	}
	return h, nil
}

// ownCgroup gives the folder of the cgroup v2 this process is in.
func ownCgroup() (string, error) {
	mount, root, err := cgroupMount()
	if err != nil {
		return "", err
	}
	b, err := os.ReadFile("/proc/self/cgroup")
	if err != nil {
		return "", err
	}
	for line := range strings.Lines(string(b)) {
		if path, ok := strings.CutPrefix(strings.TrimSuffix(line, "\n"), "0::"); ok {
			rel, err := filepath.Rel(root, path)
			if err != nil || strings.HasPrefix(rel, "..") {
				return "", fmt.Errorf("cgroup %s is outside of the mounted %s", path, root)
			}
			return filepath.Join(mount, rel), nil
		}
	}
	return "", errors.New("this process is in no cgroup v2")
}

// cgroupMount finds where cgroup v2 is mounted, also beside version 1.
func cgroupMount() (mount, root string, err error) {
	f, err := os.Open("/proc/self/mountinfo")
	if err != nil {
		return "", "", err
	}
	defer f.Close()
	for s := bufio.NewScanner(f); s.Scan(); {
		left, right, ok := strings.Cut(s.Text(), " - ")
		fields := strings.Fields(left)
		if ok && strings.HasPrefix(right, "cgroup2 ") && len(fields) > 4 {
			return fields[4], fields[3], nil
		}
	}
	return "", "", errors.New("cgroup v2 is not mounted")
}

// enableControllers asks for what limits and out-of-memory events need. Where
// it is refused, the cgroup still contains.
func enableControllers(dir string) {
	for _, c := range []string{"+memory", "+pids"} {
		_ = os.WriteFile(filepath.Join(dir, "cgroup.subtree_control"), []byte(c), 0)
	}
}

func (h *cgroupHost) remember() error {
	if bases, err := h.bases(); err != nil || slices.Contains(bases, h.base) {
		return err
	}
	f, err := os.OpenFile(h.trail, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = f.WriteString(h.base + "\n")
	return errors.Join(err, f.Close())
}

func (h *cgroupHost) bases() ([]string, error) {
	b, err := os.ReadFile(h.trail)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	return strings.Fields(string(b)), nil
}

func (h *cgroupHost) Mode() Mode { return Cgroup }

func (h *cgroupHost) Cell(int64, string) (Cell, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	var n int
	if last := len(h.free) - 1; last >= 0 {
		n, h.free = h.free[last], h.free[:last]
	} else {
		n = h.made
		if err := os.Mkdir(h.cellDir(n), 0o755); err != nil {
			return nil, fmt.Errorf("making a cgroup: %w", err)
		}
		h.made++
	}
	c := &cgroupCell{host: h, n: n, dir: h.cellDir(n)}
	c.oomBefore = c.oomKills()
	return c, nil
}

func (h *cgroupHost) cellDir(n int) string {
	return filepath.Join(h.dir, "c"+strconv.Itoa(n))
}

func (h *cgroupHost) EndForeign(ctx context.Context) error {
	bases, err := h.bases()
	if err != nil {
		return err
	}
	for _, base := range bases {
		entries, err := os.ReadDir(base)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return err
		}
		for _, e := range entries {
			dir := filepath.Join(base, e.Name())
			if !e.IsDir() || dir == h.dir {
				continue
			}
			if err := endCgroup(ctx, dir); err != nil {
				return fmt.Errorf("ending what an earlier supervisor left: %w", err)
			}
		}
	}
	return nil
}

// endCgroup kills everything in dir and below it, waits, and removes it.
func endCgroup(ctx context.Context, dir string) error {
	for wait := time.Millisecond; ; wait = min(2*wait, 100*time.Millisecond) {
		if err := killCgroup(dir); err != nil {
			return err
		}
		populated, err := isPopulated(dir)
		if err != nil {
			return err
		}
		if !populated {
			return removeCgroup(dir)
		}
		if !pause(ctx.Done(), wait) {
			return ctx.Err()
		}
	}
}

// removeCgroup removes an empty tree of two levels.
func removeCgroup(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if e.IsDir() {
			if err := unix.Rmdir(filepath.Join(dir, e.Name())); err != nil {
				return err
			}
		}
	}
	return unix.Rmdir(dir)
}

func killCgroup(dir string) error {
	return os.WriteFile(filepath.Join(dir, "cgroup.kill"), []byte("1"), 0)
}

func isPopulated(dir string) (bool, error) {
	n, err := readCounter(filepath.Join(dir, "cgroup.events"), "populated")
	return n != 0, err
}

// readCounter reads one "name value" line of a small cgroup file.
func readCounter(path, name string) (int64, error) {
	fd, err := unix.Open(path, unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return 0, &os.PathError{Op: "open", Path: path, Err: err}
	}
	defer unix.Close(fd)
	var buf [512]byte
	n, err := unix.Read(fd, buf[:])
	if err != nil {
		return 0, &os.PathError{Op: "read", Path: path, Err: err}
	}
	for line := range bytes.Lines(buf[:n]) {
		if v, ok := bytes.CutPrefix(bytes.TrimSuffix(line, []byte("\n")), []byte(name+" ")); ok {
			return strconv.ParseInt(string(v), 10, 64)
		}
	}
	return 0, fmt.Errorf("%s has no %s", path, name)
}

func (h *cgroupHost) Close() error {
	if err := removeCgroup(h.dir); err != nil {
		return err
	}
	// Another incarnation may still be below base.
	_ = unix.Rmdir(h.base)
	return nil
}

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
	return !populated, err
}

func (c *cgroupCell) Signal(sig syscall.Signal) error {
	if sig == syscall.SIGKILL {
		c.killed.Store(true)
		return killCgroup(c.dir)
	}
	b, err := os.ReadFile(filepath.Join(c.dir, "cgroup.procs"))
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
