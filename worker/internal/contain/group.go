package contain

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

// groupHost finds an attempt's processes without any right.
type groupHost struct {
	owner Owner
	mark  string // TagVariable=<tag>/, what every attempt's marker begins with
	own   string // the same with the incarnation

	adoptions *Adoptions

	mu    sync.Mutex
	cells map[*groupCell]bool
}

func newGroupHost(o Owner) (Host, error) {
	mark := TagVariable + "=" + o.tag() + "/"
	return &groupHost{owner: o, mark: mark, own: mark + o.Incarnation + "/",
		adoptions: NewAdoptions(), cells: map[*groupCell]bool{}}, nil
}

func (h *groupHost) Mode() Mode { return Group }

func (h *groupHost) Cell(attempt int64, workDir string) (Cell, error) {
	c := &groupCell{host: h, workDir: workDir, mark: h.own + strconv.FormatInt(attempt, 10)}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.cells[c] = true
	return c, nil
}

func (h *groupHost) Close() error { return nil }

// alone reports whether c is the only cell: whatever the supervisor adopted is
// then c's.
func (h *groupHost) alone(c *groupCell) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.cells) == 1 && h.cells[c]
}

func (h *groupHost) EndForeign(ctx context.Context) error {
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

func (h *groupHost) killForeign() (found int, err error) {
	list, err := pids()
	if err != nil {
		return 0, err
	}
	var errs []error
	for _, pid := range list {
		if pid == os.Getpid() || !h.isForeign(pid) {
			continue
		}
		found++
		errs = append(errs, signal(pid, syscall.SIGKILL, h.isForeign))
	}
	return found, errors.Join(errs...)
}

// isForeign reports whether a live process bears the data directory's mark of
// another incarnation, or works in a work directory without our mark.
func (h *groupHost) isForeign(pid int) bool {
	if st, err := readStatus(pid); err != nil || st.dead() {
		return false
	}
	env, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/environ")
	if err != nil {
		return false // another user's
	}
	for v := range bytes.SplitSeq(env, []byte{0}) {
		if bytes.HasPrefix(v, []byte(h.mark)) {
			return !bytes.HasPrefix(v, []byte(h.own))
		}
	}
	return within(pid, h.owner.WorkRoot)
}

// within reports whether pid's working directory is dir or below it.
func within(pid int, dir string) bool {
	cwd, err := os.Readlink("/proc/" + strconv.Itoa(pid) + "/cwd")
	if err != nil || dir == "" {
		return false
	}
	cwd = strings.TrimSuffix(cwd, " (deleted)")
	return cwd == dir || strings.HasPrefix(cwd, dir+string(filepath.Separator))
}

type groupCell struct {
	host    *groupHost
	workDir string
	mark    string

	mu   sync.Mutex
	main int
}

func (c *groupCell) Enter(*syscall.SysProcAttr) (func(), error) { return func() {}, nil }

func (c *groupCell) Env() []string { return []string{c.mark} }

func (c *groupCell) Started(pid int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.main = pid
}

func (c *groupCell) mainPID() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.main
}

// members gives the attempt's live processes: of the supervisor's descendants
// those below the main process, and of the orphans it adopted (and those below
// them) the ones in the main process' session, with the mark in their
// environment or in the work directory. Only the supervisor's descendants are
// looked at, so no stranger is ever among them.
func (c *groupCell) members() ([]int, error) {
	tree, err := readTree()
	if err != nil {
		return nil, err
	}
	var found []int
	for _, top := range tree.children[os.Getpid()] {
		if c.owns(tree, top) {
			found = append(found, tree.alive(top)...)
		}
	}
	return found, nil
}

// owns reports whether any process of the branch points at the attempt.
func (c *groupCell) owns(t tree, top int) bool {
	main := c.mainPID()
	if top == main || c.host.alone(c) {
		return true
	}
	for _, pid := range t.alive(top) {
		// Nothing was started yet while main is 0, which is also the session of
		// every process whose session leader is outside of this pid namespace.
		inSession := main != 0 && t.status[pid].session == main
		if inSession || c.marked(pid) || within(pid, c.workDir) {
			return true
		}
	}
	return false
}

func (c *groupCell) marked(pid int) bool {
	env, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/environ")
	if err != nil {
		return false
	}
	for v := range bytes.SplitSeq(env, []byte{0}) {
		if string(v) == c.mark {
			return true
		}
	}
	return false
}

// Empty reads the process tree only when the supervisor adopted anything: the
// main process is gone, so all that is left was adopted or is below.
func (c *groupCell) Empty() (bool, error) {
	adopted, err := c.host.adoptions.List()
	if err != nil || len(adopted) == 0 {
		return err == nil, err
	}
	found, err := c.members()
	return err == nil && len(found) == 0, err
}

func (c *groupCell) Signal(sig syscall.Signal) error {
	found, err := c.members()
	if err != nil {
		return err
	}
	var errs []error
	for _, pid := range found {
		errs = append(errs, signal(pid, sig, descendant))
	}
	return errors.Join(errs...)
}

// descendant walks up from pid to this process.
func descendant(pid int) bool {
	self := os.Getpid()
	for depth := 0; pid > 1 && depth < 1<<15; depth++ {
		st, err := readStatus(pid)
		if err != nil {
			return false
		}
		if st.parent == self {
			return true
		}
		pid = st.parent
	}
	return false
}

func (c *groupCell) OutOfMemory() bool { return false }

func (c *groupCell) Close() {
	c.host.mu.Lock()
	defer c.host.mu.Unlock()
	delete(c.host.cells, c)
}

// tree is the process tree of the host at one moment.
type tree struct {
	status   map[int]status
	children map[int][]int
}

func readTree() (tree, error) {
	list, err := pids()
	if err != nil {
		return tree{}, err
	}
	t := tree{status: make(map[int]status, len(list)), children: map[int][]int{}}
	for _, pid := range list {
		if st, err := readStatus(pid); err == nil {
			t.status[pid] = st
			t.children[st.parent] = append(t.children[st.parent], pid)
		}
	}
	return t, nil
}

// alive gives the live processes of the branch that begins at top.
func (t tree) alive(top int) []int {
	var list []int
	if st, ok := t.status[top]; ok && !st.dead() {
		list = append(list, top)
	}
	for _, child := range t.children[top] {
		list = append(list, t.alive(child)...)
	}
	return list
}
