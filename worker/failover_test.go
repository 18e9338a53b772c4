package worker_test

import (
	"fmt"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/porpoise-scheduler/porpoise/proto/workerpb"
	"github.com/porpoise-scheduler/porpoise/worker"
)

func TestNewOwnerGetsTheReports(t *testing.T) {
	r := newRig(t)
	old := r.master
	fresh := newMaster(t, "m2")
	r.addMaster(fresh)
	fresh.until("a stream", func() bool { return fresh.stream != nil })
	old.update(func() { old.holdAcks = true })
	old.awaitCredit(2)
	old.dispatch(1, "SHELL", "exit 3")
	wait, open := gateIn(t, r.dir)
	old.dispatch(2, "SHELL", wait+"exit 4")
	old.untilEnded(1)
	old.untilRunning(2)

	fresh.claim(2, 1)
	fresh.until("the inventory", func() bool { return len(fresh.listed) == 1 })
	if n := len(fresh.inventory(0).GetAttempts()); n != 2 {
		t.Errorf("%d attempts in the inventory", n)
	}
	open()
	assertEnd(t, fresh.untilEnded(1), failed, 3, "")
	assertEnd(t, fresh.untilEnded(2), failed, 4, "")

	// The old owner is told nothing more and can do nothing more.
	if old.state(2).GetState() != isRunning {
		t.Errorf("the old owner got %v", old.state(2))
	}
	old.dispatch(3, "NOOP", "")
	if why := old.untilRefused(3); !strings.Contains(why, "older owner") {
		t.Errorf("refused because %q", why)
	}
	old.claim(1, 1)
	old.until("an answer", func() bool { return len(old.listed) == 1 })
	if i := old.inventory(0); len(i.GetClaims()) != 0 || len(i.GetAttempts()) != 0 {
		t.Errorf("a lower epoch was answered: %v", i)
	}
}

func TestEndsAreReportedAgainAfterAReconnect(t *testing.T) {
	r := newRig(t)
	m := r.master
	m.update(func() { m.holdAcks = true })
	m.awaitCredit(4)
	m.dispatch(1, "SHELL", "exit 3")
	wait, open := gateIn(t, r.dir)
	m.dispatch(2, "SHELL", wait+"exit 4")
	m.untilEnded(1)
	m.untilRunning(2)
	m.stop()
	m.update(func() { m.states = map[int64]*workerpb.Report{}; m.holdAcks = false })
	m.listen(m.addr)
	m.until("the stream", func() bool { return m.hellos == 2 })
	m.claim(1, 1)
	assertEnd(t, m.untilEnded(1), failed, 3, "")
	open()
	assertEnd(t, m.untilEnded(2), failed, 4, "")
	m.awaitCredit(4)
}

func TestCreditFollowsTheWork(t *testing.T) {
	r := newRig(t)
	a := r.master
	a.awaitCredit(4)
	b := newMaster(t, "m2")
	r.addMaster(b)
	b.awaitCredit(2) // its share
	a.dispatch(1, "WAITER", "")
	a.dispatch(2, "WAITER", "")
	a.untilRunning(1)
	a.untilRunning(2)
	backlog := func(m *master, n int32) {
		m.send(&workerpb.ToWorker{Msg: &workerpb.ToWorker_Backlog{Backlog: &workerpb.Backlog{Waiting: map[string]int32{"default": n}}}})
	}
	backlog(a, 5)
	a.awaitCredit(1) // taken back from b, which is idle
	b.until("credit asked back", func() bool { return b.wanted > 0 })
}

