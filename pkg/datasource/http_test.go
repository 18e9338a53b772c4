package datasource_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/porpoise-scheduler/porpoise/pkg/datasource"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// coordinator is a stand-in for Trino and Presto: statements answer one row
// with their own text, but those that hold "forever", which run until they are
// deleted.
type coordinator struct {
	prefix string // of its headers
	url    string

	mu       sync.Mutex
	users    []string
	catalogs []string
	texts    []string
	deleted  int
	foreign  int // headers of the other product
	running  chan struct{}
}

func newCoordinator(t *testing.T, prefix string) (*coordinator, workflow.Connection) {
	t.Helper()
	c := &coordinator{prefix: prefix, running: make(chan struct{}, 100)}
	server := httptest.NewServer(c)
	t.Cleanup(server.Close)
	c.url = server.URL
	host, port := split(t, strings.TrimPrefix(server.URL, "http://"))
	return c, workflow.Connection{Host: host, Port: port, Database: "hive/sales", User: "u@x&y"}
}

func (c *coordinator) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for name := range r.Header {
		if strings.HasPrefix(name, "X-Trino-") || strings.HasPrefix(name, "X-Presto-") {
			if !strings.HasPrefix(name, c.prefix) {
				c.foreign++
			}
		}
	}
	w.Header().Set("Content-Type", "application/json")
	switch {
	case r.Method == http.MethodDelete:
		c.deleted++
		w.WriteHeader(http.StatusNoContent)
	case r.Method == http.MethodPost:
		body, _ := io.ReadAll(r.Body)
		c.texts = append(c.texts, string(body))
		c.users = append(c.users, r.Header.Get(c.prefix+"User"))
		c.catalogs = append(c.catalogs, r.Header.Get(c.prefix+"Catalog")+"/"+r.Header.Get(c.prefix+"Schema"))
		next := "done"
		if strings.Contains(string(body), "forever") {
			next = "forever"
		}
		c.answer(w, next)
	case r.Method == http.MethodGet && strings.Contains(r.URL.Path, "forever"):
		select {
		case c.running <- struct{}{}:
		default:
		}
		c.answer(w, "forever")
	case r.Method == http.MethodGet && strings.Contains(r.URL.Path, "done"):
		c.answer(w, "")
	default:
		w.WriteHeader(http.StatusNotFound)
	}
}

// answer says where to ask next; if that is nowhere, it gives the row.
func (c *coordinator) answer(w http.ResponseWriter, next string) {
	out := map[string]any{"id": "q1", "infoUri": c.url, "stats": map[string]any{"state": "RUNNING"}}
	if next != "" {
		out["nextUri"] = c.url + "/v1/statement/" + next + "/1"
	} else {
		out["columns"] = []any{map[string]any{"name": "x", "type": "varchar", "typeSignature": map[string]any{
			"rawType": "varchar", "arguments": []any{map[string]any{"kind": "LONG", "value": 100}},
		}}}
		out["data"] = [][]any{{"one"}}
		out["stats"] = map[string]any{"state": "FINISHED"}
	}
	_ = json.NewEncoder(w).Encode(out)
}

func TestTrinoAndPresto(t *testing.T) {
	for kind, prefix := range map[workflow.DataSourceType]string{workflow.Trino: "X-Trino-", workflow.Presto: "X-Presto-"} {
		t.Run(string(kind), func(t *testing.T) {
			c, connection := newCoordinator(t, prefix)
			ds := workflow.DataSource{Type: kind, Connection: connection}
			db := open(t, datasource.New(datasource.Config{}), ds)
			s := session(t, db)
			day, err := db.Bind(workflow.Property{Prop: "d", Type: "DATE", Value: "2024-02-29"})
			if err != nil {
				t.Fatal(err)
			}
			if got := text(t, s, "SELECT x FROM t WHERE a = ? AND d = ?", "o'x", day); got != "one" {
				t.Errorf("got %q", got)
			}
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			go func() {
				<-c.running
				cancel()
			}()
			rows, err := s.QueryContext(ctx, "SELECT forever")
			if err == nil {
				for rows.Next() {
				}
				err = errors.Join(rows.Err(), rows.Close())
			}
			if !errors.Is(err, context.Canceled) {
				t.Errorf("cancelled with %v", err)
			}
			eventually(t, "the query was deleted", func() bool {
				c.mu.Lock()
				defer c.mu.Unlock()
				return c.deleted > 0
			})
			c.mu.Lock()
			defer c.mu.Unlock()
			if c.foreign > 0 || c.users[0] != "u@x&y" || c.catalogs[0] != "hive/sales" {
				t.Errorf("%d foreign headers, users %q, catalogs %q", c.foreign, c.users, c.catalogs)
			}
			if all := strings.Join(c.texts, "\n"); !strings.Contains(all, "'o''x'") || !strings.Contains(all, "DATE '2024-02-29'") {
				t.Errorf("sent %s", all)
			}
		})
	}
}

