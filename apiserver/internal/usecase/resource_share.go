package usecase

import (
	"context"
	"io"
	"strings"

	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// ResourceView is a resource with what pages show beside it.
type ResourceView struct {
	workflow.Resource
	UserName string
	Editable bool // as text, by its name
}

// ViewResources adds what pages show.
func (s *Service) ViewResources(ctx context.Context, rows []workflow.Resource) ([]ResourceView, error) {
	names := map[int64]string{}
	views := make([]ResourceView, len(rows))
	for i, r := range rows {
		name, known := names[r.UserID]
		if !known {
			u, err := s.Store.Users.Get(ctx, r.UserID)
			if _, err = found(err); err != nil {
				return nil, err
			}
			name = u.Name
			names[r.UserID] = name
		}
		views[i] = ResourceView{Resource: r, UserName: name, Editable: s.editable(r)}
	}
	return views, nil
}

func (s *Service) editable(r workflow.Resource) bool {
	return !r.Directory && s.checkText(r.Name, "") == nil && r.Size <= int64(s.MaxViewBytes())
}

// WholeText gives the content of a file that may be edited as text. Reasons
// besides those of ResourceText: "resource.too_large".
func (s *Service) WholeText(ctx context.Context, c Caller, id int64) (workflow.Resource, string, error) {
	r, err := s.textFor(ctx, c, id, workflow.PermRead)
	if err != nil {
		return r, "", err
	}
	most := int64(s.MaxViewBytes())
	if r.Size > most {
		return r, "", TooLarge(most)
	}
	blob, err := s.Blobs.Get(ctx, r.Key, 0, 0)
	if err != nil {
		return r, "", missingAs(err, contentMissing(r))
	}
	defer func() { _ = blob.Close() }() // read only
	text, err := io.ReadAll(io.LimitReader(blob, most))
	return r, strings.ToValidUTF8(string(text), "\uFFFD"), err
}

// ReplaceText is UpdateText of a file whose content has the digest that the
// caller saw: another is refused with "revision.changed".
func (s *Service) ReplaceText(ctx context.Context, c Caller, id int64, content, digest string) error {
	r, err := s.textFor(ctx, c, id, workflow.PermWrite)
	if err != nil {
		return err
	}
	if err := sameDigest(r, digest); err != nil {
		return err
	}
	return s.writeText(ctx, r, content)
}

// sameDigest refuses what was changed since a caller saw it.
func sameDigest(r workflow.Resource, digest string) error {
	if digest == "*" || digest == r.SHA256 {
		return nil
	}
	return workflow.Errorf(workflow.Conflict, "revision.changed", "%s was changed in between", r.FullName)
}

// ReplaceContent replaces the content of a file by an upload, whatever it is
// called. Only its owner and admins may. Reasons as of UpdateResource, and
// "revision.changed", "resource.folder".
func (s *Service) ReplaceContent(ctx context.Context, c Caller, id int64, u *Upload, digest string) error {
	r, err := s.ownResource(ctx, c, id)
	if err != nil {
		return err
	}
	if r.Directory {
		return workflow.Errorf(workflow.Invalid, "resource.folder", "a folder has no content")
	}
	if err := sameDigest(r, digest); err != nil {
		return err
	}
	var next workflow.Resource
	_, err = s.UpdateResource(ctx, c, id, ResourceChange{Kind: r.Kind, Name: r.Name, Description: r.Description}, u, &next)
	return err
}

// ResourceGrantees gives the users who were granted a resource, to its owner
// and to admins. Reasons: "resource.not_found", "user.forbidden".
func (s *Service) ResourceGrantees(ctx context.Context, c Caller, id int64) ([]int64, error) {
	if _, err := s.ownResource(ctx, c, id); err != nil {
		return nil, err
	}
	return s.Store.Resources.GranteeIDs(ctx, id)
}

// ShareResource replaces the users who were granted a resource: all of a file,
// reading all of a folder. Only its owner and admins may. Reasons:
// "resource.not_found", "user.forbidden", "user.not_found".
func (s *Service) ShareResource(ctx context.Context, c Caller, id int64, userIDs []int64) error {
	r, err := s.ownResource(ctx, c, id)
	if err != nil {
		return err
	}
	if err := s.usersExist(ctx, userIDs); err != nil {
		return err
	}
	perm := workflow.PermAll
	if r.Directory {
		perm = workflow.PermRead
	}
	return s.Store.Resources.SetGrantees(ctx, id, perm, sorted(userIDs))
}

// UDFGrantees gives the users who were granted a function, to its owner and to
// admins. Reasons: "udf.not_found", "user.forbidden".
func (s *Service) UDFGrantees(ctx context.Context, c Caller, id int64) ([]int64, error) {
	if _, err := s.ownUDF(ctx, c, id); err != nil {
		return nil, err
	}
	return s.Store.UDFs.GranteeIDs(ctx, id)
}

// ShareUDF replaces the users who were granted a function. Only its owner and
// admins may. Reasons: "udf.not_found", "user.forbidden", "user.not_found".
func (s *Service) ShareUDF(ctx context.Context, c Caller, id int64, userIDs []int64) error {
	if _, err := s.ownUDF(ctx, c, id); err != nil {
		return err
	}
	if err := s.usersExist(ctx, userIDs); err != nil {
		return err
	}
	return s.Store.UDFs.SetGrantees(ctx, id, sorted(userIDs))
}
