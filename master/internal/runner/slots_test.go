package runner

import (
	"log/slog"
	"slices"
	"testing"
	"time"

	"github.com/porpoise-scheduler/porpoise/pkg/engine"
	"github.com/porpoise-scheduler/porpoise/pkg/store"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// slotBench is a shard without runs, whose questions are answered by hand.
type slotBench struct {
	*testing.T
	*Shard
	now time.Time
}

func newSlotBench(t *testing.T) *slotBench {
	b := &slotBench{T: t, now: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}
	b.Shard = New(Config{}, Deps{Now: func() time.Time { return b.now }, Log: slog.New(slog.DiscardHandler)}, store.Fence{}, nil)
	return b
}

func (b *slotBench) want(attempt int64) {
	b.wantSlot(1, engine.Slot{TaskID: attempt, GroupID: 4, Priority: int(attempt)})
}

// asks takes what gathered: who asks for a slot now, and who gives one back.
func (b *slotBench) asks(attempts ...int64) *output {
	b.Helper()
	o := b.Take()
	if o == nil {
		o = &output{}
	}
	var got []int64
	for _, a := range o.slots {
		for _, w := range a.wishes {
			if got = append(got, w.AttemptID); a.group != 4 || int64(w.Priority) != w.AttemptID {
				b.Errorf("group %d is asked for %+v", a.group, w)
			}
		}
	}
	if !slices.Equal(got, attempts) {
		b.Errorf("%v ask, want %v", got, attempts)
	}
	return o
}

func (b *slotBench) answer(err error, asked, held []int64) {
	b.Helper()
	m := slotsAnswered{slotAsk: slotAsk{group: 4}, held: held, err: err}
	for _, id := range asked {
		m.wishes = append(m.wishes, store.SlotWish{AttemptID: id})
	}
	if err := b.Handle(b.Context(), m); err != nil {
		b.Fatal(err)
	}
}

// pass lets time pass and rings what is due.
func (b *slotBench) pass(d time.Duration) {
	b.Helper()
	b.now = b.now.Add(d)
	if err := b.Ring(b.Context()); err != nil {
		b.Fatal(err)
	}
}

// TestSlotsAreAskedForTogether sees that a shard has one question to a group at
// a time, asks again at once when somebody joined meanwhile, and else in time.
func TestSlotsAreAskedForTogether(t *testing.T) {
	b := newSlotBench(t)
	b.want(2)
	b.want(1)
	b.asks(1, 2)
	b.want(3)
	b.asks()
	b.pass(time.Minute)
	b.asks()
	b.answer(nil, []int64{1, 2}, []int64{2})
	b.asks(1, 3)
	b.answer(nil, []int64{1, 3}, nil)
	b.asks()
	b.pass(999 * time.Millisecond)
	b.asks()
	b.pass(time.Millisecond)
	b.asks(1, 3)
	b.answer(nil, []int64{1, 3}, nil)
	b.pass(500 * time.Millisecond)
	b.releaseSlots(2) // it ended
	b.asks(1, 3)
	b.answer(nil, []int64{1, 3}, nil)
	b.pass(500 * time.Millisecond)
	b.asks() // the alarm of before counts no longer
	b.pass(500 * time.Millisecond)
	b.asks(1, 3)
	b.answer(nil, []int64{1, 3}, []int64{1, 3})
	b.pass(time.Minute)
	b.asks()
}

// TestUnwantedSlots sees what becomes of answers that come too late, and of
// questions that nobody answers.
func TestUnwantedSlots(t *testing.T) {
	b := newSlotBench(t)
	b.want(1)
	b.want(2)
	b.asks(1, 2)
	b.releaseSlots(1)
	b.abandonSlots(9)
	b.asks()
	b.answer(workflow.Errorf(workflow.Internal, "database.failed", "no answer"), []int64{1, 2}, nil)
	if o := b.asks(2); !slices.Equal(o.batch.ReleaseSlots, []int64{1}) {
		t.Errorf("%v are given back, want 1", o.batch.ReleaseSlots)
	}
	b.abandonSlots(1)
	b.answer(nil, []int64{2}, []int64{2})
	if o := b.asks(); !slices.Equal(o.batch.ReleaseSlots, []int64{2}) {
		t.Errorf("%v are given back, want 2", o.batch.ReleaseSlots)
	}
	b.want(3)
	b.asks(3)
	b.answer(workflow.Errorf(workflow.NotFound, "task_group.not_found", "gone"), []int64{3}, nil)
	b.pass(time.Minute)
	if o := b.asks(); len(o.batch.ReleaseSlots) > 0 {
		t.Errorf("%v are given back that started without a slot", o.batch.ReleaseSlots)
	}
}
