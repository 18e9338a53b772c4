package workflow

import "time"

// Amount counts files.
type Amount struct {
	Files int
	Bytes int64
}

// Add counts more.
func (a *Amount) Add(b Amount) { a.Files, a.Bytes = a.Files+b.Files, a.Bytes+b.Bytes }

// SweptLogs counts logs by where they are: a log may be in both places.
type SweptLogs struct {
	Shipped   Amount
	OnWorkers Amount
}

// SweepLine is what one policy was the reason for. Project 0 stands for all without
// a policy of their own.
type SweepLine struct {
	ProjectID    int64
	InstanceDays int
	LogDays      int
	Instances    int
	Tasks        int // of these instances; counted only, not by sweeps
	SweptLogs
}

// SweepReport counts what a sweep removed, or would remove.
type SweepReport struct {
	Policies  []SweepLine // the last is that of projects without one of their own
	CacheDays int
	Orphans   SweptLogs // logs of attempts that are gone
	Cached    Amount    // resources in the caches of workers
	Purged
	Unasked []Unasked
}

// Purged counts what was removed beside instances, or would be.
type Purged struct {
	Alerts   int
	Fires    int
	Commands int
}

// Unasked is a place that could not be looked through; the others were.
type Unasked struct {
	Place  string // a worker, or the log store
	Reason string
}

// Totals adds up what was of instances and logs.
func (r SweepReport) Totals() (instances int, logs SweptLogs) {
	logs = r.Orphans
	for _, l := range r.Policies {
		instances += l.Instances
		logs.Shipped.Add(l.Shipped)
		logs.OnWorkers.Add(l.OnWorkers)
	}
	return instances, logs
}

// Empty reports whether there was nothing.
func (r SweepReport) Empty() bool {
	instances, logs := r.Totals()
	return instances+logs.Shipped.Files+logs.OnWorkers.Files+r.Cached.Files == 0 && r.Purged == Purged{}
}

// SweepState is how far a sweep is.
type SweepState string

// States of a sweep. One waits while another is under way.
const (
	SweepWaiting SweepState = "WAITING"
	SweepRunning SweepState = "RUNNING"
	SweepDone    SweepState = "DONE"
	SweepFailed  SweepState = "FAILED"
)

// Ended reports whether it is over.
func (s SweepState) Ended() bool { return s == SweepDone || s == SweepFailed }

// Sweep is one that somebody asked for.
type Sweep struct {
	ID      int64 // on its master
	DryRun  bool
	State   SweepState
	Asked   time.Time
	Started time.Time
	Ended   time.Time
	Error   string
	Report  SweepReport // so far
}
