package cond

import (
	"errors"
	"math"
	"strconv"
	"strings"
	"unicode/utf16"
)

// Values are JavaScript's: string, float64, bool, nil for null, and undefined.
type undefinedValue struct{}

// function is what an operator or a method is rewritten to.
type function struct {
	name      string
	call      func(...any) (any, error)
	signature any
}

var errTooLong = errors.New("a string grows too long")

func functions() []function {
	one := func(f func(any) any) (func(...any) (any, error), any) {
		return func(a ...any) (any, error) { return f(a[0]), nil }, new(func(any) any)
	}
	two := func(f func(a, b any) any) (func(...any) (any, error), any) {
		return func(a ...any) (any, error) { return f(a[0], a[1]), nil }, new(func(any, any) any)
	}
	var out []function
	add := func(name string, call func(...any) (any, error), signature any) {
		out = append(out, function{name, call, signature})
	}
	addOne := func(name string, f func(any) any) { c, s := one(f); add(name, c, s) }
	addTwo := func(name string, f func(a, b any) any) { c, s := two(f); add(name, c, s) }

	add("truthy", func(a ...any) (any, error) { return truthy(a[0]), nil }, new(func(any) bool))
	addOne("literal", literal)
	addOne("invert", func(v any) any { return !truthy(v) })
	addOne("negate", func(v any) any { return -number(v) })
	addOne("number", func(v any) any { return number(v) })
	addOne("length", length)

	addTwo("either", func(a, b any) any { return choose(truthy(a), a, b) })
	addTwo("both", func(a, b any) any { return choose(truthy(a), b, a) })
	addTwo("same", func(a, b any) any { return a == b })
	addTwo("differs", func(a, b any) any { return a != b })
	addTwo("equal", func(a, b any) any { return equal(a, b) })
	addTwo("unequal", func(a, b any) any { return !equal(a, b) })
	addTwo("less", func(a, b any) any { return compare(a, b, func(c int) bool { return c < 0 }) })
	addTwo("atMost", func(a, b any) any { return compare(a, b, func(c int) bool { return c <= 0 }) })
	addTwo("more", func(a, b any) any { return compare(a, b, func(c int) bool { return c > 0 }) })
	addTwo("atLeast", func(a, b any) any { return compare(a, b, func(c int) bool { return c >= 0 }) })
	addTwo("subtract", func(a, b any) any { return number(a) - number(b) })
	addTwo("multiply", func(a, b any) any { return number(a) * number(b) })
	addTwo("divide", func(a, b any) any { return number(a) / number(b) })
	addTwo("remainder", func(a, b any) any { return math.Mod(number(a), number(b)) })
	addTwo("indexOf", func(a, b any) any { return indexOf(text(a), text(b)) })
	addTwo("includes", func(a, b any) any { return strings.Contains(text(a), text(b)) })
	addTwo("begins", func(a, b any) any { return strings.HasPrefix(text(a), text(b)) })
	addTwo("ends", func(a, b any) any { return strings.HasSuffix(text(a), text(b)) })
	addTwo("equals", func(a, b any) any { return text(a) == text(b) })

	add("add", func(a ...any) (any, error) { return plus(a[0], a[1]) }, new(func(any, any) any))
	add("concat", func(a ...any) (any, error) { return concat(text(a[0]), text(a[1])) }, new(func(any, any) any))
	return out
}

func choose(yes bool, a, b any) any {
	if yes {
		return a
	}
	return b
}

