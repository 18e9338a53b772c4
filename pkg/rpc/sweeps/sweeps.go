// Package sweeps is how the removal of what is older than it is to be kept
// tells what it does, and how API servers have masters do it.
package sweeps

import (
	"time"

	"github.com/porpoise-scheduler/porpoise/pkg/store"
)

// Amount counts files.
type Amount struct {
	Files int
	Bytes int64
}

// Add counts more.
func (a *Amount) Add(b Amount) { a.Files, a.Bytes = a.Files+b.Files, a.Bytes+b.Bytes }

// Logs counts logs by where they are: a log may be in both places.
type Logs struct {
	Shipped   Amount
	OnWorkers Amount
}

// Line is what one policy was the reason for. Project 0 stands for all without
// a policy of their own.
type Line struct {
	ProjectID    int64
	InstanceDays int
	LogDays      int
	Instances    int
	Tasks        int // of these instances; counted only, not by sweeps
	Logs
}

// Report counts what a sweep removed, or would remove.
type Report struct {
	Policies  []Line // the last is that of projects without one of their own
	CacheDays int
	Orphans   Logs   // logs of attempts that are gone
	Cached    Amount // resources in the caches of workers
	store.Purged
	Unasked []Unasked
}

// Unasked is a place that could not be looked through; the others were.
type Unasked struct {
	Place  string // a worker, or the log store
	Reason string
}

// Totals adds up what was of instances and logs.
func (r Report) Totals() (instances int, logs Logs) {
	logs = r.Orphans
	for _, l := range r.Policies {
		instances += l.Instances
		logs.Shipped.Add(l.Shipped)
		logs.OnWorkers.Add(l.OnWorkers)
	}
	return instances, logs
}

// Empty reports whether there was nothing.
func (r Report) Empty() bool {
	instances, logs := r.Totals()
	return instances+logs.Shipped.Files+logs.OnWorkers.Files+r.Cached.Files == 0 && r.Purged == store.Purged{}
}

// State is how far a sweep is.
type State string

// States of a sweep. One waits while another is under way.
const (
	Waiting State = "WAITING"
	Running State = "RUNNING"
	Done    State = "DONE"
	Failed  State = "FAILED"
)

// Ended reports whether it is over.
func (s State) Ended() bool { return s == Done || s == Failed }

// Sweep is one that somebody asked for.
type Sweep struct {
	ID      int64 // on its master
	DryRun  bool
	State   State
	Asked   time.Time
	Started time.Time
	Ended   time.Time
	Error   string
	Report  Report // so far
}
