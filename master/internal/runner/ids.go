package runner

import "context"

// Allocator reserves blocks of ids.
type Allocator interface {
	AllocateIDs(ctx context.Context, sequence string, n int) (int64, error)
}

// maxBlocks bounds how much larger than the first a reservation becomes.
const maxBlocks = 32

// ids hands out ids of one sequence from reserved blocks, increasing. Each
// shard has its own, so that a reservation is nobody else's. A shard waits for a
// reservation, so one takes as many as all before it did: a busy shard rarely
// asks, and one that is given up leaves about as many ids unused as it used, at
// least the rest of its first block.
type ids struct {
	alloc    Allocator
	sequence string
	block    int // of the first reservation
	reserved int // by all
	ranges   []idRange
}

type idRange struct{ next, stop int64 }

// reserve makes sure that n ids can be taken without asking the database.
func (p *ids) reserve(ctx context.Context, n int) error {
	have := int64(0)
	for _, r := range p.ranges {
		have += r.stop - r.next
	}
	if have >= int64(n) {
		return nil
	}
	size := max(n, p.block, min(p.reserved, maxBlocks*p.block))
	first, err := p.alloc.AllocateIDs(ctx, p.sequence, size)
	if err != nil {
		return err
	}
	p.reserved += size
	p.ranges = append(p.ranges, idRange{first, first + int64(size)})
	return nil
}

// next gives an id that reserve promised.
func (p *ids) next() int64 {
	for len(p.ranges) > 0 && p.ranges[0].next == p.ranges[0].stop {
		p.ranges = p.ranges[1:]
	}
	if len(p.ranges) == 0 {
		panic("runner: " + p.sequence + " id taken without a reservation")
	}
	p.ranges[0].next++
	return p.ranges[0].next - 1
}
