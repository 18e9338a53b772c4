package task

import (
	"encoding/json"
)

// Described is a kind that says how a person fills in its parameters.
type Described interface {
	Kind
	Describe() Description
}

// Description is what an editor shows of a kind.
type Description struct {
	Group  Group
	Icon   string // a word for a picture
	Title  Text
	Help   Text
	Fields []Field // of its parameters, in order
}

// Group is where a palette shows a kind.
type Group string

// Groups.
const (
	Scripts Group = "SCRIPT"
	Data    Group = "DATA"
	BigData Group = "BIGDATA"
	Network Group = "NETWORK"
	Logic   Group = "LOGIC"
)

// Text is in both languages of the console.
type Text struct {
	EN string `json:"en"`
	ZH string `json:"zh"`
}

// Type is what a field's value is in JSON.
type Type string

// Types of fields.
const (
	String  Type = "string"
	Integer Type = "integer"
	Boolean Type = "boolean"
	Object  Type = "object"
	List    Type = "array"
)

// Field is a parameter. An empty Type is String.
type Field struct {
	Name     string
	Title    Text
	Help     Text
	Type     Type
	Widget   string // script, sql, datasource, resource, ...; empty: what the type suggests
	Language string // of a script: shell, python, sql, json, html
	Required bool
	Default  any
	Choices  []Choice
	Min, Max *int64
	Fields   []Field          // of an object, or of the objects of a list
	Of       Type             // of the elements of a list that are no objects
	When     map[string][]any // values of other fields with which it counts; nil: always
}

// Choice is a value that a field may have.
type Choice struct {
	Value any
	Title Text
}

// Number makes a bound.
func Number(n int64) *int64 { return &n }

// Schema writes the fields as a JSON Schema of an object. Beside the standard's
// words it has x-order, x-widget, x-language, x-when and x-zh.
func (d Description) Schema() json.RawMessage {
	raw, err := json.Marshal(objectSchema(d.Fields))
	if err != nil {
		panic("a description that has no JSON: " + err.Error()) // a programmer's error: defaults are plain values
	}
	return raw
}

func objectSchema(fields []Field) map[string]any {
	properties := map[string]any{}
	required := []string{}
	for i, f := range fields {
		properties[f.Name] = f.schema(i + 1)
		if f.Required && f.When == nil {
			required = append(required, f.Name)
		}
	}
	out := map[string]any{"type": Object, "properties": properties}
	if len(required) > 0 {
		out["required"] = required
	}
	return out
}

func (f Field) schema(order int) map[string]any {
	if f.Type == "" {
		f.Type = String
	}
	out := map[string]any{}
	if f.Type == Object {
		out = objectSchema(f.Fields)
	}
	out["type"], out["title"], out["x-order"] = f.Type, f.Title.EN, order
	zh := map[string]string{"title": f.Title.ZH}
	if f.Help.EN != "" {
		out["description"], zh["description"] = f.Help.EN, f.Help.ZH
	}
	out["x-zh"] = zh
	if f.Type == List {
		out["items"] = f.items()
	}
	for word, value := range map[string]string{"x-widget": f.Widget, "x-language": f.Language} {
		if value != "" {
			out[word] = value
		}
	}
	f.bounds(out)
	return out
}

// items describes the elements of a list.
func (f Field) items() map[string]any {
	if f.Of != "" {
		return map[string]any{"type": f.Of}
	}
	return objectSchema(f.Fields)
}

func (f Field) bounds(out map[string]any) {
	if f.Default != nil {
		out["default"] = f.Default
	}
	if f.Min != nil {
		out["minimum"] = *f.Min
	}
	if f.Max != nil {
		out["maximum"] = *f.Max
	}
	if f.When != nil {
		out["x-when"] = f.When
		out["x-required"] = f.Required
	}
	if len(f.Choices) == 0 {
		return
	}
	choices := make([]map[string]any, len(f.Choices))
	for i, c := range f.Choices {
		choices[i] = map[string]any{"const": c.Value, "title": c.Title.EN, "x-zh": map[string]string{"title": c.Title.ZH}}
	}
	out["oneOf"] = choices
}
