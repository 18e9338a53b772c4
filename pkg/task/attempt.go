package task

import (
	"strings"
	"time"

	"github.com/porpoise-scheduler/porpoise/pkg/param"
)

// Base gives the base time of the attempt's dates, in its zone, from the
// built-in parameters; the zero time when they do not tell.
func (a Attempt) Base() time.Time {
	base, err := time.Parse(time.RFC3339Nano, a.Values[param.BaseTime])
	if err != nil {
		base, err = time.Parse("20060102150405", a.Values["system.datetime"])
	}
	if err != nil {
		return time.Time{}
	}
	// Without the zone's rules the offset of the base time still holds.
	if zone, err := time.LoadLocation(a.Values[param.BaseZone]); err == nil && a.Values[param.BaseZone] != "" {
		return base.In(zone)
	}
	return base
}

// Expand replaces the placeholders of a text of the task. The base time, whose
// zone has to be read from a file, is looked up only for texts that need it.
func (a Attempt) Expand(text string) string {
	if !strings.Contains(text, "$[") && !a.dated() {
		return param.Expand(text, a.Values, time.Time{})
	}
	return param.Expand(text, a.Values, a.Base())
}

// dated reports whether a parameter's value holds a time expression.
func (a Attempt) dated() bool {
	for _, v := range a.Values {
		if strings.Contains(v, "$[") {
			return true
		}
	}
	return false
}
