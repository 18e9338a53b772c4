package param

import (
	"strings"
	"testing"
	"time"
)

// base is a Friday.
func base() time.Time { return time.Date(2022, 8, 26, 14, 5, 9, 0, time.UTC) }

func TestExpandTime(t *testing.T) {
	cases := []struct{ in, want string }{
		{"$[yyyyMMdd]", "20220826"},
		{"$[yyyy-MM-dd HH:mm:ss]", "2022-08-26 14:05:09"},
		{"$[yyyyMMddHHmmss]", "20220826140509"},
		{"$[HHmmss]", "140509"},
		{"$[yyyyMMdd-1]", "20220825"},
		{"$[yyyy-MM-dd-1]", "2022-08-25"},
		{"$[yyyy-MM-dd+1]", "2022-08-27"},
		{"$[yyyyMMdd+7*2]", "20220909"},
		{"$[yyyyMMdd-7*2]", "20220812"},
		{"$[yyyyMMdd+(1+2)*2]", "20220901"},
		{"$[yyyyMMdd-(1)]", "20220825"},
		{"$[yyyyMMdd - 1]", "20220825"},
		{"$[yyyyMMdd+7-2]", "20220831"},
		{"$[HHmmss-1/24]", "130509"},
		{"$[HHmmss+15/24/60]", "142009"},
		{"$[HHmmss-15/24/60]", "135009"},
		{"$[HH:mm+2*3/24]", "20:05"},
		{"$[yyyyMMddHH+10/24]", "2022082700"},
		{"$[HHmm+1/7]", "1730"}, // 205.7 minutes, cut
		{"$[add_months(yyyyMMdd,-12)]", "20210826"},
		{"$[add_months(yyyyMMdd,12*2)]", "20240826"},
		{"$[add_months(yyyy-MM-dd, 1)]", "2022-09-26"},
		{"$[month_begin(yyyyMMdd,0)]", "20220801"},
		{"$[month_begin(yyyyMMdd,-1)]", "20220731"},
		{"$[month_begin(yyyyMMdd,4)]", "20220805"},
		{"$[month_end(yyyyMMdd,0)]", "20220831"},
		{"$[month_end(yyyyMMdd,-1)]", "20220830"},
		{"$[week_begin(yyyyMMdd,0)]", "20220822"},
		{"$[week_begin(yyyyMMdd,1)]", "20220823"},
		{"$[week_end(yyyyMMdd,0)]", "20220828"},
		{"$[week_end(yyyyMMdd,-1)]", "20220827"},
		{"$[timestamp(yyyyMMddHHmmss)]", "1661522709"},
		{"$[timestamp(yyyyMMdd00mmss)]", "1661472309"},
		{"$[timestamp(yyyyMMdd000000-1)]", "1661385600"},
		{"$[timestamp(yyyyMMdd)]", "1661472000"},
		{"$[timestamp(add_months(yyyyMMddHHmmss,-12))]", "1629986709"},
		{"$[timestamp(month_begin(yyyyMMddHHmmss,0))]", "1659362709"},
		{"$[this_day(yyyy-MM-dd)]", "2022-08-26"},
		{"$[last_day(yyyy-MM-dd)]", "2022-08-25"},
		{"$[year_week(yyyy-MM-dd)]", "2022-34"},
		{"$[year_week(yyyyMMdd)]", "202234"},
		{"$[year_week(yyyy-MM-dd,5)]", "2022-35"},
		{"$[month_first_day(yyyy-MM-dd,-1)]", "2022-07-01"},
		{"$[month_first_day(yyyy-MM-dd)]", "2022-08-01"},
		{"$[month_last_day(yyyy-MM-dd,-1)]", "2022-07-31"},
		{"$[month_last_day(yyyy-MM-dd)]", "2022-08-31"},
		{"$[week_first_day(yyyy-MM-dd,-1)]", "2022-08-15"},
		{"$[week_first_day(yyyy-MM-dd)]", "2022-08-22"},
		{"$[week_last_day(yyyy-MM-dd,-1)]", "2022-08-21"},
		{"$[week_last_day(yyyy-MM-dd)]", "2022-08-28"},
		{"a $[dd] b $[MM] c", "a 26 b 08 c"},
		{"$[yyyyMMdd-${n}]", "20220823"},
		{"$[yyyy'T'MM''dd]", "2022T08'26"},
		{"$[yyyy-MM-dd'T'HH:mm:ssXXX]", "2022-08-26T14:05:09Z"},
	}
	values := map[string]string{"n": "3"}
	for _, c := range cases {
		if got := Expand(c.in, values, base()); got != c.want {
			t.Errorf("%s: got %q, want %q", c.in, got, c.want)
		}
	}
}

