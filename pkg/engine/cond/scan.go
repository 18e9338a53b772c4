package cond

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// tokenKind classifies tokens.
type tokenKind uint8

const (
	endToken tokenKind = iota
	numberToken
	stringToken
	nameToken  // a ${name}
	wordToken  // an identifier
	punctToken // an operator or punctuation
)

// token is a piece of a condition. Positions count characters from 1.
type token struct {
	kind  tokenKind
	text  string // operator, word, or name
	num   float64
	parts []part // of a string
	pos   int
}

// part is a piece of a string literal: text, or a parameter within it.
type part struct {
	text  string
	param bool
}

// scanner cuts a condition into tokens.
type scanner struct {
	text string
	at   int // byte
	pos  int // characters before at
}

// operators, longest first among those with a common beginning.
func operators() []string {
	return []string{"===", "!==", "==", "!=", "<=", ">=", "&&", "||", "<", ">", "!", "+", "-", "*", "/", "%", "(", ")", ".", ",", ";"}
}

func scan(text string) ([]token, error) {
	if len(text) > maxText {
		return nil, &Error{Pos: maxText, Msg: "the condition is too long"}
	}
	if !utf8.ValidString(text) {
		return nil, &Error{Pos: 1, Msg: "not valid UTF-8"}
	}
	s := &scanner{text: text}
	var tokens []token
	for {
		t, err := s.next()
		if err != nil {
			return nil, err
		}
		tokens = append(tokens, t)
		if t.kind == endToken {
			return tokens, nil
		}
	}
}

// skip moves on by n bytes.
func (s *scanner) skip(n int) {
	s.pos += utf8.RuneCountInString(s.text[s.at : s.at+n])
	s.at += n
}

func (s *scanner) rest() string { return s.text[s.at:] }

func (s *scanner) next() (token, error) {
	for s.at < len(s.text) {
		r, n := utf8.DecodeRuneInString(s.rest())
		if !unicode.IsSpace(r) {
			break
		}
		s.skip(n)
	}
	t := token{pos: s.pos + 1}
	rest := s.rest()
	if rest == "" {
		return t, nil
	}
	c := rest[0]
	switch {
	case c == '"' || c == '\'':
		return s.quoted(t, c)
	case strings.HasPrefix(rest, "${"):
		return s.placeholder(t)
	case c >= '0' && c <= '9', c == '.' && len(rest) > 1 && rest[1] >= '0' && rest[1] <= '9':
		return s.number(t)
	case isWordStart(c):
		n := 1
		for n < len(rest) && (isWordStart(rest[n]) || rest[n] >= '0' && rest[n] <= '9') {
			n++
		}
		t.kind, t.text = wordToken, rest[:n]
		s.skip(n)
		return t, nil
	}
	for _, op := range operators() {
		if strings.HasPrefix(rest, op) {
			t.kind, t.text = punctToken, op
			s.skip(len(op))
			return t, nil
		}
	}
	r, _ := utf8.DecodeRuneInString(rest)
	return t, &Error{Pos: t.pos, Msg: "unexpected " + strconv.QuoteRune(r)}
}

func isWordStart(c byte) bool {
	return c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

func (s *scanner) placeholder(t token) (token, error) {
	rest := s.rest()
	end := strings.IndexByte(rest, '}')
	if end < 0 {
		return t, &Error{Pos: t.pos, Msg: "a ${ without its }"}
	}
	name := strings.TrimSpace(rest[2:end])
	if name == "" || strings.ContainsAny(name, "${\"'") {
		return t, &Error{Pos: t.pos, Msg: "a ${} without a name"}
	}
	t.kind, t.text = nameToken, name
	s.skip(end + 1)
	return t, nil
}

func (s *scanner) number(t token) (token, error) {
	rest := s.rest()
	n := 0
	for n < len(rest) && (rest[n] >= '0' && rest[n] <= '9' || rest[n] == '.') {
		n++
	}
	if n < len(rest) && (rest[n] == 'e' || rest[n] == 'E') {
		m := n + 1
		if m < len(rest) && (rest[m] == '+' || rest[m] == '-') {
			m++
		}
		for ; m < len(rest) && rest[m] >= '0' && rest[m] <= '9'; m++ {
			n = m + 1
		}
	}
	v, err := strconv.ParseFloat(rest[:n], 64)
	if err != nil || n < len(rest) && isWordStart(rest[n]) {
		return t, &Error{Pos: t.pos, Msg: "not a number"}
	}
	t.kind, t.num = numberToken, v
	s.skip(n)
	return t, nil
}

// quoted reads a string literal with the placeholders in it.
func (s *scanner) quoted(t token, quote byte) (token, error) {
	t.kind = stringToken
	s.skip(1)
	var b strings.Builder
	flush := func() {
		if b.Len() > 0 {
			t.parts = append(t.parts, part{text: b.String()})
			b.Reset()
		}
	}
	for {
		rest := s.rest()
		switch {
		case rest == "" || rest[0] == '\n':
			return t, &Error{Pos: t.pos, Msg: "a string without its closing quote"}
		case rest[0] == quote:
			flush()
			s.skip(1)
			return t, nil
		case rest[0] == '\\':
			r, n, ok := unescape(rest)
			if !ok {
				return t, &Error{Pos: s.pos + 1, Msg: "unknown escape in a string"}
			}
			b.WriteString(r)
			s.skip(n)
		case strings.HasPrefix(rest, "${"):
			flush()
			inner, err := s.placeholder(token{pos: s.pos + 1})
			if err != nil {
				return t, err
			}
			t.parts = append(t.parts, part{text: inner.text, param: true})
		default:
			_, n := utf8.DecodeRuneInString(rest)
			b.WriteString(rest[:n])
			s.skip(n)
		}
	}
}

// unescape reads an escape sequence at the start of text.
func unescape(text string) (out string, size int, ok bool) {
	if len(text) < 2 {
		return "", 0, false
	}
	switch text[1] {
	case 'n':
		return "\n", 2, true
	case 't':
		return "\t", 2, true
	case 'r':
		return "\r", 2, true
	case '\\', '\'', '"', '/', '$':
		return text[1:2], 2, true
	case 'u':
		if len(text) < 6 {
			return "", 0, false
		}
		v, err := strconv.ParseUint(text[2:6], 16, 16)
		if err != nil || v >= 0xd800 && v < 0xe000 {
			return "", 0, false
		}
		return string(rune(v)), 6, true
	}
	return "", 0, false
}
