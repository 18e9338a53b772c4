package workflow

import "time"

// AuditEntry is a change that somebody made.
type AuditEntry struct {
	ID         int64
	Time       time.Time
	UserID     int64
	UserName   string // as it was then
	IP         string
	Action     string // create, update, delete, start, stop, login, ...
	Resource   string // project, workflow, tenant, ...
	ResourceID string
	Name       string // of the resource, as it was then
	ProjectID  int64
	// Before and After are JSON without secrets; empty where there is nothing.
	Before, After string
}
