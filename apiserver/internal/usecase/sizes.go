package usecase

import "sync"

// maxSizes bounds the number of versions whose sizes are remembered.
const maxSizes = 10_000

// sizes remembers how many tasks versions have; they never change. Its zero
// value is ready.
type sizes struct {
	mu    sync.Mutex
	known map[version]int
}

func (z *sizes) get(v version) (int, bool) {
	z.mu.Lock()
	defer z.mu.Unlock()
	n, ok := z.known[v]
	return n, ok
}

func (z *sizes) put(v version, n int) {
	z.mu.Lock()
	defer z.mu.Unlock()
	if z.known == nil || len(z.known) >= maxSizes {
		z.known = map[version]int{}
	}
	z.known[v] = n
}
