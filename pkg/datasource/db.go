package datasource

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// DB is an open data source. It is safe for concurrent use; its sessions are
// not.
type DB struct {
	target *target
	pool   *sql.DB
}

// Type tells the data source's type.
func (d *DB) Type() workflow.DataSourceType { return d.target.Type }

// Placeholder gives the text that stands for the n-th bound value, from 1.
func (d *DB) Placeholder(n int) string { return d.target.family.placeholder(n) }

// Bind turns a parameter's text into a value for a placeholder, by the
// parameter's type. The error is Invalid and names the parameter.
func (d *DB) Bind(p workflow.Property) (any, error) {
	v, err := parseProperty(p)
	if err != nil {
		return nil, err
	}
	return d.target.family.bind(v), nil
}

// Close disconnects.
func (d *DB) Close() error { return d.pool.Close() }

// Conn opens a session: what statements leave behind, such as temporary
// tables and variables, is there for the next one. Whoever opens it closes it.
func (d *DB) Conn(ctx context.Context) (*Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, d.target.timeout)
	defer cancel()
	inner, err := d.pool.Conn(ctx)
	if err != nil {
		return nil, d.target.explain(ctx, err)
	}
	c := &Conn{target: d.target, inner: inner, kill: driverKills}
	if d.target.family.killer == nil {
		return c, nil
	}
	if c.kill, err = d.target.family.killer(ctx, d.target, inner); err != nil {
		inner.Close()
		return nil, fmt.Errorf("preparing the session: %w", d.target.explain(ctx, err))
	}
	return c, nil
}
