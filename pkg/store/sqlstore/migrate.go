package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"time"

	"github.com/pressly/goose/v3"

	schema "github.com/porpoise-scheduler/porpoise/sql"
)

// Action is what Migrate does.
type Action string

// Actions.
const (
	Up     Action = "up"     // apply what is missing
	Status Action = "status" // only look
)

// generation is how many numbers of migrations belong together: the later ones
// of a generation only add to it, so that a build works with the schema of a
// later one, and roles are upgraded, and taken back, one at a time. A migration
// that takes away what builds before it need begins the next generation.
const generation = 1000

// Migration is one numbered change of the schema.
type Migration struct {
	Version int64
	Name    string    // empty: of a later build
	Applied time.Time // zero: not yet
}

// Migrate applies migrations to the database, or tells which were applied. It
// answers with all migrations that this build knows or that were applied,
// oldest first. Nothing is left to apply where a later build was that this one
// gets along with.
func Migrate(ctx context.Context, url string, action Action) ([]Migration, error) {
	t, err := parseURL(url)
	if err != nil {
		return nil, err
	}
	if action != Up && action != Status {
		return nil, fmt.Errorf("migrate %q: want %s or %s", action, Up, Status)
	}
	db, err := connect(ctx, t)
	if err != nil {
		return nil, err
	}
	list, err := db.migrate(ctx, action)
	return list, errors.Join(err, db.Close())
}

func (db *database) migrate(ctx context.Context, action Action) ([]Migration, error) {
	if action == Up {
		if err := db.migrateUp(ctx); err != nil {
			return nil, err
		}
	}
	return db.migrations(ctx)
}

// migrateUp applies what is missing; concurrent callers wait for each other.
func (db *database) migrateUp(ctx context.Context) error {
	version, err := db.version(ctx)
	if err != nil {
		return err
	}
	if need := db.needed(); version > need {
		return schemaFits(version, need)
	}
	unlock, err := db.lockSchema(ctx)
	if err != nil {
		return err
	}
	p, err := db.provider()
	if err == nil {
		_, err = p.Up(ctx)
	}
	if err := errors.Join(err, unlock()); err != nil {
		return fmt.Errorf("migrating the database: %w", err)
	}
	return nil
}

func (db *database) provider() (*goose.Provider, error) {
	folder, err := fs.Sub(schema.Migrations, db.String())
	if err != nil {
		return nil, err
	}
	kind := goose.DialectSQLite3
	if db.mysql {
		kind = goose.DialectMySQL
	}
	return goose.NewProvider(kind, db.write, folder, goose.WithDisableGlobalRegistry(true))
}

// lockSchema keeps other processes from migrating at the same time. A SQLite
// file is ours alone anyway.
func (db *database) lockSchema(ctx context.Context) (unlock func() error, err error) {
	if !db.mysql {
		return func() error { return nil }, nil
	}
	conn, err := db.control.Conn(ctx)
	if err != nil {
		return nil, mapError(err, "database")
	}
	var got sql.NullInt64
	err = conn.QueryRowContext(ctx, "SELECT GET_LOCK(CONCAT('porpoise:migrate:', LEFT(DATABASE(), 40)), 50)").Scan(&got)
	if err == nil && got.Int64 != 1 {
		err = errors.New("another process migrates this database")
	}
	if err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return func() error {
		_, err := conn.ExecContext(context.WithoutCancel(ctx), "DO RELEASE_LOCK(CONCAT('porpoise:migrate:', LEFT(DATABASE(), 40)))")
		return errors.Join(err, conn.Close())
	}, nil
}

// migrations lists what this build knows with when it was applied, and what
// later ones applied.
func (db *database) migrations(ctx context.Context) ([]Migration, error) {
	applied, err := db.applied(ctx)
	if err != nil {
		return nil, err
	}
	var list []Migration
	for _, name := range db.files() {
		v, err := goose.NumericComponent(name)
		if err != nil {
			return nil, err
		}
		list = append(list, Migration{Version: v, Name: path.Base(name), Applied: applied[v]})
		delete(applied, v)
	}
	for _, v := range slices.Sorted(maps.Keys(applied)) {
		list = append(list, Migration{Version: v, Applied: applied[v]})
	}
	return list, nil
}

// files are the migrations of this dialect in order. They are embedded, so
// that reading them cannot fail.
func (db *database) files() []string {
	names, err := fs.Glob(schema.Migrations, db.String()+"/*.sql")
	if err != nil || len(names) == 0 {
		panic("no migrations are embedded for " + db.String())
	}
	return names
}

// needed is the schema version of this build.
func (db *database) needed() int64 {
	names := db.files()
	v, err := goose.NumericComponent(names[len(names)-1])
	if err != nil {
		panic(err)
	}
	return v
}

// applied reads when each migration was applied; nothing when the database is
// empty.
func (db *database) applied(ctx context.Context) (map[int64]time.Time, error) {
	if empty, err := db.empty(ctx); err != nil || empty {
		return nil, err
	}
	rows, err := db.write.QueryContext(ctx, "SELECT version_id, tstamp FROM goose_db_version WHERE is_applied = 1 AND version_id > 0")
	if err != nil {
		return nil, mapError(err, "schema version")
	}
	defer rows.Close()
	list := map[int64]time.Time{}
	for rows.Next() {
		var v int64
		var at time.Time
		if err := rows.Scan(&v, &at); err != nil {
			return nil, mapError(err, "schema version")
		}
		list[v] = at.UTC()
	}
	return list, mapError(rows.Err(), "schema version")
}

// empty reports a database no migration was ever applied to.
func (db *database) empty(ctx context.Context) (bool, error) {
	query := "SELECT COUNT(*) FROM sqlite_master WHERE type = 'table' AND name = 'goose_db_version'"
	if db.mysql {
		query = "SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name = 'goose_db_version'"
	}
	var n int
	if err := db.write.QueryRowContext(ctx, query).Scan(&n); err != nil {
		return false, fmt.Errorf("reading the schema version: %w", mapError(err, "database"))
	}
	return n == 0, nil
}

// version is the newest applied migration, 0 for none.
func (db *database) version(ctx context.Context) (int64, error) {
	applied, err := db.applied(ctx)
	var newest int64
	for v := range applied {
		newest = max(newest, v)
	}
	return newest, err
}

// checkSchema refuses a database that this build cannot work with.
func (db *database) checkSchema(ctx context.Context) error {
	var err error
	if db.schema, err = db.version(ctx); err != nil {
		return err
	}
	return schemaFits(db.schema, db.needed())
}

// schemaFits says why a build that needs one version cannot work with another.
func schemaFits(version, need int64) error {
	switch {
	case version < need:
		return fmt.Errorf("database schema is at version %d, this build needs %d: run `porpoise migrate up`", version, need)
	case version/generation > need/generation:
		return fmt.Errorf("database schema is at version %d, with which builds for version %d cannot work: use the newer build", version, need)
	}
	return nil
}
