package dolphin

import (
	"context"
	"net/http"
	"strings"

	"github.com/porpoise-scheduler/porpoise/apiserver/internal/rest/dolphin/status"
	"github.com/porpoise-scheduler/porpoise/apiserver/internal/usecase"
)

// grantRoutes declares the endpoints of grants of things to users.
func (d *Dialect) grantRoutes() []Route {
	const group = "Users"
	return []Route{
		{Group: group, Operation: "grantResource", Method: http.MethodPost, Path: "/users/grant-file",
			Params: []Param{Int("userId").Must(), Text("resourceIds").Must()}, ErrorConstant: status.GrantResourceError,
			Access: AdminOnly, Handler: d.grantResources},
		{Group: group, Operation: "grantUDFFunc", Method: http.MethodPost, Path: "/users/grant-udf-func",
			Params: []Param{Int("userId").Must(), Text("udfIds").Must()}, ErrorConstant: status.GrantUDFFunctionError,
			Access: AdminOnly, Handler: d.grantUDFs},
		{Group: group, Operation: "grantDataSource", Method: http.MethodPost, Path: "/users/grant-datasource",
			Params: []Param{Int("userId").Must(), Text("datasourceIds").Must()}, ErrorConstant: status.GrantDatasourceError,
			Access: AdminOnly, Handler: d.grantDataSources},
	}
}

// grantErrors turns their reasons into constants. A data source that is missing
// has none: the endpoint's own answers.
func grantErrors() map[string]status.Constant {
	return map[string]status.Constant{
		"grant.resource_missing": status.ResourceNotExist,
		"grant.in_use":           status.ResourceIsUsed,
		"grant.udf_missing":      status.UDFFunctionNotExist,
	}
}

func (d *Dialect) grantResources(ctx context.Context, r *Request) (any, error) {
	grants, err := resourceGrants(r.String("resourceIds"))
	if err != nil {
		return nil, &paramError{err}
	}
	return nil, d.uc.GrantResources(ctx, r.Caller, r.ID("userId"), grants)
}

// resourceGrants reads "7,1-2-9": resources by id, or by the ids of the folders
// above them and their own.
func resourceGrants(text string) ([]usecase.ResourceGrant, error) {
	var grants []usecase.ResourceGrant
	for path := range strings.SplitSeq(text, ",") {
		ids, err := idList(strings.ReplaceAll(path, "-", ","))
		if err != nil {
			return nil, err
		}
		if n := len(ids); n > 0 {
			grants = append(grants, usecase.ResourceGrant{ID: ids[n-1], Above: ids[:n-1]})
		}
	}
	return grants, nil
}

func (d *Dialect) grantUDFs(ctx context.Context, r *Request) (any, error) {
	ids, err := idList(r.String("udfIds"))
	if err != nil {
		return nil, &paramError{err}
	}
	return nil, d.uc.GrantUDFs(ctx, r.Caller, r.ID("userId"), ids)
}

func (d *Dialect) grantDataSources(ctx context.Context, r *Request) (any, error) {
	ids, err := idList(r.String("datasourceIds"))
	if err != nil {
		return nil, &paramError{err}
	}
	return nil, d.uc.GrantDataSources(ctx, r.Caller, r.ID("userId"), ids)
}
