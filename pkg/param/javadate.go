package param

import (
	"strconv"
	"strings"
	"time"
)

// formatJava formats t by a java.text.SimpleDateFormat pattern, with English
// names. False means that the pattern has an unknown letter, an open quote or
// no letter at all, or that t is not in a year of four digits.
func formatJava(t time.Time, pattern string) (string, bool) {
	if t.Year() < 1 || t.Year() > 9999 {
		return "", false
	}
	var b strings.Builder
	letters := false
	for i := 0; i < len(pattern); {
		c := pattern[i]
		if c == '\'' {
			size, ok := quotedText(&b, pattern[i:])
			if !ok {
				return "", false
			}
			i += size
			continue
		}
		if !isLetter(c) {
			b.WriteByte(c)
			i++
			continue
		}
		n := 1
		for i+n < len(pattern) && pattern[i+n] == c {
			n++
		}
		text, ok := javaField(t, c, n)
		if !ok {
			return "", false
		}
		b.WriteString(text)
		letters = true
		i += n
	}
	return b.String(), letters
}

func isLetter(c byte) bool {
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')
}

// quotedText copies 'text', in which two quotes mean one, and gives its length
// in the pattern.
func quotedText(b *strings.Builder, pattern string) (size int, ok bool) {
	if strings.HasPrefix(pattern, "''") {
		b.WriteByte('\'')
		return 2, true
	}
	for i := 1; i < len(pattern); i++ {
		if pattern[i] != '\'' {
			b.WriteByte(pattern[i])
			continue
		}
		if i+1 < len(pattern) && pattern[i+1] == '\'' {
			b.WriteByte('\'')
			i++
			continue
		}
		return i + 1, true
	}
	return 0, false
}

// javaField formats one run of n equal letters.
func javaField(t time.Time, letter byte, n int) (string, bool) {
	if number, ok := javaNumber(t, letter); ok {
		return pad(number, n), true
	}
	switch letter {
	case 'y':
		return javaYear(t.Year(), n), true
	case 'Y':
		year, _ := weekOf(t, time.Sunday, 1)
		return javaYear(year, n), true
	case 'M', 'L':
		return name(t.Month().String(), int(t.Month()), n), true
	case 'E':
		return name(t.Weekday().String(), 0, max(n, 3)), true
	case 'a':
		return t.Format("PM"), true
	case 'G':
		return "AD", true
	case 'z':
		return t.Format("MST"), true
	case 'Z':
		return t.Format("-0700"), true
	case 'X':
		return javaOffset(t, n)
	}
	return "", false
}

// javaNumber gives the fields that are numbers whatever their length.
func javaNumber(t time.Time, letter byte) (int, bool) {
	switch letter {
	case 'd':
		return t.Day(), true
	case 'D':
		return t.YearDay(), true
	case 'H':
		return t.Hour(), true
	case 'k':
		return (t.Hour()+23)%24 + 1, true
	case 'K':
		return t.Hour() % 12, true
	case 'h':
		return (t.Hour()+11)%12 + 1, true
	case 'm':
		return t.Minute(), true
	case 's':
		return t.Second(), true
	case 'S':
		return t.Nanosecond() / int(time.Millisecond), true
	case 'u':
		return (int(t.Weekday())+6)%7 + 1, true
	case 'F':
		return (t.Day()-1)/7 + 1, true
	case 'w':
		_, week := weekOf(t, time.Sunday, 1)
		return week, true
	case 'W':
		first := int(monthFirst(t).Weekday())
		return (t.Day()+first-1)/7 + 1, true
	}
	return 0, false
}

func javaYear(year, n int) string {
	if n == 2 {
		return pad(year%100, 2)
	}
	return pad(year, n)
}

// name gives a number for up to two letters, the first three letters of the
// name for three and all of it for more.
func name(full string, number, n int) string {
	switch {
	case n < 3:
		return pad(number, n)
	case n == 3:
		return full[:3]
	}
	return full
}

func javaOffset(t time.Time, n int) (string, bool) {
	layouts := []string{"Z07", "Z0700", "Z07:00"}
	if n > len(layouts) {
		return "", false
	}
	return t.Format(layouts[n-1]), true
}

// pad writes n with at least width digits.
func pad(n, width int) string {
	s := strconv.Itoa(n)
	if len(s) >= width {
		return s
	}
	return strings.Repeat("0", width-len(s)) + s
}
