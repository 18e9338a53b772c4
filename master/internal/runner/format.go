package runner

import (
	"slices"
	"strconv"

	"github.com/porpoise-scheduler/porpoise/pkg/store"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

func formatID(id int64) string { return strconv.FormatInt(id, 10) }

func sortedKeys[V any](m map[int64]V) []int64 {
	keys := make([]int64, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

func nextDue(s workflow.Schedule) store.NextDue {
	return store.NextDue{ScheduleID: s.ID, Version: s.Version, Due: s.NextDue}
}
