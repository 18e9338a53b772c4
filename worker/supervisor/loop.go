package supervisor

import (
	"context"
	"log/slog"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/porpoise-scheduler/porpoise/proto/supervisorpb"
	"github.com/porpoise-scheduler/porpoise/worker/internal/contain"
)

// loop owns the attempts.
type loop struct {
	cfg         Config
	incarnation string
	log         *slog.Logger

	host       contain.Host
	adoptions  *contain.Adoptions
	spawners   *spawners
	waiter     *waiter
	undertaker *undertaker
	recorder   *recorder
	caps       *logCaps

	messages chan message
	spawned  chan spawned
	exited   chan []uint64
	emptied  chan uint64
	recorded chan []uint64

	attempts map[int64]*attempt
	bySeq    map[uint64]*attempt
	capOf    map[*attempt]*logCap
	mains    map[int]bool // unreaped main processes
	seq      uint64
	live     int // attempts that have not ended

	deadlines deadlines
	timer     *time.Timer
	session   *session
	closing   bool // end when no attempt is left
	stopped   bool // by a signal
	renewed   time.Duration
}

// housekeeping is how often a busy supervisor reaps orphans, and looks whether
// its worker is silent.
const housekeeping = time.Second

// run serves until the worker asked for the end or ctx ended, and no attempt
// is left.
func (l *loop) run(ctx context.Context) {
	l.renewed = bootTime()
	l.timer = time.NewTimer(time.Hour)
	defer l.timer.Stop()
	tick := time.NewTicker(housekeeping)
	defer tick.Stop()
	stop := ctx.Done()
	for !l.over() {
		var busy <-chan time.Time
		if l.live > 0 || len(l.mains) > 0 {
			busy = tick.C
		}
		select {
		case m := <-l.messages:
			l.receive(m)
		case s := <-l.spawned:
			l.onSpawned(s)
		case seqs := <-l.exited:
			for _, seq := range seqs {
				l.onExited(seq)
			}
		case seq := <-l.emptied:
			l.onEmptied(seq)
		case seqs := <-l.recorded:
			l.onRecorded(seqs)
		case <-l.timer.C:
			l.expire(time.Now())
		case <-busy:
			l.housekeep()
		case <-stop:
			stop = nil
			l.stop()
		}
	}
}

func (l *loop) over() bool { return l.live == 0 && (l.closing || l.stopped) }

// stop ends all attempts: the process is about to go, and they with it.
func (l *loop) stop() {
	l.stopped = true
	for _, a := range l.attempts {
		l.end(a, ReasonStopped, l.cfg.Grace)
	}
}

func (l *loop) housekeep() {
	if err := l.adoptions.Reap(func(pid int) bool { return l.mains[pid] }); err != nil {
		l.log.Warn("reaping orphans", "error", err)
	}
	if bootTime()-l.renewed < l.cfg.KillAfter {
		return
	}
	for _, a := range l.attempts {
		if a.start.GetKillWhenAlone() {
			l.end(a, ReasonAlone, l.cfg.Grace)
		}
	}
}

// bootTime also counts while the host sleeps.
func bootTime() time.Duration {
	var ts unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_BOOTTIME, &ts); err != nil {
		return 0
	}
	return time.Duration(ts.Nano())
}

// receive handles a worker's message. Those of a session that was taken over
// are void: its worker is gone, and the new one already knows what we hold.
func (l *loop) receive(m message) {
	if m.request.GetAttach() != nil {
		l.attach(m.session)
		return
	}
	if m.session != l.session {
		return
	}
	if m.request == nil {
		l.session = nil
		return
	}
	switch r := m.request.GetMsg().(type) {
	case *supervisorpb.Request_Start:
		l.renewed = bootTime()
		l.start(r.Start)
	case *supervisorpb.Request_Kill:
		if a, ok := l.attempts[r.Kill.GetAttemptId()]; ok {
			a.killed = a.killed || a.phase <= running
			l.end(a, r.Kill.GetReason(), time.Duration(r.Kill.GetGraceMs())*time.Millisecond)
		}
	case *supervisorpb.Request_Forget:
		l.forget(r.Forget.GetAttemptIds())
	case *supervisorpb.Request_Renew:
		l.renewed = bootTime()
	case *supervisorpb.Request_Shutdown:
		l.closing = true
	}
}

func (l *loop) attach(s *session) {
	if l.session != nil {
		l.session.close()
	}
	l.session, l.closing = s, false
	all := make([]*supervisorpb.Process, 0, len(l.attempts))
	for _, a := range l.attempts {
		all = append(all, a.told())
	}
	s.greet(&supervisorpb.Attached{
		Incarnation: l.incarnation, Pid: int32(syscall.Getpid()),
		Processes: all, Containment: string(l.host.Mode()),
	})
}

func (l *loop) forget(ids []int64) {
	var gone []int64
	for _, id := range ids {
		if a, ok := l.attempts[id]; ok && a.phase == ended {
			delete(l.attempts, id)
			gone = append(gone, id)
		}
	}
	if len(gone) > 0 {
		l.recorder.forget(gone)
	}
}

