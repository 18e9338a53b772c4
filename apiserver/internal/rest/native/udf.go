package native

import (
	"context"
	"time"

	"github.com/porpoise-scheduler/porpoise/apiserver/internal/usecase"
	"github.com/porpoise-scheduler/porpoise/pkg/store"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// UDF is a user-defined function of a SQL engine.
type UDF struct {
	ID          int64            `json:"id"`
	Kind        workflow.UDFKind `json:"kind"`
	Name        string           `json:"name"`
	ClassName   string           `json:"className"`
	ArgTypes    string           `json:"argTypes"`
	Database    string           `json:"database"`
	Description string           `json:"description"`
	ResourceID  int64            `json:"resourceId" doc:"the archive, a file of kind UDF"`
	Resource    string           `json:"resource" doc:"the archive's full name"`
	OwnerID     int64            `json:"ownerId"`
	Created     *time.Time       `json:"created"`
	Updated     *time.Time       `json:"updated"`
}

// UDFInput is what a caller says of a function.
type UDFInput struct {
	Kind        workflow.UDFKind `json:"kind" enum:"HIVE,SPARK"`
	Name        string           `json:"name" minLength:"1" maxLength:"128"`
	ClassName   string           `json:"className" minLength:"1" maxLength:"255"`
	ArgTypes    string           `json:"argTypes,omitempty" maxLength:"255"`
	Database    string           `json:"database,omitempty" maxLength:"128"`
	Description string           `json:"description,omitempty" maxLength:"255"`
	ResourceID  int64            `json:"resourceId"`
}

func (in UDFInput) input() usecase.UDFInput {
	return usecase.UDFInput{Kind: in.Kind, Name: in.Name, ClassName: in.ClassName, ArgTypes: in.ArgTypes, Database: in.Database,
		Description: in.Description, ResourceID: in.ResourceID}
}

func udf(u workflow.UDF) UDF {
	return UDF{ID: u.ID, Kind: u.Kind, Name: u.Name, ClassName: u.ClassName, ArgTypes: u.ArgTypes, Database: u.Database, Description: u.Description,
		ResourceID: u.ResourceID, Resource: u.ResourceName, OwnerID: u.UserID, Created: moment(u.CreateTime), Updated: moment(u.UpdateTime)}
}

func (a *API) declareUDFs() {
	const tag, path = "Functions", "/udfs"
	crud[UDF, UDFInput]{
		One: "UDF", Many: "UDFs", Path: path, Tag: tag, Read: SignedIn, Write: SignedIn,
		List: func(ctx context.Context, in *Paging) (*listed[UDF], error) {
			return paged(in, func(search string, p store.Page) ([]workflow.UDF, int, error) {
				return a.uc.ListUDFs(ctx, callerOf(ctx), search, p)
			}, udf)
		},
		Get: func(ctx context.Context, id int64) (UDF, error) {
			u, err := a.uc.UDF(ctx, callerOf(ctx), id)
			return udf(u), err
		},
		Create: func(ctx context.Context, in UDFInput) (int64, error) {
			return a.uc.CreateUDF(ctx, callerOf(ctx), in.input())
		},
		Update: func(ctx context.Context, id int64, in UDFInput) error {
			return a.uc.UpdateUDF(ctx, callerOf(ctx), id, in.input())
		},
		Delete: func(ctx context.Context, id int64) error { return a.uc.DeleteUDF(ctx, callerOf(ctx), id) },
		Fields: []string{"funcName", "name"},
	}.declare(a)
	granting{One: "UDF", Path: path, Tag: tag, Of: a.uc.UDFGrantees, Set: a.uc.ShareUDF,
		Read: "Who may use a function beside its owner", Write: "Say which users may use a function beside its owner"}.declare(a)
}
