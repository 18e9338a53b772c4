package param

import (
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// Bounds of a resolution: parameters refer to each other, and a few lines of
// them could otherwise describe a value of any length.
const (
	maxDepth = 32       // references on references
	maxValue = 64 << 10 // bytes of one value
	maxTotal = 4 << 20  // bytes of all values with placeholders
)

// Input is what the parameters of one attempt come from, highest priority
// first: Startup, Local, Upstream, Global, Builtin.
//
// Startup, Local and Global are written by people and may hold placeholders;
// Upstream and Builtin are data and are taken literally. A local parameter
// with direction OUT is a result and contributes nothing; one with an empty
// value gives way to a lower layer that has one.
type Input struct {
	Base     time.Time
	Startup  map[string]string
	Local    []workflow.Property
	Upstream map[string]string
	Global   []workflow.Property
	Builtin  map[string]string
}

// Resolve gives the value of every parameter, built-ins included. A parameter
// that refers to its own name means the one of the next lower layer; any other
// circle, and whatever exceeds the bounds on depth and length, stays as
// written. The result is the caller's.
func Resolve(in Input) map[string]string {
	values := make(map[string]string,
		len(in.Startup)+len(in.Local)+len(in.Upstream)+len(in.Global)+len(in.Builtin))
	maps.Copy(values, in.Builtin)
	dynamic := putProperties(values, in.Global)
	maps.Copy(values, in.Upstream)
	dynamic = putProperties(values, in.Local) || dynamic
	for k, v := range in.Startup {
		values[k] = v
		dynamic = dynamic || strings.IndexByte(v, '$') >= 0
	}
	if !dynamic {
		return values
	}
	r := resolver{
		base: in.Base, layers: layersOf(in), left: maxTotal,
		done: make(map[string]string, len(values)), open: map[string]int{},
	}
	for _, name := range slices.Sorted(maps.Keys(values)) {
		if v, ok := r.lookup(name); ok {
			values[name] = v
		}
	}
	return values
}

// putProperties writes what properties contribute and reports whether a value
// may hold a placeholder.
func putProperties(values map[string]string, props []workflow.Property) (dynamic bool) {
	for _, p := range props {
		if !contributes(p) {
			continue
		}
		if _, set := values[p.Prop]; set && p.Value == "" {
			continue
		}
		values[p.Prop] = p.Value
		dynamic = dynamic || strings.IndexByte(p.Value, '$') >= 0
	}
	return dynamic
}

func contributes(p workflow.Property) bool {
	return p.Prop != "" && p.Direct != workflow.Out
}

// layer is one source of raw values.
type layer struct {
	values  map[string]string
	literal bool
}

// layersOf lists the layers of in, lowest priority first.
func layersOf(in Input) []layer {
	return []layer{
		{in.Builtin, true},
		{propertyMap(in.Global), false},
		{in.Upstream, true},
		{propertyMap(in.Local), false},
		{in.Startup, false},
	}
}

func propertyMap(props []workflow.Property) map[string]string {
	m := make(map[string]string, len(props))
	for _, p := range props {
		if contributes(p) && (p.Value != "" || m[p.Prop] == "") {
			m[p.Prop] = p.Value
		}
	}
	return m
}

// resolver resolves names in a fixed order, so that circles end the same way
// every time.
type resolver struct {
	base   time.Time
	layers []layer
	left   int // bytes that may still be made
	done   map[string]string
	open   map[string]int // names being resolved, and in which layer
}

// lookup gives the value of name, and false when there is none to be had.
func (r *resolver) lookup(name string) (string, bool) {
	if v, ok := r.done[name]; ok {
		return v, true
	}
	below, circular := r.open[name]
	if !circular {
		below = len(r.layers)
	}
	v, at, ok := r.raw(name, below)
	if !ok || len(r.open) >= maxDepth {
		return "", false
	}
	if r.layers[at].literal || strings.IndexByte(v, '$') < 0 {
		return v, true
	}
	r.open[name] = at
	defer r.reopen(name, below, circular)
	out, err := expand(v, r.lookup, r.base, max(1, min(maxValue, r.left)))
	if err != nil {
		out = v
	}
	r.left -= len(out)
	if !circular {
		r.done[name] = out
	}
	return out, true
}

// reopen puts back what was known about name before it was resolved.
func (r *resolver) reopen(name string, below int, circular bool) {
	if circular {
		r.open[name] = below
		return
	}
	delete(r.open, name)
}

// raw finds the unresolved value of name in the layers under the given one.
// An empty value of a property only counts when no lower layer has one.
func (r *resolver) raw(name string, below int) (value string, at int, ok bool) {
	for i := below - 1; i >= 0; i-- {
		v, found := r.layers[i].values[name]
		if !found {
			continue
		}
		if !ok || value == "" {
			value, at, ok = v, i, true
		}
		if v != "" || i == len(r.layers)-1 || r.layers[i].literal {
			break
		}
	}
	return value, at, ok
}
