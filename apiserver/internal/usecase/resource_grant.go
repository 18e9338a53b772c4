package usecase

import (
	"context"
	"slices"
	"strings"

	"github.com/porpoise-scheduler/porpoise/pkg/store"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// GrantedResources gives the resources of both kinds that a user was granted,
// with what is below granted folders; folders that only lead to something
// granted are left out. Reason: "user.forbidden" for all but admins.
func (s *Service) GrantedResources(ctx context.Context, c Caller, userID int64) ([]workflow.Resource, error) {
	granted, err := s.Store.Resources.Granted(ctx, userID)
	if err != nil {
		return nil, err
	}
	var open []string // granted folders; what is in them follows them
	return s.resourcesWhere(ctx, c, func(r workflow.Resource) bool {
		below := slices.ContainsFunc(open, func(folder string) bool { return strings.HasPrefix(r.FullName, folder) })
		if !below && !granted[r.ID].Allows(workflow.PermRead) {
			return false
		}
		if r.Directory && !below {
			open = append(open, r.FullName+"/")
		}
		return true
	}, func() { open = nil })
}

// GrantableResources gives the resources of both kinds that are not a user's
// own. Reason: "user.forbidden" for all but admins.
func (s *Service) GrantableResources(ctx context.Context, c Caller, userID int64) ([]workflow.Resource, error) {
	return s.resourcesWhere(ctx, c, func(r workflow.Resource) bool { return r.UserID != userID }, func() {})
}

// resourcesWhere gives an admin the resources to keep, kind by kind; begin is
// called before each.
func (s *Service) resourcesWhere(ctx context.Context, c Caller, keep func(workflow.Resource) bool, begin func()) ([]workflow.Resource, error) {
	if err := RequireAdmin(c); err != nil {
		return nil, err
	}
	var list []workflow.Resource
	for _, kind := range []workflow.ResourceKind{workflow.ResourceFile, workflow.ResourceUDF} {
		all, err := s.Store.Resources.All(ctx, store.ResourceFilter{Kind: kind})
		if err != nil {
			return nil, err
		}
		begin()
		for _, r := range all {
			if keep(r) {
				list = append(list, r)
			}
		}
	}
	return list, nil
}

// GrantedUDFs gives the functions a user was granted. Reason: "user.forbidden"
// for all but admins.
func (s *Service) GrantedUDFs(ctx context.Context, c Caller, userID int64) ([]workflow.UDF, error) {
	return s.udfsWhere(ctx, c, userID, func(_ workflow.UDF, granted bool) bool { return granted })
}

// UngrantedUDFs gives the functions a user neither owns nor was granted. Reason:
// "user.forbidden" for all but admins.
func (s *Service) UngrantedUDFs(ctx context.Context, c Caller, userID int64) ([]workflow.UDF, error) {
	return s.udfsWhere(ctx, c, userID, func(u workflow.UDF, granted bool) bool { return !granted && u.UserID != userID })
}

func (s *Service) udfsWhere(ctx context.Context, c Caller, userID int64, keep func(workflow.UDF, bool) bool) ([]workflow.UDF, error) {
	if err := RequireAdmin(c); err != nil {
		return nil, err
	}
	granted, err := s.Store.UDFs.Granted(ctx, userID)
	if err != nil {
		return nil, err
	}
	all, err := s.Store.UDFs.All(ctx, 0, "")
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(all, func(u workflow.UDF) bool { return !keep(u, slices.Contains(granted, u.ID)) }), nil
}
