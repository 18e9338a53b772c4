package sim

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/porpoise-scheduler/porpoise/master/internal/runner"
	"github.com/porpoise-scheduler/porpoise/pkg/store"
	"github.com/porpoise-scheduler/porpoise/pkg/store/memstore"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
	"github.com/porpoise-scheduler/porpoise/proto/workerpb"
)

// plan says what a simulation does besides its work.
type plan struct {
	masters, workers, slots int
	instances               int
	faultRounds             int  // faults happen in these first rounds only
	faults                  bool // crashes, pauses, broken links, steals
	hostLoss                bool // workers that lose their attempts
	commands                bool // users stop, pause, rerun and recover
	// crashAt crashes a master at this numbered point of its commits: before
	// it, after it, or after its effects left; 0: at none.
	crashAt int
}

// world is everything of one simulation.
type world struct {
	rng       *rand.Rand
	plan      plan
	now       time.Time
	mem       *memstore.Store
	shelf     *shelf
	db        *reader
	plans     *runner.Plans
	masters   []*master
	workers   []*worker
	links     []*link
	journal   *journal
	schedules []workflow.Schedule
	used      []int                    // shards with workflows
	epochs    map[int]int64            // of the shards, as the database has them
	expect    map[int64]workflow.State // definition -> end of an untouched run
	started   int64                    // commands given; each has its number as user
	flying    []flight                 // commands that were given and are carried
	touched   map[int64]bool           // instances a user acted on
	last      map[int64]workflow.State // accepted states of attempts
	lives     int
	points    int // commit points passed
	active    bool
	wrong     []string
	refuse    func(*store.Batch) error // what the database does not take; nil: it takes everything
	counts    struct{ stale, full, crashes, fenced, unsure, steals, pauses, fires, skips, withheld, carried int }
}

// reader is the database as shards read it.
type reader struct {
	*memstore.Client
	w *world
}

// Instance gives one instance.
func (r *reader) Instance(_ context.Context, id int64) (workflow.Instance, error) {
	for _, i := range r.w.mem.Instances() {
		if i.ID == id {
			return i, nil
		}
	}
	return workflow.Instance{}, workflow.Errorf(workflow.NotFound, "instance.not_found", "no instance %d", id)
}

// ChildOf gives the instance a SUB_WORKFLOW attempt started.
func (r *reader) ChildOf(_ context.Context, taskID int64) (workflow.Instance, error) {
	for _, i := range r.w.mem.Instances() {
		if i.ParentTaskID == taskID {
			return i, nil
		}
	}
	return workflow.Instance{}, workflow.Errorf(workflow.NotFound, "instance.not_found", "no child of attempt %d", taskID)
}

// project answers for the only project.
type project struct{}

// Get implements runner.ProjectStore.
func (project) Get(context.Context, int64) (workflow.Project, error) {
	return workflow.Project{ID: 1, Code: 1 << 40, Name: "sim"}, nil
}

func newWorld(seed uint64, p plan) *world {
	w := &world{
		rng: rand.New(rand.NewPCG(seed, 1)), plan: p, now: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC),
		journal: newJournal(), expect: map[int64]workflow.State{}, epochs: map[int]int64{}, touched: map[int64]bool{}, last: map[int64]workflow.State{},
	}
	w.shelf = &shelf{w}
	w.mem = memstore.New(memstore.Config{Now: func() time.Time { return w.now }})
	w.mem.PutTaskGroup(workflow.TaskGroup{ID: narrow, Size: 1})
	w.db = &reader{w.mem.Client("sim"), w}
	w.plans = runner.NewPlans(w.db, project{}, kinds, 1000)
	defs, ends := shapes(w.rng)
	for i, d := range defs {
		w.mem.PutDefinition(d)
		w.expect[d.ID] = ends[i]
		if shard := store.ShardOf(d.ID, store.Shards); !slices.Contains(w.used, shard) {
			w.used = append(w.used, shard)
		}
	}
	for i := range p.masters {
		w.masters = append(w.masters, w.newMaster(i))
	}
	for i := range p.workers {
		w.workers = append(w.workers, w.newWorker(i, p.slots))
	}
	return w
}

