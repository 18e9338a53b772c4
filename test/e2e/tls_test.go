package e2e

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/porpoise-scheduler/porpoise/pkg/rpc/rpctest"
	"github.com/porpoise-scheduler/porpoise/test/client"
	"github.com/porpoise-scheduler/porpoise/test/cluster"
)

// TestTLSAndShippedLogs runs roles that show each other certificates, and
// reads a log after its worker is gone.
func TestTLSAndShippedLogs(t *testing.T) {
	authority, store := rpctest.NewAuthority(t), filepath.Join(t.TempDir(), "logs")
	args := func(serial int64, more ...string) []string {
		files := authority.Issue(t, serial)
		return append([]string{"--tls-cert", files.Cert, "--tls-key", files.Key, "--tls-ca", files.CA}, more...)
	}
	s := begin(t, cluster.Config{
		APIs: 1, Masters: 1, Workers: 1,
		APIArgs:    args(1, "--log-store", store),
		MasterArgs: args(2),
		WorkerArgs: args(3, "--log-store", store),
	})
	id := s.publish("secured", client.Shell("say", "echo over a safe line"))
	i := s.ends(s.start(id).ID, client.Success)
	s.logHas(i.ID, "say", "over a safe line")

	s.awaitFile(filepath.Join(store, "logs", "*.log"))
	s.ok(s.c.Workers[0].Kill())
	s.logHas(i.ID, "say", "over a safe line")
}

// awaitFile waits until a file matches the pattern.
func (s *story) awaitFile(pattern string) {
	s.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	deadline := time.After(patience)
	for {
		found, err := filepath.Glob(pattern)
		s.ok(err)
		if len(found) > 0 {
			return
		}
		select {
		case <-tick.C:
		case <-deadline:
			s.Fatalf("nothing matches %s", pattern)
		}
	}
}
