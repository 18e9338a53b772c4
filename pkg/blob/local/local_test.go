package local

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/porpoise-scheduler/porpoise/pkg/blob"
	"github.com/porpoise-scheduler/porpoise/pkg/blob/blobtest"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

func newStore(t *testing.T, dir string) *Store {
	t.Helper()
	s, err := New(dir)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestSuite(t *testing.T) {
	blobtest.Run(t, func(t *testing.T) blob.Store { return newStore(t, filepath.Join(t.TempDir(), "made", "here")) })
}

func TestLinksDoNotLeadOut(t *testing.T) {
	dir, outside := t.TempDir(), t.TempDir()
	if err := os.WriteFile(filepath.Join(outside, "secret"), []byte("canary"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(outside, filepath.Join(dir, "link")); err != nil {
		t.Fatal(err)
	}
	s := newStore(t, dir)
	defer func() { _ = s.Close() }()
	if r, err := s.Get(t.Context(), "link/secret", 0, 0); err == nil {
		_ = r.Close()
		t.Error("read through a link")
	}
	if err := s.Put(t.Context(), "link/new", strings.NewReader("v"), 1); err == nil {
		t.Error("wrote through a link")
	}
	for info, err := range s.List(t.Context(), "") {
		t.Errorf("listed %v %v", info, err)
	}
	if entries, _ := os.ReadDir(outside); len(entries) != 1 {
		t.Errorf("outside: %v", entries)
	}
}

func TestOtherFilesAreNoBlobs(t *testing.T) {
	dir := t.TempDir()
	if err := syscall.Mkfifo(filepath.Join(dir, "fifo"), 0o600); err != nil {
		t.Skip(err)
	}
	s := newStore(t, dir)
	defer func() { _ = s.Close() }()
	if _, err := s.Get(t.Context(), "fifo", 0, 0); workflow.ErrorCode(err) != workflow.NotFound {
		t.Errorf("got %v", err)
	}
}

func TestKeysAboveAndBelow(t *testing.T) {
	s := newStore(t, t.TempDir())
	defer func() { _ = s.Close() }()
	for _, key := range []string{"a", "b/c"} {
		if err := s.Put(t.Context(), key, strings.NewReader("v"), 1); err != nil {
			t.Fatal(err)
		}
	}
	for _, key := range []string{"a/below", "b"} {
		if err := s.Put(t.Context(), key, strings.NewReader("v"), 1); workflow.ErrorCode(err) != workflow.Conflict {
			t.Errorf("%s: %v", key, err)
		}
	}
}

func TestUnfinishedFilesAreSwept(t *testing.T) {
	dir := t.TempDir()
	folder := filepath.Join(dir, blob.Reserved)
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	old, young := filepath.Join(folder, "old"), filepath.Join(folder, "young")
	for _, path := range []string{old, young} {
		if err := os.WriteFile(path, []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	past := time.Now().Add(-2 * abandoned)
	if err := os.Chtimes(old, past, past); err != nil {
		t.Fatal(err)
	}
	s := newStore(t, dir)
	defer func() { _ = s.Close() }()
	if _, err := os.Stat(old); !os.IsNotExist(err) {
		t.Errorf("the old one: %v", err)
	}
	if _, err := os.Stat(young); err != nil {
		t.Errorf("the young one: %v", err)
	}
}

func TestNothingUnfinishedStays(t *testing.T) {
	dir := t.TempDir()
	s := newStore(t, dir)
	defer func() { _ = s.Close() }()
	if err := s.Put(t.Context(), "k", strings.NewReader("v"), 1); err != nil {
		t.Fatal(err)
	}
	if err := s.Put(t.Context(), "k", strings.NewReader("v"), 2); err == nil {
		t.Error("a short reader is fine")
	}
	if left, _ := os.ReadDir(filepath.Join(dir, blob.Reserved)); len(left) != 0 {
		t.Errorf("left: %v", left)
	}
}

func FuzzKeys(f *testing.F) {
	for _, key := range []string{"a/b", "../x", "/etc/passwd", "a\x00", ".incoming/x", "a/./b", "link/x", strings.Repeat("é", 150)} {
		f.Add(key)
	}
	parent := f.TempDir()
	dir := filepath.Join(parent, "store")
	s, err := New(dir)
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { _ = s.Close() })
	f.Fuzz(func(t *testing.T, key string) {
		put := s.Put(t.Context(), key, strings.NewReader("v"), 1)
		if (put == nil) != (blob.CheckKey(key) == nil) && workflow.ErrorCode(put) != workflow.Conflict {
			t.Fatalf("%q: %v", key, put)
		}
		if entries, err := os.ReadDir(parent); err != nil || len(entries) != 1 {
			t.Fatalf("%q: outside are %v %v", key, entries, err)
		}
		if put == nil {
			if err := s.Delete(t.Context(), key); err != nil {
				t.Fatalf("%q: %v", key, err)
			}
		}
	})
}

// TestRootWritesForTheOwner: a worker that is root shares the folder with a
// server that is not, whoever came first.
func TestRootWritesForTheOwner(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can give files away")
	}
	const server = 12345
	dir := t.TempDir()
	if err := os.Chown(dir, server, server); err != nil {
		t.Fatal(err)
	}
	s := newStore(t, dir)
	defer func() { _ = s.Close() }()
	if err := s.Put(t.Context(), "a/b/c", strings.NewReader("x"), 1); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{blob.Reserved, "a", "a/b", "a/b/c"} {
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if owner := info.Sys().(*syscall.Stat_t); owner.Uid != server || owner.Gid != server {
			t.Errorf("%s belongs to %d:%d", name, owner.Uid, owner.Gid)
		}
	}
}
