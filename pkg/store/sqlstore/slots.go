package sqlstore

import (
	"context"
	"slices"
	"time"

	"github.com/porpoise-scheduler/porpoise/pkg/store"
)

// waitNoted is how old the note may be that an attempt waits, before it is made
// anew: often enough for store.SlotPatience, and not at every question.
const waitNoted = store.SlotPatience / 3

var (
	slots = table{name: "task_group_slot", columns: []string{"attempt_id", "group_id", "take_time"}, clash: refuse}
	waits = table{name: "task_group_wait", columns: []string{"attempt_id", "group_id", "priority", "since", "seen"},
		fixed: []string{"group_id", "priority", "since"}}
)

// slotWait is a row of an attempt that waits.
type slotWait struct {
	store.SlotWaiter
	seen time.Time
}

// counter gives out slots of a task group in one transaction, in which the
// group's row is locked: what is read of holders and waiters stays true, but for
// attempts that end meanwhile.
type counter struct {
	*database
	tx    querier
	group int64
	now   time.Time
	free  int
}

// AcquireSlots gives slots to those of the wishes that are among the first in
// line, and notes that the others wait.
func (s scheduling) AcquireSlots(ctx context.Context, f store.Fence, groupID int64, wishes []store.SlotWish) ([]int64, error) {
	var held []int64
	err := s.db.fenced(ctx, []store.Fence{f}, func(tx querier) (err error) {
		c := counter{database: s.db, tx: tx, group: groupID}
		if err := c.open(ctx); err != nil {
			return err
		}
		if held, err = c.holding(ctx, wishes); err != nil {
			return err
		}
		wanting := slices.DeleteFunc(slices.Clone(wishes), func(w store.SlotWish) bool { return slices.Contains(held, w.AttemptID) })
		given, err := c.serve(ctx, wanting)
		held = append(held, given...)
		return err
	})
	if err != nil {
		return nil, mapError(err, "task_group")
	}
	return held, nil
}

// open locks the group and counts what it has left. The time is the database's:
// what is noted is read by other processes.
func (c *counter) open(ctx context.Context) error {
	now, args := "UTC_TIMESTAMP(3)", []any{c.group}
	if !c.mysql {
		now, args = "?", []any{c.time(c.database.now()), c.group}
	}
	var size, held int
	var closed bool
	var at moment
	err := c.tx.QueryRowContext(ctx, "SELECT size, closed, "+now+" FROM task_group WHERE id = ?"+c.updateLock(), args...).Scan(&size, &closed, &at)
	if err != nil {
		return err
	}
	if err := c.tx.QueryRowContext(ctx, "SELECT COUNT(*) FROM task_group_slot WHERE group_id = ?", c.group).Scan(&held); err != nil {
		return err
	}
	if c.now = at.Time; closed {
		return nil
	}
	if held >= size {
		back, err := c.takeBack(ctx)
		if err != nil {
			return err
		}
		held -= back
	}
	c.free = max(0, size-held)
	return nil
}

// takeBack frees the slots of attempts that have ended: their owner asked for
// them while the attempts waited, and died before it could give them back. A
// paused attempt that goes on is no such one: its row says so before it asks
// again. They are found first and deleted by key, as commits do it.
func (c *counter) takeBack(ctx context.Context) (n int, err error) {
	gone, err := query(ctx, c.tx, scanID, "SELECT s.attempt_id FROM task_group_slot s JOIN task_instance t ON t.id = s.attempt_id "+
		"WHERE s.group_id = ? AND t.state NOT IN ("+openTaskStates+")", c.group)
	if err != nil {
		return 0, err
	}
	return len(gone), byIDs(ctx, c.tx, "DELETE FROM task_group_slot WHERE attempt_id", gone)
}

// holding gives those of the attempts that have a slot.
func (c *counter) holding(ctx context.Context, wishes []store.SlotWish) ([]int64, error) {
	return byIDsAll(ctx, c.tx, scanID, "SELECT attempt_id FROM task_group_slot WHERE attempt_id", attemptsOf(wishes))
}

