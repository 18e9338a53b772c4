package apiserver_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc"

	"github.com/porpoise-scheduler/porpoise/apiserver"
	"github.com/porpoise-scheduler/porpoise/pkg/coord"
	"github.com/porpoise-scheduler/porpoise/pkg/coord/memcoord"
	"github.com/porpoise-scheduler/porpoise/pkg/store"
	"github.com/porpoise-scheduler/porpoise/pkg/store/sqlstore"
	"github.com/porpoise-scheduler/porpoise/pkg/task"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

type noLogs struct{}

func (noLogs) Read(context.Context, string, int64, int64, int64, bool, io.Writer) error {
	return errors.New("no log")
}
func (noLogs) Size(context.Context, string, int64) (int64, error) { return 0, errors.New("no log") }

func deps(t *testing.T) apiserver.Deps {
	t.Helper()
	s, err := sqlstore.Open(t.Context(), "sqlite://:memory:", sqlstore.Options{})
	if err != nil {
		t.Fatal(err)
	}
	c := memcoord.New().Coordinator()
	t.Cleanup(func() {
		if err := errors.Join(c.Close(), s.Database.Close()); err != nil {
			t.Errorf("closing: %v", err)
		}
	})
	return apiserver.Deps{
		Store: s, Coord: c, Kinds: task.NewRegistry(), Logs: noLogs{}, Now: time.Now, Log: slog.New(slog.NewTextHandler(io.Discard, nil)),
		DialMaster: func(string) (*grpc.ClientConn, error) { return nil, errors.New("no masters") },
	}
}

func TestMissingDependencies(t *testing.T) {
	full := deps(t)
	for name, drop := range map[string]func(*apiserver.Deps){
		"store": func(d *apiserver.Deps) { d.Store = nil }, "coordinator": func(d *apiserver.Deps) { d.Coord = nil },
		"kinds": func(d *apiserver.Deps) { d.Kinds = nil }, "logs": func(d *apiserver.Deps) { d.Logs = nil },
		"dial": func(d *apiserver.Deps) { d.DialMaster = nil }, "clock": func(d *apiserver.Deps) { d.Now = nil },
	} {
		d := full
		drop(&d)
		if _, err := apiserver.New(apiserver.Config{}, d); err == nil {
			t.Errorf("without %s: no error", name)
		}
	}
}

// TestFirstUserSignsIn goes the way of a first start.
func TestFirstUserSignsIn(t *testing.T) {
	d := deps(t)
	s, err := apiserver.New(apiserver.Config{}, d)
	if err != nil {
		t.Fatal(err)
	}
	// A server that died half-way through its first start left the tenant.
	left := workflow.Tenant{Code: "default", Name: "default", QueueID: 1}
	if err := d.Store.Tenants.Create(t.Context(), &left); err != nil {
		t.Fatal(err)
	}
	password, created, err := s.Bootstrap(t.Context(), "")
	if err != nil || !created || len(password) < 16 {
		t.Fatalf("Bootstrap = %q, %v, %v", password, created, err)
	}
	if again, created, err := s.Bootstrap(t.Context(), "other"); again != "" || created || err != nil {
		t.Errorf("second Bootstrap = %q, %v, %v; want nothing", again, created, err)
	}
	if admin, err := d.Store.Users.ByName(t.Context(), apiserver.AdminName); err != nil || admin.TenantID != left.ID {
		t.Errorf("admin runs as tenant %d, not %d, %v", admin.TenantID, left.ID, err)
	}
	if err := s.Ready(t.Context()); err != nil {
		t.Errorf("Ready: %v", err)
	}
	srv := httptest.NewServer(s.Handler())
	defer srv.Close()
	post := func(path string, values url.Values, header ...string) *http.Response {
		t.Helper()
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, srv.URL+path, strings.NewReader(values.Encode()))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		for i := 0; i+1 < len(header); i += 2 {
			req.Header.Set(header[i], header[i+1])
		}
		res, err := srv.Client().Do(req)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { res.Body.Close() })
		return res
	}
	res := post("/dolphinscheduler/login", url.Values{"userName": {apiserver.AdminName}, "userPassword": {password}}, "X-Request-Id", "abc-1")
	var answer struct {
		Code int
		Data struct{ SessionID string }
	}
	if err := json.NewDecoder(res.Body).Decode(&answer); err != nil || answer.Code != 0 || answer.Data.SessionID == "" {
		t.Fatalf("login answered %+v, %v", answer, err)
	}
	want := map[string]string{"X-Request-Id": "abc-1", "X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY", "Cache-Control": "no-store"}
	for name, value := range want {
		if got := res.Header.Get(name); got != value {
			t.Errorf("%s is %q, want %q", name, got, value)
		}
	}
	res = post("/dolphinscheduler/projects/create/", url.Values{"projectName": {"p"}}, "sessionId", answer.Data.SessionID, "X-Request-Id", "bad id <>", "X-Forwarded-For", "10.9.8.7")
	if res.StatusCode != http.StatusCreated || len(res.Header.Get("X-Request-Id")) != 36 {
		t.Errorf("HTTP %d, request id %q", res.StatusCode, res.Header.Get("X-Request-Id"))
	}
	entries, err := d.Store.Audit.List(t.Context(), store.AuditFilter{}, 0, 2)
	if err != nil || len(entries) != 2 {
		t.Fatalf("%d entries in the audit, %v", len(entries), err)
	}
	if made, login := entries[0], entries[1]; made.UserName != apiserver.AdminName || made.Action != "create" || made.Resource != "project" ||
		made.Name != "p" || made.IP != "127.0.0.1 for 10.9.8.7" || login.Action != "login" || login.UserName != apiserver.AdminName {
		t.Errorf("the audit says %+v and %+v", login, made)
	}
	if res := post("/elsewhere", nil); res.StatusCode != http.StatusNotFound {
		t.Errorf("outside every dialect: HTTP %d", res.StatusCode)
	}
}

func TestGivenPassword(t *testing.T) {
	s, err := apiserver.New(apiserver.Config{}, deps(t))
	if err != nil {
		t.Fatal(err)
	}
	if password, created, err := s.Bootstrap(t.Context(), "dolphinscheduler123"); password != "dolphinscheduler123" || !created || err != nil {
		t.Errorf("Bootstrap = %q, %v, %v", password, created, err)
	}
}

// TestRunShowsTheServer looks for the server in the registry while Run works.
func TestRunShowsTheServer(t *testing.T) {
	d := deps(t)
	s, err := apiserver.New(apiserver.Config{Member: coord.Member{ID: "api-1", Addr: "127.0.0.1:12345"}}, d)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	changes := d.Coord.Watch(t.Context(), coord.APIServer)
	wait := func(n int) {
		t.Helper()
		timeout := time.After(2 * time.Minute)
		for {
			select {
			case members := <-changes:
				if len(members) == n {
					return
				}
			case <-timeout:
				t.Fatalf("never saw %d members", n)
			}
		}
	}
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx) }()
	wait(1)
	cancel()
	if err := <-done; err != nil {
		t.Errorf("Run: %v", err)
	}
	wait(0)
}
