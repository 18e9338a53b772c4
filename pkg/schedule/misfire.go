package schedule

import (
	"time"

	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// DefaultCatchup is how many missed fire times are fired at most when nothing
// else is configured.
const DefaultCatchup = 100

// Split tells apart, by the moment now, the fire times that were missed from
// those that are merely due: a due time is missed when more than tolerance has
// passed since. dues are ascending, and so are the results.
func Split(dues []time.Time, now time.Time, tolerance time.Duration) (missed, due []time.Time) {
	for i, t := range dues {
		if now.Sub(t) <= tolerance {
			return dues[:i:i], dues[i:]
		}
	}
	return dues, nil
}

// Decide says which of the missed fire times are fired and which are recorded
// as skipped; together they are exactly dues, each in ascending order. Of more
// than maxCatchup fire times under the policy all, the latest are fired; a
// maxCatchup of 0 is DefaultCatchup.
func Decide(policy workflow.Misfire, dues []time.Time, maxCatchup int) (fire, skip []time.Time) {
	if maxCatchup <= 0 {
		maxCatchup = DefaultCatchup
	}
	keep := 0
	switch policy {
	case workflow.MisfireSkip:
	case workflow.MisfireLast:
		keep = 1
	default:
		keep = maxCatchup
	}
	cut := max(0, len(dues)-keep)
	return dues[cut:], dues[:cut:cut]
}
