package schedule

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

func TestDecide(t *testing.T) {
	r := mustParse(t, "0 0 * * * ?", "UTC")
	from := at(t, "2024-01-01 00:00:00", "UTC")
	rapid.Check(t, func(rt *rapid.T) {
		n := rapid.IntRange(0, 300).Draw(rt, "dues")
		limit := rapid.IntRange(0, 300).Draw(rt, "limit")
		policy := rapid.SampledFrom([]workflow.Misfire{
			workflow.MisfireAll, workflow.MisfireLast, workflow.MisfireSkip, "",
		}).Draw(rt, "policy")
		dues := r.Between(from, from.AddDate(1, 0, 0), n)
		if n == 0 {
			dues = nil
		}
		fire, skip := Decide(policy, slices.Clone(dues), limit)
		if !slices.Equal(append(slices.Clone(skip), fire...), dues) {
			rt.Fatalf("%d fired and %d skipped of %d, or out of order", len(fire), len(skip), n)
		}
		want := map[workflow.Misfire]int{workflow.MisfireLast: min(1, n), workflow.MisfireSkip: 0}
		all := limit
		if all == 0 {
			all = DefaultCatchup
		}
		expected, ok := want[policy]
		if !ok {
			expected = min(n, all)
		}
		if len(fire) != expected {
			rt.Fatalf("%s: fired %d of %d with limit %d", policy, len(fire), n, limit)
		}
	})
}

func TestDecideResultsDoNotAlias(t *testing.T) {
	dues := mustParse(t, "0 0 * * * ?", "UTC").Between(at(t, "2024-01-01 00:00:00", "UTC"), at(t, "2024-01-01 03:00:00", "UTC"), 0)
	last := dues[3]
	fire, skip := Decide(workflow.MisfireLast, dues, 0)
	_ = append(skip, time.Time{})
	if !fire[0].Equal(last) {
		t.Error("appending to the skipped ones changed the fired ones")
	}
}

func TestSplit(t *testing.T) {
	dues := mustParse(t, "0 0/10 * * * ?", "UTC").Between(at(t, "2024-01-01 00:00:00", "UTC"), at(t, "2024-01-01 00:50:00", "UTC"), 0)
	missed, due := Split(dues, at(t, "2024-01-01 00:31:00", "UTC"), time.Minute)
	if len(missed) != 3 || len(due) != 3 {
		t.Errorf("%d missed, %d due", len(missed), len(due))
	}
	if missed, due = Split(nil, time.Now(), 0); len(missed)+len(due) != 0 {
		t.Error("something from nothing")
	}
	if missed, due = Split(dues, at(t, "2025-01-01 00:00:00", "UTC"), 0); len(missed) != 6 || len(due) != 0 {
		t.Errorf("%d missed, %d due", len(missed), len(due))
	}
}

func TestBackfillDates(t *testing.T) {
	zone := mustZone(t, "Asia/Shanghai")
	from, to := at(t, "2024-01-01 00:00:00", "Asia/Shanghai"), at(t, "2024-01-03 00:00:00", "Asia/Shanghai")
	noon, night := mustParse(t, "0 0 12 * * ?", "Asia/Shanghai"), mustParse(t, "0 0 0/12 * * ?", "Asia/Shanghai")
	cases := []struct {
		name      string
		rules     []*Rule
		inclusive bool
		want      []string
	}{
		{"daily, both ends", nil, true, []string{"2024-01-01 00:00:00", "2024-01-02 00:00:00", "2024-01-03 00:00:00"}},
		{"daily, no ends", nil, false, []string{"2024-01-02 00:00:00"}},
		{"a rule", []*Rule{noon}, true, []string{"2024-01-01 12:00:00", "2024-01-02 12:00:00"}},
		{"two rules, each date once", []*Rule{noon, night}, false,
			[]string{"2024-01-01 12:00:00", "2024-01-02 00:00:00", "2024-01-02 12:00:00"}},
	}
	for _, c := range cases {
		got := BackfillDates(c.rules, from, to, c.inclusive, zone)
		if diff := cmp.Diff(c.want, texts(got)); diff != "" {
			t.Errorf("%s: %s", c.name, diff)
		}
	}
	reversed := Reversed(BackfillDates(nil, from, to, true, zone))
	if diff := cmp.Diff([]string{"2024-01-03 00:00:00", "2024-01-02 00:00:00", "2024-01-01 00:00:00"}, texts(reversed)); diff != "" {
		t.Error(diff)
	}
	seconds := mustParse(t, "* * * * * ?", "UTC")
	if got := BackfillDates([]*Rule{seconds}, from, to, true, zone); len(got) != MaxBackfillDates+1 {
		t.Errorf("%d dates", len(got))
	}
}

