package contain

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

func TestStatusOfHostileNames(t *testing.T) {
	for _, line := range []string{
		"42 (sleep) S 7 42 40 0",
		"42 (a(1) S 1 1 1) S 7 42 40 0",
		"42 () R 1 1 1) ) S 7 42 40 0",
		"42 (new\nline) S 99) S 7 42 40 0",
	} {
		st, err := parseStatus(42, []byte(line))
		if err != nil || st.parent != 7 || st.session != 40 || st.state != 'S' {
			t.Errorf("%q: %+v, %v", line, st, err)
		}
	}
	for _, line := range []string{"", "42", "42 (x", "42 (x) S", "42 (x) S y 1 z"} {
		if st, err := parseStatus(42, []byte(line)); err == nil {
			t.Errorf("%q: %+v", line, st)
		}
	}
}

// sleeper is a child named as it likes.
func sleeper(t *testing.T, name string) *exec.Cmd {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.Symlink("/bin/sleep", path); err != nil {
		t.Fatal(err)
	}
	c := exec.Command(path, "300")
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		c.Process.Kill()
		c.Wait()
	})
	return c
}

func alive(t *testing.T, pid int) bool {
	t.Helper()
	st, err := readStatus(pid)
	return err == nil && !st.dead()
}

// TestSignalAsksOnceTheProcessIsPinned plays a process id that went to a
// stranger between the look at the list and the signal.
func TestSignalAsksOnceTheProcessIsPinned(t *testing.T) {
	stranger := sleeper(t, "a(1)")
	asked := 0
	err := signal(stranger.Process.Pid, syscall.SIGKILL, func(int) bool { asked++; return false })
	if err != nil || asked != 1 {
		t.Errorf("asked %d times, %v", asked, err)
	}
	if !alive(t, stranger.Process.Pid) {
		t.Error("a stranger was killed")
	}
}

func TestSignalToNobodyIsNoError(t *testing.T) {
	c := sleeper(t, "gone")
	c.Process.Kill()
	c.Wait()
	if err := signal(c.Process.Pid, syscall.SIGKILL, func(int) bool { return true }); err != nil {
		t.Error(err)
	}
}

// TestStrangersAreNoMembers runs every mode beside processes that look like an
// attempt's, and signals an attempt without processes.
func TestStrangersAreNoMembers(t *testing.T) {
	for _, mode := range []Mode{Cgroup, Namespace, Group} {
		t.Run(string(mode), func(t *testing.T) {
			h, err := Detect(Owner{DataDir: t.TempDir(), WorkRoot: t.TempDir(), Incarnation: "one"}, mode)
			if err != nil {
				t.Skip(err)
			}
			defer h.Close()
			stranger := exec.Command("/bin/sleep", "300")
			stranger.Env = []string{"PORPOISE_ATTEMPT_ID=1"}
			// The child of another process: not below this one's subreaper.
			if err := stranger.Start(); err != nil {
				t.Fatal(err)
			}
			defer func() { stranger.Process.Kill(); stranger.Wait() }()
			for range 2 { // two cells, so that no child counts as the only attempt's
				defer func(c Cell, err error) {
					if err != nil {
						t.Error(err)
						return
					}
					c.Close()
				}(h.Cell(2, t.TempDir()))
			}
			c, err := h.Cell(1, t.TempDir())
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			if err := c.Signal(syscall.SIGKILL); err != nil {
				t.Fatal(err)
			}
			if err := h.EndForeign(t.Context()); err != nil {
				t.Fatal(err)
			}
			if !alive(t, stranger.Process.Pid) {
				t.Error("a stranger was killed")
			}
		})
	}
}

func TestUnknownModeIsRefused(t *testing.T) {
	if h, err := Detect(Owner{DataDir: t.TempDir(), Incarnation: "x"}, "magic"); err == nil {
		t.Error(h.Mode())
	}
}

func TestCgroupsAreRemovedAndRemembered(t *testing.T) {
	dir := t.TempDir()
	h, err := Detect(Owner{DataDir: dir, Incarnation: "one"}, Cgroup)
	if err != nil {
		t.Skip(err)
	}
	c, err := h.Cell(1, "")
	if err != nil {
		t.Fatal(err)
	}
	path := c.(*cgroupCell).dir
	c.Close()
	again, err := h.Cell(2, "")
	if err != nil || again.(*cgroupCell).dir != path {
		t.Errorf("an empty cgroup was not used again: %v", err)
	}
	again.Close()
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path); !os.IsNotExist(err) {
		t.Errorf("the cgroup is left: %v", err)
	}
	b, _ := os.ReadFile(filepath.Join(dir, "cgroups"))
	if bases := strings.Fields(string(b)); len(bases) != 1 {
		t.Errorf("remembered %q", bases)
	}
}

