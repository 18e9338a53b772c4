package schedule

import "time"

// A wall time is a local time written as if it were UTC: what a clock on the
// wall shows, without the question when it shows it. Rules work on wall times;
// these two functions are the only way there and back.
//
// As time passes the wall mostly runs ahead. It jumps at a gap and repeats
// itself at an overlap. Taking the furthest it has ever shown makes it
// monotonic, and with it each fire time unique.

// lookBack bounds how long before an instant the transitions that matter to
// it can lie: overlaps last hours, or a day where a date line moved.
const lookBack = 48 * time.Hour

// reached gives the furthest wall time shown up to and including t.
func reached(t time.Time) time.Time {
	furthest := wallOf(t)
	for u := t; ; {
		start, _ := u.ZoneBounds()
		if start.IsZero() || t.Sub(start) > lookBack {
			return furthest
		}
		u = start.Add(-time.Nanosecond)
		if w := wallOf(u); w.After(furthest) {
			furthest = w
		}
	}
}

// firstMoment gives the first instant at which the zone has reached a wall
// time: the first of two at an overlap, the end of the gap in a gap.
func firstMoment(wall time.Time, zone *time.Location) time.Time {
	for u := wall.Add(-lookBack).In(zone); ; {
		start, end := u.ZoneBounds()
		_, offset := u.Zone()
		at := wall.Add(-time.Duration(offset) * time.Second).In(zone)
		if !end.IsZero() && !at.Before(end) {
			u = end.In(zone)
			continue
		}
		if at.Before(start) {
			return start.In(zone)
		}
		return at
	}
}

func wallOf(t time.Time) time.Time {
	_, offset := t.Zone()
	return t.UTC().Add(time.Duration(offset) * time.Second)
}
