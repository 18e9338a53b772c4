package dolphin

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/porpoise-scheduler/porpoise/apiserver/internal/rest/dolphin/status"
	"github.com/porpoise-scheduler/porpoise/apiserver/internal/usecase"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// dataSourceRoutes declares the endpoints of data sources.
func (d *Dialect) dataSourceRoutes() []Route {
	const group = "DataSource"
	id := Int("id").Must()
	return append(d.dataSourceLists(group), []Route{
		{Group: group, Operation: "createDataSource", Method: http.MethodPost, Path: "/datasources/create",
			Params: dataSourceParams(), SuccessStatus: http.StatusCreated, ErrorConstant: status.CreateDatasourceError,
			Access: SignedIn, Handler: d.createDataSource},
		{Group: group, Operation: "updateDataSource", Method: http.MethodPost, Path: "/datasources/update",
			Params: append([]Param{id}, dataSourceParams()...), ErrorConstant: status.UpdateDatasourceError,
			Access: SignedIn, Handler: d.updateDataSource},
		{Group: group, Operation: "queryDataSource", Method: http.MethodPost, Path: "/datasources/update-ui",
			Params: []Param{id}, ErrorConstant: status.QueryDatasourceError, Access: SignedIn, Handler: d.showDataSource},
		{Group: group, Operation: "connectDataSource", Method: http.MethodPost, Path: "/datasources/connect",
			Params: dataSourceParams(), ErrorConstant: status.ConnectDatasourceFailure,
			Access: SignedIn, Handler: d.tryDataSource},
		{Group: group, Operation: "connectionTest", Method: http.MethodGet, Path: "/datasources/connect-by-id",
			Params: []Param{id}, ErrorConstant: status.ConnectionTestFailure, Access: SignedIn, Handler: d.testDataSource},
		{Group: group, Operation: "delete", Method: http.MethodGet, Path: "/datasources/delete",
			Params: []Param{id}, ErrorConstant: status.DeleteDataSourceFailure,
			Access: SignedIn, Writes: true, Handler: d.deleteDataSource},
		{Group: group, Operation: "verifyDataSourceName", Method: http.MethodGet, Path: "/datasources/verify-name",
			Params: []Param{Text("name").Must()}, ErrorConstant: status.VerifyDatasourceNameFailure,
			Access: SignedIn, Handler: d.verifyDataSourceName},
		{Group: group, Operation: "getKerberosStartupState", Method: http.MethodGet, Path: "/datasources/kerberos-startup-state",
			ErrorConstant: status.KerberosStartupState, Access: SignedIn,
			Handler: func(context.Context, *Request) (any, error) { return false, nil }},
	}...)
}

func (d *Dialect) dataSourceLists(group string) []Route {
	user := []Param{Int("userId").Must()}
	return []Route{
		{Group: group, Operation: "queryDataSourceList", Method: http.MethodGet, Path: "/datasources/list",
			Params: []Param{dataSourceType()}, ErrorConstant: status.QueryDatasourceError,
			Access: SignedIn, Handler: d.listDataSources},
		{Group: group, Operation: "queryDataSourceListPaging", Method: http.MethodGet, Path: "/datasources/list-paging",
			Params: pageParams(), ErrorConstant: status.QueryDatasourceError, Access: SignedIn, Handler: d.pageDataSources},
		{Group: group, Operation: "unauthDatasource", Method: http.MethodGet, Path: "/datasources/unauth-datasource",
			Params: user, ErrorConstant: status.UnauthorizedDatasource, Access: AdminOnly, Handler: d.ungrantedDataSources},
		{Group: group, Operation: "authedDatasource", Method: http.MethodGet, Path: "/datasources/authed-datasource",
			Params: user, ErrorConstant: status.AuthorizedDataSource, Access: AdminOnly, Handler: d.grantedDataSources},
	}
}

// dataSourceType names the types of 1.3.9 and ours beside them.
func dataSourceType() Param {
	return Enum("type", "MYSQL", "POSTGRESQL", "HIVE", "SPARK", "CLICKHOUSE", "ORACLE", "SQLSERVER", "DB2", "H2", "PRESTO",
		"TRINO", "SQLITE", "DORIS", "STARROCKS", "TIDB").Must()
}

func dataSourceParams() []Param {
	return []Param{
		Text("name").Must(), Text("note"), dataSourceType(), Text("host").Must(), Text("port").Must(),
		Text("database").Must(), Text("principal").Must(), Text("userName").Must(), Text("password").Must(),
		Enum("connectType", "ORACLE_SERVICE_NAME", "ORACLE_SID").Must(), Text("other").Must(),
	}
}

// dataSourceErrors turns their reasons into constants. Reasons that are
// missing get the endpoint's own constant: datasource.in_use.
func dataSourceErrors() map[string]status.Constant {
	return map[string]status.Constant{
		"datasource.not_found":   status.ResourceNotExist,
		"datasource.exists":      status.DatasourceExist,
		"datasource.name":        status.DatasourceNameIllegal,
		"datasource.type":        status.DatasourceDbTypeIllegal,
		"datasource.host":        status.DatasourceHostIllegal,
		"datasource.port":        status.DatasourcePortIllegal,
		"datasource.options":     status.DatasourceOtherParamsIllegal,
		"datasource.note":        status.RequestParamsNotValidError,
		"datasource.database":    status.RequestParamsNotValidError,
		"datasource.user":        status.RequestParamsNotValidError,
		"datasource.password":    status.RequestParamsNotValidError,
		"datasource.principal":   status.RequestParamsNotValidError,
		"datasource.connectType": status.RequestParamsNotValidError,
	}
}

