package supervisor

import (
	"context"
	"fmt"
	"os"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/porpoise-scheduler/porpoise/proto/supervisorpb"
	"github.com/porpoise-scheduler/porpoise/worker/internal/contain"
)

// modes lists the ways of containment this host allows.
func modes(t *testing.T) []contain.Mode {
	t.Helper()
	var list []contain.Mode
	for _, m := range []contain.Mode{contain.Cgroup, contain.Namespace, contain.Group} {
		h, err := contain.Detect(contain.Owner{DataDir: t.TempDir(), Incarnation: "probe"}, m)
		if err != nil {
			t.Logf("skipped: %v", err)
			continue
		}
		if err := h.Close(); err != nil {
			t.Fatal(err)
		}
		list = append(list, m)
	}
	return list
}

func TestEndsAreTold(t *testing.T) {
	for _, mode := range modes(t) {
		t.Run(string(mode), func(t *testing.T) {
			t.Parallel()
			r := newRig(t, mode)
			if got := r.client.attached.GetContainment(); got != string(mode) {
				t.Fatalf("containment %q", got)
			}
			r.start(1, "echo out; echo err >&2; exit 7")
			r.start(2, "kill -SEGV $$")
			r.start(3, "exit 0")
			r.start(4, "exit 0", func(s *supervisorpb.Start) { s.Path = "/no/such/program" })
			r.start(5, "sleep 600", func(s *supervisorpb.Start) { s.TimeoutMs = 50 })
			r.start(6, "trap '' TERM; while :; do sleep 1; done", func(s *supervisorpb.Start) { s.TimeoutMs = 50 })

			if p := r.client.untilEnded(1); p.GetExitCode() != 7 || p.GetSignal() != 0 || string(p.GetTag()) != "tag1" {
				t.Errorf("exit 7: %v", p)
			}
			if log := r.readLog(1); log != "out\nerr\n" {
				t.Errorf("log %q", log)
			}
			if p := r.client.untilEnded(2); p.GetSignal() != int32(syscall.SIGSEGV) || p.GetExitCode() != 139 {
				t.Errorf("signal: %v", p)
			}
			if p := r.client.untilEnded(3); p.GetExitCode() != 0 || p.GetKilled() || p.GetEndUnixMs() < p.GetStartUnixMs() {
				t.Errorf("exit 0: %v", p)
			}
			if p := r.client.untilEnded(4); p.GetError() == "" || p.GetExitCode() == 0 {
				t.Errorf("unknown program: %v", p)
			}
			for _, id := range []int64{5, 6} {
				if p := r.client.untilEnded(id); !p.GetTimedOut() || p.GetKilled() || p.GetExitCode() == 0 {
					t.Errorf("timeout: %v", p)
				}
			}
		})
	}
}

func TestBackgroundChildDoesNotHoldTheEnd(t *testing.T) {
	for _, mode := range modes(t) {
		t.Run(string(mode), func(t *testing.T) {
			t.Parallel()
			r := newRig(t, mode)
			r.start(1, "sleep 600 & echo $! > bg; exit 3") // longer than anything waits here
			p := r.client.untilEnded(1)
			if p.GetExitCode() != 3 {
				t.Errorf("got %v", p)
			}
			assertGone(t, r.pidFrom(1, "bg"))
		})
	}
}

