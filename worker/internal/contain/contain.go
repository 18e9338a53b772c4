// Package contain keeps the processes of an attempt together, so that ending
// an attempt ends every one of them: children that called setsid, forked twice,
// were started with nohup or with an empty environment.
//
// Three ways are known, best first; Detect picks the first the host allows:
//
//   - Cgroup: a cgroup v2 per attempt, entered by clone itself. Nothing leaves
//     it, cgroup.kill ends it as a whole. Cgroups are pooled, because making
//     one per attempt costs a tenth of a fork and exec.
//   - Namespace: a UTS namespace per attempt, as a tag that only CAP_SYS_ADMIN
//     could drop. Ending one means looking for the tag until none is left.
//   - Group: without rights, the process tree below the supervisor (which is
//     the subreaper), the session, a marker in the environment and the working
//     directory. Best effort.
//
// A process is signalled only through a pidfd whose membership was checked
// after the pidfd was opened: reused ids and look-alike names harm nobody.
package contain

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"path/filepath"
	"syscall"
)

// Mode names what a kill relies on.
type Mode string

// Modes.
const (
	Cgroup    Mode = "cgroup"
	Namespace Mode = "namespace"
	Group     Mode = "group"
)

// TagVariable is the environment variable that marks an attempt's processes in
// Group mode.
const TagVariable = "PORPOISE_CONTAINMENT"

// Owner says whose attempts are contained.
type Owner struct {
	DataDir     string // absolute; attempts of one data directory belong together
	WorkRoot    string // below it lie the attempts' work directories
	Incarnation string // of the supervisor
}

// tag is what all attempts of the data directory share in their marks.
func (o Owner) tag() string {
	sum := sha256.Sum256([]byte(filepath.Clean(o.DataDir)))
	return hex.EncodeToString(sum[:6])
}

// Host makes cells. Its methods may be called from several goroutines.
type Host interface {
	Mode() Mode
	// Cell makes the container of one attempt.
	Cell(attempt int64, workDir string) (Cell, error)
	// EndForeign ends the processes that earlier incarnations left, and returns
	// when none is left.
	EndForeign(ctx context.Context) error
	// Close gives back what the host holds. No cell may be in use.
	Close() error
}

// Cell contains one attempt.
type Cell interface {
	// Enter is called on the locked thread that forks next; the process started
	// with attr is then inside. It returns what must be called after the fork.
	Enter(attr *syscall.SysProcAttr) (left func(), err error)
	// Env is added to the attempt's environment.
	Env() []string
	// Started tells the main process.
	Started(pid int)
	// Empty reports whether no process of the attempt runs. It is cheap, and
	// meant for when the main process was reaped.
	Empty() (bool, error)
	// Signal sends to every process found now.
	Signal(sig syscall.Signal) error
	// OutOfMemory reports whether the kernel killed a process of the attempt
	// for want of memory, where the host can tell.
	OutOfMemory() bool
	// Close gives an empty cell back.
	Close()
}

// Detect makes the best host this machine allows, or the one of mode when it
// is not empty.
func Detect(o Owner, mode Mode) (Host, error) {
	makers := []struct {
		mode Mode
		make func(Owner) (Host, error)
	}{
		{Cgroup, newCgroupHost}, {Namespace, newNamespaceHost}, {Group, newGroupHost},
	}
	var failures []error
	for _, m := range makers {
		if mode != "" && mode != m.mode {
			continue
		}
		h, err := m.make(o)
		if err == nil {
			return h, nil
		}
		failures = append(failures, fmt.Errorf("containment by %s: %w", m.mode, err))
	}
	if len(failures) == 0 {
		return nil, fmt.Errorf("unknown containment %q", mode)
	}
	return nil, errors.Join(failures...)
}
