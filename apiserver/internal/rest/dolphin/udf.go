package dolphin

import (
	"context"

	"github.com/porpoise-scheduler/porpoise/apiserver/internal/rest/dolphin/status"
	"github.com/porpoise-scheduler/porpoise/apiserver/internal/usecase"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// udfJSON is a UdfFunc.
type udfJSON struct {
	ID           int64            `json:"id"`
	UserID       int64            `json:"userId"`
	FuncName     string           `json:"funcName"`
	ClassName    string           `json:"className"`
	ArgTypes     string           `json:"argTypes"`
	Database     string           `json:"database"`
	Description  string           `json:"description"`
	ResourceID   int64            `json:"resourceId"`
	ResourceName string           `json:"resourceName"`
	Type         workflow.UDFKind `json:"type"`
	CreateTime   Date             `json:"createTime"`
	UpdateTime   Date             `json:"updateTime"`
}

func encodeUDF(u workflow.UDF) udfJSON {
	return udfJSON{
		ID: u.ID, UserID: u.UserID, FuncName: u.Name, ClassName: u.ClassName, ArgTypes: u.ArgTypes, Database: u.Database,
		Description: u.Description, ResourceID: u.ResourceID, ResourceName: u.ResourceName, Type: u.Kind,
		CreateTime: Date(u.CreateTime), UpdateTime: Date(u.UpdateTime),
	}
}

func udfInput(r *Request) usecase.UDFInput {
	return usecase.UDFInput{
		Kind: workflow.UDFKind(r.Enum("type")), Name: r.String("funcName"), ClassName: r.String("className"),
		ArgTypes: r.String("argTypes"), Database: r.String("database"), Description: r.String("description"),
		ResourceID: r.ID("resourceId"),
	}
}

func (d *Dialect) createUDF(ctx context.Context, r *Request) (any, error) {
	_, err := d.uc.CreateUDF(ctx, r.Caller, udfInput(r))
	return nil, err
}

func (d *Dialect) updateUDF(ctx context.Context, r *Request) (any, error) {
	return nil, d.uc.UpdateUDF(ctx, r.Caller, r.ID("id"), udfInput(r))
}

func (d *Dialect) deleteUDF(ctx context.Context, r *Request) (any, error) {
	return nil, d.uc.DeleteUDF(ctx, r.Caller, r.ID("id"))
}

// viewUDF answers an unknown function as the original does: as a missing
// resource.
func (d *Dialect) viewUDF(ctx context.Context, r *Request) (any, error) {
	u, err := d.uc.UDF(ctx, r.Caller, r.ID("id"))
	if err != nil {
		return nil, as(err, "udf.not_found", status.ResourceNotExist)
	}
	return encodeUDF(u), nil
}

func (d *Dialect) pageUDFs(ctx context.Context, r *Request) (any, error) {
	rows, total, err := d.uc.ListUDFs(ctx, r.Caller, r.Search(), r.Page())
	if err != nil {
		return nil, err
	}
	return PageOf(r.Page(), rows, total, encodeUDF), nil
}

func (d *Dialect) listUDFs(ctx context.Context, r *Request) (any, error) {
	return udfList(d.uc.AllUDFs(ctx, r.Caller, workflow.UDFKind(r.Enum("type"))))
}

func (d *Dialect) grantedUDFs(ctx context.Context, r *Request) (any, error) {
	return udfList(d.uc.GrantedUDFs(ctx, r.Caller, r.ID("userId")))
}

func (d *Dialect) ungrantedUDFs(ctx context.Context, r *Request) (any, error) {
	return udfList(d.uc.UngrantedUDFs(ctx, r.Caller, r.ID("userId")))
}

// udfList encodes what a use case gave.
func udfList(list []workflow.UDF, err error) (any, error) {
	if err != nil {
		return nil, err
	}
	return ListOf(list, encodeUDF), nil
}

func (d *Dialect) verifyUDFName(ctx context.Context, r *Request) (any, error) {
	return nil, d.uc.UDFNameFree(ctx, r.String("name"))
}
