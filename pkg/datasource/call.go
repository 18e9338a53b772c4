package datasource

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"unicode"

	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// procedure is a call that is about to be made.
type procedure struct {
	name      []identifier
	arguments []*argument
}

// argument is one of a procedure, in its place.
type argument struct {
	property workflow.Property
	out      bool
	value    any            // to send, when it goes in
	result   sql.NullString // of one that comes out
}

// CheckProcedure looks at the name of a procedure, which may be qualified and
// of which parts may be quoted. The error is Invalid.
func CheckProcedure(name string) error {
	_, err := parseName(name)
	return err
}

// Call runs a procedure with parameters in their order. It gives what came out
// of the parameters of direction OUT, by name; NULL comes out as "". When ctx
// ends first, the call is killed on the server.
func (c *Conn) Call(ctx context.Context, name string, parameters []workflow.Property) (map[string]string, error) {
	if c.target.family.call == nil {
		return nil, invalid("type", "%s has no procedures to call", c.target.Type)
	}
	p := procedure{}
	var err error
	if p.name, err = parseName(name); err != nil {
		return nil, err
	}
	for _, property := range parameters {
		a, err := c.argument(property)
		if err != nil {
			return nil, err
		}
		p.arguments = append(p.arguments, a)
	}
	if err := c.target.family.call(ctx, c, p); err != nil {
		return nil, err
	}
	out := map[string]string{}
	for _, a := range p.arguments {
		if a.out {
			out[a.property.Prop] = a.result.String
		}
	}
	return out, nil
}

func (c *Conn) argument(p workflow.Property) (*argument, error) {
	a := &argument{property: p, out: p.Direct == workflow.Out}
	if a.out {
		if _, ok := kindOf(p.Type); !ok {
			return nil, invalid(p.Prop, "parameter %s has the unknown type %q", p.Prop, clip(p.Type))
		}
		return a, nil
	}
	v, err := parseProperty(p)
	if err != nil {
		return nil, err
	}
	a.value = c.target.family.bind(v)
	return a, nil
}

func (p procedure) outs() int {
	n := 0
	for _, a := range p.arguments {
		if a.out {
			n++
		}
	}
	return n
}

// scanRow takes what comes out from the first row of an answer, in order.
func (p procedure) scanRow(rows *Rows, err error) (failed error) {
	if err != nil {
		return err
	}
	defer func() {
		if err := rows.Close(); failed == nil {
			failed = err
		}
	}()
	columns, err := rows.Columns()
	if err != nil {
		return err
	}
	if len(columns) < p.outs() {
		return fmt.Errorf("%d parameters should come out, the database gave %d", p.outs(), len(columns))
	}
	if !rows.Next() {
		if err := rows.Err(); err != nil || p.outs() == 0 {
			return err
		}
		return fmt.Errorf("%d parameters should come out, the database gave none", p.outs())
	}
	cells := make([]any, len(columns))
	for i := range cells {
		cells[i] = new(sql.NullString)
	}
	if err := rows.Scan(cells...); err != nil {
		return err
	}
	next := 0
	for _, a := range p.arguments {
		if a.out {
			a.result = *cells[next].(*sql.NullString)
			next++
		}
	}
	return nil
}

// identifier is a part of a name.
type identifier struct {
	text   string
	quoted bool
}

// folded gives the name as the database stores it.
func (i identifier) folded(fold func(string) string) string {
	if i.quoted {
		return i.text
	}
	return fold(i.text)
}

// quoted writes the procedure's name: parts that were quoted are quoted again,
// the way the database wants it.
func (p procedure) quoted(open, end string) string {
	var out []string
	for _, part := range p.name {
		if part.quoted {
			out = append(out, quoteName(part.text, open, end))
		} else {
			out = append(out, part.text)
		}
	}
	return strings.Join(out, ".")
}

// quoteName quotes an identifier; the closing mark inside is doubled.
func quoteName(name, open, end string) string {
	return open + strings.ReplaceAll(name, end, end+end) + end
}

// parseName takes a qualified name apart.
func parseName(name string) ([]identifier, error) {
	rest := strings.TrimSpace(name)
	var parts []identifier
	for {
		part, after, ok := cutIdentifier(rest)
		if !ok || len(parts) == 3 {
			return nil, invalid("procedure", "%q is no name of a procedure", clip(name))
		}
		parts = append(parts, part)
		if after == "" {
			return parts, nil
		}
		if after[0] != '.' {
			return nil, invalid("procedure", "%q is no name of a procedure", clip(name))
		}
		rest = after[1:]
	}
}

// cutIdentifier takes the first part of a name.
func cutIdentifier(s string) (part identifier, after string, ok bool) {
	if s == "" {
		return part, "", false
	}
	ends := map[byte]byte{'"': '"', '`': '`', '[': ']'}
	if end, quoted := ends[s[0]]; quoted {
		return cutQuoted(s[1:], end)
	}
	n := strings.IndexFunc(s, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("_$#", r)
	})
	if n < 0 {
		n = len(s)
	}
	if n == 0 || s[0] >= '0' && s[0] <= '9' || s[0] == '$' || s[0] == '#' {
		return part, "", false
	}
	return identifier{text: s[:n]}, s[n:], true
}

// cutQuoted reads up to the closing mark; doubled, it means itself.
func cutQuoted(s string, end byte) (part identifier, after string, ok bool) {
	var text strings.Builder
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] < ' ':
			return part, "", false
		case s[i] != end:
			text.WriteByte(s[i])
		case i+1 < len(s) && s[i+1] == end:
			text.WriteByte(end)
			i++
		default:
			return identifier{text: text.String(), quoted: true}, s[i+1:], text.Len() > 0
		}
	}
	return part, "", false
}
