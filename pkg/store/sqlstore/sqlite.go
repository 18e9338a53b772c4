package sqlstore

import (
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"golang.org/x/sys/unix"
)

// sqlitePragmas hold on every connection. A commit is on the disk before it is
// answered (FULL); the log is folded back every 16 MiB rather than every 4.
var sqlitePragmas = []string{"busy_timeout(5000)", "journal_mode(WAL)", "synchronous(FULL)", "foreign_keys(1)",
	"temp_store(MEMORY)", "wal_autocheckpoint(4096)"}

// openSQLite opens a file for this process alone.
func openSQLite(path string) (*database, error) {
	if path == memoryPath {
		return openMemory()
	}
	if err := claimable(path); err != nil {
		return nil, err
	}
	unlock, err := lockFile(path + ".lock")
	if err != nil {
		return nil, err
	}
	if err := createPrivate(path); err != nil {
		return nil, errors.Join(err, unlock())
	}
	db := &database{}
	db.closers = []func() error{unlock}
	if db.write, err = sqlitePool(path, 1, "cache_size(-65536)"); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	db.closers = []func() error{db.write.Close, unlock}
	if db.read, err = sqlitePool(path, max(4, runtime.NumCPU()), "query_only(1)"); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	// Readers go first: the last connection to leave folds the log back.
	db.closers = []func() error{db.read.Close, db.write.Close, unlock}
	return db, nil
}

// openMemory opens a database that lives as long as its one connection.
func openMemory() (*database, error) {
	pool, err := sqlitePool(memoryPath, 1)
	if err != nil {
		return nil, err
	}
	return &database{write: pool, read: pool, closers: []func() error{pool.Close}}, nil
}

// sqlitePool opens a pool of at most n connections that are never given up.
func sqlitePool(path string, n int, pragmas ...string) (*sql.DB, error) {
	query := url.Values{"_txlock": {"immediate"}, "_pragma": append(append([]string{}, sqlitePragmas...), pragmas...)}
	escaped := strings.ReplaceAll(url.PathEscape(path), "%2F", "/")
	pool := sql.OpenDB(liteConnector{"file:" + escaped + "?" + query.Encode()})
	pool.SetMaxOpenConns(n)
	pool.SetMaxIdleConns(n)
	if err := pool.Ping(); err != nil {
		return nil, errors.Join(fmt.Errorf("opening %s: %w", path, mapError(err, "database")), pool.Close())
	}
	return pool, nil
}

// claimable makes the file's folder and refuses one on the network, where
// neither locks nor shared memory can be relied on.
func claimable(path string) error {
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return fmt.Errorf("making the database's folder: %w", err)
	}
	name, err := networkFilesystem(dir)
	if err != nil {
		return fmt.Errorf("looking at the filesystem of %s: %w", dir, err)
	}
	if name != "" {
		return fmt.Errorf("%s is on a network filesystem (%s): SQLite is only safe on a local disk", dir, name)
	}
	return nil
}

// createPrivate makes the file if need be, readable by its owner alone; the
// files SQLite puts beside it get the same mode.
func createPrivate(path string) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return fmt.Errorf("making the database file: %w", err)
	}
	return f.Close()
}

// ErrInUse is why a file cannot be opened that another process has open.
var ErrInUse = errors.New("another process uses this database; SQLite serves one process at a time, use MySQL for several")

// lockFile keeps every other process away until the result is called. The
// lock goes with the process, however it ends.
func lockFile(path string) (unlock func() error, err error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("opening the lock file: %w", err)
	}
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		if errors.Is(err, unix.EWOULDBLOCK) {
			err = ErrInUse
		}
		return nil, errors.Join(fmt.Errorf("%s: %w", path, err), f.Close())
	}
	return f.Close, nil
}
