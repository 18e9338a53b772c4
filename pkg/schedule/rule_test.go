package schedule

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestDaylightSaving(t *testing.T) {
	cases := []struct {
		name, expr, zone, from, to string
		want                       []string // in UTC
	}{
		{"skipped: fires at the end of the gap", "0 30 2 * * ?", "America/New_York", "2024-03-09 00:00:00", "2024-03-12 00:00:00",
			[]string{"2024-03-09 07:30:00", "2024-03-10 07:00:00", "2024-03-11 06:30:00"}},
		{"skipped: several fire as one", "0 0/20 2 * * ?", "America/New_York", "2024-03-10 00:00:00", "2024-03-10 12:00:00",
			[]string{"2024-03-10 07:00:00"}},
		{"skipped: hourly stays hourly", "0 0 * * * ?", "America/New_York", "2024-03-10 00:00:00", "2024-03-10 04:00:00",
			[]string{"2024-03-10 05:00:00", "2024-03-10 06:00:00", "2024-03-10 07:00:00", "2024-03-10 08:00:00"}},
		{"skipped: midnight", "0 0 0 * * ?", "America/Sao_Paulo", "2018-11-03 00:00:00", "2018-11-05 00:00:00",
			[]string{"2018-11-03 03:00:00", "2018-11-04 03:00:00", "2018-11-05 02:00:00"}},
		{"skipped: a whole day", "0 0 12 * * ?", "Pacific/Apia", "2011-12-29 00:00:00", "2011-12-31 23:00:00",
			[]string{"2011-12-29 22:00:00", "2011-12-30 10:00:00", "2011-12-30 22:00:00"}},
		{"repeated: fires the first time", "0 30 1 * * ?", "America/New_York", "2024-11-02 00:00:00", "2024-11-05 00:00:00",
			[]string{"2024-11-02 05:30:00", "2024-11-03 05:30:00", "2024-11-04 06:30:00"}},
		{"repeated: each local time once", "0 0/30 0-2 * * ?", "Europe/London", "2024-10-27 00:00:00", "2024-10-27 03:00:00",
			[]string{"2024-10-26 23:00:00", "2024-10-26 23:30:00", "2024-10-27 00:00:00", "2024-10-27 00:30:00",
				"2024-10-27 02:00:00", "2024-10-27 02:30:00"}},
		{"repeated: half an hour", "0 45 1 * * ?", "Australia/Lord_Howe", "2024-04-06 12:00:00", "2024-04-07 12:00:00",
			[]string{"2024-04-06 14:45:00"}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			fires := mustParse(t, c.expr, c.zone).Between(at(t, c.from, c.zone), at(t, c.to, c.zone), 0)
			var got []string
			for _, f := range fires {
				got = append(got, f.UTC().Format(layout))
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestNextFromWithinARepeatedHour(t *testing.T) {
	r := mustParse(t, "0 0/10 * * * ?", "America/New_York")
	second := time.Date(2024, 11, 3, 6, 5, 0, 0, time.UTC) // 01:05 for the second time
	if got := r.Next(second).UTC().Format(layout); got != "2024-11-03 07:00:00" {
		t.Errorf("got %s, want 02:00 local", got)
	}
}

func TestBetween(t *testing.T) {
	r := mustParse(t, "0 0 0 * * ?", "Asia/Shanghai")
	from, to := at(t, "2024-01-01 00:00:00", "Asia/Shanghai"), at(t, "2024-01-03 00:00:00", "Asia/Shanghai")
	if got := r.Between(from, to, 0); len(got) != 3 || !got[0].Equal(from) || !got[2].Equal(to) {
		t.Errorf("both ends: %v", got)
	}
	if got := r.Between(from, to, 2); len(got) != 2 {
		t.Errorf("limit: %v", got)
	}
	if got := r.Between(to, from, 0); len(got) != 0 {
		t.Errorf("turned round: %v", got)
	}
	if got := r.Between(from.Add(1), to.Add(-1), 0); len(got) != 1 {
		t.Errorf("open ends: %v", got)
	}
	if r.String() != "0 0 0 * * ?" || r.Zone().String() != "Asia/Shanghai" {
		t.Errorf("%s in %s", r, r.Zone())
	}
}

func TestNextIsBounded(t *testing.T) {
	r := mustParse(t, "0 0 0 1 1 ?", "UTC")
	if got := r.Next(time.Time{}); got.Year() != 1970 {
		t.Errorf("from the zero time: %s", got)
	}
	if got := r.Next(time.Date(2099, 1, 2, 0, 0, 0, 0, time.UTC)); !got.IsZero() {
		t.Errorf("beyond the last year: %s", got)
	}
	if got := mustParse(t, "0 0 0 1 1 ? 2099", "UTC").Next(time.Time{}); got.Year() != 2099 {
		t.Errorf("the last year from the zero time: %s", got)
	}
}

func TestMinGap(t *testing.T) {
	from := at(t, "2024-01-01 00:00:00", "UTC")
	cases := []struct {
		expr string
		n    int
		want time.Duration
	}{
		{"0 0 0 * * ?", 10, 24 * time.Hour},
		{"0 0,1,30 * * * ?", 10, time.Minute},
		{"* * * * * ?", 5, time.Second},
		{"0 0 0 1 1 ? 2025", 5, 0},
		{"0 0 0 1 1 ? 2020", 5, 0},
		{"0 0 0 * * ?", 1, 0},
	}
	for _, c := range cases {
		if got := mustParse(t, c.expr, "UTC").MinGap(from, c.n); got != c.want {
			t.Errorf("%s over %d: got %s, want %s", c.expr, c.n, got, c.want)
		}
	}
}

func TestPreview(t *testing.T) {
	r := mustParse(t, "0 0 0 * * ?", "UTC")
	now := at(t, "2024-01-10 00:00:00", "UTC")
	early, late := at(t, "2023-01-01 00:00:00", "UTC"), at(t, "2024-01-12 00:00:00", "UTC")
	cases := []struct {
		name       string
		start, end time.Time
		n          int
		want       []string
	}{
		{"after now", early, time.Time{}, 2, []string{"2024-01-11 00:00:00", "2024-01-12 00:00:00"}},
		{"up to the end", early, late, 5, []string{"2024-01-11 00:00:00", "2024-01-12 00:00:00"}},
		{"from the start", late, time.Time{}, 1, []string{"2024-01-12 00:00:00"}},
		{"over", early, early, 5, nil},
		{"none asked", early, time.Time{}, 0, nil},
	}
	for _, c := range cases {
		if diff := cmp.Diff(c.want, texts(Preview(r, c.start, c.end, now, c.n))); diff != "" {
			t.Errorf("%s: %s", c.name, diff)
		}
	}
}
