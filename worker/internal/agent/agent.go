// Package agent decides what a worker does with what masters and its
// supervisor tell it. One goroutine owns the attempts, the credit and the
// highest epoch of every shard; everything else posts to it.
//
//	dispatch --> preparing --> starting --> running --> finishing --> ended --Ack-->
//	                |   (processes only)      ^          |     ^
//	                +-------------------------+          v     |
//	                                                    following
//
// An attempt whose processes are gone follows the YARN applications they
// started, if somebody configured where to ask about those.
//
// An attempt is written to the journal before anything is done for it, and its
// end before it is reported. The journal is not forced to disk: it is there
// for the next life of the worker on the same running host. After a crash of
// the host no attempt lives, and the host's boot id tells the masters so.
//
// An attempt id that is known is never started again, whoever asks.
package agent

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/porpoise-scheduler/porpoise/pkg/task"
	"github.com/porpoise-scheduler/porpoise/proto/workerpb"
	"github.com/porpoise-scheduler/porpoise/worker/internal/credit"
	"github.com/porpoise-scheduler/porpoise/worker/internal/journal"
	"github.com/porpoise-scheduler/porpoise/worker/internal/link"
	"github.com/porpoise-scheduler/porpoise/worker/internal/logs"
	"github.com/porpoise-scheduler/porpoise/worker/internal/masters"
	"github.com/porpoise-scheduler/porpoise/worker/internal/tenant"
	"github.com/porpoise-scheduler/porpoise/worker/internal/workdir"
)

// Config sets an agent up; the worker has filled in the defaults.
type Config struct {
	Dir          string // data directory
	Incarnation  string
	Groups       []string
	Slots        int
	Grace        time.Duration // from TERM to KILL
	KillAfter    time.Duration
	LogLimit     int64 // 0: none
	MinFreeBytes uint64
	Resend       time.Duration // of ends that are not acknowledged
	EnvFile      string        // processes read it first; empty: none
	Follow       Follow
}

// Parts are what an agent works with.
type Parts struct {
	Kinds   *task.Registry
	Logs    *logs.Store
	Dirs    *workdir.Dirs
	Tenants *tenant.Resolver
	// Scan finds parameters in lines of logs.
	Scan func(line []byte) (k, v string, ok bool)
	// Applications are asked about what attempts start there; nil: nobody is.
	Applications task.Applications
	Metrics      Metrics
	Log          *slog.Logger
}

// Metrics hears what happens; calls must not wait.
type Metrics interface {
	Accepted()
	Refused(reason string)
	Started(after time.Duration)
	Ended(state string)
	Used(slots int)
}

// Agent is the owner.
type Agent struct {
	cfg Config
	Parts
	log     *slog.Logger
	journal *journal.Log

	inbox chan func()
	done  chan struct{} // the loop ended
	work  sync.WaitGroup
	crew  *crew
	ctx   context.Context // of what is done for attempts

	attempts map[int64]*attempt
	book     *credit.Book[*masters.Conn]
	conns    map[*masters.Conn]bool
	shards   map[int32]shard
	session  *link.Session // nil while detached
	forgets  []int64       // acknowledged while detached
	effects  []func(journalErr error)
	withheld []*masters.Conn // credit not given back while the disk is full
	room     bool            // on the disk, when it was last looked
	roomSeen time.Time

	supervisor  string                 // incarnation
	attachedTo  atomic.Pointer[string] // the same, for others
	containment string
	ready       chan struct{} // closed at the first attachment
	isReady     bool
	contact     time.Time
	stopping    bool
	abandoning  bool          // what goes on beside the loop is left to the next life
	idle        chan struct{} // closed when stopping and no attempt lives
	abandoned   chan struct{} // closed when nothing is done here any more
	scans       chan struct{} // bounds concurrent reading of logs
	disk        chan struct{} // bounds what waits for the disk
}

// shard is who owns it, as far as the worker was told.
type shard struct {
	epoch int64
	owner *masters.Conn // nil when its stream broke
}

