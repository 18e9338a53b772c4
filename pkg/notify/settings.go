package notify

import (
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"unicode"

	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// Settings reads a channel's settings. The first thing wrong is kept; Err tells
// it, or a setting that nobody asked for. Values are never repeated in errors.
type Settings struct {
	values map[string]string
	asked  map[string]bool
	err    error
}

// ReadSettings begins to read.
func ReadSettings(values map[string]string) *Settings {
	return &Settings{values: values, asked: map[string]bool{}}
}

// Fail notes that a setting is wrong.
func (s *Settings) Fail(field, format string, args ...any) {
	if s.err == nil {
		s.err = workflow.Errorf(workflow.Invalid, "channel.setting", "setting %s %s", field, fmt.Sprintf(format, args...)).At(field)
	}
}

// Err gives what is wrong.
func (s *Settings) Err() error {
	for _, name := range slices.Sorted(maps.Keys(s.values)) {
		if !s.asked[name] {
			s.Fail(name, "is not known to this kind of channel")
		}
	}
	return s.err
}

// Text gives a setting without control characters; empty when it is missing.
func (s *Settings) Text(field string) string {
	s.asked[field] = true
	v := strings.TrimSpace(s.values[field])
	if strings.ContainsFunc(v, unicode.IsControl) {
		s.Fail(field, "contains control characters")
		return ""
	}
	return v
}

// Must is Text of a setting that is needed.
func (s *Settings) Must(field string) string {
	v := s.Text(field)
	if v == "" {
		s.Fail(field, "is missing")
	}
	return v
}

// OneOf is Text limited to some values, the first of which is the default.
func (s *Settings) OneOf(field string, values ...string) string {
	v := s.Text(field)
	if v == "" {
		return values[0]
	}
	if !slices.Contains(values, v) {
		s.Fail(field, "is not one of %s", strings.Join(values, ", "))
	}
	return v
}

// Flag is true or false; false when it is missing.
func (s *Settings) Flag(field string) bool { return s.OneOf(field, "false", "true") == "true" }

// List reads values separated by commas.
func (s *Settings) List(field string) []string {
	var out []string
	for item := range strings.SplitSeq(s.Text(field), ",") {
		if item = strings.TrimSpace(item); item != "" {
			out = append(out, item)
		}
	}
	return out
}

// Addresses reads mail addresses.
func (s *Settings) Addresses(field string) []string {
	list, err := ParseAddresses(s.Text(field))
	if err != nil {
		s.Fail(field, "holds a text that is not a mail address")
	}
	return list
}

// URL reads the address of an HTTP service. It may carry no user: what is to
// stay secret has settings of its own.
func (s *Settings) URL(field string) *url.URL {
	u, err := url.Parse(s.Must(field))
	switch {
	case err != nil:
		s.Fail(field, "is not a URL")
	case u.Scheme != "http" && u.Scheme != "https":
		s.Fail(field, "must begin with https:// or http://")
	case u.Hostname() == "":
		s.Fail(field, "names no host")
	case u.User != nil:
		s.Fail(field, "must not carry a user or password")
	case u.Fragment != "":
		s.Fail(field, "must not have a fragment")
	default:
		return u
	}
	return &url.URL{}
}

// Prefixed gives the settings whose names begin with a prefix, without it.
func (s *Settings) Prefixed(prefix string) map[string]string {
	out := map[string]string{}
	for name := range s.values {
		if rest, ok := strings.CutPrefix(name, prefix); ok {
			out[rest] = s.Text(name)
		}
	}
	return out
}
