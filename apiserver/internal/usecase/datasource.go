package usecase

import (
	"context"
	"strings"
	"unicode/utf8"

	"github.com/porpoise-scheduler/porpoise/pkg/store"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// Connector knows how to reach databases. Its errors are *workflow.Error
// values of which the reasons begin with "datasource." and the messages hold
// no password.
type Connector interface {
	// Validate checks settings without connecting.
	Validate(ds workflow.DataSource) error
	// Test connects, within a time limit of its own.
	Test(ctx context.Context, ds workflow.DataSource) error
}

// HiddenPassword stands for a password that is not shown. Who sends it back
// means the stored one.
const HiddenPassword = "******"

const (
	maxDataSourceName = 64
	maxDataSourceNote = 255
)

// DataSourceInput is what a caller wants a data source to be. On an update an
// empty password, and HiddenPassword, leave the stored one as it is.
type DataSourceInput struct {
	Name       string
	Note       string
	Type       workflow.DataSourceType
	Connection workflow.Connection
	Password   string
}

func (in DataSourceInput) over(ds workflow.DataSource) workflow.DataSource {
	ds.Name, ds.Note, ds.Type, ds.Connection = in.Name, in.Note, in.Type, in.Connection
	if in.Password != "" && in.Password != HiddenPassword {
		ds.Password = in.Password
	}
	return ds
}

// CreateDataSource makes a data source of the caller's, once a connection was
// made. Reasons: "datasource.exists", "datasource.name", "datasource.note",
// those of Connector.
func (s *Service) CreateDataSource(ctx context.Context, c Caller, in DataSourceInput) (int64, error) {
	in.Name = strings.TrimSpace(in.Name)
	if err := checkDataSource(in); err != nil {
		return 0, err
	}
	if err := s.DataSourceNameFree(ctx, in.Name); err != nil {
		return 0, err
	}
	ds := in.over(workflow.DataSource{UserID: c.User.ID})
	if err := s.connects(ctx, ds); err != nil {
		return 0, err
	}
	err := s.Store.DataSources.Create(ctx, &ds)
	return ds.ID, takenAs(err, dataSourceExists())
}

// UpdateDataSource changes a data source, once a connection was made. Only its
// owner and admins may. Reasons: "datasource.not_found", "user.forbidden",
// those of CreateDataSource.
func (s *Service) UpdateDataSource(ctx context.Context, c Caller, id int64, in DataSourceInput) error {
	old, err := s.ownDataSource(ctx, c, id)
	if err != nil {
		return err
	}
	in.Name = strings.TrimSpace(in.Name)
	if err := checkDataSource(in); err != nil {
		return err
	}
	if in.Name != old.Name {
		if err := s.DataSourceNameFree(ctx, in.Name); err != nil {
			return err
		}
	}
	ds := in.over(old)
	if err := s.connects(ctx, ds); err != nil {
		return err
	}
	err = s.Store.DataSources.Update(ctx, &ds)
	return missingAs(takenAs(err, dataSourceExists()), dataSourceNotFound(id))
}

// DeleteDataSource removes a data source that no online workflow names. Only
// its owner and admins may. Reasons: "datasource.not_found", "user.forbidden",
// "datasource.in_use".
func (s *Service) DeleteDataSource(ctx context.Context, c Caller, id int64) error {
	if _, err := s.ownDataSource(ctx, c, id); err != nil {
		return err
	}
	uses, err := s.Store.DataSources.UsedBy(ctx, id)
	if err != nil {
		return err
	}
	for _, use := range uses {
		if use.ReleaseState == workflow.Online {
			return workflow.Errorf(workflow.Conflict, "datasource.in_use",
				"the online workflow %s uses it", use.DefinitionName)
		}
	}
	return missingAs(s.Store.DataSources.Delete(ctx, id), dataSourceNotFound(id))
}

// DataSource gives a data source that the caller owns or was granted, without
// its password. Reasons: "datasource.not_found", "user.forbidden".
func (s *Service) DataSource(ctx context.Context, c Caller, id int64) (workflow.DataSource, error) {
	ds, err := s.usableDataSource(ctx, c, id)
	ds.Password = ""
	return ds, err
}

// TestDataSource connects to a stored data source that the caller owns or was
// granted. Reasons: those of DataSource and Connector.
func (s *Service) TestDataSource(ctx context.Context, c Caller, id int64) error {
	ds, err := s.usableDataSource(ctx, c, id)
	if err != nil {
		return err
	}
	return s.connects(ctx, ds)
}

// TryDataSource connects with settings that are not stored yet. HiddenPassword
// means the stored password of the data source of that name, if the caller
// may change it and it reaches the same server as the same user.
func (s *Service) TryDataSource(ctx context.Context, c Caller, in DataSourceInput) error {
	ds := in.over(workflow.DataSource{UserID: c.User.ID})
	if in.Password == HiddenPassword {
		old, err := s.Store.DataSources.ByName(ctx, strings.TrimSpace(in.Name))
		there, err := found(err)
		if err != nil {
			return err
		}
		if there && (c.Admin() || c.Is(old.UserID)) && sameServer(old, ds) {
			ds.Password = old.Password
		}
	}
	return s.connects(ctx, ds)
}

func sameServer(a, b workflow.DataSource) bool {
	x, y := a.Connection, b.Connection
	return a.Type == b.Type && x.Host == y.Host && x.Port == y.Port && x.User == y.User
}

// ListDataSources gives a page of what the caller owns or was granted, of all
// for admins, without passwords.
func (s *Service) ListDataSources(ctx context.Context, c Caller, search string, p store.Page) ([]store.DataSourceRow, int, error) {
	rows, total, err := s.Store.DataSources.List(ctx, visibleTo(c), search, s.bound(p))
	return withoutPasswords(rows), total, err
}

// DataSourcesOf is ListDataSources without pages, of one type.
func (s *Service) DataSourcesOf(ctx context.Context, c Caller, t workflow.DataSourceType) ([]store.DataSourceRow, error) {
	rows, err := s.Store.DataSources.All(ctx, visibleTo(c), t)
	return withoutPasswords(rows), err
}

// GrantedDataSources gives what a user was granted, UngrantedDataSources what
// he neither owns nor was granted. Reason: "user.forbidden".
func (s *Service) GrantedDataSources(ctx context.Context, c Caller, userID int64) ([]store.DataSourceRow, error) {
	return s.dataSourcesByGrant(ctx, c, userID, func(_ store.DataSourceRow, granted bool) bool { return granted })
}

// UngrantedDataSources is the other half of GrantedDataSources.
func (s *Service) UngrantedDataSources(ctx context.Context, c Caller, userID int64) ([]store.DataSourceRow, error) {
	return s.dataSourcesByGrant(ctx, c, userID, func(r store.DataSourceRow, granted bool) bool {
		return !granted && r.UserID != userID
	})
}

func (s *Service) dataSourcesByGrant(ctx context.Context, c Caller, userID int64, keep func(store.DataSourceRow, bool) bool) ([]store.DataSourceRow, error) {
	if err := RequireAdmin(c); err != nil {
		return nil, err
	}
	ids, err := s.Store.DataSources.Granted(ctx, userID)
	if err != nil {
		return nil, err
	}
	granted := map[int64]bool{}
	for _, id := range ids {
		granted[id] = true
	}
	all, err := s.Store.DataSources.All(ctx, 0, "")
	if err != nil {
		return nil, err
	}
	var out []store.DataSourceRow
	for _, row := range all {
		if keep(row, granted[row.ID]) {
			out = append(out, row)
		}
	}
	return withoutPasswords(out), nil
}

// DataSourceNameFree refuses a name that is taken: "datasource.exists".
func (s *Service) DataSourceNameFree(ctx context.Context, name string) error {
	_, err := s.Store.DataSources.ByName(ctx, strings.TrimSpace(name))
	taken, err := found(err)
	if taken {
		return dataSourceExists()
	}
	return err
}

// connects checks settings and tries them.
func (s *Service) connects(ctx context.Context, ds workflow.DataSource) error {
	if s.Connector == nil {
		return workflow.Errorf(workflow.Unavailable, "datasource.failed", "this server connects to no databases")
	}
	if err := s.Connector.Validate(ds); err != nil {
		return err
	}
	return s.Connector.Test(ctx, ds)
}

// ownDataSource gives a data source that the caller may change.
func (s *Service) ownDataSource(ctx context.Context, c Caller, id int64) (workflow.DataSource, error) {
	ds, err := s.Store.DataSources.Get(ctx, id)
	if err != nil {
		return ds, missingAs(err, dataSourceNotFound(id))
	}
	return ds, requireSelf(c, ds.UserID)
}

// usableDataSource gives a data source that the caller may use.
func (s *Service) usableDataSource(ctx context.Context, c Caller, id int64) (workflow.DataSource, error) {
	ds, err := s.Store.DataSources.Get(ctx, id)
	may, err := s.seesDataSource(ctx, c, ds, err)
	switch {
	case err != nil:
		return workflow.DataSource{}, err
	case ds.ID == 0:
		return ds, dataSourceNotFound(id)
	case !may:
		return workflow.DataSource{}, forbidden()
	}
	return ds, nil
}

func withoutPasswords(rows []store.DataSourceRow) []store.DataSourceRow {
	for i := range rows {
		rows[i].Password = ""
	}
	return rows
}

func checkDataSource(in DataSourceInput) error {
	switch {
	case in.Name == "" || utf8.RuneCountInString(in.Name) > maxDataSourceName:
		return workflow.Errorf(workflow.Invalid, "datasource.name", "a name has 1 to %d characters", maxDataSourceName).At("name")
	case utf8.RuneCountInString(in.Note) > maxDataSourceNote:
		return workflow.Errorf(workflow.Invalid, "datasource.note", "a note has at most %d characters", maxDataSourceNote).At("note")
	}
	return nil
}

func dataSourceExists() error {
	return workflow.Errorf(workflow.Exists, "datasource.exists", "the name of the data source is taken").At("name")
}

func dataSourceNotFound(id int64) error {
	return workflow.Errorf(workflow.NotFound, "datasource.not_found", "data source %d not found", id)
}
