package schedule

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// october is 2026 in China: a week without work, and Saturdays with it.
var october = workflow.Calendar{Weekend: []time.Weekday{time.Saturday, time.Sunday}, Days: map[string]bool{
	"2026-10-01": false, "2026-10-02": false, "2026-10-05": false, "2026-10-06": false, "2026-10-07": false,
	"2026-10-10": true,
}}

func TestCalendars(t *testing.T) {
	zone, err := time.LoadLocation("Asia/Shanghai")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, cron string
		how        workflow.CalendarRule
		want       []string
	}{
		{"every day", "0 0 2 * * ?", "", []string{"10-01 02", "10-02 02", "10-03 02"}},
		{"working days", "0 0 2 * * ?", workflow.OnWorkdays, []string{"10-08 02", "10-09 02", "10-10 02", "10-12 02"}},
		{"other days", "0 0 2 * * ?", workflow.OnHolidays, []string{"10-01 02", "10-02 02", "10-03 02", "10-04 02", "10-05 02", "10-06 02", "10-07 02", "10-11 02"}},
		{"moved", "0 0 2 * * ?", workflow.NextWorkday, []string{"10-08 02", "10-09 02", "10-10 02", "10-12 02"}},
		{"moved from one day", "0 0 3 5 * ?", workflow.NextWorkday, []string{"10-08 03", "11-05 03"}},
		{"moved beside its own", "0 0 4 6,8 * ?", workflow.NextWorkday, []string{"10-08 04", "11-06 04"}},
		{"two times of day", "0 0 5,7 4 * ?", workflow.NextWorkday, []string{"10-08 05", "10-08 07"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			base, err := Parse(c.cron, zone)
			if err != nil {
				t.Fatal(err)
			}
			r, err := base.On(october, c.how)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for at := range r.Fires(time.Date(2026, 10, 1, 0, 0, 0, 0, zone)) {
				if got = append(got, at.Format("01-02 15")); len(got) == len(c.want) {
					break
				}
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("got %v, want %v", got, c.want)
			}
		})
	}
	base, _ := Parse("0 0 2 * * ?", zone)
	never, err := base.On(workflow.Calendar{Weekend: []time.Weekday{0, 1, 2, 3, 4, 5, 6}}, workflow.NextWorkday)
	if err != nil || !never.Next(time.Date(2026, 1, 1, 0, 0, 0, 0, zone)).IsZero() {
		t.Errorf("a calendar without work: %v", err)
	}
	if _, err := base.On(october, "SOMETIMES"); workflow.ErrorReason(err) != "calendar.rule" {
		t.Error(err)
	}
}

// TestCalendarsAgainstDays compares with a day by day reading.
func TestCalendarsAgainstDays(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		cal := workflow.Calendar{Days: map[string]bool{}}
		for w := time.Sunday; w <= time.Saturday; w++ {
			if rapid.IntRange(0, 2).Draw(t, "weekend") == 0 {
				cal.Weekend = append(cal.Weekend, w)
			}
		}
		from := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
		for i := range 90 {
			if rapid.IntRange(0, 5).Draw(t, "exception") == 0 {
				cal.Days[from.AddDate(0, 0, i).Format(time.DateOnly)] = rapid.Bool().Draw(t, "works")
			}
		}
		base, err := Parse(rapid.SampledFrom([]string{"0 30 8,20 * * ?", "0 0 6 1,15 * ?", "0 0 9 ? * MON"}).Draw(t, "cron"), time.UTC)
		if err != nil {
			t.Fatal(err)
		}
		how := rapid.SampledFrom([]workflow.CalendarRule{workflow.OnWorkdays, workflow.OnHolidays, workflow.NextWorkday}).Draw(t, "how")
		end := from.AddDate(0, 0, 60)
		want := byDays(base, cal, how, from, end)
		r, err := base.On(cal, how)
		if err != nil {
			t.Fatal(err)
		}
		// What was moved from before the window is no part of it here.
		var got []time.Time
		for _, at := range r.Between(from.AddDate(0, 0, 31), end, 0) {
			got = append(got, at)
		}
		want = slices.DeleteFunc(want, func(at time.Time) bool { return at.Before(from.AddDate(0, 0, 31)) })
		if !slices.EqualFunc(got, want, time.Time.Equal) {
			t.Fatalf("got %v\nwant %v", got, want)
		}
	})
}

func byDays(r *Rule, cal workflow.Calendar, how workflow.CalendarRule, from, end time.Time) []time.Time {
	var list []time.Time
	for _, at := range r.Between(from, end, 0) {
		switch works := Works(cal, at); {
		case how == workflow.OnWorkdays && works, how == workflow.OnHolidays && !works:
			list = append(list, at)
		case how == workflow.NextWorkday:
			for !Works(cal, at) && !at.After(end) {
				at = at.Add(oneDay)
			}
			if !at.After(end) {
				list = append(list, at)
			}
		}
	}
	slices.SortFunc(list, time.Time.Compare)
	return slices.CompactFunc(list, time.Time.Equal)
}

func TestLeftOut(t *testing.T) {
	zone := time.FixedZone("", 8*3600)
	day := func(d int) time.Time { return time.Date(2026, 10, d, 2, 0, 0, 0, zone) }
	base, err := Parse("0 0 2 * * ?", zone)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name          string
		how           workflow.CalendarRule
		after, before int
		first, count  int
	}{
		{"a week without work", workflow.OnWorkdays, -1, 8, 1, 7}, // September has 30 days
		{"one Sunday", workflow.OnWorkdays, 10, 12, 11, 1},
		{"moved", workflow.NextWorkday, 10, 12, 11, 1},
		{"nothing between", workflow.OnWorkdays, 8, 9, 0, 0},
		{"it was offline meanwhile", workflow.OnWorkdays, 8, 12, 0, 0},
		{"no times of the rule", workflow.OnWorkdays, 10, 11, 0, 0},
	} {
		on, err := base.On(october, c.how)
		if err != nil {
			t.Fatal(err)
		}
		after := day(c.after)
		if c.after < 0 {
			after = day(0) // the 30th of September, a Wednesday
		}
		g := LeftOut(base, on, after, day(c.before))
		if g.Count != c.count || c.count > 0 && (!g.First.Equal(day(c.first)) || !g.Last.Equal(day(c.before-1))) {
			t.Errorf("%s: %+v", c.name, g)
		}
	}
}
