package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-sql-driver/mysql"

	"github.com/porpoise-scheduler/porpoise/pkg/store"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

func TestParseMySQL(t *testing.T) {
	got, err := parseURL("mysql://us%40er:p%3Aw%2F@db.example:3307/flows?timeout=7s&maxConns=5&tls=true")
	if err != nil {
		t.Fatal(err)
	}
	c := got.mysql
	if c.User != "us@er" || c.Passwd != "p:w/" || c.Addr != "db.example:3307" || c.DBName != "flows" || c.Timeout != 7*time.Second || got.maxConns != 5 {
		t.Errorf("parsed %+v", c)
	}
	if !c.ClientFoundRows || !c.ParseTime || !c.InterpolateParams || c.Loc != time.UTC || c.TLS == nil || c.TLS.ServerName != "db.example" {
		t.Errorf("settings %+v", c)
	}
	if c.AllowAllFiles || c.MultiStatements || c.AllowCleartextPasswords || c.AllowOldPasswords || c.AllowFallbackToPlaintext {
		t.Errorf("dangerous settings are on: %+v", c)
	}
	if got, err := parseURL("mysql://u@[::1]/d"); err != nil || got.mysql.Addr != "[::1]:3306" {
		t.Errorf("default port: %v, %v", got, err)
	}
}

// TestParseRefuses also sees that no error repeats the password.
func TestParseRefuses(t *testing.T) {
	for _, url := range []string{
		"", "postgres://u:geheim@h/d", "mysql://u:geheim@h", "mysql://:geheim@h/d", "mysql://u:geheim@/d", "mysql://u:geheim@h/d/e",
		"mysql://u:geheim@h/d?allowAllFiles=true", "mysql://u:geheim@h/d?multiStatements=true", "mysql://u:geheim@h/d?maxConns=1",
		"mysql://u:geheim@h/d?timeout=soon", "mysql://u:geheim@h/d?tlsCA=/nonexistent", "mysql://u:geheim@h:port/d", "mysql://u:ge%zzheim@h/d",
		"sqlite://", "sqlite:///x?mode=ro", "sqlite:///%zz",
	} {
		_, err := parseURL(url)
		if err == nil {
			t.Errorf("%s was taken", url)
		} else if strings.Contains(err.Error(), "geheim") {
			t.Errorf("%s: the error repeats the password: %v", url, err)
		}
	}
	// What looks like an option inside a name stays a name.
	got, err := parseURL("mysql://u@h/d%3FallowAllFiles=true&x=")
	if err != nil || got.mysql.DBName != "d?allowAllFiles=true&x=" || got.mysql.AllowAllFiles {
		t.Errorf("a name with an option inside: %+v, %v", got.mysql, err)
	}
}

func TestSchemaVersions(t *testing.T) {
	ctx := t.Context()
	url := "sqlite://" + filepath.Join(t.TempDir(), "x.db")
	if _, err := Migrate(ctx, url, "sideways"); err == nil {
		t.Error("an unknown action was taken")
	}
	if _, err := Migrate(ctx, url, Up); err != nil {
		t.Fatal(err)
	}
	db, err := openSQLite(strings.TrimPrefix(url, "sqlite://"))
	if err != nil {
		t.Fatal(err)
	}
	_, err = db.write.Exec("INSERT INTO goose_db_version (version_id, is_applied) VALUES (9999, 1)")
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
	for what, try := range map[string]func() error{
		"open":    func() error { _, err := Open(ctx, url, Options{}); return err },
		"migrate": func() error { _, err := Migrate(ctx, url, Up); return err },
	} {
		if err := try(); err == nil || !strings.Contains(err.Error(), "9999") || !strings.Contains(err.Error(), "newer") {
			t.Errorf("%s with a newer schema: %v", what, err)
		}
	}
}

func TestFilesArePrivate(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.db")
	if _, err := Migrate(t.Context(), "sqlite://"+path, Up); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
}

