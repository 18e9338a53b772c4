package usecase

import (
	"context"
	"fmt"

	"github.com/porpoise-scheduler/porpoise/apiserver/internal/auth"
	"github.com/porpoise-scheduler/porpoise/pkg/store"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// AdminName is the first user's name.
const AdminName = "admin"

// DefaultAlertGroup is the id of the group that every database begins with.
const DefaultAlertGroup = 1

// FirstTenant is the code of the tenant that the first user has. Workers know
// what it stands for: the user they run as, or one without rights.
const FirstTenant = "default"

// firstQueue is the id of the queue that every database begins with.
const firstQueue = 1

// Bootstrap makes the first user when there is none at all, gives it a tenant
// to run workflows as, and puts it into the default alert group. It gives the
// password that was set, a random one unless password says which, and whether
// this call made the user: another server may have been faster.
func (s *Service) Bootstrap(ctx context.Context, password string) (set string, created bool, err error) {
	_, total, err := s.Store.Users.List(ctx, "", store.Page{Number: 1, Size: 1})
	if err != nil {
		return "", false, fmt.Errorf("looking for users: %w", err)
	}
	if total > 0 {
		return "", false, nil
	}
	if password == "" {
		password = auth.RandomPassword()
	}
	hash, err := s.Auth.Hash(ctx, password)
	if err != nil {
		return "", false, err
	}
	tenant, err := s.firstTenant(ctx)
	if err != nil {
		return "", false, err
	}
	u := workflow.User{
		Name: AdminName, PasswordHash: hash, Email: "admin@example.org", Role: workflow.RoleAdmin, TenantID: tenant,
	}
	err = s.Store.Users.Create(ctx, &u)
	if workflow.ErrorCode(err) == workflow.Exists {
		return "", false, nil
	}
	if err != nil {
		return "", false, fmt.Errorf("making the first user: %w", err)
	}
	// The password is told only now: what comes after must not keep it back.
	if err := s.Store.AlertGroups.SetUsers(ctx, DefaultAlertGroup, []int64{u.ID}); err != nil {
		s.Log.WarnContext(ctx, "the first user is not in the default alert group", "error", err)
	}
	return password, true, nil
}

// firstTenant gives the first user's tenant; a server that died after it made
// the tenant, or one that was faster, may have left it.
func (s *Service) firstTenant(ctx context.Context) (int64, error) {
	t := workflow.Tenant{
		Code: FirstTenant, Name: FirstTenant, QueueID: firstQueue,
		Description: "what workers run by default: their own user, or one without rights",
	}
	err := s.Store.Tenants.Create(ctx, &t)
	if workflow.ErrorCode(err) == workflow.Exists {
		t, err = s.Store.Tenants.ByCode(ctx, FirstTenant)
	}
	if err != nil {
		return 0, fmt.Errorf("making the first tenant: %w", err)
	}
	return t.ID, nil
}
