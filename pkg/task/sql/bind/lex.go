package bind

import "strings"

// class is what a piece of a statement is.
type class int

const (
	code    class = iota
	comment       // left alone
	text          // '...': begins and ends with one byte of quote
	name          // a quoted identifier
	opaque        // text in a form of its own: $$...$$, q'[...]'
)

// piece is a part of a statement: src[from:to].
type piece struct {
	class    class
	from, to int
	closed   bool // it has an end; what has none reaches to the end of src
}

// next reads the piece that src has at i, which is one byte of code unless
// something else begins there. word is the word just before i, without a blank
// between, in upper case.
func (d Dialect) next(src string, i int, word string) piece {
	rest := src[i:]
	if n, ok := d.comment(rest); n > 0 {
		return piece{comment, i, i + n, ok}
	}
	if n, ok := d.opaque(rest, word); n > 0 {
		return piece{opaque, i, i + n, ok}
	}
	switch c := rest[0]; {
	case c == '\'':
		n, ok := quoted(rest, '\'', d.backslash || d.escapeText && word == "E", d.doubled)
		return piece{text, i, i + n, ok}
	case c == '"' && d.doubleIsText:
		n, ok := quoted(rest, '"', d.backslash, d.doubled)
		return piece{text, i, i + n, ok}
	case c == '"':
		n, ok := quoted(rest, '"', d.backslash, true)
		return piece{name, i, i + n, ok}
	case c == '`' && d.backtick:
		// Backslashes count only where they also do outside of MySQL's family.
		n, ok := quoted(rest, '`', d.backslash && !d.doubleIsText, true)
		return piece{name, i, i + n, ok}
	case c == '[' && d.bracket && word == "":
		n, ok := quoted(rest, ']', false, true)
		return piece{name, i, i + n, ok}
	}
	return piece{code, i, i + 1, true}
}

// quoted measures something quoted, of which rest holds the opening first.
func quoted(rest string, end byte, backslash, doubled bool) (int, bool) {
	for i := 1; i < len(rest); i++ {
		switch {
		case backslash && rest[i] == '\\':
			i++
		case rest[i] != end:
		case doubled && i+1 < len(rest) && rest[i+1] == end:
			i++
		default:
			return i + 1, true
		}
	}
	return len(rest), false
}

// comment measures a comment, 0 when there is none. Placeholders stay as they
// are also in comments that MySQL runs, as in /*!50100 ... */.
func (d Dialect) comment(rest string) (int, bool) {
	switch {
	case strings.HasPrefix(rest, "--"):
		if d.blankDashes && len(rest) > 2 && rest[2] > ' ' {
			return 0, false
		}
		return line(rest), true
	case d.hash && rest[0] == '#':
		return line(rest), true
	case strings.HasPrefix(rest, "/*"):
		return d.block(rest)
	}
	return 0, false
}

func line(rest string) int {
	if i := strings.IndexByte(rest, '\n'); i >= 0 {
		return i + 1
	}
	return len(rest)
}

func (d Dialect) block(rest string) (int, bool) {
	depth := 0
	for i := 0; i+1 < len(rest); {
		switch {
		case rest[i] == '/' && rest[i+1] == '*' && (depth == 0 || d.nested):
			depth++
			i += 2
		case rest[i] == '*' && rest[i+1] == '/':
			depth--
			i += 2
			if depth == 0 {
				return i, true
			}
		default:
			i++
		}
	}
	return len(rest), false
}

// opaque measures text in a form of the dialect's own, 0 when there is none.
func (d Dialect) opaque(rest, word string) (int, bool) {
	var end string
	begin := 0
	switch {
	case d.dollar && rest[0] == '$' && word == "":
		tag := dollarTag(rest)
		begin, end = len(tag), tag
	case d.quoting && rest[0] == '\'' && (word == "Q" || word == "NQ") && len(rest) > 1:
		begin, end = 2, closing(rest[1])+"'"
	}
	if begin == 0 {
		return 0, false
	}
	if i := strings.Index(rest[begin:], end); i >= 0 {
		return begin + i + len(end), true
	}
	return len(rest), false
}

// dollarTag gives the $tag$ that rest begins with, "" when it is none.
func dollarTag(rest string) string {
	for i := 1; i < len(rest); i++ {
		switch {
		case rest[i] == '$':
			return rest[:i+1]
		case !wordByte(rest[i]) || i == 1 && isDigit(rest[i]):
			return ""
		}
	}
	return ""
}

func closing(open byte) string {
	switch open {
	case '[':
		return "]"
	case '{':
		return "}"
	case '(':
		return ")"
	case '<':
		return ">"
	}
	return string([]byte{open})
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// wordByte reports what names and keywords are made of; everything beyond
// ASCII counts.
func wordByte(c byte) bool {
	return c == '_' || isDigit(c) || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= 0x80
}
