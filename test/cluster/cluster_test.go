package cluster

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

// start runs a command that the test ends.
func start(t *testing.T, dir, name string, args ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Dir = dir
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	return cmd
}

func has(procs []Proc, pid int) bool {
	return slices.ContainsFunc(procs, func(p Proc) bool { return p.Pid == pid })
}

func TestProcessesAreFoundAndEnded(t *testing.T) {
	dir := t.TempDir()
	inside := start(t, dir, "sleep", "1000")
	marked := start(t, "/", "sleep", "1000.0625")
	found := Within(dir)
	if !has(found, inside.Process.Pid) || has(found, marked.Process.Pid) {
		t.Fatalf("within %s: %v", dir, found)
	}
	found = Marked("1000.0625")
	if has(found, inside.Process.Pid) || !has(found, marked.Process.Pid) {
		t.Fatalf("marked: %v", found)
	}
	if err := KillAll(append(found, Within(dir)...)); err != nil {
		t.Fatal(err)
	}
	if has(Within(dir), inside.Process.Pid) {
		t.Fatal("a zombie counts as alive")
	}
}

func TestUsageGrows(t *testing.T) {
	before, err := UsageOf(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	if before.Own <= 0 || before.RSS < before.Own || before.PeakRSS < before.RSS || before.Threads < 2 {
		t.Fatalf("%+v", before)
	}
	for deadline := time.Now().Add(2 * time.Minute); ; {
		after, err := UsageOf(os.Getpid())
		if err != nil {
			t.Fatal(err)
		}
		if after.CPU > before.CPU {
			return
		}
		if time.Now().After(deadline) {
			t.Fatal("a busy loop uses no CPU")
		}
	}
}

func TestTheReaperEndsWhatIsLeft(t *testing.T) {
	dir, err := os.MkdirTemp("", "porpoise-reaper-")
	if err != nil {
		t.Fatal(err)
	}
	left := start(t, dir, "sleep", "1000")
	reaper, err := reap(dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := reaper.Close(); err != nil {
		t.Fatal(err)
	}
	// It was killed, which is not yet to be gone.
	if err := awaitGone(Proc{Pid: left.Process.Pid}, time.Now().Add(2*time.Minute)); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(filepath.Clean(dir)); !os.IsNotExist(err) {
		t.Error("the folder is left")
	}
}

func TestMetrics(t *testing.T) {
	const text = "# HELP x y\nx_total 3\ny{a=\"1\"} 2\ny{a=\"2\"} 5\n"
	for name, want := range map[string]float64{"x_total": 3, "y": 7, `y{a="2"}`: 5, "z": 0} {
		if got := sumMetric(text, name); got != want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
