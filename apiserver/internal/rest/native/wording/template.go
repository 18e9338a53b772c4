package wording

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// verb finds what a format of package fmt is filled with.
var verb = regexp.MustCompile(`%(?:\.\d+)?([sdqvT])|%%`)

// place finds where a translation is filled.
var place = regexp.MustCompile(`\{(\d)\}`)

// maxMessage bounds the messages that are looked at, in bytes: what is longer
// holds what somebody sent.
const maxMessage = 4096

// template is an English text with gaps and what it is in another language,
// where {1} is what stands in the first gap.
type template struct {
	english string
	pattern *regexp.Regexp
	fixed   int // characters that are no gap
	said    string
	quoted  []bool // the gap is the text of a Go string
}

// patterns of what fills the gaps.
var fillings = map[string]string{"d": `-?\d+`, "q": `"(?:[^"\\]|\\.)*"`}

func newTemplate(english, said string) (template, error) {
	t := template{english: english, said: said}
	var pattern strings.Builder
	pattern.WriteString(`(?s)^`)
	at := 0
	literal := func(text string) {
		pattern.WriteString(regexp.QuoteMeta(text))
		t.fixed += len(text)
	}
	for _, m := range verb.FindAllStringSubmatchIndex(english, -1) {
		literal(english[at:m[0]])
		if at = m[1]; m[2] < 0 {
			literal("%")
			continue
		}
		kind := english[m[2]:m[3]]
		pattern.WriteString("(" + cmp.Or(fillings[kind], `.*?`) + ")")
		t.quoted = append(t.quoted, kind == "q")
	}
	literal(english[at:])
	pattern.WriteString(`$`)
	t.pattern = regexp.MustCompile(pattern.String())
	return t, t.check()
}

// check refuses a translation that is empty, or filled with what there is not.
func (t template) check() error {
	if strings.TrimSpace(t.said) == "" {
		return fmt.Errorf("%q has no translation", t.english)
	}
	for _, m := range place.FindAllStringSubmatch(t.said, -1) {
		if n, _ := strconv.Atoi(m[1]); n < 1 || n > len(t.quoted) { // one digit is a number
			return fmt.Errorf("%q has no %s", t.english, m[0])
		}
	}
	return nil
}

// newSection puts the templates that say most first, so that a general one does
// not hide another.
func newSection(texts map[string]string) (section, error) {
	var s section
	for english, said := range texts {
		t, err := newTemplate(english, said)
		if err != nil {
			return nil, err
		}
		s = append(s, t)
	}
	s.sort()
	return s, nil
}

func (s section) sort() {
	slices.SortStableFunc(s, func(a, b template) int {
		return cmp.Or(cmp.Compare(b.fixed, a.fixed), strings.Compare(a.english, b.english))
	})
}

// say says a text that one of the templates fits. What fills its gaps may be a
// text that is known, too.
func (s section) say(c *Catalogue, english string) (string, bool) {
	if len(english) > maxMessage {
		return "", false
	}
	for _, t := range s {
		filled := t.pattern.FindStringSubmatch(english)
		if filled == nil {
			continue
		}
		return place.ReplaceAllStringFunc(t.said, func(p string) string {
			n := int(p[1] - '0')
			if t.quoted[n-1] || !strings.Contains(filled[n], " ") {
				return filled[n]
			}
			return c.Problem(filled[n])
		}), true
	}
	return "", false
}
