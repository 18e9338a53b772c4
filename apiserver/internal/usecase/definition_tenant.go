package usecase

import (
	"context"

	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// runsAs finds the tenant a definition's instances run as, and the tenant's
// queue: the definition's own tenant while that exists, else its creator's.
// "tenant.unsuitable" when there is none.
func (s *Service) runsAs(ctx context.Context, d *workflow.Definition) (tenant, queue string, err error) {
	t, err := s.tenant(ctx, d.TenantID)
	if err != nil {
		return "", "", err
	}
	if t.ID == 0 {
		creator, err := s.Store.Users.Get(ctx, d.UserID)
		if err != nil && workflow.ErrorCode(err) != workflow.NotFound {
			return "", "", err
		}
		if t, err = s.tenant(ctx, creator.TenantID); err != nil {
			return "", "", err
		}
	}
	if t.ID == 0 {
		return "", "", workflow.Errorf(workflow.Conflict, "tenant.unsuitable", "neither the workflow nor its creator has a tenant")
	}
	q, err := s.Store.Queues.Get(ctx, t.QueueID)
	if err != nil && workflow.ErrorCode(err) != workflow.NotFound {
		return "", "", err
	}
	return t.Code, q.Value, nil
}

// runsAsAnother is runsAs for a tenant that the caller names, which needs the
// right to change the workflow: he could name it there. Reasons:
// "tenant.forbidden", "tenant.unsuitable".
func (s *Service) runsAsAnother(ctx context.Context, c Caller, p workflow.Project, code string) (tenant, queue string, err error) {
	if err := s.MayUse(ctx, c, p, ToWrite); err != nil {
		if workflow.ErrorCode(err) == workflow.Forbidden {
			err = workflow.Errorf(workflow.Forbidden, "tenant.forbidden", "only developers of the project choose who a run runs as").At("tenant")
		}
		return "", "", err
	}
	t, err := s.Store.Tenants.ByCode(ctx, code)
	if err != nil {
		return "", "", missingAs(err, workflow.Errorf(workflow.Invalid, "tenant.unsuitable", "there is no tenant %s", code).At("tenant"))
	}
	q, err := s.Store.Queues.Get(ctx, t.QueueID)
	return t.Code, q.Value, missingAs(err, nil)
}

// tenant gives a tenant, the zero one when there is none of that id.
func (s *Service) tenant(ctx context.Context, id int64) (workflow.Tenant, error) {
	if id <= 0 {
		return workflow.Tenant{}, nil
	}
	t, err := s.Store.Tenants.Get(ctx, id)
	if workflow.ErrorCode(err) == workflow.NotFound {
		return workflow.Tenant{}, nil
	}
	return t, err
}

// queueFor is the queue work of the caller goes to: his own, else the tenant's.
func queueFor(c Caller, tenantQueue string) string {
	if c.User.Queue != "" {
		return c.User.Queue
	}
	return tenantQueue
}
