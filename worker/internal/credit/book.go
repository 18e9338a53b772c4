// Package credit shares a worker's slots among the masters that are connected.
// A master may dispatch while it holds credit. What is used and what is granted
// never exceeds the slots.
//
// A slot that becomes free goes to a master with work waiting, the one with the
// least first; without any, back to the master that used it. Idle credit is
// asked back when another master has work waiting and none left.
package credit

import (
	"slices"
)

// Move is a message to a master: credit granted, or asked back.
type Move[M comparable] struct {
	Master M
	Grant  int
	Want   int
}

// Book is used by one goroutine.
type Book[M comparable] struct {
	slots    int
	used     int
	accounts []*account[M] // in order of arrival
}

type account[M comparable] struct {
	master  M
	granted int
	used    int
	hungry  bool // has attempts waiting that this worker could run
	asked   bool // CreditWanted is on its way
}

// NewBook makes a book without masters.
func NewBook[M comparable](slots int) *Book[M] {
	return &Book[M]{slots: slots}
}

// Used gives the slots in use.
func (b *Book[M]) Used() int { return b.used }

func (b *Book[M]) find(m M) *account[M] {
	for _, a := range b.accounts {
		if a.master == m {
			return a
		}
	}
	return nil
}

// free is what is neither used nor granted; adopted attempts may exceed the
// slots, then it is negative.
func (b *Book[M]) free() int {
	n := b.slots - b.used
	for _, a := range b.accounts {
		n -= a.granted
	}
	return n
}

// Connect opens an account.
func (b *Book[M]) Connect(m M) []Move[M] {
	if b.find(m) == nil {
		b.accounts = append(b.accounts, &account[M]{master: m})
	}
	return b.balance(m)
}

// Disconnect closes an account. Its credit is void; what it started goes on.
func (b *Book[M]) Disconnect(m M) []Move[M] {
	b.accounts = slices.DeleteFunc(b.accounts, func(a *account[M]) bool { return a.master == m })
	return b.balance(m)
}

// Spend takes the slot a dispatch of m pays for. It is false when m had no
// credit and no slot is free beside what others were granted.
func (b *Book[M]) Spend(m M) bool {
	a := b.find(m)
	switch {
	case a != nil && a.granted > 0:
		a.granted--
	case b.free() <= 0:
		return false
	}
	b.used++
	if a != nil {
		a.used++
	}
	return true
}

// Adopt takes a slot for an attempt that runs already.
func (b *Book[M]) Adopt() { b.used++ }

// Release gives a slot back that m (if still connected) had spent.
func (b *Book[M]) Release(m M) []Move[M] {
	b.used--
	if a := b.find(m); a != nil {
		a.used = max(0, a.used-1)
	}
	return b.balance(m)
}

// Return takes unused credit back from m, the answer to Want.
func (b *Book[M]) Return(m M, n int) []Move[M] {
	a := b.find(m)
	if a == nil {
		return nil
	}
	a.granted -= min(max(0, n), a.granted)
	a.asked = false
	var nobody M
	return b.balance(nobody)
}

// Backlog says whether m has attempts waiting.
func (b *Book[M]) Backlog(m M, hungry bool) []Move[M] {
	a := b.find(m)
	if a == nil {
		return nil
	}
	a.hungry = hungry
	return b.balance(m)
}

// balance grants what is free and asks idle credit back. prefer gets what
// nobody waits for.
func (b *Book[M]) balance(prefer M) []Move[M] {
	grants := map[M]int{}
	for free := b.free(); free > 0 && len(b.accounts) > 0; free-- {
		a := b.neediest(prefer)
		a.granted++
		grants[a.master]++
	}
	var moves []Move[M]
	for _, a := range b.accounts {
		if n := grants[a.master]; n > 0 {
			moves = append(moves, Move[M]{Master: a.master, Grant: n})
		}
	}
	return append(moves, b.recall()...)
}

// neediest gives the account a free slot goes to.
func (b *Book[M]) neediest(prefer M) *account[M] {
	preferred := b.find(prefer)
	return slices.MinFunc(b.accounts, func(x, y *account[M]) int {
		if x.hungry != y.hungry {
			if x.hungry {
				return -1
			}
			return 1
		}
		if !x.hungry && preferred != nil && (x == preferred) != (y == preferred) {
			// An idle newcomer gets its share, not everything.
			if x == preferred && x.granted+x.used < b.share() {
				return -1
			}
			if y == preferred && y.granted+y.used < b.share() {
				return 1
			}
		}
		return (x.granted + x.used) - (y.granted + y.used)
	})
}

// share is an even part of the slots.
func (b *Book[M]) share() int {
	if len(b.accounts) == 0 {
		return b.slots
	}
	return max(1, b.slots/len(b.accounts))
}

// recall asks idle credit back for masters that have none: half of what an
// idle master holds for a hungry one, what exceeds its share for a newcomer.
func (b *Book[M]) recall() []Move[M] {
	wants := map[M]int{}
	for _, needy := range b.accounts {
		if needy.granted > 0 || (!needy.hungry && needy.used > 0) {
			continue
		}
		for _, donor := range b.accounts {
			if donor == needy || donor.asked || donor.hungry {
				continue
			}
			n := donor.granted - b.share()
			if needy.hungry {
				n = (donor.granted + 1) / 2
			}
			if n > 0 {
				donor.asked = true
				wants[donor.master] = n
			}
		}
	}
	var moves []Move[M]
	for _, a := range b.accounts {
		if n, ok := wants[a.master]; ok {
			moves = append(moves, Move[M]{Master: a.master, Want: n})
		}
	}
	return moves
}

// Granted gives the credit each master holds.
func (b *Book[M]) Granted() map[M]int {
	g := map[M]int{}
	for _, a := range b.accounts {
		g[a.master] = a.granted
	}
	return g
}
