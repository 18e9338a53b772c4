package datasource

import (
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// Value is a parameter's value, read by its type. Exactly one of the fields
// that Kind names counts.
type Value struct {
	Kind  ValueKind
	Text  string // always the text it was read from
	Int   int64
	Float float64
	Bool  bool
	Time  time.Time // in UTC, without meaning its zone
}

// ValueKind tells which field of a Value counts.
type ValueKind int

// Kinds of values.
const (
	Text ValueKind = iota
	Int
	Float
	Bool
	Date
	Clock
	Timestamp
)

// kindOf gives the kind of a parameter's type.
func kindOf(dataType string) (ValueKind, bool) {
	switch strings.ToUpper(dataType) {
	case "VARCHAR", "LIST", "FILE", "":
		return Text, true
	case "INTEGER", "LONG":
		return Int, true
	case "FLOAT", "DOUBLE":
		return Float, true
	case "BOOLEAN":
		return Bool, true
	case "DATE":
		return Date, true
	case "TIME":
		return Clock, true
	case "TIMESTAMP":
		return Timestamp, true
	}
	return Text, false
}

// parseProperty reads a parameter's value. The error names the parameter and
// what its type wants.
func parseProperty(p workflow.Property) (Value, error) {
	kind, ok := kindOf(p.Type)
	if !ok {
		return Value{}, invalid(p.Prop, "parameter %s has the unknown type %q", p.Prop, clip(p.Type))
	}
	v := Value{Kind: kind, Text: p.Value}
	if !v.parse(strings.TrimSpace(p.Value), p.Type) {
		return Value{}, invalid(p.Prop, "parameter %s: %q is no %s", p.Prop, clip(p.Value), strings.ToUpper(p.Type))
	}
	return v, nil
}

func (v *Value) parse(text, dataType string) bool {
	var err error
	switch v.Kind {
	case Int:
		v.Int, err = strconv.ParseInt(text, 10, 64)
		if strings.EqualFold(dataType, "INTEGER") && (v.Int > math.MaxInt32 || v.Int < math.MinInt32) {
			return false
		}
	case Float:
		v.Float, err = strconv.ParseFloat(text, 64)
		if math.IsNaN(v.Float) || math.IsInf(v.Float, 0) {
			return false
		}
	case Bool:
		v.Bool = isTrue(text)
		err = aBool(text)
	case Date:
		v.Time, err = time.Parse(time.DateOnly, text)
	case Clock:
		v.Time, err = time.Parse(time.TimeOnly, text)
	case Timestamp:
		v.Time, err = parseTimestamp(text)
	}
	return err == nil
}

// parseTimestamp takes a date and a time of day with up to nine decimals; the
// date alone means its first moment.
func parseTimestamp(text string) (time.Time, error) {
	text = strings.Replace(text, "T", " ", 1)
	t, err := time.Parse(time.DateTime, text)
	if err != nil {
		if day, dayErr := time.Parse(time.DateOnly, text); dayErr == nil {
			return day, nil
		}
	}
	return t, err
}

// text writes dates and times the way SQL does.
func (v Value) text() string {
	switch v.Kind {
	case Date:
		return v.Time.Format(time.DateOnly)
	case Clock:
		return v.Time.Format("15:04:05.999999999")
	case Timestamp:
		return v.Time.Format("2006-01-02 15:04:05.999999999")
	}
	return v.Text
}

// bindText binds dates and times as text, which the server reads by the type
// of what they are compared with.
func bindText(v Value) any {
	switch v.Kind {
	case Int:
		return v.Int
	case Float:
		return v.Float
	case Bool:
		return v.Bool
	}
	return v.text()
}

// bindTime binds dates and timestamps as such.
func bindTime(v Value) any {
	if v.Kind == Date || v.Kind == Timestamp {
		return v.Time
	}
	return bindText(v)
}
