package engine

import (
	"slices"
	"time"

	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// Backfill runs a plan of dates in lanes. It is rebuilt from its row, which
// has to be written whenever a method reports a change.
type Backfill struct {
	row  workflow.Backfill
	lane map[int64]int // by the instance under way
}

// Due is a date to start an instance for.
type Due struct {
	Lane int
	Date time.Time
}

// NewBackfill takes over a row. One without lanes is fresh and gets them.
func NewBackfill(row workflow.Backfill) *Backfill {
	b := &Backfill{row: row, lane: map[int64]int{}}
	b.row.Lanes = slices.Clone(row.Lanes)
	if len(b.row.Lanes) == 0 {
		b.row.Lanes = lanes(&row.Plan)
		b.row.State = workflow.Running
		b.settle(row.CreateTime) // without dates there is nothing to do
	}
	for i, l := range b.row.Lanes {
		if l.Instance != 0 {
			b.lane[l.Instance] = i
		}
	}
	return b
}

func lanes(p *workflow.BackfillPlan) []workflow.BackfillLane {
	width := len(p.Dates)
	if p.Width > 0 {
		width = min(width, p.Width)
	}
	out := make([]workflow.BackfillLane, width)
	for i := range out {
		out[i].Next = i
	}
	return out
}

// Row gives a copy of the row.
func (b *Backfill) Row() workflow.Backfill {
	row := b.row
	row.Lanes = slices.Clone(row.Lanes)
	return row
}

// Done reports whether nothing is left to start or to wait for.
func (b *Backfill) Done() bool {
	return b.row.State != workflow.Running && b.row.State != workflow.Paused
}

// Next gives the dates to start now: one for every lane that has nothing under
// way. It gives them again until Started names their instances. A paused
// backfill starts nothing.
func (b *Backfill) Next() []Due {
	if b.row.State != workflow.Running {
		return nil
	}
	var out []Due
	for i, l := range b.row.Lanes {
		if !l.Done && l.Instance == 0 && l.Next < len(b.row.Plan.Dates) {
			out = append(out, Due{Lane: i, Date: b.row.Plan.Dates[l.Next]})
		}
	}
	return out
}

// Started notes the instance of a lane's next date.
func (b *Backfill) Started(lane int, instanceID int64) {
	l := &b.row.Lanes[lane]
	if b.Done() || l.Done || l.Instance != 0 {
		return
	}
	l.Instance = instanceID
	b.lane[instanceID] = lane
}

// Ended notes how an instance ended and reports whether that changed anything.
// Success makes the lane go on; any other end, a pause too, ends it.
func (b *Backfill) Ended(instanceID int64, s workflow.State, now time.Time) bool {
	i, ours := b.lane[instanceID]
	if !ours || !s.Terminal() {
		return false
	}
	delete(b.lane, instanceID)
	l := &b.row.Lanes[i]
	l.Instance = 0
	l.Next += len(b.row.Lanes)
	switch {
	case s != workflow.Succeeded:
		l.Done = true
	case l.Next >= len(b.row.Plan.Dates):
		l.Done, l.OK = true, true
	}
	b.settle(now)
	return true
}

// Pause starts no more dates until Resume; instances under way go on. It
// reports whether that changed anything, as Resume does.
func (b *Backfill) Pause() bool { return b.turn(workflow.Running, workflow.Paused) }

// Resume lets a paused backfill go on.
func (b *Backfill) Resume() bool { return b.turn(workflow.Paused, workflow.Running) }

func (b *Backfill) turn(from, to workflow.State) bool {
	if b.row.State != from {
		return false
	}
	b.row.State = to
	return true
}

// Stop starts no more dates. It gives the instances under way, which its
// caller may want to stop as well.
func (b *Backfill) Stop(now time.Time) []int64 {
	if b.Done() {
		return nil
	}
	var under []int64
	for i := range b.row.Lanes {
		l := &b.row.Lanes[i]
		if l.Instance != 0 {
			under = append(under, l.Instance)
		}
		l.Done = true
	}
	b.row.State, b.row.EndTime = workflow.Stopped, now
	return under
}

// settle ends the backfill with its last lane.
func (b *Backfill) settle(now time.Time) {
	if b.Done() {
		return
	}
	ok := true
	for _, l := range b.row.Lanes {
		if !l.Done {
			return
		}
		ok = ok && l.OK
	}
	b.row.State, b.row.EndTime = workflow.Failed, now
	if ok {
		b.row.State = workflow.Succeeded
	}
}
