// Package wording says in another language what the program says in English.
//
// Use cases and the packages below them know one language: their errors have a
// stable reason and an English message. A catalogue has the templates of those
// messages, by reason, with what they are in its language; the parts of a
// message that differ are found by the template and put into the translation.
// What a catalogue does not know stays English.
package wording

import (
	"embed"
	"encoding/json"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"
)

//go:embed zh.json
var files embed.FS

// phrases is the section of a catalogue with texts that have no reason of their
// own: parts of messages, and what the framework says.
const phrases = ""

// Catalogue has the texts of a language.
type Catalogue struct {
	sections map[string]section
	all      section // those that cannot be taken for another
}

// telling is how much fixed text a template needs to be known without a reason.
const telling = 6

// section is the templates of a reason, the most telling first.
type section []template

// Chinese reads the catalogue of Chinese. What is wrong with it names the
// template.
func Chinese() (*Catalogue, error) { return read("zh.json") }

func read(name string) (*Catalogue, error) {
	text, err := files.ReadFile(name)
	if err != nil {
		return nil, err
	}
	var given map[string]map[string]string
	if err := json.Unmarshal(text, &given); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	c := &Catalogue{sections: map[string]section{}}
	for _, reason := range slices.Sorted(maps.Keys(given)) {
		s, err := newSection(given[reason])
		if err != nil {
			return nil, fmt.Errorf("%s: %q: %w", name, reason, err)
		}
		c.sections[reason] = s
		for _, t := range s {
			if t.fixed >= telling {
				c.all = append(c.all, t)
			}
		}
	}
	c.all.sort()
	return c, nil
}

// Message says the message of an error with a reason. What stands before it,
// as in "task b: ...", and what caused it, as in "...: connection refused", is
// said by itself.
func (c *Catalogue) Message(reason, english string) string {
	ours := c.sections[reason]
	if said, ok := ours.say(c, english); ok {
		return said
	}
	for at := range joints(english) {
		if said, ok := ours.say(c, english[:at]); ok {
			return said + "：" + c.Message(phrases, english[at+len(joint):])
		}
		if said, ok := ours.say(c, english[at+len(joint):]); ok {
			return c.Text(english[:at]) + "：" + said
		}
	}
	return c.Text(english)
}

// joint is between a message and its cause.
const joint = ": "

// joints gives where the joints of a message are.
func joints(english string) iter.Seq[int] {
	return func(yield func(int) bool) {
		for from := 0; ; {
			at := strings.Index(english[from:], joint)
			if at < 0 || !yield(from+at) {
				return
			}
			from += at + len(joint)
		}
	}
}

// Text says a text without a reason, as far as its parts are known.
func (c *Catalogue) Text(english string) string {
	if said, ok := c.sections[phrases].say(c, english); ok {
		return said
	}
	return english
}

// Problem says what is wrong with a part of a document: the message of an error
// whose reason is not told.
func (c *Catalogue) Problem(english string) string {
	if said, ok := c.all.say(c, english); ok {
		return said
	}
	if _, what, ok := strings.Cut(english, " "); ok && c.Text(what) != what {
		return c.Message(ofParameters, english)
	}
	return english
}

// ofParameters is the reason of messages that begin with a parameter's name.
const ofParameters = "task.params.invalid"
