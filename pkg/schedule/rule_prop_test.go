package schedule

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// set marks the values that a field names.
type set [64]bool

// naive is a rule as plain sets, and the slowest possible reading of it.
type naive struct {
	second, minute, hour, month set
	day                         func(time.Time) bool
	expr                        string
}

func (n naive) matches(wall time.Time) bool {
	return n.second[wall.Second()] && n.minute[wall.Minute()] && n.hour[wall.Hour()] &&
		n.month[int(wall.Month())] && n.day(wall)
}

// next walks day by day, then second by second.
func (n naive) next(after time.Time) time.Time {
	t := after.Truncate(time.Second).Add(time.Second)
	for days := 0; days < 366*9; days++ {
		end := time.Date(t.Year(), t.Month(), t.Day()+1, 0, 0, 0, 0, time.UTC)
		if n.month[int(t.Month())] && n.day(t) {
			for ; t.Before(end); t = t.Add(time.Second) {
				if n.matches(t) {
					return t
				}
			}
		}
		t = end
	}
	return time.Time{}
}

// anySet draws a field in one of the forms a person writes, and what it names.
func anySet(t *rapid.T, label string, low, high int) (string, set) {
	var named set
	from := rapid.IntRange(low, high).Draw(t, label+" from")
	to := rapid.IntRange(low, high).Draw(t, label+" to")
	step := rapid.IntRange(1, max(1, high-low)).Draw(t, label+" step")
	switch rapid.SampledFrom([]string{"*", "one", "list", "range", "step", "range/step"}).Draw(t, label) {
	case "one":
		named[from] = true
		return strconv.Itoa(from), named
	case "list":
		named[from], named[to] = true, true
		return fmt.Sprintf("%d,%d", from, to), named
	case "range":
		around(&named, low, high, from, to, 1)
		return fmt.Sprintf("%d-%d", from, to), named
	case "step":
		around(&named, low, high, from, high, step)
		return fmt.Sprintf("%d/%d", from, step), named
	case "range/step":
		around(&named, low, high, from, to, step)
		return fmt.Sprintf("%d-%d/%d", from, to, step), named
	}
	around(&named, low, high, low, high, 1)
	return "*", named
}

// around marks every step-th value on the way from from to to.
func around(named *set, low, high, from, to, step int) {
	for v, i := from, 0; ; i++ {
		if i%step == 0 {
			named[v] = true
		}
		if v == to {
			return
		}
		if v++; v > high {
			v = low
		}
	}
}

// anyDay draws the two day fields.
func anyDay(t *rapid.T) (dom, dow string, day func(time.Time) bool) {
	last := func(d time.Time) int { return time.Date(d.Year(), d.Month()+1, 0, 0, 0, 0, 0, time.UTC).Day() }
	n := rapid.IntRange(1, 5).Draw(t, "nth")
	weekday := rapid.IntRange(1, 7).Draw(t, "weekday")
	switch rapid.SampledFrom([]string{"dom", "dow", "L", "L-n", "nL", "n#n"}).Draw(t, "days") {
	case "dow":
		text, named := anySet(t, "dow", 1, 7)
		return "?", text, func(d time.Time) bool { return named[int(d.Weekday())+1] }
	case "L":
		return "L", "?", func(d time.Time) bool { return d.Day() == last(d) }
	case "L-n":
		return fmt.Sprintf("L-%d", n), "?", func(d time.Time) bool { return d.Day() == last(d)-n }
	case "nL":
		return "?", fmt.Sprintf("%dL", weekday), func(d time.Time) bool {
			return int(d.Weekday())+1 == weekday && d.Day()+7 > last(d)
		}
	case "n#n":
		return "?", fmt.Sprintf("%d#%d", weekday, n), func(d time.Time) bool {
			return int(d.Weekday())+1 == weekday && (d.Day()+6)/7 == n
		}
	}
	text, named := anySet(t, "dom", 1, 31)
	return text, "?", func(d time.Time) bool { return named[d.Day()] }
}

