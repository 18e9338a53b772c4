package native

import (
	"context"
	"net/http"
	"time"

	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// Amount counts files.
type Amount struct {
	Files int   `json:"files"`
	Bytes int64 `json:"bytes"`
}

// Unasked is a place that could not be looked through; the others were.
type Unasked struct {
	Place  string `json:"place" doc:"a worker, the log store, or whoever could not tell of them"`
	Reason string `json:"reason"`
}

// SweepInput asks for a sweep.
type SweepInput struct {
	DryRun bool `json:"dryRun,omitempty" doc:"count only, and change nothing"`
}

// SweepLine is what the retention of one project, or of all others, was the
// reason for.
type SweepLine struct {
	ProjectID    int64  `json:"projectId" doc:"0: projects that have nothing of their own"`
	InstanceDays int    `json:"instanceDays"`
	LogDays      int    `json:"logDays"`
	Instances    int    `json:"instances" doc:"whose deletion was asked for, or that would go"`
	Tasks        int    `json:"tasks" doc:"task instances of those; of a dry run only"`
	ShippedLogs  Amount `json:"shippedLogs" doc:"logs in the log store"`
	WorkerLogs   Amount `json:"workerLogs" doc:"logs on workers"`
}

// Sweep is the removal, or the counting, of what is older than it is to be
// kept, with what was done so far.
type Sweep struct {
	ID        int64       `json:"id" doc:"on the master that does it"`
	DryRun    bool        `json:"dryRun"`
	State     string      `json:"state" enum:"WAITING,RUNNING,DONE,FAILED"`
	Asked     *time.Time  `json:"asked"`
	Started   *time.Time  `json:"started"`
	Ended     *time.Time  `json:"ended"`
	Error     string      `json:"error,omitempty" doc:"why it failed; the rest was done"`
	Items     []SweepLine `json:"items" nullable:"false" doc:"the last is of projects that have nothing of their own"`
	CacheDays int         `json:"cacheDays"`
	Cached    Amount      `json:"cached" doc:"resources in caches of workers"`
	// OrphanShippedLogs and OrphanWorkerLogs belong to no project any more.
	OrphanShippedLogs Amount    `json:"orphanShippedLogs" doc:"logs in the log store of attempts that are gone"`
	OrphanWorkerLogs  Amount    `json:"orphanWorkerLogs" doc:"logs on workers of attempts that are gone"`
	Alerts            int       `json:"alerts"`
	Fires             int       `json:"fires" doc:"decided due times"`
	Commands          int       `json:"commands" doc:"that were set aside"`
	Unasked           []Unasked `json:"unasked" nullable:"false"`
}

func (a *API) declareSweeps() {
	const tag = "Retention"
	add(a, op{ID: "startSweep", Method: http.MethodPost, Path: "/retention:run", Tag: tag, Access: AdminOnly, Status: http.StatusAccepted,
		Summary: "Remove now what is older than it is to be kept, or count it"}, a.startSweep)
	add(a, op{ID: "getSweep", Method: http.MethodGet, Path: "/retention/sweep", Tag: tag, Access: AdminOnly,
		Summary: "The sweep that was asked for last, and what it did so far"}, a.getSweep)
}

func (a *API) startSweep(ctx context.Context, in *struct{ Body SweepInput }) (*body[Sweep], error) {
	s, err := a.uc.StartSweep(ctx, callerOf(ctx), in.Body.DryRun)
	if err != nil {
		return nil, err
	}
	return answer(sweepView(s)), nil
}

func (a *API) getSweep(ctx context.Context, _ *struct{}) (*body[Sweep], error) {
	s, err := a.uc.LastSweep(ctx, callerOf(ctx))
	if err != nil {
		return nil, err
	}
	return answer(sweepView(s)), nil
}

func sweepView(s workflow.Sweep) Sweep {
	r := s.Report
	v := Sweep{
		ID: s.ID, DryRun: s.DryRun, State: string(s.State), Error: s.Error,
		Asked: moment(s.Asked), Started: moment(s.Started), Ended: moment(s.Ended),
		Items: make([]SweepLine, len(r.Policies)), CacheDays: r.CacheDays, Cached: Amount(r.Cached),
		OrphanShippedLogs: Amount(r.Orphans.Shipped), OrphanWorkerLogs: Amount(r.Orphans.OnWorkers),
		Alerts: r.Alerts, Fires: r.Fires, Commands: r.Commands, Unasked: unaskedView(r.Unasked),
	}
	for i, l := range r.Policies {
		v.Items[i] = SweepLine{
			ProjectID: l.ProjectID, InstanceDays: l.InstanceDays, LogDays: l.LogDays, Instances: l.Instances, Tasks: l.Tasks,
			ShippedLogs: Amount(l.Shipped), WorkerLogs: Amount(l.OnWorkers),
		}
	}
	return v
}

func unaskedView(list []workflow.Unasked) []Unasked {
	v := make([]Unasked, len(list))
	for i, u := range list {
		v[i] = Unasked(u)
	}
	return v
}
