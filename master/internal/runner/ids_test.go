package runner

import (
	"context"
	"testing"
)

// counter gives out ids and counts how often it was asked.
type counter struct{ next, asked int64 }

func (c *counter) AllocateIDs(_ context.Context, _ string, n int) (int64, error) {
	c.asked++
	c.next += int64(n)
	return c.next - int64(n), nil
}

// A busy shard asks ever more rarely, and at no time has reserved much more
// than twice what it used.
func TestReservationsGrow(t *testing.T) {
	const block, used = 8, 10_000
	alloc := &counter{next: 1}
	p := ids{alloc: alloc, sequence: "task", block: block}
	for want := range int64(used) {
		if err := p.reserve(t.Context(), 3); err != nil {
			t.Fatal(err)
		}
		if got := p.next(); got != want+1 {
			t.Fatalf("id %d, want %d", got, want+1)
		}
		if most := 2*(want+3) + block; alloc.next-1 > most {
			t.Fatalf("%d ids are reserved after %d were used, want %d at most", alloc.next-1, want, most)
		}
	}
	if most := int64(used/(maxBlocks*block) + 8); alloc.asked > most {
		t.Errorf("asked %d times, want %d at most", alloc.asked, most)
	}
}

// What is needed at once is reserved at once.
func TestReservationOfMany(t *testing.T) {
	alloc := &counter{}
	p := ids{alloc: alloc, sequence: "task", block: 8}
	if err := p.reserve(t.Context(), 10_000); err != nil {
		t.Fatal(err)
	}
	for range 10_000 {
		p.next()
	}
	if alloc.asked != 1 {
		t.Errorf("asked %d times", alloc.asked)
	}
}
