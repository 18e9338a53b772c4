package sim

import (
	"strconv"

	"github.com/porpoise-scheduler/porpoise/proto/workerpb"
)

// worker behaves as the protocol says workers do: it keeps the highest epoch
// of every shard, starts no attempt twice, repeats ends until they are
// acknowledged, and has the last word on its slots.
type worker struct {
	world       *world
	name        string
	id          string // of this host
	hosts       int
	incarnation string
	lives       int
	slots       int
	links       map[int]*link
	epochs      map[int32]int64
	routes      map[int32]int // shard -> master that claimed it last
	attempts    map[int64]*attempt
	order       []int64 // attempt ids as they came, for a deterministic choice
}

type attempt struct {
	a       *workerpb.Assignment
	state   workerpb.AttemptState
	reason  string
	started int64
	ended   int64
	usedBy  int // the master whose credit it used
}

func (w *world) newWorker(i, slots int) *worker {
	wk := &worker{
		world: w, name: "w" + strconv.Itoa(i), id: "w" + strconv.Itoa(i) + "-0", slots: slots, links: map[int]*link{},
		epochs: map[int32]int64{}, routes: map[int32]int{}, attempts: map[int64]*attempt{},
	}
	wk.live()
	return wk
}

func (w *worker) live() {
	w.lives++
	w.incarnation = w.id + "-" + strconv.Itoa(w.lives)
}

// restart ends the worker process; its supervisor keeps the attempts.
func (w *worker) restart() {
	w.breakLinks()
	w.live()
}

// loseHost loses the attempts and all memory of them. What comes back is
// another worker: a worker's name is kept beside its memory.
func (w *worker) loseHost() {
	w.vanish(func(id int64) {})
	w.breakLinks()
	w.attempts, w.order = map[int64]*attempt{}, nil
	w.hosts++
	w.id = w.name + "-" + strconv.Itoa(w.hosts)
	w.live()
}

// loseSupervisor kills the attempts; the worker remembers them and says so.
func (w *worker) loseSupervisor() {
	w.vanish(func(id int64) {
		a := w.attempts[id]
		a.state, a.reason, a.ended = workerpb.AttemptState_ATTEMPT_STATE_LOST, "its supervisor died", w.world.now.UnixMilli()
		w.tell(id)
		w.credit(a.usedBy)
	})
}

// vanish ends the processes of all running attempts without anybody's doing.
func (w *worker) vanish(then func(id int64)) {
	for _, id := range w.running() {
		w.world.journal.vanish(id, w.world.now)
		then(id)
	}
}

func (w *worker) breakLinks() {
	for _, l := range w.world.links {
		if l.worker == w {
			l.breakUp()
		}
	}
}

func (w *worker) running() []int64 {
	var ids []int64
	for _, id := range w.order {
		if a := w.attempts[id]; a != nil && a.state == workerpb.AttemptState_ATTEMPT_STATE_RUNNING {
			ids = append(ids, id)
		}
	}
	return ids
}

// receive takes one message of a master.
func (w *worker) receive(l *link, m *workerpb.ToWorker) {
	switch m := m.Msg.(type) {
	case *workerpb.ToWorker_Claim:
		w.claimed(l, m.Claim)
	case *workerpb.ToWorker_Dispatch:
		for _, a := range m.Dispatch.Assignments {
			w.dispatched(l, a)
		}
	case *workerpb.ToWorker_Kill:
		w.kill(m.Kill)
	case *workerpb.ToWorker_Ack:
		for _, id := range m.Ack.AttemptIds {
			if a := w.attempts[id]; a != nil && a.state != workerpb.AttemptState_ATTEMPT_STATE_RUNNING {
				delete(w.attempts, id)
			}
		}
	}
}

func (w *worker) claimed(l *link, c *workerpb.Claim) {
	inv := &workerpb.Inventory{}
	mine := map[int32]bool{}
	for _, s := range c.Shards {
		if s.Epoch < w.epochs[s.Shard] {
			continue
		}
		w.epochs[s.Shard], w.routes[s.Shard] = s.Epoch, l.master.index
		mine[s.Shard] = true
		inv.Claims = append(inv.Claims, s)
	}
	for _, id := range w.order {
		if a := w.attempts[id]; a != nil && mine[a.a.Shard] {
			inv.Attempts = append(inv.Attempts, w.report(id))
		}
	}
	l.send(&workerpb.FromWorker{Msg: &workerpb.FromWorker_Inventory{Inventory: inv}})
}

func (w *worker) dispatched(l *link, a *workerpb.Assignment) {
	refuse := func(why string) {
		l.send(&workerpb.FromWorker{Msg: &workerpb.FromWorker_Refused{Refused: &workerpb.Refused{
			AttemptId: a.AttemptId, Shard: a.Shard, Epoch: a.Epoch, Reason: why,
		}}})
		w.credit(l.master.index)
	}
	switch {
	case w.attempts[a.AttemptId] != nil:
		w.credit(l.master.index) // it starts nothing
	case a.Incarnation != w.incarnation || a.Epoch < w.epochs[a.Shard]:
		w.world.counts.stale++
		refuse("stale")
	case len(w.running()) >= w.slots:
		w.world.counts.full++
		refuse("full")
	default:
		w.attempts[a.AttemptId] = &attempt{
			a: a, state: workerpb.AttemptState_ATTEMPT_STATE_RUNNING, started: w.world.now.UnixMilli(), usedBy: l.master.index,
		}
		w.order = append(w.order, a.AttemptId)
		w.world.checkSupply(a)
		w.world.journal.start(a, w.id, w.world.now)
		w.tell(a.AttemptId)
	}
}

func (w *worker) kill(k *workerpb.KillRequest) {
	a := w.attempts[k.AttemptId]
	if a == nil || k.Epoch < w.epochs[k.Shard] || a.state != workerpb.AttemptState_ATTEMPT_STATE_RUNNING {
		return
	}
	w.end(k.AttemptId, workerpb.AttemptState_ATTEMPT_STATE_KILLED, k.Reason)
}

// end ends a running attempt and frees its slot.
func (w *worker) end(id int64, state workerpb.AttemptState, reason string) {
	a := w.attempts[id]
	a.state, a.reason, a.ended = state, reason, w.world.now.UnixMilli()
	w.world.journal.end(id, state, w.world.now)
	w.tell(id)
	w.credit(a.usedBy)
}

// tell reports an attempt to the master that claimed its shard last.
func (w *worker) tell(id int64) {
	a := w.attempts[id]
	if l := w.links[w.routes[a.a.Shard]]; l != nil {
		l.send(&workerpb.FromWorker{Msg: &workerpb.FromWorker_Reports{Reports: &workerpb.Reports{Reports: []*workerpb.Report{w.report(id)}}}})
	}
}

func (w *worker) credit(master int) {
	if l := w.links[master]; l != nil {
		l.send(&workerpb.FromWorker{Msg: &workerpb.FromWorker_Credit{Credit: &workerpb.Credit{N: 1}}})
	}
}

func (w *worker) report(id int64) *workerpb.Report {
	a := w.attempts[id]
	return &workerpb.Report{
		AttemptId: id, Shard: a.a.Shard, Epoch: a.a.Epoch, State: a.state, Reason: a.reason,
		StartUnixMs: a.started, EndUnixMs: a.ended, LogPath: "log",
	}
}
