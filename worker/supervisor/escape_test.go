package supervisor

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/porpoise-scheduler/porpoise/proto/supervisorpb"
	"github.com/porpoise-scheduler/porpoise/worker/internal/contain"
)

func contextWithTimeout(d time.Duration) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.Background(), d)
}

// escapes are ways in which processes leave their parent. Each leaves the id of
// a survivor-to-be in a file of the work directory.
var escapes = map[string]string{
	"child":       `sleep 300 & echo $! > pid`,
	"setsid":      `setsid sh -c 'echo $$ > pid; exec sleep 300' &`,
	"double fork": `( ( sh -c 'echo $$ > pid; exec sleep 300' & ) & )`,
	"nohup":       `nohup sh -c 'echo $$ > pid; exec sleep 300' >/dev/null 2>&1 &`,
	"daemon":      `( setsid sh -c 'p=$PWD/pid; cd /; sh -c "echo \$\$ > $p; exec sleep 300" </dev/null >/dev/null 2>&1 &' & )`,
	"empty env":   `( p=$PWD/pid; cd /; env -i /usr/bin/setsid /bin/sh -c "echo \$\$ > $p; trap '' TERM HUP INT; while :; do /bin/sleep 300; done" & )`,
}

// bestEffort says which escapes Group mode must stop too when other attempts
// run beside.
var bestEffort = map[string]bool{"child": true, "setsid": true, "double fork": true, "nohup": true, "daemon": true}

func (r *rig) pidFrom(id int64, name string) int {
	r.t.Helper()
	b, err := os.ReadFile(filepath.Join(r.dir, "work", strconv.FormatInt(id, 10), name))
	if err != nil {
		r.t.Fatal(err)
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(b)))
	if err != nil {
		r.t.Fatal(err)
	}
	return pid
}

func (r *rig) hasFile(id int64, name string) bool {
	b, err := os.ReadFile(filepath.Join(r.dir, "work", strconv.FormatInt(id, 10), name))
	return err == nil && strings.HasSuffix(string(b), "\n")
}

// assertGone fails when the process lives; a zombie is dead.
func assertGone(t testing.TB, pid int) {
	t.Helper()
	if alive(pid) {
		t.Errorf("process %d survived", pid)
		syscall.Kill(pid, syscall.SIGKILL)
	}
}

func alive(pid int) bool {
	b, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return false
	}
	f := strings.Fields(string(b[strings.LastIndexByte(string(b), ')')+1:]))
	return f[0] != "Z" && f[0] != "X"
}

// TestNoProcessSurvives runs every escape against every way of ending.
func TestNoProcessSurvives(t *testing.T) {
	endings := map[string]func(r *rig){
		"end":     func(r *rig) {},
		"kill":    func(r *rig) { r.kill(1, 100*time.Millisecond) },
		"kill -9": func(r *rig) { r.kill(1, 0) },
		"timeout": func(r *rig) {},
		"stop":    func(r *rig) { r.cmd.Process.Signal(syscall.SIGTERM) },
		"crash":   func(r *rig) { r.cmd.Process.Kill() },
		"worker":  func(r *rig) { r.attach(); r.kill(1, 100*time.Millisecond) },
	}
	for _, mode := range modes(t) {
		for escape, script := range escapes {
			for ending, act := range endings {
				if mode == contain.Group && !bestEffort[escape] && ending == "crash" {
					continue // nothing is left that would tell whose it is
				}
				t.Run(string(mode)+"/"+escape+"/"+ending, func(t *testing.T) {
					t.Parallel()
					r := newRig(t, mode)
					id, main, pid := r.escape(script, ending)
					if ending != "end" && ending != "timeout" && !alive(pid) {
						t.Fatal("the escape did not work, the test shows nothing")
					}
					act(r)
					switch ending {
					case "crash":
						r.cmd.Wait()
						r.startSupervisor()
					case "stop":
						r.cmd.Wait()
					default:
						p := r.client.untilEnded(id)
						if strings.HasPrefix(ending, "kill") && !p.GetKilled() {
							t.Errorf("not told as killed: %v", p)
						}
					}
					assertGone(t, pid)
					assertGone(t, main)
				})
			}
		}
	}
}

