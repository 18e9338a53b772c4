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
	spareImage = 8 << 20
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
	next := time.NewTimer(3 * time.Second)
	defer next.Stop()
	var allocated, kept uint64
	image := true
	for first := true; ; first = false {
		select {
		case <-next.C:
		case <-ctx.Done():
			return nil
		}
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		// What is alive is a part of the next collection's goal. What another
		// collection would not give back is not asked for again.
		garbage := m.HeapAlloc - min(m.HeapAlloc, max(m.NextGC*100/(100+growth), kept))
		unused := m.HeapIdle - m.HeapReleased
		if first || garbage+unused > spareMemory && m.TotalAlloc-allocated < calm {
			runtime.GC() // what is in pools stays for one collection
			debug.FreeOSMemory()
			runtime.ReadMemStats(&m)
			kept = m.HeapAlloc
		}
		allocated = m.TotalAlloc
		// Where there is no proc(5), more stays resident.
		image = image && forgetImage(spareImage) == nil
		next.Reset(10 * time.Second)
	}
}
