package doctor_test

import (
	"bytes"
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/porpoise-scheduler/porpoise/cmd/porpoise/internal/doctor"
)

func look(t *testing.T, c doctor.Check) doctor.Finding {
	t.Helper()
	found := doctor.Examine(t.Context(), []doctor.Check{c})
	if len(found) != 1 {
		t.Fatalf("%s found %+v", c.Name, found)
	}
	if f := found[0]; (f.Status == doctor.Warn || f.Status == doctor.Fail) && f.Do == "" {
		t.Errorf("%s says %q and not what to do", f.Check, f.Found)
	}
	return found[0]
}

func TestKeyFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "secret.key")
	if f := look(t, doctor.Key(file, false)); f.Status != doctor.Note {
		t.Errorf("no file: %+v", f)
	}
	if f := look(t, doctor.Key(file, true)); f.Status != doctor.Warn {
		t.Errorf("no file in a cluster: %+v", f)
	}
	if err := os.WriteFile(file, []byte("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="), 0o600); err != nil {
		t.Fatal(err)
	}
	if f := look(t, doctor.Key(file, true)); f.Status != doctor.OK {
		t.Errorf("a good file: %+v", f)
	}
	if err := os.Chmod(file, 0o644); err != nil {
		t.Fatal(err)
	}
	if f := look(t, doctor.Key(file, true)); f.Status != doctor.Fail || !strings.Contains(f.Do, "chmod 600") {
		t.Errorf("a file all may read: %+v", f)
	}
}

func TestPort(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	taken := l.Addr().String()
	if f := look(t, doctor.Port("port", taken, false)); f.Status != doctor.Fail {
		t.Errorf("taken: %+v", f)
	}
	if f := look(t, doctor.Port("port", taken, true)); f.Status != doctor.OK {
		t.Errorf("taken by the server: %+v", f)
	}
	if f := look(t, doctor.Port("port", "127.0.0.1:0", false)); f.Status != doctor.OK {
		t.Errorf("free: %+v", f)
	}
	if f := look(t, doctor.Port("port", "192.0.2.1:80", false)); f.Status != doctor.Fail {
		t.Errorf("of another machine: %+v", f)
	}
}

func TestDisk(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "not", "yet")
	if f := look(t, doctor.Sync(dir)); f.Status == doctor.Fail && !strings.Contains(f.Found, "safe after") {
		t.Errorf("%+v", f)
	}
	if f := look(t, doctor.Space("disk", dir)); f.Found == "" {
		t.Errorf("%+v", f)
	}
	left, err := os.ReadDir(filepath.Dir(filepath.Dir(dir)))
	if err != nil || len(left) != 0 {
		t.Errorf("%v is left, %v", left, err)
	}
}

func TestClocks(t *testing.T) {
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for _, test := range []struct {
		skew time.Duration
		want doctor.Status
	}{
		{0, doctor.OK}, {time.Second, doctor.OK}, {-3 * time.Second, doctor.Warn}, {time.Hour, doctor.Fail},
	} {
		if f := doctor.Skew("x", now.Add(test.skew), now, now.Add(20*time.Millisecond), 0); f.Status != test.want {
			t.Errorf("%v: %+v", test.skew, f)
		}
	}
	// An answer that took long says little.
	if f := doctor.Skew("x", now.Add(10*time.Second), now, now.Add(20*time.Second), 0); f.Status != doctor.OK {
		t.Errorf("%+v", f)
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Date", time.Now().Add(-time.Minute).UTC().Format(http.TimeFormat))
	}))
	defer server.Close()
	if f, err := doctor.EtcdClock(t.Context(), server.URL); err != nil || f.Status != doctor.Fail {
		t.Errorf("%+v, %v", f, err)
	}
}

func TestContainment(t *testing.T) {
	for mode, want := range map[string]doctor.Status{"cgroup": doctor.OK, "namespace": doctor.Note, "group": doctor.Warn} {
		f := look(t, doctor.Containment(func() (string, error, error) { return mode, errors.New("no rights"), nil }))
		if f.Status != want || want != doctor.OK && !strings.Contains(f.Found+f.Do, "no rights") {
			t.Errorf("%s: %+v", mode, f)
		}
	}
	if f := look(t, doctor.Containment(func() (string, error, error) { return "", nil, errors.New("unknown") })); f.Status != doctor.Fail {
		t.Errorf("%+v", f)
	}
}

func TestTenants(t *testing.T) {
	judge := doctor.Tenant{MinUID: 1 << 30, Default: ""}
	if f := judge.Judge("no-such-user-here"); f.Status != doctor.Warn || !strings.Contains(f.Do, "useradd") {
		t.Errorf("%+v", f)
	}
	if f := judge.Judge("root"); f.Status != doctor.Warn {
		t.Errorf("%+v", f)
	}
	if f := judge.Judge("default"); f.Status != doctor.Note {
		t.Errorf("%+v", f)
	}
}

func TestPrograms(t *testing.T) {
	home := t.TempDir()
	if err := os.MkdirAll(filepath.Join(home, "bin"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(home, "bin", "tool"), []byte("#!/bin/sh\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("TOOL_HOME", home)
	found := doctor.Examine(t.Context(), []doctor.Check{doctor.Programs([]doctor.Program{
		{Name: "sh", Required: true}, {Name: "tool", Homes: []string{"TOOL_HOME"}},
		{Name: "no-such-program", Kinds: "X"}, {Name: "no-such-program", Required: true},
	})})
	var got []doctor.Status
	for _, f := range found {
		got = append(got, f.Status)
	}
	want := []doctor.Status{doctor.OK, doctor.OK, doctor.Note, doctor.Fail}
	for i := range want {
		if got[i] != want[i] {
			t.Fatalf("got %v, want %v", got, want)
		}
	}
	if !doctor.Failed(found) || doctor.Failed(found[:3]) {
		t.Error("a failure is what must be mended")
	}
	var text, json bytes.Buffer
	if err := errors.Join(doctor.WriteText(&text, found), doctor.WriteJSON(&json, found)); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(text.String(), "-> install no-such-program") || !strings.Contains(json.String(), `"healthy": false`) {
		t.Errorf("%s\n%s", text.String(), json.String())
	}
}

func TestChecksAreBounded(t *testing.T) {
	var limited bool
	doctor.Examine(t.Context(), []doctor.Check{{Name: "x", Look: func(ctx context.Context) []doctor.Finding {
		_, limited = ctx.Deadline()
		return nil
	}}})
	if !limited {
		t.Error("a check may hang for ever")
	}
}
