package yarn_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/porpoise-scheduler/porpoise/pkg/netguard"
	"github.com/porpoise-scheduler/porpoise/pkg/task"
	"github.com/porpoise-scheduler/porpoise/pkg/yarn"
	"github.com/porpoise-scheduler/porpoise/pkg/yarn/yarntest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const one = "application_1700000000000_0001"

func client(t *testing.T, timeout time.Duration, addresses ...string) *yarn.Client {
	t.Helper()
	c, err := yarn.New(yarn.Config{Addresses: addresses, Timeout: timeout, Guard: netguard.New(netguard.Config{AllowLoopback: true})})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func TestStates(t *testing.T) {
	cluster := yarntest.New(t)
	c := client(t, 0, cluster.Manager(nil).URL+"/")
	began := time.UnixMilli(1700000001000)
	for _, s := range []struct {
		state, final string
		over, ok     bool
		word         string
	}{
		{"ACCEPTED", "UNDEFINED", false, false, "ACCEPTED"}, {"RUNNING", "UNDEFINED", false, false, "RUNNING"},
		{"FINISHED", "SUCCEEDED", true, true, "FINISHED"}, {"FINISHED", "FAILED", true, false, "FAILED"},
		{"FINISHED", "KILLED", true, false, "KILLED"}, {"FAILED", "FAILED", true, false, "FAILED"}, {"KILLED", "KILLED", true, false, "KILLED"},
	} {
		cluster.Run(one, began)
		cluster.End(one, s.state, s.final, " why \n")
		a, err := c.Application(t.Context(), "alice", one)
		if err != nil || a.ID != one || a.Over != s.over || a.OK != s.ok || a.State != s.word || !a.Started.Equal(began) {
			t.Errorf("%+v: %+v %v", s, a, err)
		}
		if !a.OK && a.Reason != "why" {
			t.Errorf("%+v: reason %q", s, a.Reason)
		}
	}
	if !cluster.AskedBy("alice") {
		t.Error("asked in nobody's name")
	}
}

func TestKill(t *testing.T) {
	cluster := yarntest.New(t)
	c := client(t, 0, cluster.Manager(nil).URL)
	if err := c.Kill(t.Context(), "", one); !errors.Is(err, task.ErrNoApplication) {
		t.Errorf("one that does not exist: %v", err)
	}
	cluster.Run(one, time.Now())
	if err := c.Kill(t.Context(), "", one); err != nil {
		t.Fatal(err)
	}
	if a, err := c.Application(t.Context(), "", one); err != nil || !a.Over || a.OK || a.State != "KILLED" {
		t.Errorf("%+v %v", a, err)
	}
	if !slices.Equal(cluster.Killed(), []string{one}) {
		t.Errorf("killed %v", cluster.Killed())
	}
}

func TestFailOver(t *testing.T) {
	cluster := yarntest.New(t)
	cluster.Run(one, time.Now())
	var second atomic.Bool
	a := cluster.Manager(func() bool { return !second.Load() })
	b := cluster.Manager(second.Load)
	c := client(t, 0, "http://127.0.0.1:1", a.URL, b.URL) // nobody listens there
	for _, active := range []bool{false, true, true, false} {
		second.Store(active)
		if _, err := c.Application(t.Context(), "", one); err != nil {
			t.Errorf("second active: %v: %v", active, err)
		}
	}
	second.Store(true)
	if err := c.Kill(t.Context(), "", one); err != nil {
		t.Error(err)
	}
	b.Close()
	_, err := c.Application(t.Context(), "", one)
	if err == nil || errors.Is(err, task.ErrNoApplication) || !strings.Contains(err.Error(), "standby") {
		t.Errorf("nobody is active: %v", err)
	}
}

func TestOldStandbyAndWrongAnswers(t *testing.T) {
	for name, c := range map[string]struct {
		answer http.HandlerFunc
		want   string
	}{
		"a standby's page": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Refresh", "3; url=http://elsewhere.example/")
		}, "standby"},
		"a broken server":   {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(503) }, "503"},
		"a denial":          {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(401) }, "401"},
		"somebody else":     {http.NotFound, "404"},
		"no JSON":           {func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte("<html>")) }, "does not tell"},
		"another's state":   {func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte(`{"app":{"id":"x","state":"FINISHED"}}`)) }, "does not tell"},
		"an endless answer": {func(w http.ResponseWriter, _ *http.Request) { w.Write(make([]byte, 2<<20)) }, "does not tell"},
	} {
		t.Run(name, func(t *testing.T) {
			s := httptest.NewServer(c.answer)
			defer s.Close()
			_, err := client(t, 0, s.URL).Application(t.Context(), "", one)
			if err == nil || errors.Is(err, task.ErrNoApplication) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v, want %q", err, c.want)
			}
		})
	}
}

func TestTimeLimits(t *testing.T) {
	release := make(chan struct{})
	silent := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-release }))
	defer silent.Close()
	defer close(release)
	if _, err := client(t, 50*time.Millisecond, silent.URL).Application(t.Context(), "", one); err == nil {
		t.Error("an answer out of silence")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := client(t, 0, silent.URL, silent.URL).Application(ctx, "", one); !errors.Is(err, context.Canceled) {
		t.Errorf("after cancelling: %v", err)
	}
}

func TestGuardAndAddresses(t *testing.T) {
	cluster := yarntest.New(t)
	c, err := yarn.New(yarn.Config{Addresses: []string{cluster.Manager(nil).URL}, Guard: netguard.New(netguard.Config{})})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	_, err = c.Application(t.Context(), "", one)
	if _, refused := netguard.Refused(err); !refused {
		t.Errorf("loopback without leave: %v", err)
	}
	for _, bad := range []string{"", "host:8088", "ftp://h", "http://", "http://u:p@h", "http://h?x=1", "http://h#f", "http://%zz"} {
		if c, err := yarn.New(yarn.Config{Addresses: []string{bad}, Guard: netguard.New(netguard.Config{})}); err == nil {
			c.Close()
			t.Errorf("%q is taken", bad)
		}
	}
}
