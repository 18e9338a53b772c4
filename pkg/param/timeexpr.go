package param

import (
	"strconv"
	"strings"
	"time"
)

// evalTime evaluates the inside of $[...] on base. False means that it is not
// a time expression.
func evalTime(expr string, base time.Time) (string, bool) {
	if base.IsZero() {
		return "", false
	}
	expr = strings.TrimSpace(expr)
	name, args, isCall := call(expr)
	switch {
	case isCall && name == "timestamp":
		return timestamp(strings.Join(args, ","), base)
	case isCall && name == "year_week":
		return yearWeek(args, base)
	}
	at, format, ok := evalDate(expr, base)
	if !ok {
		return "", false
	}
	return formatJava(at, format)
}

// call splits name(arg,...) and reports whether expr has that form.
func call(expr string) (name string, args []string, ok bool) {
	open := strings.IndexByte(expr, '(')
	if open <= 0 || !strings.HasSuffix(expr, ")") {
		return "", nil, false
	}
	for _, c := range []byte(expr[:open]) {
		if c != '_' && (c < 'a' || c > 'z') {
			return "", nil, false
		}
	}
	return expr[:open], splitArgs(expr[open+1 : len(expr)-1]), true
}

// splitArgs splits at the commas outside parentheses and quotes.
func splitArgs(text string) []string {
	var args []string
	depth, start, quoted := 0, 0, false
	for i := range len(text) {
		switch c := text[i]; {
		case c == '\'':
			quoted = !quoted
		case quoted:
		case c == '(':
			depth++
		case c == ')':
			depth--
		case c == ',' && depth == 0:
			args = append(args, text[start:i])
			start = i + 1
		}
	}
	return append(args, text[start:])
}

// shift applies one of the functions of a format and a number to the base
// time; optional says whether the number may be left out.
func shift(name string, base time.Time, n int) (at time.Time, optional, ok bool) {
	switch name {
	case "add_months":
		return addMonths(base, n), false, true
	case "month_begin":
		return monthFirst(base).AddDate(0, 0, n), false, true
	case "month_end":
		return monthLast(base).AddDate(0, 0, n), false, true
	case "week_begin":
		return monday(base).AddDate(0, 0, n), false, true
	case "week_end":
		return monday(base).AddDate(0, 0, 6+n), false, true
	case "month_first_day":
		return monthFirst(addMonths(base, n)), true, true
	case "month_last_day":
		return monthLast(addMonths(base, n)), true, true
	case "week_first_day":
		return monday(base).AddDate(0, 0, 7*n), true, true
	case "week_last_day":
		return monday(base).AddDate(0, 0, 7*n+6), true, true
	case "this_day":
		return base, true, n == 0
	case "last_day":
		return base.AddDate(0, 0, -1), true, n == 0
	}
	return time.Time{}, false, false
}

// evalDate gives the instant and the format that expr means.
func evalDate(expr string, base time.Time) (at time.Time, format string, ok bool) {
	if name, args, isCall := call(expr); isCall {
		return evalShift(name, args, base)
	}
	format, offset := splitOffset(expr)
	if offset == "" {
		return base, format, true
	}
	minutes, ok := evalMinutes(offset)
	if !ok {
		return time.Time{}, "", false
	}
	// Whole days are calendar days: a day of 23 hours is still one.
	const day = 24 * 60
	at = base.AddDate(0, 0, int(minutes/day)).Add(time.Duration(minutes%day) * time.Minute)
	return at, format, true
}

func evalShift(name string, args []string, base time.Time) (time.Time, string, bool) {
	n := 0
	if len(args) == 2 {
		v, ok := evalInt(args[1])
		if !ok {
			return time.Time{}, "", false
		}
		n = v
	}
	at, optional, ok := shift(name, base, n)
	if !ok || len(args) > 2 || (len(args) == 1 && !optional) {
		return time.Time{}, "", false
	}
	return at, strings.TrimSpace(args[0]), true
}

// splitOffset cuts yyyyMMdd-7*2 into its format and its offset, sign included.
// The offset begins at the first sign that a digit or parenthesis follows.
func splitOffset(expr string) (format, offset string) {
	quoted := false
	for i := range len(expr) {
		switch c := expr[i]; {
		case c == '\'':
			quoted = !quoted
		case quoted || (c != '+' && c != '-'):
		case beginsNumber(expr[i+1:]):
			return strings.TrimRight(expr[:i], " "), expr[i:]
		}
	}
	return expr, ""
}

func beginsNumber(s string) bool {
	s = strings.TrimLeft(s, " ")
	return s != "" && (s[0] == '(' || (s[0] >= '0' && s[0] <= '9'))
}

// timestamp gives the epoch seconds of the local time that the formatted
// expression names, so that a format with literal zeros cuts to the hour or
// the day. Missing parts on the right count as zero.
func timestamp(expr string, base time.Time) (string, bool) {
	at, format, ok := evalDate(strings.TrimSpace(expr), base)
	if !ok {
		return "", false
	}
	text, ok := formatJava(at, format)
	if !ok {
		return "", false
	}
	digits := strings.Map(func(c rune) rune {
		if c < '0' || c > '9' {
			return -1
		}
		return c
	}, text)
	const layout = "20060102150405"
	if len(digits) < len("20060102") || len(digits) > len(layout) {
		return "", false
	}
	digits += "000000"
	local, err := time.ParseInLocation(layout, digits[:len(layout)], base.Location())
	if err != nil {
		return "", false
	}
	return strconv.FormatInt(local.Unix(), 10), true
}

// yearWeek gives the year and the number of the week, which starts on the
// given weekday (1 Monday, the default, to 7 Sunday) and belongs to the year
// that holds at least four of its days.
func yearWeek(args []string, base time.Time) (string, bool) {
	first := 1
	if len(args) == 2 {
		n, ok := evalInt(args[1])
		if !ok {
			return "", false
		}
		first = n
	}
	if len(args) > 2 || first < 1 || first > 7 {
		return "", false
	}
	year, week := weekOf(base, time.Weekday(first%7), 4)
	separator := ""
	if strings.Contains(args[0], "-") {
		separator = "-"
	}
	return strconv.Itoa(year) + separator + pad(week, 2), true
}

// weekOf numbers the week of t, for weeks that start on first; week 1 is the
// first with at least minDays days in its year.
func weekOf(t time.Time, first time.Weekday, minDays int) (year, week int) {
	dayIndex := (int(t.Weekday()) - int(first) + 7) % 7
	// The day that decides which year a week belongs to.
	pivot := t.AddDate(0, 0, 7-minDays-dayIndex)
	return pivot.Year(), (pivot.YearDay()-1)/7 + 1
}

// addMonths shifts t by calendar months; the day is cut to the month's last.
func addMonths(t time.Time, n int) time.Time {
	first := monthFirst(t).AddDate(0, n, 0)
	last := monthLast(first)
	return first.AddDate(0, 0, min(t.Day(), last.Day())-1)
}

func monthFirst(t time.Time) time.Time { return t.AddDate(0, 0, 1-t.Day()) }

func monthLast(t time.Time) time.Time { return monthFirst(t).AddDate(0, 1, -1) }

func monday(t time.Time) time.Time {
	return t.AddDate(0, 0, -((int(t.Weekday()) + 6) % 7))
}
