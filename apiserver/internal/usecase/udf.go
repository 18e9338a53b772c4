package usecase

import (
	"context"
	"regexp"
	"slices"

	"github.com/porpoise-scheduler/porpoise/pkg/store"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// UDFInput is what a caller wants a user-defined function to be.
type UDFInput struct {
	Kind        workflow.UDFKind
	Name        string
	ClassName   string
	ArgTypes    string
	Database    string
	Description string
	ResourceID  int64
}

// Names of functions and classes become part of statements, so that they are
// what those languages call identifiers and nothing else. How long they may be is
// checked beside: in an expression it would take tens of kilobytes.
var (
	udfName   = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)
	udfSchema = regexp.MustCompile(`^[A-Za-z0-9_]*$`)
	className = regexp.MustCompile(`^[\p{L}_$][\p{L}\p{N}_$]*(\.[\p{L}_$][\p{L}\p{N}_$]*)*$`)
)

// CreateUDF makes a function of the caller's. Reasons: "storage.not_started",
// "param.invalid", "udf.exists", and about its archive "resource.not_found",
// "user.forbidden" and "resource.not_jar".
func (s *Service) CreateUDF(ctx context.Context, c Caller, in UDFInput) (id int64, err error) {
	u := workflow.UDF{UserID: c.User.ID}
	if err := s.fillUDF(ctx, c, &u, in); err != nil {
		return 0, err
	}
	err = s.Store.UDFs.Create(ctx, &u)
	return u.ID, takenAs(missingAs(err, resourceNotFound()), udfExists())
}

// UpdateUDF changes a function of the caller's, or any for admins. Reasons
// besides those of CreateUDF: "udf.not_found".
func (s *Service) UpdateUDF(ctx context.Context, c Caller, id int64, in UDFInput) error {
	u, err := s.ownUDF(ctx, c, id)
	if err != nil {
		return err
	}
	if err := s.fillUDF(ctx, c, &u, in); err != nil {
		return err
	}
	return takenAs(missingAs(s.Store.UDFs.Update(ctx, &u), udfNotFound()), udfExists())
}

// fillUDF makes u what in says, if it may be.
func (s *Service) fillUDF(ctx context.Context, c Caller, u *workflow.UDF, in UDFInput) error {
	if s.Blobs == nil {
		return noStorage()
	}
	if err := checkUDF(in); err != nil {
		return err
	}
	if in.Name != u.Name {
		if err := s.UDFNameFree(ctx, in.Name); err != nil {
			return err
		}
	}
	archive, err := s.Store.Resources.Get(ctx, in.ResourceID)
	if err != nil || archive.Kind != workflow.ResourceUDF || archive.Directory {
		return firstOf(missingAs(err, resourceNotFound()), resourceNotFound())
	}
	if in.ResourceID != u.ResourceID {
		if err := s.mayResource(ctx, c, archive, workflow.PermRead); err != nil {
			return err
		}
	}
	u.Kind, u.Name, u.ClassName, u.ArgTypes, u.Database = in.Kind, in.Name, in.ClassName, in.ArgTypes, in.Database
	u.Description, u.ResourceID, u.ResourceName = in.Description, archive.ID, archive.FullName
	return checkJar(archive.Kind, archive.Name)
}

// firstOf gives the first error there is.
func firstOf(errs ...error) error {
	i := slices.IndexFunc(errs, func(err error) bool { return err != nil })
	if i < 0 {
		return nil
	}
	return errs[i]
}

func checkUDF(in UDFInput) error {
	switch {
	case len(in.Name) > 128 || !udfName.MatchString(in.Name):
		return invalid("funcName", "funcName")
	case len(in.ClassName) > 255 || !className.MatchString(in.ClassName):
		return invalid("className", "className")
	case len(in.Database) > 128 || !udfSchema.MatchString(in.Database):
		return invalid("database", "database")
	}
	if err := checkLength("argTypes", in.ArgTypes, 255); err != nil {
		return err
	}
	return checkLength("description", in.Description, 255)
}

// DeleteUDF removes a function and its grants. Reasons: "udf.not_found",
// "user.forbidden".
func (s *Service) DeleteUDF(ctx context.Context, c Caller, id int64) error {
	if _, err := s.ownUDF(ctx, c, id); err != nil {
		return err
	}
	return missingAs(s.Store.UDFs.Delete(ctx, id), udfNotFound())
}

// ownUDF gives a function to its owner and to admins.
func (s *Service) ownUDF(ctx context.Context, c Caller, id int64) (workflow.UDF, error) {
	u, err := s.Store.UDFs.Get(ctx, id)
	if err != nil {
		return u, missingAs(err, udfNotFound())
	}
	return u, requireSelf(c, u.UserID)
}

// UDF gives a function to who may use it. Reasons: "udf.not_found",
// "user.forbidden".
func (s *Service) UDF(ctx context.Context, c Caller, id int64) (workflow.UDF, error) {
	u, err := s.Store.UDFs.Get(ctx, id)
	if err != nil {
		return u, missingAs(err, udfNotFound())
	}
	if c.Admin() || c.Is(u.UserID) {
		return u, nil
	}
	granted, err := s.Store.UDFs.Granted(ctx, c.User.ID)
	if err == nil && !slices.Contains(granted, id) {
		err = forbidden()
	}
	return u, err
}

// ListUDFs gives a page of the functions the caller may use.
func (s *Service) ListUDFs(ctx context.Context, c Caller, search string, p store.Page) ([]workflow.UDF, int, error) {
	return s.Store.UDFs.List(ctx, visibleTo(c), search, s.bound(p))
}

// AllUDFs gives the functions of a kind that the caller may use.
func (s *Service) AllUDFs(ctx context.Context, c Caller, kind workflow.UDFKind) ([]workflow.UDF, error) {
	return s.Store.UDFs.All(ctx, visibleTo(c), kind)
}

// UDFNameFree refuses a name that is taken: "udf.exists".
func (s *Service) UDFNameFree(ctx context.Context, name string) error {
	_, err := s.Store.UDFs.ByName(ctx, name)
	taken, err := found(err)
	if err == nil && taken {
		return udfExists()
	}
	return err
}

func udfExists() error {
	return workflow.Errorf(workflow.Exists, "udf.exists", "the function already exists").At("funcName")
}

func udfNotFound() error {
	return workflow.Errorf(workflow.NotFound, "udf.not_found", "the function does not exist")
}
