package contain

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// status is what the kernel says of a process.
type status struct {
	pid, parent, session int
	state                byte
}

func (s status) dead() bool { return s.state == 'Z' || s.state == 'X' }

// readStatus reads /proc/<pid>/stat. The process' name may hold any byte, so
// the fields are counted from the last closing parenthesis.
func readStatus(pid int) (status, error) {
	b, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return status{}, err
	}
	return parseStatus(pid, b)
}

func parseStatus(pid int, b []byte) (status, error) {
	end := bytes.LastIndexByte(b, ')')
	if end < 0 {
		return status{}, fmt.Errorf("stat of process %d is malformed", pid)
	}
	f := strings.Fields(string(b[end+1:]))
	if len(f) < 4 {
		return status{}, fmt.Errorf("stat of process %d is malformed", pid)
	}
	parent, err1 := strconv.Atoi(f[1])
	session, err2 := strconv.Atoi(f[3])
	if err := errors.Join(err1, err2); err != nil {
		return status{}, fmt.Errorf("stat of process %d: %w", pid, err)
	}
	return status{pid: pid, parent: parent, session: session, state: f[0][0]}, nil
}

// pids lists the processes of the host.
func pids() ([]int, error) {
	d, err := os.Open("/proc")
	if err != nil {
		return nil, err
	}
	defer d.Close()
	names, err := d.Readdirnames(-1)
	if err != nil {
		return nil, err
	}
	list := make([]int, 0, len(names))
	for _, n := range names {
		if pid, err := strconv.Atoi(n); err == nil {
			list = append(list, pid)
		}
	}
	return list, nil
}

// signal sends sig to pid if member still holds once a pidfd pins the process.
// A process that is gone is no error.
func signal(pid int, sig syscall.Signal, member func(pid int) bool) error {
	fd, err := unix.PidfdOpen(pid, 0)
	if err != nil {
		return ignoreGone(err)
	}
	defer unix.Close(fd)
	if !member(pid) {
		return nil
	}
	return ignoreGone(unix.PidfdSendSignal(fd, sig, nil, 0))
}

func ignoreGone(err error) error {
	if errors.Is(err, unix.ESRCH) || errors.Is(err, unix.EINVAL) {
		return nil
	}
	return err
}

// pause waits between two looks at processes that are about to end.
func pause(done <-chan struct{}, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-done:
		return false
	case <-t.C:
		return true
	}
}
