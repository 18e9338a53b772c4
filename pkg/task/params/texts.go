package params

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
)

// Texts reads an array of strings; missing, or an empty string, is none.
func (o *Object) Texts(field string) []string {
	raw := o.raw(field)
	if len(raw) == 0 || bytes.Equal(raw, []byte(`""`)) {
		return nil
	}
	var items []json.RawMessage
	if json.Unmarshal(raw, &items) != nil {
		o.fail(field, "must be a list")
		return nil
	}
	texts := make([]string, 0, len(items))
	for i, item := range items {
		name := fmt.Sprintf("%s[%d]", field, i)
		child := &Object{path: o.path, fields: map[string]json.RawMessage{name: item}, err: o.err}
		texts = append(texts, child.Text(name))
	}
	return texts
}

// Bool reads a truth value, also one in a string; missing or empty is absent.
func (o *Object) Bool(field string, absent bool) bool {
	text := strings.ToLower(strings.TrimSpace(o.Text(field)))
	if text == "" {
		return absent
	}
	is, err := strconv.ParseBool(text)
	if err != nil {
		o.fail(field, "must be true or false")
		return absent
	}
	return is
}
