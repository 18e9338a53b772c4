package client_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/porpoise-scheduler/porpoise/cmd/porpoise/internal/client"
)

// serve starts a server and a client with a token for it.
func serve(t *testing.T, handle http.HandlerFunc) *client.Client {
	t.Helper()
	server := httptest.NewServer(handle)
	t.Cleanup(server.Close)
	c, err := client.New(client.Config{Server: server.URL, Token: "secret-token"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func TestAddresses(t *testing.T) {
	for given, want := range map[string]string{
		"host:12345":                             "http://host:12345",
		"http://host:12345/":                     "http://host:12345",
		"https://host/porpoise/api/v1/":          "https://host/porpoise",
		"http://host/dolphinscheduler":           "http://host",
		"http://host/dolphinscheduler/ui/#/home": "http://host",
	} {
		c, err := client.New(client.Config{Server: given})
		if err != nil || c.Server() != want {
			t.Errorf("%q: got %v, %v; want %q", given, c.Server(), err, want)
		}
	}
	for _, given := range []string{"ftp://host", "http://", "http://user:password@host"} {
		if _, err := client.New(client.Config{Server: given}); err == nil || strings.Contains(err.Error(), "password@") {
			t.Errorf("%q: %v", given, err)
		}
	}
}

func TestProblems(t *testing.T) {
	for _, test := range []struct {
		status int
		body   string
		want   string
	}{
		{422, `{"title":"Unprocessable Entity","detail":"the name is taken","reason":"x","errors":[{"message":"the name is taken","location":"body.name"}]}`, "name: the name is taken"},
		{422, `{"title":"x","detail":"validation failed","errors":[{"message":"expected length >= 1","location":"body.value"},{"message":"b","location":"query.limit"}]}`,
			"validation failed\n  value: expected length >= 1\n  limit: b"},
		{404, `{"title":"Not Found","detail":"there is no such project"}`, "there is no such project"},
		{401, `{"title":"Unauthorized","detail":"who are you?"}`, "not signed in: who are you?\nlog in with: porpoise ctl login (or set PORPOISE_TOKEN)"},
		{502, `<html>bad gateway</html>`, "502 Bad Gateway, and not by this API"},
	} {
		c := serve(t, func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(test.status)
			fmt.Fprint(w, test.body)
		})
		err := c.Get(t.Context(), "/x", nil, nil)
		var p *client.Problem
		if !errors.As(err, &p) || p.Status != test.status || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%d: got %q, want %q", test.status, err, test.want)
		}
	}
}

func TestUnreachable(t *testing.T) {
	c, err := client.New(client.Config{Server: "http://127.0.0.1:1"})
	if err != nil {
		t.Fatal(err)
	}
	var away *client.Unreachable
	if err := c.Get(t.Context(), "/x", nil, nil); !errors.As(err, &away) || !strings.Contains(err.Error(), "127.0.0.1:1 is not reached") {
		t.Errorf("got %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := c.Get(ctx, "/x", nil, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

// TestBrokenConnections: a change is sent again with the same key, so that the
// server can tell.
func TestBrokenConnections(t *testing.T) {
	var keys []string
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		keys = append(keys, r.Header.Get("Idempotency-Key"))
		if len(keys) < 3 {
			panic(http.ErrAbortHandler)
		}
		fmt.Fprint(w, `{}`)
	})
	if err := c.Post(t.Context(), "/x", map[string]string{}, nil); err != nil {
		t.Fatal(err)
	}
	if len(keys) != 3 || keys[0] == "" || keys[0] != keys[1] || keys[1] != keys[2] {
		t.Errorf("keys %q", keys)
	}
}

func TestRedirectsKeepTheToken(t *testing.T) {
	var leaked atomic.Bool
	other := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { leaked.Store(r.Header.Get("Authorization") != "") }))
	defer other.Close()
	c := serve(t, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, other.URL, http.StatusFound) })
	if err := c.Get(t.Context(), "/x", nil, nil); err == nil || leaked.Load() {
		t.Errorf("err %v, leaked %v", err, leaked.Load())
	}
}

