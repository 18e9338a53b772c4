package manifest

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// sourceKey is where the core keeps the text that a version was made of.
const sourceKey = "source"

// source is such a text. It counts while the version is written like Of.
type source struct {
	Text string `json:"text"`
	Of   string `json:"of"` // digest of the version's canonical form
}

func digest(canonical []byte) string {
	sum := sha256.Sum256(canonical)
	return hex.EncodeToString(sum[:])
}

// KeepSource notes in a version the text it is made of: who opens or exports it
// finds his own words again. Canonical is how the version is written otherwise.
func KeepSource(s *workflow.Spec, text string, canonical []byte) {
	layout := maps.Clone(s.Layout)
	delete(layout, sourceKey)
	if text != "" {
		raw, _ := json.Marshal(source{Text: text, Of: digest(canonical)}) // texts always encode
		if layout == nil {
			layout = map[string]json.RawMessage{}
		}
		layout[sourceKey] = raw
	}
	s.Layout = layout
}

// SourceOf gives the text that a version was made of; false when there is none,
// or when the version has changed since, like the name of a workflow that it
// runs.
func SourceOf(s *workflow.Spec, canonical []byte) (string, bool) {
	raw, ok := s.Layout[sourceKey]
	if !ok {
		return "", false
	}
	var kept source
	if json.Unmarshal(raw, &kept) != nil || kept.Of != digest(canonical) {
		return "", false
	}
	return kept.Text, true
}

// around is what stands beside a version: fields of a document that belong to
// the workflow itself.
var around = []string{"folder", "labels", "online", "schedules"}

// Update writes into the text of a document what belongs to the workflow itself,
// and its layout: as the text has it when that says the same, else anew. What
// the text leaves out is added when all is wanted. Everything else stays as it
// is, remarks too. False: the text is too odd for that.
func Update(text string, d Document, all bool, same func(a, b Schedule) bool) (string, bool) {
	s, ok := sectionsOf(text)
	if !ok {
		return "", false
	}
	for _, key := range around {
		if err := s.update(key, d, all, same); err != nil {
			return "", false
		}
	}
	if i := s.find("layout"); i < 0 && len(d.Layout) > 0 {
		if err := s.add("layout", Document{Layout: d.Layout}); err != nil {
			return "", false
		}
	}
	out := s.String()
	if _, problem := Parse([]byte(out)); problem != nil {
		return "", false
	}
	return out, true
}

// section is a field of a document, with the remarks above it.
type section struct {
	key   string
	lead  string // empty lines and remarks
	lines string
}

type sections []section

// sectionsOf cuts a text into the fields of its document; false when it is not
// written in lines.
func sectionsOf(text string) (sections, bool) {
	if text != "" && !strings.HasSuffix(text, "\n") {
		text += "\n"
	}
	var s sections
	begun, lead, at := 0, 0, 0 // of the last field, of the remarks above this line, of this line
	for line := range strings.Lines(text) {
		end := at + len(line)
		switch c := line[0]; {
		case c == '#' || strings.TrimSpace(line) == "": // belongs to what comes next
		case c == ' ' || c == '\t' || c == '-' && !strings.HasPrefix(line, "---"):
			if len(s) == 0 {
				return nil, false
			}
			s[len(s)-1].lines, lead = text[begun:end], end
		default:
			key, _, ok := strings.Cut(line, ":")
			key = strings.Trim(strings.TrimSpace(key), `"'`)
			if !ok || !isPlain(key) || strings.ContainsAny(key, "{}[]") || s.find(key) >= 0 {
				return nil, false
			}
			s = append(s, section{key: key, lead: text[lead:at], lines: line})
			begun, lead = at, end
		}
		at = end
	}
	if len(s) == 0 {
		return nil, false
	}
	return append(s, section{lead: text[lead:]}), true // remarks at the end
}

func (s sections) find(key string) int {
	return slices.IndexFunc(s, func(x section) bool { return x.key == key })
}

func (s sections) String() string {
	var b strings.Builder
	for _, x := range s {
		b.WriteString(x.lead + x.lines)
	}
	return b.String()
}

// update makes one field say what d does.
func (s *sections) update(key string, d Document, all bool, same func(a, b Schedule) bool) error {
	want, missing := only(key, d)
	i := s.find(key)
	switch {
	case i < 0 && (missing || !all):
		return nil
	case i < 0:
		return s.add(key, want)
	}
	said, problem := Parse([]byte((*s)[i].lines))
	if problem != nil {
		return problem
	}
	if alike(key, said, d, same) {
		return nil
	}
	if missing {
		*s = slices.Delete(*s, i, i+1)
		return nil
	}
	text, err := fieldText(key, want)
	(*s)[i].lines = text
	return err
}

func (s *sections) add(key string, d Document) error {
	text, err := fieldText(key, d)
	*s = append(*s, section{key: key, lines: text})
	return err
}

// only is a document that says just one thing; missing when it is nothing.
func only(key string, d Document) (one Document, missing bool) {
	switch key {
	case "folder":
		return Document{Folder: d.Folder}, d.Folder == ""
	case "labels":
		return Document{Labels: d.Labels}, len(d.Labels) == 0
	case "online":
		return Document{Online: d.Online}, d.Online == nil
	}
	return Document{Schedules: d.Schedules}, len(d.Schedules) == 0
}

// alike reports whether two documents say the same of the workflow itself.
func alike(key string, said, is Document, same func(a, b Schedule) bool) bool {
	switch key {
	case "folder":
		return strings.Trim(said.Folder, "/") == strings.Trim(is.Folder, "/")
	case "labels":
		return maps.Equal(said.Labels, is.Labels)
	case "online":
		return (said.Online != nil && *said.Online) == (is.Online != nil && *is.Online)
	}
	return slices.EqualFunc(said.Schedules, is.Schedules, same)
}

// fieldText writes one field.
func fieldText(key string, d Document) (string, error) {
	raw, err := Text(d)
	if err != nil {
		return "", err
	}
	s, _ := sectionsOf(string(raw))
	i := s.find(key)
	if i < 0 {
		return "", fmt.Errorf("the document has no %s", key)
	}
	return s[i].lines, nil
}