// literal reads a parameter's text as JavaScript would read it in the
// condition: a number, true, false, null, undefined or a quoted string; any
// other text is a string.
func literal(v any) any {
	s, ok := v.(string)
	if !ok {
		return v
	}
	word := strings.TrimSpace(s)
	switch word {
	case "true":
		return true
	case "false":
		return false
	case "null":
		return nil
	case "undefined":
		return undefinedValue{}
	}
	if f, ok := decimal(word); ok {
		return f
	}
	if n := len(word); n >= 2 && (word[0] == '"' || word[0] == '\'') && word[n-1] == word[0] &&
		!strings.ContainsAny(word[1:n-1], word[:1]+`\`) {
		return word[1 : n-1]
	}
	return s
}

// decimal reads a decimal number; Go's other spellings are not numbers here.
func decimal(s string) (float64, bool) {
	if s == "" || strings.ContainsFunc(s, func(r rune) bool {
		return (r < '0' || r > '9') && !strings.ContainsRune("+-.eE", r)
	}) {
		return 0, false
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil && !errors.Is(err, strconv.ErrRange) {
		return 0, false
	}
	return f, true
}

func truthy(v any) bool {
	switch v := v.(type) {
	case bool:
		return v
	case string:
		return v != ""
	case float64:
		return v != 0 && !math.IsNaN(v)
	}
	return false
}

// number converts as JavaScript's Number does.
func number(v any) float64 {
	switch v := v.(type) {
	case float64:
		return v
	case bool:
		if v {
			return 1
		}
		return 0
	case nil:
		return 0
	case string:
		s := strings.TrimSpace(v)
		if s == "" {
			return 0
		}
		if f, ok := decimal(s); ok {
			return f
		}
	}
	return math.NaN()
}

// text converts as JavaScript's String does, near enough: numbers are never
// written with an exponent below 1e21.
func text(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case bool:
		return strconv.FormatBool(v)
	case nil:
		return "null"
	case float64:
		switch {
		case math.IsNaN(v):
			return "NaN"
		case math.IsInf(v, 1):
			return "Infinity"
		case math.IsInf(v, -1):
			return "-Infinity"
		case v == 0:
			return "0"
		case math.Abs(v) < 1e21 && math.Abs(v) >= 1e-6:
			return strconv.FormatFloat(v, 'f', -1, 64)
		}
		return strconv.FormatFloat(v, 'e', -1, 64)
	}
	return "undefined"
}

// equal is the loose comparison.
func equal(a, b any) bool {
	if nothing(a) || nothing(b) {
		return nothing(a) && nothing(b)
	}
	as, aIsText := a.(string)
	bs, bIsText := b.(string)
	if aIsText && bIsText {
		return as == bs
	}
	return number(a) == number(b)
}

func nothing(v any) bool { return v == nil || v == undefinedValue{} }

// compare orders two strings by their letters, all else as numbers; NaN is
// neither below nor above anything.
func compare(a, b any, want func(int) bool) bool {
	as, aIsText := a.(string)
	bs, bIsText := b.(string)
	if aIsText && bIsText {
		return want(strings.Compare(as, bs))
	}
	x, y := number(a), number(b)
	switch {
	case x < y:
		return want(-1)
	case x > y:
		return want(1)
	case x == y:
		return want(0)
	}
	return false
}

// length counts UTF-16 units; only strings have one.
func length(v any) any {
	s, ok := v.(string)
	if !ok {
		if _, isNumber := v.(float64); !isNumber {
			return undefinedValue{}
		}
		// A parameter that happens to read as a number is still a text to
		// whoever asks for its length.
		s = text(v)
	}
	return float64(units(s))
}

func units(s string) int {
	n := 0
	for _, r := range s {
		n += max(1, utf16.RuneLen(r))
	}
	return n
}

func indexOf(s, part string) any {
	i := strings.Index(s, part)
	if i < 0 {
		return float64(-1)
	}
	return float64(units(s[:i]))
}

func plus(a, b any) (any, error) {
	_, aIsText := a.(string)
	_, bIsText := b.(string)
	if aIsText || bIsText {
		return concat(text(a), text(b))
	}
	return number(a) + number(b), nil
}

func concat(a, b string) (any, error) {
	if len(a)+len(b) > maxString {
		return nil, errTooLong
	}
	return a + b, nil
}
