package datasource_test

import (
	"context"
	"errors"
	"net"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/porpoise-scheduler/porpoise/pkg/datasource"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
	"github.com/porpoise-scheduler/porpoise/test/services"
)

// TestParametersAreBound sends values of every type and reads them back as
// text.
func TestParametersAreBound(t *testing.T) {
	sources, file := sqlite(t)
	for _, ds := range []workflow.DataSource{mariadb(t), postgres(t), file} {
		t.Run(string(ds.Type), func(t *testing.T) {
			db := open(t, sources, ds)
			c := session(t, db)
			exec(t, c, "CREATE TABLE v (txt VARCHAR(100), i BIGINT, f DOUBLE PRECISION, d DATE, ts TIMESTAMP NULL)")
			nasty := `x'); DROP TABLE v; -- \ " ; ? $1`
			var args []any
			for _, p := range []workflow.Property{
				{Prop: "a", Type: "VARCHAR", Value: nasty}, {Prop: "b", Type: "LONG", Value: "-9007199254740993"},
				{Prop: "c", Type: "DOUBLE", Value: "2.5"}, {Prop: "d", Type: "DATE", Value: "2024-02-29"},
				{Prop: "e", Type: "TIMESTAMP", Value: "2024-02-29 23:59:58"},
			} {
				v, err := db.Bind(p)
				if err != nil {
					t.Fatal(err)
				}
				args = append(args, v)
			}
			var places []string
			for i := range args {
				places = append(places, db.Placeholder(i+1))
			}
			exec(t, c, "INSERT INTO v VALUES ("+strings.Join(places, ", ")+")", args...)
			where := "SELECT txt FROM v WHERE txt = %1 AND i = %2 AND f = %3 AND d = %4 AND ts = %5"
			for i := range args {
				where = strings.ReplaceAll(where, "%"+string(rune('1'+i)), db.Placeholder(i+1))
			}
			if got := text(t, c, where, args...); got != nasty {
				t.Errorf("got %q", got)
			}
			if got := text(t, c, "SELECT i FROM v"); got != "-9007199254740993" {
				t.Errorf("got %s", got)
			}
			if got := text(t, c, "SELECT d FROM v"); !strings.HasPrefix(got, "2024-02-29") {
				t.Errorf("got %s", got)
			}
		})
	}
}

func TestSessionsKeepWhatStatementsLeave(t *testing.T) {
	sources, file := sqlite(t)
	for _, ds := range []workflow.DataSource{mariadb(t), postgres(t), file} {
		c := session(t, open(t, sources, ds))
		exec(t, c, "CREATE TEMPORARY TABLE mine (n INTEGER)")
		exec(t, c, "INSERT INTO mine VALUES (7)")
		if got := text(t, c, "SELECT n FROM mine"); got != "7" {
			t.Errorf("%s: got %s", ds.Type, got)
		}
	}
}

// running says how many statements with a mark the server works on.
var running = map[workflow.DataSourceType]string{
	workflow.MySQL:      "SELECT COUNT(*) FROM information_schema.processlist WHERE info LIKE '%one_hour%' AND id <> CONNECTION_ID()",
	workflow.PostgreSQL: "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%one_hour%' AND state = 'active' AND pid <> pg_backend_pid()",
}

// TestCancelEndsTheStatementOnTheServer looks at what the server runs, before
// and after.
func TestCancelEndsTheStatementOnTheServer(t *testing.T) {
	sleep := map[workflow.DataSourceType]string{
		workflow.MySQL: "SELECT SLEEP(3600) AS one_hour", workflow.PostgreSQL: "SELECT pg_sleep(3600) AS one_hour",
	}
	run := map[string]func(context.Context, *datasource.Conn, string) error{
		"query": func(ctx context.Context, c *datasource.Conn, query string) error {
			rows, err := c.QueryContext(ctx, query)
			if err != nil {
				return err
			}
			for rows.Next() {
			}
			return errors.Join(rows.Err(), rows.Close())
		},
		"exec": func(ctx context.Context, c *datasource.Conn, query string) error {
			_, err := c.ExecContext(ctx, query)
			return err
		},
	}
	for _, ds := range []workflow.DataSource{mariadb(t), postgres(t)} {
		for name, run := range run {
			t.Run(string(ds.Type)+"/"+name, func(t *testing.T) {
				db := open(t, datasource.New(datasource.Config{}), ds)
				c, watcher := session(t, db), session(t, db)
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				ended := make(chan error, 1)
				go func() { ended <- run(ctx, c, sleep[ds.Type]) }()
				eventually(t, "the statement runs", func() bool { return text(t, watcher, running[ds.Type]) == "1" })
				cancel()
				if err := <-ended; !errors.Is(err, context.Canceled) {
					t.Errorf("ended with %v", err)
				}
				eventually(t, "the statement is gone", func() bool { return text(t, watcher, running[ds.Type]) == "0" })
			})
		}
	}
}

