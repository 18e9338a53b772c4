package cluster

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// Proc is a process as /proc shows it.
type Proc struct {
	Pid  int
	Args []string
}

// String is the command line.
func (p Proc) String() string { return fmt.Sprintf("%d %s", p.Pid, strings.Join(p.Args, " ")) }

// Marked lists the live processes with marker in their command line, without
// the calling one.
func Marked(marker string) []Proc {
	return find(func(pid int) bool { return contains(pid, "cmdline", marker) })
}

// Within lists the live processes that dir's users started or work in: it is in
// their command line, their environment or above their working directory.
func Within(dir string) []Proc {
	return find(func(pid int) bool {
		if contains(pid, "cmdline", dir) || contains(pid, "environ", dir) {
			return true
		}
		cwd, err := os.Readlink(procFile(pid, "cwd"))
		return err == nil && strings.HasPrefix(cwd, dir)
	})
}

func find(match func(pid int) bool) []Proc {
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return nil
	}
	var found []Proc
	for _, e := range entries {
		pid, err := strconv.Atoi(e.Name())
		if err != nil || pid == os.Getpid() || !match(pid) || isZombie(pid) {
			continue
		}
		found = append(found, Proc{Pid: pid, Args: args(pid)})
	}
	return found
}

func contains(pid int, file, text string) bool {
	data, err := os.ReadFile(procFile(pid, file))
	return err == nil && bytes.Contains(data, []byte(text))
}

func args(pid int) []string {
	data, err := os.ReadFile(procFile(pid, "cmdline"))
	if err != nil {
		return nil
	}
	return strings.Split(strings.TrimRight(string(data), "\x00"), "\x00")
}

// isZombie also holds for a process that is gone.
func isZombie(pid int) bool {
	fields, err := stat(pid)
	return err != nil || fields[0] == "Z" || fields[0] == "X"
}

// stat gives the fields of /proc/PID/stat after the name: state, ppid, ...
func stat(pid int) ([]string, error) {
	data, err := os.ReadFile(procFile(pid, "stat"))
	if err != nil {
		return nil, err
	}
	after := bytes.LastIndexByte(data, ')') // names may hold anything
	fields := strings.Fields(string(data[after+1:]))
	if after < 0 || len(fields) < 20 {
		return nil, fmt.Errorf("process %d: unreadable stat", pid)
	}
	return fields, nil
}

func procFile(pid int, name string) string { return filepath.Join("/proc", strconv.Itoa(pid), name) }

// Usage is what a process has used so far.
type Usage struct {
	RSS, PeakRSS int64 // bytes
	Own          int64 // bytes of RSS that are no pages of files
	PSS          int64 // bytes, with pages shared by n processes counted 1/n
	Threads      int
	CPU          time.Duration
}

// clockTick is the unit of CPU times in /proc; Linux fixes it for user space.
const clockTick = 10 * time.Millisecond

// UsageOf reads what a process has used.
func UsageOf(pid int) (Usage, error) {
	fields, err := stat(pid)
	if err != nil {
		return Usage{}, err
	}
	var u Usage
	user, err1 := strconv.ParseInt(fields[11], 10, 64)
	system, err2 := strconv.ParseInt(fields[12], 10, 64)
	if err := errors.Join(err1, err2); err != nil {
		return u, err
	}
	u.CPU = time.Duration(user+system) * clockTick
	status, err := os.ReadFile(procFile(pid, "status"))
	if err != nil {
		return u, err
	}
	if rollup, err := os.ReadFile(procFile(pid, "smaps_rollup")); err == nil {
		status = append(status, rollup...) // not every kernel has it
	}
	for line := range strings.Lines(string(status)) {
		name, value, _ := strings.Cut(line, ":")
		n, _ := strconv.ParseInt(strings.Fields(value + " 0")[0], 10, 64)
		switch name {
		case "VmRSS":
			u.RSS = n << 10
		case "RssAnon":
			u.Own = n << 10
		case "VmHWM":
			u.PeakRSS = n << 10
		case "Pss":
			u.PSS = n << 10
		case "Threads":
			u.Threads = int(n)
		}
	}
	return u, nil
}

// KillAll ends processes and waits until they are gone.
func KillAll(procs []Proc) error {
	var errs []error
	for _, p := range procs {
		if err := syscall.Kill(p.Pid, syscall.SIGKILL); err != nil && !errors.Is(err, syscall.ESRCH) {
			errs = append(errs, fmt.Errorf("killing %s: %w", p, err))
		}
	}
	deadline := time.Now().Add(time.Minute)
	for _, p := range procs {
		if err := awaitGone(p, deadline); err != nil {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

func awaitGone(p Proc, deadline time.Time) error {
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !isZombie(p.Pid) {
		if time.Now().After(deadline) {
			return fmt.Errorf("%s does not end", p)
		}
		<-tick.C
	}
	return nil
}
