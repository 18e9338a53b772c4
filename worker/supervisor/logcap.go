package supervisor

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

const (
	// capPage is the unit of what is dropped; the marker fills one page.
	capPage = 4096
	// capLook is how often the sizes of limited logs are looked at.
	capLook = time.Second
)

// logCap keeps a log near its limit by giving the blocks of its middle back to
// the file system: the offsets of what is left do not change, and the attempt
// that writes notices nothing. The dropped part begins with a page that says
// how much it is.
type logCap struct {
	path  string
	limit int64

	mu      sync.Mutex
	tail    int64 // where the kept end begins, once something was dropped
	refused bool  // the file system cannot do it
}

// head is where the kept beginning ends.
func (c *logCap) head() int64 { return c.limit / 2 / capPage * capPage }

// finish applies the limit a last time; a nil receiver has none.
func (c *logCap) finish(log *slog.Logger) {
	if c != nil {
		c.apply(log)
	}
}

func (c *logCap) apply(log *slog.Logger) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.refused {
		return
	}
	if err := c.punch(); err != nil {
		c.refused = errors.Is(err, unix.EOPNOTSUPP)
		log.Warn("limiting a log", "path", c.path, "error", err)
	}
}

func (c *logCap) punch() error {
	f, err := os.OpenFile(c.path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	defer f.Close()
	st, err := f.Stat()
	if err != nil {
		return err
	}
	head := c.head()
	tail := (st.Size() - (c.limit - head)) / capPage * capPage
	from := max(c.tail, head+capPage)
	if tail < head+2*capPage || tail <= from {
		return nil
	}
	if err := unix.Fallocate(int(f.Fd()), unix.FALLOC_FL_PUNCH_HOLE|unix.FALLOC_FL_KEEP_SIZE, from, tail-from); err != nil {
		return fmt.Errorf("dropping the middle of a log: %w", err)
	}
	c.tail = tail
	_, err = f.WriteAt(capMarker(tail-head), head)
	return err
}

// capMarker is a page that stands for n dropped bytes.
func capMarker(n int64) []byte {
	page := make([]byte, capPage)
	for i := range page {
		page[i] = ' '
	}
	copy(page, fmt.Sprintf("\n[WARN] porpoise: %d bytes of this log were dropped, it is over its limit", n))
	page[capPage-1] = '\n'
	return page
}

// logCaps looks after the limited logs of running attempts.
type logCaps struct {
	log *slog.Logger

	mu   sync.Mutex
	caps map[*logCap]bool
	wake chan struct{}
}

func newLogCaps(log *slog.Logger) *logCaps {
	return &logCaps{log: log, caps: map[*logCap]bool{}, wake: make(chan struct{}, 1)}
}

// add begins to limit a log; it gives nil for no limit. Limits too small to
// keep a page at either end are raised.
func (l *logCaps) add(path string, limit int64) *logCap {
	if limit <= 0 {
		return nil
	}
	c := &logCap{path: path, limit: max(limit, 4*capPage)}
	l.mu.Lock()
	l.caps[c] = true
	l.mu.Unlock()
	select {
	case l.wake <- struct{}{}:
	default:
	}
	return c
}

func (l *logCaps) remove(c *logCap) {
	if c == nil {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.caps, c)
}

func (l *logCaps) list() []*logCap {
	l.mu.Lock()
	defer l.mu.Unlock()
	list := make([]*logCap, 0, len(l.caps))
	for c := range l.caps {
		list = append(list, c)
	}
	return list
}

// run looks once a second while there are limited logs.
func (l *logCaps) run(ctx context.Context) {
	for {
		caps := l.list()
		if len(caps) == 0 {
			select {
			case <-ctx.Done():
				return
			case <-l.wake:
			}
			continue
		}
		for _, c := range caps {
			c.apply(l.log)
		}
		if !wait(ctx, capLook) {
			return
		}
	}
}