// serve gives slots to those whose turn it is, and lets the others wait.
func (c *counter) serve(ctx context.Context, wishes []store.SlotWish) (given []int64, err error) {
	ours, err := c.waiters(ctx, wishes)
	if err != nil {
		return nil, err
	}
	next, err := c.next(ctx, ours)
	if err != nil {
		return nil, err
	}
	var left []slotWait
	for _, w := range ours {
		switch {
		case next[w.AttemptID]:
			given = append(given, w.AttemptID)
		case c.now.Sub(w.seen) > waitNoted:
			w.seen = c.now
			left = append(left, w)
		}
	}
	if err := c.take(ctx, given); err != nil {
		return nil, err
	}
	return given, upsert(ctx, c.tx, c.dialect, waits, left, func(r *rowset, w *slotWait) {
		r.int(w.AttemptID)
		r.int(c.group)
		r.int(int64(w.Priority))
		r.time(w.Since)
		r.time(w.seen)
	})
}

// waiters gives the places of wishes in the line. Those that ask for the first
// time were never seen and come last.
func (c *counter) waiters(ctx context.Context, wishes []store.SlotWish) ([]slotWait, error) {
	list, at := make([]slotWait, len(wishes)), make(map[int64]int, len(wishes))
	for i, w := range wishes {
		list[i], at[w.AttemptID] = slotWait{SlotWaiter: store.SlotWaiter{SlotWish: w, Since: c.now}}, i
	}
	_, err := byIDsAll(ctx, c.tx, func(row scanner) (struct{}, error) {
		var id int64
		var since, seen moment
		err := row.Scan(&id, &since, &seen)
		w := &list[at[id]]
		w.Since, w.seen = since.Time, seen.Time
		return struct{}{}, err
	}, "SELECT attempt_id, since, seen FROM task_group_wait WHERE attempt_id", attemptsOf(wishes))
	return list, err
}

// next gives the attempts whose turn it is, be they ours or those of others: a
// slot for one of others stays free until it is asked for.
func (c *counter) next(ctx context.Context, ours []slotWait) (map[int64]bool, error) {
	if c.free == 0 {
		return nil, nil
	}
	line, err := query(ctx, c.tx, scanWaiter, "SELECT attempt_id, priority, since FROM task_group_wait WHERE group_id = ? AND seen >= ? "+
		"ORDER BY priority DESC, since, attempt_id LIMIT ?", c.group, c.time(c.now.Add(-store.SlotPatience)), c.free)
	if err != nil {
		return nil, err
	}
	line = slices.DeleteFunc(line, func(w store.SlotWaiter) bool {
		return slices.ContainsFunc(ours, func(o slotWait) bool { return o.AttemptID == w.AttemptID })
	})
	for _, w := range ours {
		line = append(line, w.SlotWaiter)
	}
	next := map[int64]bool{}
	for _, w := range store.FirstInLine(line, c.free) {
		next[w.AttemptID] = true
	}
	return next, nil
}

func attemptsOf(wishes []store.SlotWish) []int64 {
	ids := make([]int64, len(wishes))
	for i, w := range wishes {
		ids[i] = w.AttemptID
	}
	return ids
}

func scanWaiter(row scanner) (w store.SlotWaiter, err error) {
	var since moment
	err = row.Scan(&w.AttemptID, &w.Priority, &since)
	w.Since = since.Time
	return w, err
}

// take gives slots to attempts, which wait no longer, and forgets those that
// were silent for too long.
func (c *counter) take(ctx context.Context, attempts []int64) error {
	if len(attempts) == 0 {
		return nil
	}
	err := upsert(ctx, c.tx, c.dialect, slots, attempts, func(r *rowset, id *int64) {
		r.int(*id)
		r.int(c.group)
		r.time(c.now)
	})
	if err != nil {
		return err
	}
	// Found first and deleted by key, as commits do it: others may be deleting
	// the same rows.
	silent, err := query(ctx, c.tx, scanID, "SELECT attempt_id FROM task_group_wait WHERE group_id = ? AND seen < ?",
		c.group, c.time(c.now.Add(-store.SlotMemory)))
	if err != nil {
		return err
	}
	return byIDs(ctx, c.tx, "DELETE FROM task_group_wait WHERE attempt_id", append(silent, attempts...))
}
