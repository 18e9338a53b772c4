package usecase

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/porpoise-scheduler/porpoise/pkg/store"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// Browser looks at what databases hold. Its errors are as Connector's.
type Browser interface {
	// Databases lists what tables are kept in.
	Databases(ctx context.Context, ds workflow.DataSource) ([]string, error)
	// Tables lists those of a database; "" is the one that sessions start in.
	Tables(ctx context.Context, ds workflow.DataSource, database string) ([]Table, error)
	Columns(ctx context.Context, ds workflow.DataSource, database, table string) ([]Column, error)
}

// Table is one that a database holds.
type Table struct{ Name, Kind string }

// Column is one of a table.
type Column struct {
	Name, Type string
	Nullable   bool
}

// DataSourceView is a data source without its password, with who may use it.
type DataSourceView struct {
	workflow.DataSource
	UserName string
	UserIDs  []int64 // who was granted it
}

// ViewDataSource gives a data source to who may use it. Reasons:
// "datasource.not_found", "user.forbidden".
func (s *Service) ViewDataSource(ctx context.Context, c Caller, id int64) (v DataSourceView, err error) {
	if v.DataSource, err = s.DataSource(ctx, c, id); err != nil {
		return v, err
	}
	owner, err := s.Store.Users.Get(ctx, v.UserID)
	if _, err = found(err); err != nil {
		return v, err
	}
	v.UserName = owner.Name
	v.UserIDs, err = s.Store.DataSources.GranteeIDs(ctx, id)
	return v, err
}

// ShareDataSource replaces the users who were granted a data source. Only its
// owner and admins may. Reasons: "datasource.not_found", "user.forbidden",
// "user.not_found".
func (s *Service) ShareDataSource(ctx context.Context, c Caller, id int64, userIDs []int64) error {
	if _, err := s.ownDataSource(ctx, c, id); err != nil {
		return err
	}
	if err := s.usersExist(ctx, userIDs); err != nil {
		return err
	}
	return s.Store.DataSources.SetGrantees(ctx, id, sorted(userIDs))
}

func (s *Service) usersExist(ctx context.Context, ids []int64) error {
	for _, id := range ids {
		if _, err := s.Store.Users.Get(ctx, id); err != nil {
			return missingAs(err, workflow.Errorf(workflow.Invalid, "user.not_found", "user %d does not exist", id).At("userIds"))
		}
	}
	return nil
}

// TimeDataSource is TestDataSource, and TryDataSource for settings that are
// not stored; it tells how long connecting took.
func (s *Service) TimeDataSource(test func() error) (time.Duration, error) {
	begin := s.Now()
	err := test()
	return s.Now().Sub(begin), err
}

// browse gives a data source to look into.
func (s *Service) browse(ctx context.Context, c Caller, id int64) (workflow.DataSource, error) {
	if s.Browser == nil {
		return workflow.DataSource{}, workflow.Errorf(workflow.Unavailable, "datasource.failed", "this server connects to no databases")
	}
	return s.usableDataSource(ctx, c, id)
}

// DataSourceDatabases lists the databases that a data source reaches. Reasons:
// those of DataSource and Connector.
func (s *Service) DataSourceDatabases(ctx context.Context, c Caller, id int64) ([]string, error) {
	ds, err := s.browse(ctx, c, id)
	if err != nil {
		return nil, err
	}
	return s.Browser.Databases(ctx, ds)
}

// DataSourceTables lists the tables of a database.
func (s *Service) DataSourceTables(ctx context.Context, c Caller, id int64, database string) ([]Table, error) {
	ds, err := s.browse(ctx, c, id)
	if err != nil {
		return nil, err
	}
	return s.Browser.Tables(ctx, ds, database)
}

// DataSourceColumns lists the columns of a table.
func (s *Service) DataSourceColumns(ctx context.Context, c Caller, id int64, database, table string) ([]Column, error) {
	ds, err := s.browse(ctx, c, id)
	if err != nil {
		return nil, err
	}
	return s.Browser.Columns(ctx, ds, database, table)
}

// FindDataSources is ListDataSources of one type, unless it is empty.
func (s *Service) FindDataSources(ctx context.Context, c Caller, search string, t workflow.DataSourceType, p store.Page) ([]store.DataSourceRow, int, error) {
	if t == "" {
		return s.ListDataSources(ctx, c, search, p)
	}
	rows, err := s.DataSourcesOf(ctx, c, t)
	if err != nil {
		return nil, 0, err
	}
	rows = matching(rows, search, func(r store.DataSourceRow) string { return r.Name })
	p = s.bound(p)
	from := min(p.Offset(), len(rows))
	return rows[from:min(from+p.Size, len(rows))], len(rows), nil
}

// matching keeps rows whose name contains search.
func matching[R any](rows []R, search string, name func(R) string) []R {
	search = strings.ToLower(search)
	return slices.DeleteFunc(rows, func(r R) bool { return !strings.Contains(strings.ToLower(name(r)), search) })
}
