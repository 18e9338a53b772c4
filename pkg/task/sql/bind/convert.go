package bind

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// list is the type of values that stand for several.
const list = "LIST"

// written gives a value as a literal of the dialect.
func (b *binder) written(v Value) (string, error) {
	trimmed := strings.TrimSpace(v.Text)
	switch strings.ToUpper(v.Type) {
	case "INTEGER", "LONG":
		if n, err := strconv.ParseInt(trimmed, 10, 64); err == nil {
			return strconv.FormatInt(n, 10), nil
		}
		return "", fmt.Errorf("%.100q is no whole number", v.Text)
	case "FLOAT", "DOUBLE":
		if number().MatchString(trimmed) {
			return trimmed, nil
		}
		return "", fmt.Errorf("%.100q is no number", v.Text)
	case "BOOLEAN":
		is, err := strconv.ParseBool(strings.ToLower(trimmed))
		if err != nil {
			return "", fmt.Errorf("%.100q is neither true nor false", v.Text)
		}
		return strings.ToUpper(strconv.FormatBool(is)), nil
	}
	if strings.Contains(v.Text, "\x00") {
		return "", errors.New("it holds a zero byte")
	}
	return b.literal(v.Text), nil
}

func number() *regexp.Regexp {
	return regexp.MustCompile(`^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?$`)
}

// items reads a list: a JSON array, or items with commas between them.
func items(text string) []Value {
	text = strings.TrimSpace(text)
	if strings.HasPrefix(text, "[") {
		var raw []json.RawMessage
		if json.Unmarshal([]byte(text), &raw) == nil {
			all := make([]Value, len(raw))
			for i, r := range raw {
				all[i] = element(string(r))
			}
			return all
		}
	}
	var all []Value
	for part := range strings.SplitSeq(text, ",") {
		if part = strings.TrimSpace(part); part != "" {
			all = append(all, Value{Type: "VARCHAR", Text: part})
		}
	}
	return all
}

// element gives an element of a JSON array.
func element(raw string) Value {
	var text string
	if json.Unmarshal([]byte(raw), &text) == nil && raw != "null" {
		return Value{Type: "VARCHAR", Text: text}
	}
	if raw == "true" || raw == "false" {
		return Value{Type: "BOOLEAN", Text: raw}
	}
	if _, err := strconv.ParseInt(raw, 10, 64); err == nil {
		return Value{Type: "LONG", Text: raw}
	}
	return Value{Type: "VARCHAR", Text: raw}
}

// defines reports statements that do not take bound values: all but those that
// begin with a word below.
func (d Dialect) defines(src string) bool {
	switch d.firstWord(src) {
	case "SELECT", "WITH", "INSERT", "REPLACE", "UPDATE", "DELETE", "MERGE", "UPSERT", "VALUES", "TABLE",
		"CALL", "EXEC", "EXECUTE", "BEGIN", "DECLARE", "FROM", "EXPLAIN", "IF":
		return false
	}
	return true
}

// firstWord gives the first word of code, upper case, and passes over opening
// parentheses; empty when anything else comes first.
func (d Dialect) firstWord(src string) string {
	for i := 0; i < len(src); {
		p := d.next(src, i, "")
		c := src[i]
		switch {
		case p.class == comment, p.class == code && (c <= ' ' || c == '(' || c == ';'):
			i = p.to
		case p.class == code && wordByte(c):
			end := i
			for end < len(src) && wordByte(src[end]) {
				end++
			}
			return strings.ToUpper(src[i:end])
		default:
			return ""
		}
	}
	return ""
}
