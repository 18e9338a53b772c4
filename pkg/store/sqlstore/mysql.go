package sqlstore

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/go-sql-driver/mysql"
)

// Statements every MySQL connection begins with. Under READ COMMITTED an
// upsert locks rows, not gaps; a strict mode refuses what does not fit. Two
// indexes of a history are not intersected: that reads both to their ends where
// one of them has the rows in the order that is asked for.
var mysqlSession = []string{
	"SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED",
	"SET SESSION sql_mode = 'STRICT_ALL_TABLES,NO_ZERO_DATE,NO_ZERO_IN_DATE,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION'",
	"SET SESSION time_zone = '+00:00'",
	"SET SESSION optimizer_switch = 'index_merge_intersection=off'",
}

// Lock waits in seconds: of ordinary work, and of a take-over, which ends the
// old owner's connections rather than wait for them.
const (
	lockWait     = 5
	takeLockWait = 1
	// A transaction that says nothing for so many seconds belongs to a frozen
	// process. Only MariaDB can be told to end it.
	idleTransaction = 5
)

// openMySQL opens the pools of a server.
func openMySQL(ctx context.Context, t target) (*database, error) {
	db := &database{dialect: dialect{mysql: true}}
	plain, err := mysqlPool(t, t.maxConns, mysqlSession)
	if err != nil {
		return nil, err
	}
	idle, err := idleStatement(ctx, plain)
	if err := errors.Join(err, plain.Close()); err != nil {
		return nil, err
	}
	session := append(append([]string{}, mysqlSession...), idle...)
	wait := func(seconds int) []string {
		return append(append([]string{}, session...), fmt.Sprintf("SET SESSION innodb_lock_wait_timeout = %d", seconds))
	}
	if db.write, err = mysqlPool(t, t.maxConns, wait(lockWait)); err != nil {
		return nil, err
	}
	if db.control, err = mysqlPool(t, 2, wait(takeLockWait)); err != nil {
		return nil, errors.Join(err, db.write.Close())
	}
	fenced, err := mysqlPool(t, fencedConnections, append(wait(lockWait), "SET SESSION autocommit = 0"))
	if err != nil {
		return nil, errors.Join(err, db.control.Close(), db.write.Close())
	}
	db.read = db.write
	db.fences = newFencedConns(fenced)
	db.closers = []func() error{db.fences.Close, db.control.Close, db.write.Close}
	return db, nil
}

// idleStatement makes the server end transactions of frozen clients, where it
// can.
func idleStatement(ctx context.Context, pool *sql.DB) ([]string, error) {
	var version string
	if err := pool.QueryRowContext(ctx, "SELECT VERSION()").Scan(&version); err != nil {
		return nil, fmt.Errorf("asking the database's version: %w", mapError(err, "database"))
	}
	if !strings.Contains(version, "MariaDB") {
		return nil, nil
	}
	return []string{fmt.Sprintf("SET SESSION idle_transaction_timeout = %d", idleTransaction)}, nil
}

// mysqlPool opens a pool whose connections begin with the given statements.
func mysqlPool(t target, n int, session []string) (*sql.DB, error) {
	inner, err := mysql.NewConnector(t.mysql)
	if err != nil {
		return nil, fmt.Errorf("opening the database: %w", err)
	}
	pool := sql.OpenDB(&connector{Connector: inner, session: session})
	pool.SetMaxOpenConns(n)
	pool.SetMaxIdleConns(n)
	pool.SetConnMaxIdleTime(5 * time.Minute)
	return pool, nil
}

// connector prepares each new connection.
type connector struct {
	driver.Connector
	session []string
}

func (c *connector) Connect(ctx context.Context) (driver.Conn, error) {
	conn, err := c.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	for _, statement := range c.session {
		if _, err := conn.(driver.ExecerContext).ExecContext(ctx, statement, nil); err != nil {
			return nil, errors.Join(fmt.Errorf("%s: %w", statement, err), conn.Close())
		}
	}
	return conn, nil
}
