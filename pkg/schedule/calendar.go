package schedule

import (
	"time"

	"github.com/netresearch/go-cron"

	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// daysAhead bounds how far a due time is looked for among days that do not
// count: a calendar without working days has none.
const daysAhead = 10 * 366

const oneDay = 24 * time.Hour

// On gives the rule as a calendar changes it; without a calendar rule, r. The
// days are those of the rule's zone.
func (r *Rule) On(c workflow.Calendar, how workflow.CalendarRule) (*Rule, error) {
	out := *r
	days := newDays(c)
	switch how {
	case "":
		return r, nil
	case workflow.OnWorkdays:
		out.schedule = chosenDays{r.schedule, days.work}
	case workflow.OnHolidays:
		out.schedule = chosenDays{r.schedule, func(t time.Time) bool { return !days.work(t) }}
	case workflow.NextWorkday:
		out.schedule = movedDays{r.schedule, days}
	default:
		return nil, workflow.Errorf(workflow.Invalid, "calendar.rule", "unknown calendar rule %q", how).At("calendarRule")
	}
	return &out, nil
}

// Works reports whether there is work on a day.
func Works(c workflow.Calendar, day time.Time) bool { return newDays(c).work(day) }

// days answers for days of wall times.
type days struct {
	weekend [7]bool
	except  map[string]bool
}

func newDays(c workflow.Calendar) days {
	d := days{except: c.Days}
	for _, w := range c.Weekend {
		if w >= time.Sunday && w <= time.Saturday {
			d.weekend[w] = true
		}
	}
	return d
}

func (d days) work(t time.Time) bool {
	if len(d.except) > 0 {
		if works, ok := d.except[t.Format(time.DateOnly)]; ok {
			return works
		}
	}
	return !d.weekend[t.Weekday()]
}

func startOfDay(wall time.Time) time.Time {
	return time.Date(wall.Year(), wall.Month(), wall.Day(), 0, 0, 0, 0, time.UTC)
}

// chosenDays leaves out due times on days that do not count.
type chosenDays struct {
	base   cron.Schedule
	counts func(time.Time) bool
}

func (c chosenDays) Next(t time.Time) time.Time {
	for range daysAhead {
		next := c.base.Next(t)
		if next.IsZero() || c.counts(next) {
			return next
		}
		t = startOfDay(next).Add(oneDay - time.Nanosecond)
	}
	return time.Time{}
}

// movedDays moves due times on days without work to the same time of the next
// working day, where two that meet are one.
type movedDays struct {
	base cron.Schedule
	days days
}

func (m movedDays) Next(t time.Time) time.Time {
	day, after := startOfDay(t), t
	for range daysAhead {
		if m.days.work(day) {
			if next := m.onDay(day, after.Sub(day)); !next.IsZero() {
				return next
			}
		}
		day = day.Add(oneDay)
		after = day.Add(-time.Nanosecond)
	}
	return time.Time{}
}

// onDay gives the first due time on a working day later than so far into it,
// of its own or moved there from the days without work before it.
func (m movedDays) onDay(day time.Time, after time.Duration) (best time.Time) {
	for source := day; ; {
		next := m.base.Next(source.Add(after))
		if !next.IsZero() && startOfDay(next).Equal(source) {
			if moved := day.Add(next.Sub(source)); best.IsZero() || moved.Before(best) {
				best = moved
			}
		}
		if source = source.Add(-oneDay); m.days.work(source) || day.Sub(source) > 366*oneDay {
			return best
		}
	}
}

// maxLeftOut bounds how many due times LeftOut counts.
const maxLeftOut = 10_000

// Gap is a run of due times that a calendar leaves out, or moves elsewhere.
type Gap struct {
	First, Last time.Time
	Count       int
}

// LeftOut gives the due times of a rule between two neighbours of the rule as a
// calendar changes it (on), later than the first and before the second. It is
// none when these are no neighbours: what kept the times between them from
// firing was not the calendar.
func LeftOut(r, on *Rule, after, before time.Time) (g Gap) {
	if !on.Next(after).Equal(before) {
		return g
	}
	for t := range r.Fires(after.Add(time.Nanosecond)) {
		if !t.Before(before) || g.Count == maxLeftOut {
			break
		}
		if g.Count == 0 {
			g.First = t
		}
		g.Last, g.Count = t, g.Count+1
	}
	return g
}
