package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/logger"

	"github.com/porpoise-scheduler/porpoise/pkg/store"
)

// Sealer encrypts values kept at rest. aad binds a sealed value to its place.
type Sealer interface {
	Seal(plain []byte, aad string) (string, error)
	Open(sealed, aad string) ([]byte, error)
	// Current reports whether a value was sealed with the key that seals now.
	Current(sealed string) bool
}

// Options of Open; the zero value works.
type Options struct {
	// Sealer encrypts secrets. Without one only hashes of tokens are kept, and
	// they read back with an empty value; passwords of data sources and settings
	// of alert channels are refused.
	Sealer Sealer
	// Clock gives create and update times, and for SQLite the database's own
	// clock; time.Now by default.
	Clock func() time.Time
}

// database is one opened database: what all stores share.
type database struct {
	dialect
	write, read   *sql.DB  // the same pool on MySQL
	gWrite, gRead *gorm.DB // over those pools
	control       *sql.DB  // for take-overs; MySQL only
	fences        *fencedConns
	commands      *combiner[*insertCall]
	audits        *combiner[*auditCall]
	clock         func() time.Time
	sealer        Sealer
	shards        int
	schema        int64
	closers       []func() error // in order
}

// Open opens a database whose schema is the one this build needs. A database
// in memory, sqlite://:memory:, begins empty and is migrated here.
func Open(ctx context.Context, url string, opts Options) (*store.Store, error) {
	t, err := parseURL(url)
	if err != nil {
		return nil, err
	}
	db, err := connect(ctx, t)
	if err != nil {
		return nil, err
	}
	db.clock, db.sealer = opts.Clock, opts.Sealer
	if db.clock == nil {
		db.clock = time.Now
	}
	if err := db.prepare(ctx, t); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db.stores(), nil
}

// connect opens the pools of a target.
func connect(ctx context.Context, t target) (*database, error) {
	if t.mysql != nil {
		return openMySQL(ctx, t)
	}
	return openSQLite(t.path)
}

// prepare checks the schema and readies what needs it.
func (db *database) prepare(ctx context.Context, t target) error {
	if t.path == memoryPath {
		if err := db.migrateUp(ctx); err != nil {
			return err
		}
	}
	if err := db.checkSchema(ctx); err != nil {
		return err
	}
	if err := db.read.QueryRowContext(ctx, "SELECT COUNT(*) FROM shard").Scan(&db.shards); err != nil {
		return fmt.Errorf("counting shards: %w", mapError(err, "shard"))
	}
	if db.shards == 0 {
		return errors.New("the database has no shards: its table `shard` is empty")
	}
	var err error
	if db.gWrite, err = db.gorm(db.write); err != nil {
		return err
	}
	if db.gRead, err = db.gorm(db.read); err != nil {
		return err
	}
	db.commands = &combiner[*insertCall]{run: db.insertCommands}
	db.audits = &combiner[*auditCall]{run: db.insertAudits}
	return nil
}

// gorm puts gorm over a pool. It keeps no prepared statements: the MySQL driver
// fills in arguments itself, in one round trip, the SQLite driver compiles each
// execution anew whatever it is asked, and gorm's cache of statements runs a
// goroutine that nothing can stop.
func (db *database) gorm(pool *sql.DB) (*gorm.DB, error) {
	g, err := gorm.Open(db.dialector(pool), &gorm.Config{
		SkipDefaultTransaction: true,
		TranslateError:         true,
		DisableAutomaticPing:   true,
		Logger:                 logger.Discard,
	})
	if err != nil {
		return nil, fmt.Errorf("preparing the object mapper: %w", err)
	}
	return g, nil
}

// now is the time for create and update columns.
func (db *database) now() time.Time { return db.clock().UTC().Truncate(time.Millisecond) }

// Close closes all pools and lets go of the file lock.
func (db *database) Close() error {
	var errs []error
	for _, c := range db.closers {
		errs = append(errs, c())
	}
	db.closers = nil
	return errors.Join(errs...)
}

// stores gives the nouns over this database.
func (db *database) stores() *store.Store {
	return &store.Store{
		Users:        users{db},
		Sessions:     sessions{db},
		Tokens:       tokens{db},
		Tenants:      tenants{db},
		Queues:       queues{db},
		Projects:     projects{db},
		WorkerGroups: workerGroups{db},
		TaskGroups:   taskGroups{db},
		Definitions:  definitions{db},
		Schedules:    schedules{db},
		Instances:    instanceStore{db},
		Tasks:        taskStore{db},
		Commands:     commands{db},
		Scheduling:   scheduling{db},
		Database:     db,
		Idempotency:  idempotency{db},

		Resources:     resources{db},
		UDFs:          udfs{db},
		DataSources:   dataSources{db},
		AlertGroups:   alertGroups{db},
		AlertChannels: alertChannels{db},
		Deliveries:    deliveries{db},
		Retentions:    retentions{db},
		Members:       members{db},
		Drafts:        drafts{db},
		Labels:        labels{db},
		Calendars:     calendars{db},
		Environments:  environments{db},
		Audit:         audits{db},
		Analysis:      analysis{db},
		Runs:          runs{db},
		Backfills:     backfillStore{db},
	}
}
