package param

import (
	"errors"
	"strings"
	"time"
)

// errTooLong says that an expansion would exceed its limit.
var errTooLong = errors.New("expanded text is too long")

// lookupFunc gives the value of a name.
type lookupFunc func(name string) (string, bool)

// Expand replaces each ${name} in text by its value and each $[...] by the
// time expression evaluated on base, in one pass: what a value contains is not
// looked at again. Unknown names and malformed expressions stay as written,
// and so do all expressions when base is the zero time.
func Expand(text string, values map[string]string, base time.Time) string {
	if strings.IndexByte(text, '$') < 0 {
		return text
	}
	out, err := expand(text, func(name string) (string, bool) {
		v, ok := values[name]
		return v, ok
	}, base, 0)
	if err != nil {
		return text
	}
	return out
}

// expand is Expand with any source of values; limit bounds the length of the
// result, 0 does not.
func expand(text string, lookup lookupFunc, base time.Time, limit int) (string, error) {
	var b strings.Builder
	for {
		i := strings.IndexByte(text, '$')
		if i < 0 {
			b.WriteString(text)
			break
		}
		b.WriteString(text[:i])
		value, size := placeholder(text[i:], lookup, base)
		b.WriteString(value)
		text = text[i+size:]
		if limit > 0 && b.Len() > limit {
			return "", errTooLong
		}
	}
	if limit > 0 && b.Len() > limit {
		return "", errTooLong
	}
	return b.String(), nil
}

// placeholder reads the one that text, which starts with $, begins with. It
// gives its value and how much of text that stands for; a lone $ stands for
// itself.
func placeholder(text string, lookup lookupFunc, base time.Time) (value string, size int) {
	switch {
	case strings.HasPrefix(text, "${"):
		return namedPlaceholder(text, lookup)
	case strings.HasPrefix(text, "$["):
		return timePlaceholder(text, lookup, base)
	}
	return text[:1], 1
}

// maxPlaceholder bounds what is looked at as one placeholder: a script with
// many openings and no end must not be read again and again.
const maxPlaceholder = 512

// namedPlaceholder reads ${name}. Of ${a${b}} only the inner one counts.
func namedPlaceholder(text string, lookup lookupFunc) (string, int) {
	end := strings.IndexByte(text[:min(len(text), maxPlaceholder)], '}')
	if end < 0 || strings.Contains(text[2:end], "${") {
		return text[:2], 2
	}
	if v, ok := lookup(text[2:end]); ok {
		return v, end + 1
	}
	// Only the opening is passed over: a time expression may follow inside.
	return text[:2], 2
}

// timePlaceholder reads $[expression], which may itself hold ${name}.
func timePlaceholder(text string, lookup lookupFunc, base time.Time) (string, int) {
	end := strings.IndexByte(text[:min(len(text), maxPlaceholder)], ']')
	if end < 0 {
		return text[:2], 2
	}
	expr := text[2:end]
	if strings.Contains(expr, "${") {
		expr = expandNames(expr, lookup)
	}
	if v, ok := evalTime(expr, base); ok {
		return v, end + 1
	}
	return text[:2], 2
}

// expandNames replaces ${name} only.
func expandNames(text string, lookup lookupFunc) string {
	var b strings.Builder
	for {
		i := strings.Index(text, "${")
		if i < 0 {
			b.WriteString(text)
			return b.String()
		}
		b.WriteString(text[:i])
		value, size := namedPlaceholder(text[i:], lookup)
		b.WriteString(value)
		text = text[i+size:]
	}
}
