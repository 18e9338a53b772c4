package runner

import (
	"sync"
	"time"

	"github.com/porpoise-scheduler/porpoise/pkg/store"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

const (
	// entrySize bounds the attempts of one entry of the log.
	entrySize = 500
	// forgetAt is how many entries that nobody needs are taken away with
	// something else; fewer wait for forgetAfter.
	forgetAt    = 32
	forgetAfter = 2 * time.Second
)

// late is what a shard knows of rows that nobody waits for.
//
// That an attempt is dispatched must be in the database before it is sent, but
// not as a row of its own: all that one output dispatches is one entry in the
// shard's log of dispatches. The row follows when the attempt ends, which for a
// short one is the only time that it is written, or after Config.RowAfter, so
// that it can be seen. That an attempt has started is written as late: a new
// owner hears it again from the worker.
type late struct {
	rows    map[int64]*workflow.TaskInstance // of attempts: their rows, in no output yet
	due     []dueRow                         // when to write them, the next first
	logged  map[int64]*entry                 // attempts whose rows are not known to be in the database
	entries []*entry                         // those not forgotten, oldest first
	last    int64                            // number of the last one
	forget  bool                             // an alarm for forgetting is set
	landed  landed
}

type dueRow struct {
	task int64
	at   time.Time
}

// entry is one of the log of dispatches.
type entry struct {
	seq   int64
	tasks []workflow.TaskInstance // until it is in the database
	left  int                     // attempts whose rows are not known to be in the database
	safe  bool                    // it is in the database
}

// landed are the committed outputs that the shard has not taken note of. Unlike
// a message they wake nobody.
type landed struct {
	mu      sync.Mutex
	outputs []*output
}

func (l *landed) add(o *output) {
	if len(o.entries)+len(o.settles) == 0 {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.outputs = append(l.outputs, o)
}

func (l *landed) take() []*output {
	l.mu.Lock()
	defer l.mu.Unlock()
	list := l.outputs
	l.outputs = nil
	return list
}

// newLate makes what a new owner knows: nothing. Its entries come after those
// of all owners before.
func newLate(f store.Fence) late {
	return late{rows: map[int64]*workflow.TaskInstance{}, logged: map[int64]*entry{}, last: f.Epoch << 32}
}

// row has an attempt's row written: at once, or later if nobody waits for it.
// first says that it is dispatched and has none yet.
func (s *Shard) row(t workflow.TaskInstance, first bool) {
	switch {
	case first && t.State == workflow.Dispatched:
		s.logDispatch(&t)
		s.postpone(t)
	case t.State == workflow.Running && !t.Kind.Logic() && !t.Warned:
		s.postpone(t)
	default:
		s.writeRow(t)
	}
}

// logDispatch adds an attempt to the entry of the output.
func (s *Shard) logDispatch(t *workflow.TaskInstance) {
	o := s.out
	if n := len(o.entries); n == 0 || len(o.entries[n-1].tasks) == entrySize {
		s.late.last++
		e := &entry{seq: s.late.last}
		o.entries = append(o.entries, e)
		s.addEntry(e)
	}
	e := o.entries[len(o.entries)-1]
	e.tasks = append(e.tasks, *t)
	e.left++
	s.late.logged[t.ID] = e
}

// addEntry adds an entry, and sees to it that it is forgotten in time.
func (s *Shard) addEntry(e *entry) {
	s.late.entries = append(s.late.entries, e)
	if !s.late.forget {
		s.late.forget = true
		s.timers.add(s.deps.Now().Add(forgetAfter), forgetEntries{})
	}
}

// postpone keeps a row until it is due.
func (s *Shard) postpone(t workflow.TaskInstance) {
	_, kept := s.late.rows[t.ID]
	s.late.rows[t.ID] = &t
	if kept {
		return
	}
	at := s.deps.Now().Add(s.cfg.RowAfter)
	if len(s.late.due) == 0 {
		s.timers.add(at, writeLate{})
	}
	s.late.due = append(s.late.due, dueRow{t.ID, at})
}

// writeRow has a row written with this output.
func (s *Shard) writeRow(t workflow.TaskInstance) {
	delete(s.late.rows, t.ID)
	if s.late.logged[t.ID] != nil {
		s.out.settles = append(s.out.settles, t.ID)
	}
	s.out.task(t)
}

// writeLateRows writes the rows that are due. One whose dispatch is not
// committed yet waits longer: it may never be.
func (s *Shard) writeLateRows() {
	s.takeNote()
	now := s.deps.Now()
	for len(s.late.due) > 0 && !s.late.due[0].at.After(now) {
		id := s.late.due[0].task
		s.late.due = s.late.due[1:]
		t := s.late.rows[id]
		if t == nil {
			continue
		}
		if e := s.late.logged[id]; e != nil && !e.safe {
			s.late.due = append(s.late.due, dueRow{id, now.Add(s.cfg.RowAfter)})
			continue
		}
		s.out.touch(t.InstanceID)
		s.writeRow(*t)
	}
	if len(s.late.due) > 0 {
		s.timers.add(s.late.due[0].at, writeLate{})
	} else {
		s.late.due = nil // or all that were due stay in memory
	}
}

// takeNote learns what was committed meanwhile.
func (s *Shard) takeNote() {
	for _, o := range s.late.landed.take() {
		for _, e := range o.entries {
			e.safe, e.tasks = true, nil
		}
		for _, id := range o.settles {
			if e := s.late.logged[id]; e != nil {
				e.left--
				delete(s.late.logged, id)
			}
		}
	}
}

// unlog forgets entries that the database refused: their attempts were never
// sent.
func (s *Shard) unlog(entries []*entry) {
	for _, e := range entries {
		for i := range e.tasks {
			delete(s.late.rows, e.tasks[i].ID)
			delete(s.late.logged, e.tasks[i].ID)
		}
		e.safe, e.tasks, e.left = true, nil, 0
	}
}

// forgetEntries takes entries away that no attempt needs any more, if there are
// enough of them.
func (s *Shard) forgetEntries(enough int) {
	s.takeNote()
	n := 0
	for n < len(s.late.entries) && s.late.entries[n].safe && s.late.entries[n].left == 0 {
		n++
	}
	if n < max(enough, 1) {
		return
	}
	s.out.batch.Forget = append(s.out.batch.Forget, store.LogMark{Shard: s.fence.Shard, Seq: s.late.entries[n-1].seq})
	s.late.entries = s.late.entries[n:]
}

// onForget is the alarm's.
func (s *Shard) onForget() {
	s.forgetEntries(1)
	if s.late.forget = len(s.late.entries) > 0; s.late.forget {
		s.timers.add(s.deps.Now().Add(forgetAfter), forgetEntries{})
		return
	}
	// Maps stay as large as they once were.
	if len(s.late.rows) == 0 {
		s.late.rows = map[int64]*workflow.TaskInstance{}
	}
	if len(s.late.logged) == 0 {
		s.late.logged = map[int64]*entry{}
	}
}

// inheritLog takes over the entries of the owners before as one.
func (s *Shard) inheritLog(state *store.ShardState) {
	if state.LastEntry == 0 {
		return
	}
	e := &entry{seq: state.LastEntry, left: len(state.Logged), safe: true}
	for _, id := range state.Logged {
		s.late.logged[id] = e
	}
	s.addEntry(e)
}