// anyTimeOfDay draws a rule of every day, without its last three fields.
func anyTimeOfDay(t *rapid.T) naive {
	n := naive{day: func(time.Time) bool { return true }}
	around(&n.month, 1, 12, 1, 12, 1)
	var second, minute, hour string
	second, n.second = anySet(t, "second", 0, 59)
	minute, n.minute = anySet(t, "minute", 0, 59)
	hour, n.hour = anySet(t, "hour", 0, 23)
	n.expr = strings.Join([]string{second, minute, hour}, " ")
	return n
}

func anyRule(t *rapid.T) naive {
	n := anyTimeOfDay(t)
	month, months := anySet(t, "month", 1, 12)
	dom, dow, day := anyDay(t)
	n.month, n.day = months, day
	n.expr = strings.Join([]string{n.expr, dom, month, dow}, " ")
	return n
}

func TestNextAgainstBruteForce(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		n := anyRule(rt)
		rule, err := Parse(n.expr, time.UTC)
		if err != nil {
			rt.Fatalf("%s: %v", n.expr, err)
		}
		from := time.Unix(rapid.Int64Range(1.5e9, 2e9).Draw(rt, "from"), 0).UTC()
		for range 3 {
			want, got := n.next(from), rule.Next(from)
			if want.IsZero() {
				if !got.IsZero() && got.Before(from.AddDate(9, 0, -2)) {
					rt.Fatalf("%s after %s: got %s, want none", n.expr, from, got)
				}
				return
			}
			if !got.Equal(want) {
				rt.Fatalf("%s after %s: got %s, want %s", n.expr, from, got, want)
			}
			from = got
		}
	})
}

// transition is a moment shortly before or after a zone's clock jumped.
type transition struct{ zone, around string }

func transitions() []transition {
	return []transition{
		{"America/New_York", "2024-03-10 03:00:00"}, {"America/New_York", "2024-11-03 02:00:00"},
		{"Europe/London", "2024-03-31 02:00:00"}, {"Europe/London", "2024-10-27 02:00:00"},
		{"Australia/Lord_Howe", "2024-10-06 03:00:00"}, {"Australia/Lord_Howe", "2024-04-07 02:00:00"}, // half an hour
		{"America/Sao_Paulo", "2018-11-04 01:00:00"}, {"America/Sao_Paulo", "2018-02-18 00:00:00"}, // at midnight
		{"Asia/Beirut", "2024-03-31 01:00:00"},
		{"Pacific/Apia", "2011-12-31 00:00:00"}, // skipped a day
		{"Asia/Shanghai", "2024-03-31 02:00:00"},
	}
}

// TestDaylightSavingAgainstBruteForce lets the clock run second by second: a
// rule fires whenever the furthest wall time so far passes one it names.
func TestDaylightSavingAgainstBruteForce(t *testing.T) {
	for _, tr := range transitions() {
		t.Run(tr.zone+tr.around[:10], func(t *testing.T) {
			zone := mustZone(t, tr.zone)
			middle := at(t, tr.around, tr.zone)
			from, to := middle.Add(-3*time.Hour), middle.Add(3*time.Hour)
			walls := wallClock(from, to)
			rapid.Check(t, func(rt *rapid.T) {
				n := anyTimeOfDay(rt)
				n.expr += " * * ?"
				rule, err := Parse(n.expr, zone)
				if err != nil {
					rt.Fatal(err)
				}
				got := rule.Between(from.Add(1), to, 0)
				if want := simulate(n, from, walls); !slices.EqualFunc(got, want, time.Time.Equal) {
					rt.Fatalf("%s: got %v\nwant %v", n.expr, got, want)
				}
			})
		})
	}
}

// wallClock gives what the wall shows at each second from from to to.
func wallClock(from, to time.Time) []time.Time {
	var walls []time.Time
	for u := from; !u.After(to); u = u.Add(time.Second) {
		walls = append(walls, wallOf(u))
	}
	return walls
}

func simulate(n naive, from time.Time, walls []time.Time) []time.Time {
	var fires []time.Time
	furthest := walls[0]
	for i, wall := range walls {
		fired := false
		for furthest.Before(wall) {
			furthest = furthest.Add(time.Second)
			fired = fired || n.matches(furthest)
		}
		if fired {
			fires = append(fires, from.Add(time.Duration(i)*time.Second))
		}
	}
	return fires
}
