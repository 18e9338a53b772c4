package dolphin

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// paramType says how a parameter's text is read.
type paramType int

const (
	textParam paramType = iota
	intParam
	boolParam
	enumParam
	fileParam
)

// Param declares a parameter. It is read from the path when the path has a
// place of its name, else from the query string and the body alike.
//
// An empty text counts as absent for every type but text, and takes the
// default, if there is one, for every type.
type Param struct {
	Name       string
	Required   bool
	Default    string
	HasDefault bool
	Values     []string // of an enum
	kind       paramType
}

// Text declares an optional text, taken as it comes.
func Text(name string) Param { return Param{Name: name, kind: textParam} }

// Int declares an optional 32-bit number.
func Int(name string) Param { return Param{Name: name, kind: intParam} }

// Bool declares an optional truth value: true on yes 1, false off no 0.
func Bool(name string) Param { return Param{Name: name, kind: boolParam} }

// Enum declares an optional word out of values; case matters, blanks around
// it do not.
func Enum(name string, values ...string) Param {
	return Param{Name: name, kind: enumParam, Values: values}
}

// File declares an optional file: a part of a multipart body that has a file
// name. Text of the same name is not it.
func File(name string) Param { return Param{Name: name, kind: fileParam} }

// Must makes the parameter required: without it the endpoint answers its own
// error constant. It also serves for optional ones that the original binds to
// a primitive and so fails without.
func (p Param) Must() Param {
	p.Required = true
	return p
}

// Or gives the parameter a default.
func (p Param) Or(value string) Param {
	p.Default, p.HasDefault = value, true
	return p
}

// Type names the type for the API page and for tests.
func (p Param) Type() string {
	return [...]string{"text", "int", "bool", "enum", "file"}[p.kind]
}

func (p Param) check() error {
	if p.Name == "" {
		return fmt.Errorf("has a parameter without a name")
	}
	if p.kind == enumParam && len(p.Values) == 0 {
		return fmt.Errorf("declares enum %s without values", p.Name)
	}
	if p.HasDefault && p.kind == fileParam {
		return fmt.Errorf("has a default for the file %s", p.Name)
	}
	if p.HasDefault {
		if _, _, err := p.read([]string{p.Default}); err != nil {
			return fmt.Errorf("has a wrong default for %s: %w", p.Name, err)
		}
	}
	return nil
}

// value is a decoded parameter; which field counts depends on the type.
type value struct {
	text   string
	number int
	truth  bool
}

// read decodes the texts given for the parameter. present is false when there
// is nothing: the caller decides whether that is an error.
func (p Param) read(texts []string) (v value, present bool, err error) {
	if p.kind == textParam {
		return p.readText(texts)
	}
	first := ""
	if len(texts) > 0 {
		first = strings.TrimSpace(texts[0])
	}
	if first == "" {
		first = strings.TrimSpace(p.Default)
	}
	if first == "" {
		return v, false, nil
	}
	v.text = first
	switch p.kind {
	case intParam:
		n, err := strconv.ParseInt(first, 10, 32)
		if err != nil {
			return v, false, fmt.Errorf("%s is not a number", p.Name)
		}
		v.number = int(n)
	case boolParam:
		truth, ok := truths(first)
		if !ok {
			return v, false, fmt.Errorf("%s is not a truth value", p.Name)
		}
		v.truth = truth
	case enumParam:
		if !slices.Contains(p.Values, first) {
			return v, false, fmt.Errorf("%s is none of %s", p.Name, strings.Join(p.Values, ", "))
		}
	}
	return v, true, nil
}

// readText joins repeated texts with commas, as the original's binder does.
func (p Param) readText(texts []string) (value, bool, error) {
	joined := strings.Join(texts, ",")
	if joined == "" && p.HasDefault {
		return value{text: p.Default}, true, nil
	}
	return value{text: joined}, len(texts) > 0, nil
}

func truths(s string) (truth, ok bool) {
	switch strings.ToLower(s) {
	case "true", "on", "yes", "1":
		return true, true
	case "false", "off", "no", "0":
		return false, true
	}
	return false, false
}
