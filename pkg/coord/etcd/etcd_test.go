package etcd_test

import (
	"context"
	"errors"
	"log/slog"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"
	"go.uber.org/goleak"
	"go.uber.org/zap"

	"github.com/porpoise-scheduler/porpoise/pkg/coord"
	"github.com/porpoise-scheduler/porpoise/pkg/coord/coordtest"
	"github.com/porpoise-scheduler/porpoise/pkg/coord/etcd"
	"github.com/porpoise-scheduler/porpoise/test/services"
)

// backend is an etcd of a test's own.
type backend struct {
	server *services.EtcdServer
	dir    string
}

func start(t *testing.T) backend {
	t.Helper()
	dir := t.TempDir()
	server, err := services.StartEtcd(dir)
	if errors.Is(err, exec.ErrNotFound) {
		t.Skip(err, "(make test installs it)")
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { server.Stop() })
	return backend{server, dir}
}

func (b backend) Coordinator(t *testing.T) coord.Coordinator {
	c, err := etcd.Open(etcd.Config{Endpoints: []string{b.server.Endpoint}, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

func (b backend) client(t *testing.T) *clientv3.Client {
	t.Helper()
	client, err := clientv3.New(clientv3.Config{Endpoints: []string{b.server.Endpoint}, Logger: zap.NewNop()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { client.Close() })
	return client
}

func (b backend) Expire(t *testing.T, role coord.Role, id string) {
	client := b.client(t)
	key := "/porpoise/members/" + string(role) + "/" + url.PathEscape(id)
	response, err := client.Get(t.Context(), key)
	if err != nil || len(response.Kvs) != 1 {
		t.Fatalf("reading %s: %v, %v", key, response, err)
	}
	if _, err := client.Revoke(t.Context(), clientv3.LeaseID(response.Kvs[0].Lease)); err != nil {
		t.Fatal(err)
	}
}

func (b backend) Cut(t *testing.T) {
	if err := b.server.Kill(); err != nil {
		t.Fatal(err)
	}
}

func (b backend) Heal(t *testing.T) {
	if err := b.server.Start(); err != nil {
		t.Fatal(err)
	}
}

func TestSuite(t *testing.T) {
	coordtest.Run(t, func(t *testing.T) coordtest.Backend { return start(t) })
}

// TestDeadProcessDisappears gives a member a lease and stops renewing it, as a
// killed process would.
func TestDeadProcessDisappears(t *testing.T) {
	b := start(t)
	dying := b.client(t)
	c := etcd.New(dying, "", slog.New(slog.DiscardHandler))
	began := time.Now()
	if _, err := c.Register(t.Context(), coord.Member{ID: "a", Incarnation: "1", Role: coord.Worker}, time.Millisecond); err != nil {
		t.Fatal(err)
	}
	views := b.Coordinator(t).Watch(t.Context(), coord.Worker)
	if ms := <-views; len(ms) != 1 {
		t.Fatalf("got %v", ms)
	}
	if err := dying.Close(); err != nil {
		t.Fatal(err)
	}
	if ms := <-views; len(ms) != 0 {
		t.Fatalf("got %v", ms)
	}
	if age := time.Since(began); age < etcd.MinTTL {
		t.Errorf("gone after %v: the lease was shorter than %v", age, etcd.MinTTL)
	}
}

// TestWipedEtcd replaces etcd by an empty one, whose revisions begin again.
func TestWipedEtcd(t *testing.T) {
	b := start(t)
	c := b.Coordinator(t)
	r, err := c.Register(t.Context(), coord.Member{ID: "a", Incarnation: "1", Role: coord.Master}, etcd.MinTTL)
	if err != nil {
		t.Fatal(err)
	}
	views := c.Watch(t.Context(), coord.Master)
	if ms := <-views; len(ms) != 1 {
		t.Fatalf("got %v", ms)
	}
	for range 50 { // so that the old revisions are ahead of the new ones
		if _, err := b.client(t).Put(t.Context(), "/elsewhere", "x"); err != nil {
			t.Fatal(err)
		}
	}
	b.Cut(t)
	if err := os.RemoveAll(filepath.Join(b.dir, "etcd")); err != nil {
		t.Fatal(err)
	}
	b.Heal(t)
	select {
	case <-r.Lost():
	case <-time.After(2 * time.Minute):
		t.Fatal("nobody noticed")
	}
	joined, err := b.Coordinator(t).Register(t.Context(), coord.Member{ID: "b", Incarnation: "1", Role: coord.Master}, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer joined.Close()
	for ms := range views {
		if len(ms) == 2 {
			return
		}
	}
	t.Fatal("the watch ended")
}

func TestRegisterWaitsForEtcd(t *testing.T) {
	b := start(t)
	b.Cut(t)
	c := b.Coordinator(t)
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	if _, err := c.Register(ctx, coord.Member{ID: "a", Role: coord.Master}, 0); !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("got %v", err)
	}
	done := make(chan error, 1)
	go func() {
		_, err := c.Register(t.Context(), coord.Member{ID: "a", Role: coord.Master}, 0)
		done <- err
	}()
	b.Heal(t)
	if err := <-done; err != nil {
		t.Fatal(err)
	}
}

// TestServersOfACluster takes the servers of a cluster away one by one: each is
// still told, with its state.
func TestServersOfACluster(t *testing.T) {
	names := []string{"a", "b", "c"}
	cluster, err := services.StartEtcdCluster(t.TempDir(), names...)
	if errors.Is(err, exec.ErrNotFound) {
		t.Skip(err, "(make test installs it)")
	}
	if err != nil {
		t.Fatal(err)
	}
	var endpoints []string
	for _, s := range cluster {
		t.Cleanup(func() { s.Kill() })
		endpoints = append(endpoints, s.Endpoint)
	}
	c, err := etcd.Open(etcd.Config{Endpoints: endpoints, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	for down := range len(names) + 1 {
		// A slow machine may take long over an answer; that is asked again.
		asTold := func() bool { return told(c.Servers(t.Context()), cluster, names, down) }
		for deadline := time.Now().Add(3 * time.Minute); !asTold(); {
			if time.Now().After(deadline) {
				t.Fatalf("with %d down the servers are told as %+v", down, c.Servers(t.Context()))
			}
		}
		if down < len(names) {
			if err := cluster[down].Kill(); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// told says whether the list shows a cluster whose first members are down.
func told(list []coord.Server, cluster []*services.EtcdServer, names []string, down int) bool {
	modes := map[coord.ServerMode]int{}
	for i, s := range list {
		if s.Name != names[i] || "http://"+s.Addr != cluster[i].Endpoint || s.Up != (i >= down) || s.Up != (s.Version != "") {
			return false
		}
		modes[s.Mode]++
	}
	return len(list) == len(names) && (down > 0 || modes[coord.Leader] == 1 && modes[coord.Follower] == 2)
}

func TestNothingLeaks(t *testing.T) {
	b := start(t)
	before := goleak.IgnoreCurrent()
	c, err := etcd.Open(etcd.Config{Endpoints: []string{b.server.Endpoint}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Register(t.Context(), coord.Member{ID: "a", Role: coord.Master}, 0); err != nil {
		t.Fatal(err)
	}
	<-c.Watch(t.Context(), coord.Master)
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	goleak.VerifyNone(t, before)
}
