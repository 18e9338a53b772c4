package usecase

import (
	"context"

	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// ownResource gives a resource to its owner and to admins. Reasons:
// "resource.not_found", "user.forbidden".
func (s *Service) ownResource(ctx context.Context, c Caller, id int64) (workflow.Resource, error) {
	r, err := s.Store.Resources.Get(ctx, id)
	if err != nil {
		return r, missingAs(err, resourceNotFound())
	}
	return r, requireSelf(c, r.UserID)
}

// resourceFor gives a resource to who may do to it what want says. Reasons as
// of ownResource.
func (s *Service) resourceFor(ctx context.Context, c Caller, id int64, want workflow.Perm) (workflow.Resource, error) {
	r, err := s.Store.Resources.Get(ctx, id)
	if err != nil {
		return r, missingAs(err, resourceNotFound())
	}
	return r, s.mayResource(ctx, c, r, want)
}

// mayResource refuses callers without the right.
func (s *Service) mayResource(ctx context.Context, c Caller, r workflow.Resource, want workflow.Perm) error {
	if c.Admin() || c.Is(r.UserID) {
		return nil
	}
	perm, err := s.grantedOf(ctx, c.User.ID, r)
	if err == nil && !perm.Allows(want) {
		err = forbidden()
	}
	return err
}

// seesResource refuses callers without any right: they do not see it in lists
// either.
func (s *Service) seesResource(ctx context.Context, c Caller, r workflow.Resource) error {
	if c.Admin() || c.Is(r.UserID) {
		return nil
	}
	perm, err := s.grantedOf(ctx, c.User.ID, r)
	if err == nil && perm == 0 {
		err = forbidden()
	}
	return err
}

// grantedOf gives the right a user was granted: on the resource, or to read
// what is below a folder that it is in.
func (s *Service) grantedOf(ctx context.Context, userID int64, r workflow.Resource) (workflow.Perm, error) {
	granted, err := s.Store.Resources.Granted(ctx, userID)
	if err != nil || len(granted) == 0 {
		return 0, err
	}
	perm := granted[r.ID]
	for id := r.ParentID; id != 0; {
		perm |= granted[id] & workflow.PermRead
		if perm.Allows(workflow.PermRead) {
			break
		}
		folder, err := s.Store.Resources.Get(ctx, id)
		if err != nil {
			return 0, missingAs(err, resourceNotFound())
		}
		id = folder.ParentID
	}
	return perm, nil
}

// visibleTo is whom lists are narrowed to: nobody for admins.
func visibleTo(c Caller) int64 {
	if c.Admin() {
		return 0
	}
	return c.User.ID
}
