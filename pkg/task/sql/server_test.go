package sql

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"maps"
	"net"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-sql-driver/mysql"

	"github.com/porpoise-scheduler/porpoise/pkg/datasource"
	"github.com/porpoise-scheduler/porpoise/pkg/task"
	"github.com/porpoise-scheduler/porpoise/pkg/task/tasktest"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
	"github.com/porpoise-scheduler/porpoise/test/services"
)

// canary is a password that must show up nowhere.
const canary = "canary-4711"

// maria is a database of a real server, with a user of its own.
type maria struct {
	root   *sql.DB
	source workflow.DataSource
	kind   Kind
}

func newMaria(t *testing.T) maria {
	t.Helper()
	u, err := url.Parse(services.MariaDB(t))
	if err != nil {
		t.Fatal(err)
	}
	config := mysql.NewConfig()
	config.Net, config.Addr, config.User, config.DBName = "tcp", u.Host, "root", strings.TrimPrefix(u.Path, "/")
	connector, err := mysql.NewConnector(config)
	if err != nil {
		t.Fatal(err)
	}
	m := maria{root: sql.OpenDB(connector), kind: New(datasource.New(datasource.Config{}), nil)}
	t.Cleanup(func() { _ = m.root.Close() })
	user := "u_" + config.DBName
	m.exec(t, "create or replace user "+user+" identified by '"+canary+"'")
	m.exec(t, "grant all on `"+config.DBName+"`.* to "+user)
	host, port, err := net.SplitHostPort(u.Host)
	if err != nil {
		t.Fatal(err)
	}
	number, err := strconv.Atoi(port)
	if err != nil {
		t.Fatal(err)
	}
	m.source = workflow.DataSource{
		ID: 3, Name: "orders", Type: workflow.MySQL, Password: canary,
		Connection: workflow.Connection{Host: host, Port: number, Database: config.DBName, User: user},
	}
	return m
}

func (m maria) exec(t *testing.T, statement string) {
	t.Helper()
	if _, err := m.root.ExecContext(t.Context(), statement); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
}

