package worker_test

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/porpoise-scheduler/porpoise/pkg/netguard"
	"github.com/porpoise-scheduler/porpoise/pkg/task"
	"github.com/porpoise-scheduler/porpoise/pkg/yarn"
	"github.com/porpoise-scheduler/porpoise/pkg/yarn/yarntest"
	"github.com/porpoise-scheduler/porpoise/proto/workerpb"
	"github.com/porpoise-scheduler/porpoise/worker"
)

func askYARN(addresses ...string) (*yarn.Client, error) {
	return yarn.New(yarn.Config{
		Addresses: addresses, Timeout: 5 * time.Second, Guard: netguard.New(netguard.Config{AllowLoopback: true}),
	})
}

func newCluster(t *testing.T) (*yarntest.Cluster, task.Applications) {
	t.Helper()
	cluster := yarntest.New(t)
	apps, err := askYARN(cluster.Manager(nil).URL)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(apps.Close)
	return cluster, apps
}

// app names applications as YARN does.
func app(n int) string { return fmt.Sprintf("application_1700000000000_%04d", n) }

func TestApplicationsAreFollowed(t *testing.T) {
	cluster, apps := newCluster(t)
	r := newFollowingRig(t, apps, func(c *worker.Config) { c.Slots = 10 })
	m := r.master
	m.awaitCredit(10)
	for n := range 10 {
		cluster.Run(app(n), time.Now())
	}
	say := func(n int) string { return "echo submitted " + app(n) + "; " }
	m.dispatch(1, "SHELL", say(1)+"echo '${setValue(k=v)}'")
	m.dispatch(2, "SHELL", say(2)+say(3))
	m.dispatch(3, "SHELL", say(4))
	m.dispatch(4, "SHELL", say(5)+"exit 3")
	m.dispatch(5, "SHELL", say(6), func(a *workerpb.Assignment) { a.TimeoutMs = 6000 })
	m.dispatch(6, "SHELL", say(999)) // not known to the cluster
	m.dispatch(7, "NOOP", "")
	for n := range 4 {
		cluster.AwaitAsked(app(n+1), 2)
	}

	// One that is followed is still running for masters.
	if got := m.untilRunning(1); got.GetState() != isRunning {
		t.Errorf("attempt 1 while its application runs: %v", got)
	}
	cluster.End(app(1), "FINISHED", "SUCCEEDED", "")
	one := m.untilEnded(1)
	assertEnd(t, one, succeeded, 0, "")
	if one.GetAppLink() != app(1) || one.GetVars()["k"] != "v" || one.GetEndUnixMs() < one.GetStartUnixMs() {
		t.Errorf("attempt 1: %v", one)
	}
	if log := r.readLog(1); !strings.Contains(log, "following "+app(1)) || !strings.HasSuffix(log, "attempt 1 succeeded, exit status 0\n") {
		t.Errorf("log %q", log)
	}

	cluster.End(app(2), "FINISHED", "FAILED", "User class threw an exception\nat line 3")
	two := m.untilEnded(2)
	assertEnd(t, two, failed, -1, app(2)+" ended as FAILED: User class threw an exception")
	if two.GetAppLink() != app(2)+","+app(3) {
		t.Errorf("applications of attempt 2: %q", two.GetAppLink())
	}
	cluster.End(app(4), "KILLED", "KILLED", "")
	assertEnd(t, m.untilEnded(3), failed, -1, app(4)+" ended as KILLED")
	assertEnd(t, m.untilEnded(4), failed, 3, "exit status 3")
	assertEnd(t, m.untilEnded(5), failed, -1, "timed out after 6s")
	assertEnd(t, m.untilEnded(6), failed, -1, "YARN does not know "+app(999))
	killed := cluster.Killed()
	slices.Sort(killed)
	if want := []string{app(3), app(5), app(6)}; !slices.Equal(killed, want) {
		t.Errorf("killed %v, want %v", killed, want)
	}
	if who := tenantUser(t, r); !cluster.AskedBy(who) {
		t.Errorf("not asked in the name of %s", who)
	}
	m.awaitCredit(10)
}

// tenantUser is whom the rig's attempts run as.
func tenantUser(t *testing.T, r *rig) string {
	t.Helper()
	r.master.dispatch(100, "SHELL", "id -un")
	r.master.untilEnded(100)
	lines := strings.Split(strings.TrimSpace(r.readLog(100)), "\n")
	return lines[1]
}

func TestFollowedAttemptsAreKilled(t *testing.T) {
	cluster, apps := newCluster(t)
	r := newFollowingRig(t, apps)
	m := r.master
	m.awaitCredit(4)
	cluster.Run(app(1), time.Now())
	cluster.Run(app(2), time.Now())
	cluster.Run(app(3), time.Now().Add(-time.Hour))
	m.dispatch(1, "SHELL", "echo "+app(1))
	m.dispatch(2, "SHELL", "echo "+app(2)+" "+app(3)+"; sleep 300")
	cluster.AwaitAsked(app(1), 1)
	m.untilRunning(2)
	awaitText(t, logIn(r.dir, 2), app(3))
	m.kill(1)
	m.kill(2)
	assertEnd(t, m.untilEnded(1), killed, -1, "asked")
	two := m.untilEnded(2)
	assertEnd(t, two, killed, two.GetExitCode(), "asked")
	got := cluster.Killed()
	slices.Sort(got)
	// What began an hour ago was only mentioned.
	if want := []string{app(1), app(2)}; !slices.Equal(got, want) {
		t.Errorf("killed %v, want %v", got, want)
	}
}

