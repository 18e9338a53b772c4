// Package sqltest gives tests databases of their own that are there at once:
// the schema is made a single time per process and then copied.
package sqltest

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/porpoise-scheduler/porpoise/pkg/store"
	"github.com/porpoise-scheduler/porpoise/pkg/store/sqlstore"
)

// template is a database with the schema and nothing else.
var template = sync.OnceValues(func() (data []byte, err error) {
	dir, err := os.MkdirTemp("", "schema")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	path := filepath.Join(dir, "template.db")
	if _, err := sqlstore.Migrate(context.Background(), "sqlite://"+path, sqlstore.Up); err != nil {
		return nil, err
	}
	return os.ReadFile(path)
})

// Open gives a new SQLite database, which the caller closes.
func Open(t testing.TB, o sqlstore.Options) *store.Store {
	t.Helper()
	data, err := template()
	if err != nil {
		t.Fatalf("making the schema: %v", err)
	}
	path := filepath.Join(folder(t), "test.db")
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := sqlstore.Open(t.Context(), "sqlite://"+path, o)
	if err != nil {
		t.Fatalf("opening the store: %v", err)
	}
	return s
}

// folder is in memory where the system has such a place: what a test is about
// is not that its database survives.
func folder(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp("/dev/shm", "porpoise-test")
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Errorf("removing the database: %v", err)
		}
	})
	return dir
}
