package ctl

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"strings"

	"github.com/spf13/cobra"

	"github.com/porpoise-scheduler/porpoise/cmd/porpoise/internal/client"
)

// body is a request's, built field by field.
type body map[string]any

// set puts a value at a path of keys joined by dots.
func (b body) set(path string, value any) {
	at := map[string]any(b)
	keys := strings.Split(path, ".")
	for _, key := range keys[:len(keys)-1] {
		below, ok := at[key].(map[string]any)
		if !ok {
			below = map[string]any{}
			at[key] = below
		}
		at = below
	}
	at[keys[len(keys)-1]] = value
}

// value gives what is at a path, nil when nothing is.
func (b body) value(path string) any {
	var at any = map[string]any(b)
	for key := range strings.SplitSeq(path, ".") {
		object, ok := at.(map[string]any)
		if !ok {
			return nil
		}
		at = object[key]
	}
	return at
}

// created is the body that makes a thing of this name.
func (n *noun) created(c *call, name string) (body, error) {
	b := body{}
	if name != "" {
		b.set(n.key, name)
	}
	var missing []string
	for _, f := range n.fields {
		switch {
		case f.given(c) || f.byDefault != "":
			v, err := f.read(c)
			if err != nil {
				return nil, err
			}
			b.set(f.key, v)
		case f.required && f.hidden():
			missing = append(missing, fmt.Sprintf("--%s-file or %s", f.flag, f.env))
		case f.required:
			missing = append(missing, "--"+f.flag)
		}
	}
	if missing != nil {
		return nil, wrong("a new %s needs %s", n.name, strings.Join(missing, ", "))
	}
	return b, nil
}

// changed is the body that keeps a thing as it is but for the flags given.
// different says that this changes something that can be seen.
func (n *noun) changed(c *call, r client.Record, name string) (b body, different bool, err error) {
	b = body{}
	if n.key != "" {
		b.set(n.key, r.Value(n.key))
		if name != "" {
			different = name != r.Text(n.key)
			b.set(n.key, name)
		}
	}
	for _, f := range n.fields {
		if f.noUpdate {
			continue
		}
		if old := r.Value(f.key); old != nil && f.kind != secret {
			b.set(f.key, old)
		}
		if !f.given(c) {
			continue
		}
		v, err := f.read(c)
		if err != nil {
			return nil, false, err
		}
		if f.kind == pairs {
			v = merged(b.value(f.key), v)
		}
		different = different || f.hidden() || !same(v, b.value(f.key))
		b.set(f.key, v)
	}
	return b, different, nil
}

// merged puts pairs over those there are.
func merged(old, new any) any {
	all := map[string]any{}
	if before, ok := old.(map[string]any); ok {
		maps.Copy(all, before)
	}
	if after, ok := new.(map[string]string); ok {
		for k, v := range after {
			all[k] = v
		}
	}
	return all
}

// same compares values as they are on the wire; nothing is like empty.
func same(a, b any) bool {
	x, errX := wire(a)
	y, errY := wire(b)
	return errX == nil && errY == nil && reflect.DeepEqual(x, y)
}

func wire(v any) (out any, err error) {
	data, err := json.Marshal(v)
	if err == nil {
		err = json.Unmarshal(data, &out)
	}
	switch v := out.(type) {
	case string:
		if v == "" {
			out = nil
		}
	case float64:
		if v == 0 {
			out = nil
		}
	case []any:
		if len(v) == 0 {
			out = nil
		}
	}
	return out, err
}

func (n *noun) addFields(cmd *cobra.Command) {
	for _, f := range n.fields {
		f.add(cmd.Flags())
	}
}
