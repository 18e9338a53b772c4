package usecase

import (
	"context"
	"regexp"
	"strings"

	"github.com/porpoise-scheduler/porpoise/pkg/store"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// TenantView is a tenant with its queue.
type TenantView struct {
	workflow.Tenant
	Queue workflow.Queue
}

// TenantInput is what a caller wants a tenant to be. On an update empty texts
// leave code and name as they are, and a QueueID of 0 the queue.
type TenantInput struct {
	Code        string
	Name        string
	QueueID     int64
	Description string
}

var tenantCode = regexp.MustCompile(`^[0-9a-zA-Z_.-]+$`)

// CreateTenant makes a tenant and gives its id. Reasons: "user.forbidden", "param.invalid" (the
// code, when it is taken), "tenant.code_invalid", "queue.not_found".
func (s *Service) CreateTenant(ctx context.Context, c Caller, in TenantInput) (id int64, err error) {
	if err := RequireAdmin(c); err != nil {
		return 0, err
	}
	_, err = s.Store.Tenants.ByCode(ctx, in.Code)
	taken, err := found(err)
	if err != nil {
		return 0, err
	}
	if taken {
		return 0, invalid("tenantCode", in.Code)
	}
	if err := checkTenant(in); err != nil {
		return 0, err
	}
	if err := s.queueExists(ctx, in.QueueID); err != nil {
		return 0, err
	}
	t := workflow.Tenant{Code: in.Code, Name: in.Name, QueueID: in.QueueID, Description: in.Description}
	err = s.Store.Tenants.Create(ctx, &t)
	return t.ID, takenAs(err, invalid("tenantCode", in.Code))
}

// UpdateTenant changes a tenant. Reasons: "user.forbidden",
// "tenant.not_found", "tenant.code_taken", "tenant.code_invalid",
// "queue.not_found".
func (s *Service) UpdateTenant(ctx context.Context, c Caller, id int64, in TenantInput) error {
	defer s.hot.forget()
	if err := RequireAdmin(c); err != nil {
		return err
	}
	t, err := s.Store.Tenants.Get(ctx, id)
	if err != nil {
		return missingAs(err, tenantNotFound())
	}
	if in.Code != "" {
		t.Code = in.Code
	}
	if in.Name != "" {
		t.Name = in.Name
	}
	if in.QueueID != 0 {
		t.QueueID = in.QueueID
	}
	t.Description = in.Description
	if err := checkTenant(TenantInput{Code: t.Code, Name: t.Name, Description: t.Description}); err != nil {
		return err
	}
	if err := s.queueExists(ctx, t.QueueID); err != nil {
		return err
	}
	return takenAs(s.Store.Tenants.Update(ctx, &t),
		workflow.Errorf(workflow.Exists, "tenant.code_taken", "tenant code already exists").At("tenantCode"))
}

// DeleteTenant removes a tenant nothing refers to. Reasons: "user.forbidden",
// "tenant.not_found", "tenant.running", "tenant.defined", "tenant.users" (how
// many each).
func (s *Service) DeleteTenant(ctx context.Context, c Caller, id int64) error {
	defer s.hot.forget()
	if err := RequireAdmin(c); err != nil {
		return err
	}
	if _, err := s.Store.Tenants.Get(ctx, id); err != nil {
		return missingAs(err, tenantNotFound())
	}
	users, definitions, running, err := s.Store.Tenants.Uses(ctx, id)
	if err != nil {
		return err
	}
	switch {
	case running > 0:
		return inUse("tenant.running", running, "running instances")
	case definitions > 0:
		return inUse("tenant.defined", definitions, "workflows")
	case users > 0:
		return inUse("tenant.users", users, "users")
	}
	return s.Store.Tenants.Delete(ctx, id)
}

func inUse(reason string, n int, what string) error {
	return workflow.Errorf(workflow.Conflict, reason, "%d %s use it", n, what).With(n)
}

// ListTenants gives a page of the tenants whose code or name contains search.
func (s *Service) ListTenants(ctx context.Context, c Caller, search string, p store.Page) ([]TenantView, int, error) {
	if err := RequireAdmin(c); err != nil {
		return nil, 0, err
	}
	rows, total, err := s.Store.Tenants.List(ctx, search, s.bound(p))
	if err != nil {
		return nil, 0, err
	}
	views, err := s.viewTenants(ctx, rows)
	return views, total, err
}

// AllTenants gives every tenant: who defines workflows must be able to choose.
func (s *Service) AllTenants(ctx context.Context) ([]TenantView, error) {
	rows, err := s.Store.Tenants.All(ctx)
	if err != nil {
		return nil, err
	}
	return s.viewTenants(ctx, rows)
}

// TenantCodeFree refuses a code that is taken: "tenant.exists" (the code).
func (s *Service) TenantCodeFree(ctx context.Context, code string) error {
	_, err := s.Store.Tenants.ByCode(ctx, code)
	taken, err := found(err)
	if err != nil {
		return err
	}
	if taken {
		return workflow.Errorf(workflow.Exists, "tenant.exists", "tenant code %s already exists", code).At("tenantCode").With(code)
	}
	return nil
}

func (s *Service) viewTenants(ctx context.Context, rows []workflow.Tenant) ([]TenantView, error) {
	queues, err := s.queuesByID(ctx)
	if err != nil {
		return nil, err
	}
	views := make([]TenantView, 0, len(rows))
	for _, t := range rows {
		views = append(views, TenantView{Tenant: t, Queue: queues[t.QueueID]})
	}
	return views, nil
}

// checkTenant refuses codes that could not be users of an operating system.
func checkTenant(in TenantInput) error {
	if len(in.Code) > 64 || !tenantCode.MatchString(in.Code) || strings.HasPrefix(in.Code, "-") || strings.HasPrefix(in.Code, ".") {
		return workflow.Errorf(workflow.Invalid, "tenant.code_invalid", "the tenant code is not valid").At("tenantCode")
	}
	if err := checkLength("tenantName", in.Name, 64); err != nil {
		return err
	}
	return checkLength("description", in.Description, 255)
}

func tenantNotFound() error {
	return workflow.Errorf(workflow.NotFound, "tenant.not_found", "the tenant does not exist").At("tenantId")
}