// sourceRefusal says behind a constant's text what was wrong with a data
// source. A connection that failed gets the constant given.
func (d *Dialect) sourceRefusal(err error, connect status.Constant) error {
	var e *workflow.Error
	if !errors.As(err, &e) || !strings.HasPrefix(e.Reason, "datasource.") {
		return err
	}
	constant, known := d.reasons[e.Reason]
	switch {
	case e.Reason == "datasource.exists", e.Reason == "datasource.not_found":
		return err
	case !known:
		return &Failure{Constant: connect, Detail: e.Message}
	case constant == status.RequestParamsNotValidError:
		return &Failure{Constant: constant, Args: []any{e.Field}, Detail: e.Message}
	}
	return &Failure{Constant: constant, Detail: e.Message}
}

func (d *Dialect) createDataSource(ctx context.Context, r *Request) (any, error) {
	in, err := dataSourceInput(r)
	if err != nil {
		return nil, err
	}
	_, err = d.uc.CreateDataSource(ctx, r.Caller, in)
	return nil, d.sourceRefusal(err, status.DatasourceConnectFailed)
}

func (d *Dialect) updateDataSource(ctx context.Context, r *Request) (any, error) {
	in, err := dataSourceInput(r)
	if err != nil {
		return nil, err
	}
	return nil, d.sourceRefusal(d.uc.UpdateDataSource(ctx, r.Caller, r.ID("id"), in), status.DatasourceConnectFailed)
}

func (d *Dialect) deleteDataSource(ctx context.Context, r *Request) (any, error) {
	return nil, d.sourceRefusal(d.uc.DeleteDataSource(ctx, r.Caller, r.ID("id")), status.DeleteDataSourceFailure)
}

func (d *Dialect) showDataSource(ctx context.Context, r *Request) (any, error) {
	ds, err := d.uc.DataSource(ctx, r.Caller, r.ID("id"))
	if err != nil {
		return nil, err
	}
	return encodeDataSourceForm(ds), nil
}

func (d *Dialect) tryDataSource(ctx context.Context, r *Request) (any, error) {
	in, err := dataSourceInput(r)
	if err != nil {
		return nil, err
	}
	return nil, d.sourceRefusal(d.uc.TryDataSource(ctx, r.Caller, in), status.ConnectDatasourceFailure)
}

func (d *Dialect) testDataSource(ctx context.Context, r *Request) (any, error) {
	return nil, d.sourceRefusal(d.uc.TestDataSource(ctx, r.Caller, r.ID("id")), status.ConnectionTestFailure)
}

func (d *Dialect) verifyDataSourceName(ctx context.Context, r *Request) (any, error) {
	return nil, d.uc.DataSourceNameFree(ctx, r.String("name"))
}

func (d *Dialect) listDataSources(ctx context.Context, r *Request) (any, error) {
	rows, err := d.uc.DataSourcesOf(ctx, r.Caller, workflow.DataSourceType(r.Enum("type")))
	if err != nil {
		return nil, err
	}
	return ListOf(rows, encodeDataSource), nil
}

func (d *Dialect) pageDataSources(ctx context.Context, r *Request) (any, error) {
	rows, total, err := d.uc.ListDataSources(ctx, r.Caller, r.Search(), r.Page())
	if err != nil {
		return nil, err
	}
	return PageOf(r.Page(), rows, total, encodeDataSource), nil
}

func (d *Dialect) grantedDataSources(ctx context.Context, r *Request) (any, error) {
	rows, err := d.uc.GrantedDataSources(ctx, r.Caller, r.ID("userId"))
	if err != nil {
		return nil, err
	}
	return ListOf(rows, encodeDataSource), nil
}

func (d *Dialect) ungrantedDataSources(ctx context.Context, r *Request) (any, error) {
	rows, err := d.uc.UngrantedDataSources(ctx, r.Caller, r.ID("userId"))
	if err != nil {
		return nil, err
	}
	return ListOf(rows, encodeDataSource), nil
}

// dataSourceInput decodes the form. The connect type is sent along for every
// type and means something for Oracle only.
func dataSourceInput(r *Request) (usecase.DataSourceInput, error) {
	in := usecase.DataSourceInput{
		Name: r.String("name"), Note: r.String("note"), Type: workflow.DataSourceType(r.Enum("type")),
		Password: r.String("password"),
		Connection: workflow.Connection{
			Host: r.String("host"), Database: r.String("database"), User: r.String("userName"), Principal: r.String("principal"),
		},
	}
	if in.Type == workflow.Oracle {
		in.Connection.ConnectType = r.Enum("connectType")
	}
	var err error
	if in.Connection.Port, err = portOf(r.String("port")); err != nil {
		return in, err
	}
	in.Connection.Options, err = optionsOf(r.String("other"))
	return in, err
}
