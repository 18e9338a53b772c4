package schedule

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/netresearch/go-cron"

	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// The years a rule can name, and how far the reader searches: from the first
// of them past the last.
const (
	minYear     = 1970
	maxYear     = 2099
	searchYears = maxYear - minYear + 2
)

// maxLength bounds an expression. Written out for the reader it stays below
// that one's own bound.
const maxLength = 256

// field is one position of a Quartz expression.
type field struct {
	name     string // as in an error
	min, max int
	names    []string // of min, min+1, ...
	shift    int      // from Quartz's number to the reader's
	special  func(f field, item string) (text string, ok bool, err error)
	option   cron.ParseOption
}

// fields lists the positions in order.
func fields() []field {
	months := []string{"JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"}
	weekdays := []string{"SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"}
	return []field{
		{name: "second", max: 59, option: cron.Second},
		{name: "minute", max: 59, option: cron.Minute},
		{name: "hour", max: 23, option: cron.Hour},
		{name: "dayOfMonth", min: 1, max: 31, special: specialDay, option: cron.Dom | cron.DomL | cron.DomW},
		{name: "month", min: 1, max: 12, names: months, option: cron.Month},
		// Quartz counts weekdays from SUN = 1, the reader from 0.
		{name: "dayOfWeek", min: 1, max: 7, names: weekdays, shift: -1, special: specialWeekday,
			option: cron.Dow | cron.DowNth | cron.DowLast},
		{name: "year", min: minYear, max: maxYear, option: cron.Year},
	}
}

// invalid makes the error for a field.
func invalid(name, format string, args ...any) error {
	return workflow.Errorf(workflow.Invalid, "schedule.cron",
		"cron: %s: %s", name, fmt.Sprintf(format, args...)).At(name)
}

// read turns a Quartz expression into the reader's schedule.
func read(expr string) (cron.Schedule, error) {
	if len(expr) > maxLength {
		return nil, invalid("cron", "longer than %d bytes", maxLength)
	}
	texts := strings.Fields(strings.ToUpper(expr))
	if len(texts) != 6 && len(texts) != 7 {
		return nil, invalid("cron", "want 6 or 7 fields, got %d", len(texts))
	}
	if (texts[3] == "?") == (texts[5] == "?") {
		return nil, invalid("dayOfWeek", "exactly one of day of month and day of week must be ?")
	}
	options := cron.Second | cron.Minute | cron.Hour | cron.Dom | cron.Month | cron.Dow | cron.Extended
	if len(texts) == 7 {
		options |= cron.Year
	}
	for i, f := range fields()[:len(texts)] {
		text, err := f.rewrite(texts[i])
		if err != nil {
			return nil, err
		}
		texts[i] = text
	}
	schedule, err := cron.MustNewParser(options).WithMaxSearchYears(searchYears).Parse(strings.Join(texts, " "))
	if err != nil {
		return nil, invalid("cron", "%v", err)
	}
	return schedule, nil
}

// rewrite writes a field as the reader wants it: lists of numbers, in which
// the steps beyond the end and the ranges that go round, of which the reader
// knows only some, are worked out, and the special days in its own spelling.
func (f field) rewrite(text string) (string, error) {
	if text == "?" && f.special != nil {
		return "*", nil
	}
	values, specials, err := f.parse(text)
	if err != nil {
		return "", err
	}
	if len(values) == f.max-f.min+1 {
		return "*", nil
	}
	items := append(f.ranges(values), specials...)
	rewritten := strings.Join(items, ",")
	return rewritten, f.check(rewritten)
}

// parse reads the list: the values it names, ascending and without repeats,
// and the special items.
func (f field) parse(text string) (values []int, specials []string, err error) {
	for item := range strings.SplitSeq(text, ",") {
		if f.special != nil {
			special, ok, err := f.special(f, item)
			if err != nil {
				return nil, nil, err
			}
			if ok {
				specials = append(specials, special)
				continue
			}
		}
		named, err := f.values(item)
		if err != nil {
			return nil, nil, err
		}
		values = append(values, named...)
	}
	slices.Sort(values)
	return slices.Compact(values), specials, nil
}

