package sqlstore

import (
	"context"
	"database/sql"
	"time"

	"github.com/cenkalti/backoff/v5"
	"gorm.io/gorm"

	"github.com/porpoise-scheduler/porpoise/pkg/store"
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
	return db.transactNew(ctx, new(int64), fn)
}

// transactNew is transact for what makes something: fn sets its id.
func (db *database) transactNew(ctx context.Context, id *int64, fn func(tx querier) error) error {
	return db.once(ctx, id, func(keep func(tx querier) error) error {
		whole := func(tx querier) error {
			if err := fn(tx); err != nil {
				return err
			}
			return keep(tx)
		}
		if db.mysql {
			return inTx(ctx, db.write, func(tx *sql.Tx) error { return whole(tx) })
		}
		return db.liteTx(ctx, whole)
	})
}

// save is transact for code that speaks gorm.
func (db *database) save(ctx context.Context, fn func(tx *gorm.DB) error) error {
	return db.saveNew(ctx, new(int64), fn)
}

// saveNew is save for what makes something: fn sets its id.
func (db *database) saveNew(ctx context.Context, id *int64, fn func(tx *gorm.DB) error) error {
	return db.once(ctx, id, func(keep func(tx querier) error) error {
		return db.gWrite.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
			if err := fn(tx); err != nil {
				return err
			}
			return keep(tx.Statement.ConnPool)
		})
	})
}

// saveOne is saveNew for a single statement. It needs a transaction only if an
// answer goes with it.
func (db *database) saveOne(ctx context.Context, id *int64, fn func(tx *gorm.DB) error) error {
	if o, _ := store.OnceOf(ctx); o != nil {
		return db.saveNew(ctx, id, fn)
	}
	return again(ctx, func() error { return fn(db.gWrite.WithContext(ctx)) })
}

// change runs one write statement of a request. none, if not nil, is the error
// when it finds no row.
func (db *database) change(ctx context.Context, none error, query string, args ...any) error {
	run := func(q querier) error {
		r, err := q.ExecContext(ctx, query, args...)
		if err != nil {
			return err
		}
		n, err := r.RowsAffected()
		if err == nil && n == 0 {
			err = none
		}
		return err
	}
	if o, _ := store.OnceOf(ctx); o != nil {
		return db.transact(ctx, run)
	}
	return again(ctx, func() error { return run(db.write) })
}

// exec runs one write statement and gives the number of rows it found. It is
// for what no request asks for.
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
