package manifest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// Text writes a document in its canonical form, which docs/workflows.md
// defines: the same document always gives the same text, here and in the
// console.
func Text(d Document) ([]byte, error) {
	// JSON has the fields in their order, without those that say nothing, and
	// keys that have no order of their own sorted.
	raw, err := json.Marshal(brief(d))
	if err != nil {
		return nil, fmt.Errorf("the document has a value that is none: %w", err)
	}
	root, err := treeOf(raw)
	if err != nil {
		return nil, err
	}
	var w printer
	w.object(root, ofDocument, 0, false)
	return w.out.Bytes(), nil
}

// brief leaves out what means the same as nothing.
func brief(d Document) Document {
	if d.Policy == workflow.Parallel {
		d.Policy = ""
	}
	d.Params = briefParams(d.Params)
	d.Tasks = slices.Clone(d.Tasks)
	for i := range d.Tasks {
		t := &d.Tasks[i]
		if priorities[t.Priority] == workflow.Medium {
			t.Priority = ""
		}
		t.Inputs = briefParams(t.Inputs)
	}
	return d
}

func briefParams(list []Param) []Param {
	list = slices.Clone(list)
	for i := range list {
		if list[i].Type == defaultType {
			list[i].Type = ""
		}
		if list[i].Direction == workflow.In {
			list[i].Direction = ""
		}
	}
	return list
}

// tree is a value: a scalar, or an object or list with parts.
type tree struct {
	keys  []string // of an object
	parts []tree   // of an object or a list
	kind  byte     // '{', '[', '"' for texts, 0 for what is written as it is
	text  string
}

func treeOf(raw []byte) (tree, error) {
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber()
	return readTree(decoder)
}

func readTree(decoder *json.Decoder) (tree, error) {
	token, err := decoder.Token()
	if err != nil {
		return tree{}, err
	}
	switch v := token.(type) {
	case json.Delim:
		return readParts(decoder, byte(v))
	case string:
		return tree{kind: '"', text: v}, nil
	case nil:
		return tree{text: "null"}, nil
	case bool:
		return tree{text: strconv.FormatBool(v)}, nil
	default:
		text := fmt.Sprint(v)
		if !strings.Contains(text, ".") { // not every reader takes 1e+21 for a number
			text = strings.Replace(text, "e", ".0e", 1)
		}
		return tree{text: text}, nil
	}
}

// readParts reads until the bracket is closed.
func readParts(decoder *json.Decoder, kind byte) (tree, error) {
	t := tree{kind: kind}
	for decoder.More() {
		if kind == '{' {
			key, err := decoder.Token()
			if err != nil {
				return t, err
			}
			t.keys = append(t.keys, key.(string))
		}
		part, err := readTree(decoder)
		if err != nil {
			return t, err
		}
		t.parts = append(t.parts, part)
	}
	if _, err := decoder.Token(); err != nil && !errors.Is(err, io.EOF) {
		return t, err
	}
	return t, nil
}

// printer writes trees as YAML.
type printer struct{ out bytes.Buffer }

// place is what the keys of an object mean.
type place int

const (
	ofDocument place = iota // fields of the document and its parts
	ofParams                // a kind's parameters, whatever they are called
	ofLayout                // tasks that are drawn
)

// inside is the place of what is under a key.
func (p place) inside(key string) place {
	switch {
	case p == ofDocument && key == "params":
		return ofParams
	case p == ofDocument && key == "layout":
		return ofLayout
	}
	return p
}

// object writes an object's fields, a line or more each. The first of an element
// stands behind its dash.
func (w *printer) object(t tree, at place, indent int, dashed bool) {
	for i, key := range t.keys {
		if i > 0 || !dashed {
			w.spaces(indent)
		}
		w.out.WriteString(scalarText(key))
		w.out.WriteByte(':')
		if at == ofLayout {
			w.out.WriteString(" " + flow(t.parts[i]) + "\n")
		} else {
			w.value(t.parts[i], at.inside(key), indent)
		}
	}
}

// value writes what is behind a colon in a line with an indent.
func (w *printer) value(t tree, at place, indent int) {
	switch {
	case t.kind == '{' && len(t.parts) > 0:
		w.out.WriteByte('\n')
		w.object(t, at, indent+2, false)
	case t.kind == '[' && len(t.parts) > 0:
		w.out.WriteByte('\n')
		w.list(t, at, indent+2, false)
	default:
		w.out.WriteString(" " + plainOrBlock(t, at, indent+2) + "\n")
	}
}

func (w *printer) list(t tree, at place, indent int, dashed bool) {
	for i, part := range t.parts {
		if i > 0 || !dashed {
			w.spaces(indent)
		}
		w.out.WriteString("- ")
		switch {
		case part.kind == '{' && len(part.parts) > 0:
			w.object(part, at, indent+2, true)
		case part.kind == '[' && len(part.parts) > 0:
			w.list(part, at, indent+2, true)
		default:
			w.out.WriteString(plainOrBlock(part, at, indent+2) + "\n")
		}
	}
}

func (w *printer) spaces(n int) { w.out.WriteString(strings.Repeat(" ", n)) }

// flow writes a point in one line.
func flow(t tree) string {
	var b strings.Builder
	b.WriteByte('{')
	for i, key := range t.keys {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(key + ": " + t.parts[i].text)
	}
	return b.String() + "}"
}

// plainOrBlock writes a value without parts; a text of many lines as a block,
// if it can be one.
func plainOrBlock(t tree, at place, indent int) string {
	switch {
	case t.kind == '{':
		return "{}"
	case t.kind == '[', at == ofDocument && t.kind == 0 && t.text == "null": // a list that nobody made
		return "[]"
	case t.kind == '"' && isBlock(t.text):
		return block(t.text, indent)
	case t.kind == '"':
		return scalarText(t.text)
	}
	return t.text
}
