package native

import (
	"context"
	"net/http"
	"time"

	"github.com/porpoise-scheduler/porpoise/apiserver/internal/usecase"
	"github.com/porpoise-scheduler/porpoise/pkg/store"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// DataSource is a named connection to a database. Its password is only taken.
type DataSource struct {
	ID         int64                   `json:"id"`
	Name       string                  `json:"name"`
	Note       string                  `json:"note"`
	Type       workflow.DataSourceType `json:"type"`
	Connection workflow.Connection     `json:"connection"`
	OwnerID    int64                   `json:"ownerId"`
	Owner      string                  `json:"owner"`
	UserIDs    []int64                 `json:"userIds,omitempty" doc:"who was granted it, where it is shown alone"`
	Created    *time.Time              `json:"created"`
	Updated    *time.Time              `json:"updated"`
}

// DataSourceInput is what a caller says of a data source.
type DataSourceInput struct {
	Name       string                  `json:"name" minLength:"1" maxLength:"64"`
	Note       string                  `json:"note,omitempty" maxLength:"255"`
	Type       workflow.DataSourceType `json:"type"`
	Connection workflow.Connection     `json:"connection"`
	Password   string                  `json:"password,omitempty" maxLength:"1000" doc:"empty leaves a stored one as it is"`
}

// DataSourceTable is a table of a database.
type DataSourceTable struct {
	Name string `json:"name"`
	Kind string `json:"kind" doc:"as the database says, such as BASE TABLE or VIEW"`
}

// DataSourceColumn is a column of a table.
type DataSourceColumn struct {
	Name     string `json:"name"`
	Type     string `json:"type"`
	Nullable bool   `json:"nullable"`
}

func (in DataSourceInput) input() usecase.DataSourceInput {
	return usecase.DataSourceInput{Name: in.Name, Note: in.Note, Type: in.Type, Connection: in.Connection, Password: in.Password}
}

func dataSource(d workflow.DataSource, owner string) DataSource {
	return DataSource{ID: d.ID, Name: d.Name, Note: d.Note, Type: d.Type, Connection: d.Connection, OwnerID: d.UserID, Owner: owner,
		Created: moment(d.CreateTime), Updated: moment(d.UpdateTime)}
}

func (a *API) declareDataSources() {
	const tag, path = "Data sources", "/data-sources"
	crud[DataSource, DataSourceInput]{
		One: "DataSource", Many: "DataSources", Path: path, Tag: tag, Read: SignedIn, Write: SignedIn,
		Get: func(ctx context.Context, id int64) (DataSource, error) {
			v, err := a.uc.ViewDataSource(ctx, callerOf(ctx), id)
			out := dataSource(v.DataSource, v.UserName)
			out.UserIDs = v.UserIDs
			return out, err
		},
		Create: func(ctx context.Context, in DataSourceInput) (int64, error) {
			return a.uc.CreateDataSource(ctx, callerOf(ctx), in.input())
		},
		Update: func(ctx context.Context, id int64, in DataSourceInput) error {
			return a.uc.UpdateDataSource(ctx, callerOf(ctx), id, in.input())
		},
		Delete: func(ctx context.Context, id int64) error { return a.uc.DeleteDataSource(ctx, callerOf(ctx), id) },
	}.declare(a)
	add(a, op{ID: "listDataSources", Method: http.MethodGet, Path: path, Tag: tag, Access: SignedIn,
		Summary: "Data sources that the caller may use"}, a.listDataSources)
	add(a, op{ID: "tryDataSource", Method: http.MethodPost, Path: path + ":test", Tag: tag, Access: SignedIn, Status: http.StatusOK,
		Summary: "Connect with settings that are not stored"}, a.tryDataSource)
	add(a, op{ID: "testDataSource", Method: http.MethodPost, Path: path + "/{id}/test", Tag: tag, Access: SignedIn, Status: http.StatusOK,
		Summary: "Connect to a data source"}, a.testDataSource)
	add(a, op{ID: "listDatabases", Method: http.MethodGet, Path: path + "/{id}/databases", Tag: tag, Access: SignedIn,
		Summary: "The databases that a data source reaches"}, a.listDatabases)
	add(a, op{ID: "listTables", Method: http.MethodGet, Path: path + "/{id}/tables", Tag: tag, Access: SignedIn,
		Summary: "The tables of a database"}, a.listTables)
	add(a, op{ID: "listColumns", Method: http.MethodGet, Path: path + "/{id}/columns", Tag: tag, Access: SignedIn,
		Summary: "The columns of a table"}, a.listColumns)
	granting{One: "DataSource", Path: path, Tag: tag, Of: a.dataSourceGrants, Set: a.uc.ShareDataSource,
		Write: "Say which users may use a data source beside its owner"}.declare(a)
}

func (a *API) listDataSources(ctx context.Context, in *struct {
	Paging
	Type string `query:"type" maxLength:"32"`
}) (*listed[DataSource], error) {
	return paged(&in.Paging, func(search string, p store.Page) ([]store.DataSourceRow, int, error) {
		return a.uc.FindDataSources(ctx, callerOf(ctx), search, workflow.DataSourceType(in.Type), p)
	}, func(r store.DataSourceRow) DataSource { return dataSource(r.DataSource, r.UserName) })
}

func (a *API) tryDataSource(ctx context.Context, in *struct{ Body DataSourceInput }) (*body[Tried], error) {
	return tried(a.uc.TimeDataSource(func() error { return a.uc.TryDataSource(ctx, callerOf(ctx), in.Body.input()) }))
}

func (a *API) testDataSource(ctx context.Context, in *ByID) (*body[Tried], error) {
	return tried(a.uc.TimeDataSource(func() error { return a.uc.TestDataSource(ctx, callerOf(ctx), in.ID) }))
}

func (a *API) listDatabases(ctx context.Context, in *ByID) (*listed[string], error) {
	rows, err := a.uc.DataSourceDatabases(ctx, callerOf(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	return entire(rows, func(name string) string { return name }), nil
}

func (a *API) listTables(ctx context.Context, in *struct {
	ByID
	Database string `query:"database" maxLength:"255" doc:"the one that sessions start in, if missing"`
}) (*listed[DataSourceTable], error) {
	rows, err := a.uc.DataSourceTables(ctx, callerOf(ctx), in.ID, in.Database)
	if err != nil {
		return nil, err
	}
	return entire(rows, func(t usecase.Table) DataSourceTable { return DataSourceTable(t) }), nil
}

func (a *API) listColumns(ctx context.Context, in *struct {
	ByID
	Database string `query:"database" maxLength:"255"`
	Table    string `query:"table" required:"true" minLength:"1" maxLength:"255"`
}) (*listed[DataSourceColumn], error) {
	rows, err := a.uc.DataSourceColumns(ctx, callerOf(ctx), in.ID, in.Database, in.Table)
	if err != nil {
		return nil, err
	}
	return entire(rows, func(c usecase.Column) DataSourceColumn { return DataSourceColumn(c) }), nil
}

func (a *API) dataSourceGrants(ctx context.Context, c usecase.Caller, id int64) ([]int64, error) {
	v, err := a.uc.ViewDataSource(ctx, c, id)
	return v.UserIDs, err
}
