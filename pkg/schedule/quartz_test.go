package schedule

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

const layout = "2006-01-02 15:04:05"

func mustParse(t testing.TB, expr, zone string) *Rule {
	t.Helper()
	r, err := Parse(expr, mustZone(t, zone))
	if err != nil {
		t.Fatalf("%s: %v", expr, err)
	}
	return r
}

func mustZone(t testing.TB, name string) *time.Location {
	t.Helper()
	z, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

func at(t testing.TB, text, zone string) time.Time {
	t.Helper()
	v, err := time.ParseInLocation(layout, text, mustZone(t, zone))
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func texts(times []time.Time) []string {
	var out []string
	for _, v := range times {
		out = append(out, v.Format(layout))
	}
	return out
}

func TestQuartzExpressions(t *testing.T) {
	const from = "2024-01-01 00:00:00" // a Monday
	cases := []struct {
		expr string
		want []string // the first ones after from
	}{
		{"0 0 2 * * ?", []string{"2024-01-01 02:00:00", "2024-01-02 02:00:00"}},
		{"0 0 2 * * ? *", []string{"2024-01-01 02:00:00", "2024-01-02 02:00:00"}},
		{"0 0/15 8-9 * * ?", []string{"2024-01-01 08:00:00", "2024-01-01 08:15:00", "2024-01-01 08:30:00"}},
		{"/20 * * * * ?", []string{"2024-01-01 00:00:20", "2024-01-01 00:00:40", "2024-01-01 00:01:00"}},
		{"50/15 0 0 * * ?", []string{"2024-01-01 00:00:50", "2024-01-02 00:00:50"}},
		{"0 0 22-2 * * ?", []string{"2024-01-01 01:00:00", "2024-01-01 02:00:00", "2024-01-01 22:00:00"}},
		{"0 0 0 ? * 1", []string{"2024-01-07 00:00:00", "2024-01-14 00:00:00"}},
		{"0 0 0 ? * SUN", []string{"2024-01-07 00:00:00"}},
		{"0 0 0 ? * 7", []string{"2024-01-06 00:00:00"}},
		{"0 0 0 ? * L", []string{"2024-01-06 00:00:00", "2024-01-13 00:00:00"}},
		{"0 0 0 ? * 2-6", []string{"2024-01-02 00:00:00", "2024-01-03 00:00:00", "2024-01-04 00:00:00",
			"2024-01-05 00:00:00", "2024-01-08 00:00:00"}},
		{"0 0 0 ? * MON-FRI", []string{"2024-01-02 00:00:00"}},
		{"0 0 0 ? * FRI-TUE/2", []string{"2024-01-02 00:00:00", "2024-01-05 00:00:00", "2024-01-07 00:00:00",
			"2024-01-09 00:00:00"}},
		{"0 0 0 ? * 2/2", []string{"2024-01-03 00:00:00", "2024-01-05 00:00:00", "2024-01-08 00:00:00"}},
		{"0 0 0 ? * */3", []string{"2024-01-03 00:00:00", "2024-01-06 00:00:00", "2024-01-07 00:00:00"}},
		{"0 0 0 ? * 6L", []string{"2024-01-26 00:00:00", "2024-02-23 00:00:00"}},
		{"0 0 0 ? * fril", []string{"2024-01-26 00:00:00"}},
		{"0 0 0 ? * 6#3", []string{"2024-01-19 00:00:00", "2024-02-16 00:00:00"}},
		{"0 0 0 ? * MON#5", []string{"2024-01-29 00:00:00", "2024-04-29 00:00:00"}},
		{"0 0 0 ? * SAT,SUN,4#1", []string{"2024-01-03 00:00:00", "2024-01-06 00:00:00", "2024-01-07 00:00:00"}},
		{"0 0 0 L * ?", []string{"2024-01-31 00:00:00", "2024-02-29 00:00:00"}},
		{"0 0 0 L-3 * ?", []string{"2024-01-28 00:00:00", "2024-02-26 00:00:00"}},
		{"0 0 0 LW * ?", []string{"2024-01-31 00:00:00", "2024-02-29 00:00:00", "2024-03-29 00:00:00"}},
		{"0 0 0 15W * ?", []string{"2024-01-15 00:00:00", "2024-02-15 00:00:00", "2024-03-15 00:00:00",
			"2024-04-15 00:00:00", "2024-05-15 00:00:00", "2024-06-14 00:00:00"}},
		{"0 0 0 1W 6 ?", []string{"2024-06-03 00:00:00"}},
		{"0 0 0 29 2 ?", []string{"2024-02-29 00:00:00", "2028-02-29 00:00:00"}},
		{"0 0 0 31 * ?", []string{"2024-01-31 00:00:00", "2024-03-31 00:00:00"}},
		{"0 0 0 28-2 * ?", []string{"2024-01-02 00:00:00", "2024-01-28 00:00:00"}},
		{"0 0 0 1 JAN,JUL ?", []string{"2024-07-01 00:00:00", "2025-01-01 00:00:00"}},
		{"0 0 0 1 1/4 ?", []string{"2024-05-01 00:00:00", "2024-09-01 00:00:00", "2025-01-01 00:00:00"}},
		{"0 0 0 1 NOV-FEB ?", []string{"2024-02-01 00:00:00", "2024-11-01 00:00:00", "2024-12-01 00:00:00"}},
		{"0 0 0 1 1 ? 2026", []string{"2026-01-01 00:00:00"}},
		{"0 0 0 1 1 ? 2024-2026", []string{"2025-01-01 00:00:00", "2026-01-01 00:00:00"}},
		{"0 0 0 1 1 ? 2023/50", []string{"2073-01-01 00:00:00"}},
		{"0 0 0 1 1 ? 2020", nil},
		{"0 0 0 30 2 ?", nil},
		{"0 0 0 1 * ? 1970-2099", []string{"2024-02-01 00:00:00"}},
		{"0 0 12 ? * WED", []string{"2024-01-03 12:00:00"}},
		{"0 15 10 ? * 6L 2024-2025", []string{"2024-01-26 10:15:00"}},
	}
	for _, c := range cases {
		t.Run(c.expr, func(t *testing.T) {
			fires := mustParse(t, c.expr, "UTC").Between(at(t, from, "UTC").Add(1), at(t, "2100-01-01 00:00:00", "UTC"), max(1, len(c.want)))
			if diff := cmp.Diff(c.want, texts(fires)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestQuartzRefusals(t *testing.T) {
	cases := []struct{ expr, field string }{
		{"", "cron"}, {"* * * * *", "cron"}, {"0 0 0 1 1 ? 2024 9", "cron"}, {"@daily", "cron"},
		{strings.Repeat("0,", 200) + "0 0 0 * * ?", "cron"},
		{"0 0 0 * * *", "dayOfWeek"}, {"0 0 0 1 * MON", "dayOfWeek"}, {"0 0 0 ? * ?", "dayOfWeek"},
		{"60 0 0 * * ?", "second"}, {"? 0 0 * * ?", "second"}, {"0,,1 0 0 * * ?", "second"}, {", 0 0 * * ?", "second"},
		{"+5 0 0 * * ?", "second"}, {"TZ=UTC 0 0 * * ?", "second"}, {"H 0 0 * * ?", "second"}, {"*-5 0 0 * * ?", "second"},
		{"0 60 0 * * ?", "minute"}, {"0 0/0 0 * * ?", "minute"}, {"0 0/60 0 * * ?", "minute"}, {"0 1-2-3 0 * * ?", "minute"},
		{"0 0 24 * * ?", "hour"}, {"0 0 1//2 * * ?", "hour"}, {"0 0 a * * ?", "hour"}, {"0 0 JAN * * ?", "hour"},
		{"0 0 0 0 * ?", "dayOfMonth"}, {"0 0 0 32 * ?", "dayOfMonth"}, {"0 0 0 L-31 * ?", "dayOfMonth"},
		{"0 0 0 L-0 * ?", "dayOfMonth"}, {"0 0 0 W * ?", "dayOfMonth"}, {"0 0 0 LL * ?", "dayOfMonth"},
		{"0 0 0 L-3W * ?", "dayOfMonth"}, {"0 0 0 40W * ?", "dayOfMonth"}, {"0 0 0 1-5W * ?", "dayOfMonth"},
		{"0 0 0 1 0 ?", "month"}, {"0 0 0 1 13 ?", "month"}, {"0 0 0 1 FOO ?", "month"}, {"0 0 0 1 ? ?", "month"},
		{"0 0 0 ? * 0", "dayOfWeek"}, {"0 0 0 ? * 8", "dayOfWeek"}, {"0 0 0 ? * 6#0", "dayOfWeek"},
		{"0 0 0 ? * 6#6", "dayOfWeek"}, {"0 0 0 ? * #2", "dayOfWeek"}, {"0 0 0 ? * FOO", "dayOfWeek"}, {"0 0 0 ? * 9L", "dayOfWeek"},
		{"0 0 0 1 1 ? 1969", "year"}, {"0 0 0 1 1 ? 2100", "year"}, {"0 0 0 1 1 ? 2030-2020", "year"}, {"0 0 0 1 1 ? 9999999999", "year"},
		{"0 0 0 1 1 ? ?", "year"},
	}
	for _, c := range cases {
		_, err := Parse(c.expr, time.UTC)
		var e *workflow.Error
		if !errors.As(err, &e) || e.Code != workflow.Invalid || e.Field != c.field {
			t.Errorf("%q: got %v, want an invalid %s", c.expr, err, c.field)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		"0 0 2 * * ?", "0 0/15 8-9 * * ? *", "0 0 0 ? * 6L", "0 0 0 ? * 6#3 2024/2", "0 0 0 L-3 * ?", "0 0 0 LW,15W 2 ?",
		"0 0 0 30 2 ?", "59 59 23 31 12 ? 2099", "50/15 22-2 * 28-2 NOV-FEB ?", "0 0 0 ? * FRI-TUE/2", "? ? ? ? ? ?",
		"0 0 0 31W 2 ? 2099",
	} {
		f.Add(seed)
	}
	from := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, expr string) {
		r, err := Parse(expr, time.UTC)
		if err != nil {
			if workflow.ErrorCode(err) != workflow.Invalid {
				t.Errorf("%q: %v", expr, err)
			}
			return
		}
		last := from
		for range 3 {
			next := r.Next(last)
			if next.IsZero() {
				return
			}
			if !next.After(last) || next.Nanosecond() != 0 {
				t.Fatalf("%q: %s follows %s", expr, next, last)
			}
			last = next
		}
	})
}

func BenchmarkNext(b *testing.B) {
	for _, expr := range []string{"0 0 2 * * ?", "0 0 0 29 2 ?", "0 0 0 30 2 ?"} {
		b.Run(expr, func(b *testing.B) {
			r := mustParse(b, expr, "Asia/Shanghai")
			from := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
			for b.Loop() {
				r.Next(from)
			}
		})
	}
}

func BenchmarkParse(b *testing.B) {
	for b.Loop() {
		mustParse(b, "0 0/15 8-18 ? * MON-FRI *", "UTC")
	}
}