func TestPragmas(t *testing.T) {
	db, err := openSQLite(filepath.Join(t.TempDir(), "x.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	for _, pool := range []*sql.DB{db.write, db.read} {
		for pragma, want := range map[string]string{"journal_mode": "wal", "synchronous": "2", "foreign_keys": "1", "busy_timeout": "5000"} {
			var got string
			if err := pool.QueryRow("PRAGMA " + pragma).Scan(&got); err != nil || got != want {
				t.Errorf("%s is %q, want %q (%v)", pragma, got, want, err)
			}
		}
	}
	if _, err := db.read.Exec("CREATE TABLE t (id INTEGER)"); err == nil {
		t.Error("a reader may write")
	}
}

func TestMapError(t *testing.T) {
	for _, c := range []struct {
		err  error
		code workflow.Code
	}{
		{nil, ""},
		{sql.ErrNoRows, workflow.NotFound},
		{fmt.Errorf("x: %w", &mysql.MySQLError{Number: 1062}), workflow.Exists},
		{&mysql.MySQLError{Number: 1213}, workflow.Unavailable},
		{&mysql.MySQLError{Number: 1205}, workflow.Unavailable},
		{&mysql.MySQLError{Number: 1053}, workflow.Unavailable},
		{&mysql.MySQLError{Number: 1406}, workflow.Invalid},
		{&mysql.MySQLError{Number: 1064}, workflow.Internal},
		{mysql.ErrInvalidConn, workflow.Unavailable},
		{context.DeadlineExceeded, workflow.Unavailable},
		{&store.ErrFenced{Shards: []int{1}}, workflow.Fenced},
		{workflow.Errorf(workflow.Conflict, "x", "y"), workflow.Conflict},
		{errors.New("strange"), workflow.Internal},
	} {
		if got := workflow.ErrorCode(mapError(c.err, "thing")); got != c.code {
			t.Errorf("%v gives code %q, want %q", c.err, got, c.code)
		}
	}
}

func TestCodes(t *testing.T) {
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	a, b := newCode(now), newCode(now.Add(time.Millisecond))
	if a>>10 != now.Sub(time.Date(2020, 12, 31, 16, 0, 0, 0, time.UTC)).Milliseconds() || a>>10 >= b>>10 {
		t.Errorf("codes %d, %d", a, b)
	}
	if far := newCode(now.AddDate(200, 0, 0)); far >= 1<<53 || a <= 1<<31 {
		t.Errorf("codes %d, %d are out of range", a, far)
	}
}

func TestContains(t *testing.T) {
	if got := contains("50%_!x"); got != "%50!%!_!!x%" {
		t.Errorf("pattern %q", got)
	}
}

// TestRefusedAndUnavailable closes the database under a store.
func TestClosed(t *testing.T) {
	st, err := Open(t.Context(), "sqlite://:memory:", Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := st.Database.Close(); err != nil {
		t.Fatal(err)
	}
	if err := st.Database.Close(); err != nil {
		t.Errorf("closing twice: %v", err)
	}
	if err := st.Database.Ping(t.Context()); err == nil {
		t.Error("a closed database answers")
	}
}

// TestCombiner sees that calls which come while one is at work share the next
// transaction, and that a caller who leaves is not run.
func TestCombiner(t *testing.T) {
	started, release := make(chan struct{}), make(chan struct{})
	var mu sync.Mutex
	var groups []int
	c := &combiner[*insertCall]{run: func(_ context.Context, calls []*insertCall) {
		mu.Lock()
		groups = append(groups, len(calls))
		first := len(groups) == 1
		mu.Unlock()
		if first {
			close(started)
			<-release
		}
	}}
	var wg sync.WaitGroup
	wg.Go(func() { _ = c.do(t.Context(), &insertCall{}) })
	<-started
	ctx, cancel := context.WithCancel(t.Context())
	left := make(chan error, 1)
	wg.Go(func() { left <- c.do(ctx, &insertCall{}) })
	for range 9 {
		wg.Go(func() {
			if err := c.do(t.Context(), &insertCall{}); err != nil {
				t.Errorf("do: %v", err)
			}
		})
	}
	for { // until all ten are queued
		c.mu.Lock()
		n := len(c.queue)
		c.mu.Unlock()
		if n == 10 {
			break
		}
	}
	cancel()
	if err := <-left; !errors.Is(err, context.Canceled) {
		t.Errorf("leaving: %v", err)
	}
	close(release)
	wg.Wait()
	if len(groups) != 2 || groups[0] != 1 || groups[1] != 9 {
		t.Errorf("groups of %v calls, want 1 and 9", groups)
	}
}

// FuzzLiteral writes any text as SQLite literals and arguments and reads it
// back.
func FuzzLiteral(f *testing.F) {
	for _, s := range []string{"", "'", "''", "a'b", "\x00", "a\x00'", "\\", "?", "--", "\xff", "é'", strings.Repeat("'", maxLiteral)} {
		f.Add(s)
	}
	db, err := openMemory()
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { _ = db.Close() })
	f.Fuzz(func(t *testing.T, s string) {
		r := rowset{sql: []byte("SELECT ")}
		r.text(s)
		r.text("end")
		var got, end string
		if err := db.read.QueryRow(string(r.sql), r.args...).Scan(&got, &end); err != nil {
			t.Fatalf("%q: %v", s, err)
		}
		if want := strings.ToValidUTF8(s, "\uFFFD"); got != want || end != "end" {
			t.Fatalf("%q came back as %q, %q", want, got, end)
		}
	})
}