func TestExpandLeavesTheRest(t *testing.T) {
	texts := []string{
		"", "plain", "$", "$$", "${", "$[", "${}", "$[]", "${unknown}", "${HOME:-/root}", "${a", "$[yyyy",
		"$[1+2]", "$[0]", "$[i+1]", "$[add_months(yyyyMMdd)]", "$[add_months(yyyyMMdd,x)]", "$[nothing(yyyy,1)]",
		"$[yyyyMMdd+1/0]", "$[yyyyMMdd+99999999999]", "$[add_months(yyyy,9999999)]", "$[year_week(yyyy,8)]",
		"$[yyyy'open]", "$[this_day(yyyy,1)]", "$[timestamp(HHmm)]", "$[timestamp(nothing)]",
		"$[yyyy+(((((((((((((((((((1)))))))))))))))))))]", "a$b", "$(date)", "#{x}", "$[month_begin(yyyy,1,2)]",
	}
	for _, text := range texts {
		if got := Expand(text, map[string]string{"known": "v"}, base()); got != text {
			t.Errorf("%q became %q", text, got)
		}
	}
}

func TestExpandNames(t *testing.T) {
	values := map[string]string{"a": "1", "b.c": "2", "deep": "${a}", "empty": "", "time": "$[yyyy]"}
	cases := []struct{ in, want string }{
		{"${a}", "1"},
		{"x${a}y${b.c}z", "x1y2z"},
		{"${empty}.", "."},
		{"${deep} ${time}", "${a} $[yyyy]"}, // values are not looked at again
		{"${x${a}}", "${x1}"},
		{"echo '${setValue(k=${a})}'", "echo '${setValue(k=1)}'"},
		{"${unknown${a}$[yyyy]}", "${unknown12022}"},
		{"$${a}", "$1"},
	}
	for _, c := range cases {
		if got := Expand(c.in, values, base()); got != c.want {
			t.Errorf("%s: got %q, want %q", c.in, got, c.want)
		}
	}
}

func TestTimeAtTheEdges(t *testing.T) {
	shanghai := zone(t, "Asia/Shanghai")
	newYork := zone(t, "America/New_York")
	cases := []struct {
		in   string
		base time.Time
		want string
	}{
		{"$[add_months(yyyyMMdd,1)]", time.Date(2023, 1, 31, 0, 0, 0, 0, time.UTC), "20230228"},
		{"$[add_months(yyyyMMdd,1)]", time.Date(2024, 1, 31, 0, 0, 0, 0, time.UTC), "20240229"},
		{"$[add_months(yyyyMMdd,-3)]", time.Date(2024, 5, 31, 0, 0, 0, 0, time.UTC), "20240229"},
		{"$[month_last_day(yyyyMMdd,-1)]", time.Date(2024, 3, 31, 0, 0, 0, 0, time.UTC), "20240229"},
		{"$[week_begin(yyyyMMdd,0)]", time.Date(2024, 3, 3, 0, 0, 0, 0, time.UTC), "20240226"}, // a Sunday
		{"$[year_week(yyyy-MM-dd)]", time.Date(2024, 12, 31, 0, 0, 0, 0, time.UTC), "2025-01"},
		{"$[year_week(yyyy-MM-dd)]", time.Date(2021, 1, 3, 0, 0, 0, 0, time.UTC), "2020-53"},
		// A day is a calendar day on the day after the clocks changed.
		{"$[yyyyMMdd-1]", time.Date(2022, 3, 14, 0, 30, 0, 0, newYork), "20220313"},
		{"$[HH-1/24]", time.Date(2022, 3, 13, 3, 30, 0, 0, newYork), "01"},
		{"$[timestamp(yyyyMMdd000000)]", time.Date(2022, 8, 26, 3, 0, 0, 0, shanghai), "1661443200"},
	}
	for _, c := range cases {
		if got := Expand(c.in, nil, c.base); got != c.want {
			t.Errorf("%s at %s: got %q, want %q", c.in, c.base, got, c.want)
		}
	}
}

