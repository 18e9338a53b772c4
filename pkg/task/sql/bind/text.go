package bind

import (
	"fmt"
	"strings"
)

// text handles a text literal: one with names in it becomes a bound value as a
// whole.
func (b *binder) text(p piece) error {
	prefix, typed := b.before.here, b.before.typed()
	b.before.token()
	marks := b.marks(p.from, p.to)
	named := false
	for _, m := range marks {
		named = named || !m.date
	}
	switch {
	case !named:
		b.out = append(b.out, b.replaced(p.from, p.to, marks)...)
		return nil
	case !p.closed:
		return fmt.Errorf("the quotes around %s are never closed", b.src[marks[0].from:marks[0].to])
	case typed, prefix != "" && prefix != "N" && !(prefix == "E" && b.escapeText):
		return b.inside(p, marks)
	}
	b.out = b.out[:len(b.out)-len(prefix)]
	if m := marks[0]; len(marks) == 1 && m.from == p.from+1 && m.to == p.to-1 {
		return b.bind(m.name, m.value)
	}
	return b.one(names(marks), Value{Type: "VARCHAR", Text: b.unquoted(p, marks, b.backslash || prefix == "E")})
}

// names tells for a message which placeholders a text has.
func names(marks []mark) string {
	for _, m := range marks {
		if !m.date {
			return m.name
		}
	}
	return ""
}

// unquoted gives what a literal means, with the values in it.
func (b *binder) unquoted(p piece, marks []mark, backslash bool) string {
	var out strings.Builder
	quote := b.src[p.from]
	at := p.from + 1
	for _, m := range marks {
		out.WriteString(b.unescape(b.src[at:m.from], quote, backslash))
		out.WriteString(m.text)
		at = m.to
	}
	out.WriteString(b.unescape(b.src[at:p.to-1], quote, backslash))
	return out.String()
}

// unescape undoes a literal's escapes.
func (b *binder) unescape(raw string, quote byte, backslash bool) string {
	var out strings.Builder
	for i := 0; i < len(raw); i++ {
		switch c := raw[i]; {
		case backslash && c == '\\' && i+1 < len(raw):
			i++
			out.WriteString(b.unescaped(raw[i]))
		case c == quote && b.doubled && i+1 < len(raw) && raw[i+1] == quote:
			i++
			out.WriteByte(c)
		default:
			out.WriteByte(c)
		}
	}
	return out.String()
}

// unescaped gives what a backslash and c stand for. In patterns \% and \_ keep
// their backslash, as the databases have it.
func (b *binder) unescaped(c byte) string {
	switch c {
	case 'n':
		return "\n"
	case 't':
		return "\t"
	case 'r':
		return "\r"
	case 'b':
		return "\b"
	case '0':
		return "\x00"
	case 'Z':
		if b.blankDashes {
			return "\x1a"
		}
	case '%', '_':
		if !b.escapeText {
			return `\` + string(rune(c))
		}
	}
	return string([]byte{c})
}

// inside writes values into a literal that has to stay one, like DATE '...'.
// Values that could end it are refused.
func (b *binder) inside(p piece, marks []mark) error {
	for _, m := range marks {
		if strings.ContainsAny(m.text, "'\"\\\x00") {
			return fmt.Errorf("%s stands in a literal with a type, where its value may hold no quotes or backslashes", b.src[m.from:m.to])
		}
	}
	b.out = append(b.out, b.replaced(p.from, p.to, marks)...)
	return nil
}
