package storetest

import (
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/porpoise-scheduler/porpoise/pkg/store"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// acquire asks for a slot for an attempt of no special priority.
func acquire(t testing.TB, s store.Scheduling, f store.Fence, group, attempt int64) bool {
	t.Helper()
	return len(value(s.AcquireSlots(t.Context(), f, group, []store.SlotWish{{AttemptID: attempt}}))(t)) > 0
}

func testSlots(t *testing.T, s Subject) {
	ctx, f := t.Context(), owner(t, s.Scheduling, 1)
	g, closed := workflow.TaskGroup{ProjectID: 1, Name: "g", Size: 2}, workflow.TaskGroup{ProjectID: 1, Name: "closed", Size: 2, Closed: true}
	must(t, s.AddTaskGroup(ctx, &g))
	must(t, s.AddTaskGroup(ctx, &closed))
	take := func(group, attempt int64) bool { return acquire(t, s.Scheduling, f, group, attempt) }
	equal(t, []bool{take(g.ID, 1), take(g.ID, 1), take(g.ID, 2), take(g.ID, 3), take(g.ID, 2)}, []bool{true, true, true, false, true})
	commit(t, s.Scheduling, f, store.Batch{ReleaseSlots: []int64{1, 99}})
	equal(t, []bool{take(g.ID, 3), take(g.ID, 1), take(closed.ID, 9)}, []bool{true, false, false})
	equal(t, len(value(s.Scheduling.AcquireSlots(ctx, f, g.ID, nil))(t)), 0)
	_, err := s.Scheduling.AcquireSlots(ctx, f, 999, []store.SlotWish{{AttemptID: 1}})
	wantCode(t, err, workflow.NotFound)
}

// testSlotsUnderPressure has owners of several shards take and free slots of
// one group; never more are out than there are, and everybody gets one.
func testSlotsUnderPressure(t *testing.T, s Subject) {
	ctx := t.Context()
	const size, workers, rounds = 3, 6, 15
	g := workflow.TaskGroup{ProjectID: 1, Name: "g", Size: size}
	must(t, s.AddTaskGroup(ctx, &g))
	var held, most, got atomic.Int32
	fences := make([]store.Fence, workers)
	for i := range fences {
		fences[i] = owner(t, s.Scheduling, i)
	}
	together(workers, func(w int) {
		for round := range rounds {
			wish := []store.SlotWish{{AttemptID: int64(w*rounds + round + 1), Priority: round % 3}}
			for {
				list, err := s.Scheduling.AcquireSlots(ctx, fences[w], g.ID, wish)
				if err != nil {
					t.Errorf("acquire: %v", err)
					return
				}
				if len(list) > 0 {
					break
				}
			}
			got.Add(1)
			n := held.Add(1)
			for old := most.Load(); n > old && !most.CompareAndSwap(old, n); old = most.Load() {
			}
			held.Add(-1)
			if err := s.Scheduling.Commit(ctx, &store.Batch{Fences: fences[w : w+1], ReleaseSlots: []int64{wish[0].AttemptID}}); err != nil {
				t.Errorf("release: %v", err)
			}
		}
	})
	if most.Load() > size || got.Load() != workers*rounds {
		t.Errorf("%d slots out at once of %d; %d taken in all", most.Load(), size, got.Load())
	}
	for i := range size {
		if !acquire(t, s.Scheduling, fences[0], g.ID, int64(9000+i)) {
			t.Errorf("slot %d of %d leaked", i+1, size)
		}
	}
}

// RunSlots tests who gets a slot when several wait. open also gives what makes
// all notes of those who wait older.
func RunSlots(t *testing.T, open func(t *testing.T) (s Subject, age func(time.Duration))) {
	for name, test := range map[string]func(*testing.T, *slotScene){
		"Order":    testSlotOrder,
		"Together": testSlotsTogether,
		"OfMany":   testSlotsOfMany,
		"NoLonger": testSlotsNoLonger,
		"Silence":  testSlotSilence,
		"Memory":   testSlotMemory,
		"Ended":    testSlotOfTheEnded,
	} {
		t.Run(name, func(t *testing.T) {
			s, age := open(t)
			test(t, newSlotScene(t, s, age))
		})
	}
}

// slotScene is a group of one slot, which attempt 1 holds, and two owners.
type slotScene struct {
	*testing.T
	Subject
	age         func(time.Duration)
	group       int64
	mine, other store.Fence
}

func newSlotScene(t *testing.T, s Subject, age func(time.Duration)) *slotScene {
	g := workflow.TaskGroup{ProjectID: 1, Name: "g", Size: 1}
	must(t, s.AddTaskGroup(t.Context(), &g))
	z := &slotScene{T: t, Subject: s, age: age, group: g.ID, mine: owner(t, s.Scheduling, 1), other: owner(t, s.Scheduling, 2)}
	z.gets(z.mine, 1, wish(1, 0))
	return z
}

// gets sees that of those that ask together one gets the slot; 0: none.
func (z *slotScene) gets(f store.Fence, want int64, wishes ...store.SlotWish) {
	z.Helper()
	var got int64
	held := value(z.Scheduling.AcquireSlots(z.Context(), f, z.group, wishes))(z)
	if len(held) > 0 {
		got = held[0]
	}
	if len(held) > 1 || got != want {
		z.Errorf("of %v %v have a slot, want %d", wishes, held, want)
	}
}

func (z *slotScene) release(attempts ...int64) {
	commit(z, z.Scheduling, z.mine, store.Batch{ReleaseSlots: attempts})
}

func wish(attempt int64, priority int) store.SlotWish {
	return store.SlotWish{AttemptID: attempt, Priority: priority}
}

// testSlotOrder has attempts of two owners ask one by one: what counts is the
// priority, then who came first, and not who asks first once a slot is free.
func testSlotOrder(t *testing.T, z *slotScene) {
	type asker struct {
		f store.Fence
		w store.SlotWish
	}
	line := []asker{{z.mine, wish(7, -1)}, {z.other, wish(6, 0)}, {z.mine, wish(5, 0)}, {z.other, wish(4, 3)}, {z.mine, wish(3, 3)}}
	for _, a := range line {
		z.gets(a.f, 0, a.w)
		z.age(time.Second)
	}
	z.release(1)
	for _, next := range []int64{4, 3, 6, 5, 7} {
		var first asker
		for _, a := range line {
			if a.w.AttemptID == next {
				first = a
				continue
			}
			z.gets(a.f, 0, a.w)
		}
		z.gets(first.f, next, first.w)
		z.gets(first.f, next, first.w) // once
		z.release(next)
		line = slices.DeleteFunc(line, func(a asker) bool { return a.w.AttemptID == next })
	}
}

// testSlotsTogether has attempts ask in one call: those that come together go by
// their priority too.
func testSlotsTogether(t *testing.T, z *slotScene) {
	z.release(1)
	z.gets(z.mine, 4, wish(2, 0), wish(3, 1), wish(4, 2), wish(5, 2))
	z.gets(z.mine, 4, wish(2, 0), wish(4, 2))
	z.gets(z.other, 0, wish(6, 1))
	z.release(4)
	z.gets(z.other, 0, wish(6, 1))
	z.gets(z.mine, 5, wish(2, 0), wish(3, 1), wish(5, 2))
}

// testSlotsOfMany has a group of two slots: who holds one waits no longer, and
// the slot beside him is free for others.
func testSlotsOfMany(t *testing.T, z *slotScene) {
	wide := workflow.TaskGroup{ProjectID: 1, Name: "wide", Size: 2}
	must(t, z.AddTaskGroup(t.Context(), &wide))
	z.group = wide.ID
	held := value(z.Scheduling.AcquireSlots(t.Context(), z.mine, wide.ID, []store.SlotWish{wish(11, 0), wish(12, 9), wish(13, 10)}))(t)
	slices.Sort(held)
	equal(t, held, []int64{12, 13})
	z.gets(z.other, 0, wish(14, 0))
	z.release(12)
	z.gets(z.mine, 11, wish(11, 0))
	z.release(13)
	z.gets(z.other, 14, wish(14, 0))
}

// testSlotsNoLonger has the first in line end before a slot is free.
func testSlotsNoLonger(t *testing.T, z *slotScene) {
	z.gets(z.mine, 0, wish(2, 5))
	z.gets(z.other, 0, wish(3, 0))
	z.release(1)
	z.gets(z.other, 0, wish(3, 0))
	z.release(2)
	z.gets(z.other, 3, wish(3, 0))
}

// testSlotSilence has the first in line ask no more: it keeps nobody waiting for
// ever, and those who go on asking keep their places.
func testSlotSilence(t *testing.T, z *slotScene) {
	z.gets(z.mine, 0, wish(2, 5))
	z.gets(z.other, 0, wish(3, 4))
	z.gets(z.other, 0, wish(4, 0))
	z.release(1)
	for range 3 {
		z.age(store.SlotPatience / 4)
		z.gets(z.other, 0, wish(4, 0))
	}
	z.gets(z.other, 0, wish(3, 4)) // the silent one still counts
	z.age(store.SlotPatience / 2)
	z.gets(z.other, 0, wish(4, 0))
	z.gets(z.other, 3, wish(3, 4))
}

// testSlotMemory has a new owner ask for what an old one asked for: attempts
// keep their places, but not for ever.
func testSlotMemory(t *testing.T, z *slotScene) {
	z.gets(z.mine, 0, wish(9, 0))
	z.age(2 * store.SlotPatience)
	z.gets(z.other, 0, wish(2, 0))
	z.mine = owner(t, z.Scheduling, z.mine.Shard)
	z.release(1)
	z.gets(z.mine, 9, wish(9, 0))

	z.gets(z.mine, 0, wish(8, 0))
	z.age(store.SlotMemory + time.Second)
	z.release(9)
	z.gets(z.other, 2, wish(2, 0))
	z.gets(z.other, 0, wish(5, 0))
	z.age(time.Second)
	z.gets(z.mine, 0, wish(8, 0))
	z.release(2)
	z.gets(z.mine, 0, wish(8, 0))
	z.gets(z.other, 5, wish(5, 0))
}

// testSlotOfTheEnded has the holder end without giving its slot back, as when
// its owner dies between the grant and the return of a slot that nobody wants
// any more: the next takes it.
func testSlotOfTheEnded(t *testing.T, z *slotScene) {
	holder := aTask(1, 1, 1)
	holder.State = workflow.Running
	commit(t, z.Scheduling, z.mine, store.Batch{Tasks: []workflow.TaskInstance{holder}})
	z.gets(z.other, 0, wish(2, 0))
	holder.State = workflow.Killed
	commit(t, z.Scheduling, z.mine, store.Batch{Tasks: []workflow.TaskInstance{holder}})
	z.gets(z.other, 2, wish(2, 0))
	z.gets(z.mine, 0, wish(3, 9))
}