func TestFormatLetters(t *testing.T) {
	at := time.Date(2022, 1, 2, 0, 5, 9, 7e6, zone(t, "Asia/Shanghai")) // a Sunday
	cases := []struct{ pattern, want string }{
		{"y", "2022"}, {"yy", "22"}, {"yyyy", "2022"}, {"yyyyy", "02022"},
		{"M", "1"}, {"MM", "01"}, {"MMM", "Jan"}, {"MMMM", "January"},
		{"d", "2"}, {"dd", "02"}, {"D", "2"}, {"DDD", "002"},
		{"E", "Sun"}, {"EEEE", "Sunday"}, {"u", "7"}, {"F", "1"},
		{"H", "0"}, {"HH", "00"}, {"k", "24"}, {"K", "0"}, {"h", "12"}, {"a", "AM"},
		{"S", "7"}, {"SSS", "007"}, {"w", "2"}, {"W", "2"}, {"Y", "2022"}, {"G", "AD"},
		{"Z", "+0800"}, {"X", "+08"}, {"XX", "+0800"}, {"XXX", "+08:00"}, {"z", "CST"},
	}
	for _, c := range cases {
		if got, ok := formatJava(at, c.pattern); !ok || got != c.want {
			t.Errorf("%s: got %q %v, want %q", c.pattern, got, ok, c.want)
		}
	}
	for _, pattern := range []string{"", "-", "Q", "yyyyj", "'", "XXXX"} {
		if got, ok := formatJava(at, pattern); ok {
			t.Errorf("%q: got %q, want a refusal", pattern, got)
		}
	}
	if _, ok := formatJava(time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC), "yyyy"); ok {
		t.Error("the year 10000 was formatted")
	}
}

func TestScanSetValue(t *testing.T) {
	cases := []struct{ line, k, v string }{
		{"${setValue(k=v)}", "k", "v"},
		{"#{setValue(k=v)}", "k", "v"},
		{"10:00 INFO ${setValue(rows=12)} done", "rows", "12"},
		{"${setValue(k=)}", "k", ""},
		{"${setValue(k=a=b)}", "k", "a=b"},
		{"${setValue(k=f(x))}", "k", "f(x)"},
		{"{setValue(a=1)} #{setValue(b=2)}", "b", "2"},
		{"${setValue(bad)} ${setValue(k=v)}", "k", "v"},
		{"${setValue(=v)}", "", ""},
		{"${setValue(k=v", "", ""},
		{"setValue(k=v)", "", ""},
		{"", "", ""},
	}
	for _, c := range cases {
		k, v, ok := ScanSetValue([]byte(c.line))
		if k != c.k || v != c.v || ok != (c.k != "") {
			t.Errorf("%q: got %q %q %v", c.line, k, v, ok)
		}
	}
}

func TestExpandIsLinear(t *testing.T) {
	for _, unit := range []string{"${", "$[", "${$[", "$"} {
		text := strings.Repeat(unit, 1<<20/len(unit))
		if got := Expand(text, nil, base()); got != text {
			t.Errorf("%q repeated: text changed", unit)
		}
	}
}

func FuzzExpand(f *testing.F) {
	for _, seed := range []string{
		"$[yyyyMMdd-1]", "${a}", "$[add_months(yyyy,-12*2)]", "$[timestamp(yyyyMMdd00mmss)]", "${x${a}}",
		"$[yyyy'T'+1/24/60]", "$[((((1", "$[year_week(-,7)]", "$[month_begin(yyyy,${a})]", "$[yyyy+9/0]",
	} {
		f.Add(seed)
	}
	values := map[string]string{"a": "1"}
	f.Fuzz(func(t *testing.T, text string) {
		got := Expand(text, values, base())
		if strings.IndexByte(text, '$') < 0 && got != text {
			t.Errorf("%q became %q", text, got)
		}
		k, _, ok := ScanSetValue([]byte(text))
		if ok && k == "" {
			t.Errorf("%q: a value without a name", text)
		}
	})
}

func zone(t testing.TB, name string) *time.Location {
	t.Helper()
	z, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

func BenchmarkExpand(b *testing.B) {
	values := map[string]string{"day": "20220826", "part": "7"}
	at := base()
	for b.Loop() {
		Expand("echo ${day} ${part} > /data/$[yyyyMMdd-1]/out.txt", values, at)
	}
}
