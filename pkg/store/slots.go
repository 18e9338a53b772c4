package store

import (
	"cmp"
	"slices"
	"time"
)

// A waiting attempt has to ask for its slot again and again, more often than
// every SlotPatience: one that was silent for longer keeps nobody waiting, since
// whoever asked for it may be gone. Its place in the line is kept for SlotMemory,
// so that it goes on from there when a new owner asks.
const (
	SlotPatience = 15 * time.Second
	SlotMemory   = time.Hour
)

// SlotWish is what an attempt wants of a task group.
type SlotWish struct {
	AttemptID int64
	Priority  int // larger goes first
}

// SlotWaiter is an attempt that waits for a slot of a task group.
type SlotWaiter struct {
	SlotWish
	Since time.Time // when it first asked
}

// FirstInLine gives the at most n waiters that get the next slots, in order: the
// largest priority first, then who has waited longest, then the smallest id. It
// sorts the list it is given.
func FirstInLine(waiting []SlotWaiter, n int) []SlotWaiter {
	slices.SortFunc(waiting, func(a, b SlotWaiter) int {
		return cmp.Or(cmp.Compare(b.Priority, a.Priority), a.Since.Compare(b.Since), cmp.Compare(a.AttemptID, b.AttemptID))
	})
	return waiting[:max(0, min(n, len(waiting)))]
}