// TestAttemptsSurviveAKilledWorker is the promise of adoption: exit codes are
// true, nothing runs twice, what ran inside the worker is lost.
func TestAttemptsSurviveAKilledWorker(t *testing.T) {
	dir := dataDir(t)
	journal := journalIn(t, dir)
	m := newMaster(t, "m1")
	c := startChild(t, dir, m.addr)
	defer func() { c.kill(); endSupervisorOf(t, dir) }()
	m.update(func() { m.holdAcks = true })
	m.awaitCredit(4)
	run := "echo run >> " + journal + "; "
	wait, open := gateIn(t, dir)
	m.dispatch(1, "SHELL", run+wait+"exit 11", func(a *workerpb.Assignment) { a.OnLost = "fail" })
	m.dispatch(2, "SHELL", run+"exit 12")
	m.dispatch(3, "WAITER", "")
	m.dispatch(4, "SHELL", run+"echo '${setValue(k=v)}'; sleep 300")
	m.untilRunning(1)
	m.untilEnded(2)
	m.untilRunning(3)
	m.untilRunning(4)
	first := m.greeting()
	c.kill()
	m.until("the break", func() bool { return m.stream == nil })
	m.update(func() { m.states = map[int64]*workerpb.Report{} })

	c2 := startChild(t, dir, m.addr)
	defer c2.kill()
	m.until("the new worker", func() bool { return m.hellos == 2 && m.stream != nil })
	second := m.greeting()
	if second.GetIncarnation() == first.GetIncarnation() || second.GetWorkerId() != first.GetWorkerId() ||
		second.GetSupervisor() != first.GetSupervisor() || second.GetBootId() != first.GetBootId() {
		t.Errorf("hello %v after %v", second, first)
	}
	m.claim(1, 1)
	assertEnd(t, m.untilEnded(2), failed, 12, "")
	assertEnd(t, m.untilEnded(3), lost, -1, "the worker ended")
	open()
	assertEnd(t, m.untilEnded(1), failed, 11, "")
	m.until("four", func() bool { return m.states[4] != nil })
	awaitText(t, logIn(dir, 4), "setValue") // it was started, which is not yet to have come so far
	// A dispatch that comes again starts nothing.
	m.dispatch(4, "SHELL", run+"exit 0")
	m.kill(4)
	four := m.untilEnded(4)
	assertEnd(t, four, killed, four.GetExitCode(), "asked")
	if four.GetVars()["k"] != "v" {
		t.Errorf("parameters of an adopted attempt: %v", four.GetVars())
	}
	if b, _ := os.ReadFile(journal); string(b) != "run\nrun\nrun\n" {
		t.Errorf("journal %q", b)
	}
	m.update(func() { m.holdAcks = false })
	m.claim(1, 1)
	m.awaitCredit(4)
}

// TestKillStormOfWorkers kills workers while they take and start attempts:
// each script runs at most once, and each dispatched attempt comes to an end.
func TestKillStormOfWorkers(t *testing.T) {
	dir := dataDir(t)
	journal := journalIn(t, dir)
	m := newMaster(t, "m1")
	defer endSupervisorOf(t, dir)
	const rounds, each = 6, 4
	id := int64(0)
	for round := range rounds {
		c := startChild(t, dir, m.addr)
		m.until("the worker", func() bool { return m.hellos == round+1 && m.stream != nil })
		m.claim(1, 1)
		m.awaitCredit(1)
		for range each {
			id++
			n := id
			m.dispatch(n, "SHELL", fmt.Sprintf("echo %d >> %s; exit %d", n, journal, n))
		}
		m.until("something", func() bool { return m.states[id-each+1+int64(round%each)] != nil || len(m.refused) > 0 })
		c.kill()
		m.until("the break", func() bool { return m.stream == nil })
	}
	c := startChild(t, dir, m.addr)
	defer c.kill()
	m.until("the worker", func() bool { return m.hellos == rounds+1 && m.stream != nil })
	m.update(func() { m.listed = nil })
	m.claim(1, 1)
	m.until("an inventory", func() bool { return len(m.listed) > 0 })
	here := map[int64]bool{}
	for _, r := range m.inventory(0).GetAttempts() {
		here[r.GetAttemptId()] = true
	}
	for n := int64(1); n <= id; n++ {
		if here[n] {
			m.untilEnded(n)
		}
	}
	b, _ := os.ReadFile(journal)
	ran := map[string]int{}
	for _, l := range strings.Fields(string(b)) {
		ran[l]++
		if ran[l] > 1 {
			t.Errorf("attempt %s ran %d times", l, ran[l])
		}
	}
	for n := int64(1); n <= id; n++ {
		state := m.state(n)
		switch {
		case ran[fmt.Sprint(n)] == 1 && (state.GetState() != failed || state.GetExitCode() != int32(n)):
			t.Errorf("attempt %d ran, its report is %v", n, state)
		case ran[fmt.Sprint(n)] == 0 && state.GetState() > isRunning:
			t.Errorf("attempt %d did not run, its report is %v", n, state)
		}
	}
	t.Logf("%d of %d ran", len(ran), id)
}

