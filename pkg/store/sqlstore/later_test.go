package sqlstore

import (
	"io/fs"
	"path"
	"regexp"
	"strings"
	"testing"

	"github.com/pressly/goose/v3"

	schema "github.com/porpoise-scheduler/porpoise/sql"
)

// TestLaterSchema: a build works where a later one added something, and
// refuses where a later one took something away.
func TestLaterSchema(t *testing.T) {
	for _, test := range []struct {
		name  string
		later func(need int64) int64
		fits  bool
	}{
		{"added", func(need int64) int64 { return need + 1 }, true},
		{"taken away", func(need int64) int64 { return (need/generation + 1) * generation }, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			ctx, url := t.Context(), "sqlite://"+t.TempDir()+"/p.db"
			list, err := Migrate(ctx, url, Up)
			if err != nil {
				t.Fatal(err)
			}
			later := test.later(list[len(list)-1].Version)
			apply(t, url, later)
			s, err := Open(ctx, url, Options{})
			if err == nil {
				err = s.Database.Close()
			}
			if (err == nil) != test.fits || err != nil && !strings.Contains(err.Error(), "use the newer build") {
				t.Errorf("opening: %v", err)
			}
			if _, err := Migrate(ctx, url, Up); (err == nil) != test.fits {
				t.Errorf("migrating: %v", err)
			}
			list, err = Migrate(ctx, url, Status)
			if err != nil || list[len(list)-1].Version != later || list[len(list)-1].Name != "" {
				t.Errorf("status: %+v, %v", list, err)
			}
		})
	}
}

// apply notes a migration that this build does not know.
func apply(t *testing.T, url string, version int64) {
	t.Helper()
	target, err := parseURL(url)
	if err != nil {
		t.Fatal(err)
	}
	db, err := connect(t.Context(), target)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.write.ExecContext(t.Context(), "INSERT INTO goose_db_version (version_id, is_applied) VALUES (?, 1)", version); err != nil {
		t.Fatal(err)
	}
}

var (
	// Indexes may go: no statement names one.
	takesAway = regexp.MustCompile(`(?i)\b(DROP (TABLE|COLUMN)|RENAME|CHANGE COLUMN|MODIFY)\b`)
	newColumn = regexp.MustCompile(`(?i)\bADD COLUMN\b`)
)

// TestMigrationsOnlyAdd: builds before a migration go on working after it,
// unless it begins a generation.
func TestMigrationsOnlyAdd(t *testing.T) {
	files, err := fs.Glob(schema.Migrations, "*/*.sql")
	if err != nil || len(files) < 2 {
		t.Fatalf("%q, %v", files, err)
	}
	for _, file := range files {
		version, err := goose.NumericComponent(file)
		if err != nil {
			t.Fatal(err)
		}
		if version == 1 || version%generation == 0 {
			continue
		}
		text, err := fs.ReadFile(schema.Migrations, file)
		if err != nil {
			t.Fatal(err)
		}
		up, _, _ := strings.Cut(string(text), "-- +goose Down")
		for line := range strings.Lines(up) {
			line = strings.TrimSpace(line)
			if strings.HasPrefix(line, "--") {
				continue
			}
			if takesAway.MatchString(line) {
				t.Errorf("%s takes something away from builds before it: %s", path.Base(file), line)
			}
			if newColumn.MatchString(line) && strings.Contains(line, "NOT NULL") && !strings.Contains(line, "DEFAULT") {
				t.Errorf("%s adds a column that builds before it do not fill: %s", path.Base(file), line)
			}
		}
	}
}
