package usecase

import (
	"context"
	"slices"
	"time"

	"github.com/porpoise-scheduler/porpoise/pkg/store"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// Days of a retention: a project may inherit those of all, and 0 keeps for
// ever.
const (
	inheritDays = -1
	maxDays     = 36525
)

// Retentions gives what is set, that of all projects (ProjectID 0) first.
// Reason: "user.forbidden".
func (s *Service) Retentions(ctx context.Context, c Caller) ([]workflow.Retention, error) {
	if err := RequireAdmin(c); err != nil {
		return nil, err
	}
	rows, err := s.Store.Retentions.All(ctx)
	if err != nil {
		return nil, err
	}
	if !slices.ContainsFunc(rows, func(r workflow.Retention) bool { return r.ProjectID == 0 }) {
		rows = append(rows, workflow.Retention{})
	}
	slices.SortFunc(rows, func(a, b workflow.Retention) int { return int(min(max(a.ProjectID-b.ProjectID, -1), 1)) })
	return rows, nil
}

// SetRetention says for how long things are kept, of a project or (0) of all
// that have nothing of their own. A project that inherits both has nothing of
// its own. Reasons: "user.forbidden", "param.invalid", "project.not_found".
func (s *Service) SetRetention(ctx context.Context, c Caller, r workflow.Retention) error {
	if err := RequireAdmin(c); err != nil {
		return err
	}
	if err := s.checkRetention(ctx, r); err != nil {
		return err
	}
	if r.ProjectID != 0 && r.InstanceDays == inheritDays && r.LogDays == inheritDays {
		return missingAs(s.Store.Retentions.Delete(ctx, r.ProjectID), nil)
	}
	return s.Store.Retentions.Save(ctx, r)
}

func (s *Service) checkRetention(ctx context.Context, r workflow.Retention) error {
	least := 0
	if r.CacheDays < 0 || r.CacheDays > maxDays || r.ProjectID != 0 && r.CacheDays != 0 {
		return invalid("cacheDays", "cacheDays")
	}
	if r.ProjectID != 0 {
		if _, err := s.ProjectByID(ctx, r.ProjectID); err != nil {
			return err
		}
		least = inheritDays
	}
	if r.InstanceDays < least || r.InstanceDays > maxDays {
		return invalid("instanceDays", "instanceDays")
	}
	if r.LogDays < least || r.LogDays > maxDays {
		return invalid("logDays", "logDays")
	}
	return nil
}

// Expiry counts what would go.
type Expiry struct {
	Instances, Tasks int
	store.Purged
	workflow.SweptLogs
	Cached  workflow.Amount    // resources in caches of workers
	Unasked []workflow.Unasked // where nobody counted logs and resources
}

// DryRetention counts what would go if a retention were set now: of its
// project, or (0) of all that have nothing of their own, where ended alerts
// and other leftovers go with the instances, logs of attempts that are gone, and
// cached resources. Reasons as of SetRetention.
func (s *Service) DryRetention(ctx context.Context, c Caller, r workflow.Retention) (e Expiry, err error) {
	rows, err := s.Retentions(ctx, c)
	if err != nil {
		return e, err
	}
	if err := s.checkRetention(ctx, r); err != nil {
		return e, err
	}
	if err := s.countRows(ctx, r, rows, &e); err != nil {
		return e, err
	}
	report, err := s.measure(ctx, r)
	if err != nil && ctx.Err() != nil {
		return e, err
	}
	if err != nil {
		report.Unasked = []workflow.Unasked{{Place: "master", Reason: err.Error()}}
	}
	e.countFiles(r, rows, report)
	return e, nil
}

// countRows counts what would go of the database.
func (s *Service) countRows(ctx context.Context, r workflow.Retention, rows []workflow.Retention, e *Expiry) (err error) {
	days := r.InstanceDays
	if days == inheritDays {
		days = rows[0].InstanceDays
	}
	if days <= 0 {
		return nil
	}
	var except []int64
	if r.ProjectID == 0 {
		for _, row := range rows {
			if row.ProjectID != 0 && row.InstanceDays != inheritDays {
				except = append(except, row.ProjectID)
			}
		}
	}
	before := s.Now().Add(-time.Duration(days) * 24 * time.Hour)
	if e.Instances, e.Tasks, err = s.Store.Retentions.CountExpired(ctx, r.ProjectID, except, before); err != nil {
		return err
	}
	if r.ProjectID == 0 {
		e.Purged, err = s.Store.Retentions.CountPurgeable(ctx, before)
	}
	return err
}

func (s *Service) measure(ctx context.Context, r workflow.Retention) (workflow.SweepReport, error) {
	sweeper, err := s.sweeper()
	if err != nil {
		return workflow.SweepReport{}, err
	}
	return sweeper.Measure(ctx, r)
}

func (s *Service) sweeper() (Sweeper, error) {
	if s.Sweeps == nil {
		return nil, workflow.Errorf(workflow.Unavailable, "retention.no_master", "this server does not know how to reach masters")
	}
	return s.Sweeps, nil
}

// countFiles takes from a report what concerns a retention.
func (e *Expiry) countFiles(r workflow.Retention, rows []workflow.Retention, report workflow.SweepReport) {
	e.Unasked = report.Unasked
	mine := map[int64]bool{r.ProjectID: true}
	if r.ProjectID == 0 {
		e.SweptLogs, e.Cached = report.Orphans, report.Cached
		for _, row := range rows {
			mine[row.ProjectID] = row.ProjectID == 0 || row.LogDays == inheritDays
		}
	}
	for _, l := range report.Policies {
		if mine[l.ProjectID] {
			e.Shipped.Add(l.Shipped)
			e.OnWorkers.Add(l.OnWorkers)
		}
	}
}

// Sweeper removes what is too old: the masters' part.
type Sweeper interface {
	// Measure counts logs and cached resources that would go if a setting were
	// another.
	Measure(ctx context.Context, r workflow.Retention) (workflow.SweepReport, error)
	// Start begins to remove, or to count, what is too old now.
	Start(ctx context.Context, dryRun bool) (workflow.Sweep, error)
	// Last gives the sweep that was asked for last.
	Last(ctx context.Context) (workflow.Sweep, error)
}

// StartSweep has masters remove now what is older than it is to be kept, or
// count it. Reasons: "user.forbidden", "retention.running" while what somebody
// asked for is under way, "retention.no_master".
func (s *Service) StartSweep(ctx context.Context, c Caller, dryRun bool) (workflow.Sweep, error) {
	if err := RequireAdmin(c); err != nil {
		return workflow.Sweep{}, err
	}
	sweeper, err := s.sweeper()
	if err != nil {
		return workflow.Sweep{}, err
	}
	started, err := sweeper.Start(ctx, dryRun)
	if err == nil {
		s.Log.InfoContext(ctx, "a sweep was asked for", "user", c.User.Name, "dry_run", dryRun)
	}
	return started, err
}

// LastSweep gives the sweep that was asked for last, with what it did so far.
// Reasons: "user.forbidden", "retention.no_sweep", "retention.no_master".
func (s *Service) LastSweep(ctx context.Context, c Caller) (workflow.Sweep, error) {
	if err := RequireAdmin(c); err != nil {
		return workflow.Sweep{}, err
	}
	sweeper, err := s.sweeper()
	if err != nil {
		return workflow.Sweep{}, err
	}
	return sweeper.Last(ctx)
}
