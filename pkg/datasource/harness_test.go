package datasource_test

import (
	"context"
	"net"
	"strconv"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/porpoise-scheduler/porpoise/pkg/datasource"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
	"github.com/porpoise-scheduler/porpoise/test/services"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m,
		// Servers that the tests of the process share.
		goleak.IgnoreTopFunction("os/exec.(*Cmd).Wait"), goleak.IgnoreAnyFunction("github.com/porpoise-scheduler/porpoise/test/services.command.spawn.func1"),
	)
}

func split(t testing.TB, addr string) (string, int) {
	t.Helper()
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		t.Fatal(err)
	}
	n, err := strconv.Atoi(port)
	if err != nil {
		t.Fatal(err)
	}
	return host, n
}

// mariadb gives a data source of a fresh database.
func mariadb(t testing.TB) workflow.DataSource {
	t.Helper()
	addr, name, ok := strings.Cut(strings.TrimPrefix(services.MariaDB(t), "mysql://root@"), "/")
	if !ok {
		t.Fatal("unexpected address")
	}
	host, port := split(t, addr)
	return workflow.DataSource{Type: workflow.MySQL, Connection: workflow.Connection{
		Host: host, Port: port, Database: name, User: "root",
	}}
}

// postgres gives a data source of a fresh database.
func postgres(t testing.TB) workflow.DataSource {
	t.Helper()
	db := services.Postgres(t)
	host, port := split(t, db.Addr)
	return workflow.DataSource{Type: workflow.PostgreSQL, Password: services.PostgresPassword, Connection: workflow.Connection{
		Host: host, Port: port, Database: db.Name, User: services.PostgresUser,
	}}
}

// sqlite gives sources with a folder, and a data source in it.
func sqlite(t testing.TB) (*datasource.Sources, workflow.DataSource) {
	t.Helper()
	return datasource.New(datasource.Config{SQLiteRoot: t.TempDir()}), workflow.DataSource{
		Type: workflow.SQLite, Connection: workflow.Connection{
			Database: "a.db", Options: map[string]string{"mode": "rwc"},
		},
	}
}

func open(t testing.TB, s *datasource.Sources, ds workflow.DataSource) *datasource.DB {
	t.Helper()
	db, err := s.Open(t.Context(), ds)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

func session(t testing.TB, db *datasource.DB) *datasource.Conn {
	t.Helper()
	c, err := db.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

func exec(t testing.TB, c *datasource.Conn, statement string, args ...any) {
	t.Helper()
	if _, err := c.ExecContext(t.Context(), statement, args...); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
}

// text gives the first value of an answer.
func text(t testing.TB, c *datasource.Conn, query string, args ...any) string {
	t.Helper()
	rows, err := c.QueryContext(t.Context(), query, args...)
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	defer rows.Close()
	if !rows.Next() {
		t.Fatalf("%s: no row: %v", query, rows.Err())
	}
	var out string
	if err := rows.Scan(&out); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return out
}

// eventually asks until a condition holds.
func eventually(t testing.TB, what string, holds func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for !holds() {
		select {
		case <-ctx.Done():
			t.Fatalf("never: %s", what)
		case <-tick.C:
		}
	}
}

func reason(t testing.TB, err error, want string) {
	t.Helper()
	if got := workflow.ErrorReason(err); got != want {
		t.Errorf("reason %q, want %q: %v", got, want, err)
	}
}
