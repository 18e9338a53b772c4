package rescache

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// shop is a source that counts, and that fails or waits when told.
type shop struct {
	mu      sync.Mutex
	fetched map[string]int
	goods   map[string]string
	wait    chan struct{} // nil: none
}

func newShop(goods ...string) *shop {
	s := &shop{fetched: map[string]int{}, goods: map[string]string{}}
	for _, g := range goods {
		s.goods["key of "+g] = g
	}
	return s
}

func (s *shop) Get(ctx context.Context, key string, _, _ int64) (io.ReadCloser, error) {
	s.mu.Lock()
	s.fetched[key]++
	wait, g, ok := s.wait, s.goods[key], s.goods[key] != ""
	s.mu.Unlock()
	if wait != nil {
		select {
		case <-wait:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	if !ok {
		return nil, errors.New("sold out")
	}
	return io.NopCloser(strings.NewReader(g)), nil
}

func (s *shop) times(content string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.fetched["key of "+content]
}

func sum(content string) string {
	h := sha256.Sum256([]byte(content))
	return hex.EncodeToString(h[:])
}

func want(content string) Wanted {
	return Wanted{Key: "key of " + content, SHA256: sum(content), Size: int64(len(content))}
}

func open(t *testing.T, c Config, s Source) *Cache {
	t.Helper()
	cache, err := New(c, s, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cache.root.Close() })
	return cache
}

func read(t *testing.T, c *Cache, w Wanted) string {
	t.Helper()
	f, err := c.Open(t.Context(), w)
	if err != nil {
		t.Fatalf("%s: %v", w.Key, err)
	}
	defer f.Close()
	b, err := io.ReadAll(f)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func names(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	for _, e := range entries {
		list = append(list, e.Name())
	}
	return list
}

// TestManyAtOnce checks that many attempts that start together fetch a file
// once, and each reads all of it.
func TestManyAtOnce(t *testing.T) {
	big := strings.Repeat("porpoise", 100_000)
	s := newShop(big, "other")
	c := open(t, Config{Dir: t.TempDir()}, s)
	var all sync.WaitGroup
	for i := range 50 {
		all.Go(func() {
			f, err := c.Open(t.Context(), want(big))
			if err != nil {
				t.Error(err)
				return
			}
			defer f.Close()
			if b, err := io.ReadAll(f); string(b) != big || err != nil {
				t.Errorf("reader %d got %d bytes, %v", i, len(b), err)
			}
		})
	}
	all.Wait()
	if n := s.times(big); n != 1 {
		t.Errorf("fetched %d times", n)
	}
	if read(t, c, want("other")) != "other" || len(c.turns) != 0 {
		t.Errorf("%d turns are left", len(c.turns))
	}
}

// TestWhoGivesUpLeavesTheTurn checks that a killed attempt neither fails nor
// holds up another that waits for the same file.
func TestWhoGivesUpLeavesTheTurn(t *testing.T) {
	s := newShop("x")
	s.wait = make(chan struct{})
	c := open(t, Config{Dir: t.TempDir()}, s)
	killed := errors.New("killed")
	ctx, kill := context.WithCancelCause(t.Context())
	first := make(chan error, 1)
	go func() {
		_, err := c.Open(ctx, want("x"))
		first <- err
	}()
	second := make(chan string, 1)
	go func() { second <- read(t, c, want("x")) }()
	kill(killed)
	if err := <-first; err == nil {
		t.Error("a killed attempt got its file")
	}
	close(s.wait)
	if got := <-second; got != "x" {
		t.Errorf("%q", got)
	}
	if left := names(t, c.root.Name()); len(left) != 1 || c.total != 1 {
		t.Errorf("left %v, %d bytes counted", left, c.total)
	}
}

// TestWrongContent checks that what came wrong is not kept, and that what went
// wrong in the folder is noticed.
func TestWrongContent(t *testing.T) {
	s := newShop("right")
	dir := t.TempDir()
	c := open(t, Config{Dir: dir}, s)
	for name, w := range map[string]Wanted{
		"checksum":    {Key: "key of right", SHA256: sum("wrong"), Size: 5},
		"shorter":     {Key: "key of right", SHA256: sum("right"), Size: 4},
		"longer":      {Key: "key of right", SHA256: sum("right"), Size: 6},
		"not there":   {Key: "none", SHA256: sum("none"), Size: 4},
		"no checksum": {Key: "key of right", Size: 5},
		"a path":      {Key: "key of right", SHA256: "../../../../../../../../../../../../../../../../../../../../../../x", Size: 5},
	} {
		if f, err := c.Open(t.Context(), w); err == nil {
			_ = f.Close()
			t.Errorf("%s: it was given out", name)
		}
	}
	if left := names(t, dir); len(left) != 0 || c.total != 0 {
		t.Fatalf("left %v, %d bytes counted", left, c.total)
	}
	spoil := func(how string, f func(path string) error) {
		t.Helper()
		before := s.times("right")
		if read(t, c, want("right")) != "right" {
			t.Fatal("wrong at first")
		}
		if err := f(filepath.Join(dir, sum("right"))); err != nil {
			t.Fatal(err)
		}
		if got := read(t, c, want("right")); got != "right" {
			t.Errorf("%s: %q was given out", how, got)
		}
		if c.total != 5 {
			t.Errorf("%s: %d bytes counted", how, c.total)
		}
		if s.times("right") <= before {
			t.Errorf("%s: it was not fetched again", how)
		}
	}
	spoil("overwritten", func(path string) error {
		if err := os.Chmod(path, 0o600); err != nil {
			return err
		}
		stamp := time.Now().Add(-time.Hour)
		return errors.Join(os.WriteFile(path, []byte("wrong"), 0o600), os.Chtimes(path, stamp, stamp))
	})
	spoil("shortened", func(path string) error { return os.Truncate(path, 2) })
	spoil("removed", os.Remove)
	c = open(t, Config{Dir: dir}, s)
	if err := os.WriteFile(filepath.Join(dir, sum("right")), []byte("wrong"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := read(t, c, want("right")); got != "right" {
		t.Errorf("%q after a restart", got)
	}
}

// TestLeftovers checks what a new life makes of what an older one left.
func TestLeftovers(t *testing.T) {
	s := newShop("kept")
	dir := t.TempDir()
	if got := read(t, open(t, Config{Dir: dir}, s), want("kept")); got != "kept" {
		t.Fatal(got)
	}
	for _, name := range []string{incoming + "1", "stranger"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("half"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	c := open(t, Config{Dir: dir}, s)
	if got := strings.Join(names(t, dir), " "); got != sum("kept")+" stranger" || c.total != 4 {
		t.Errorf("%s is there, %d bytes counted", got, c.total)
	}
	if got := read(t, c, want("kept")); got != "kept" || s.times("kept") != 1 {
		t.Errorf("%q, fetched %d times", got, s.times("kept"))
	}
	if st, err := os.Stat(dir); err != nil || st.Mode().Perm() != 0o700 {
		t.Errorf("%v %v: others may look in", st.Mode(), err)
	}
}

// TestEviction checks that the least recently used go first, that readers are
// not disturbed, and that age counts.
func TestEviction(t *testing.T) {
	a, b, d := strings.Repeat("a", 40), strings.Repeat("b", 40), strings.Repeat("d", 40)
	large := strings.Repeat("l", 101)
	s := newShop(a, b, d, large)
	dir := t.TempDir()
	c := open(t, Config{Dir: dir, Limit: 100, MaxAge: time.Hour}, s)
	now := time.Now()
	c.now = func() time.Time { now = now.Add(time.Second); return now }
	read(t, c, want(a))
	reader, err := c.Open(t.Context(), want(b))
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	read(t, c, want(a))
	read(t, c, want(d)) // b has to go
	if _, err := os.Stat(filepath.Join(dir, sum(b))); err == nil || len(names(t, dir)) != 2 || c.total != 80 {
		t.Errorf("%v are there, %d bytes counted", names(t, dir), c.total)
	}
	if got, err := io.ReadAll(reader); string(got) != b || err != nil {
		t.Errorf("a reader of the evicted file got %q, %v", got, err)
	}
	if got := read(t, c, want(large)); got != large || len(names(t, dir)) != 2 {
		t.Errorf("the large one: %d bytes, then %v are there", len(got), names(t, dir))
	}
	now = now.Add(2 * time.Hour)
	c.Sweep()
	if left := names(t, dir); len(left) != 0 || c.total != 0 {
		t.Errorf("old %v is there, %d bytes counted", left, c.total)
	}
}

// TestPressure uses a cache that is too small by many goroutines.
func TestPressure(t *testing.T) {
	var goods []string
	for i := range 20 {
		goods = append(goods, strings.Repeat(fmt.Sprintf("%02d", i), 1000))
	}
	c := open(t, Config{Dir: t.TempDir(), Limit: 5000}, newShop(goods...))
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			for n := range 100 {
				g := goods[(i*7+n*3)%len(goods)]
				if got := read(t, c, want(g)); got != g {
					t.Errorf("%.4s... instead of %.4s...", got, g)
				}
			}
		})
	}
	all.Wait()
	c.Sweep()
	if c.total > 5000 || c.total != int64(2000*len(c.files)) || len(names(t, c.root.Name())) != len(c.files) {
		t.Errorf("%d bytes counted, %d files known, %v there", c.total, len(c.files), names(t, c.root.Name()))
	}
}

// TestUnused checks that what nobody used since a moment is counted, and goes
// only if it is to.
func TestUnused(t *testing.T) {
	s := newShop("old", "used again", "new")
	c := open(t, Config{Dir: t.TempDir()}, s)
	now := time.Now()
	c.now = func() time.Time { return now }
	read(t, c, want("old"))
	read(t, c, want("used again"))
	now = now.Add(time.Hour)
	read(t, c, want("used again"))
	read(t, c, want("new"))
	for i, expect := range []string{"1 3 3", "1 3 2", "0 0 2"} {
		files, bytes := c.Unused(now.Add(-time.Minute), i > 0)
		if got := fmt.Sprint(files, bytes, len(names(t, c.root.Name()))); got != expect {
			t.Errorf("%s, want %s", got, expect)
		}
	}
	if c.total != int64(len("used again")+len("new")) {
		t.Errorf("%d bytes counted", c.total)
	}
}