func TestSilentCluster(t *testing.T) {
	cluster, apps := newCluster(t)
	r := newFollowingRig(t, apps, func(c *worker.Config) { c.FollowPatience = 300 * time.Millisecond })
	cluster.Run(app(1), time.Now())
	cluster.Deny(true)
	r.master.awaitCredit(4)
	r.master.dispatch(1, "SHELL", "echo "+app(1))
	end := r.master.untilEnded(1)
	assertEnd(t, end, failed, -1, "YARN did not answer for 300ms")
	if !strings.Contains(end.GetReason(), app(1)+" may still run") {
		t.Errorf("reason %q", end.GetReason())
	}
}

func TestWithoutAClusterIdsAreReported(t *testing.T) {
	r := newRig(t)
	r.master.awaitCredit(4)
	r.master.dispatch(1, "SHELL", "echo "+app(1)+" "+app(2)+" "+app(1))
	end := r.master.untilEnded(1)
	assertEnd(t, end, succeeded, 0, "")
	if end.GetAppLink() != app(1)+","+app(2) {
		t.Errorf("applications %q", end.GetAppLink())
	}
}

// TestAloneWorkersEndWhatTheyFollow is about a worker that masters have given
// up: the attempt is about to run again elsewhere.
func TestAloneWorkersEndWhatTheyFollow(t *testing.T) {
	cluster, apps := newCluster(t)
	r := newFollowingRig(t, apps, func(c *worker.Config) { c.KillAfter = 4 * time.Second })
	m := r.master
	cluster.Run(app(1), time.Now())
	m.awaitCredit(4)
	m.dispatch(1, "SHELL", "echo "+app(1))
	cluster.AwaitAsked(app(1), 2)
	r.reg.Cut()
	m.stop()
	cluster.AwaitKill(app(1))
	m.until("the break", func() bool { return m.stream == nil })
	r.reg.Heal()
	m.listen(m.addr)
	m.claim(1, 1)
	assertEnd(t, m.untilEnded(1), lost, -1, "reached no master")
}

func TestPlansAreMadeAndBrokenOff(t *testing.T) {
	r := newRig(t)
	m := r.master
	m.awaitCredit(4)
	m.dispatch(1, "PLANNER", "exit 4")
	m.dispatch(2, "PLANNER", "forever")
	assertEnd(t, m.untilEnded(1), failed, 4, "exit status 4")
	m.kill(2)
	assertEnd(t, m.untilEnded(2), killed, -1, "asked")
}

// TestFollowingSurvivesTheWorker stops and kills workers while they follow.
func TestFollowingSurvivesTheWorker(t *testing.T) {
	cluster := yarntest.New(t)
	manager := cluster.Manager(nil).URL
	dir := dataDir(t)
	journal := journalIn(t, dir)
	m := newMaster(t, "m1")
	defer endSupervisorOf(t, dir)
	run := "echo run >> " + journal + "; echo "
	for n := range 4 {
		cluster.Run(app(n), time.Now())
	}

	c := startChild(t, dir, m.addr, "--yarn", manager)
	defer func() { c.kill() }()
	m.awaitCredit(4)
	m.dispatch(1, "SHELL", run+app(1), func(a *workerpb.Assignment) { a.OnLost = "fail" })
	m.dispatch(2, "SHELL", run+app(2))
	m.dispatch(3, "SHELL", run+app(3)+"; sleep 300")
	cluster.AwaitAsked(app(1), 1)
	cluster.AwaitAsked(app(2), 1)
	m.untilRunning(3)
	for life := range 2 {
		if life == 0 {
			c.kill()
		} else {
			c.cmd.Process.Signal(syscall.SIGTERM)
			c.cmd.Wait()
		}
		m.until("the break", func() bool { return m.stream == nil })
		c = startChild(t, dir, m.addr, "--yarn", manager)
		m.until("the new worker", func() bool { return m.hellos == life+2 && m.stream != nil })
		m.claim(1, 1)
		cluster.AwaitAsked(app(1), 1)
		cluster.AwaitAsked(app(2), 1)
		if got := m.untilRunning(1); got.GetState() != isRunning {
			t.Errorf("life %d: attempt 1 is %v", life, got)
		}
	}
	cluster.End(app(1), "FINISHED", "SUCCEEDED", "")
	one := m.untilEnded(1)
	assertEnd(t, one, succeeded, 0, "")
	if one.GetAppLink() != app(1) || one.GetStartUnixMs() == 0 || one.GetPid() == 0 {
		t.Errorf("attempt 1: %v", one)
	}
	awaitText(t, logIn(dir, 3), app(3))
	m.kill(2)
	m.kill(3)
	assertEnd(t, m.untilEnded(2), killed, -1, "asked")
	three := m.untilEnded(3)
	assertEnd(t, three, killed, three.GetExitCode(), "asked")
	got := cluster.Killed()
	slices.Sort(got)
	if want := []string{app(2), app(3)}; !slices.Equal(got, want) {
		t.Errorf("killed %v, want %v", got, want)
	}
	if b, _ := os.ReadFile(journal); string(b) != "run\nrun\nrun\n" {
		t.Errorf("journal %q", b)
	}
}
