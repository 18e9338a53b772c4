package procedure

import (
	"encoding/json"
	"net"
	"strconv"
	"testing"

	"github.com/porpoise-scheduler/porpoise/pkg/datasource"
	"github.com/porpoise-scheduler/porpoise/pkg/task/tasktest"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
	"github.com/porpoise-scheduler/porpoise/test/services"
)

func TestPostgreSQL(t *testing.T) {
	d := services.Postgres(t)
	host, port, err := net.SplitHostPort(d.Addr)
	if err != nil {
		t.Fatal(err)
	}
	number, err := strconv.Atoi(port)
	if err != nil {
		t.Fatal(err)
	}
	ds := workflow.DataSource{ID: 3, Name: "orders", Type: workflow.PostgreSQL, Password: services.PostgresPassword, Connection: workflow.Connection{
		Host: host, Port: number, Database: d.Name, User: services.PostgresUser,
	}}
	db, err := datasource.New(datasource.Config{}).Open(t.Context(), ds)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	conn, err := db.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	for _, statement := range []string{
		"create procedure refresh(in day date, out n int, in factor int, out note text) language plpgsql as $$ begin n := factor * extract(day from day); note := 'of ' || day; end $$",
		"create procedure wait() language plpgsql as $$ begin perform pg_sleep(300); end $$",
	} {
		if _, err := conn.ExecContext(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	at := func(method string, local []workflow.Property, vars map[string]string) tasktest.Attempt {
		return tasktest.Attempt{
			Params: json.RawMessage(`{"type":"POSTGRESQL","datasource":3,"method":"` + method + `"}`), DataSources: []workflow.DataSource{ds},
			LocalParams: local, Vars: vars, Values: map[string]string{"day": "2024-01-03"}, Output: "call ",
		}
	}
	tasktest.Run(t, kind(), tasktest.Cases{
		ID:       workflow.KindProcedure,
		Succeeds: []tasktest.Attempt{at("public.refresh", arguments(), map[string]string{"n": "15", "note": "of 2024-01-03"})},
		Fails:    []tasktest.Attempt{at("missing(?)", arguments()[:1], nil)},
		Endless:  []tasktest.Attempt{at("wait()", nil, nil)},
	})
}