func (m maria) params(t *testing.T, more fields) json.RawMessage {
	t.Helper()
	all := fields{"type": "MYSQL", "datasource": 3, "sqlType": "0"}
	maps.Copy(all, more)
	raw, err := json.Marshal(all)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func TestMariaDB(t *testing.T) {
	m := newMaria(t)
	at := func(output string, more fields, props ...workflow.Property) tasktest.Attempt {
		return tasktest.Attempt{
			Params: m.params(t, more), DataSources: []workflow.DataSource{m.source}, Output: output, LocalParams: props,
			Values: map[string]string{"day": "2024-01-02", "evil": `' or '1'='1`, "price": "12.50"},
		}
	}
	in := func(name, kind string) workflow.Property {
		return workflow.Property{Prop: name, Direct: workflow.In, Type: kind}
	}
	m.exec(t, "create table orders (id int primary key, total decimal(10,2), day date, at datetime, note text, raw blob)")
	m.exec(t, `insert into orders values (1, 12.50, '2024-01-02', '2024-01-02 03:04:05', 'naïve 中文', x'ff00'), (2, 3, '2024-01-03', null, null, null)`)
	tasktest.Run(t, m.kind, tasktest.Cases{
		ID: workflow.KindSQL,
		Succeeds: []tasktest.Attempt{
			at("| id | total | day        | at                  | note       | raw    |\n"+
				"+----+-------+------------+---------------------+------------+--------+\n"+
				"|  1 | 12.50 | 2024-01-02 | 2024-01-02 03:04:05 | naïve 中文 | 0xff00 |\n",
				fields{"sql": "select * from orders where day = '${day}' and total = ${price} and id < ${n}"}, in("day", "DATE"), in("price", "DOUBLE"), in("n", "INTEGER")),
			at("0 rows in ", fields{"sql": "select * from orders where note = '${evil}' or note = \"${evil}\""}),
			at("2 rows affected", fields{"sqlType": 1, "sql": "update orders set note = '${evil}'"}),
			at("2 rows in ", fields{"sql": "select * from orders where note = ${evil} limit ${n}"}, in("n", "INTEGER")),
			at("| 8 |", fields{"sql": "select @x + 1 as y", "preStatements": []string{"set @x = ${n}"}}, in("n", "INTEGER")),
			at("| +00:00 |", fields{"sql": "select @@session.time_zone as z", "preStatements": []string{"set time_zone = '+00:00'"}}),
			at("| UTF |", fields{"sql": "select 'UTF' as c", "connParams": "charset=utf8mb4;timeout=10"}),
		},
		Fails: []tasktest.Attempt{
			at("failed: query: ", fields{"sql": "select 1; select 2"}),
			at("failed: query: ", fields{"sql": "select * from missing where password = '" + canary + "' and"}),
		},
		Endless: []tasktest.Attempt{
			at("query: select sleep", fields{"sql": "select sleep(300)"}),
			at("pre statement 1: do sleep", fields{"sql": "select 1", "preStatements": []string{"do sleep(300)"}}),
		},
	})
}

// sleeping counts what sleeps on the server.
func (m maria) sleeping(t *testing.T, mark string) int {
	t.Helper()
	var n int
	const running = "select count(*) from information_schema.processlist where info like ? and id <> connection_id()"
	if err := m.root.QueryRowContext(t.Context(), running, "%"+mark+"%").Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// until waits for a number of sleeping statements.
func (m maria) until(t *testing.T, mark string, want int) {
	t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	limit := time.After(2 * time.Minute)
	for m.sleeping(t, mark) != want {
		select {
		case <-tick.C:
		case <-limit:
			t.Fatalf("%d statements with %s run, want %d", m.sleeping(t, mark), mark, want)
		}
	}
}

// timed is a context whose time is over when the test says so: a real one might
// be over before the statement runs.
type timed struct {
	context.Context
	over chan struct{}
}

func (c timed) Done() <-chan struct{} { return c.over }

func (c timed) Err() error {
	select {
	case <-c.over:
		return context.DeadlineExceeded
	default:
		return nil
	}
}

func expiring(ctx context.Context) (context.Context, context.CancelFunc) {
	c := timed{context.WithoutCancel(ctx), make(chan struct{})}
	return c, sync.OnceFunc(func() { close(c.over) })
}

func TestKilledAndTimedOutStatementsEndOnTheServer(t *testing.T) {
	m := newMaria(t)
	for i, more := range []fields{
		{"sql": "select sleep(300) /* mark-%d */"},
		{"sqlType": 1, "sql": "create table t_%d as select sleep(300) as x"},
		{"sql": "select 1", "postStatements": []string{"do sleep(300) /* mark-%d */"}},
		{"sql": "select sleep(0.2), t.x /* mark-%d */ from (select 1 as x union all select 2) t, information_schema.columns"},
	} {
		for _, timeout := range []bool{false, true} {
			mark := fmt.Sprintf("mark-%d", i)
			if i == 1 {
				mark = "t_1 as"
			}
			for k, v := range more {
				switch v := v.(type) {
				case string:
					more[k] = strings.ReplaceAll(v, "%d", strconv.Itoa(i))
				case []string:
					more[k] = []string{strings.ReplaceAll(v[0], "%d", strconv.Itoa(i))}
				}
			}
			ctx, kill := context.WithCancel(t.Context())
			if timeout {
				ctx, kill = expiring(t.Context())
			}
			var (
				log    bytes.Buffer
				result task.Result
				done   sync.WaitGroup
			)
			done.Go(func() {
				result = m.kind.Run(ctx, task.Attempt{Params: m.params(t, more), DataSources: []workflow.DataSource{m.source}}, &log)
			})
			m.until(t, mark, 1)
			kill()
			done.Wait()
			if result.OK || result.Reason == "" {
				t.Errorf("%v: %+v", more, result)
			}
			m.until(t, mark, 0)
			if strings.Contains(log.String()+result.Reason, canary) {
				t.Errorf("the password is in %s", log.String())
			}
		}
	}
}

func TestPasswordsStayOutOfLogs(t *testing.T) {
	m := newMaria(t)
	wrong := m.source
	wrong.Password = canary + "x"
	away := m.source
	away.Connection.Port = 1
	for _, ds := range []workflow.DataSource{m.source, wrong, away} {
		var log bytes.Buffer
		result := m.kind.Run(t.Context(), task.Attempt{
			Params: m.params(t, fields{"sql": "select * from missing"}), DataSources: []workflow.DataSource{ds},
		}, &log)
		if result.OK || strings.Contains(log.String()+result.Reason, canary) {
			t.Errorf("%+v: %s", result, log.String())
		}
		t.Log(result.Reason)
	}
}

// TestLimitEndsTheQuery reads ten rows of what would take hours.
func TestLimitEndsTheQuery(t *testing.T) {
	m := newMaria(t)
	var log bytes.Buffer
	result := m.kind.Run(t.Context(), task.Attempt{
		Params:      m.params(t, fields{"limit": 10, "sql": "with recursive n as (select 1 as i union all select i + 1 from n where i < 1000) select a.i from n a, n b, n c, n d /* mark-limit */"}),
		DataSources: []workflow.DataSource{m.source},
	}, &log)
	if !result.OK || !strings.Contains(log.String(), "10 rows, the limit; there are more") {
		t.Errorf("%+v %s", result, log.String())
	}
	m.until(t, "mark-limit", 0)
}