func TestLoginSignsWhatFollows(t *testing.T) {
	ended := false
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.Method == http.MethodPost:
			http.SetCookie(w, &http.Cookie{Name: "porpoise_session", Value: "s1"})
			fmt.Fprint(w, `{"user":{"id":7,"name":"alice"},"csrfToken":"c1"}`)
		case r.Header.Get("Cookie") != "porpoise_session=s1" || r.Header.Get("X-CSRF-Token") != "c1" || r.Header.Get("Authorization") != "":
			w.WriteHeader(http.StatusForbidden)
		default:
			ended = r.Method == http.MethodDelete
			fmt.Fprint(w, `{}`)
		}
	})
	s, err := c.Login(t.Context(), "alice", "p")
	if err != nil || s.User.Name != "alice" {
		t.Fatalf("%+v, %v", s, err)
	}
	if err := errors.Join(c.Put(t.Context(), "/x", nil, nil), c.Logout(t.Context()), c.Logout(t.Context())); err != nil || !ended {
		t.Errorf("%v, ended %v", err, ended)
	}
}

func TestLists(t *testing.T) {
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Query().Get("cursor") {
		case "":
			fmt.Fprint(w, `{"items":[{"id":1},{"id":2}],"total":3,"next":"a"}`)
		case "a":
			fmt.Fprint(w, `{"items":[{"id":3}],"total":3}`)
		}
	})
	rows, total, err := c.List(t.Context(), "/x", nil, 0)
	if err != nil || len(rows) != 3 || total != 3 {
		t.Errorf("%s, %d, %v", rows, total, err)
	}
	if rows, total, err = c.List(t.Context(), "/x", nil, 1); err != nil || len(rows) != 1 || total != 3 {
		t.Errorf("%s, %d, %v", rows, total, err)
	}
}

// TestLogsHaveNoGapAndNoRepeat breaks the stream after every chunk.
func TestLogsHaveNoGapAndNoRepeat(t *testing.T) {
	const log = "one\ntwo\nthree\n"
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		var offset int
		fmt.Sscan(r.URL.Query().Get("offset"), &offset)
		w.Header().Set("Content-Type", "text/event-stream")
		fmt.Fprint(w, ": heartbeat\n\n")
		if offset == len(log) {
			fmt.Fprint(w, "event: end\ndata: {}\n\n")
			return
		}
		next := min(offset+5, len(log))
		data, err := json.Marshal(client.Chunk{Offset: int64(offset), Next: int64(next), Text: log[offset:next]})
		if err != nil {
			panic(err)
		}
		fmt.Fprintf(w, "event: chunk\ndata: %s\n\n", data)
		w.(http.Flusher).Flush()
		panic(http.ErrAbortHandler)
	})
	var got strings.Builder
	breaks := 0
	err := c.FollowLog(t.Context(), "p", 1, 0, func(chunk client.Chunk) error {
		got.WriteString(chunk.Text)
		return nil
	}, func(error) { breaks++ })
	if err != nil || got.String() != log || breaks == 0 {
		t.Errorf("%q after %d breaks, %v", got.String(), breaks, err)
	}
}

func TestFollowEndsWithARefusal(t *testing.T) {
	c := serve(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNotFound) })
	err := c.FollowLog(t.Context(), "p", 1, 0, func(client.Chunk) error { return nil }, func(error) {})
	if !client.NotFound(err) {
		t.Errorf("got %v", err)
	}
}

func TestRecords(t *testing.T) {
	var r client.Record
	if err := json.Unmarshal([]byte(`{"id":9007199254740993,"a":{"b":[1,"x"]},"n":null,"yes":true}`), &r); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{"id": "9007199254740993", "a.b": "1,x", "n": "", "none.at.all": "", "yes": "true", "a": `{"b":[1,"x"]}`} {
		if got := r.Text(path); got != want {
			t.Errorf("%s: got %q, want %q", path, got, want)
		}
	}
	if r.ID() != 9007199254740993 {
		t.Errorf("id %d", r.ID())
	}
}
