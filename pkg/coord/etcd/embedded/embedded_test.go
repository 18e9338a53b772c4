package embedded_test

import (
	"log/slog"
	"path/filepath"
	"testing"

	"github.com/porpoise-scheduler/porpoise/pkg/coord"
	"github.com/porpoise-scheduler/porpoise/pkg/coord/etcd/embedded"
)

func TestStartsTwiceOnTheSameDirectory(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "etcd")
	for range 2 {
		s, err := embedded.Start(t.Context(), dir, slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		c := s.Coordinator()
		if err := c.Healthy(t.Context()); err != nil {
			t.Fatal(err)
		}
		if list := c.Servers(t.Context()); len(list) != 1 || !list[0].Up || list[0].Mode != coord.Leader || list[0].Addr != "" || list[0].Version == "" {
			t.Fatalf("the servers are %+v", list)
		}
		if _, err := c.Register(t.Context(), coord.Member{ID: "a", Role: coord.Worker}, 0); err != nil {
			t.Fatal(err)
		}
		if ms := <-c.Watch(t.Context(), coord.Worker); len(ms) != 1 {
			t.Fatalf("got %v", ms)
		}
		if err := c.Close(); err != nil {
			t.Fatal(err)
		}
		s.Close()
	}
}