// start begins an attempt; one that is known already is told again instead.
func (l *loop) start(s *supervisorpb.Start) {
	if a, known := l.attempts[s.GetAttemptId()]; known {
		if a.phase != starting {
			l.tell(a)
		}
		return
	}
	l.seq++
	a := &attempt{start: s, seq: l.seq, pidfd: -1}
	l.attempts[a.id()], l.bySeq[a.seq] = a, a
	l.live++
	if l.stopped {
		l.fail(a, ReasonStopped)
		return
	}
	l.spawners.spawn(a)
}

// fail ends an attempt that has no process.
func (l *loop) fail(a *attempt, why string) {
	a.failure, a.finished = why, time.Now()
	l.record(a)
}

func (l *loop) onSpawned(s spawned) {
	a := s.attempt
	a.begun = s.begun
	if s.err != nil {
		l.fail(a, s.err.Error())
		return
	}
	a.pid, a.pidfd, a.cell, a.phase = s.pid, s.pidfd, s.cell, running
	l.mains[a.pid] = true
	if c := l.caps.add(a.start.GetLogPath(), a.start.GetLogLimit()); c != nil {
		l.capOf[a] = c
	}
	if l.session != nil {
		l.session.tellStart(a.told())
	}
	if err := l.waiter.watch(a.pidfd, a.seq); err != nil {
		// Without the watch its end would go unseen.
		l.log.Error("watching an attempt", "attempt", a.id(), "error", err)
		l.end(a, "its process could not be watched: "+err.Error(), 0)
	}
	if a.asked {
		l.terminate(a)
	} else if ms := a.start.GetTimeoutMs(); ms > 0 {
		l.at(a.begun.Add(time.Duration(ms)*time.Millisecond), a, timeout)
	}
	a.start.Env, a.start.Args = nil, nil
}

// end asks an attempt to end; the first who asks says why.
func (l *loop) end(a *attempt, reason string, grace time.Duration) {
	if a.asked || a.phase > running {
		return
	}
	a.asked, a.reason, a.grace = true, reason, grace
	if a.phase == running {
		l.terminate(a)
	}
}

// terminate sends TERM, and KILL after the grace period.
func (l *loop) terminate(a *attempt) {
	a.killFrom = time.Now().Add(a.grace)
	if a.grace > 0 {
		l.undertaker.signal(a.cell, syscall.SIGTERM)
		l.undertaker.signal(a.cell, syscall.SIGCONT) // a stopped process could not obey
	}
	l.at(a.killFrom, a, kill)
}

// onExited collects a main process that ended.
func (l *loop) onExited(seq uint64) {
	a, ok := l.bySeq[seq]
	if !ok || a.phase != running {
		return
	}
	var ws syscall.WaitStatus
	pid, err := syscall.Wait4(a.pid, &ws, syscall.WNOHANG, nil)
	if err != nil || pid != a.pid {
		l.log.Error("waiting for an attempt", "attempt", a.id(), "pid", a.pid, "error", err)
		ws = 0xff << 8 // an exit status of 255: it is unknown, and no success
		a.reason = "its exit status could not be read"
	}
	a.status, a.finished, a.phase = ws, time.Now(), draining
	delete(l.mains, a.pid)
	unix.Close(a.pidfd)
	a.pidfd = -1
	if empty, err := a.cell.Empty(); empty && err == nil {
		l.record(a)
		return
	}
	l.undertaker.drain(a.cell, a.seq, a.killFrom)
}

func (l *loop) onEmptied(seq uint64) {
	if a, ok := l.bySeq[seq]; ok && a.phase == draining {
		l.record(a)
	}
}

// record hands an attempt without processes to the recorder.
func (l *loop) record(a *attempt) {
	if a.cell != nil {
		a.oom = a.cell.OutOfMemory()
		a.cell.Close()
		a.cell = nil
	}
	a.phase = recording
	l.deadlines.drop(a)
	c := l.capOf[a]
	delete(l.capOf, a)
	l.caps.remove(c)
	l.recorder.record(exit{seq: a.seq, process: a.process(), cap: c})
}

func (l *loop) onRecorded(seqs []uint64) {
	for _, seq := range seqs {
		a, ok := l.bySeq[seq]
		if !ok {
			continue
		}
		delete(l.bySeq, seq)
		a.phase = ended
		a.restored = a.process()
		l.live--
		l.tell(a)
	}
}

// told is what a worker may know now: no end before it is recorded.
func (a *attempt) told() *supervisorpb.Process {
	if a.phase != recording {
		return a.process()
	}
	return &supervisorpb.Process{AttemptId: a.id(), Pid: int32(a.pid), Tag: a.start.GetTag(), StartUnixMs: unixMilli(a.begun)}
}

func (l *loop) tell(a *attempt) {
	if l.session != nil {
		l.session.tell(a.told())
	}
}