func TestTenantProcessHasNoPrivilegesAndCleanEnvironment(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("needs root to become another user")
	}
	r := newRig(t, "")
	r.start(1, "id -u; id -g; umask; env | sort; grep NoNewPrivs /proc/self/status", func(s *supervisorpb.Start) {
		s.Uid, s.Gid = 65534, 65534
		s.Env = []string{"PATH=/usr/bin:/bin", "A=b"}
	})
	r.client.untilEnded(1)
	want := "65534\n65534\n0077\nA=b\nPATH=/usr/bin:/bin\nPWD=" + r.dir + "/work/1\nNoNewPrivs:\t1\n"
	got := strings.ReplaceAll(r.readLog(1), "SHLVL=0\n", "")
	got = strings.ReplaceAll(got, "_=/usr/bin/env\n", "")
	if got != want {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

func TestDuplicateStartRunsOnce(t *testing.T) {
	r := newRig(t, "")
	for range 5 {
		r.start(1, "echo run; sleep 0.2")
	}
	r.client.untilEnded(1)
	r.start(1, "echo run")
	r.start(2, "true")
	r.client.untilEnded(2)
	if log := r.readLog(1); log != "run\n" {
		t.Errorf("log %q", log)
	}
}

func TestWorkerMayGoAndComeBack(t *testing.T) {
	r := newRig(t, "")
	r.start(1, "sleep 0.3; exit 5")
	r.start(2, "sleep 600")
	r.start(3, "exit 6")
	r.client.untilRunning(2)
	r.client.untilEnded(3)
	incarnation := r.client.attached.GetIncarnation()
	r.attach()
	if r.client.attached.GetIncarnation() != incarnation {
		t.Fatal("another supervisor answered")
	}
	if n := len(r.client.attached.GetProcesses()); n != 3 {
		t.Fatalf("%d attempts in the inventory", n)
	}
	if p := r.client.untilEnded(1); p.GetExitCode() != 5 || string(p.GetTag()) != "tag1" {
		t.Errorf("adopted attempt: %v", p)
	}
	r.forget(1, 3)
	r.kill(2, 100*time.Millisecond)
	if p := r.client.untilEnded(2); !p.GetKilled() || p.GetReason() != "asked" {
		t.Errorf("killed attempt: %v", p)
	}
	r.attach()
	if got := r.client.attached.GetProcesses(); len(got) != 1 || got[0].GetAttemptId() != 2 {
		t.Errorf("after forgetting: %v", got)
	}
}

func TestLaterWorkerTakesOver(t *testing.T) {
	r := newRig(t, "")
	old := r.client
	r.client = attach(t, r.dir)
	defer old.close()
	<-old.gone
	r.start(1, "true")
	r.client.untilEnded(1)
}

func TestExitRecordsOutliveTheSupervisor(t *testing.T) {
	r := newRig(t, "")
	r.start(1, "exit 9")
	r.start(2, "exit 0")
	r.start(3, "sleep 600 & echo $! > bg; wait")
	r.client.untilEnded(1)
	r.client.untilEnded(2)
	r.forget(2)
	main := r.client.untilRunning(3).GetPid()
	await(t, "the child", func() bool { return r.hasFile(3, "bg") })
	// The forget is in the file before a later end is told.
	r.start(4, "exit 1")
	r.client.untilEnded(4)

	r.cmd.Process.Kill()
	r.cmd.Wait()
	r.startSupervisor()
	// The new one answers when nothing of the old one's attempts is left.
	assertGone(t, int(main))
	assertGone(t, r.pidFrom(3, "bg"))
	got := map[int64]int32{}
	for _, p := range r.client.attached.GetProcesses() {
		if !p.GetEnded() {
			t.Errorf("it took over %v", p)
		}
		got[p.GetAttemptId()] = p.GetExitCode()
	}
	if want := "map[1:9 4:1]"; fmt.Sprint(got) != want {
		t.Errorf("records %v, want %s", got, want)
	}
}

func TestSilentWorkerLosesItsRerunnableAttempts(t *testing.T) {
	r := newImpatientRig(t, "", 2*time.Second)
	r.start(1, "sleep 600", func(s *supervisorpb.Start) { s.KillWhenAlone = true })
	r.start(2, "sleep 600")
	p := r.client.untilEnded(1)
	if p.GetKilled() || p.GetReason() != ReasonAlone {
		t.Errorf("got %v", p)
	}
	if p := r.client.untilRunning(2); p.GetEnded() {
		t.Errorf("an attempt that must not be repeated was ended: %v", p)
	}
}

func TestRenewedWorkerKeepsItsAttempts(t *testing.T) {
	const killAfter = 6 * time.Second // far more than anybody is held up for
	r := newImpatientRig(t, "", killAfter)
	r.start(1, "sleep 9; exit 0", func(s *supervisorpb.Start) { s.KillWhenAlone = true })
	ctx, cancel := context.WithCancel(t.Context())
	var renewing sync.WaitGroup
	renewing.Go(func() {
		for wait(ctx, killAfter/20) {
			r.client.send(&supervisorpb.Request{Msg: &supervisorpb.Request_Renew{Renew: &supervisorpb.Renew{}}})
		}
	})
	defer renewing.Wait()
	defer cancel()
	if p := r.client.untilEnded(1); p.GetExitCode() != 0 || p.GetReason() != "" {
		t.Errorf("got %v", p)
	}
}

func TestShutdownWaitsForAttempts(t *testing.T) {
	r := newRig(t, "")
	r.start(1, "sleep 0.3; exit 4")
	r.client.untilRunning(1)
	r.client.send(&supervisorpb.Request{Msg: &supervisorpb.Request_Shutdown{Shutdown: &supervisorpb.Shutdown{}}})
	<-r.client.gone
	if err := r.cmd.Wait(); err != nil {
		t.Errorf("the supervisor ended with %v", err)
	}
	r.startSupervisor()
	if p := r.client.untilEnded(1); p.GetExitCode() != 4 {
		t.Errorf("got %v", p)
	}
}

func TestOnlyOneSupervisorPerDirectory(t *testing.T) {
	r := newRig(t, "")
	ctx, cancel := contextWithTimeout(200 * time.Millisecond)
	defer cancel()
	if _, err := lockDir(ctx, r.dir); err == nil {
		t.Error("a second one got the lock")
	}
}
