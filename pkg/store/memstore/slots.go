package memstore

import (
	"context"
	"slices"
	"time"

	"github.com/porpoise-scheduler/porpoise/pkg/store"
)

// wait is an attempt's place in the line of a task group.
type wait struct {
	group int64
	store.SlotWaiter
	seen time.Time // when it last asked
}

// AcquireSlots takes slots of a task group.
func (c *Client) AcquireSlots(ctx context.Context, f store.Fence, groupID int64, wishes []store.SlotWish) (held []int64, err error) {
	err = c.do(ctx, OpAcquire, func(s *Store) error {
		if err := s.lost([]store.Fence{f}); err != nil {
			return err
		}
		g, ok := s.groups[groupID]
		if !ok {
			return missing("task_group")
		}
		s.lineUp(groupID, wishes)
		if !g.Closed {
			s.giveSlots(groupID, g.Size, wishes)
		}
		for _, w := range wishes {
			if s.slots[w.AttemptID] == groupID {
				held = append(held, w.AttemptID)
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return held, nil
}

// lineUp notes who waits, and forgets who was silent for long.
func (s *Store) lineUp(group int64, wishes []store.SlotWish) {
	now := s.cfg.Now()
	for id, w := range s.waits {
		if now.Sub(w.seen) > store.SlotMemory {
			delete(s.waits, id)
		}
	}
	for _, wish := range wishes {
		if s.slots[wish.AttemptID] == group {
			continue
		}
		w, waits := s.waits[wish.AttemptID]
		if !waits {
			w.Since = now
		}
		w.group, w.SlotWish, w.seen = group, wish, now
		s.waits[wish.AttemptID] = w
	}
}

// giveSlots gives slots to those of the wishes whose turn it is.
func (s *Store) giveSlots(group int64, size int, wishes []store.SlotWish) {
	if len(s.holders(group)) >= size {
		s.takeBack(group)
	}
	for _, w := range store.FirstInLine(s.line(group), size-len(s.holders(group))) {
		if slices.Contains(wishes, w.SlotWish) {
			s.slots[w.AttemptID] = group
			delete(s.waits, w.AttemptID)
		}
	}
}

// takeBack frees the slots of attempts that have ended.
func (s *Store) takeBack(group int64) {
	for _, id := range s.holders(group) {
		if t, known := s.tasks[id]; known && t.State.Terminal() {
			delete(s.slots, id)
		}
	}
}

// line gives the attempts that wait for a slot of a group and asked for it in
// time.
func (s *Store) line(group int64) []store.SlotWaiter {
	var list []store.SlotWaiter
	for _, w := range s.waits {
		if w.group == group && s.cfg.Now().Sub(w.seen) <= store.SlotPatience {
			list = append(list, w.SlotWaiter)
		}
	}
	return list
}

func (s *Store) holders(group int64) []int64 {
	var list []int64
	for attempt, g := range s.slots {
		if g == group {
			list = append(list, attempt)
		}
	}
	slices.Sort(list)
	return list
}

// Holders gives the attempts that hold a slot of a group, in order of id.
func (s *Store) Holders(groupID int64) []int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.holders(groupID)
}

// SlotWaiters gives the attempts that wait for a slot of a group and asked for it
// in time, in the order in which they will go.
func (s *Store) SlotWaiters(groupID int64) []store.SlotWaiter {
	s.mu.Lock()
	defer s.mu.Unlock()
	line := s.line(groupID)
	return store.FirstInLine(line, len(line))
}
