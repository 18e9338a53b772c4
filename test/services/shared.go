package services

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"sync"
	"syscall"
	"testing"
)

// shared is the one MariaDB server of a test process: starting one takes
// longer than most tests. It holds the only state of the package and is
// reached through MariaDB alone.
var shared sharedMariaDB

type sharedMariaDB struct {
	mu        sync.Mutex
	server    *MariaDBServer
	reaper    io.Closer // closing it, or our death, removes the directory
	databases int
}

// MariaDB gives the URL of a fresh, empty database, which is dropped when the
// test ends. The server behind it is shared by the tests of the process.
func MariaDB(t testing.TB) string {
	t.Helper()
	server, name, err := shared.next()
	if errors.Is(err, exec.ErrNotFound) {
		t.Skip(err, "(make test installs it)")
	}
	if err != nil {
		t.Fatal(err)
	}
	url, err := server.CreateDatabase(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.DropDatabase(context.Background(), name); err != nil {
			t.Error(err)
		}
	})
	return url
}

// Etcd gives the endpoints of an etcd of the test's own, which ends with it.
func Etcd(t testing.TB) []string {
	t.Helper()
	server, err := StartEtcd(t.TempDir())
	if errors.Is(err, exec.ErrNotFound) {
		t.Skip(err, "(make test installs it)")
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Stop(); err != nil {
			t.Error(err)
		}
	})
	return []string{server.Endpoint}
}

// next gives the server, started if need be, and an unused database name.
func (s *sharedMariaDB) next() (*MariaDBServer, string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.server == nil {
		if err := s.start(); err != nil {
			return nil, "", err
		}
	}
	s.databases++
	return s.server, fmt.Sprintf("test_%d", s.databases), nil
}

func (s *sharedMariaDB) start() error {
	dir, err := os.MkdirTemp("", "porpoise-mariadb-")
	if err != nil {
		return err
	}
	if s.reaper, err = reap(dir); err != nil {
		return errors.Join(err, os.RemoveAll(dir))
	}
	server, err := StartMariaDB(dir)
	if err != nil {
		return errors.Join(err, s.reaper.Close())
	}
	s.server = server
	return nil
}

// reap starts a process that removes dir once the returned pipe is closed,
// which the kernel does when this program dies. The server may take a while to
// go, and makes files until then, hence the further tries.
func reap(dir string) (io.Closer, error) {
	const script = `cat >/dev/null; for i in 1 2 3 4 5 6 7 8 9; do rm -rf "$1" && break; sleep $i; done`
	cmd := exec.Command("/bin/sh", "-c", script, "reaper", dir)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	pipe, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	return pipe, cmd.Start()
}
