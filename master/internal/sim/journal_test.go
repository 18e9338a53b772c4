package sim

import (
	"fmt"
	"time"

	"github.com/porpoise-scheduler/porpoise/proto/workerpb"
)

// journal is what the workload itself saw: the witness of every check.
type journal struct {
	runs  map[int64]*ran
	order []int64
}

type ran struct {
	instance   int64
	task       string
	number     int32
	token      int64
	worker     string
	start, end time.Time
	state      workerpb.AttemptState
	vanished   bool
	starts     int
}

func newJournal() *journal { return &journal{runs: map[int64]*ran{}} }

func (j *journal) start(a *workerpb.Assignment, worker string, now time.Time) {
	r := j.runs[a.AttemptId]
	if r == nil {
		r = &ran{instance: a.InstanceId, task: a.Task, number: a.Number, token: a.Token, worker: worker, start: now}
		j.runs[a.AttemptId] = r
		j.order = append(j.order, a.AttemptId)
	}
	r.starts++
}

func (j *journal) end(id int64, state workerpb.AttemptState, now time.Time) {
	j.runs[id].end, j.runs[id].state = now, state
}

func (j *journal) vanish(id int64, now time.Time) {
	j.runs[id].end, j.runs[id].vanished = now, true
}

// check gives everything the journal holds against the promises: an attempt
// that started twice, and two attempts of one task that ran at the same time.
func (j *journal) check() []string {
	var wrong []string
	type key struct {
		instance int64
		task     string
	}
	last := map[key]*ran{}
	tokens := map[key]int64{}
	for _, id := range j.order {
		r := j.runs[id]
		if r.starts > 1 {
			wrong = append(wrong, fmt.Sprintf("attempt %d of %s started %d times", id, r.task, r.starts))
		}
		k := key{r.instance, r.task}
		if prev := last[k]; prev != nil && (prev.end.IsZero() || prev.end.After(r.start)) {
			wrong = append(wrong, fmt.Sprintf("attempts of task %s of instance %d overlap (%d)", r.task, r.instance, id))
		}
		if r.token <= tokens[k] {
			wrong = append(wrong, fmt.Sprintf("token of attempt %d of %s does not grow", id, r.task))
		}
		last[k], tokens[k] = r, r.token
	}
	return wrong
}
