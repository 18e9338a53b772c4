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
}

// DryRetention counts what would go if a retention were set now: of its
// project, or (0) of all that have nothing of their own, where ended alerts
// and other leftovers go with the instances. Reasons as of SetRetention.
func (s *Service) DryRetention(ctx context.Context, c Caller, r workflow.Retention) (e Expiry, err error) {
	rows, err := s.Retentions(ctx, c)
	if err != nil {
		return e, err
	}
	if err := s.checkRetention(ctx, r); err != nil {
		return e, err
	}
	days := r.InstanceDays
	if days == inheritDays {
		days = rows[0].InstanceDays
	}
	if days <= 0 {
		return e, nil
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
		return e, err
	}
	if r.ProjectID == 0 {
		e.Purged, err = s.Store.Retentions.CountPurgeable(ctx, before)
	}
	return e, err
}
