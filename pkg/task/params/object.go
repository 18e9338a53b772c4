package params

import (
	"bytes"
	"encoding/json"
)

// Object reads an object, or a string that holds one; missing, or an empty
// string, is an object without fields.
func (o *Object) Object(field string) *Object {
	child := &Object{path: o.path + field + ".", err: o.err}
	raw := o.raw(field)
	if len(raw) > 0 && raw[0] == '"' {
		raw = bytes.TrimSpace([]byte(o.Text(field)))
	}
	if len(raw) > 0 && json.Unmarshal(raw, &child.fields) != nil {
		o.fail(field, "must be an object")
	}
	return child
}

// Empty reports whether the object has no fields.
func (o *Object) Empty() bool { return len(o.fields) == 0 }