func TestIntervals(t *testing.T) {
	const ref = "2024-03-14 10:20:30" // a Thursday
	cases := []struct {
		dateValue   string
		count       int
		first, last string // start of the first, end of the last
	}{
		{"currentHour", 1, "2024-03-14 10:00:00", "2024-03-14 11:00:00"},
		{"last1Hour", 1, "2024-03-14 09:00:00", "2024-03-14 10:00:00"},
		{"last2Hours", 2, "2024-03-14 08:00:00", "2024-03-14 10:00:00"},
		{"last3Hours", 3, "2024-03-14 07:00:00", "2024-03-14 10:00:00"},
		{"last24Hours", 24, "2024-03-13 01:00:00", "2024-03-14 01:00:00"},
		{"today", 1, "2024-03-14 00:00:00", "2024-03-15 00:00:00"},
		{"last1Days", 1, "2024-03-13 00:00:00", "2024-03-14 00:00:00"},
		{"last2Days", 2, "2024-03-12 00:00:00", "2024-03-14 00:00:00"},
		{"last3Days", 3, "2024-03-11 00:00:00", "2024-03-14 00:00:00"},
		{"last7Days", 7, "2024-03-07 00:00:00", "2024-03-14 00:00:00"},
		{"thisWeek", 4, "2024-03-11 00:00:00", "2024-03-15 00:00:00"},
		{"lastWeek", 7, "2024-03-04 00:00:00", "2024-03-11 00:00:00"},
		{"lastMonday", 1, "2024-03-04 00:00:00", "2024-03-05 00:00:00"},
		{"lastTuesday", 1, "2024-03-05 00:00:00", "2024-03-06 00:00:00"},
		{"lastWednesday", 1, "2024-03-06 00:00:00", "2024-03-07 00:00:00"},
		{"lastThursday", 1, "2024-03-07 00:00:00", "2024-03-08 00:00:00"},
		{"lastFriday", 1, "2024-03-08 00:00:00", "2024-03-09 00:00:00"},
		{"lastSaturday", 1, "2024-03-09 00:00:00", "2024-03-10 00:00:00"},
		{"lastSunday", 1, "2024-03-10 00:00:00", "2024-03-11 00:00:00"},
		{"thisMonth", 14, "2024-03-01 00:00:00", "2024-03-15 00:00:00"},
		{"thisMonthBegin", 1, "2024-03-01 00:00:00", "2024-03-02 00:00:00"},
		{"thisMonthEnd", 1, "2024-03-31 00:00:00", "2024-04-01 00:00:00"},
		{"lastMonth", 29, "2024-02-01 00:00:00", "2024-03-01 00:00:00"},
		{"lastMonthBegin", 1, "2024-02-01 00:00:00", "2024-02-02 00:00:00"},
		{"lastMonthEnd", 1, "2024-02-29 00:00:00", "2024-03-01 00:00:00"},
	}
	for _, c := range cases {
		t.Run(c.dateValue, func(t *testing.T) {
			got, err := Intervals(c.dateValue, at(t, ref, "Asia/Shanghai"))
			if err != nil || len(got) != c.count {
				t.Fatalf("%d intervals, %v", len(got), err)
			}
			if diff := cmp.Diff([]string{c.first, c.last}, texts([]time.Time{got[0].From, got[len(got)-1].To})); diff != "" {
				t.Error(diff)
			}
			for i := 1; i < len(got); i++ {
				if !got[i].From.Equal(got[i-1].To) {
					t.Errorf("a gap before %s", got[i].From)
				}
			}
		})
	}
	var e *workflow.Error
	if _, err := Intervals("nextWeek", time.Time{}); !errors.As(err, &e) || e.Code != workflow.Invalid || e.Field != "dateValue" {
		t.Errorf("unknown value: %v", err)
	}
}

func TestIntervalsAcrossDaylightSaving(t *testing.T) {
	got, err := Intervals("last2Days", at(t, "2018-11-05 10:00:00", "America/Sao_Paulo")) // 4 November had no midnight
	if err != nil || len(got) != 2 {
		t.Fatal(got, err)
	}
	if from := got[1].From.Format(layout); from != "2018-11-04 01:00:00" {
		t.Errorf("the day begins at %s", from)
	}
	if d := got[1].To.Sub(got[1].From); d != 23*time.Hour {
		t.Errorf("the day has %s", d)
	}
	if !got[1].Contains(got[1].From) || got[1].Contains(got[1].To) {
		t.Error("the start belongs to an interval, the end does not")
	}
}
