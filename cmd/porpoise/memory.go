package main

import (
	"context"
	"runtime"
	"runtime/debug"
	"time"
)

// spareMemory is what the heap may hold unused before it is given back.
const spareMemory = 16 << 20

// spareImage is what of the program's files may stay resident. To fault it in
// anew takes less than a millisecond.
const spareImage = 16 << 20

// giveBackMemory returns unused memory to the system: once soon after the
// start, which uses more than what follows, and after bursts. The run-time does
// so too with its heap, but takes minutes, and not with the program's image.
func giveBackMemory(ctx context.Context) error {
	next := time.NewTimer(3 * time.Second)
	defer next.Stop()
	for {
		select {
		case <-next.C:
		case <-ctx.Done():
			return nil
		}
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		if m.HeapIdle-m.HeapReleased > spareMemory || m.NumGC < 10 {
			debug.FreeOSMemory()
		}
		if err := forgetImage(spareImage); err != nil {
			return err
		}
		next.Reset(30 * time.Second)
	}
}