func TestAdoptionsLeaveMainProcessesAlone(t *testing.T) {
	c := sleeper(t, "main")
	c.Process.Kill()
	a := NewAdoptions()
	if err := a.Reap(func(pid int) bool { return pid == c.Process.Pid }); err != nil {
		t.Fatal(err)
	}
	if err := c.Wait(); err == nil || !strings.Contains(err.Error(), "killed") {
		t.Errorf("its status was taken: %v", err)
	}
	if _, err := os.Stat("/proc/" + strconv.Itoa(c.Process.Pid)); err == nil {
		t.Error("it was not reaped")
	}
}

// TestSessionZeroIsNobodys: in a pid namespace whose session leader is outside,
// the kernel says session 0, which is no attempt's that has not started.
func TestSessionZeroIsNobodys(t *testing.T) {
	h, err := newGroupHost(Owner{DataDir: t.TempDir(), WorkRoot: t.TempDir(), Incarnation: "one"})
	if err != nil {
		t.Fatal(err)
	}
	other, err := h.Cell(2, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	c, err := h.Cell(1, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	stranger := sleeper(t, "stranger").Process.Pid
	seen := tree{status: map[int]status{stranger: {pid: stranger, parent: os.Getpid(), state: 'S'}}}
	if c.(*groupCell).owns(seen, stranger) {
		t.Error("a process of session 0 counts as the attempt's")
	}
}

// TestCgroupsComeBack: systemd removes empty cgroups below a service that
// stops, while its supervisor lives on.
func TestCgroupsComeBack(t *testing.T) {
	h, err := Detect(Owner{DataDir: t.TempDir(), Incarnation: "one"}, Cgroup)
	if err != nil {
		t.Skip(err)
	}
	defer h.Close()
	used, err := h.Cell(1, "")
	if err != nil {
		t.Fatal(err)
	}
	trimmed, err := h.Cell(2, "")
	if err != nil {
		t.Fatal(err)
	}
	used.Close()
	host := h.(*cgroupHost)
	for _, dir := range []string{used.(*cgroupCell).dir, trimmed.(*cgroupCell).dir, host.dir, host.base} {
		if err := os.Remove(dir); err != nil {
			t.Fatal(err)
		}
	}
	if empty, err := trimmed.Empty(); err != nil || !empty {
		t.Errorf("a removed cgroup: empty %v, %v", empty, err)
	}
	if err := errors.Join(trimmed.Signal(syscall.SIGTERM), trimmed.Signal(syscall.SIGKILL)); err != nil {
		t.Errorf("signalling a removed cgroup: %v", err)
	}
	trimmed.Close()
	for _, attempt := range []int64{3, 4} { // one that was used before, and a new one
		c, err := h.Cell(attempt, "")
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		p := exec.Command("/bin/true")
		p.SysProcAttr = &syscall.SysProcAttr{}
		entered, err := c.Enter(p.SysProcAttr)
		if err != nil {
			t.Fatal(err)
		}
		err = p.Run()
		entered()
		if err != nil {
			t.Fatal(err)
		}
	}
}

// TestEnteredCgroupsAreNotKeptOpen: a supervisor holds thousands of attempts,
// and has one descriptor for each as it is.
func TestEnteredCgroupsAreNotKeptOpen(t *testing.T) {
	h, err := Detect(Owner{DataDir: t.TempDir(), Incarnation: "one"}, Cgroup)
	if err != nil {
		t.Skip(err)
	}
	defer h.Close()
	c, err := h.Cell(1, "")
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	entered, err := c.Enter(&syscall.SysProcAttr{})
	if err != nil {
		t.Fatal(err)
	}
	entered()
	open, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	for _, fd := range open {
		if to, _ := os.Readlink("/proc/self/fd/" + fd.Name()); to == c.(*cgroupCell).dir {
			t.Errorf("descriptor %s is still open", fd.Name())
		}
	}
}
