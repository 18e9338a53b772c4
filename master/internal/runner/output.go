package runner

import (
	"slices"

	"github.com/porpoise-scheduler/porpoise/master/internal/dispatch"
	"github.com/porpoise-scheduler/porpoise/master/internal/materials"
	"github.com/porpoise-scheduler/porpoise/pkg/store"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
	"github.com/porpoise-scheduler/porpoise/proto/workerpb"
)

// output is what a shard wants written, and what it wants done once that is.
type output struct {
	batch     store.Batch
	instances map[int64]int // index in batch.Instances
	tasks     map[int64]int // index in batch.Tasks
	touched   []int64       // instances this output is about

	sends    []send
	kills    []kill
	acks     []ack
	nudges   []int // other shards with new commands
	lookups  []lookup
	groups   []int64   // task groups to ask for slots
	slots    []slotAsk // made of groups when the output is complete
	obeyed   []int64   // commands whose deletion is in the batch
	settling []int64   // instances that left memory with this output
	reread   bool      // more commands may wait
	entries  []*entry  // of the log of dispatches
	settles  []int64   // attempts in that log whose rows are in the batch
}

type send struct {
	to    dispatch.Assignee
	a     *workerpb.Assignment
	needs *materials.Wish // nil: nothing
	group int64           // of the instance's alerts, when receivers are needed
	// env is the environment it runs with in its worker group; empty: none.
	env, workerGroup string
}

type kill struct {
	worker string
	req    *workerpb.KillRequest
}

type ack struct {
	worker string
	ids    []int64
}

type lookup struct {
	instance, task int64
	queries        []workflow.DependencyQuery
}

func (o *output) empty() bool {
	return len(o.sends) == 0 && len(o.kills) == 0 && len(o.acks) == 0 &&
		len(o.nudges) == 0 && len(o.lookups) == 0 && len(o.groups) == 0 && len(o.settling) == 0 && !o.reread && len(o.entries) == 0 && o.batch.Rows() == 0
}

// log puts the entries into the batch.
func (o *output) log(shard int) {
	for _, e := range o.entries {
		o.batch.Log = append(o.batch.Log, store.LogEntry{Shard: shard, Seq: e.seq, Tasks: e.tasks})
	}
}

// instance sets a row; the last value of a batch counts.
func (o *output) instance(i workflow.Instance) {
	if at, ok := o.instances[i.ID]; ok {
		o.batch.Instances[at] = i
		return
	}
	if o.instances == nil {
		o.instances = map[int64]int{}
	}
	o.instances[i.ID] = len(o.batch.Instances)
	o.batch.Instances = append(o.batch.Instances, i)
}

// task sets a row; the last value of a batch counts.
func (o *output) task(t workflow.TaskInstance) {
	if at, ok := o.tasks[t.ID]; ok {
		o.batch.Tasks[at] = t
		return
	}
	if o.tasks == nil {
		o.tasks = map[int64]int{}
	}
	o.tasks[t.ID] = len(o.batch.Tasks)
	o.batch.Tasks = append(o.batch.Tasks, t)
}

func (o *output) touch(instance int64) {
	if n := len(o.touched); n > 0 && o.touched[n-1] == instance {
		return
	}
	o.touched = append(o.touched, instance)
}

func (o *output) nudge(shard int) {
	if !slices.Contains(o.nudges, shard) {
		o.nudges = append(o.nudges, shard)
	}
}

func (o *output) ack(worker string, id int64) {
	for i := range o.acks {
		if o.acks[i].worker == worker {
			o.acks[i].ids = append(o.acks[i].ids, id)
			return
		}
	}
	o.acks = append(o.acks, ack{worker: worker, ids: []int64{id}})
}
