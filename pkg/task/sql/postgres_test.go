package sql

import (
	"bytes"
	"context"
	"encoding/json"
	"net"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/porpoise-scheduler/porpoise/pkg/datasource"
	"github.com/porpoise-scheduler/porpoise/pkg/task"
	"github.com/porpoise-scheduler/porpoise/pkg/task/tasktest"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
	"github.com/porpoise-scheduler/porpoise/test/services"
)

func postgres(t *testing.T) workflow.DataSource {
	t.Helper()
	db := services.Postgres(t)
	host, port, err := net.SplitHostPort(db.Addr)
	if err != nil {
		t.Fatal(err)
	}
	number, err := strconv.Atoi(port)
	if err != nil {
		t.Fatal(err)
	}
	return workflow.DataSource{ID: 3, Name: "orders", Type: workflow.PostgreSQL, Password: services.PostgresPassword, Connection: workflow.Connection{
		Host: host, Port: number, Database: db.Name, User: services.PostgresUser,
	}}
}

func postgresParams(t *testing.T, more fields) json.RawMessage {
	t.Helper()
	more["type"], more["datasource"] = "POSTGRESQL", 3
	raw, err := json.Marshal(more)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func TestPostgreSQL(t *testing.T) {
	ds := postgres(t)
	at := func(output string, more fields, props ...workflow.Property) tasktest.Attempt {
		return tasktest.Attempt{
			Params: postgresParams(t, more), DataSources: []workflow.DataSource{ds}, Output: output, LocalParams: props,
			Values: map[string]string{"day": "2024-01-02", "evil": `' or '1'='1\`, "price": "12.50", "ids": "[1, 3]", "schema": "mart"},
		}
	}
	in := func(name, kind string) workflow.Property {
		return workflow.Property{Prop: name, Direct: workflow.In, Type: kind}
	}
	tasktest.Run(t, New(datasource.New(datasource.Config{}), nil), tasktest.Cases{
		ID: workflow.KindSQL,
		Succeeds: []tasktest.Attempt{
			at("2 rows affected", fields{
				"sqlType": 1, "sql": `insert into orders values (1, 12.50, '${day}', '${day} 03:04:05+00', 'naïve', '\xff00', '${day}'), (2, 3, null, null, null, null, 'x')`,
				"preStatements": []string{"create table orders (id int, total numeric, day date, at timestamptz, note text, raw bytea, word text)"},
			}),
			at("| id | total | day        |", fields{"sql": "select id, total, day from orders where day = '${day}' and total = ${price} and id < ${n}"}, in("day", "DATE"), in("price", "DOUBLE"), in("n", "INTEGER")),
			at("|  1 | 12.5", fields{"sql": "select id, total from orders where id < ${n} and day = ${day} and total = ${price}", "limit": 1}),
			at("1 row in ", fields{"sql": "select id from orders where word = ${day}"}, in("day", "DATE")),
			at("0 rows in ", fields{"sql": "select * from orders where note = '${evil}'"}),
			at("1 row in ", fields{"sql": "select * from orders where id in (${ids})"}, in("ids", "LIST")),
			at("| 2024-01-02 |", fields{"sql": "select DATE '${day}' as d, '${n}' as n, ${n} + 1 as m"}, in("n", "INTEGER")),
			at("| mart |", fields{"sql": "select current_schema() as s", "preStatements": []string{"create schema if not exists mart", "set search_path to ${schema}"}}),
			at(`| ' or '1'='1\ |`, fields{"sql": "select current_setting('my.text') as s", "preStatements": []string{"set my.text = '${evil}'"}}),
			at("NOTHING", fields{"sql": "select 'NOTHING' as x where '{\"a\":1}'::jsonb ? 'a' and $$it's$$ = 'it''s' and ${n} = 7"}, in("n", "LONG")),
		},
		Fails: []tasktest.Attempt{
			at("is a part of a name", fields{"sqlType": 1, "sql": "create view v_${n} as select 1"}),
			at("failed: query: ", fields{"sql": "select 1; select 2"}),
		},
		Endless: []tasktest.Attempt{
			at("query: select pg_sleep", fields{"sql": "select pg_sleep(300)"}),
			at("statement: do $$", fields{"sqlType": 1, "sql": "do $$ begin perform pg_sleep(300); end $$"}),
		},
	})
}

func TestAKilledQueryEndsOnPostgreSQL(t *testing.T) {
	ds := postgres(t)
	sources := datasource.New(datasource.Config{})
	db, err := sources.Open(t.Context(), ds)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	watcher, err := db.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer watcher.Close()
	running := func() (n int) {
		rows, err := watcher.QueryContext(t.Context(), "select count(*) from pg_stat_activity where state = 'active' and query like '%pg_sleep(299)%' and pid <> pg_backend_pid()")
		if err != nil {
			t.Fatal(err)
		}
		defer rows.Close()
		if !rows.Next() || rows.Scan(&n) != nil {
			t.Fatal("no count")
		}
		return n
	}
	until := func(want int) {
		tick := time.NewTicker(20 * time.Millisecond)
		defer tick.Stop()
		limit := time.After(2 * time.Minute)
		for running() != want {
			select {
			case <-tick.C:
			case <-limit:
				t.Fatalf("%d queries run, want %d", running(), want)
			}
		}
	}
	ctx, kill := context.WithCancel(t.Context())
	defer kill()
	var log bytes.Buffer
	ended := make(chan task.Result, 1)
	go func() {
		ended <- New(sources, nil).Run(ctx, task.Attempt{Params: postgresParams(t, fields{"sql": "select pg_sleep(299)"}), DataSources: []workflow.DataSource{ds}}, &log)
	}()
	until(1)
	kill()
	result := <-ended
	until(0)
	if result.OK || strings.Contains(log.String()+result.Reason, services.PostgresPassword) {
		t.Errorf("%+v %s", result, log.String())
	}
}
