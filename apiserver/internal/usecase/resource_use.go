package usecase

import (
	"context"
	"strings"

	"github.com/porpoise-scheduler/porpoise/pkg/store"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// moveTo puts next into another folder than before is in: one of the caller's,
// or the root. Reasons: "resource.parent_not_found", "user.forbidden",
// "resource.parent".
func (s *Service) moveTo(ctx context.Context, c Caller, before workflow.Resource, folder int64, next *workflow.Resource) error {
	parent, err := s.parentFolder(ctx, c, ResourceInput{Kind: before.Kind, ParentID: folder})
	if err != nil {
		return err
	}
	if before.Directory && strings.HasPrefix(parent+"/", before.FullName+"/") {
		return workflow.Errorf(workflow.Invalid, "resource.parent", "%s cannot move into itself", before.FullName).At("pid")
	}
	next.ParentID, next.FullName = folder, parent+"/"+next.Name
	return nil
}

// pathUnused refuses ("resource.used") another full name for what an online
// workflow names by the present one, itself or something in it, and to take it
// out of a folder that one names.
func (s *Service) pathUnused(ctx context.Context, before, next workflow.Resource) error {
	ids, err := s.withBelow(ctx, before)
	if err != nil {
		return err
	}
	if err := unused(s.Store.Resources.NamedBy(ctx, ids)); err != nil || next.ParentID == before.ParentID {
		return err
	}
	if ids, err = s.above(ctx, before); err != nil {
		return err
	}
	return unused(s.Store.Resources.UsedBy(ctx, ids))
}

// resourceUnused refuses ("resource.used") a resource that an online workflow
// names, or something in it, or a folder that it is in.
func (s *Service) resourceUnused(ctx context.Context, r workflow.Resource) error {
	below, err := s.withBelow(ctx, r)
	if err != nil {
		return err
	}
	above, err := s.above(ctx, r)
	if err != nil {
		return err
	}
	return unused(s.Store.Resources.UsedBy(ctx, append(below, above...)))
}

// unused refuses uses by online workflows.
func unused(uses []store.Use, err error) error {
	for _, use := range uses {
		if use.ReleaseState == workflow.Online {
			return workflow.Errorf(workflow.Conflict, "resource.used", "workflow %s uses it", use.DefinitionName).With(use.DefinitionName)
		}
	}
	return err
}

// withBelow gives the ids of a resource and of all in it.
func (s *Service) withBelow(ctx context.Context, r workflow.Resource) ([]int64, error) {
	below, err := s.Store.Resources.Below(ctx, r.ID)
	ids := []int64{r.ID}
	for _, b := range below {
		ids = append(ids, b.ID)
	}
	return ids, err
}

// above gives the ids of the folders that a resource is in.
func (s *Service) above(ctx context.Context, r workflow.Resource) (ids []int64, err error) {
	for id := r.ParentID; id != 0; {
		folder, err := s.Store.Resources.Get(ctx, id)
		if err != nil {
			return nil, missingAs(err, resourceNotFound())
		}
		ids, id = append(ids, id), folder.ParentID
	}
	return ids, nil
}
