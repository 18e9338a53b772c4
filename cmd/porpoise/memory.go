package main

import (
	"context"
	"os"
	"runtime"
	"runtime/debug"
	"time"
)

const (
	// spareMemory is what the heap may hold unused before it is given back.
	spareMemory = 8 << 20
	// calm is how much a process allocates at most between two looks that has
	// little to do: collecting its garbage ahead of time takes nothing from
	// others.
	calm = 4 << 20
	// spareImage is what of files may stay resident. To fault it in anew takes
	// less than a millisecond.
	spareImage = 4 << 20
	// growth is by how many percent the heap grows between two collections: under
	// load they take half the time of the usual 100, and what a burst leaves is
	// given back.
	growth = 200
)

// giveBackMemory returns unused memory to the system: soon after the start,
// which uses more than what follows, and after bursts. The run-time does so too
// with its heap, but takes minutes, and not with the program's image.
func giveBackMemory(ctx context.Context) error {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(growth)
	}
	const first, heapEvery = 2, 5 // looks
	look := time.NewTicker(2 * time.Second)
	defer look.Stop()
	var h heap
	var i image
	forgets := true
	for n := 1; ; n++ {
		select {
		case <-look.C:
		case <-ctx.Done():
			return nil
		}
		if n < first {
			continue
		}
		if n%heapEvery == first {
			h.giveBack(n == first)
		}
		if forgets {
			forgets = i.forget(spareImage) == nil // without proc(5) more stays resident
		}
	}
}

// heap is what was seen of it the last time.
type heap struct{ allocated, kept uint64 }

// giveBack returns what the heap does not need, the first time in any case.
func (h *heap) giveBack(first bool) {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	// What is alive is a part of the next collection's goal. What another
	// collection would not give back is not asked for again.
	garbage := m.HeapAlloc - min(m.HeapAlloc, max(m.NextGC*100/(100+growth), h.kept))
	unused := m.HeapIdle - m.HeapReleased
	if first || garbage+unused > spareMemory && m.TotalAlloc-h.allocated < calm {
		runtime.GC() // what is in pools stays for one collection
		debug.FreeOSMemory()
		runtime.ReadMemStats(&m)
		h.kept = m.HeapAlloc
	}
	h.allocated = m.TotalAlloc
}
