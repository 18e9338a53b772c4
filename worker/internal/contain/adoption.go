package contain

import (
	"errors"
	"io/fs"
	"os"
	"strconv"
	"strings"
	"sync"

	"golang.org/x/sys/unix"
)

// Adoptions are the processes whose parent ended and which the kernel gave to
// this process, the subreaper. It gives them to the thread-group leader, while
// attempts are forked by other threads: the leader's children are exactly the
// adopted ones.
type Adoptions struct {
	mu   sync.Mutex
	path string
	// suspects are dead children seen by the slow way; they are reaped when
	// seen twice, so that a main process that was just forked is not.
	suspects map[int]bool
}

// NewAdoptions looks at this process' children.
func NewAdoptions() *Adoptions {
	pid := strconv.Itoa(os.Getpid())
	return &Adoptions{path: "/proc/" + pid + "/task/" + pid + "/children", suspects: map[int]bool{}}
}

// List gives the adopted children, or, on a kernel that does not list a
// thread's children, all children.
func (a *Adoptions) List() ([]int, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	list, _, err := a.list()
	return list, err
}

func (a *Adoptions) list() (children []int, exact bool, err error) {
	b, err := os.ReadFile(a.path)
	if errors.Is(err, fs.ErrNotExist) {
		children, err = childrenByScan()
		return children, false, err
	}
	if err != nil {
		return nil, false, err
	}
	for _, f := range strings.Fields(string(b)) {
		if pid, err := strconv.Atoi(f); err == nil {
			children = append(children, pid)
		}
	}
	return children, true, nil
}

func childrenByScan() ([]int, error) {
	list, err := pids()
	if err != nil {
		return nil, err
	}
	var children []int
	self := os.Getpid()
	for _, pid := range list {
		if st, err := readStatus(pid); err == nil && st.parent == self {
			children = append(children, pid)
		}
	}
	return children, nil
}

// Reap collects adopted children that ended. isMain tells main processes of
// attempts, which others wait for.
func (a *Adoptions) Reap(isMain func(pid int) bool) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	list, exact, err := a.list()
	if err != nil {
		return err
	}
	dead := map[int]bool{}
	for _, pid := range list {
		if isMain(pid) {
			continue
		}
		if !exact {
			if st, err := readStatus(pid); err != nil || !st.dead() {
				continue
			}
			dead[pid] = true
			if !a.suspects[pid] {
				continue
			}
		}
		// A child that runs on is not collected: the call does not wait.
		_, _ = unix.Wait4(pid, nil, unix.WNOHANG, nil)
	}
	a.suspects = dead
	return nil
}
