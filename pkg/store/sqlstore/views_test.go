package sqlstore

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/porpoise-scheduler/porpoise/pkg/store"
	"github.com/porpoise-scheduler/porpoise/test/services"
)

var update = flag.Bool("update", false, "write testdata/views.json anew")

const goldenViews = "testdata/views.json"

// views are the tables of DolphinScheduler 1.3.9, and a column that tells the
// rows of each apart.
var views = []struct{ name, order string }{
	{"t_ds_version", "id"}, {"t_ds_user", "id"}, {"t_ds_session", "user_id"}, {"t_ds_access_token", "id"}, {"t_ds_tenant", "id"}, {"t_ds_queue", "id"},
	{"t_ds_project", "id"}, {"t_ds_process_definition", "id"}, {"t_ds_process_instance", "id"}, {"t_ds_task_instance", "id"},
	{"t_ds_relation_process_instance", "id"}, {"t_ds_command", "id"}, {"t_ds_error_command", "id"}, {"t_ds_schedules", "id"}, {"t_ds_worker_group", "id"},
	{"t_ds_resources", "id"}, {"t_ds_udfs", "id"}, {"t_ds_datasource", "id"}, {"t_ds_relation_project_user", "id"}, {"t_ds_relation_datasource_user", "id"},
	{"t_ds_relation_resources_user", "id"}, {"t_ds_relation_udfs_user", "id"}, {"t_ds_relation_user_alertgroup", "id"}, {"t_ds_alert", "id"}, {"t_ds_alertgroup", "id"},
}

// TestViews puts one scenario into both kinds of database and selects it from
// every view.
func TestViews(t *testing.T) {
	for name, url := range map[string]string{"sqlite": "sqlite://" + filepath.Join(t.TempDir(), "p.db"), "mariadb": services.MariaDB(t)} {
		t.Run(name, func(t *testing.T) {
			db := scenario(t, url)
			zone := time.UTC // of our sessions
			if !db.mysql {
				zone = time.Local
			}
			got := map[string]any{}
			for _, v := range views {
				got[v.name] = selected(t, db.read, "SELECT * FROM "+v.name+" ORDER BY "+v.order, zone)
			}
			golden(t, got)
		})
	}
}

// golden compares with what the views answered when a person last looked.
func golden(t *testing.T, got any) {
	t.Helper()
	var text bytes.Buffer
	e := json.NewEncoder(&text)
	e.SetEscapeHTML(false)
	e.SetIndent("", " ")
	if err := e.Encode(got); err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(goldenViews, text.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(goldenViews)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), text.String()); d != "" {
		t.Errorf("difference (-want +got):\n%s", d)
	}
}

// selected reads rows in a form that both databases share.
func selected(t *testing.T, db *sql.DB, query string, zone *time.Location) []map[string]any {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), query)
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	var list []map[string]any
	for rows.Next() {
		cells := make([]any, len(columns))
		into := make([]any, len(columns))
		for i := range cells {
			into[i] = &cells[i]
		}
		if err := rows.Scan(into...); err != nil {
			t.Fatal(err)
		}
		row := map[string]any{}
		for i, c := range columns {
			row[c] = shared(cells[i], zone)
		}
		list = append(list, row)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return list
}

// shared gives texts for bytes and numbers, times in UTC, and JSON for texts
// that are JSON.
func shared(v any, zone *time.Location) any {
	switch x := v.(type) {
	case []byte:
		return shared(string(x), zone)
	case time.Time:
		return x.UTC().Format(time.DateTime) + " UTC"
	case int64, float64:
		return fmt.Sprint(x)
	case string:
		if at, err := time.ParseInLocation(time.DateTime, x, zone); err == nil {
			return shared(at, zone)
		}
		var parsed any
		if strings.ContainsAny(x, "[{") && json.Unmarshal([]byte(x), &parsed) == nil {
			return shared(parsed, zone)
		}
		return x
	case map[string]any:
		for k := range x {
			x[k] = shared(x[k], zone)
		}
	case []any:
		for i := range x {
			x[i] = shared(x[i], zone)
		}
	}
	return v
}

// TestViewZone sees that times are in the zone of the session that asks, far
// ahead too.
func TestViewZone(t *testing.T) {
	url := services.MariaDB(t)
	db := scenario(t, url)
	conn, err := db.read.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := conn.ExecContext(t.Context(), "SET time_zone = '+08:00'"); err != nil {
		t.Fatal(err)
	}
	defer func() { _, _ = conn.ExecContext(context.WithoutCancel(t.Context()), "SET time_zone = '+00:00'") }()
	var start, end string
	err = conn.QueryRowContext(t.Context(), "SELECT CAST(start_time AS CHAR), CAST(end_time AS CHAR) FROM t_ds_schedules").Scan(&start, &end)
	if want := viewTime.In(time.FixedZone("", 8*3600)).Format(time.DateTime); err != nil || start != want || end != "2121-06-01 08:00:00" {
		t.Errorf("schedule from %s to %s, %v; want from %s", start, end, err, want)
	}
}

// TestViewCost sees that SQLite builds no JSON for who does not ask for it, and
// finds rows by their keys through the views.
func TestViewCost(t *testing.T) {
	db := scenario(t, "sqlite://"+filepath.Join(t.TempDir(), "p.db"))
	for query, want := range map[string]string{
		"SELECT id, state FROM t_ds_process_instance WHERE id = 5":               "SEARCH i USING INTEGER PRIMARY KEY",
		"SELECT id, state FROM t_ds_task_instance WHERE process_instance_id = 5": "task_instance_instance (instance_id=?)",
	} {
		if plan := planOf(t, db, query); !strings.Contains(plan, want) {
			t.Errorf("%s\nis answered by\n%swant %s", query, plan, want)
		}
	}
}

// scenario opens a new database and fills it.
func scenario(t *testing.T, url string) *database {
	t.Helper()
	if _, err := Migrate(t.Context(), url, Up); err != nil {
		t.Fatal(err)
	}
	clock := viewTime
	s, err := Open(t.Context(), url, Options{Sealer: plainSealer{}, Clock: func() time.Time { clock = clock.Add(time.Second); return clock }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Database.Close() })
	db := s.Database.(*database)
	// What migrations stamped, they stamped with the present.
	for _, table := range []string{"queue", "alert_group"} {
		if _, err := db.write.ExecContext(t.Context(), "UPDATE "+table+" SET create_time = ?, update_time = ?", db.time(viewTime), db.time(viewTime)); err != nil {
			t.Fatal(err)
		}
	}
	for _, part := range []func(*testing.T, *store.Store){viewAccounts, viewThings, viewDefinitions, viewRuns} {
		part(t, s)
	}
	return db
}
