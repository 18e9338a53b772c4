package usecase

import (
	"context"
	"slices"
	"strings"

	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// permPass lets a user see a folder and nothing of what is in it but what he
// was granted.
const permPass workflow.Perm = 1

// ResourceGrant names a resource to grant, and the folders that lead to it,
// outermost first.
type ResourceGrant struct {
	ID    int64
	Above []int64
}

// grantee refuses callers who may not grant and users who do not exist:
// "user.forbidden", "user.not_found" (the id).
func (s *Service) grantee(ctx context.Context, c Caller, userID int64) error {
	if err := RequireAdmin(c); err != nil {
		return err
	}
	_, err := s.Store.Users.Get(ctx, userID)
	return missingAs(err, userNotFound(userID))
}

// GrantResources replaces the resources a user was granted. Reasons besides
// those of grantee: "grant.resource_missing" (the id), and "grant.in_use" when
// an online workflow of the user's needs one that he would lose.
func (s *Service) GrantResources(ctx context.Context, c Caller, userID int64, grants []ResourceGrant) error {
	if err := s.grantee(ctx, c, userID); err != nil {
		return err
	}
	perms := map[int64]workflow.Perm{}
	var named []workflow.Resource
	for _, g := range grants {
		r, err := s.resourceToGrant(ctx, g.ID)
		if err != nil {
			return err
		}
		named = append(named, r)
		if err := s.passThrough(ctx, perms, g.Above); err != nil {
			return err
		}
	}
	for _, r := range named {
		perms[r.ID] = max(perms[r.ID], permOf(r, named))
	}
	if err := s.keepUsed(ctx, userID, perms); err != nil {
		return err
	}
	return s.Store.Resources.Grant(ctx, userID, perms)
}

// permOf gives the right that a grant of r gives: all of a file, reading all of
// a folder. A folder that is named along with things in it is only the way to
// those: lists of what somebody may read name both.
func permOf(r workflow.Resource, named []workflow.Resource) workflow.Perm {
	if !r.Directory {
		return workflow.PermAll
	}
	inside := func(other workflow.Resource) bool {
		return other.Kind == r.Kind && strings.HasPrefix(other.FullName, r.FullName+"/")
	}
	if slices.ContainsFunc(named, inside) {
		return permPass
	}
	return workflow.PermRead
}

// passThrough lets the user see the folders on the way.
func (s *Service) passThrough(ctx context.Context, perms map[int64]workflow.Perm, above []int64) error {
	for _, id := range above {
		if _, err := s.resourceToGrant(ctx, id); err != nil {
			return err
		}
		perms[id] = max(perms[id], permPass)
	}
	return nil
}

func (s *Service) resourceToGrant(ctx context.Context, id int64) (workflow.Resource, error) {
	r, err := s.Store.Resources.Get(ctx, id)
	return r, missingAs(err, grantMissing("grant.resource_missing", id))
}

// keepUsed refuses to take away what the user's online workflows name.
func (s *Service) keepUsed(ctx context.Context, userID int64, next map[int64]workflow.Perm) error {
	now, err := s.Store.Resources.Granted(ctx, userID)
	if err != nil {
		return err
	}
	var lost []int64
	for id := range now {
		if _, stays := next[id]; !stays {
			lost = append(lost, id)
		}
	}
	if len(lost) == 0 {
		return nil
	}
	slices.Sort(lost)
	uses, err := s.Store.Resources.UsedBy(ctx, lost)
	if err != nil {
		return err
	}
	for _, use := range uses {
		if use.ReleaseState != workflow.Online {
			continue
		}
		d, err := s.Store.Definitions.Get(ctx, use.DefinitionID)
		if err != nil && workflow.ErrorCode(err) != workflow.NotFound {
			return err
		}
		if err == nil && d.UserID == userID {
			return workflow.Errorf(workflow.Conflict, "grant.in_use", "workflow %s uses resource %d", use.DefinitionName, use.Of)
		}
	}
	return nil
}

// GrantUDFs replaces the functions a user was granted. Reason besides those of
// grantee: "grant.udf_missing" (the id).
func (s *Service) GrantUDFs(ctx context.Context, c Caller, userID int64, ids []int64) error {
	if err := s.grantee(ctx, c, userID); err != nil {
		return err
	}
	ids = sorted(ids)
	for _, id := range ids {
		if _, err := s.Store.UDFs.Get(ctx, id); err != nil {
			return missingAs(err, grantMissing("grant.udf_missing", id))
		}
	}
	return s.Store.UDFs.Grant(ctx, userID, ids)
}

// GrantDataSources replaces the data sources a user was granted. Reason besides
// those of grantee: "grant.data_source_missing" (the id).
func (s *Service) GrantDataSources(ctx context.Context, c Caller, userID int64, ids []int64) error {
	if err := s.grantee(ctx, c, userID); err != nil {
		return err
	}
	ids = sorted(ids)
	for _, id := range ids {
		if _, err := s.Store.DataSources.Get(ctx, id); err != nil {
			return missingAs(err, grantMissing("grant.data_source_missing", id))
		}
	}
	return s.Store.DataSources.Grant(ctx, userID, ids)
}

// sorted gives each id once, in order.
func sorted(ids []int64) []int64 {
	ids = slices.Clone(ids)
	slices.Sort(ids)
	return slices.Compact(ids)
}

func grantMissing(reason string, id int64) error {
	return workflow.Errorf(workflow.NotFound, reason, "%d does not exist", id).With(id)
}