func (w *world) fail(format string, args ...any) {
	w.wrong = append(w.wrong, fmt.Sprintf(format, args...))
}

func (w *world) chance(p float64) bool { return w.rng.Float64() < p }

// runnerConfig keeps the virtual waits short.
func (w *world) runnerConfig(m *master) runner.Config {
	return runner.Config{MasterID: m.id, LostAfter: 20 * time.Second}
}

// nudge reaches whoever believes to own the shards.
func (w *world) nudge(shards []int) {
	for _, m := range w.masters {
		if m.dead || m.paused {
			continue
		}
		for _, s := range shards {
			if l := m.loops[s]; l != nil {
				l.Nudge()
			}
		}
	}
}

// commit is a master's commit, with the faults of the plan around it.
func (w *world) commit(ctx context.Context, m *master, b *store.Batch) error {
	w.active = true
	w.points++
	before := w.points == w.plan.crashAt || (w.faulty() && w.chance(0.01))
	if before {
		w.crash(m)
		return ctx.Err()
	}
	if w.refuse != nil {
		if err := w.refuse(b); err != nil {
			return err
		}
	}
	unsure := w.faulty() && w.chance(0.02)
	err := w.db.Commit(ctx, b)
	if err != nil {
		w.counts.fenced++
		return err
	}
	w.accept(b)
	w.points++
	if w.points == w.plan.crashAt || (w.faulty() && w.chance(0.01)) {
		w.crash(m)
		return ctx.Err()
	}
	if unsure {
		w.counts.unsure++
		return workflow.Errorf(workflow.Unavailable, "database.unavailable", "the answer got lost")
	}
	return nil
}

// accept checks that no committed end of an attempt changes.
func (w *world) accept(b *store.Batch) {
	for _, t := range b.Tasks {
		was := w.last[t.ID]
		if was.Terminal() && was != t.State && !w.touched[t.InstanceID] { // users may take ends back
			w.fail("attempt %d of %s was %s and became %s", t.ID, t.Task, was, t.State)
		}
		w.last[t.ID] = t.State
	}
	for _, id := range b.DropTasks {
		delete(w.last, id)
	}
}

func (w *world) crash(m *master) {
	w.counts.crashes++
	m.crash()
}

func (w *world) faulty() bool { return w.plan.faults && w.plan.faultRounds > 0 }

// run works until everything has ended and nothing moves.
func (w *world) run(limit int) {
	for round := 0; round < limit && len(w.wrong) == 0; round++ {
		if w.round(); w.active {
			continue
		}
		if w.done() {
			return
		}
		w.tick()
	}
	w.fail("not finished: %s", w.describe())
}

// rounds works a little.
func (w *world) rounds(n int) {
	for range n {
		if w.round(); !w.active {
			w.tick()
		}
	}
}

func (w *world) round() {
	w.active = false
	if w.plan.faultRounds > 0 {
		w.plan.faultRounds--
		w.misbehave()
	} else {
		w.heal()
	}
	w.submit()
	w.land()
	w.own()
	w.reconnect()
	w.work()
}

// misbehave chooses this round's faults.
func (w *world) misbehave() {
	if !w.plan.faults {
		return
	}
	for _, m := range w.masters {
		switch {
		case m.dead:
		case w.chance(0.01):
			w.crash(m)
		case !m.paused && w.chance(0.02):
			w.counts.pauses++
			m.paused = true
		case m.paused && w.chance(0.2):
			m.paused = false // its late writes must be refused
		}
	}
	for _, l := range w.links {
		if !l.broken && w.chance(0.01) {
			l.breakUp()
		}
	}
	for _, wk := range w.workers {
		switch {
		case w.chance(0.01):
			wk.restart()
		case w.plan.hostLoss && w.chance(0.005):
			wk.loseHost()
		case w.plan.hostLoss && w.chance(0.005):
			wk.loseSupervisor()
		}
	}
	if w.chance(0.03) {
		w.steal()
	}
	if w.plan.commands && w.chance(0.1) {
		w.command()
	}
}

