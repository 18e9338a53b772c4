package sqlstore

import (
	"context"
	"database/sql"
	"time"

	"github.com/cenkalti/backoff/v5"
	"gorm.io/gorm"
)

// querier is a pool, a connection or a transaction.
type querier interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// beginner can begin a transaction.
type beginner interface {
	BeginTx(ctx context.Context, opts *sql.TxOptions) (*sql.Tx, error)
}

const maxTries = 8

// again runs op until it succeeds or fails for a reason that another try will
// not mend. op is a whole transaction, or a single statement.
func again(ctx context.Context, op func() error) error {
	wait := backoff.NewExponentialBackOff()
	wait.InitialInterval, wait.MaxInterval = 2*time.Millisecond, 200*time.Millisecond
	_, err := backoff.Retry(ctx, func() (struct{}, error) {
		err := op()
		if err != nil && !transient(err) {
			err = backoff.Permanent(err)
		}
		return struct{}{}, err
	}, backoff.WithBackOff(wait), backoff.WithMaxTries(maxTries))
	return err
}

// inTx runs fn in a transaction on b, rolling back on any error.
func inTx(ctx context.Context, b beginner, fn func(tx *sql.Tx) error) error {
	tx, err := b.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	if err := fn(tx); err != nil {
		_ = tx.Rollback() // the first error is the one that tells
		return err
	}
	return tx.Commit()
}

// transact runs fn in a write transaction and repeats it after a deadlock.
func (db *database) transact(ctx context.Context, fn func(tx querier) error) error {
	return again(ctx, func() error {
		if db.mysql {
			return inTx(ctx, db.write, func(tx *sql.Tx) error { return fn(tx) })
		}
		return db.liteTx(ctx, fn)
	})
}

// save is transact for code that speaks gorm.
func (db *database) save(ctx context.Context, fn func(tx *gorm.DB) error) error {
	return again(ctx, func() error { return db.gWrite.WithContext(ctx).Transaction(fn) })
}

// exec runs one write statement and gives the number of rows it found.
func (db *database) exec(ctx context.Context, query string, args ...any) (int64, error) {
	var n int64
	err := again(ctx, func() error {
		r, err := db.write.ExecContext(ctx, query, args...)
		if err != nil {
			return err
		}
		n, err = r.RowsAffected()
		return err
	})
	return n, err
}
