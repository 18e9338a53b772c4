package dolphin_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/porpoise-scheduler/porpoise/apiserver/internal/auth"
	"github.com/porpoise-scheduler/porpoise/apiserver/internal/rest/dolphin"
	"github.com/porpoise-scheduler/porpoise/apiserver/internal/rest/dolphin/status"
	"github.com/porpoise-scheduler/porpoise/apiserver/internal/usecase"
	"github.com/porpoise-scheduler/porpoise/pkg/blob"
	"github.com/porpoise-scheduler/porpoise/pkg/blob/local"
	"github.com/porpoise-scheduler/porpoise/pkg/coord"
	"github.com/porpoise-scheduler/porpoise/pkg/coord/memcoord"
	"github.com/porpoise-scheduler/porpoise/pkg/store"
	"github.com/porpoise-scheduler/porpoise/pkg/store/sqlstore"
	"github.com/porpoise-scheduler/porpoise/pkg/store/sqlstore/sqltest"
	"github.com/porpoise-scheduler/porpoise/pkg/task"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// world is a dialect over a real database and what tests look at.
type world struct {
	t     testing.TB
	store *store.Store
	coord *memcoord.Coordinator
	blobs blob.Store
	uc    *usecase.Service
	api   *dolphin.Dialect
	url   string
	admin string // an admin's token
	nudge *nudges
	now   func() time.Time
}

// nudges remembers which shards were nudged.
type nudges struct {
	mu     sync.Mutex
	shards []int
}

func (n *nudges) Nudge(shards ...int) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.shards = append(n.shards, shards...)
}

func (n *nudges) Epoch(int) int64 { return 0 }

func (n *nudges) Carry(c workflow.Command, _ int64) { n.Nudge(c.Shard) }

func (n *nudges) seen() []int {
	n.mu.Lock()
	defer n.mu.Unlock()
	return slices.Clone(n.shards)
}

// noLogs is a log reader without logs.
type noLogs struct{}

func (noLogs) Read(context.Context, string, int64, int64, int64, bool, io.Writer) error {
	return errors.New("no log")
}
func (noLogs) Size(context.Context, string, int64) (int64, error) { return 0, errors.New("no log") }

// anyKind is a task kind that takes every parameter.
type anyKind struct{ id workflow.Kind }

func (k anyKind) ID() workflow.Kind              { return k.id }
func (k anyKind) Validate(json.RawMessage) error { return nil }

// sealer seals nothing: it lets token values be read back.
type sealer struct{}

func (sealer) Seal(plain []byte, _ string) (string, error)  { return string(plain), nil }
func (sealer) Open(sealed string, _ string) ([]byte, error) { return []byte(sealed), nil }
func (sealer) Current(string) bool                          { return true }

func newWorld(t testing.TB) *world {
	t.Helper()
	return newWorldAt(t, time.Now)
}

func newWorldAt(t testing.TB, now func() time.Time) *world {
	t.Helper()
	s := sqltest.Open(t, sqlstore.Options{Sealer: sealer{}, Clock: now})
	w := &world{t: t, store: s, coord: memcoord.New().Coordinator(), nudge: &nudges{}, now: now}
	var err error
	if w.blobs, err = local.New(t.TempDir()); err != nil {
		t.Fatalf("opening the blob store: %v", err)
	}
	w.uc = &usecase.Service{
		Blobs: w.blobs,
		Store: s, Coord: w.coord, Nudge: w.nudge, Kinds: task.NewRegistry(anyKind{workflow.KindShell}), Logs: noLogs{},
		Auth: auth.New(auth.Config{}, s, now), Now: now, Log: slog.New(slog.NewTextHandler(io.Discard, nil)),
		Zone: time.UTC, Shards: store.Shards,
	}
	if w.api, err = dolphin.New(w.uc, dolphin.Config{}); err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(w.api.Handler())
	w.url = srv.URL + dolphin.Base
	t.Cleanup(func() {
		srv.Close()
		if err := errors.Join(w.coord.Close(), s.Database.Close(), w.blobs.Close()); err != nil {
			t.Errorf("closing: %v", err)
		}
	})
	w.admin = w.token(w.user("root", workflow.RoleAdmin).ID)
	return w
}

// user makes a user who cannot log in with a password.
func (w *world) user(name string, role workflow.Role) workflow.User {
	w.t.Helper()
	u := workflow.User{Name: name, Role: role, Email: name + "@example.org"}
	if err := w.store.Users.Create(w.t.Context(), &u); err != nil {
		w.t.Fatalf("creating user %s: %v", name, err)
	}
	return u
}

// token makes a token of a user that is valid for a day.
func (w *world) token(userID int64) string { return w.tokenUntil(userID, w.now().Add(24*time.Hour)) }

