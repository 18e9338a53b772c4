package usecase

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// ResourceChange is what a caller wants a resource to become.
type ResourceChange struct {
	Kind        workflow.ResourceKind
	Name        string
	Description string
	ParentID    *int64 // of the folder to move it to, 0 at the root; nil: it stays
}

// UpdateResource renames or moves a resource, with all that is below it,
// describes it anew and, with an upload, replaces its content; it fills next with what
// becomes of it. changed is false when there was nothing to do. What was in the
// file before stays until the next sweep, for attempts that are about to read
// it. Reasons: "storage.not_started", "resource.not_found", "user.forbidden",
// "param.invalid", "resource.exists", "resource.empty",
// "resource.suffix_changed", "resource.not_jar", "resource.granted" (to whom),
// "resource.parent_not_found", "resource.parent", "resource.used" and
// "resource.changed".
func (s *Service) UpdateResource(ctx context.Context, c Caller, id int64, in ResourceChange, u *Upload, next *workflow.Resource) (changed bool, err error) {
	if s.Blobs == nil {
		return false, noStorage()
	}
	before, err := s.ownResource(ctx, c, id)
	if err != nil {
		return false, err
	}
	if before.Kind != in.Kind {
		return false, resourceNotFound()
	}
	stays := in.ParentID == nil || *in.ParentID == before.ParentID
	if u == nil && stays && in.Name == before.Name && in.Description == before.Description {
		return false, nil
	}
	*next = before
	next.Name, next.Description = in.Name, in.Description
	next.FullName = strings.TrimSuffix(before.FullName, before.Name) + in.Name
	if next.Name != before.Name {
		next.FileName = next.Name
	}
	if !stays {
		if err := s.moveTo(ctx, c, before, *in.ParentID, next); err != nil {
			return false, err
		}
	}
	if err := s.checkChange(ctx, before, *next, u); err != nil {
		return false, err
	}
	if u != nil {
		u.give(next)
	}
	err = u.take(func() error { return s.Store.Resources.Update(ctx, next) })
	return true, takenAs(missingAs(err, resourceNotFound()), resourceExists())
}

// checkChange refuses changes that must not be.
func (s *Service) checkChange(ctx context.Context, before, next workflow.Resource, u *Upload) error {
	if err := checkResourceName(next.Name); err != nil {
		return err
	}
	if err := checkLength("description", next.Description, maxResourceDesc); err != nil {
		return err
	}
	if len(next.FullName) > maxResourcePath {
		return invalid("name", "name")
	}
	if next.FullName != before.FullName {
		if err := s.resourceNameFree(ctx, next.Kind, next.FullName); err != nil {
			return err
		}
		if err := s.pathUnused(ctx, before, next); err != nil {
			return err
		}
	}
	if before.Directory {
		if u != nil {
			return invalid("file", "file")
		}
		return nil
	}
	if u != nil {
		if err := checkUpload(next.Name, next.Kind, u); err != nil {
			return err
		}
	}
	return s.checkSuffix(ctx, before, next)
}

// checkSuffix refuses a new end of the name of a file that others rely on.
func (s *Service) checkSuffix(ctx context.Context, before, next workflow.Resource) error {
	if suffixOf(before.Name) == suffixOf(next.Name) {
		return nil
	}
	if err := checkJar(next.Kind, next.Name); err != nil {
		return err
	}
	names, err := s.Store.Resources.Grantees(ctx, before.ID)
	if err != nil || len(names) == 0 {
		return err
	}
	list := fmt.Sprintf("[%s]", strings.Join(names, ", "))
	return workflow.Errorf(workflow.Conflict, "resource.granted", "the resource is granted to %s", list).With(list)
}

// UpdateText replaces the content of a file by a text. Reasons:
// "resource.empty", "storage.not_started", "resource.not_found",
// "user.forbidden", "resource.suffix_unsupported", "resource.too_large",
// "resource.changed".
func (s *Service) UpdateText(ctx context.Context, c Caller, id int64, content string) error {
	if content == "" {
		return resourceEmpty()
	}
	r, err := s.textFor(ctx, c, id, workflow.PermWrite)
	if err != nil {
		return err
	}
	return s.writeText(ctx, r, content)
}

// writeText makes a text the content of r, which the caller may write.
func (s *Service) writeText(ctx context.Context, r workflow.Resource, content string) error {
	if content == "" {
		return resourceEmpty()
	}
	if err := s.checkText(r.Name, content); err != nil {
		return err
	}
	u, err := s.Receive(ctx, r.FileName, strings.NewReader(content))
	if err != nil {
		return err
	}
	defer s.Discard(ctx, u)
	u.give(&r)
	return missingAs(u.take(func() error { return s.Store.Resources.Update(ctx, &r) }), resourceNotFound())
}

// checkText refuses text that cannot be kept as text.
func (s *Service) checkText(name, content string) error {
	if !slices.Contains(s.viewSuffixes(), suffixOf(name)) {
		return notText()
	}
	if most := s.MaxViewBytes(); len(content) > most {
		return TooLarge(int64(most))
	}
	return nil
}

// DeleteResource removes a resource and all that is below it, contents too.
// Reasons: "storage.not_started", "resource.not_found", "user.forbidden",
// "resource.used" by an online workflow, "resource.used_by_udf" (its name).
func (s *Service) DeleteResource(ctx context.Context, c Caller, id int64) error {
	if s.Blobs == nil {
		return noStorage()
	}
	r, err := s.ownResource(ctx, c, id)
	if err != nil {
		return err
	}
	if err := s.resourceUnused(ctx, r); err != nil {
		return err
	}
	keys, err := s.Store.Resources.Delete(ctx, id)
	if err != nil {
		return missingAs(err, resourceNotFound())
	}
	s.dropBlobs(ctx, keys...)
	return nil
}
