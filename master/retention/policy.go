// Package retention removes what is older than it is to be kept: instances
// with their task instances, what was recorded beside them, logs where they were
// shipped to and on workers, and resources in the caches of workers. Instances
// are deleted by the owners of their shards, on request, and logs and resources
// by the workers that have them, so that nothing that runs is ever waited for or
// locked out. Several sweepers at once do no harm.
package retention

import (
	"cmp"
	"slices"
	"time"

	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// Forever is how many days keep for ever.
const Forever = 0

// Inherit is how many days stand for those of all projects.
const Inherit = -1

// MaxDays is a century.
const MaxDays = 36525

// Policy says for how many days things of some projects are kept.
type Policy struct {
	ProjectID    int64   // 0: all projects but those in Except
	Except       []int64 // which have policies of their own
	InstanceDays int
	LogDays      int
}

// Policies gives those of projects by their ids, and then the one for the rest.
func Policies(rows []workflow.Retention) []Policy {
	rest := Policy{InstanceDays: Forever, LogDays: Forever}
	for _, r := range rows {
		if r.ProjectID == 0 {
			rest.InstanceDays, rest.LogDays = max(r.InstanceDays, Forever), max(r.LogDays, Forever)
		} else {
			rest.Except = append(rest.Except, r.ProjectID)
		}
	}
	slices.Sort(rest.Except)
	var list []Policy
	for _, r := range rows {
		if r.ProjectID != 0 {
			list = append(list, Policy{ProjectID: r.ProjectID, InstanceDays: inherited(r.InstanceDays, rest.InstanceDays), LogDays: inherited(r.LogDays, rest.LogDays)})
		}
	}
	slices.SortFunc(list, func(a, b Policy) int { return cmp.Compare(a.ProjectID, b.ProjectID) })
	return append(list, rest)
}

// cacheDays gives for how many days unused resources stay in caches.
func cacheDays(rows []workflow.Retention) int {
	for _, r := range rows {
		if r.ProjectID == 0 {
			return max(r.CacheDays, Forever)
		}
	}
	return Forever
}

func inherited(days, rest int) int {
	if days < 0 {
		return rest
	}
	return days
}

// ago is the moment before which things are too old; false when they never are.
func ago(now time.Time, days int) (time.Time, bool) {
	return now.AddDate(0, 0, -min(days, MaxDays)), days > Forever
}

// lines gives which policy, and so which line of a report, a project has.
func lines(policies []Policy) func(projectID int64) int {
	own := map[int64]int{}
	for i, p := range policies {
		own[p.ProjectID] = i
	}
	return func(projectID int64) int {
		if i, ok := own[projectID]; ok {
			return i
		}
		return own[0]
	}
}
