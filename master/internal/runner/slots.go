package runner

import (
	"context"
	"slices"
	"time"

	"github.com/porpoise-scheduler/porpoise/pkg/engine"
	"github.com/porpoise-scheduler/porpoise/pkg/store"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// slots is what a shard knows of task groups. Its attempts that wait for slots
// of a group ask together, so that the database has one question of a shard at
// a time, however many wait.
type slots struct {
	lines map[int64]*slotLine // by group
	group map[int64]int64     // of attempts that wait, and of those that got a slot here
}

// slotLine is the attempts of a shard that wait for a slot of a group.
type slotLine struct {
	waits  map[int64]slotWish
	asking bool      // an answer is to come
	again  bool      // there is reason to ask as soon as it has come
	due    time.Time // when to ask again
	rings  bool      // an alarm is set
}

type slotWish struct {
	instance int64
	store.SlotWish
}

// slotAsk is what a line asks the database.
type slotAsk struct {
	group  int64
	wishes []store.SlotWish
}

func newSlots() slots { return slots{lines: map[int64]*slotLine{}, group: map[int64]int64{}} }

// wantSlot lets an attempt wait for a slot.
func (s *Shard) wantSlot(instance int64, w engine.Slot) {
	line := s.slots.lines[w.GroupID]
	if line == nil {
		line = &slotLine{waits: map[int64]slotWish{}}
		s.slots.lines[w.GroupID] = line
	}
	line.waits[w.TaskID] = slotWish{instance, store.SlotWish{AttemptID: w.TaskID, Priority: w.Priority}}
	s.slots.group[w.TaskID] = w.GroupID
	s.seekSlots(w.GroupID)
}

// releaseSlots writes that attempts neither hold slots nor wait for them. Once
// it is written, others of this shard may take their place.
func (s *Shard) releaseSlots(attempts ...int64) {
	s.out.batch.ReleaseSlots = append(s.out.batch.ReleaseSlots, attempts...)
	for _, id := range attempts {
		if group, known := s.slots.group[id]; known {
			delete(s.slots.group, id)
			delete(s.slots.lines[group].waits, id)
			s.seekSlots(group)
		}
	}
}

// abandonSlots forgets the wishes of an instance that leaves memory in the
// middle of its work.
func (s *Shard) abandonSlots(instance int64) {
	for _, line := range s.slots.lines {
		for id, w := range line.waits {
			if w.instance == instance {
				delete(line.waits, id)
				delete(s.slots.group, id)
			}
		}
	}
}

// seekSlots has a group asked once what gathers now is committed, or as soon as
// the answer under way has come.
func (s *Shard) seekSlots(group int64) {
	line := s.slots.lines[group]
	switch {
	case len(line.waits) == 0:
	case line.asking:
		line.again = true
	case !slices.Contains(s.out.groups, group):
		s.out.groups = append(s.out.groups, group)
	}
}

// askSlots puts the questions to groups into an output that is complete.
func (s *Shard) askSlots(o *output) {
	for _, group := range o.groups {
		line := s.slots.lines[group]
		if len(line.waits) == 0 {
			continue
		}
		line.asking = true
		ask := slotAsk{group: group}
		for _, id := range sortedKeys(line.waits) {
			ask.wishes = append(ask.wishes, line.waits[id].SlotWish)
		}
		o.slots = append(o.slots, ask)
	}
}

// onSlotsAnswered starts the attempts that got their slots; the others ask again
// a little later. What nobody wants any more is given back.
func (s *Shard) onSlotsAnswered(ctx context.Context, m slotsAnswered) error {
	line := s.slots.lines[m.group]
	line.asking = false
	gone := workflow.ErrorCode(m.err) == workflow.NotFound // a group that was deleted limits nothing
	switch {
	case gone:
		s.log.Warn("a task group does not exist: attempts start without a slot", "group", m.group, "attempts", len(m.wishes))
	case m.err != nil && ctx.Err() == nil:
		s.log.Warn("asking a task group for slots failed", "group", m.group, "err", m.err)
	}
	for _, wish := range m.wishes {
		w, wanted := line.waits[wish.AttemptID]
		switch {
		case !wanted:
			s.releaseSlots(wish.AttemptID)
		case gone || slices.Contains(m.held, wish.AttemptID):
			delete(line.waits, wish.AttemptID)
			if err := s.step(ctx, w.instance, engine.SlotGranted{TaskID: wish.AttemptID}); err != nil {
				return err
			}
		}
	}
	s.askLater(m.group, line)
	return nil
}

// askLater sets when a line asks next: at once if somebody joined it or left
// meanwhile.
func (s *Shard) askLater(group int64, line *slotLine) {
	if line.again {
		line.again = false
		s.seekSlots(group)
		return
	}
	line.due = s.deps.Now().Add(s.cfg.SlotRetry)
	s.ringForSlots(group, line)
}

// ringForSlots sets the alarm of a line, which has one at a time.
func (s *Shard) ringForSlots(group int64, line *slotLine) {
	if len(line.waits) > 0 && !line.rings {
		line.rings = true
		s.timers.add(line.due, retrySlots{group})
	}
}

// onRetrySlots asks again for those who wait, unless that was done meanwhile.
func (s *Shard) onRetrySlots(group int64) {
	line := s.slots.lines[group]
	line.rings = false
	switch {
	case line.asking: // its answer sets the next alarm
	case line.due.After(s.deps.Now()):
		s.ringForSlots(group, line)
	default:
		s.seekSlots(group)
	}
}
