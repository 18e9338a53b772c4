// Package mask hides secret values in logs.
package mask

import (
	"bytes"
	"cmp"
	"io"
	"slices"
	"strings"
	"sync"
)

// instead stands in the place of a secret.
const instead = "******"

// shortest is the length below which a value is not hidden: it would be found
// in too many words, and what is missing from those would tell it.
const shortest = 4

// Secrets are values to hide.
type Secrets struct {
	values [][]byte // the longest first
	first  [256]bool
}

// New makes a set of values; very short ones are left out.
func New(values ...string) *Secrets {
	s := &Secrets{}
	for _, v := range values {
		if len(v) >= shortest {
			s.values = append(s.values, []byte(v))
			s.first[v[0]] = true
		}
	}
	slices.SortFunc(s.values, func(a, b []byte) int { return cmp.Compare(len(b), len(a)) })
	return s
}

// Text hides the values in a text that is complete.
func (s *Secrets) Text(text string) string {
	if len(s.values) == 0 {
		return text
	}
	var out strings.Builder
	hidden, _ := s.hide([]byte(text), true)
	out.Write(hidden)
	return out.String()
}

// hide gives p with the values hidden. Unless p is the last of its text, what
// may be the beginning of a value is left over.
func (s *Secrets) hide(p []byte, last bool) (out, rest []byte) {
	for i := 0; i < len(p); {
		if !s.first[p[i]] {
			out = append(out, p[i])
			i++
			continue
		}
		n, begins := s.at(p[i:])
		switch {
		case begins && !last:
			return out, p[i:]
		case n > 0:
			out = append(out, instead...)
			i += n
		default:
			out = append(out, p[i])
			i++
		}
	}
	return out, nil
}

// at gives the length of the longest value that p begins with, and whether all
// of p may be the beginning of a longer one.
func (s *Secrets) at(p []byte) (n int, begins bool) {
	for _, v := range s.values {
		switch {
		case len(v) > len(p):
			begins = begins || bytes.HasPrefix(v, p)
		case bytes.HasPrefix(p, v):
			return len(v), begins
		}
	}
	return 0, begins
}

// Writer hides values in what passes through, also those that come in pieces.
// It may be used by several goroutines.
type Writer struct {
	secrets *Secrets
	w       io.Writer

	mu   sync.Mutex
	held []byte
}

// Writer makes a writer before w. Flush ends it.
func (s *Secrets) Writer(w io.Writer) *Writer { return &Writer{secrets: s, w: w} }

// Write holds back what may be the beginning of a value.
func (m *Writer) Write(p []byte) (int, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	out, rest := m.secrets.hide(append(m.held, p...), false)
	m.held = bytes.Clone(rest)
	if len(out) > 0 {
		if _, err := m.w.Write(out); err != nil {
			return 0, err
		}
	}
	return len(p), nil
}

// Flush writes what is held back.
func (m *Writer) Flush() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	out, _ := m.secrets.hide(m.held, true)
	m.held = nil
	if len(out) == 0 {
		return nil
	}
	_, err := m.w.Write(out)
	return err
}