// steal lets a master take a shard from a living owner.
func (w *world) steal() {
	m := w.masters[w.rng.IntN(len(w.masters))]
	shard := w.used[w.rng.IntN(len(w.used))]
	if !m.dead && !m.paused && m.loops[shard] == nil {
		w.counts.steals++
		m.take(shard)
	}
}

// command acts on an instance as a user would.
func (w *world) command() {
	all := w.mem.Instances()
	if len(all) == 0 {
		return
	}
	i := all[w.rng.IntN(len(all))]
	kinds := []workflow.CommandType{workflow.CmdStop, workflow.CmdPause}
	if i.State.Terminal() {
		kinds = []workflow.CommandType{workflow.CmdRerun, workflow.CmdRecoverFailed, workflow.CmdRecoverPaused}
	}
	c := workflow.Command{Type: kinds[w.rng.IntN(len(kinds))], InstanceID: i.ID, DefinitionID: i.DefinitionID, Shard: i.Shard}
	if w.db.Insert(context.Background(), &c) != nil {
		return // one is waiting already
	}
	for id := i.ID; id != 0; { // what happens to a child happens to its parents
		w.touched[id] = true
		parent, err := w.db.Instance(context.Background(), id)
		if err != nil {
			break
		}
		id = parent.ParentID
	}
	for _, child := range all {
		if child.ParentID == i.ID {
			w.touched[child.ID] = true
		}
	}
	w.nudge([]int{i.Shard})
}

// heal ends all faults.
func (w *world) heal() {
	for _, m := range w.masters {
		m.paused = false
	}
}

// submit starts the next instance.
func (w *world) submit() {
	if w.started >= int64(w.plan.instances) || !w.chance(0.3) {
		return
	}
	w.started++
	w.active = true
	def := int64(1 + w.rng.IntN(len(w.expect)))
	c := workflow.Command{
		Type: workflow.CmdStart, DefinitionID: def, ProjectID: 1, Shard: store.ShardOf(def, store.Shards), UserID: w.started,
		Start: workflow.StartOptions{TenantCode: "sim", Priority: workflow.Medium, FailureStrategy: workflow.FailContinue},
	}
	epoch := w.epochs[c.Shard]
	if w.chance(0.2) {
		epoch-- // the API server's list is old
	}
	if err := w.db.Insert(context.Background(), &c); err != nil {
		w.fail("insert: %v", err)
	}
	if w.chance(0.3) {
		w.nudge([]int{c.Shard})
	}
	c.Told = nil
	w.flying = append(w.flying, flight{c, epoch})
}

// flight is a command on its way to an owner.
type flight struct {
	c     workflow.Command
	epoch int64
}

// land lets some of the commands arrive that are on their way, some of them
// late, each at one of those who believe to own its shard.
func (w *world) land() {
	w.flying = slices.DeleteFunc(w.flying, func(f flight) bool {
		if !w.chance(0.5) {
			return false
		}
		for _, i := range w.rng.Perm(len(w.masters)) {
			if m := w.masters[i]; !m.dead && m.loops[f.c.Shard] != nil {
				w.counts.carried++
				m.loops[f.c.Shard].Carry(f.epoch, []workflow.Command{f.c})
				return true
			}
		}
		return true
	})
}

// own replaces dead masters and gives shards without a living owner to one.
func (w *world) own() {
	for i, m := range w.masters {
		if m.dead && w.chance(0.3) {
			w.masters[i] = w.newMaster(i)
			w.active = true
		}
	}
	for _, shard := range w.used {
		if owner := w.ownerOf(shard); owner != nil && (!owner.paused || !w.chance(0.2)) {
			continue
		}
		if m := w.masters[w.rng.IntN(len(w.masters))]; !m.dead && !m.paused {
			m.take(shard)
			w.active = true
		}
	}
}

// ownerOf gives the living master whose epoch of the shard is the current one.
func (w *world) ownerOf(shard int) *master {
	epoch := w.epochs[shard]
	for _, m := range w.masters {
		if !m.dead && m.loops[shard] != nil && m.epochs[shard] == epoch {
			return m
		}
	}
	return nil
}

