package datasource

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	sqlite "github.com/glebarez/go-sqlite"

	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

func sqliteFamily() family {
	return family{
		local: true,
		options: []option{
			{"mode", oneOf("ro", "rw", "rwc")}, {"busy_timeout", milliseconds}, {"foreign_keys", aBool},
		},
		open:        openSQLite,
		greet:       greetSQLite,
		placeholder: questionMark,
		bind:        bindText,
		catalog:     sqliteCatalog(),
		refuse:      refuseAttach,
	}
}

func openSQLite(t *target) (*sql.DB, error) {
	if err := t.findFile(); err != nil {
		return nil, err
	}
	pragmas := url.Values{}
	add := func(pragma string) { pragmas.Add("_pragma", pragma) }
	add("trusted_schema(0)")
	if ms, ok := t.options.first("busy_timeout"); ok {
		add("busy_timeout(" + ms + ")")
	}
	if t.options.bool("foreign_keys", false) {
		add("foreign_keys(1)")
	}
	if t.options.get("mode", "rw") == "ro" {
		add("query_only(1)")
	}
	path := filepath.Join(t.root, t.Connection.Database)
	return sql.OpenDB(sqliteConnector{path + "?" + pragmas.Encode()}), nil
}

// findFile makes sure that the path leads to a plain file below the root and
// that no part of it is a link. It makes the file when the mode says so.
func (t *target) findFile() error {
	root, err := os.OpenRoot(t.root)
	if err != nil {
		return fmt.Errorf("opening the folder for SQLITE data sources: %w", err)
	}
	defer root.Close()
	name := filepath.Clean(t.Connection.Database)
	for dir := filepath.Dir(name); dir != "."; dir = filepath.Dir(dir) {
		if info, err := root.Lstat(dir); err == nil && !info.IsDir() {
			return invalid("database", "%q leads through something that is no folder", clip(name))
		}
	}
	info, err := root.Lstat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist) && strings.EqualFold(t.options.get("mode", "rw"), "rwc"):
		file, err := root.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
		if err != nil {
			return invalid("database", "%q cannot be made below the configured folder", clip(name))
		}
		return file.Close()
	case err != nil:
		return unknownFile(name)
	case !info.Mode().IsRegular():
		return invalid("database", "%q is no plain file", clip(name))
	}
	return nil
}

func unknownFile(name string) error {
	return workflow.Errorf(workflow.Invalid, ReasonUnknownDatabase,
		"there is no file %q below the configured folder", clip(name)).At("database")
}

// sqliteConnector opens the driver by its type: its registered name is shared
// with others.
type sqliteConnector struct{ name string }

func (c sqliteConnector) Connect(context.Context) (driver.Conn, error) {
	conn, err := (&sqlite.Driver{}).Open(c.name)
	if err != nil {
		return nil, err
	}
	return newInterruptible(conn)
}

func (c sqliteConnector) Driver() driver.Driver { return &sqlite.Driver{} }

// greetSQLite reads the file's header.
func greetSQLite(ctx context.Context, _ *target, db *sql.DB) error {
	var version int
	if err := db.QueryRowContext(ctx, "PRAGMA schema_version").Scan(&version); err != nil {
		return fmt.Errorf("reading the file: %w", err)
	}
	return nil
}

// refuseAttach refuses what opens or writes files elsewhere: ATTACH, and
// VACUUM INTO. Both are keywords, which SQLite knows unquoted only.
func refuseAttach(query string) error {
	// SQLite takes a byte order mark for a blank, wherever it stands.
	query = strings.ReplaceAll(query, "\ufeff", " ")
	if strings.Contains(strings.ToLower(query), "store_directory") {
		return invalid("sql", "SQLITE data sources may not move their temporary files")
	}
	vacuum := false
	for word := range bareWords(query) {
		switch strings.ToUpper(word) {
		case "ATTACH":
			return invalid("sql", "SQLITE data sources may not ATTACH other files")
		case "VACUUM":
			vacuum = true
		case "INTO":
			if vacuum {
				return invalid("sql", "SQLITE data sources may not VACUUM INTO other files")
			}
		}
	}
	return nil
}
