package sqlstore

import (
	"context"
	"crypto/rand"
	"database/sql"
	"database/sql/driver"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/porpoise-scheduler/porpoise/pkg/store"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// fencedConnections is how many fenced transactions one process may have open
// at once on MySQL.
const fencedConnections = 4

// fencedConns are the connections of this process for fenced transactions.
//
// A process frozen inside such a transaction keeps its shard rows locked, so a
// new owner must be able to end the connection. Connection ids alone are not
// safe to keep: a restarted server gives them out again. So each connection
// holds a named lock of the server, shard rows carry the name (column writer),
// and whoever takes over asks the server which connection holds the lock now.
type fencedConns struct {
	pool  *sql.DB
	token string
	free  chan *fencedConn
}

// fencedConn is one connection, or the place of one: conn is nil until it is
// needed.
type fencedConn struct {
	lock string
	conn *sql.Conn
}

func newFencedConns(pool *sql.DB) *fencedConns {
	var random [12]byte
	_, _ = rand.Read(random[:]) // never fails
	f := &fencedConns{pool: pool, token: hex.EncodeToString(random[:]), free: make(chan *fencedConn, fencedConnections)}
	for i := range fencedConnections {
		f.free <- &fencedConn{lock: lockName(f.token, i)}
	}
	return f
}

// writer is what shard rows say about these connections.
func (f *fencedConns) writer() string { return f.token + ":" + strconv.Itoa(fencedConnections) }

func lockName(token string, i int) string { return fmt.Sprintf("porpoise:%s:%d", token, i) }

// Close waits for the connections in use and closes all.
func (f *fencedConns) Close() error {
	var errs []error
	for range fencedConnections {
		if c := <-f.free; c.conn != nil {
			errs = append(errs, c.conn.Close())
		}
	}
	return errors.Join(append(errs, f.pool.Close())...)
}

// inTx runs fn in a transaction on one of the connections. They are not in
// autocommit mode: the first statement begins the transaction and saves a
// round trip. A connection that turns out dead before the commit has left
// nothing behind, so that fn runs once more on a new one.
func (f *fencedConns) inTx(ctx context.Context, fn func(tx querier) error) error {
	var c *fencedConn
	select {
	case c = <-f.free:
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	defer func() { f.free <- c }()
	reused := c.conn != nil
	err := f.run(ctx, c, fn)
	if err != nil && reused && c.conn == nil && unanswered(err) && ctx.Err() == nil {
		err = f.run(ctx, c, fn)
	}
	if err != nil {
		return err
	}
	if _, err := c.conn.ExecContext(ctx, "COMMIT"); err != nil {
		c.discard()
		return err
	}
	return nil
}

// run runs fn up to the commit, on a new connection if need be.
func (f *fencedConns) run(ctx context.Context, c *fencedConn, fn func(tx querier) error) error {
	if c.conn == nil {
		if err := f.connect(ctx, c); err != nil {
			return err
		}
	}
	err := fn(c.conn)
	if err == nil {
		return nil
	}
	if unanswered(err) {
		c.discard()
	} else if _, e := c.conn.ExecContext(context.WithoutCancel(ctx), "ROLLBACK"); e != nil {
		c.discard()
	}
	return err
}

// connect opens the connection and takes its named lock. The server may still
// hold an earlier connection of this place for alive: that one is ended.
func (f *fencedConns) connect(ctx context.Context, c *fencedConn) error {
	conn, err := f.pool.Conn(ctx)
	if err != nil {
		return err
	}
	c.conn = conn
	for range maxTries {
		var got sql.NullInt64
		if err := conn.QueryRowContext(ctx, "SELECT GET_LOCK(?, 1)", c.lock).Scan(&got); err != nil {
			c.discard()
			return err
		}
		if got.Int64 == 1 {
			return nil
		}
		if err := endHolder(ctx, conn, c.lock); err != nil {
			c.discard()
			return err
		}
	}
	c.discard()
	return fmt.Errorf("lock %s is held: %w", c.lock, driver.ErrBadConn)
}

// discard closes the connection for good.
func (c *fencedConn) discard() {
	if c.conn == nil {
		return
	}
	_ = c.conn.Raw(func(any) error { return driver.ErrBadConn })
	_ = c.conn.Close() // already closed by the above
	c.conn = nil
}

// endHolder ends the connection that holds a named lock, if any does.
func endHolder(ctx context.Context, q querier, lock string) error {
	var id sql.NullInt64
	if err := q.QueryRowContext(ctx, "SELECT IS_USED_LOCK(?)", lock).Scan(&id); err != nil {
		return err
	}
	if !id.Valid {
		return nil
	}
	_, err := q.ExecContext(ctx, fmt.Sprintf("KILL CONNECTION %d", id.Int64))
	if myNumber(err) == myNoThread { // it has just gone
		return nil
	}
	return err
}

// endWriter ends all connections that a shard row's writer column names.
func endWriter(ctx context.Context, q querier, writer string) error {
	token, count, _ := strings.Cut(writer, ":")
	n, err := strconv.Atoi(count)
	if err != nil || n > 64 {
		return nil // written by nobody, or by nobody we know
	}
	for i := range n {
		if err := endHolder(ctx, q, lockName(token, i)); err != nil {
			return err
		}
	}
	return nil
}

// fenced runs fn in a transaction that holds only while every fence does. It
// is repeated after a deadlock.
func (db *database) fenced(ctx context.Context, fences []store.Fence, fn func(tx querier) error) error {
	if len(fences) == 0 {
		return workflow.Errorf(workflow.Internal, "fence.missing", "a write without a fence")
	}
	guarded := func(tx querier) error {
		if err := db.checkFences(ctx, tx, fences); err != nil {
			return err
		}
		return fn(tx)
	}
	return again(ctx, func() error {
		if db.mysql {
			return db.fences.inTx(ctx, guarded)
		}
		return db.liteTx(ctx, guarded)
	})
}

// liteTx runs fn in a transaction of SQLite's writer. Only the wait for the
// writer can be cut short: a watched context costs a goroutine a statement.
func (db *database) liteTx(ctx context.Context, fn func(tx querier) error) error {
	conn, err := db.write.Conn(ctx)
	if err != nil {
		return err
	}
	err = inTx(context.WithoutCancel(ctx), conn, func(tx *sql.Tx) error { return fn(unwatched{tx}) })
	return errors.Join(err, conn.Close())
}

// unwatched runs statements to their end whatever becomes of the caller.
type unwatched struct{ tx *sql.Tx }

func (u unwatched) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	return u.tx.ExecContext(context.WithoutCancel(ctx), query, args...)
}

func (u unwatched) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	return u.tx.QueryContext(context.WithoutCancel(ctx), query, args...)
}

