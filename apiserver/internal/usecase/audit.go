package usecase

import (
	"context"

	"github.com/porpoise-scheduler/porpoise/pkg/store"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// Changes gives recorded changes with ids below before (0: all), newest first.
// Reason: "user.forbidden".
func (s *Service) Changes(ctx context.Context, c Caller, f store.AuditFilter, before int64, limit int) ([]workflow.AuditEntry, error) {
	if err := RequireAdmin(c); err != nil {
		return nil, err
	}
	return s.Store.Audit.List(ctx, f, before, min(limit, s.MaxPage()))
}
