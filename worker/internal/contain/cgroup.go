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
	free []freeCell
	made int
}

// freeCell is a cgroup that was used before.
type freeCell struct {
	n    int
	ooms int64 // what its counter said
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
	if err := h.makeFolders(); err != nil {
		return nil, err
	}
	if _, err := os.Stat(filepath.Join(h.dir, "cgroup.kill")); err != nil {
		return nil, errors.Join(fmt.Errorf("the kernel cannot kill a cgroup: %w", err), h.Close())
	}
	if err := h.remember(); err != nil {
		return nil, err
	}
	return h, nil
}

func (h *cgroupHost) makeFolders() error {
	if err := os.MkdirAll(h.dir, 0o755); err != nil {
		return err
	}
	enableControllers(h.base)
	enableControllers(h.dir)
	return nil
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
	last := len(h.free) - 1
	if last < 0 {
		c, err := h.newCell(h.made)
		if err == nil {
			h.made++
		}
		return c, err
	}
	c, err := h.cellAgain(h.free[last])
	if err == nil {
		h.free = h.free[:last]
	}
	return c, err
}

// cellAgain opens a cgroup that was used before, or makes it anew: when a
// service stops, systemd removes every cgroup below it that is empty, although
// the supervisor stays.
func (h *cgroupHost) cellAgain(of freeCell) (Cell, error) {
	dir := h.cellDir(of.n)
	fd, err := openDir(dir)
	if err != nil && isGone(err) {
		return h.newCell(of.n)
	}
	if err != nil {
		return nil, err
	}
	return &cgroupCell{host: h, n: of.n, dir: dir, fd: fd, ooms: of.ooms}, nil
}

func (h *cgroupHost) newCell(n int) (Cell, error) {
	dir := h.cellDir(n)
	if err := h.makeCell(dir); err != nil {
		return nil, fmt.Errorf("making a cgroup: %w", err)
	}
	fd, err := openDir(dir)
	if err != nil {
		return nil, err
	}
	return &cgroupCell{host: h, n: n, dir: dir, fd: fd}, nil
}

// openDir opens a cgroup to fork into it.
func openDir(dir string) (int, error) {
	fd, err := unix.Open(dir, unix.O_DIRECTORY|unix.O_CLOEXEC|unix.O_PATH, 0)
	if err != nil {
		return -1, &os.PathError{Op: "open", Path: dir, Err: err}
	}
	return fd, nil
}

// makeCell makes a cgroup; the folders it is in may be gone as well.
func (h *cgroupHost) makeCell(dir string) error {
	err := os.Mkdir(dir, 0o755)
	if errors.Is(err, fs.ErrNotExist) {
		if err := h.makeFolders(); err != nil {
			return err
		}
		err = os.Mkdir(dir, 0o755)
	}
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	return err
}

func (h *cgroupHost) cellDir(n int) string {
	return h.dir + "/c" + strconv.Itoa(n)
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
			if err := endCgroup(ctx, dir); err != nil && !isGone(err) {
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

// isGone says that a cgroup was removed, maybe while it was looked at.
func isGone(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, unix.ENODEV)
}

func killCgroup(dir string) error {
	return os.WriteFile(filepath.Join(dir, "cgroup.kill"), []byte("1"), 0)
}

func isPopulated(dir string) (bool, error) {
	n, err := readCounter(dir+"/cgroup.events", "populated")
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
	if err := removeCgroup(h.dir); err != nil && !isGone(err) {
		return err
	}
	// Another incarnation may still be below base.
	_ = unix.Rmdir(h.base)
	return nil
}
