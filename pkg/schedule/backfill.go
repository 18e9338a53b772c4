package schedule

import (
	"slices"
	"time"
)

// MaxBackfillDates bounds a backfill.
const MaxBackfillDates = 10_000

// BackfillDates gives the dates of a backfill from from to to, ascending and
// without repeats: the fire times of the rules or, without rules, midnights of
// the zone. inclusive says whether the two ends count.
//
// More than MaxBackfillDates results mean that there are more dates than a
// backfill may have; they are then not complete.
func BackfillDates(rules []*Rule, from, to time.Time, inclusive bool, zone *time.Location) []time.Time {
	if len(rules) == 0 {
		rules = []*Rule{midnights(zone)}
	}
	if !inclusive {
		from, to = from.Add(time.Nanosecond), to.Add(-time.Nanosecond)
	}
	var dates []time.Time
	for _, r := range rules {
		dates = append(dates, r.Between(from, to, MaxBackfillDates+1)...)
	}
	slices.SortFunc(dates, time.Time.Compare)
	return slices.CompactFunc(dates, time.Time.Equal)
}

// Reversed gives the dates latest first.
func Reversed(dates []time.Time) []time.Time {
	dates = slices.Clone(dates)
	slices.Reverse(dates)
	return dates
}

// midnights is the rule of every day.
func midnights(zone *time.Location) *Rule {
	r, err := Parse("0 0 0 * * ?", zone)
	if err != nil {
		panic(err) // the expression is a constant
	}
	return r
}
