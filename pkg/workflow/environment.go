package workflow

import (
	"slices"
	"time"
)

// Environment is a named set of variables that attempts run with.
type Environment struct {
	ID           int64
	Name         string
	Description  string
	Variables    map[string]string
	WorkerGroups []string // where it may be used; none: everywhere
	CreateTime   time.Time
	UpdateTime   time.Time
}

// In reports whether attempts of a worker group may run with it.
func (e *Environment) In(group string) bool {
	return len(e.WorkerGroups) == 0 || slices.Contains(e.WorkerGroups, group)
}
