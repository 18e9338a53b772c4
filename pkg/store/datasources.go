package store

import (
	"context"

	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// DataSourceRow is a data source with what lists show beside it.
type DataSourceRow struct {
	workflow.DataSource
	UserName string
}

// DataSources keeps connections to databases. Passwords are kept sealed by the
// store's Sealer and come back in clear: whoever answers a client drops them.
type DataSources interface {
	Create(ctx context.Context, d *workflow.DataSource) error // sets ID
	Update(ctx context.Context, d *workflow.DataSource) error
	Delete(ctx context.Context, id int64) error // with its grants
	Get(ctx context.Context, id int64) (workflow.DataSource, error)
	ByName(ctx context.Context, name string) (workflow.DataSource, error)
	// List gives what visibleTo owns or was granted (0: all), newest first.
	List(ctx context.Context, visibleTo int64, search string, p Page) ([]DataSourceRow, int, error)
	// All is List without pages, of one type unless it is empty.
	All(ctx context.Context, visibleTo int64, t workflow.DataSourceType) ([]DataSourceRow, error)
	Granted(ctx context.Context, userID int64) ([]int64, error)
	Grant(ctx context.Context, userID int64, ids []int64) error
	// GranteeIDs gives the users who were granted it, SetGrantees replaces them.
	GranteeIDs(ctx context.Context, id int64) ([]int64, error)
	SetGrantees(ctx context.Context, id int64, userIDs []int64) error
	// UsedBy lists definitions of which the current version names the data
	// source in a task.
	UsedBy(ctx context.Context, id int64) ([]Use, error)
	// Reseal seals again what was sealed with an older key, a batch at a time,
	// and tells how many rows it changed; 0 means that all are current.
	Reseal(ctx context.Context, limit int) (int, error)
}
