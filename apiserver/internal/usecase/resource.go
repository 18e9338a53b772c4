package usecase

import (
	"context"
	"path"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// Bounds of a resource's texts.
const (
	maxResourceName = 255  // bytes
	maxResourcePath = 2048 // bytes
	maxResourceDesc = 256  // characters
)

// ResourceInput is what a caller wants a new resource to be.
type ResourceInput struct {
	Kind        workflow.ResourceKind
	Name        string
	Description string
	ParentID    int64 // 0: at the root
	// Dir is what the caller takes for the parent's full name; a wrong one is
	// refused.
	Dir string
}

// CreateFolder makes a folder of the caller's and fills made with it, as far as
// it is known while its row is written. Reasons: "storage.not_started",
// "param.invalid", "resource.parent_not_found", "user.forbidden",
// "resource.exists".
func (s *Service) CreateFolder(ctx context.Context, c Caller, in ResourceInput, made *workflow.Resource) error {
	if err := s.newResource(ctx, c, in, made); err != nil {
		return err
	}
	made.Directory, made.FileName = true, made.Name
	return s.addResource(ctx, made, nil)
}

// CreateFile makes a file out of an upload. Reasons besides those of
// CreateFolder: "resource.empty", "resource.suffix_changed", "resource.not_jar".
func (s *Service) CreateFile(ctx context.Context, c Caller, in ResourceInput, u *Upload, made *workflow.Resource) error {
	if err := s.newResource(ctx, c, in, made); err != nil {
		return err
	}
	if err := checkUpload(made.Name, in.Kind, u); err != nil {
		return err
	}
	u.give(made)
	return s.addResource(ctx, made, u)
}

// CreateText makes a file out of a text; suffix is the end of its name. Reasons
// besides those of CreateFolder: "resource.empty",
// "resource.suffix_unsupported", "resource.too_large".
func (s *Service) CreateText(ctx context.Context, c Caller, in ResourceInput, suffix, content string, made *workflow.Resource) error {
	if content == "" {
		return resourceEmpty()
	}
	in.Name = strings.TrimSpace(in.Name) + "." + strings.TrimSpace(suffix)
	if err := s.checkText(in.Name, content); err != nil {
		return err
	}
	if err := s.newResource(ctx, c, in, made); err != nil {
		return err
	}
	if err := checkJar(in.Kind, in.Name); err != nil {
		return err
	}
	u, err := s.Receive(ctx, in.Name, strings.NewReader(content))
	if err != nil {
		return err
	}
	defer s.Discard(ctx, u)
	u.give(made)
	return s.addResource(ctx, made, u)
}

// newResource fills r with what can be said of a resource without its content,
// after checking that it may be where it is wanted.
func (s *Service) newResource(ctx context.Context, c Caller, in ResourceInput, r *workflow.Resource) error {
	if s.Blobs == nil {
		return noStorage()
	}
	if err := checkResourceName(in.Name); err != nil {
		return err
	}
	if err := checkLength("description", in.Description, maxResourceDesc); err != nil {
		return err
	}
	parent, err := s.parentFolder(ctx, c, in)
	if err != nil {
		return err
	}
	*r = workflow.Resource{Kind: in.Kind, Name: in.Name, FullName: parent + "/" + in.Name, ParentID: in.ParentID,
		Description: in.Description, UserID: c.User.ID}
	if len(r.FullName) > maxResourcePath {
		return invalid("name", "name")
	}
	return s.resourceNameFree(ctx, in.Kind, r.FullName)
}

// parentFolder gives the full name of the folder to create in, "" for the root.
// Everybody may create at the root, in a folder its owner and admins.
func (s *Service) parentFolder(ctx context.Context, c Caller, in ResourceInput) (string, error) {
	var parent workflow.Resource
	if in.ParentID != 0 {
		var err error
		if parent, err = s.Store.Resources.Get(ctx, in.ParentID); err != nil {
			return "", missingAs(err, parentNotFound())
		}
		if !parent.Directory || parent.Kind != in.Kind {
			return "", parentNotFound()
		}
		if err := requireSelf(c, parent.UserID); err != nil {
			return "", err
		}
	}
	if in.Dir != "" && strings.TrimRight(in.Dir, "/") != parent.FullName {
		return "", invalid("currentDir", "currentDir")
	}
	return parent.FullName, nil
}

// addResource writes the row of a new resource. Who was faster with the same
// name wins.
func (s *Service) addResource(ctx context.Context, r *workflow.Resource, u *Upload) error {
	err := u.take(func() error { return s.Store.Resources.Create(ctx, r) })
	return takenAs(missingAs(err, parentNotFound()), resourceExists())
}

// ResourceNameFree refuses a full name that cannot be ("param.invalid") or is
// taken ("resource.exists").
func (s *Service) ResourceNameFree(ctx context.Context, kind workflow.ResourceKind, fullName string) error {
	name, absolute := strings.CutPrefix(fullName, "/")
	if !absolute || len(fullName) > maxResourcePath {
		return invalid("fullName", "fullName")
	}
	for segment := range strings.SplitSeq(name, "/") {
		if checkResourceName(segment) != nil {
			return invalid("fullName", "fullName")
		}
	}
	return s.resourceNameFree(ctx, kind, fullName)
}

func (s *Service) resourceNameFree(ctx context.Context, kind workflow.ResourceKind, fullName string) error {
	_, err := s.Store.Resources.ByFullName(ctx, kind, fullName)
	taken, err := found(err)
	if err == nil && taken {
		return resourceExists()
	}
	return err
}

// checkResourceName refuses names that could not be, or mean more than, the
// name of one file in one folder on every system.
func checkResourceName(name string) error {
	bad := name == "" || len(name) > maxResourceName || !utf8.ValidString(name) ||
		strings.Trim(name, ".") == "" || strings.TrimSpace(name) != name ||
		strings.ContainsAny(name, `/\`) ||
		strings.ContainsFunc(name, func(c rune) bool { return !unicode.IsPrint(c) })
	if bad {
		return invalid("name", "name")
	}
	return nil
}

// checkUpload refuses content that must not have the name.
func checkUpload(name string, kind workflow.ResourceKind, u *Upload) error {
	if u.Size == 0 {
		return resourceEmpty()
	}
	if err := checkResourceName(u.FileName); err != nil {
		return invalid("file", "file")
	}
	if !strings.EqualFold(suffixOf(u.FileName), suffixOf(name)) {
		return workflow.Errorf(workflow.Invalid, "resource.suffix_changed", "the name must end as the file's does").At("name")
	}
	return checkJar(kind, name)
}

// checkJar refuses archives of functions that are none.
func checkJar(kind workflow.ResourceKind, name string) error {
	if kind == workflow.ResourceUDF && !strings.EqualFold(suffixOf(name), "jar") {
		return workflow.Errorf(workflow.Invalid, "resource.not_jar", "the file of a function must be a jar").At("name")
	}
	return nil
}

// suffixOf gives what follows the last dot of a name, "" for one without or
// with nothing before it.
func suffixOf(name string) string {
	if path.Ext(name) == name {
		return ""
	}
	return strings.TrimPrefix(path.Ext(name), ".")
}

func resourceExists() error {
	return workflow.Errorf(workflow.Exists, "resource.exists", "the resource already exists").At("name")
}

func resourceNotFound() error {
	return workflow.Errorf(workflow.NotFound, "resource.not_found", "the resource does not exist")
}

func parentNotFound() error {
	return workflow.Errorf(workflow.NotFound, "resource.parent_not_found", "the folder does not exist").At("pid")
}

func resourceEmpty() error {
	return workflow.Errorf(workflow.Invalid, "resource.empty", "the file is empty").At("file")
}
