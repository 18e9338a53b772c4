package datasource

import (
	"iter"
	"strings"
)

// bareWords gives the words of a statement that are neither quoted nor part of
// a comment, the way SQLite reads them.
func bareWords(query string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for i := 0; i < len(query); {
			if n := skipped(query[i:]); n > 0 {
				i += n
				continue
			}
			n := wordLength(query[i:])
			if n == 0 {
				i++
				continue
			}
			if !yield(query[i : i+n]) {
				return
			}
			i += n
		}
	}
}

// skipped gives the length of the quoted text or comment at the start of s.
func skipped(s string) int {
	switch {
	case strings.HasPrefix(s, "--"):
		return until(s, 2, "\n")
	case strings.HasPrefix(s, "/*"):
		return until(s, 2, "*/")
	case s[0] == '\'', s[0] == '"', s[0] == '`':
		// A doubled mark ends one text and begins the next.
		return until(s, 1, s[:1])
	case s[0] == '[':
		return until(s, 1, "]")
	}
	return 0
}

// until gives the length of s up to and with the first end at or after from.
func until(s string, from int, end string) int {
	if i := strings.Index(s[from:], end); i >= 0 {
		return from + i + len(end)
	}
	return len(s)
}

func wordLength(s string) int {
	for i := range len(s) {
		if c := s[i]; !isWord(rune(c)) && c != '$' && c < 0x80 {
			return i
		}
	}
	return len(s)
}
