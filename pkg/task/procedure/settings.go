package procedure

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/porpoise-scheduler/porpoise/pkg/datasource"
	"github.com/porpoise-scheduler/porpoise/pkg/task"
	"github.com/porpoise-scheduler/porpoise/pkg/task/params"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// settings are what a task's parameters ask for.
type settings struct {
	kind   workflow.DataSourceType
	source int64
	name   string
	// places are the arguments written behind the name: names of parameters, or
	// "" for question marks. nil when there are no parentheses.
	places []string
}

func read(raw json.RawMessage) (settings, error) {
	o := params.Read(raw)
	s := settings{
		kind:   workflow.DataSourceType(strings.ToUpper(strings.TrimSpace(o.Text("type")))),
		source: o.Int("datasource", 0),
	}
	method := o.Text("method")
	if err := o.Err(); err != nil {
		return settings{}, err
	}
	switch {
	case s.kind == "":
		return settings{}, o.Invalid("type", "must name a type of data source")
	case !slices.Contains(datasource.Types(), s.kind):
		return settings{}, o.Invalid("type", "%q is no type of data source that can be used", string(s.kind))
	case !datasource.CanCall(s.kind):
		return settings{}, o.Invalid("type", "%s has no procedures that could be called", string(s.kind))
	case s.source <= 0:
		return settings{}, o.Invalid("datasource", "must name a data source")
	case strings.TrimSpace(method) == "":
		return settings{}, o.Invalid("method", "must name a procedure")
	}
	var err error
	if s.name, s.places, err = split(method); err == nil {
		err = datasource.CheckProcedure(s.name)
	}
	if err != nil {
		return settings{}, o.Invalid("method", "%s", err)
	}
	return s, nil
}

// split takes {call name(a, b)} apart; the braces, call and the arguments may
// be missing.
func split(method string) (name string, places []string, err error) {
	text := strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(method), ";"))
	if strings.HasPrefix(text, "{") && strings.HasSuffix(text, "}") {
		text = strings.TrimSpace(text[1 : len(text)-1])
	}
	if word, rest, ok := strings.Cut(text, " "); ok && strings.EqualFold(word, "call") {
		text = strings.TrimSpace(rest)
	}
	if !strings.HasSuffix(text, ")") {
		return text, nil, nil
	}
	// A quoted name may hold a parenthesis; places never do.
	open := strings.LastIndexByte(text, '(')
	if open < 0 {
		return "", nil, errors.New("has a ) without a (")
	}
	name, inner := strings.TrimSpace(text[:open]), strings.TrimSpace(text[open+1:len(text)-1])
	places = []string{}
	if inner == "" {
		return name, places, nil
	}
	for place := range strings.SplitSeq(inner, ",") {
		place = strings.TrimSpace(place)
		switch {
		case place == "?":
			places = append(places, "")
		case strings.HasPrefix(place, "${") && strings.HasSuffix(place, "}") && len(place) > len("${}"):
			places = append(places, place[2:len(place)-1])
		default:
			return "", nil, fmt.Errorf("has the argument %.80q: use ? or ${name}, and local parameters for values", place)
		}
	}
	return name, places, nil
}

// arguments gives the task's parameters in the order of the call, with values.
func (s settings) arguments(a task.Attempt) ([]workflow.Property, error) {
	given := slices.Clone(a.LocalParams)
	for i := range given {
		if given[i].Direct == workflow.Out {
			continue
		}
		if value, ok := a.Values[given[i].Prop]; ok {
			given[i].Value = value
		} else {
			given[i].Value = a.Expand(given[i].Value)
		}
	}
	if s.places == nil {
		return given, nil
	}
	if !slices.ContainsFunc(s.places, func(place string) bool { return place != "" }) {
		if len(s.places) != len(given) {
			return nil, fmt.Errorf("method has %d arguments, the task has %d local parameters", len(s.places), len(given))
		}
		return given, nil
	}
	var ordered []workflow.Property
	for _, place := range s.places {
		i := slices.IndexFunc(given, func(p workflow.Property) bool { return p.Prop == place })
		if i >= 0 {
			ordered = append(ordered, given[i])
			continue
		}
		value, ok := a.Values[place]
		if !ok || place == "" {
			return nil, fmt.Errorf("method has the argument %q, which is none of the parameters", place)
		}
		ordered = append(ordered, workflow.Property{Prop: place, Direct: workflow.In, Type: "VARCHAR", Value: value})
	}
	return ordered, nil
}
