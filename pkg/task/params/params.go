// Package params reads the parameters of a task leniently: numbers may be
// strings and the reverse, missing is empty, and what nobody asks for is passed
// over. Errors are Invalid and name the field.
package params

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// Object reads a JSON object field by field. The first thing that cannot be
// read is kept as Err; from then on everything is empty.
type Object struct {
	fields map[string]json.RawMessage
	path   string // "" or with a dot at its end
	err    *error // shared by the objects of one document
}

// Read makes an Object of raw, which is an object, a string that holds one, or
// nothing.
func Read(raw json.RawMessage) *Object {
	o := &Object{err: new(error)}
	raw = bytes.TrimSpace(raw)
	if len(raw) > 0 && raw[0] == '"' {
		var text string
		if err := json.Unmarshal(raw, &text); err != nil {
			o.fail("", "is not JSON")
			return o
		}
		raw = bytes.TrimSpace([]byte(text))
	}
	if len(raw) > 0 && json.Unmarshal(raw, &o.fields) != nil {
		o.fail("", "is not a JSON object")
	}
	return o
}

// Err gives the first error.
func (o *Object) Err() error { return *o.err }

// Invalid makes the error for a field of o.
func (o *Object) Invalid(field, format string, args ...any) error {
	name := o.path + field
	if name == "" {
		name = "params"
	}
	return workflow.Errorf(workflow.Invalid, "task.params.invalid", "%s %s", name, fmt.Sprintf(format, args...)).At(name)
}

func (o *Object) fail(field, format string, args ...any) {
	if *o.err == nil {
		*o.err = o.Invalid(field, format, args...)
	}
}

// raw gives a field, nil when it is missing or null.
func (o *Object) raw(field string) json.RawMessage {
	raw := bytes.TrimSpace(o.fields[field])
	if *o.err != nil || bytes.Equal(raw, []byte("null")) {
		return nil
	}
	return raw
}

// Text reads a string, a number or a boolean as text.
func (o *Object) Text(field string) string {
	raw := o.raw(field)
	switch {
	case len(raw) == 0:
		return ""
	case raw[0] == '{' || raw[0] == '[':
		o.fail(field, "must be text")
		return ""
	case raw[0] != '"':
		return string(raw)
	}
	var text string
	if json.Unmarshal(raw, &text) != nil {
		o.fail(field, "must be text")
	}
	return text
}

// Int reads a whole number, also one in a string; missing or empty is absent.
func (o *Object) Int(field string, absent int64) int64 {
	text := strings.TrimSpace(o.Text(field))
	if text == "" {
		return absent
	}
	if n, err := strconv.ParseInt(text, 10, 64); err == nil {
		return n
	}
	f, err := strconv.ParseFloat(text, 64)
	if err != nil || f != float64(int64(f)) {
		o.fail(field, "must be a whole number")
		return absent
	}
	return int64(f)
}

// List reads an array of objects; missing or an empty string is none.
func (o *Object) List(field string) []*Object {
	raw := o.raw(field)
	if len(raw) == 0 || bytes.Equal(raw, []byte(`""`)) {
		return nil
	}
	var items []json.RawMessage
	if json.Unmarshal(raw, &items) != nil {
		o.fail(field, "must be a list")
		return nil
	}
	objects := make([]*Object, 0, len(items))
	for i, item := range items {
		child := &Object{path: fmt.Sprintf("%s%s[%d].", o.path, field, i), err: o.err}
		if json.Unmarshal(item, &child.fields) != nil {
			o.fail(fmt.Sprintf("%s[%d]", field, i), "must be an object")
			return nil
		}
		objects = append(objects, child)
	}
	return objects
}
