package sqlstore_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/porpoise-scheduler/porpoise/pkg/store/sqlstore"
)

func TestMigrateThenOpen(t *testing.T) {
	url := "sqlite://" + filepath.Join(t.TempDir(), "a ?b%", "x.db")
	url = strings.NewReplacer("%", "%25", "?", "%3F", " ", "%20").Replace(url)
	if _, err := sqlstore.Open(t.Context(), url, sqlstore.Options{}); err == nil || !strings.Contains(err.Error(), "porpoise migrate up") {
		t.Fatalf("opening an empty database: %v, want advice", err)
	}
	list, err := sqlstore.Migrate(t.Context(), url, sqlstore.Status)
	if err != nil || len(list) == 0 || !list[0].Applied.IsZero() {
		t.Fatalf("status before: %v, %v", list, err)
	}
	for range 2 {
		if list, err = sqlstore.Migrate(t.Context(), url, sqlstore.Up); err != nil || list[len(list)-1].Applied.IsZero() {
			t.Fatalf("up: %v, %v", list, err)
		}
	}
	st, err := sqlstore.Open(t.Context(), url, sqlstore.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := sqlstore.Open(t.Context(), url, sqlstore.Options{}); err == nil || !strings.Contains(err.Error(), "another process") {
		t.Errorf("second opening: %v, want a refusal", err)
	}
	q, err := st.Queues.Get(t.Context(), 1)
	if err != nil || q.Name != "default" || q.Value != "default" || q.CreateTime.IsZero() {
		t.Errorf("queue 1: %+v, %v", q, err)
	}
	if err := st.Database.Close(); err != nil {
		t.Fatal(err)
	}
}
