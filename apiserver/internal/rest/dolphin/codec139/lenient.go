package codec139

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"strconv"
	"strings"
)

// fields is a JSON object whose values are not looked at yet.
type fields map[string]json.RawMessage

// object reads a JSON object. Clients also send objects as text inside a
// string; null and an empty string are an empty object.
func object(raw json.RawMessage) (fields, error) {
	raw = embedded(raw)
	if absent(raw) {
		return fields{}, nil
	}
	f := fields{}
	if err := json.Unmarshal(raw, &f); err != nil {
		return nil, fmt.Errorf("an object is expected: %w", err)
	}
	return f, nil
}

// list reads a JSON array, like object.
func list(raw json.RawMessage) ([]json.RawMessage, error) {
	raw = embedded(raw)
	if absent(raw) {
		return nil, nil
	}
	var l []json.RawMessage
	if err := json.Unmarshal(raw, &l); err != nil {
		return nil, fmt.Errorf("an array is expected: %w", err)
	}
	return l, nil
}

// embedded gives the JSON inside a string that holds JSON, else raw itself.
func embedded(raw json.RawMessage) json.RawMessage {
	raw = bytes.TrimSpace(raw)
	if len(raw) == 0 || raw[0] != '"' {
		return raw
	}
	var s string
	if json.Unmarshal(raw, &s) != nil {
		return raw
	}
	if s = strings.TrimSpace(s); s == "" {
		return nil
	}
	return json.RawMessage(s)
}

// absent says that a value is missing or null.
func absent(raw json.RawMessage) bool {
	raw = bytes.TrimSpace(raw)
	return len(raw) == 0 || string(raw) == "null"
}

// text reads a string; numbers and booleans are taken as they are written,
// null is "", and arrays and objects are their JSON.
func text(raw json.RawMessage) string {
	if absent(raw) {
		return ""
	}
	var s string
	if json.Unmarshal(raw, &s) == nil {
		return s
	}
	return string(bytes.TrimSpace(raw))
}

// whole reads an int32 that may be written as a string or with a fraction;
// null and "" are 0.
func whole(raw json.RawMessage) (int, error) {
	s := strings.TrimSpace(text(raw))
	if s == "" {
		return 0, nil
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || math.IsNaN(f) || f < math.MinInt32 || f > math.MaxInt32 {
		return 0, fmt.Errorf("%q is not a number", s)
	}
	return int(f), nil
}

// truth reads a boolean that may be written as a string; null is false.
func truth(raw json.RawMessage) (bool, error) {
	switch strings.ToLower(strings.TrimSpace(text(raw))) {
	case "", "false", "0":
		return false, nil
	case "true", "1":
		return true, nil
	}
	return false, fmt.Errorf("%s is not a boolean", raw)
}

// texts reads an array of strings.
func texts(raw json.RawMessage) ([]string, error) {
	l, err := list(raw)
	if err != nil {
		return nil, err
	}
	ss := make([]string, 0, len(l))
	for _, r := range l {
		ss = append(ss, text(r))
	}
	return ss, nil
}

// same says that two JSON values mean the same. Numbers are compared as
// written, so that 1 and 1.0 differ.
func same(a, b json.RawMessage) bool {
	if bytes.Equal(a, b) {
		return true
	}
	x, errA := tree(a)
	y, errB := tree(b)
	return errA == nil && errB == nil && reflect.DeepEqual(x, y)
}

func tree(raw json.RawMessage) (any, error) {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	var v any
	err := d.Decode(&v)
	return v, err
}

// encode writes v as JSON without escaping what only matters inside HTML.
// It panics on values that have no JSON, which no caller has.
func encode(v any) json.RawMessage {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		panic(fmt.Sprintf("encoding %T: %v", v, err))
	}
	return plain(bytes.TrimSuffix(b.Bytes(), []byte("\n")))
}

// plain undoes the escapes \u0026, \u003c and \u003e that a raw value may have
// got on its way through the store.
func plain(raw []byte) json.RawMessage {
	if !bytes.Contains(raw, []byte(`\u00`)) {
		return raw
	}
	out := make([]byte, 0, len(raw))
	for i := 0; i < len(raw); i++ {
		if raw[i] != '\\' || i+1 == len(raw) {
			out = append(out, raw[i])
			continue
		}
		if c, ok := htmlEscape(raw[i:]); ok {
			out, i = append(out, c), i+5
			continue
		}
		out, i = append(out, raw[i], raw[i+1]), i+1
	}
	return out
}

func htmlEscape(raw []byte) (byte, bool) {
	if len(raw) < 6 {
		return 0, false
	}
	switch strings.ToLower(string(raw[:6])) {
	case `\u0026`:
		return '&', true
	case `\u003c`:
		return '<', true
	case `\u003e`:
		return '>', true
	}
	return 0, false
}
