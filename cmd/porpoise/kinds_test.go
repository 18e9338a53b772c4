package main

import (
	"database/sql"
	"encoding/json"
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	_ "github.com/glebarez/sqlite"

	"github.com/porpoise-scheduler/porpoise/pkg/datasource"
	"github.com/porpoise-scheduler/porpoise/pkg/netguard"
	"github.com/porpoise-scheduler/porpoise/pkg/task"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
	"github.com/porpoise-scheduler/porpoise/pkg/yarn/yarntest"
	"github.com/porpoise-scheduler/porpoise/worker"
)

// TestEveryKindIsKnownAndChecks is about the build; what each kind does is
// tested beside it.
func TestEveryKindIsKnownAndChecks(t *testing.T) {
	kinds := taskKinds(kindOptions{})
	for _, id := range []workflow.Kind{
		workflow.KindShell, workflow.KindPython, workflow.KindHTTP, workflow.KindNoop, workflow.KindSQL, workflow.KindProcedure,
		workflow.KindSpark, workflow.KindFlink, workflow.KindMR, workflow.KindDataX, workflow.KindSqoop,
	} {
		kind, ok := kinds.Get(id)
		if !ok {
			t.Errorf("%s is not known", id)
			continue
		}
		var e *workflow.Error
		if err := kind.Validate(json.RawMessage(`[]`)); id != workflow.KindNoop && (!errors.As(err, &e) || e.Code != workflow.Invalid || e.Field == "") {
			t.Errorf("%s takes a list: %v", id, err)
		}
	}
	var follow []workflow.Kind
	for _, id := range kinds.IDs() {
		kind, _ := kinds.Get(id)
		if _, ok := kind.(task.Follower); ok {
			follow = append(follow, id)
		}
	}
	want := []workflow.Kind{workflow.KindFlink, workflow.KindMR, workflow.KindPython, workflow.KindShell, workflow.KindSpark, workflow.KindSqoop}
	if !slices.Equal(follow, want) {
		t.Errorf("kinds with applications: %v", follow)
	}
}

func TestListColumns(t *testing.T) {
	root := t.TempDir()
	db, err := sql.Open("sqlite", filepath.Join(root, "shop.db"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec("create table orders (id integer, \"Total sum\" real)"); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	list := listColumns(datasource.New(datasource.Config{SQLiteRoot: root}))
	source := workflow.DataSource{Name: "shop", Type: workflow.SQLite, Connection: workflow.Connection{Database: "shop.db"}}
	if names, err := list(t.Context(), source, "select *, 1 as one from orders -- all"); err != nil || !slices.Equal(names, []string{"id", "Total sum", "one"}) {
		t.Errorf("%q %v", names, err)
	}
	if names, err := list(t.Context(), source, "select * from nothing"); err == nil {
		t.Errorf("columns of nothing: %q", names)
	}
	if listColumns(nil) != nil {
		t.Error("somebody to ask without data sources")
	}
}

func TestAddYARN(t *testing.T) {
	cluster := yarntest.New(t)
	var deps worker.Deps
	done, err := addYARN(&deps, nil)
	if err != nil || deps.Applications != nil {
		t.Fatalf("without addresses: %v %v", deps.Applications, err)
	}
	done()
	if _, err := addYARN(&deps, []string{"rm:8088"}); err == nil || !strings.Contains(err.Error(), "http://host:8088") {
		t.Errorf("an address without a scheme: %v", err)
	}
	if done, err = addYARN(&deps, []string{cluster.Manager(nil).URL, "http://169.254.169.254"}); err != nil {
		t.Fatal(err)
	}
	defer done()
	if _, err := deps.Applications.Application(t.Context(), "", "application_1_1"); !errors.Is(err, task.ErrNoApplication) {
		t.Errorf("the cluster on this machine: %v", err)
	}
	cluster.Deny(true)
	if done, err = addYARN(&deps, []string{"http://169.254.169.254"}); err != nil {
		t.Fatal(err)
	}
	defer done()
	_, err = deps.Applications.Application(t.Context(), "", "application_1_1")
	if _, refused := netguard.Refused(err); !refused {
		t.Errorf("a metadata service: %v", err)
	}
}