// tardy is a context whose end is known to those who ask before it is told to
// those who wait for a call.
type tardy struct{ context.Context }

func (tardy) Value(any) any { return nil }

func (tardy) AfterFunc(func()) (stop func() bool) { return func() bool { return true } }

// TestCancelIsSeenByTheDriverFirst hangs up before the watch of the statement
// learns why.
func TestCancelIsSeenByTheDriverFirst(t *testing.T) {
	db := open(t, datasource.New(datasource.Config{}), mariadb(t))
	c, watcher := session(t, db), session(t, db)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	ended := make(chan error, 1)
	go func() {
		_, err := c.ExecContext(tardy{ctx}, "DO SLEEP(3600) /* one_hour */")
		ended <- err
	}()
	eventually(t, "the statement runs", func() bool { return text(t, watcher, running[workflow.MySQL]) == "1" })
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("ended with %v", err)
	}
	// By itself the server sees after seconds that nobody listens, if at all.
	if n := text(t, watcher, running[workflow.MySQL]+" AND command <> 'Killed'"); n != "0" {
		t.Errorf("%s statements were not killed", n)
	}
}

// TestCancelWhileRowsAreRead kills between the first row and the last.
func TestCancelWhileRowsAreRead(t *testing.T) {
	ds := mariadb(t)
	db := open(t, datasource.New(datasource.Config{}), ds)
	c, watcher := session(t, db), session(t, db)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	rows, err := c.QueryContext(ctx, "SELECT REPEAT('x', 1000) AS one_hour FROM seq_1_to_100000000")
	if err != nil {
		t.Skip("this server has no sequences:", err)
	}
	if !rows.Next() {
		t.Fatal(rows.Err())
	}
	cancel()
	for rows.Next() {
	}
	if err := rows.Close(); err != nil && !errors.Is(err, context.Canceled) {
		t.Errorf("closing: %v", err)
	}
	eventually(t, "the statement is gone", func() bool { return text(t, watcher, running[ds.Type]) == "0" })
}

func TestCancelInterruptsSQLite(t *testing.T) {
	sources, ds := sqlite(t)
	c := session(t, open(t, sources, ds))
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	_, err := c.ExecContext(ctx, `CREATE TABLE t AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n`)
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("got %v", err)
	}
}

// TestSQLiteDoesWhatItSaysItDid ends contexts about when statements begin.
func TestSQLiteDoesWhatItSaysItDid(t *testing.T) {
	sources, ds := sqlite(t)
	db := open(t, sources, ds)
	exec(t, session(t, db), "CREATE TABLE t (n INTEGER)")
	var done []string
	for n := range 2000 {
		c := session(t, db)
		ctx, cancel := context.WithCancel(t.Context())
		go cancel()
		if _, err := c.ExecContext(ctx, "INSERT INTO t VALUES (?)", n); err == nil {
			done = append(done, strconv.Itoa(n))
		}
		if err := c.Close(); err != nil {
			t.Fatal(err)
		}
	}
	list := strings.Join(done, ",")
	if got := text(t, session(t, db), "SELECT count(*) FROM t WHERE n IN ("+list+")"); got != strconv.Itoa(len(done)) {
		t.Errorf("%s of %d inserts that succeeded were made", got, len(done))
	}
}

func TestCancelInterruptsQueriesOfSQLite(t *testing.T) {
	const endless = `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n`
	sources, ds := sqlite(t)
	db := open(t, sources, ds)
	// Before, while and after the statement begins.
	for _, after := range []time.Duration{0, time.Microsecond, 100 * time.Microsecond, 50 * time.Millisecond} {
		c := session(t, db)
		ctx, cancel := context.WithTimeout(t.Context(), after)
		rows, err := c.QueryContext(ctx, endless)
		if err == nil {
			if rows.Next() {
				t.Error("an endless query has a row")
			}
			err = errors.Join(rows.Err(), rows.Close())
		}
		cancel()
		if err == nil {
			t.Errorf("after %v: no error", after)
		}
	}
}

