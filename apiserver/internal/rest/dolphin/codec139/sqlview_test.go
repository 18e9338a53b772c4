package codec139_test

import (
	"database/sql"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	_ "github.com/glebarez/go-sqlite"
	"github.com/google/go-cmp/cmp"

	"github.com/porpoise-scheduler/porpoise/apiserver/internal/rest/dolphin/codec139"
	"github.com/porpoise-scheduler/porpoise/pkg/store/sqlstore"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// TestDefinitionInSQL compares the definition that the view
// t_ds_process_definition gives with the one that the API gives.
func TestDefinitionInSQL(t *testing.T) {
	raw, err := os.ReadFile("testdata/example.json")
	if err != nil {
		t.Fatal(err)
	}
	spec, err := codec139.DecodeProcess(string(raw))
	if err != nil {
		t.Fatal(err)
	}
	locations, connects := `{"tasks-10001":{"x":1}}`, `[]`
	codec139.SetLayout(&spec, &locations, &connects)
	file := filepath.Join(t.TempDir(), "p.db")
	store139(t, "sqlite://"+file, &workflow.Definition{ProjectID: 1, Name: "example", Spec: spec})

	db, err := sql.Open("sqlite", file)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var definition, globals, places, arrows string
	if err := db.QueryRowContext(t.Context(), "SELECT process_definition_json, global_params, locations, connects FROM t_ds_process_definition").
		Scan(&definition, &globals, &places, &arrows); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ name, got, want string }{
		{"definition", definition, codec139.EncodeProcess(&spec)}, {"global parameters", globals, codec139.PropertiesJSON(spec.GlobalParams)},
		{"locations", places, locations}, {"connects", arrows, connects},
	} {
		var got, want any
		if json.Unmarshal([]byte(c.got), &got) != nil || json.Unmarshal([]byte(c.want), &want) != nil {
			t.Fatalf("%s: no JSON: %s", c.name, c.got)
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%s (-API +SQL):\n%s", c.name, d)
		}
	}
}

// store139 stores a workflow in a new database, and closes that.
func store139(t *testing.T, url string, d *workflow.Definition) {
	t.Helper()
	if _, err := sqlstore.Migrate(t.Context(), url, sqlstore.Up); err != nil {
		t.Fatal(err)
	}
	s, err := sqlstore.Open(t.Context(), url, sqlstore.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Definitions.Create(t.Context(), d); err != nil {
		t.Error(err)
	}
	if err := s.Database.Close(); err != nil {
		t.Fatal(err)
	}
}
