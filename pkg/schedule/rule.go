package schedule

import (
	"iter"
	"time"

	"github.com/netresearch/go-cron"
	robfig "github.com/robfig/cron/v3"
)

// Rule is a parsed cron expression in a zone. It is immutable.
type Rule struct {
	expr     string
	zone     *time.Location
	schedule cron.Schedule // on local times, written as if they were UTC
}

var _ robfig.Schedule = (*Rule)(nil)

// Parse reads a Quartz expression of 6 or 7 fields; a nil zone is UTC. The
// error is Invalid and its Field is one of cron, second, minute, hour,
// dayOfMonth, month, dayOfWeek, year.
func Parse(expr string, zone *time.Location) (*Rule, error) {
	schedule, err := read(expr)
	if err != nil {
		return nil, err
	}
	if zone == nil {
		zone = time.UTC
	}
	return &Rule{expr: expr, zone: zone, schedule: schedule}, nil
}

// String gives the expression as it was written.
func (r *Rule) String() string { return r.expr }

// Zone gives the zone whose local times the rule names.
func (r *Rule) Zone() *time.Location { return r.zone }

// Next gives the first fire time after t, in the rule's zone, or the zero time
// when there is none.
func (r *Rule) Next(t time.Time) time.Time {
	floor := time.Date(minYear, 1, 1, 0, 0, 0, 0, time.UTC).Add(-time.Nanosecond)
	wall := reached(t.In(r.zone))
	if wall.Before(floor) {
		wall = floor
	}
	next := r.schedule.Next(wall)
	if next.IsZero() || next.Year() > maxYear {
		return time.Time{}
	}
	return firstMoment(next, r.zone)
}

// Fires yields the fire times from from on, in order, without end if the rule
// has none.
func (r *Rule) Fires(from time.Time) iter.Seq[time.Time] {
	return func(yield func(time.Time) bool) {
		for t := r.Next(from.Add(-time.Nanosecond)); !t.IsZero(); t = r.Next(t) {
			if !yield(t) {
				return
			}
		}
	}
}

// Between gives the fire times from from to to, both included, at most limit
// of them; a limit of 0 is none.
func (r *Rule) Between(from, to time.Time, limit int) []time.Time {
	var fires []time.Time
	for t := range r.Fires(from) {
		if t.After(to) || (limit > 0 && len(fires) == limit) {
			break
		}
		fires = append(fires, t)
	}
	return fires
}

// MinGap gives the shortest time between two neighbours among the n fire times
// after from; 0 when there are fewer than two.
func (r *Rule) MinGap(from time.Time, n int) time.Duration {
	var gap time.Duration
	last := r.Next(from)
	for i := 1; i < n && !last.IsZero(); i++ {
		next := r.Next(last)
		if next.IsZero() {
			break
		}
		if d := next.Sub(last); gap == 0 || d < gap {
			gap = d
		}
		last = next
	}
	return gap
}

// Preview gives the next n fire times after now of a schedule that is valid
// from start to end; a zero end is none.
func Preview(r *Rule, start, end, now time.Time, n int) []time.Time {
	if n <= 0 {
		return nil
	}
	from := now.Add(time.Nanosecond)
	if start.After(from) {
		from = start
	}
	if end.IsZero() {
		end = time.Date(maxYear+1, 1, 1, 0, 0, 0, 0, time.UTC)
	}
	return r.Between(from, end, n)
}