func (w *world) tokenUntil(userID int64, expires time.Time) string {
	w.t.Helper()
	t := workflow.Token{UserID: userID, Value: auth.RandomPassword(), ExpireTime: expires}
	if err := w.store.Tokens.Create(w.t.Context(), &t); err != nil {
		w.t.Fatalf("creating a token: %v", err)
	}
	return t.Value
}

func (w *world) project(name string, owner int64) workflow.Project {
	w.t.Helper()
	p := workflow.Project{Name: name, UserID: owner}
	if err := w.store.Projects.Create(w.t.Context(), &p); err != nil {
		w.t.Fatalf("creating project %s: %v", name, err)
	}
	return p
}

// worker registers a living worker.
func (w *world) worker(m coord.Member) {
	w.t.Helper()
	reg, err := w.coord.Register(w.t.Context(), m, time.Minute)
	if err != nil {
		w.t.Fatalf("registering a member: %v", err)
	}
	w.t.Cleanup(func() { _ = reg.Close() })
}

// reply is an answer, read.
type reply struct {
	HTTP   int
	Header http.Header
	Body   []byte
	Code   int
	Msg    string
	Data   json.RawMessage
}

// as is a caller: headers to send.
type as map[string]string

func token(value string) as { return as{"token": value} }

// call sends parameters in the query of a GET and the form of anything else. One
// whose name begins with @ is a file: its value is the file's name, a colon and
// the content.
func (w *world) call(who as, method, path string, params ...string) reply {
	w.t.Helper()
	if contentType, body := parts(params); contentType != "" {
		return w.send(who, method, path, contentType, body)
	}
	values := url.Values{}
	for i := 0; i+1 < len(params); i += 2 {
		values.Add(params[i], params[i+1])
	}
	if method == http.MethodGet || method == http.MethodDelete {
		return w.send(who, method, path+"?"+values.Encode(), "", "")
	}
	return w.send(who, method, path, "application/x-www-form-urlencoded", values.Encode())
}

// parts gives a multipart body of parameters with a file, in their order; none
// when there is no file.
func parts(params []string) (contentType, body string) {
	var b strings.Builder
	form := multipart.NewWriter(&b)
	files := 0
	for i := 0; i+1 < len(params); i += 2 {
		name, isFile := strings.CutPrefix(params[i], "@")
		if !isFile {
			_ = form.WriteField(name, params[i+1]) // a strings.Builder takes everything
			continue
		}
		files++
		fileName, content, _ := strings.Cut(params[i+1], ":")
		part, _ := form.CreateFormFile(name, fileName)
		_, _ = io.WriteString(part, content)
	}
	if files == 0 {
		return "", ""
	}
	_ = form.Close()
	return form.FormDataContentType(), b.String()
}

// get and post are calls of the admin.
func (w *world) get(path string, params ...string) reply {
	w.t.Helper()
	return w.call(token(w.admin), http.MethodGet, path, params...)
}

func (w *world) post(path string, params ...string) reply {
	w.t.Helper()
	return w.call(token(w.admin), http.MethodPost, path, params...)
}

// send sends a request as it is.
func (w *world) send(who as, method, path, contentType, body string) reply {
	w.t.Helper()
	req, err := http.NewRequestWithContext(w.t.Context(), method, w.url+path, strings.NewReader(body))
	if err != nil {
		w.t.Fatal(err)
	}
	if contentType != "" {
		req.Header.Set("Content-Type", contentType)
	}
	for name, value := range who {
		req.Header.Set(name, value)
	}
	res, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		w.t.Fatal(err)
	}
	defer res.Body.Close()
	r := reply{HTTP: res.StatusCode, Header: res.Header}
	if r.Body, err = io.ReadAll(res.Body); err != nil {
		w.t.Fatal(err)
	}
	r.decode()
	return r
}

// decode reads the body, if it is an envelope.
func (r *reply) decode() {
	var e struct {
		Code *int
		Msg  string
		Data json.RawMessage
	}
	r.Code = -1
	if json.Unmarshal(r.Body, &e) == nil && e.Code != nil {
		r.Code, r.Msg, r.Data = *e.Code, e.Msg, e.Data
	}
}

// is fails the test unless the answer has this constant's code.
func (r reply) is(t testing.TB, httpStatus int, c status.Constant) {
	t.Helper()
	if r.HTTP != httpStatus || r.Code != c.Code() {
		t.Errorf("answered HTTP %d, code %d %q (%s); want HTTP %d, code %d (%s)",
			r.HTTP, r.Code, r.Msg, r.Body, httpStatus, c.Code(), c)
	}
	if c != status.Success && string(r.Data) != "null" {
		t.Errorf("a refusal has data %s", r.Data)
	}
}

// into decodes the data of a success.
func into[T any](t testing.TB, r reply) T {
	t.Helper()
	var v T
	if r.Code != 0 {
		t.Fatalf("answered %s", r.Body)
	}
	if err := json.Unmarshal(r.Data, &v); err != nil {
		t.Fatalf("decoding %s: %v", r.Data, err)
	}
	return v
}
