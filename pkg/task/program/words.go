package program

import (
	"errors"
	"strings"
)

// Words splits a text as a POSIX shell splits words: at blanks and line ends,
// with single quotes, double quotes and backslashes honoured. Nothing is
// expanded and no character means anything else: $, *, ; and > are just that.
func Words(text string) ([]string, error) {
	s := splitter{rest: strings.ReplaceAll(text, "\r\n", "\n")}
	for s.rest != "" {
		c := s.take()
		switch c {
		case ' ', '\t', '\n':
			s.end()
		case '\'':
			end := strings.IndexByte(s.rest, '\'')
			if end < 0 {
				return nil, errors.New("has a single quote that is not closed")
			}
			s.add(s.rest[:end])
			s.rest = s.rest[end+1:]
		case '"':
			if !s.doubleQuoted() {
				return nil, errors.New("has a double quote that is not closed")
			}
		case '\\':
			if s.rest == "" {
				return nil, errors.New("ends with a backslash")
			}
			s.escaped()
		default:
			s.add(string([]byte{c}))
		}
	}
	s.end()
	return s.words, nil
}

// splitter holds what is left and what was found.
type splitter struct {
	rest  string
	words []string
	word  strings.Builder
	open  bool // a word has begun; it may be empty
}

func (s *splitter) take() byte {
	c := s.rest[0]
	s.rest = s.rest[1:]
	return c
}

func (s *splitter) add(text string) {
	s.word.WriteString(text)
	s.open = true
}

func (s *splitter) end() {
	if s.open {
		s.words = append(s.words, s.word.String())
	}
	s.word.Reset()
	s.open = false
}

// escaped takes the character after a backslash; a line end is left out.
func (s *splitter) escaped() {
	if c := s.take(); c != '\n' {
		s.add(string([]byte{c}))
	}
}

// doubleQuoted takes up to the closing quote.
func (s *splitter) doubleQuoted() bool {
	s.open = true
	for s.rest != "" {
		c := s.take()
		switch {
		case c == '"':
			return true
		case c == '\\' && s.rest != "" && strings.IndexByte("$`\"\\\n", s.rest[0]) >= 0:
			s.escaped()
		default:
			s.word.WriteByte(c)
		}
	}
	return false
}
