package sqlstore

import (
	"context"
	"database/sql"
	"io/fs"
	"testing"

	"github.com/pressly/goose/v3"

	schema "github.com/porpoise-scheduler/porpoise/sql"
	"github.com/porpoise-scheduler/porpoise/test/services"
)

// TestUpgrade brings a database of the first version, with something in it, to
// the present one.
func TestUpgrade(t *testing.T) {
	for name, url := range map[string]string{"sqlite": "sqlite://" + t.TempDir() + "/p.db", "mariadb": services.MariaDB(t)} {
		t.Run(name, func(t *testing.T) {
			ctx := t.Context()
			first(t, url)
			if _, err := Migrate(ctx, url, Up); err != nil {
				t.Fatal(err)
			}
			s, err := Open(ctx, url, Options{})
			if err != nil {
				t.Fatal(err)
			}
			defer s.Database.Close()
			if old, err := s.Deliveries.Unplanned(ctx, 9); err != nil || len(old) > 0 {
				t.Errorf("alerts of before would be sent now: %v, %v", old, err)
			}
			users, err := s.AlertGroups.Users(ctx, 1)
			if err != nil || len(users) != 1 || users[0].Name != "admin" {
				t.Errorf("users of the first alert group: %+v, %v", users, err)
			}
		})
	}
}

// first makes a database of the first version.
func first(t *testing.T, url string) {
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
	folder, err := fs.Sub(schema.Migrations, db.String())
	if err != nil {
		t.Fatal(err)
	}
	kind := goose.DialectSQLite3
	if db.mysql {
		kind = goose.DialectMySQL
	}
	p, err := goose.NewProvider(kind, db.write, folder, goose.WithDisableGlobalRegistry(true))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.UpTo(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	fill(t.Context(), t, db.write)
}

func fill(ctx context.Context, t *testing.T, db *sql.DB) {
	t.Helper()
	for _, statement := range []string{
		"INSERT INTO user_account (name, password_hash, email, phone, role, tenant_id, queue, disabled) VALUES ('admin', '', '', '', 'ADMIN', 0, '', 0)",
		"INSERT INTO user_account (name, password_hash, email, phone, role, tenant_id, queue, disabled) VALUES ('other', '', '', '', 'ADMIN', 0, '', 0)",
		"INSERT INTO alert (id, kind, group_id, project_id, instance_id, task_id, title, content, receivers) VALUES (1, 'TIMEOUT', 1, 1, 1, 0, '', '', '')",
	} {
		if _, err := db.ExecContext(ctx, statement); err != nil {
			t.Fatal(err)
		}
	}
}