func TestProcedures(t *testing.T) {
	in := func(prop, kind, value string) workflow.Property {
		return workflow.Property{Prop: prop, Direct: workflow.In, Type: kind, Value: value}
	}
	out := func(prop, kind string) workflow.Property {
		return workflow.Property{Prop: prop, Direct: workflow.Out, Type: kind}
	}
	params := []workflow.Property{in("a", "INTEGER", "20"), out("twice", "INTEGER"), in("b", "VARCHAR", "o'x"), out("text", "VARCHAR")}
	for _, test := range []struct {
		ds     workflow.DataSource
		create string
		name   string
	}{
		{mariadb(t), "CREATE PROCEDURE double_it(IN a INT, OUT twice INT, IN b TEXT, OUT t TEXT) BEGIN SELECT 1; SET twice = 2 * a; SET t = CONCAT(b, '!'); END", "double_it"},
		{mariadb(t), "CREATE PROCEDURE `odd ``name`(IN a INT, OUT twice INT, IN b TEXT, OUT t TEXT) BEGIN SET twice = 2 * a; SET t = CONCAT(b, '!'); END", "`odd ``name`"},
		{postgres(t), "CREATE PROCEDURE double_it(a INT, OUT twice INT, b TEXT, OUT t TEXT) LANGUAGE plpgsql AS $$ BEGIN twice := 2 * a; t := b || '!'; END $$", "public.Double_It"},
		{postgres(t), `CREATE FUNCTION "Odd"(a INT, OUT twice INT, b TEXT, OUT t TEXT) LANGUAGE plpgsql AS $$ BEGIN twice := 2 * a; t := b || '!'; END $$`, `"Odd"`},
	} {
		t.Run(string(test.ds.Type)+"/"+test.name, func(t *testing.T) {
			c := session(t, open(t, datasource.New(datasource.Config{}), test.ds))
			exec(t, c, test.create)
			got, err := c.Call(t.Context(), test.name, params)
			if err != nil {
				t.Fatal(err)
			}
			if len(got) != 2 || got["twice"] != "40" || got["text"] != "o'x!" {
				t.Errorf("got %v", got)
			}
			if _, err := c.Call(t.Context(), "double_it(1); DROP TABLE x", nil); workflow.ErrorReason(err) != "datasource.procedure" {
				t.Errorf("a statement for a name: %v", err)
			}
			if _, err := c.Call(t.Context(), test.name, []workflow.Property{in("a", "INTEGER", "x")}); workflow.ErrorReason(err) != "datasource.a" {
				t.Errorf("a wrong number: %v", err)
			}
		})
	}
}

func TestProcedureWithoutParameters(t *testing.T) {
	for _, test := range []struct {
		ds   workflow.DataSource
		body string
	}{
		{mariadb(t), "INSERT INTO log VALUES (1)"},
		{postgres(t), "LANGUAGE sql AS $$ INSERT INTO log VALUES (1) $$"},
	} {
		c := session(t, open(t, datasource.New(datasource.Config{}), test.ds))
		exec(t, c, "CREATE TABLE log (n INT)")
		exec(t, c, "CREATE PROCEDURE note() "+test.body)
		if _, err := c.Call(t.Context(), "note", nil); err != nil {
			t.Errorf("%s: %v", test.ds.Type, err)
		}
		if got := text(t, c, "SELECT COUNT(*) FROM log"); got != "1" {
			t.Errorf("%s: %s rows", test.ds.Type, got)
		}
	}
}