// escape starts an attempt, the first one, and waits until its
// survivor-to-be is there.
func (r *rig) escape(script, ending string) (id int64, main, pid int) {
	r.t.Helper()
	script += "\nwhile [ ! -s pid ]; do sleep 0.01; done; echo escaped"
	if ending != "end" {
		script += "; sleep 300"
	}
	if ending == "timeout" {
		id = r.escapeInTime(script)
	} else {
		id = 1
		r.start(id, script)
		r.awaitLog(id, "escaped")
	}
	return id, int(r.client.untilRunning(id).GetPid()), r.pidFrom(id, "pid")
}

// escapeInTime starts attempts, each with more time than the one before, until
// one came so far as to escape before its time was over.
func (r *rig) escapeInTime(script string) int64 {
	r.t.Helper()
	timeout := 700 * time.Millisecond
	for id := int64(1); timeout < patience; id++ {
		r.start(id, script, func(s *supervisorpb.Start) { s.TimeoutMs = timeout.Milliseconds() })
		r.client.untilEnded(id)
		if strings.Contains(r.readLog(id), "escaped") {
			return id
		}
		timeout *= 4
	}
	r.t.Fatal("no attempt escaped in time")
	return 0
}

// TestNeighboursAndStrangersLive kills one attempt among others and beside
// processes that look like it.
func TestNeighboursAndStrangersLive(t *testing.T) {
	for _, mode := range modes(t) {
		t.Run(string(mode), func(t *testing.T) {
			t.Parallel()
			r := newRig(t, mode)
			strange := filepath.Join(t.TempDir(), "a(1) S 1")
			if err := os.Symlink("/bin/sleep", strange); err != nil {
				t.Fatal(err)
			}
			var strangers []*exec.Cmd
			for range 3 {
				c := exec.Command(strange, "300")
				c.Env = []string{"PORPOISE_ATTEMPT_ID=1"}
				if err := c.Start(); err != nil {
					t.Fatal(err)
				}
				strangers = append(strangers, c)
			}
			defer func() {
				for _, c := range strangers {
					c.Process.Kill()
					c.Wait()
				}
			}()
			r.start(1, "setsid sleep 300 & echo go; sleep 300")
			r.start(2, "'"+strange+"' 300 & echo $! > pid; echo go; wait")
			r.awaitLog(1, "go")
			r.awaitLog(2, "go")
			neighbour := int(r.client.untilRunning(2).GetPid())
			r.kill(1, 50*time.Millisecond)
			if p := r.client.untilEnded(1); !p.GetKilled() {
				t.Errorf("got %v", p)
			}
			for _, pid := range []int{neighbour, r.pidFrom(2, "pid"), strangers[0].Process.Pid, strangers[1].Process.Pid, strangers[2].Process.Pid} {
				if !alive(pid) {
					t.Errorf("process %d was not ours to kill", pid)
				}
			}
		})
	}
}

func TestKillWaitsForTheGracePeriodOfChildren(t *testing.T) {
	r := newRig(t, "")
	// The shell dies of TERM at once, its child tidies up.
	r.start(1, `sh -c 'trap "sleep 0.2; echo tidied; exit 0" TERM; echo up; while :; do sleep 0.01; done' & wait`)
	r.awaitLog(1, "up")
	r.kill(1, patience)
	r.client.untilEnded(1)
	if log := r.readLog(1); !strings.Contains(log, "tidied") {
		t.Errorf("the child was killed before its time: %q", log)
	}
}

// TestAKillDoesNotReachLaterAttempts kills attempts and starts others, one
// after another: what held an attempt that was killed must not end the next.
func TestAKillDoesNotReachLaterAttempts(t *testing.T) {
	for _, mode := range modes(t) {
		t.Run(string(mode), func(t *testing.T) {
			t.Parallel()
			r := newRig(t, mode)
			for id := int64(1); id < 10; id += 2 {
				r.start(id, "echo up; sleep 300")
				r.awaitLog(id, "up")
				r.kill(id, 0)
				r.client.untilEnded(id)
				r.forget(id)
				r.start(id+1, "echo fine")
				if p := r.client.untilEnded(id + 1); p.GetExitCode() != 0 || p.GetSignal() != 0 {
					t.Fatalf("after a kill: %v", p)
				}
			}
		})
	}
}
