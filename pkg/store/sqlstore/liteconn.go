package sqlstore

import (
	"context"
	"database/sql/driver"
	"errors"

	gosqlite "github.com/glebarez/go-sqlite"
)

// liteConnector opens connections to a file of SQLite.
type liteConnector struct{ dsn string }

func (c liteConnector) Connect(context.Context) (driver.Conn, error) {
	conn, err := c.Driver().Open(c.dsn)
	if err != nil {
		return nil, err
	}
	full, ok := conn.(fullConn)
	if !ok {
		return nil, errors.Join(errors.New("the SQLite driver is not the one that is known"), conn.Close())
	}
	return liteConn{full}, nil
}

func (c liteConnector) Driver() driver.Driver { return &gosqlite.Driver{} }

// fullConn is what the driver's connections can do.
type fullConn interface {
	driver.Conn
	driver.ExecerContext
	driver.QueryerContext
	driver.ConnPrepareContext
	driver.ConnBeginTx
	driver.Pinger
}

// liteConn runs a write that has begun to its end. The driver, given a context
// that ends early enough, leaves the statement out and reports the success of
// the one before.
type liteConn struct{ fullConn }

// ExecContext implements driver.ExecerContext.
func (c liteConn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return c.fullConn.ExecContext(context.WithoutCancel(ctx), query, args)
}
