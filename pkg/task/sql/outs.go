package sql

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// maxOut bounds the value of an OUT parameter.
const maxOut = 16 << 10

// outs collects OUT parameters from the columns of a result.
type outs []out

type out struct {
	prop   string
	list   bool
	column int // -1: the result has none of this name
	values []string
	size   int
	full   bool
}

func newOuts(local []workflow.Property) outs {
	var all outs
	for _, p := range local {
		if p.Direct == workflow.Out {
			all = append(all, out{prop: p.Prop, list: strings.EqualFold(p.Type, "LIST"), column: -1})
		}
	}
	return all
}

// begin finds the columns, by names without regard to case.
func (o outs) begin(columns []string) {
	for i := range o {
		for n, column := range columns {
			if o[i].column < 0 && strings.EqualFold(column, o[i].prop) {
				o[i].column = n
			}
		}
	}
}

// row takes values of the n-th row, from 0.
func (o outs) row(n int, cells []cell) {
	for i := range o {
		if o[i].column >= 0 && (n == 0 || o[i].list) {
			o[i].take(cells[o[i].column])
		}
	}
}

func (o *out) take(c cell) {
	text := c.text
	if c.null {
		text = ""
	}
	if o.size += len(text) + 3; o.size > maxOut {
		o.full = true
	}
	if !o.full {
		o.values = append(o.values, text)
	}
}

// vars gives what was found; nil for nothing.
func (o outs) vars() map[string]string {
	vars := map[string]string{}
	for _, p := range o {
		switch {
		case p.column < 0 || p.full:
		case p.list:
			vars[p.prop] = array(p.values)
		case len(p.values) > 0:
			vars[p.prop] = p.values[0]
		}
	}
	if len(vars) == 0 {
		return nil
	}
	return vars
}

func array(values []string) string {
	if values == nil {
		values = []string{}
	}
	raw, err := json.Marshal(values)
	if err != nil {
		return "[]" // texts always have JSON
	}
	return string(raw)
}

// lines tells what became of the parameters.
func (o outs) lines() []string {
	vars := o.vars()
	var lines []string
	for _, p := range o {
		value, found := vars[p.prop]
		switch {
		case found:
			lines = append(lines, fmt.Sprintf("parameter %s = %q", p.prop, clip(value, maxBound)))
		case p.full:
			lines = append(lines, fmt.Sprintf("parameter %s is not set: its value is longer than %d bytes", p.prop, maxOut))
		case p.column < 0:
			lines = append(lines, fmt.Sprintf("parameter %s is not set: the result has no such column", p.prop))
		default:
			lines = append(lines, fmt.Sprintf("parameter %s is not set: the result has no rows", p.prop))
		}
	}
	return lines
}
