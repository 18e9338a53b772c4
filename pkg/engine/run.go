package engine

import (
	"maps"
	"slices"
	"time"

	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// defaultZone is where dates are at home when the start options name no zone,
// and fixedZone stands in for it (and for unknown names) where the system has
// no zone database.
const defaultZone = "Asia/Shanghai"

func fixedZone() *time.Location { return time.FixedZone("UTC+8", 8*60*60) }

// Run is the state of one instance. It belongs to one goroutine; Step changes
// it. Everything it knows can be rebuilt from the rows it gave out.
type Run struct {
	plan  *Plan
	inst  workflow.Instance
	start *workflow.StartOptions
	zone  *time.Location

	nodes  []node
	byID   map[int64]*attempt // current attempts
	rooms  []attempt          // where the next ones will be
	todo   []int32            // decided nodes that nothing was done about yet
	count  tally
	outs   *varSet // OUT globals so far
	timers timerHeap

	step step // of the Step under way
}

// node is what a run knows about a node of the plan.
type node struct {
	phase    phase
	tolerant bool  // its failure is for a CONDITIONS to judge
	mixed    bool  // and yet other tasks follow that the failure would block
	again    bool  // its next attempt replaces one: always recorded, no start delay
	waiting  int32 // edges to it that are not settled
	taken    int32 // edges to it that were settled with "go"
	tainted  int32 // edges to it from failures that only CONDITIONS may follow
	last     int32 // number of its latest attempt
	consumed int32 // retries that the next attempt takes over with again
	att      *attempt
	vars     *varSet // what it hands down
}

// phase is where a node stands.
type phase uint8

const (
	outside phase = iota // not part of the run
	idle                 // waits for edges
	decided              // all edges are settled; in todo
	open                 // has an attempt that is not over
	settled              // over, and its own edges are settled
	dead                 // over, and what follows cannot run
)

// attempt is a current task instance.
type attempt struct {
	row     workflow.TaskInstance
	node    int32
	written bool      // its row was given out
	dirty   bool      // its row changes in this step
	ready   bool      // offered to the workers
	killing bool      // asked to end
	limited bool      // its time limit has struck
	limit   time.Time // when its time limit strikes
	lookup  *lookup   // of a DEPENDENT
}

// tally counts the nodes of a run by what they mean for its end.
type tally struct {
	left    int // not settled
	pending int // attempts SUBMITTED or DELAYED
	active  int // attempts DISPATCHED or RUNNING
	paused  int
	held    int // LOST, waiting for a person
	failed  int // failures that count
	killed  int // KILLED, or LOST where nothing may be started any more
	blocked int // cannot run because of a failure that a CONDITIONS took
}

// New makes a fresh run of an instance that is SUBMITTED or SERIAL_WAIT. It is
// begun by Start, or told to wait by Wait. The error names a start task that
// does not exist.
func New(plan *Plan, inst workflow.Instance) (*Run, error) {
	return Restore(plan, inst, nil)
}

// Restore rebuilds a run from its committed rows: after a take-over (the next
// event is then Adopt) or for a command on an instance that is terminal.
//
// Attempts that are not current only lend their numbers. A node that was ready
// without a row of its own is simply ready again, under a new id.
func Restore(plan *Plan, inst workflow.Instance, tasks []workflow.TaskInstance) (*Run, error) {
	in, err := plan.cut(&inst.Start)
	if err != nil {
		return nil, err
	}
	start := inst.Start
	r := &Run{
		plan: plan, inst: inst, start: &start, zone: plan.zone(start.Zone),
		nodes: make([]node, len(plan.def.Tasks)),
		byID:  make(map[int64]*attempt, len(tasks)),
	}
	for i := range r.nodes {
		if in[i] {
			r.nodes[i].phase = idle
		}
	}
	r.markTolerant()
	r.rooms = make([]attempt, min(len(tasks), len(r.nodes)))
	for i := range tasks {
		r.load(&tasks[i])
	}
	r.rebuild()
	r.armAll()
	return r, nil
}

// zone is where dates are at home.
func (p *Plan) zone(name string) *time.Location {
	if name == "" || name == defaultZone {
		return p.home
	}
	return zoneNamed(name)
}

func zoneNamed(name string) *time.Location {
	zone, err := time.LoadLocation(name)
	if err != nil {
		return fixedZone()
	}
	return zone
}

// load takes over a committed row.
func (r *Run) load(row *workflow.TaskInstance) {
	i, known := r.plan.graph.Place(row.Task)
	if !known || r.nodes[i].phase == outside {
		return
	}
	n := &r.nodes[i]
	n.last = max(n.last, int32(row.Attempt))
	if !row.Current || (n.att != nil && n.att.row.ID > row.ID) {
		return
	}
	if n.att != nil {
		delete(r.byID, n.att.row.ID)
	}
	n.att = r.room()
	*n.att = attempt{row: *row, node: i, written: true}
	r.byID[row.ID] = n.att
}

// markTolerant finds the tasks whose failure a CONDITIONS judges, directly or
// behind forbidden tasks.
func (r *Run) markTolerant() {
	for _, i := range slices.Backward(r.plan.order) {
		n := &r.nodes[i]
		for _, j := range r.plan.next(i) {
			next := r.plan.task(j)
			switch {
			case r.nodes[j].phase == outside:
			case next.Forbidden:
				n.tolerant = n.tolerant || r.nodes[j].tolerant
				n.mixed = n.mixed || r.nodes[j].mixed
			case next.Kind == workflow.KindConditions:
				n.tolerant = true
			default:
				n.mixed = true
			}
		}
	}
}

// Plan is what the run runs.
func (r *Run) Plan() *Plan { return r.plan }

// Instance gives a copy of the instance row.
func (r *Run) Instance() workflow.Instance {
	inst := r.inst
	inst.History = slices.Clone(inst.History)
	inst.Vars = maps.Clone(inst.Vars)
	return inst
}

// State is the instance's state.
func (r *Run) State() workflow.State { return r.inst.State }

// Task gives a copy of a current attempt; false when id names none.
func (r *Run) Task(id int64) (workflow.TaskInstance, bool) {
	a, ok := r.byID[id]
	if !ok {
		return workflow.TaskInstance{}, false
	}
	return a.row, true
}

// Tasks gives copies of the current attempts in the order of the definition,
// those without a row included.
func (r *Run) Tasks() []workflow.TaskInstance {
	return r.tasks(func(*attempt) bool { return true })
}

// Sent gives copies of the attempts that a worker has or may have.
func (r *Run) Sent() []workflow.TaskInstance { return r.tasks((*attempt).sent) }

// Open gives copies of the attempts that are not over and of those that are
// held for a person: what the instance waits for.
func (r *Run) Open() []workflow.TaskInstance {
	return r.tasks(func(a *attempt) bool { return !a.row.State.Terminal() || r.holds(a) })
}

func (r *Run) tasks(want func(*attempt) bool) []workflow.TaskInstance {
	var rows []workflow.TaskInstance
	for i := range r.nodes {
		if a := r.nodes[i].att; a != nil && want(a) {
			rows = append(rows, a.row)
		}
	}
	return rows
}

// Active counts the attempts that are under way somewhere.
func (r *Run) Active() int { return r.count.active }

// Pending counts the attempts that wait: for a worker, a slot or a deadline.
func (r *Run) Pending() int { return r.count.pending }

// Held counts the attempts that wait for a person.
func (r *Run) Held() int { return r.count.held }

// Left counts the tasks that are neither done nor skipped.
func (r *Run) Left() int { return r.count.left }

// Wake is when the run wants its next Tick; zero: never.
func (r *Run) Wake() time.Time { return r.wake() }