// TestReasons tells failures apart and looks for the password in their text.
func TestReasons(t *testing.T) {
	const secret = "not the Password 7"
	free, err := services.FreePort() // nobody listens there
	if err != nil {
		t.Fatal(err)
	}
	silent, err := net.Listen("tcp", "127.0.0.1:0") // accepts and says nothing
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	_, mute := split(t, silent.Addr().String())
	sources := datasource.New(datasource.Config{ConnectTimeout: time.Minute})
	unnamed := datasource.New(datasource.Config{ConnectTimeout: time.Minute, Dial: nameless})
	quick := datasource.New(datasource.Config{ConnectTimeout: 200 * time.Millisecond})

	for _, base := range []workflow.DataSource{mariadb(t), postgres(t)} {
		if err := sources.Test(t.Context(), base); err != nil {
			t.Errorf("%s: %v", base.Type, err)
		}
		for want, change := range map[string]func(*workflow.DataSource){
			datasource.ReasonPassword:        func(d *workflow.DataSource) { d.Password = secret },
			datasource.ReasonUnknownDatabase: func(d *workflow.DataSource) { d.Connection.Database = "nowhere" },
		} {
			ds := base
			change(&ds)
			fails(t, sources, ds, want)
		}
	}
	for _, kind := range datasource.Types() {
		if kind == workflow.SQLite {
			continue
		}
		ds := workflow.DataSource{Type: kind, Password: secret, Connection: workflow.Connection{
			Host: "127.0.0.1", Port: free, User: "u", Database: "d",
		}}
		if kind == workflow.Presto || kind == workflow.Trino {
			ds.Password = "" // not over plain text
		}
		fails(t, sources, ds, datasource.ReasonRefused)
		ds.Connection.Port = mute
		fails(t, quick, ds, datasource.ReasonTimeout)
		ds.Connection.Host = "no-such-host.invalid"
		fails(t, unnamed, ds, datasource.ReasonUnknownHost)
	}
}

// nameless is a network whose name servers know nobody. Real ones may take
// longer over that than any limit.
func nameless(_ context.Context, network, address string) (net.Conn, error) {
	unknown := &net.DNSError{Err: "no such host", Name: address, IsNotFound: true}
	return nil, &net.OpError{Op: "dial", Net: network, Err: unknown}
}

func fails(t *testing.T, s *datasource.Sources, ds workflow.DataSource, want string) {
	t.Helper()
	err := s.Test(t.Context(), ds)
	if got := workflow.ErrorReason(err); got != want {
		t.Errorf("%s: reason %q, want %q: %v", ds.Type, got, want, err)
		return
	}
	if ds.Password != "" && strings.Contains(err.Error(), ds.Password) {
		t.Errorf("%s: the password is in %q", ds.Type, err)
	}
}

func TestTheNextHostIsTried(t *testing.T) {
	free, err := services.FreePort() // nobody listens there
	if err != nil {
		t.Fatal(err)
	}
	dead := net.JoinHostPort("127.0.0.1", strconv.Itoa(free))
	for _, ds := range []workflow.DataSource{mariadb(t), postgres(t)} {
		ds.Connection.Host = dead + "," + ds.Connection.Host
		if err := datasource.New(datasource.Config{}).Test(t.Context(), ds); err != nil {
			t.Errorf("%s: %v", ds.Type, err)
		}
	}
}

func TestCatalogs(t *testing.T) {
	sources, file := sqlite(t)
	for _, ds := range []workflow.DataSource{mariadb(t), postgres(t), file} {
		t.Run(string(ds.Type), func(t *testing.T) {
			db := open(t, sources, ds)
			exec(t, session(t, db), "CREATE TABLE orders (id INTEGER NOT NULL, note VARCHAR(10))")
			databases, err := db.Databases(t.Context())
			if err != nil || len(databases) == 0 {
				t.Fatalf("databases %v, %v", databases, err)
			}
			tables, err := db.Tables(t.Context(), "")
			if err != nil || len(tables) != 1 || tables[0].Name != "orders" {
				t.Fatalf("tables %v, %v", tables, err)
			}
			columns, err := db.Columns(t.Context(), "", "orders")
			if err != nil || len(columns) != 2 || columns[0].Nullable || !columns[1].Nullable || columns[1].Name != "note" {
				t.Fatalf("columns %v, %v", columns, err)
			}
			if ds.Type == workflow.SQLite {
				return
			}
			schema := map[workflow.DataSourceType]string{workflow.MySQL: ds.Connection.Database, workflow.PostgreSQL: "public"}
			columns, err = db.Columns(t.Context(), schema[ds.Type], "orders")
			if err != nil || len(columns) != 2 {
				t.Fatalf("columns %v, %v", columns, err)
			}
		})
	}
}