// TestHTTPReasons: what a server refuses with is told apart.
func TestHTTPReasons(t *testing.T) {
	const secret = "the Secret of Trino"
	for code, want := range map[int]string{
		http.StatusUnauthorized: datasource.ReasonPassword, http.StatusForbidden: datasource.ReasonForbidden,
	} {
		server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			_, password, _ := r.BasicAuth()
			http.Error(w, "no: "+password, code)
		}))
		server.Config.ErrorLog = log.New(io.Discard, "", 0) // clients will hang up
		server.StartTLS()
		host, port := split(t, strings.TrimPrefix(server.URL, "https://"))
		ds := workflow.DataSource{Type: workflow.Trino, Password: secret, Connection: workflow.Connection{
			Host: host, Port: port, User: "u401", // a number that means nothing here
			Options: map[string]string{"SSL": "true", "SSLVerification": "NONE"},
		}}
		sources := datasource.New(datasource.Config{ConnectTimeout: time.Minute})
		fails(t, sources, ds, want)
		ds.Connection.Options = map[string]string{"SSL": "true"} // nobody signed the certificate
		fails(t, sources, ds, datasource.ReasonTLS)
		server.Close()
	}
}

// clickHouse is a stand-in for ClickHouse's HTTP interface. It refuses logins
// with a password that is not right, and runs "forever" until it is killed.
type clickHouse struct {
	mu      sync.Mutex
	running map[string]chan struct{}
	started chan struct{}
	killed  int
	ids     []string
	session map[string]string // by the first word of a statement
}

func (c *clickHouse) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	query, id := string(body), r.URL.Query().Get("query_id")
	_, password, _ := r.BasicAuth()
	if password == "wrong" || r.Header.Get("X-ClickHouse-Key") == "wrong" {
		w.Header().Set("X-ClickHouse-Exception-Code", "516")
		http.Error(w, "Code: 516. DB::Exception: u: Authentication failed. (AUTHENTICATION_FAILED)", http.StatusForbidden)
		return
	}
	c.mu.Lock()
	c.ids = append(c.ids, id)
	first, _, _ := strings.Cut(query, " ")
	c.session[first] = r.URL.Query().Get("session_id")
	c.mu.Unlock()
	switch {
	case strings.Contains(query, "KILL QUERY"):
		c.mu.Lock()
		for name, end := range c.running {
			if strings.Contains(query, "'"+name+"'") {
				close(end)
				delete(c.running, name)
				c.killed++
			}
		}
		c.mu.Unlock()
	case strings.Contains(query, "forever"):
		end := make(chan struct{})
		c.mu.Lock()
		c.running[id] = end
		c.mu.Unlock()
		c.started <- struct{}{}
		select { // a server goes on when its client hangs up
		case <-end: // killed, which may be answered before the client hangs up
			w.Header().Set("X-ClickHouse-Exception-Code", "394")
			http.Error(w, "Code: 394. DB::Exception: Query was cancelled. (QUERY_WAS_CANCELLED)", http.StatusInternalServerError)
		case <-time.After(20 * time.Second):
		}
	case strings.Contains(query, "version()"):
		native(w, cellOf{"displayName()", "String", "\x06server"}, cellOf{"version()", "String", "\x0624.8.1"},
			cellOf{"revision()", "UInt32", "\xbc\xd4\x00\x00"}, cellOf{"timezone()", "String", "\x03UTC"})
	case strings.HasPrefix(query, "SELECT 1"):
		native(w, cellOf{"1", "UInt8", "\x01"})
	}
}

// cellOf is a column of one row, with its value as it is sent.
type cellOf struct{ name, kind, value string }

// native writes a block of one row in the server's own format.
func native(w io.Writer, columns ...cellOf) {
	put := func(s string) { fmt.Fprintf(w, "%c%s", len(s), s) }
	fmt.Fprintf(w, "\x01\x00\x02\xff\xff\xff\xff\x00%c%c", len(columns), 1)
	for _, c := range columns {
		put(c.name)
		put(c.kind)
		fmt.Fprint(w, "\x00", c.value) // nothing special about how it is written
	}
}

func TestClickHouse(t *testing.T) {
	c := &clickHouse{running: map[string]chan struct{}{}, started: make(chan struct{}, 1), session: map[string]string{}}
	server := httptest.NewServer(c)
	defer server.Close()
	host, port := split(t, strings.TrimPrefix(server.URL, "http://"))
	ds := workflow.DataSource{Type: workflow.ClickHouse, Password: "right", Connection: workflow.Connection{
		Host: host, Port: port, Database: "d?x=y&user=z", User: "u",
	}}
	sources := datasource.New(datasource.Config{})
	wrong := ds
	wrong.Password = "wrong"
	fails(t, sources, wrong, datasource.ReasonPassword)
	s := session(t, open(t, sources, ds))
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	go func() {
		<-c.started
		cancel()
	}()
	if _, err := s.ExecContext(ctx, "INSERT INTO t SELECT forever"); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled with %v", err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.killed != 1 {
		t.Errorf("%d statements were killed; ids %q", c.killed, c.ids)
	}
	if c.session["INSERT"] == "" || c.session["KILL"] != "" {
		t.Errorf("sessions %q", c.session)
	}
}
