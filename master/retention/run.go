package retention

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/porpoise-scheduler/porpoise/pkg/store"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// run is one sweep, or one count. Its report may be looked at meanwhile.
type run struct {
	*Sweeper
	policies []Policy
	cache    int // days
	now      time.Time
	remove   bool

	mu     sync.Mutex
	report workflow.SweepReport
}

// begin reads the policies; instead of a stored setting another one counts, if
// that is given.
func (s *Sweeper) begin(ctx context.Context, remove bool, instead *workflow.Retention) (*run, error) {
	rows, err := s.deps.Retentions.All(ctx)
	if err != nil {
		return nil, err
	}
	if instead != nil {
		rows = slices.DeleteFunc(rows, func(r workflow.Retention) bool { return r.ProjectID == instead.ProjectID })
		rows = append(rows, *instead)
	}
	r := &run{Sweeper: s, policies: Policies(rows), cache: cacheDays(rows), now: s.deps.Now(), remove: remove}
	r.report.CacheDays = r.cache
	for _, p := range r.policies {
		r.report.Policies = append(r.report.Policies, workflow.SweepLine{ProjectID: p.ProjectID, InstanceDays: p.InstanceDays, LogDays: p.LogDays})
	}
	return r, nil
}

// note changes the report.
func (r *run) note(change func(*workflow.SweepReport)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	change(&r.report)
}

// view gives the report so far.
func (r *run) view() workflow.SweepReport {
	r.mu.Lock()
	defer r.mu.Unlock()
	v := r.report
	v.Policies, v.Unasked = slices.Clone(v.Policies), slices.Clone(v.Unasked)
	return v
}

// all does everything, as far as it can.
func (r *run) all(ctx context.Context, files bool) (workflow.SweepReport, error) {
	var errs []error
	for i, p := range r.policies {
		errs = append(errs, r.instances(ctx, i, p))
	}
	errs = append(errs, r.beside(ctx))
	if files {
		errs = append(errs, r.files(ctx))
	}
	return r.view(), errors.Join(errs...)
}

// instances deletes or counts those of a policy.
func (r *run) instances(ctx context.Context, line int, p Policy) error {
	before, ok := ago(r.now, p.InstanceDays)
	if !ok {
		return nil
	}
	if r.remove {
		return r.deleteInstances(ctx, line, p, before)
	}
	instances, tasks, err := r.deps.Retentions.CountExpired(ctx, p.ProjectID, p.Except, before)
	r.note(func(report *workflow.SweepReport) {
		l := &report.Policies[line]
		l.Instances, l.Tasks = instances, tasks
	})
	return err
}

// beside removes or counts what was recorded beside instances: it goes with
// those of projects without a policy of their own.
func (r *run) beside(ctx context.Context) error {
	before, ok := ago(r.now, r.policies[len(r.policies)-1].InstanceDays)
	if !ok {
		return nil
	}
	if r.remove {
		return r.purge(ctx, before)
	}
	purged, err := r.deps.Retentions.CountPurgeable(ctx, before)
	r.note(func(report *workflow.SweepReport) { report.Purged = purged })
	return err
}

func (r *run) purge(ctx context.Context, before time.Time) error {
	for {
		p, err := r.deps.Retentions.Purge(ctx, before, r.cfg.Batch)
		if err != nil {
			return err
		}
		if p.Alerts, err = r.deps.Deliveries.Purge(ctx, before, r.cfg.Batch); err != nil {
			return err
		}
		if p == (store.Purged{}) {
			return nil
		}
		r.note(func(report *workflow.SweepReport) {
			sum := &report.Purged
			sum.Alerts, sum.Fires, sum.Commands = sum.Alerts+p.Alerts, sum.Fires+p.Fires, sum.Commands+p.Commands
		})
		if err := r.pause(ctx); err != nil {
			return err
		}
	}
}

// pause lets others work. Looking disturbs them less than changing.
func (r *run) pause(ctx context.Context) error {
	d := r.cfg.Pause
	if !r.remove {
		d /= 100
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