func (w *world) reconnect() {
	w.links = slices.DeleteFunc(w.links, func(l *link) bool { return l.broken })
	for _, wk := range w.workers {
		for _, m := range w.masters {
			if !m.dead && wk.links[m.index] == nil && w.chance(0.5) {
				wk.connect(m)
				w.active = true
			}
		}
	}
}

// work lets every part move a little, in a random order.
func (w *world) work() {
	var moves []func()
	for _, m := range w.masters {
		if m.dead || m.paused {
			continue
		}
		for _, shard := range w.used {
			moves = append(moves, func() { m.turn(shard) })
		}
		moves = append(moves, func() { w.supply(m) })
		moves = append(moves, func() {
			if m.dead || !m.committer.Once(m.ctx) {
				return
			}
			w.points++
			if w.points == w.plan.crashAt {
				w.crash(m)
			}
		})
	}
	for _, l := range w.links {
		moves = append(moves, func() { w.deliver(l) })
	}
	for _, wk := range w.workers {
		moves = append(moves, func() { w.progress(wk) })
	}
	w.rng.Shuffle(len(moves), func(i, j int) { moves[i], moves[j] = moves[j], moves[i] })
	for _, move := range moves {
		move()
	}
}

// deliver moves some messages of a link.
func (w *world) deliver(l *link) {
	if l.broken || l.master.paused {
		return
	}
	l.collect()
	for len(l.toMaster) > 0 && !l.broken && w.chance(0.7) {
		w.active = true
		m := l.toMaster[0]
		l.toMaster = l.toMaster[1:]
		l.master.hub.Receive(l.session, m)
	}
	for len(l.toWorker) > 0 && !l.broken && w.chance(0.7) {
		w.active = true
		m := l.toWorker[0]
		l.toWorker = l.toWorker[1:]
		l.worker.receive(l, m)
	}
	w.active = w.active || len(l.toMaster)+len(l.toWorker) > 0
}

// progress ends some of a worker's attempts.
func (w *world) progress(wk *worker) {
	for _, id := range wk.running() {
		w.active = true
		if w.chance(0.3) {
			a := wk.attempts[id].a
			wk.end(id, outcome(a), "")
		}
	}
	// Ends that were not acknowledged are said again, as after a reconnect.
	for _, id := range wk.order {
		if a := wk.attempts[id]; a != nil && a.state != workerpb.AttemptState_ATTEMPT_STATE_RUNNING {
			w.active = true
			if w.chance(0.1) {
				wk.tell(id)
			}
		}
	}
}

// tick moves the clock to the next alarm.
func (w *world) tick() {
	next := w.now.Add(2 * time.Second)
	for _, m := range w.masters {
		for _, l := range m.loops {
			if at := l.NextAlarm(); !m.dead && at.After(w.now) && at.Before(next) {
				next = at
			}
		}
	}
	w.now = next
	for _, m := range w.masters { // the slow poll
		for _, shard := range w.used {
			if l := m.loops[shard]; l != nil && !m.dead && !m.paused {
				l.NudgeAll()
			}
		}
	}
}

// done reports whether all is over: nothing waits and nothing runs.
func (w *world) done() bool {
	if w.started < int64(w.plan.instances) || w.plan.faultRounds > 0 || len(w.mem.Waiting()) > 0 || !w.exhausted() {
		return false
	}
	for _, i := range w.mem.Instances() {
		if !i.State.Terminal() {
			return false
		}
	}
	for _, b := range w.mem.Backfills() {
		if b.State == workflow.Running {
			return false
		}
	}
	return true
}

func (w *world) describe() string {
	out := fmt.Sprintf("at %s, %d commands wait", w.now.Format(time.TimeOnly), len(w.mem.Waiting()))
	for _, i := range w.mem.Instances() {
		if !i.State.Terminal() {
			out += fmt.Sprintf("; instance %d of %d is %s %q", i.ID, i.DefinitionID, i.State, i.Reason)
			for _, t := range w.mem.Tasks() {
				if t.InstanceID == i.ID && t.Current {
					out += fmt.Sprintf(" [%d %s %s %q on %s]", t.ID, t.Task, t.State, t.Reason, t.WorkerID)
				}
			}
		}
	}
	return out
}