// itemPattern is any list item but the special ones: an optional start or
// range and an optional step.
var itemPattern = regexp.MustCompile(`^(?:\*|([0-9]{1,4}|[A-Z]{3})(?:-([0-9]{1,4}|[A-Z]{3}))?)?(?:/([0-9]{1,3}))?$`)

// values lists what an item names. A range whose end lies before its start
// goes round, except for years; n/s means from n to the end in steps of s.
func (f field) values(item string) ([]int, error) {
	m := itemPattern.FindStringSubmatch(item)
	if item == "" || m == nil {
		return nil, invalid(f.name, "cannot read %q", item)
	}
	low, high, step := m[1], m[2], m[3]
	from, to, by := f.min, f.max, 1
	var err error
	if low != "" {
		if from, err = f.number(low); err != nil {
			return nil, err
		}
		if step == "" {
			to = from
		}
	}
	if high != "" {
		if to, err = f.number(high); err != nil {
			return nil, err
		}
	}
	if step != "" {
		if by, err = strconv.Atoi(step); err != nil || by == 0 || by > f.max {
			return nil, invalid(f.name, "step %s is not between 1 and %d", step, f.max)
		}
	}
	if to < from && f.min == minYear {
		return nil, invalid(f.name, "%q ends before it begins", item)
	}
	return f.walk(from, to, by), nil
}

// walk lists from, from+by, ... up to to, going round at the end of the field.
func (f field) walk(from, to, by int) []int {
	size := f.max - f.min + 1
	length := (to - from + size) % size
	var values []int
	for i := 0; i <= length; i += by {
		values = append(values, (from-f.min+i)%size+f.min)
	}
	return values
}

func (f field) number(text string) (int, error) {
	if i := slices.Index(f.names, text); i >= 0 {
		return f.min + i, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < f.min || n > f.max {
		return 0, invalid(f.name, "%s is not between %d and %d", text, f.min, f.max)
	}
	return n, nil
}

// ranges writes ascending values as short as possible, in the reader's numbers.
func (f field) ranges(values []int) []string {
	var items []string
	for i := 0; i < len(values); {
		j := i
		for j+1 < len(values) && values[j+1] == values[j]+1 {
			j++
		}
		item := strconv.Itoa(values[i] + f.shift)
		if j > i {
			item += "-" + strconv.Itoa(values[j]+f.shift)
		}
		items = append(items, item)
		i = j + 1
	}
	return items
}

// check has the reader parse the field alone, so that its error has a name.
func (f field) check(text string) error {
	options := f.option
	if options == cron.Year {
		options |= cron.Second
		text = "0 " + text
	}
	if _, err := cron.MustNewParser(options).Parse(text); err != nil {
		return invalid(f.name, "%v", err)
	}
	return nil
}

// specialDay passes L, LW, L-3 and 15W on to the reader.
func specialDay(f field, item string) (string, bool, error) {
	if !strings.ContainsAny(item, "LW") {
		return "", false, nil
	}
	number := strings.TrimSuffix(strings.TrimPrefix(item, "L-"), "W")
	if item == "L" || item == "LW" {
		return item, true, nil
	}
	if strings.HasPrefix(item, "L-") == strings.HasSuffix(item, "W") {
		return "", false, invalid(f.name, "cannot read %q", item)
	}
	if _, err := f.number(number); err != nil {
		return "", false, err
	}
	return item, true, nil
}

// specialWeekday translates 6L and FRIL, the last Friday, and 6#3 and FRI#3,
// the third. A lone L is every Saturday.
func specialWeekday(f field, item string) (string, bool, error) {
	if item == "L" {
		return strconv.Itoa(f.max + f.shift), true, nil
	}
	day, nth, ok := strings.Cut(item, "#")
	if !ok {
		if day, ok = strings.CutSuffix(item, "L"); !ok {
			return "", false, nil
		}
		nth = "L"
	}
	n, err := f.number(day)
	if err != nil {
		return "", false, err
	}
	return strconv.Itoa(n+f.shift) + "#" + nth, true, nil
}
