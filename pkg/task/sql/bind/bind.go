package bind

import (
	"fmt"
	"strings"

	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// Source says what placeholders stand for.
type Source struct {
	// Lookup gives the value of a name; false leaves the placeholder alone.
	Lookup func(name string) (Value, bool)
	// Date gives the text that $[...] stands for, or the same text again when
	// it is none. It may resolve ${x} inside.
	Date func(expression string) string
}

// Value is what a name stands for. A Type of LIST stands for several values,
// other types are those of properties.
type Value struct{ Type, Text string }

// Values is the database's side of bound values.
type Values interface {
	// Placeholder stands for the n-th value, from 1.
	Placeholder(n int) string
	// Bind turns a property's text into what the driver takes.
	Bind(p workflow.Property) (any, error)
}

// Arg is a value that was bound.
type Arg struct {
	Name  string // of the placeholder, the first one of a text of several
	Text  string // for people
	Value any    // what the driver gets
}

// Statement is a text with its bound values.
type Statement struct {
	Text string
	Args []Arg
}

// Values gives what the driver binds.
func (s Statement) Values() []any {
	values := make([]any, len(s.Args))
	for i, a := range s.Args {
		values[i] = a.Value
	}
	return values
}

// Bind resolves the placeholders of a statement. Without values to bind, which
// is nil, all are written as literals. The error says which placeholder stands
// where it cannot, or which value is not of its type.
func Bind(src string, d Dialect, source Source, values Values) (Statement, error) {
	src, pasted := paste(src, source)
	b := &binder{Dialect: d, src: src, pasted: pasted, source: source, values: values}
	if d.defines(src) {
		b.values = nil
	}
	for i := 0; i < len(b.src); {
		n, err := b.step(i)
		if err != nil {
			return Statement{}, err
		}
		i = n
	}
	return Statement{Text: string(b.out), Args: b.args}, nil
}

// binder walks through one statement.
type binder struct {
	Dialect
	src    string
	pasted []span
	source Source
	values Values // nil: literals

	out  []byte
	args []Arg
	ends int // length of out when a value was written last
	// before are the last words of code, upper case: next to the position, and
	// a blank away from it.
	before words
}

// step handles what begins at i and tells where it ends.
func (b *binder) step(i int) (int, error) {
	if m, ok := b.mark(i, len(b.src)); ok {
		return m.to, b.place(m)
	}
	p := b.next(b.src, i, b.before.here)
	b.part(b.src[i])
	switch p.class {
	case text:
		return p.to, b.text(p)
	case name, opaque:
		return p.to, b.untouchable(p)
	case comment:
		b.out = append(b.out, b.src[p.from:p.to]...)
		b.before.gap()
	case code:
		b.out = append(b.out, b.src[i])
		b.before.add(b.src[i])
	}
	return p.to, nil
}

// place writes what stands for a placeholder in code.
func (b *binder) place(m mark) error {
	if m.date {
		b.out = append(b.out, m.text...)
		b.before.token()
		return nil
	}
	if b.touches(m) {
		return fmt.Errorf("%s is a part of a name, where nothing can be bound: write !{...} to paste its text", b.src[m.from:m.to])
	}
	b.before.token()
	return b.bind(m.name, m.value)
}

// touches reports whether a placeholder in code makes a name with what is
// around it.
func (b *binder) touches(m mark) bool {
	joins := func(c byte) bool { return wordByte(c) || strings.IndexByte(".\"`$@#", c) >= 0 }
	return m.from > 0 && joins(b.src[m.from-1]) || m.to < len(b.src) && joins(b.src[m.to])
}

// untouchable copies a piece in which no value can be bound.
func (b *binder) untouchable(p piece) error {
	content := b.src[p.from:p.to]
	marks := b.marks(p.from, p.to)
	b.before.token()
	if p.class == name && len(marks) == 1 && !marks[0].date && marks[0].from == p.from+1 && marks[0].to == p.to-1 && content[0] == '"' {
		// As the first dialect has it: any quotes around a placeholder go away.
		return b.bind(marks[0].name, marks[0].value)
	}
	for _, m := range marks {
		if !m.date {
			return fmt.Errorf("%s is inside of %.40s, where nothing can be bound: write !{...} to paste its text", b.src[m.from:m.to], content)
		}
	}
	b.out = append(b.out, b.replaced(p.from, p.to, marks)...)
	return nil
}

// replaced gives a part of the source with its dates written in.
func (b *binder) replaced(from, to int, marks []mark) string {
	var out strings.Builder
	for _, m := range marks {
		out.WriteString(b.src[from:m.from])
		out.WriteString(m.text)
		from = m.to
	}
	out.WriteString(b.src[from:to])
	return out.String()
}

// bind writes a value in a place for one, or several for a list.
func (b *binder) bind(name string, v Value) error {
	if v.Type != list {
		return b.one(name, v)
	}
	all := items(v.Text)
	if len(all) == 0 {
		b.out = append(b.out, "NULL"...)
	}
	for i, item := range all {
		if i > 0 {
			b.out = append(b.out, ", "...)
		}
		if err := b.one(name, item); err != nil {
			return err
		}
	}
	return nil
}

func (b *binder) one(name string, v Value) error {
	if b.values == nil {
		written, err := b.written(v)
		if err != nil {
			return fmt.Errorf("the value of %s: %w", name, err)
		}
		b.apart(written)
		return nil
	}
	value, err := b.values.Bind(workflow.Property{Prop: name, Type: v.Type, Value: v.Text})
	if err != nil {
		return err
	}
	b.args = append(b.args, Arg{Name: name, Text: v.Text, Value: value})
	b.apart(b.values.Placeholder(len(b.args)))
	return nil
}

// apart writes what stands for a value so that it does not become one with
// what was before: two literals, $ and a number, two signs.
func (b *binder) apart(value string) {
	if n := len(b.out); n > 0 && b.joins(b.out[n-1], value) {
		b.out = append(b.out, ' ')
	}
	b.out = append(b.out, value...)
	b.ends = len(b.out)
}

func (b *binder) joins(last byte, value string) bool {
	if last == '-' {
		// Where -- needs a blank to begin a comment, none must come.
		return !b.blankDashes && strings.HasPrefix(value, "-")
	}
	return wordByte(last) || strings.IndexByte("'\"`]$", last) >= 0
}

// part puts a blank after a value when what follows would become one with it.
func (b *binder) part(c byte) {
	if b.ends > 0 && b.ends == len(b.out) && (wordByte(c) || c == '\'' || c == '"') {
		b.out = append(b.out, ' ')
	}
}
