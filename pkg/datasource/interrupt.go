package datasource

import (
	"context"
	"database/sql/driver"
	"errors"
	"reflect"
	"time"

	"modernc.org/libc"
	sqlite3 "modernc.org/sqlite/lib"
)

// interruptEvery is how often a statement is told to end: one that has not
// quite begun does not notice.
const interruptEvery = 20 * time.Millisecond

// fullConn is what the driver's connections can do.
type fullConn interface {
	driver.Conn
	driver.ExecerContext
	driver.QueryerContext
	driver.ConnPrepareContext
	driver.ConnBeginTx
	driver.Pinger
}

// fullRows is what the driver's rows can do.
type fullRows interface {
	driver.Rows
	driver.RowsColumnTypeDatabaseTypeName
	driver.RowsColumnTypeLength
	driver.RowsColumnTypeNullable
	driver.RowsColumnTypePrecisionScale
	driver.RowsColumnTypeScanType
}

// interruptible ends statements of SQLite with their context, which the driver
// is not given: it interrupts once, never while it looks for the next row, which
// is when a query does its work, and if the context ends early enough it leaves
// the statement out and reports success.
type interruptible struct {
	fullConn
	db uintptr // the library's handle
}

func newInterruptible(c driver.Conn) (driver.Conn, error) {
	full, ok := c.(fullConn)
	v := reflect.Indirect(reflect.ValueOf(c))
	if !ok || v.Kind() != reflect.Struct || v.FieldByName("db").Kind() != reflect.Uintptr {
		return nil, errors.Join(errors.New("the SQLite driver is not the one that is known"), c.Close())
	}
	return &interruptible{full, uintptr(v.FieldByName("db").Uint())}, nil
}

// ExecContext implements driver.ExecerContext.
func (c *interruptible) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	defer c.guard(ctx)()
	return c.fullConn.ExecContext(context.WithoutCancel(ctx), query, args)
}

// QueryContext implements driver.QueryerContext.
func (c *interruptible) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	defer c.guard(ctx)()
	rows, err := c.fullConn.QueryContext(context.WithoutCancel(ctx), query, args)
	if err != nil {
		return nil, err
	}
	full, ok := rows.(fullRows)
	if !ok {
		return nil, errors.Join(errors.New("the SQLite driver is not the one that is known"), rows.Close())
	}
	return &interruptibleRows{full, ctx, c}, nil
}

type interruptibleRows struct {
	fullRows
	ctx  context.Context
	conn *interruptible
}

// Next implements driver.Rows.
func (r *interruptibleRows) Next(dest []driver.Value) error {
	defer r.conn.guard(r.ctx)()
	return r.fullRows.Next(dest)
}

// guard interrupts what runs, from the end of ctx until it is released.
func (c *interruptible) guard(ctx context.Context) (release func()) {
	if ctx.Done() == nil {
		return func() {}
	}
	ended, told := make(chan struct{}), make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(told)
		c.interrupt(ended)
	})
	return func() {
		close(ended)
		if !stop() {
			<-told
		}
	}
}

func (c *interruptible) interrupt(ended <-chan struct{}) {
	thread := libc.NewTLS()
	defer thread.Close()
	tick := time.NewTicker(interruptEvery)
	defer tick.Stop()
	for {
		sqlite3.Xsqlite3_interrupt(thread, c.db)
		select {
		case <-ended:
			return
		case <-tick.C:
		}
	}
}
