package native_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"google.golang.org/grpc"

	"github.com/porpoise-scheduler/porpoise/apiserver/internal/audit"
	"github.com/porpoise-scheduler/porpoise/apiserver/internal/auth"
	"github.com/porpoise-scheduler/porpoise/apiserver/internal/rest/native"
	"github.com/porpoise-scheduler/porpoise/apiserver/internal/usecase"
	"github.com/porpoise-scheduler/porpoise/pkg/coord/memcoord"
	"github.com/porpoise-scheduler/porpoise/pkg/rpc"
	"github.com/porpoise-scheduler/porpoise/pkg/rpc/sweeps"
	"github.com/porpoise-scheduler/porpoise/pkg/store"
	"github.com/porpoise-scheduler/porpoise/pkg/store/sqlstore"
	"github.com/porpoise-scheduler/porpoise/pkg/store/sqlstore/sqltest"
	"github.com/porpoise-scheduler/porpoise/pkg/task"
	"github.com/porpoise-scheduler/porpoise/pkg/task/noop"
	"github.com/porpoise-scheduler/porpoise/pkg/task/shell"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// world is the API over a real database.
type world struct {
	t     testing.TB
	store *store.Store
	coord *memcoord.Coordinator
	uc    *usecase.Service
	api   *native.API
	url   string
	admin as
}

type quiet struct{}

func (quiet) Nudge(...int)                  {}
func (quiet) Epoch(int) int64               { return 0 }
func (quiet) Carry(workflow.Command, int64) {}

type noLogs struct{}

func (noLogs) Read(context.Context, string, int64, int64, int64, bool, io.Writer) error {
	return errors.New("no log")
}
func (noLogs) Size(context.Context, string, int64) (int64, error) { return 0, errors.New("no log") }

type sealer struct{}

func (sealer) Seal(plain []byte, _ string) (string, error)  { return string(plain), nil }
func (sealer) Open(sealed string, _ string) ([]byte, error) { return []byte(sealed), nil }
func (sealer) Current(string) bool                          { return true }

func newWorld(t testing.TB) *world {
	t.Helper()
	s := sqltest.Open(t, sqlstore.Options{Sealer: sealer{}})
	w := &world{t: t, store: s, coord: memcoord.New().Coordinator()}
	watched := audit.Watch(s, slog.New(slog.DiscardHandler))
	security, err := rpc.NewSecurity(rpc.TLSFiles{}, false)
	must(t, err)
	w.uc = &usecase.Service{
		Store: watched, Coord: w.coord, Nudge: quiet{}, Kinds: task.NewRegistry(shell.New(), noop.New()), Logs: noLogs{},
		Sweeps: &sweeps.Client{Owners: s.Scheduling, Dial: func(addr string) (*grpc.ClientConn, error) { return security.Dial(addr) }},
		Auth:   auth.New(auth.Config{}, watched, time.Now), Now: time.Now, Log: slog.New(slog.DiscardHandler),
		Zone: time.UTC, Shards: store.Shards,
	}
	w.api, err = native.New(w.uc, native.Config{Version: "test"})
	must(t, err)
	srv := httptest.NewServer(w.api.Handler())
	w.url = srv.URL + native.Base
	t.Cleanup(func() {
		srv.Close()
		must(t, errors.Join(w.coord.Close(), s.Database.Close()))
	})
	w.admin = w.as(w.user("root", workflow.RoleAdmin))
	return w
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// as is how somebody shows who he is.
type as http.Header

// user makes a user with the password "secret of <name>".
func (w *world) user(name string, role workflow.Role) workflow.User {
	w.t.Helper()
	hash, err := w.uc.Auth.Hash(w.t.Context(), "secret of "+name)
	must(w.t, err)
	u := workflow.User{Name: name, Role: role, Email: name + "@example.org", PasswordHash: hash}
	must(w.t, w.store.Users.Create(w.t.Context(), &u))
	return u
}

// as gives a user's credentials: a token.
func (w *world) as(u workflow.User) as {
	w.t.Helper()
	t := workflow.Token{UserID: u.ID, Value: auth.RandomPassword(), ExpireTime: time.Now().Add(time.Hour)}
	must(w.t, w.store.Tokens.Create(w.t.Context(), &t))
	return as{"Authorization": {"Bearer " + t.Value}}
}

type reply struct {
	t      testing.TB
	Status int
	Header http.Header
	Body   []byte
}

// call sends a request; a body that is not nil goes as JSON.
func (w *world) call(who as, method, path string, body any, headers ...string) reply {
	w.t.Helper()
	var in io.Reader
	if body != nil {
		text, err := json.Marshal(body)
		must(w.t, err)
		in = bytes.NewReader(text)
	}
	return w.send(who, method, path, in, headers...)
}

// send sends a body as it is; one that is not nil is said to be JSON.
func (w *world) send(who as, method, path string, in io.Reader, headers ...string) reply {
	w.t.Helper()
	req, err := http.NewRequestWithContext(w.t.Context(), method, w.url+path, in)
	must(w.t, err)
	for k, v := range who {
		req.Header[k] = v
	}
	if in != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	res, err := http.DefaultClient.Do(req)
	must(w.t, err)
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	must(w.t, err)
	return reply{t: w.t, Status: res.StatusCode, Header: res.Header, Body: text}
}

// want fails unless the status is this one.
func (r reply) want(status int) reply {
	r.t.Helper()
	if r.Status != status {
		r.t.Fatalf("HTTP %d, want %d: %s", r.Status, status, r.Body)
	}
	return r
}

// into decodes the body.
func (r reply) into(v any) {
	r.t.Helper()
	if err := json.Unmarshal(r.Body, v); err != nil {
		r.t.Fatalf("decoding %s: %v", r.Body, err)
	}
}

// problem is a decoded refusal.
func (r reply) problem(status int, reason string) native.Problem {
	r.t.Helper()
	r.want(status)
	if ct := r.Header.Get("Content-Type"); ct != "application/problem+json" {
		r.t.Errorf("the refusal is %s", ct)
	}
	var p native.Problem
	r.into(&p)
	if p.Reason != reason {
		r.t.Errorf("reason is %q, want %q: %s", p.Reason, reason, r.Body)
	}
	return p
}