func (u unwatched) QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row {
	return u.tx.QueryRowContext(context.WithoutCancel(ctx), query, args...)
}

// checkFences compares the epochs and keeps the shard rows as they are until
// the transaction ends.
func (db *database) checkFences(ctx context.Context, tx querier, fences []store.Fence) error {
	ids := make([]any, len(fences))
	for i, f := range fences {
		ids[i] = f.Shard
	}
	rows, err := tx.QueryContext(ctx, "SELECT id, epoch FROM shard WHERE id IN ("+marks(len(ids))+")"+db.shareLock(), ids...)
	if err != nil {
		return err
	}
	defer rows.Close()
	epochs := make(map[int]int64, len(fences))
	for rows.Next() {
		var id int
		var epoch int64
		if err := rows.Scan(&id, &epoch); err != nil {
			return err
		}
		epochs[id] = epoch
	}
	if err := rows.Err(); err != nil {
		return err
	}
	return lost(fences, epochs)
}

// lost names the fences that no longer hold.
func lost(fences []store.Fence, epochs map[int]int64) error {
	var shards []int
	for _, f := range fences {
		if epoch, ok := epochs[f.Shard]; !ok || epoch != f.Epoch {
			shards = append(shards, f.Shard)
		}
	}
	if shards != nil {
		return &store.ErrFenced{Shards: shards}
	}
	return nil
}
