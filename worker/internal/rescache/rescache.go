// Package rescache keeps files of the resource centre on the worker, by the
// hash of their content, so that attempts that use the same file fetch it once.
//
// What a caller gets is an open file. Taking a file out of the cache only
// removes its name, so whoever reads it goes on reading. Attempts get copies:
// nothing they can reach leads to the cached file, and the folder is shut to
// everybody but the worker's own user. A file that changed all the same is
// noticed and fetched again.
package rescache

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"regexp"
	"strings"
	"sync"
	"time"
)

// Source reads resources by key.
type Source interface {
	Get(ctx context.Context, key string, offset, limit int64) (io.ReadCloser, error)
}

// Config says how much is kept. Zero values have defaults.
type Config struct {
	Dir    string
	Limit  int64         // bytes; default 10 GiB
	MaxAge time.Duration // since the last use; default 30 days
}

// Wanted names a file.
type Wanted struct {
	Key    string // in the source
	SHA256 string // hex
	Size   int64
}

// Cache may be used by several goroutines.
type Cache struct {
	root   *os.Root
	source Source
	limit  int64
	maxAge time.Duration
	now    func() time.Time
	log    *slog.Logger

	mu    sync.Mutex
	files map[string]*kept
	total int64 // of files, and of those being fetched
	turns map[string]*turn
}

// kept is a file in the cache.
type kept struct {
	size int64
	used time.Time
	mark mark // when its content was last right; zero: not looked at in this life
}

// incoming begins the names of files that are being fetched.
const incoming = "incoming-"

var hash = regexp.MustCompile(`^[0-9a-f]{64}$`)

// New opens the cache in a folder, which is made if it is missing, and removes
// what an earlier life did not finish.
func New(c Config, source Source, log *slog.Logger) (*Cache, error) {
	if err := os.MkdirAll(c.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("making the resource cache: %w", err)
	}
	if err := os.Chmod(c.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("shutting the resource cache: %w", err)
	}
	root, err := os.OpenRoot(c.Dir)
	if err != nil {
		return nil, fmt.Errorf("opening the resource cache: %w", err)
	}
	cache := &Cache{
		root: root, source: source, log: log, now: time.Now,
		limit: cmp.Or(c.Limit, 10<<30), maxAge: cmp.Or(c.MaxAge, 30*24*time.Hour),
		files: map[string]*kept{}, turns: map[string]*turn{},
	}
	if err := cache.load(); err != nil {
		return nil, errors.Join(fmt.Errorf("reading the resource cache: %w", err), root.Close())
	}
	return cache, nil
}

// load takes up what is there. When it was last used is told by the file
// system, roughly.
func (c *Cache) load() error {
	entries, err := fs.ReadDir(c.root.FS(), ".")
	if err != nil {
		return err
	}
	for _, e := range entries {
		info, err := e.Info()
		switch {
		case err != nil:
			continue // gone
		case strings.HasPrefix(e.Name(), incoming):
			if err := c.root.Remove(e.Name()); err != nil {
				return err
			}
		case hash.MatchString(e.Name()) && info.Mode().IsRegular():
			c.files[e.Name()] = &kept{size: info.Size(), used: lastUse(info)}
			c.total += info.Size()
		}
	}
	c.Sweep()
	return nil
}

// Run removes what was not used for long, from time to time until ctx ends.
// Then the cache is closed.
func (c *Cache) Run(ctx context.Context) {
	tick := time.NewTicker(time.Hour)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			c.Sweep()
		case <-ctx.Done():
			if err := c.root.Close(); err != nil {
				c.log.Warn("closing the resource cache", "error", err)
			}
			return
		}
	}
}

// Sweep removes what was not used for long, and the least recently used files
// while there is more than the limit.
func (c *Cache) Sweep() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.unused(c.now().Add(-c.maxAge), true)
	c.shrink(c.limit)
}

// Unused counts the files that were last used before a moment, and removes them
// if it is to.
func (c *Cache) Unused(before time.Time, remove bool) (files int, bytes int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.unused(before, remove)
}

func (c *Cache) unused(before time.Time, remove bool) (files int, bytes int64) {
	for name, f := range c.files {
		if !f.used.Before(before) {
			continue
		}
		files, bytes = files+1, bytes+f.size
		if remove {
			c.evict(name)
		}
	}
	return files, bytes
}

// shrink evicts the least recently used files until the total is at most size.
func (c *Cache) shrink(size int64) {
	for c.total > size {
		least := ""
		for name, f := range c.files {
			if least == "" || f.used.Before(c.files[least].used) {
				least = name
			}
		}
		if least == "" {
			return // the rest is being fetched
		}
		c.evict(least)
	}
}

// evict forgets a file and removes its name.
func (c *Cache) evict(name string) {
	c.total -= c.files[name].size
	delete(c.files, name)
	if err := c.root.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
		c.log.Warn("removing a file of the resource cache", "file", name, "error", err)
	}
}

// Open gives a file's content, from the cache or, into the cache, from the
// source. The caller closes it, and only reads.
func (c *Cache) Open(ctx context.Context, w Wanted) (*os.File, error) {
	w.SHA256 = strings.ToLower(w.SHA256)
	if !hash.MatchString(w.SHA256) || w.Size < 0 {
		return nil, errors.New("it has no checksum")
	}
	release, err := c.take(ctx, w.SHA256)
	if err != nil {
		return nil, err
	}
	defer release()
	if f := c.hit(w); f != nil {
		return f, nil
	}
	return c.fetch(ctx, w)
}

// turn lets one goroutine at a time look for a file.
type turn struct {
	free  chan struct{} // size 1
	users int
}

// take waits for the turn of a hash. Who fetches holds it; if that fails or is
// given up, the next one tries.
func (c *Cache) take(ctx context.Context, name string) (release func(), err error) {
	c.mu.Lock()
	t := c.turns[name]
	if t == nil {
		t = &turn{free: make(chan struct{}, 1)}
		c.turns[name] = t
	}
	t.users++
	c.mu.Unlock()
	leave := func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		if t.users--; t.users == 0 {
			delete(c.turns, name)
		}
	}
	select {
	case t.free <- struct{}{}:
		return func() { <-t.free; leave() }, nil
	case <-ctx.Done():
		leave()
		return nil, context.Cause(ctx)
	}
}
