package workdir

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/porpoise-scheduler/porpoise/worker/internal/rescache"
)

type memory map[string]string

func (m memory) Get(_ context.Context, key string, _, _ int64) (io.ReadCloser, error) {
	s, ok := m[key]
	if !ok {
		return nil, errors.New("no such key")
	}
	return io.NopCloser(strings.NewReader(s)), nil
}

func sum(s string) string {
	h := sha256.Sum256([]byte(s))
	return hex.EncodeToString(h[:])
}

func newDirs(t *testing.T, keep bool) *Dirs {
	t.Helper()
	quiet := slog.New(slog.DiscardHandler)
	cache, err := rescache.New(rescache.Config{Dir: filepath.Join(t.TempDir(), "cache")}, memory{"k": "hello"}, quiet)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		cache.Run(ctx) // closes it
	})
	d, err := New(filepath.Join(t.TempDir(), "work"), keep, cache, quiet)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestFillWritesForTheTenant(t *testing.T) {
	d := newDirs(t, false)
	o := Owner{UID: -1}
	if os.Getuid() == 0 {
		o = Owner{UID: 65534, GID: 65534}
	}
	path, err := d.Make(7, o)
	if err != nil {
		t.Fatal(err)
	}
	err = d.Fill(context.Background(), 7, o,
		[]File{{Name: "run.sh", Data: []byte("x"), Mode: 0o700}},
		[]Resource{{Name: "/lib/a/b.txt", Key: "k", SHA256: sum("hello"), Size: 5}})
	if err != nil {
		t.Fatal(err)
	}
	for name, mode := range map[string]os.FileMode{".": 0o700, "run.sh": 0o700, "lib": 0o700, "lib/a/b.txt": 0o500} {
		st, err := os.Stat(filepath.Join(path, name))
		if err != nil {
			t.Fatal(err)
		}
		if st.Mode().Perm() != mode {
			t.Errorf("%s: mode %v", name, st.Mode())
		}
		if uid := int(st.Sys().(*syscall.Stat_t).Uid); o.UID >= 0 && uid != o.UID {
			t.Errorf("%s belongs to %d", name, uid)
		}
	}
	if b, _ := os.ReadFile(filepath.Join(path, "lib/a/b.txt")); !bytes.Equal(b, []byte("hello")) {
		t.Errorf("content %q", b)
	}
}

func TestFillRefuses(t *testing.T) {
	d := newDirs(t, false)
	path, err := d.Make(1, Owner{UID: -1})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("/tmp", filepath.Join(path, "link")); err != nil {
		t.Fatal(err)
	}
	for name, r := range map[string]Resource{
		"parent":    {Name: "../x", Key: "k", SHA256: sum("hello"), Size: 5},
		"hidden":    {Name: "a/../../x", Key: "k", SHA256: sum("hello"), Size: 5},
		"link":      {Name: "link/x", Key: "k", SHA256: sum("hello"), Size: 5},
		"checksum":  {Name: "x", Key: "k", SHA256: sum("other"), Size: 5},
		"size":      {Name: "x", Key: "k", SHA256: sum("hello"), Size: 4},
		"not there": {Name: "x", Key: "none", SHA256: sum("none"), Size: 4},
		"unchecked": {Name: "x", Key: "k", Size: 5},
		"empty":     {Name: "", Key: "k", SHA256: sum("hello"), Size: 5},
	} {
		if err := d.Fill(context.Background(), 1, Owner{UID: -1}, nil, []Resource{r}); err == nil {
			t.Errorf("%s was accepted", name)
		}
	}
	clash := []Resource{{Name: "run.sh", Key: "k", SHA256: sum("hello"), Size: 5}}
	if err := d.Fill(context.Background(), 1, Owner{UID: -1}, []File{{Name: "run.sh"}}, clash); err == nil {
		t.Error("a file took the place of a resource")
	}
	for _, name := range []string{"", "a/b", "../x"} {
		if err := d.Fill(context.Background(), 1, Owner{UID: -1}, []File{{Name: name}}, nil); err == nil {
			t.Errorf("file %q was accepted", name)
		}
	}
}

