package sqlstore_test

import (
	"encoding/base64"
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/porpoise-scheduler/porpoise/pkg/store"
	"github.com/porpoise-scheduler/porpoise/pkg/store/sqlstore"
	"github.com/porpoise-scheduler/porpoise/pkg/store/sqlstore/sqltest"
	"github.com/porpoise-scheduler/porpoise/pkg/store/storetest"
	"github.com/porpoise-scheduler/porpoise/test/services"
)

// sealer is no encryption, but sees whether a value is opened where it was
// sealed, and with which key it was.
type sealer struct{ key string }

func (s sealer) Seal(plain []byte, aad string) (string, error) {
	return s.key + "|" + aad + "|" + base64.StdEncoding.EncodeToString(plain), nil
}

func (sealer) Open(sealed, aad string) ([]byte, error) {
	parts := strings.Split(sealed, "|")
	if len(parts) != 3 || parts[1] != aad {
		return nil, errors.New("sealed elsewhere")
	}
	return base64.StdEncoding.DecodeString(parts[2])
}

func (s sealer) Current(sealed string) bool { return strings.HasPrefix(sealed, s.key+"|") }

// open migrates and opens a database until the test ends.
func open(t testing.TB, url string) *store.Store {
	t.Helper()
	if url != "sqlite://:memory:" {
		if _, err := sqlstore.Migrate(t.Context(), url, sqlstore.Up); err != nil {
			t.Fatal(err)
		}
	}
	st, err := sqlstore.Open(t.Context(), url, sqlstore.Options{Sealer: sealer{}})
	if err != nil {
		t.Fatal(err)
	}
	return closing(t, st)
}

// closing closes a store when the test ends.
func closing(t testing.TB, st *store.Store) *store.Store {
	t.Helper()
	t.Cleanup(func() {
		if err := st.Database.Close(); err != nil {
			t.Errorf("closing: %v", err)
		}
	})
	return st
}

func sqliteURL(t testing.TB) string { return "sqlite://" + filepath.Join(t.TempDir(), "porpoise.db") }

func databases() map[string]func(t testing.TB) string {
	return map[string]func(t testing.TB) string{
		"sqlite":  sqliteURL,
		"memory":  func(testing.TB) string { return "sqlite://:memory:" },
		"mariadb": services.MariaDB,
	}
}

func TestStore(t *testing.T) {
	for name, url := range databases() {
		t.Run(name, func(t *testing.T) {
			if name == "memory" {
				storetest.RunSome(t, func(t *testing.T) *store.Store { return open(t, url(t)) },
					"Users", "Definitions", "Schedules", "Instances", "TaskLists", "OnceRaces", "Deliveries", "Database")
				return
			}
			storetest.Run(t, func(t *testing.T) *store.Store {
				if name == "sqlite" { // its schema is made once, not for each of many tests
					return closing(t, sqltest.Open(t, sqlstore.Options{Sealer: sealer{}}))
				}
				return open(t, url(t))
			})
		})
	}
}

func TestSlots(t *testing.T) {
	for name, url := range databases() {
		t.Run(name, func(t *testing.T) {
			storetest.RunSlots(t, func(t *testing.T) (storetest.Subject, func(time.Duration)) {
				st := open(t, url(t))
				return storetest.SubjectOf(st), func(d time.Duration) {
					if err := sqlstore.AgeWaits(t.Context(), st, d); err != nil {
						t.Fatal(err)
					}
				}
			})
		})
	}
}
