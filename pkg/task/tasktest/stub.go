package tasktest

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/porpoise-scheduler/porpoise/pkg/task"
)

// Stub is a stand-in for a program that a Commander starts: it records its
// arguments, then does what its script says.
type Stub struct {
	Home string // it is in bin below
	file string
}

// NewStub makes a program of that name. The script is for /bin/sh and sees the
// arguments; ${day} and the like are not known to it.
func NewStub(t *testing.T, name, script string) *Stub {
	t.Helper()
	s := &Stub{Home: t.TempDir()}
	s.file = filepath.Join(s.Home, "arguments")
	if err := os.Mkdir(filepath.Join(s.Home, "bin"), 0o755); err != nil {
		t.Fatal(err)
	}
	text := "#!/bin/sh\n: > '" + s.file + "'\nfor a; do printf '%s\\0' \"$a\" >> '" + s.file + "'; done\n" + script + "\n"
	if err := os.WriteFile(filepath.Join(s.Home, "bin", name), []byte(text), 0o755); err != nil {
		t.Fatal(err)
	}
	return s
}

// Arguments gives what the program was last started with.
func (s *Stub) Arguments(t *testing.T) []string {
	t.Helper()
	b, err := os.ReadFile(s.file)
	if err != nil {
		t.Fatalf("the program was not started: %v", err)
	}
	if len(b) == 0 {
		return nil
	}
	return strings.Split(strings.TrimSuffix(string(b), "\x00"), "\x00")
}

// RunOnce runs an attempt to its end, in a directory of its own, and gives
// that, the result and the log.
func RunOnce(t *testing.T, kind task.Kind, a Attempt) (dir string, r task.Result, log string) {
	t.Helper()
	l, _, wait := start(t, kind, a)
	r = wait(t)
	return l.dir, r, l.String()
}
