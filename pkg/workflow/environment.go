package workflow

import "time"

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
