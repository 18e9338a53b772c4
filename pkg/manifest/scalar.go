package manifest

import (
	"fmt"
	"slices"
	"strings"
)

// A text stands plain where every reader of YAML, of any version, takes it for
// that text; else in double quotes, or as a block if it has lines. The rules are
// those of docs/workflows.md; the console has them too, and shares the tests in
// testdata/canonical.

// words mean something else than a text, in any case of letters.
var words = []string{"null", "true", "false", "yes", "no", "on", "off"}

// scalarText writes a text in one line.
func scalarText(s string) string {
	if isPlain(s) {
		return s
	}
	return quoted(s)
}

func isPlain(s string) bool {
	if s == "" || strings.HasSuffix(s, " ") || strings.HasSuffix(s, ":") || strings.Contains(s, ": ") || strings.Contains(s, " #") || strings.HasSuffix(s, "<<") {
		return false
	}
	if slices.Contains(words, strings.ToLower(s)) || isNumeric(s) {
		return false
	}
	if c := []rune(s)[0]; !strings.HasPrefix(s, "./") && !strings.HasPrefix(s, "../") && !isLetter(c) && !isDigit(c) && !strings.ContainsRune("_/$(", c) && !isWide(c) {
		return false
	}
	return !strings.ContainsFunc(s, func(c rune) bool { return !isSeen(c) })
}

// isNumeric reports whether a text could be read as a number or a date.
func isNumeric(s string) bool {
	if !isDigit(rune(s[0])) {
		return false
	}
	if len(s) > 5 && s[4] == '-' && isDigit(rune(s[1])) && isDigit(rune(s[2])) && isDigit(rune(s[3])) && isDigit(rune(s[5])) {
		return true
	}
	return strings.Trim(s, "0123456789abcdefABCDEFxXoO_.,:+-") == ""
}

func isLetter(c rune) bool { return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' }
func isDigit(c rune) bool  { return c >= '0' && c <= '9' }

// isSeen reports whether a character is what it looks like.
func isSeen(c rune) bool { return c >= ' ' && c <= '~' || isWide(c) }

// isWide is isSeen beyond ASCII: without spaces and marks that are not seen.
func isWide(c rune) bool { return c > 0xA0 && !isHidden(c) }

func isHidden(c rune) bool {
	switch {
	case c >= 0x2000 && c <= 0x200F, c >= 0x2028 && c <= 0x202F, c >= 0x205F && c <= 0x206F, c >= 0xD800 && c <= 0xDFFF:
		return true
	}
	return slices.Contains([]rune{0xAD, 0x1680, 0x180E, 0x3000, 0xFEFF, 0xFFFE, 0xFFFF}, c)
}

func quoted(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, c := range s {
		switch {
		case c == '"' || c == '\\':
			b.WriteRune('\\')
			b.WriteRune(c)
		case c == '\n':
			b.WriteString(`\n`)
		case c == '\t':
			b.WriteString(`\t`)
		case c == '\r':
			b.WriteString(`\r`)
		case isSeen(c):
			b.WriteRune(c)
		default:
			fmt.Fprintf(&b, `\u%04X`, c)
		}
	}
	b.WriteByte('"')
	return b.String()
}

// isBlock reports whether a text has lines and can be written as they are.
func isBlock(s string) bool {
	body := strings.TrimSuffix(s, "\n")
	if !strings.Contains(s, "\n") || strings.HasSuffix(body, "\n") || strings.HasPrefix(s, " ") || strings.HasPrefix(s, "\t") || strings.HasPrefix(s, "\n") || strings.HasSuffix(body, " ") || strings.HasSuffix(body, "\t") {
		return false
	}
	for line := range strings.SplitSeq(body, "\n") {
		if line != "" && strings.Trim(line, " \t") == "" {
			return false
		}
	}
	return !strings.ContainsFunc(body, func(c rune) bool { return c != '\n' && c != '\t' && !isSeen(c) })
}

// block writes a text as a literal block, of which every line is indented.
func block(s string, indent int) string {
	body, ended := strings.CutSuffix(s, "\n")
	var b strings.Builder
	b.WriteByte('|')
	if !ended {
		b.WriteByte('-')
	}
	for line := range strings.SplitSeq(body, "\n") {
		b.WriteByte('\n')
		if line != "" {
			b.WriteString(strings.Repeat(" ", indent) + line)
		}
	}
	return b.String()
}
