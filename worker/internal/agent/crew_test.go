package agent

import (
	"sync"
	"testing"
	"testing/synctest"
)

func TestACrewKeepsSomeAndHoldsUpNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		done := make(chan struct{})
		c := newCrew(done)
		var all sync.WaitGroup
		made := 0
		give := func(f func()) {
			if !c.hand(f) {
				made++
				all.Go(func() { c.serve(f) })
			}
		}
		release := make(chan struct{})
		for range 3 * idleMost {
			give(func() { <-release })
		}
		if made != 3*idleMost {
			t.Errorf("%d goroutines for %d jobs that wait", made, 3*idleMost)
		}
		close(release)
		synctest.Wait()
		if len(c.idle) != idleMost {
			t.Errorf("%d are idle", len(c.idle))
		}
		made = 0
		for range idleMost {
			give(func() {})
		}
		if made != 0 {
			t.Errorf("%d goroutines were made beside idle ones", made)
		}
		close(done)
		all.Wait()
	})
}
