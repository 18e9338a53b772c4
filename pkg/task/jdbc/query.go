package jdbc

import (
	"slices"
	"strings"
	"unicode"
)

// token is a piece of SQL at the outermost level: what stands in parentheses
// is one token.
type token struct {
	text   string
	quoted bool // an identifier in quotes, without them
	ident  bool
}

func (t token) is(words ...string) bool {
	return t.ident && !t.quoted && slices.ContainsFunc(words, func(w string) bool { return strings.EqualFold(w, t.text) })
}

// tokens splits a query; false when a quote, a comment or a parenthesis is not
// closed.
func tokens(sql string) (list []token, ok bool) {
	sql = strings.ToValidUTF8(sql, "?")
	for sql != "" {
		t, rest, found := next(sql)
		if !found {
			return nil, false
		}
		if t.text != "" || t.quoted {
			list = append(list, t)
		}
		sql = rest
	}
	return list, true
}

// next takes one token; an empty one stands for blanks and comments.
func next(sql string) (t token, rest string, ok bool) {
	switch c := sql[0]; {
	case strings.HasPrefix(sql, "--"), c == '#':
		_, rest, _ = strings.Cut(sql, "\n")
		return token{}, rest, true
	case strings.HasPrefix(sql, "/*"):
		_, rest, ok = strings.Cut(sql[2:], "*/")
		return token{}, rest, ok
	case c == '\'':
		end := closing(sql, '\'')
		return token{text: "''"}, sql[max(end, 0):], end > 0
	case c == '"', c == '`', c == '[':
		end := closing(sql, map[byte]byte{'"': '"', '`': '`', '[': ']'}[c])
		if end < 0 {
			return token{}, "", false
		}
		return token{text: sql[1 : end-1], quoted: true, ident: true}, sql[end:], true
	case c == '(':
		end := parenthesis(sql)
		return token{text: "()"}, sql[max(end, 0):], end > 0
	}
	return bare(sql)
}

// bare takes a blank, a word or a sign.
func bare(sql string) (token, string, bool) {
	for i, r := range sql {
		letter := r == '_' || r == '$' || unicode.IsLetter(r) || i > 0 && unicode.IsDigit(r)
		if letter {
			continue
		}
		switch {
		case i > 0:
			return token{text: sql[:i], ident: true}, sql[i:], true
		case unicode.IsSpace(r):
			return token{}, sql[len(string(r)):], true
		case unicode.IsDigit(r):
			n := strings.IndexFunc(sql, func(r rune) bool { return !unicode.IsDigit(r) && r != '.' })
			if n < 0 {
				n = len(sql)
			}
			return token{text: sql[:n]}, sql[n:], true
		}
		return token{text: string(r)}, sql[len(string(r)):], true
	}
	return token{text: sql, ident: true}, "", true
}

// closing gives the place behind the closing quote; a doubled one does not
// close, nor does one behind a backslash in a literal.
func closing(sql string, quote byte) int {
	for i := 1; i < len(sql); i++ {
		switch {
		case sql[i] == '\\' && quote == '\'':
			i++
		case sql[i] == quote && i+1 < len(sql) && sql[i+1] == quote:
			i++
		case sql[i] == quote:
			return i + 1
		}
	}
	return -1
}

// parenthesis gives the place behind the closing one.
func parenthesis(sql string) int {
	rest := sql[1:]
	for rest != "" {
		if rest[0] == ')' {
			return len(sql) - len(rest) + 1
		}
		_, after, ok := next(rest)
		if !ok {
			return -1
		}
		rest = after
	}
	return -1
}

// HasWord reports whether a query has one of the words outside of parentheses,
// quotes and comments.
func HasWord(sql string, words ...string) bool {
	list, ok := tokens(sql)
	return ok && slices.ContainsFunc(list, func(t token) bool { return t.is(words...) })
}

// Column is a column of a query's result.
type Column struct {
	Name   string
	Quoted bool // its case counts
}

// Columns reads the names of what a query selects. It is false when the query
// alone does not tell, as with a star, or tells in a way that is not understood.
func Columns(sql string) ([]Column, bool) {
	list, ok := tokens(sql)
	if !ok || len(list) == 0 || !list[0].is("select") {
		return nil, false
	}
	list = skipModifiers(list[1:])
	if end := slices.IndexFunc(list, func(t token) bool { return t.is("from", "union", "except", "intersect", "into") || t.text == ";" }); end >= 0 {
		list = list[:end]
	}
	var columns []Column
	for len(list) > 0 {
		end := slices.IndexFunc(list, func(t token) bool { return t.text == "," && !t.quoted })
		if end == len(list)-1 {
			return nil, false
		}
		item := list
		list = nil
		if end >= 0 {
			item, list = item[:end], item[end+1:]
		}
		c, ok := columnOf(item)
		if !ok {
			return nil, false
		}
		columns = append(columns, c)
	}
	return columns, len(columns) > 0
}

// skipModifiers passes over what may stand before the first column.
func skipModifiers(list []token) []token {
	for len(list) > 0 {
		switch {
		case list[0].is("distinct", "all", "sql_no_cache", "straight_join"):
			list = list[1:]
		case list[0].is("top") && len(list) > 1 && !list[1].ident && list[1].text != ",":
			list = list[2:]
		default:
			return list
		}
	}
	return list
}

// reserved are words that end an expression, or begin one, and are no names.
func reserved() []string {
	return strings.Fields(`end null true false not is and or in like between collate interval case when then else over distinct
		all binary zone exists any some div mod escape current_date current_time current_timestamp date time timestamp as`)
}

// columnOf understands name, a.name, "expression AS name" and "expression
// name" where the expression is a name, a literal, or ends with a parenthesis
// or END.
func columnOf(item []token) (Column, bool) {
	n := len(item)
	if n == 0 || !item[n-1].ident {
		return Column{}, false
	}
	last := item[n-1]
	column := Column{Name: last.text, Quoted: last.quoted}
	if n > 2 && item[n-2].is("as") {
		return column, true
	}
	if last.is(reserved()...) && n > 1 || last.is("null", "true", "false", "end", "as", "current_date", "current_time", "current_timestamp") {
		return Column{}, false
	}
	if dotted(item) {
		return column, true
	}
	if slices.ContainsFunc(item, func(t token) bool { return t.is("interval") }) {
		return Column{}, false
	}
	before := item[:n-1]
	end := before[len(before)-1]
	switch {
	case dotted(before):
		return column, !before[0].is(reserved()...)
	case end.text == "()" && !end.ident, end.is("end"):
		return column, true
	case len(before) == 1 && !end.ident:
		return column, end.text == "''" || unicode.IsDigit(rune(end.text[0]))
	}
	return Column{}, false
}

// dotted says that the tokens are a name, or several joined by dots.
func dotted(list []token) bool {
	for i, t := range list {
		if i%2 == 0 && !t.ident || i%2 == 1 && (t.text != "." || t.ident) {
			return false
		}
	}
	return len(list)%2 == 1
}
