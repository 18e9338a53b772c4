package services

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"sync"
	"testing"
)

// sharedPG is the one PostgreSQL server of a test process, reached through
// Postgres alone.
var sharedPG sharedPostgres

type sharedPostgres struct {
	mu        sync.Mutex
	server    *PostgresServer
	reaper    io.Closer // closing it, or our death, removes the directory
	databases int
}

// PostgresDatabase is a database of a running server. Its user is
// PostgresUser.
type PostgresDatabase struct {
	Addr string // host:port
	Name string
}

// Postgres gives a fresh, empty database, which is dropped when the test ends.
// The server behind it is shared by the tests of the process.
func Postgres(t testing.TB) PostgresDatabase {
	t.Helper()
	server, name, err := sharedPG.next()
	if errors.Is(err, exec.ErrNotFound) {
		t.Skip(err, "(make test installs it)")
	}
	if err != nil {
		t.Fatal(err)
	}
	if err := server.Exec(t.Context(), "CREATE DATABASE "+name); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Exec(context.Background(), "DROP DATABASE IF EXISTS "+name+" WITH (FORCE)"); err != nil {
			t.Error(err)
		}
	})
	return PostgresDatabase{Addr: server.Addr, Name: name}
}

// next gives the server, started if need be, and an unused database name.
func (s *sharedPostgres) next() (*PostgresServer, string, error) {
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

func (s *sharedPostgres) start() error {
	dir, err := os.MkdirTemp("", "porpoise-postgres-")
	if err != nil {
		return err
	}
	if s.reaper, err = reap(dir); err != nil {
		return errors.Join(err, os.RemoveAll(dir))
	}
	server, err := StartPostgres(dir)
	if err != nil {
		return errors.Join(err, s.reaper.Close())
	}
	s.server = server
	return nil
}
