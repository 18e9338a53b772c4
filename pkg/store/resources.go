package store

import (
	"context"

	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// ResourceFilter narrows a list of resources; zero fields do not, but Kind
// must be set.
type ResourceFilter struct {
	Kind     workflow.ResourceKind
	ParentID *int64 // direct children of this folder (0: of the root)
	Search   string // in the name, anywhere below when ParentID is nil
	// VisibleTo gives what the user owns or was granted, and what is below
	// folders granted with the right to read; 0 means all.
	VisibleTo int64
	UserID    int64 // owned by
}

// Resources keeps the resource centre's tree. Contents are elsewhere, under
// the resources' keys.
type Resources interface {
	// Create sets ID. Exists when the full name is taken; NotFound when the
	// parent is gone. Sizes of the folders above grow with it.
	Create(ctx context.Context, r *workflow.Resource) error
	// Update writes the row. When FullName changes, what is below a folder
	// moves along in the same transaction; sizes of the folders above follow.
	// Conflict "resource.changed" when it was changed since r was read, by its
	// UpdateTime.
	Update(ctx context.Context, r *workflow.Resource) error
	// Delete removes the resource, what is below it and their grants, and gives
	// the keys of blobs that no row names any more. Conflict
	// "resource.used_by_udf" when a function uses one of them.
	Delete(ctx context.Context, id int64) (keys []string, err error)
	Get(ctx context.Context, id int64) (workflow.Resource, error)
	ByFullName(ctx context.Context, kind workflow.ResourceKind, fullName string) (workflow.Resource, error)
	// Below gives a folder's whole content, parents first.
	Below(ctx context.Context, id int64) ([]workflow.Resource, error)
	// List gives folders first, then newest change first.
	List(ctx context.Context, f ResourceFilter, p Page) ([]workflow.Resource, int, error)
	// All is List without pages, by full name.
	All(ctx context.Context, f ResourceFilter) ([]workflow.Resource, error)
	// Granted gives the ids the user was granted, with the right.
	Granted(ctx context.Context, userID int64) (map[int64]workflow.Perm, error)
	// Grant replaces the user's grants.
	Grant(ctx context.Context, userID int64, perms map[int64]workflow.Perm) error
	// Grantees gives the names of the users who were granted the resource.
	Grantees(ctx context.Context, id int64) ([]string, error)
	// GranteeIDs gives those users, SetGrantees replaces them: who is new gets
	// perm, who was granted it before keeps what he has.
	GranteeIDs(ctx context.Context, id int64) ([]int64, error)
	SetGrantees(ctx context.Context, id int64, perm workflow.Perm, userIDs []int64) error
	// UsedBy lists definitions of which the current version names one of the
	// resources in a task, with their release state.
	UsedBy(ctx context.Context, ids []int64) ([]Use, error)
	// NamedBy is UsedBy for those that name it by its full name, which a move
	// would break.
	NamedBy(ctx context.Context, ids []int64) ([]Use, error)
	// Keys tells which of these keys any row names.
	Keys(ctx context.Context, keys []string) (map[string]bool, error)
}

// Use is a definition that uses something.
type Use struct {
	DefinitionID   int64
	DefinitionName string
	ProjectID      int64
	ReleaseState   workflow.ReleaseState
	Of             int64 // the thing that is used
}

// UDFs keeps user-defined functions.
type UDFs interface {
	Create(ctx context.Context, u *workflow.UDF) error // sets ID
	Update(ctx context.Context, u *workflow.UDF) error
	Delete(ctx context.Context, id int64) error // with its grants
	Get(ctx context.Context, id int64) (workflow.UDF, error)
	ByName(ctx context.Context, name string) (workflow.UDF, error)
	// List gives what visibleTo owns or was granted (0: all), newest first.
	List(ctx context.Context, visibleTo int64, search string, p Page) ([]workflow.UDF, int, error)
	// All is List without pages, of one kind unless it is empty.
	All(ctx context.Context, visibleTo int64, kind workflow.UDFKind) ([]workflow.UDF, error)
	Granted(ctx context.Context, userID int64) ([]int64, error)
	Grant(ctx context.Context, userID int64, ids []int64) error
	// GranteeIDs gives the users who were granted it, SetGrantees replaces them.
	GranteeIDs(ctx context.Context, id int64) ([]int64, error)
	SetGrantees(ctx context.Context, id int64, userIDs []int64) error
}