// New reads the journal.
func New(c Config, p Parts) (*Agent, error) {
	a := &Agent{
		cfg: c, Parts: p, log: p.Log,
		inbox: make(chan func(), 1024), done: make(chan struct{}),
		attempts: map[int64]*attempt{}, book: credit.NewBook[*masters.Conn](c.Slots),
		conns: map[*masters.Conn]bool{}, shards: map[int32]shard{},
		ready: make(chan struct{}), idle: make(chan struct{}), scans: make(chan struct{}, 4),
		disk: make(chan struct{}, diskThreads),
	}
	a.crew = newCrew(a.done)
	dir := filepath.Join(c.Dir, "attempts")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	j, err := journal.Open(filepath.Join(dir, "journal"), a.replay)
	if err != nil {
		return nil, fmt.Errorf("reading the journal of attempts: %w", err)
	}
	a.journal = j
	return a, nil
}

// Ready is closed once the supervisor told what it holds. No work may be taken
// before.
func (a *Agent) Ready() <-chan struct{} { return a.ready }

// Supervisor gives the incarnation of the supervisor that was last attached.
func (a *Agent) Supervisor() string {
	if s := a.attachedTo.Load(); s != nil {
		return *s
	}
	return ""
}

// post runs f in the loop, later. It is false when the loop has ended.
func (a *Agent) post(f func()) bool {
	select {
	case a.inbox <- f:
		return true
	case <-a.done:
		return false
	}
}

// drainMost bounds what is done between two writes of the journal.
const drainMost = 256

// Run is the loop; it ends with ctx, when all that was done for attempts in
// this process has ended as well.
func (a *Agent) Run(ctx context.Context) {
	work, cancel := context.WithCancelCause(context.WithoutCancel(ctx))
	a.ctx = work
	a.contact = time.Now()
	defer func() {
		close(a.done)
		cancel(errStopping)
		a.work.Wait()
		if err := a.journal.Close(); err != nil {
			a.log.Error("closing the journal of attempts", "error", err)
		}
	}()
	resend := time.NewTicker(a.cfg.Resend)
	defer resend.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case f := <-a.inbox:
			f()
			// Who is about to post comes along: a burst then shares its writes,
			// and its messages to the masters and the supervisor.
			runtime.Gosched()
			a.drain()
		case <-resend.C:
			a.resend(time.Now())
		}
		a.commit()
	}
}

// drain takes what else is waiting, so that it shares a write.
func (a *Agent) drain() {
	for range drainMost {
		select {
		case f := <-a.inbox:
			f()
		default:
			return
		}
	}
}

// after runs an effect once the journal was written; it gets the error of the
// write.
func (a *Agent) after(effect func(journalErr error)) { a.effects = append(a.effects, effect) }

// commit writes the journal, then lets the effects out. Effects may have
// effects. What was queued for others on the way is sent last.
func (a *Agent) commit() {
	for len(a.effects) > 0 {
		err := a.journal.Flush(false)
		if err != nil {
			a.log.Error("the journal of attempts is not written", "error", err)
		}
		effects := a.effects
		a.effects = nil
		for _, e := range effects {
			e(err)
		}
	}
	if a.journal.Crowded() {
		a.compact()
	}
	a.Metrics.Used(a.book.Used())
	a.tellStopped()
	for c := range a.conns {
		c.Flush()
	}
	if a.session != nil {
		a.session.Flush()
	}
}

// diskThreads is how many files may be made at a time. A call that waits for the
// disk keeps a thread: without a limit a burst of attempts takes hundreds, and
// the files of a folder are made one after the other all the same.
const diskThreads = 16

// atDisk runs what waits for the disk.
func (a *Agent) atDisk(f func()) {
	a.disk <- struct{}{}
	defer func() { <-a.disk }()
	f()
}

// goWork runs f beside the loop; the loop's end waits for it.
func (a *Agent) goWork(f func()) {
	if !a.crew.hand(f) {
		a.work.Go(func() { a.crew.serve(f) })
	}
}

// Beat tells the load to the masters, and whether the registry answers. It
// renews the supervisor while somebody is in reach.
func (a *Agent) Beat(h *workerpb.Heartbeat, registry bool) {
	a.post(func() {
		h.Running = int32(a.book.Used())
		for c := range a.conns {
			c.Heartbeat(h)
		}
		a.giveWithheld()
		if registry || len(a.conns) > 0 {
			a.contact = time.Now()
			a.renew()
			return
		}
		if time.Since(a.contact) > a.cfg.KillAfter {
			a.endAlone()
		}
	})
}

// endAlone ends what others may be about to run again, also in YARN. The
// supervisor does the same for processes, by its own clock.
func (a *Agent) endAlone() {
	for _, t := range a.attempts {
		if t.Rerun && (!t.Process || t.phase == following) && t.stop != nil {
			t.stop(errAlone)
		}
	}
}