func TestKilledSupervisorLosesItsAttempts(t *testing.T) {
	r := newRig(t)
	m := r.master
	m.update(func() { m.holdAcks = true })
	m.awaitCredit(4)
	m.dispatch(1, "SHELL", "setsid sleep 300 & echo $! >> "+r.journal()+"; wait; sleep 300")
	m.dispatch(2, "SHELL", "exit 5")
	m.dispatch(3, "WAITER", "")
	pid := int(m.untilRunning(1).GetPid())
	m.untilEnded(2)
	m.untilRunning(3)
	await(t, "the child", func() bool { b, _ := os.ReadFile(r.journal()); return strings.HasSuffix(string(b), "\n") })
	sup, ok := supervisorOf(r.dir)
	if !ok {
		t.Fatal("no supervisor")
	}
	syscall.Kill(sup, syscall.SIGKILL)
	assertEnd(t, m.untilEnded(1), lost, -1, "its supervisor ended")
	if alive(pid) {
		t.Error("LOST was reported before its process was gone")
	}
	b, _ := os.ReadFile(r.journal())
	var child int
	fmt.Sscan(string(b), &child)
	if child == 0 || alive(child) {
		t.Errorf("process %d survived", child)
	}
	assertEnd(t, m.state(2), failed, 5, "")
	if m.state(3).GetState() != isRunning {
		t.Errorf("an attempt inside the worker was hit: %v", m.state(3))
	}
	m.dispatch(4, "SHELL", "exit 9")
	assertEnd(t, m.untilEnded(4), failed, 9, "")
}

func TestLonelyWorkerEndsRerunnableAttempts(t *testing.T) {
	// Far more than this process is ever held up for: its supervisor counts too.
	r := newRig(t, func(c *worker.Config) { c.KillAfter = 6 * time.Second })
	m := r.master
	m.awaitCredit(4)
	keep := func(a *workerpb.Assignment) { a.OnLost = "hold" }
	m.dispatch(1, "SHELL", "sleep 300")
	m.dispatch(2, "SHELL", "sleep 300", keep)
	m.dispatch(3, "WAITER", "")
	m.dispatch(4, "WAITER", "", keep)
	for id := range 4 {
		m.untilRunning(int64(id + 1))
	}
	lonely := int(m.state(1).GetPid())
	m.stop()
	m.until("the break", func() bool { return m.stream == nil })
	hold := time.NewTimer(8 * time.Second)
	<-hold.C
	if !alive(lonely) {
		t.Fatal("it was ended although the registry answers")
	}
	r.reg.Cut()
	// The supervisor ends the process and the worker what it runs itself, each
	// by its own clock.
	await(t, "the end of the process", func() bool { return !alive(lonely) })
	awaitText(t, logIn(r.dir, 3), "reached no master")
	m.update(func() { m.states = map[int64]*workerpb.Report{} })
	r.reg.Heal()
	m.listen(m.addr)
	m.claim(1, 1)
	assertEnd(t, m.untilEnded(1), lost, m.untilEnded(1).GetExitCode(), "reached no master")
	assertEnd(t, m.untilEnded(3), lost, 1, "reached no master")
	for _, id := range []int64{2, 4} {
		m.until("its state", func() bool { return m.states[id] != nil })
		if m.state(id).GetState() != isRunning {
			t.Errorf("attempt %d: %v", id, m.state(id))
		}
	}
}
