package client

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
)

// Record is a thing of the API as the server wrote it: for lists and scripts,
// which show fields and do not reason about them.
type Record struct {
	raw    json.RawMessage
	fields map[string]any
}

// UnmarshalJSON implements json.Unmarshaler.
func (r *Record) UnmarshalJSON(data []byte) error {
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.UseNumber() // ids stay what they are
	r.raw = bytes.Clone(data)
	r.fields = nil
	return decoder.Decode(&r.fields)
}

// MarshalJSON implements json.Marshaler.
func (r Record) MarshalJSON() ([]byte, error) { return r.raw, nil }

// Value gives what is at a path of keys joined by dots; nil when nothing is.
func (r Record) Value(path string) any {
	var at any = r.fields
	for key := range strings.SplitSeq(path, ".") {
		object, ok := at.(map[string]any)
		if !ok {
			return nil
		}
		at = object[key]
	}
	return at
}

// Text gives it as text.
func (r Record) Text(path string) string { return text(r.Value(path)) }

// ID gives the id, 0 without one.
func (r Record) ID() int64 {
	id, _ := strconv.ParseInt(r.Text("id"), 10, 64)
	return id
}

func text(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	case []any:
		parts := make([]string, len(v))
		for i, e := range v {
			parts[i] = text(e)
		}
		return strings.Join(parts, ",")
	case map[string]any:
		data, err := json.Marshal(v)
		if err != nil {
			return err.Error()
		}
		return string(data)
	}
	return fmt.Sprint(v)
}
