package store_test

import (
	"slices"
	"testing"
	"time"

	"github.com/porpoise-scheduler/porpoise/pkg/store"
)

func TestFirstInLine(t *testing.T) {
	at := func(id int64, priority int, second int) store.SlotWaiter {
		return store.SlotWaiter{SlotWish: store.SlotWish{AttemptID: id, Priority: priority}, Since: time.Unix(int64(second), 0)}
	}
	for n, want := range map[int][]int64{-1: nil, 0: nil, 2: {4, 3}, 9: {4, 3, 2, 1, 5, 6}} {
		line := []store.SlotWaiter{at(6, -1, 0), at(5, 0, 5), at(1, 0, 4), at(2, 0, 3), at(3, 9, 2), at(4, 9, 1)}
		var got []int64
		for _, w := range store.FirstInLine(line, n) {
			got = append(got, w.AttemptID)
		}
		if !slices.Equal(got, want) {
			t.Errorf("the first %d are %v, want %v", n, got, want)
		}
	}
	same := []store.SlotWaiter{at(8, 1, 1), at(7, 1, 1)}
	if first := store.FirstInLine(same, 1); first[0].AttemptID != 7 {
		t.Errorf("of two that came together %d goes first", first[0].AttemptID)
	}
}