func TestRemoveAndSweep(t *testing.T) {
	d := newDirs(t, false)
	for _, id := range []int64{1, 2, 3} {
		if _, err := d.Make(id, Owner{UID: -1}); err != nil {
			t.Fatal(err)
		}
	}
	d.Remove(1)
	if err := d.Sweep(func(id int64) bool { return id == 2 }); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	d.Run(ctx)
	left, _ := filepath.Glob(filepath.Join(d.root, "[0-9]*"))
	if len(left) != 1 || filepath.Base(left[0]) != "2" {
		t.Errorf("left %v", left)
	}
}

func TestOnlyUntouchedEmptyDirectoriesAreUsedAgain(t *testing.T) {
	inode := func(path string) uint64 {
		st, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		return st.Sys().(*syscall.Stat_t).Ino
	}
	for name, c := range map[string]struct {
		touch func(path string) error
		again bool
	}{
		"empty":     {func(string) error { return nil }, true},
		"a file":    {func(p string) error { return os.WriteFile(filepath.Join(p, ".hidden"), nil, 0o600) }, false},
		"rights":    {func(p string) error { return os.Chmod(p, 0o755) }, false},
		"attribute": {func(p string) error { return syscall.Setxattr(p, "user.x", []byte("1"), 0) }, false},
		"a link":    {func(p string) error { return errors.Join(os.Remove(p), os.Symlink("/tmp", p)) }, false},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDirs(t, false)
			path, err := d.Make(1, Owner{UID: -1})
			if err != nil {
				t.Fatal(err)
			}
			if err := c.touch(path); err != nil {
				t.Skip(err)
			}
			before := inode(path)
			// As long as it is open, nothing else gets the number of its inode.
			held, err := os.Open(path)
			if err != nil {
				t.Fatal(err)
			}
			defer held.Close()
			d.Remove(1)
			d.empty()
			if _, err := os.Lstat(path); err == nil {
				t.Fatal("it is still there")
			}
			next, err := d.Make(2, Owner{UID: -1})
			if err != nil {
				t.Fatal(err)
			}
			if again := inode(next) == before; again != c.again {
				t.Errorf("used again: %v", again)
			}
			if left, _ := os.ReadDir(next); len(left) > 0 {
				t.Errorf("it is not empty: %v", left)
			}
		})
	}
}

func TestSparesAreNotSharedAmongTenants(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("needs root to give directories away")
	}
	d := newDirs(t, false)
	if _, err := d.Make(1, Owner{UID: 1000, GID: 1000}); err != nil {
		t.Fatal(err)
	}
	d.Remove(1)
	d.empty()
	path, err := d.Make(2, Owner{UID: 65534, GID: 65534})
	if err != nil {
		t.Fatal(err)
	}
	if st, _ := os.Stat(path); st.Sys().(*syscall.Stat_t).Uid != 65534 {
		t.Error("it belongs to another tenant")
	}
	if len(d.spare.free[Owner{UID: 1000, GID: 1000}]) != 1 {
		t.Error("the spare is gone")
	}
}

func TestASpareReplacesWhatWasLeft(t *testing.T) {
	for name, leave := range map[string]func(path string) error{
		"empty":  func(p string) error { return os.Mkdir(p, 0o755) },
		"filled": func(p string) error { return os.MkdirAll(filepath.Join(p, "a", "b"), 0o755) },
		"a file": func(p string) error { return os.WriteFile(p, nil, 0o600) },
		"a link": func(p string) error { return os.Symlink("/tmp", p) },
	} {
		t.Run(name, func(t *testing.T) {
			d := newDirs(t, false)
			if _, err := d.Make(1, Owner{UID: -1}); err != nil {
				t.Fatal(err)
			}
			d.Remove(1)
			d.empty()
			if err := leave(d.Path(2)); err != nil {
				t.Fatal(err)
			}
			path, err := d.Make(2, Owner{UID: -1})
			if err != nil {
				t.Fatal(err)
			}
			st, err := os.Lstat(path)
			if err != nil || st.Mode() != 0o700|os.ModeDir {
				t.Errorf("%v, %v", st, err)
			}
			if left, _ := os.ReadDir(path); len(left) > 0 {
				t.Errorf("it is not empty: %v", left)
			}
		})
	}
}
