package e2e

import (
	"bytes"
	"database/sql"
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/go-sql-driver/mysql"

	"github.com/porpoise-scheduler/porpoise/pkg/notify/notifytest"
	"github.com/porpoise-scheduler/porpoise/test/client"
	"github.com/porpoise-scheduler/porpoise/test/services"
)

// warehousePassword must be found nowhere in clear.
const warehousePassword = "canary-4713-warehouse"

// warehouse is a database that tasks work on.
type warehouse struct {
	root *sql.DB
	as   client.DataSource
}

func newWarehouse(t *testing.T) warehouse {
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
	w := warehouse{root: sql.OpenDB(connector)}
	t.Cleanup(func() { w.root.Close() })
	user := "u_" + config.DBName
	for _, statement := range []string{
		"create or replace user " + user + " identified by '" + warehousePassword + "'", "grant all on `" + config.DBName + "`.* to " + user,
		"create table orders (id int, total decimal(8,2), dt date)", "insert into orders values (1, 9.50, '2024-01-02'), (2, 20, '2024-01-02'), (3, 7, '2024-01-03')",
		"create procedure refresh(in day date, out n int) begin select count(*) into n from orders where dt = day; end",
	} {
		if _, err := w.root.ExecContext(t.Context(), statement); err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}
	host, port, err := net.SplitHostPort(u.Host)
	if err != nil {
		t.Fatal(err)
	}
	number, err := strconv.Atoi(port)
	if err != nil {
		t.Fatal(err)
	}
	w.as = client.DataSource{Name: "warehouse", Type: "MYSQL", Host: host, Port: number, Database: config.DBName, User: user, Password: warehousePassword}
	return w
}

// running counts statements of the server that hold a mark.
func (w warehouse) running(s *story, mark string) (n int) {
	s.Helper()
	const list = "select count(*) from information_schema.processlist where info like ? and id <> connection_id()"
	s.ok(w.root.QueryRowContext(s.Context(), list, "%"+mark+"%").Scan(&n))
	return n
}

func (w warehouse) until(s *story, mark string, want int) {
	s.Helper()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	limit := time.After(patience)
	for w.running(s, mark) != want {
		select {
		case <-tick.C:
		case <-limit:
			s.Fatalf("%d statements with %s run, want %d", w.running(s, mark), mark, want)
		}
	}
}

func TestSQL(t *testing.T) {
	mail := notifytest.NewMailServer(t, notifytest.MailOptions{})
	w := newWarehouse(t)
	s := standalone(t, "--mail-host="+mail.Host, "--mail-port="+strconv.Itoa(mail.Port), "--mail-tls=none", "--mail-from=porpoise@example.org")
	source, err := s.p.CreateDataSource(t.Context(), w.as)
	s.ok(err)
	s.ok(s.p.TestDataSource(t.Context(), source))
	node := func(name, statement string, more map[string]any, after ...string) client.Node {
		params := map[string]any{
			"type": "MYSQL", "datasource": source, "sql": statement, "sqlType": "0", "sendEmail": false, "displayRows": 10, "limit": 100,
			"title": "", "receivers": "", "receiversCc": "", "showType": "TABLE", "udfs": "", "connParams": "",
			"preStatements": []string{}, "postStatements": []string{},
		}
		for k, v := range more {
			params[k] = v
		}
		return client.Node{Type: "SQL", Name: name, Params: params, Pre: after}
	}

	query := node("query", "select count(*) as n, sum(total) as total from orders where dt = '${day}'", nil)
	query.Locals = []client.Property{client.In("day", "2024-01-02"), client.Out("n")}
	mailed := node("mailed", "select id, total from orders order by id", map[string]any{
		"sendEmail": true, "receivers": "ann@example.org", "showType": "TABLE,ATTACHMENT", "title": "orders",
	}, "query")
	change := node("change", "update orders set total = total + 1 where id <= ${n}", map[string]any{"sqlType": "1"}, "query")
	call := client.Node{
		Type: "PROCEDURE", Name: "call", Pre: []string{"change"}, Params: map[string]any{"type": "MYSQL", "datasource": source, "method": "refresh"},
		Locals: []client.Property{{Prop: "day", Direct: "IN", Type: "DATE", Value: "2024-01-03"}, {Prop: "m", Direct: "OUT", Type: "INTEGER"}},
	}
	i := s.ends(s.start(s.publish("report", query, mailed, change, call, client.Shell("say", "echo rows=${n} called=${m}", "call"))).ID, client.Success)
	s.logHas(i.ID, "query", "data source warehouse (MYSQL)", "where dt = ?", `value 1, day: "2024-01-02"`, "| n | total |", "| 2 | 29.50 |", `parameter n = "2"`)
	s.logHas(i.ID, "change", "2 rows affected")
	s.logHas(i.ID, "call", "call refresh", `parameter m = "1"`)
	s.logHas(i.ID, "say", "rows=2 called=1")
	s.logHas(i.ID, "mailed", "mailed to ann@example.org")
	if got := mail.Await(t, 1, patience)[0]; got.Subject != "orders" || !strings.Contains(got.Raw, "orders.xlsx") {
		t.Errorf("mailed %q", got.Subject)
	}

	long := s.start(s.publish("long", node("sleep", "select sleep(300) /* mark-long */", nil)))
	w.until(s, "mark-long", 1)
	s.ok(s.p.Execute(t.Context(), long.ID, "STOP"))
	s.ends(long.ID, client.Stopped)
	w.until(s, "mark-long", 0)

	nobody := s.ends(s.start(s.publish("nobody", node("mailed", "select 1", map[string]any{"sendEmail": true}))).ID, client.Failure)
	s.logHas(nobody.ID, "mailed", "there is nobody to mail the result to")
	s.unseen(warehousePassword)
}

// unseen looks for a secret where the process writes: its output and all files
// below its folder, databases and logs among them.
func (s *story) unseen(secret string) {
	s.Helper()
	for _, n := range s.c.Nodes() {
		if strings.Contains(n.Output(), secret) {
			s.Errorf("the output of %s holds the password", n.Name)
		}
	}
	files := 0
	err := filepath.WalkDir(s.c.Dir, func(path string, entry os.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return nil // files come and go while the process runs
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return nil
		}
		files++
		if bytes.Contains(data, []byte(secret)) {
			return fmt.Errorf("%s holds the password", path)
		}
		return nil
	})
	if err != nil || files < 5 {
		s.Errorf("%d files: %v", files, err)
	}
}
