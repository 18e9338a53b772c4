package main

import (
	"cmp"
	"os"
	"slices"
	"strconv"
	"strings"
)

// disturbed is the share of the processors' time beyond which a run says more
// about the neighbours on this host than about us.
const disturbed = 0.05

// measured is a run of a scenario.
type measured struct {
	figures []Figure
	stolen  float64 // share of the processors' time that the host gave to others
}

// calmRuns repeats a scenario until n runs were not disturbed, at most twice as
// often, and gives the n least disturbed ones. What they measured plays no part
// in the choice.
func calmRuns(n int, run func() (measured, error)) ([]measured, error) {
	var runs []measured
	for calm := 0; calm < n && len(runs) < 2*n; {
		m, err := run()
		if err != nil {
			return nil, err
		}
		if runs = append(runs, m); m.stolen <= disturbed {
			calm++
		}
	}
	slices.SortStableFunc(runs, func(a, b measured) int { return cmp.Compare(a.stolen, b.stolen) })
	return runs[:n], nil
}

// cpuTime is what the processors did since the machine's start, in ticks.
type cpuTime struct{ stolen, all uint64 }

// cpuNow reads the time of all processors; nothing where the kernel does not
// tell.
func cpuNow() cpuTime {
	data, err := os.ReadFile("/proc/stat")
	if err != nil {
		return cpuTime{}
	}
	line, _, _ := strings.Cut(string(data), "\n")
	return parseCPU(line)
}

// parseCPU reads the line of all processors: user, nice, system, idle, iowait,
// irq, softirq, steal, and then guests, which user holds already.
func parseCPU(line string) (t cpuTime) {
	const steal, fields = 7, 8
	for i, word := range strings.Fields(strings.TrimPrefix(line, "cpu")) {
		n, err := strconv.ParseUint(word, 10, 64)
		if err != nil || i >= fields {
			return t
		}
		if t.all += n; i == steal {
			t.stolen = n
		}
	}
	return t
}

// stolenSince gives the share that was stolen between two readings.
func (t cpuTime) stolenSince(before cpuTime) float64 {
	if t.all <= before.all {
		return 0
	}
	return float64(t.stolen-before.stolen) / float64(t.all-before.all)
}
