package rescache

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"syscall"
	"time"

	"github.com/google/uuid"
)

// mark tells a file from one that was written to since: nobody but root can
// set the time of the last change of a file's inode.
type mark struct {
	inode   uint64
	size    int64
	changed syscall.Timespec
}

func markOf(f *os.File) (mark, error) {
	info, err := f.Stat()
	if err != nil {
		return mark{}, err
	}
	sys, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return mark{}, errors.New("the file system tells too little")
	}
	return mark{inode: sys.Ino, size: sys.Size, changed: sys.Ctim}, nil
}

// lastUse is the later one of the times of writing and reading.
func lastUse(info fs.FileInfo) time.Time {
	used := info.ModTime()
	if sys, ok := info.Sys().(*syscall.Stat_t); ok {
		if read := time.Unix(sys.Atim.Unix()); read.After(used) {
			used = read
		}
	}
	return used
}

// hit opens a cached file; nil when there is none that is right. Its content
// is checked at its first use in this life of the worker, and when it changed.
func (c *Cache) hit(w Wanted) *os.File {
	c.mu.Lock()
	k := c.files[w.SHA256]
	if k == nil {
		c.mu.Unlock()
		return nil
	}
	k.used = c.now()
	known := k.mark
	c.mu.Unlock()
	f, err := c.root.Open(w.SHA256)
	if err == nil {
		var now mark
		if now, err = c.verify(f, w, known); err == nil {
			c.mu.Lock()
			k.mark = now
			c.mu.Unlock()
			return f
		}
		err = errors.Join(err, f.Close())
	}
	c.log.Warn("a file of the resource cache is not what it was; it is fetched again", "file", w.SHA256, "error", err)
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.files[w.SHA256] == k {
		c.evict(w.SHA256)
	}
	return nil
}

// verify reads a file unless it is known to be right.
func (c *Cache) verify(f *os.File, w Wanted, known mark) (mark, error) {
	now, err := markOf(f)
	if err != nil || (now == known && now.size == w.Size) {
		return now, err
	}
	sum := sha256.New()
	if _, err := io.Copy(sum, f); err != nil {
		return now, err
	}
	if got := hex.EncodeToString(sum.Sum(nil)); got != w.SHA256 || now.size != w.Size {
		return now, fmt.Errorf("it has %d bytes with the checksum %s", now.size, got)
	}
	_, err = f.Seek(0, io.SeekStart)
	return now, err
}

// fetch gets a file from the source. One that is larger than the whole cache
// is not kept.
func (c *Cache) fetch(ctx context.Context, w Wanted) (_ *os.File, err error) {
	keep := w.Size <= c.limit
	if keep {
		c.mu.Lock()
		c.shrink(c.limit - w.Size)
		c.total += w.Size
		c.mu.Unlock()
	}
	name := incoming + uuid.NewString()
	f, err := c.root.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o400)
	if err == nil {
		err = c.write(ctx, f, w)
	}
	if err == nil && keep {
		err = c.publish(f, name, w)
	}
	if err != nil || !keep {
		if gone := c.root.Remove(name); gone != nil && !errors.Is(gone, fs.ErrNotExist) {
			err = errors.Join(err, gone)
		}
	}
	if err == nil {
		return f, nil
	}
	if keep {
		c.mu.Lock()
		c.total -= w.Size
		c.mu.Unlock()
	}
	if f != nil {
		err = errors.Join(err, f.Close())
	}
	return nil, err
}

// write fills a file from the source, and compares what came with what was
// promised.
func (c *Cache) write(ctx context.Context, f *os.File, w Wanted) error {
	body, err := c.source.Get(ctx, w.Key, 0, 0)
	if err != nil {
		return err
	}
	defer body.Close()
	sum := sha256.New()
	n, err := io.Copy(io.MultiWriter(f, sum), io.LimitReader(body, w.Size+1))
	if err != nil {
		return err
	}
	if n > w.Size {
		return fmt.Errorf("more than the expected %d bytes came", w.Size)
	}
	if n < w.Size {
		return fmt.Errorf("%d bytes came, %d were expected", n, w.Size)
	}
	if got := hex.EncodeToString(sum.Sum(nil)); got != w.SHA256 {
		return fmt.Errorf("its checksum is %s, not %s: it was changed since the workflow read it", got, w.SHA256)
	}
	_, err = f.Seek(0, io.SeekStart)
	return err
}

// publish gives a finished file its name, once it is on disk: after a crash a
// file of that name is whole.
func (c *Cache) publish(f *os.File, name string, w Wanted) error {
	if err := f.Sync(); err != nil {
		return err
	}
	if err := c.root.Rename(name, w.SHA256); err != nil {
		return err
	}
	now, err := markOf(f)
	if err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.files[w.SHA256] = &kept{size: w.Size, used: c.now(), mark: now}
	return nil
}
