package datasource

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"
	"time"
)

// killTimeout bounds telling a server to stop a statement.
const killTimeout = 15 * time.Second

// killer is asked before each statement. It may put something into the context
// that the driver sends along, and says how the statement is killed.
type killer func(context.Context) (context.Context, func(context.Context) error)

// driverKills is for drivers that tell the server by themselves.
func driverKills(ctx context.Context) (context.Context, func(context.Context) error) {
	return ctx, nil
}

// Conn is one session. It serves one goroutine at a time. After the context of
// a statement has ended the session may be gone: close it.
type Conn struct {
	target *target
	inner  *sql.Conn
	kill   killer
}

// Close ends the session.
func (c *Conn) Close() error {
	err := c.inner.Close()
	if errors.Is(err, sql.ErrConnDone) {
		return nil
	}
	return err
}

// QueryContext runs a statement that answers rows. When ctx ends before the
// rows are closed, the statement is killed on the server.
func (c *Conn) QueryContext(ctx context.Context, query string, args ...any) (*Rows, error) {
	if err := c.target.refuse(query); err != nil {
		return nil, err
	}
	inner, w := c.watch(ctx)
	rows, err := c.inner.QueryContext(inner, query, args...)
	if err != nil {
		return nil, w.end(c.target.tidy(err))
	}
	return &Rows{Rows: rows, watch: w, tidy: c.target.tidy}, nil
}

// ExecContext runs a statement that answers no rows. When ctx ends first, the
// statement is killed on the server.
func (c *Conn) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	if err := c.target.refuse(query); err != nil {
		return nil, err
	}
	inner, w := c.watch(ctx)
	result, err := c.inner.ExecContext(inner, query, args...)
	return result, w.end(c.target.tidy(err))
}

// Rows is the answer of a query; Close it.
type Rows struct {
	*sql.Rows
	watch *watch
	tidy  func(error) error
}

// Err gives what ended the iteration too early.
func (r *Rows) Err() error { return r.tidy(r.Rows.Err()) }

// Close ends the statement. It may be called more than once.
func (r *Rows) Close() error { return r.watch.end(r.tidy(r.Rows.Close())) }

// watch waits for the end of a statement's context while the statement runs.
type watch struct {
	ctx    context.Context
	kill   func(context.Context) error // nil: there is nothing to do
	stop   func() bool
	killed chan error // gets the outcome of killing, once begun
	once   sync.Once
	failed error
}

func (c *Conn) watch(ctx context.Context) (context.Context, *watch) {
	inner, kill := c.kill(ctx)
	w := &watch{ctx: ctx, kill: kill, stop: func() bool { return true }}
	if kill == nil {
		return inner, w
	}
	w.killed = make(chan error, 1)
	w.stop = context.AfterFunc(ctx, func() { w.killed <- w.tell() })
	return inner, w
}

// tell has the statement killed.
func (w *watch) tell() error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(w.ctx), killTimeout)
	defer cancel()
	return w.kill(ctx)
}

// end stops watching. If the context has ended meanwhile, end waits until the
// server was told, and an error says that this was the cause.
func (w *watch) end(err error) error {
	w.once.Do(func() {
		switch {
		case !w.stop():
			w.failed = <-w.killed
		// The driver may learn of the end, and hang up, before this watch does.
		case w.kill != nil && w.ctx.Err() != nil:
			w.failed = w.tell()
		}
	})
	switch {
	case w.ctx.Err() == nil:
		return err
	case w.failed != nil:
		return fmt.Errorf("%w, and the server could not be told to stop: %w", context.Cause(w.ctx), w.failed)
	case err != nil && !errors.Is(err, context.Cause(w.ctx)):
		return fmt.Errorf("%w (%v)", context.Cause(w.ctx), err)
	}
	return err
}
