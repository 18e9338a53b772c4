package main

import (
	"cmp"
	"slices"
	"time"
)

// quantile gives the q-th quantile of values, which it sorts; 0 of none.
func quantile[T cmp.Ordered](values []T, q float64) T {
	var zero T
	if len(values) == 0 {
		return zero
	}
	slices.Sort(values)
	at := int(q*float64(len(values)) + 0.5)
	return values[min(max(at-1, 0), len(values)-1)]
}

// ms writes a duration in milliseconds.
func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
