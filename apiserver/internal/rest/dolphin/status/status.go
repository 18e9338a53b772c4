// Package status holds the numbered answers of DolphinScheduler 1.3.9 in
// English and Chinese.
package status

import (
	"fmt"
	"strconv"
	"strings"
)

// Constant names an answer. Its zero value is Success.
type Constant int

// row is one constant of the table.
type row struct {
	name   string
	code   int
	en, zh string
}

// Language is one of the two languages messages exist in.
type Language int

// Languages.
const (
	English Language = iota
	Chinese
)

// String gives the constant's name as the original spells it.
func (c Constant) String() string { return table[c].name }

// Code gives the number that travels in the envelope.
func (c Constant) Code() int { return table[c].code }

// Pattern gives the unfilled text.
func (c Constant) Pattern(l Language) string {
	if l == Chinese {
		return table[c].zh
	}
	return table[c].en
}

// Message gives the text with its placeholders filled. Without arguments the
// text stays as it is, placeholders and apostrophes included, because the
// original formats only when it has something to fill in.
func (c Constant) Message(l Language, args ...any) string {
	if len(args) == 0 {
		return c.Pattern(l)
	}
	return Format(c.Pattern(l), args...)
}

// ByName finds a constant; false when there is none of that name.
func ByName(name string) (Constant, bool) {
	for i := range table {
		if table[i].name == name {
			return Constant(i), true
		}
	}
	return Success, false
}

// Count is the number of constants.
func Count() int { return len(table) }

// Format fills {0}, {1}... as java.text.MessageFormat does: numbers get
// thousands separators, an apostrophe quotes until the next one, two of them
// are one, and a placeholder without an argument stays.
func Format(pattern string, args ...any) string {
	var b strings.Builder
	quoted := false
	for i := 0; i < len(pattern); i++ {
		switch ch := pattern[i]; {
		case ch == '\'' && i+1 < len(pattern) && pattern[i+1] == '\'':
			b.WriteByte('\'')
			i++
		case ch == '\'':
			quoted = !quoted
		case ch == '{' && !quoted:
			end := strings.IndexByte(pattern[i:], '}')
			n, err := placeholder(pattern, i, end)
			if err != nil || n >= len(args) {
				b.WriteByte(ch)
				continue
			}
			b.WriteString(text(args[n]))
			i += end
		default:
			b.WriteByte(ch)
		}
	}
	return b.String()
}

func placeholder(pattern string, start, end int) (int, error) {
	if end < 0 {
		return 0, strconv.ErrSyntax
	}
	n, err := strconv.ParseUint(pattern[start+1:start+end], 10, 8)
	return int(n), err
}

func text(arg any) string {
	switch v := arg.(type) {
	case nil:
		return "null"
	case string:
		return v
	case int:
		return grouped(int64(v))
	case int32:
		return grouped(int64(v))
	case int64:
		return grouped(v)
	default:
		return fmt.Sprint(v)
	}
}

// grouped writes n with a comma between groups of three digits.
func grouped(n int64) string {
	digits := strconv.FormatInt(n, 10)
	sign := ""
	if n < 0 {
		sign, digits = "-", digits[1:]
	}
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return sign + digits
}
