package logs

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/cenkalti/backoff/v5"
)

// Target keeps finished logs.
type Target interface {
	// Put stores size bytes of r, or all of r with a negative size.
	Put(ctx context.Context, key string, r io.Reader, size int64) error
}

// KeyPrefix begins the keys of all logs in the target.
const KeyPrefix = "logs/"

// Key names an attempt's log in the target.
func Key(attempt int64) string { return fmt.Sprintf("%s%d.log", KeyPrefix, attempt) }

// AttemptOf is the inverse of Key; false for what it does not give.
func AttemptOf(key string) (int64, bool) {
	name, ok := strings.CutSuffix(strings.TrimPrefix(key, KeyPrefix), ".log")
	id, err := strconv.ParseInt(name, 10, 64)
	return id, ok && err == nil && Key(id) == key
}

// shipper copies finished logs to the target. What is still to be shipped is
// marked by empty files, so that it survives a restart.
type shipper struct {
	store   *Store
	target  Target
	pending string // folder of the marks

	mu    sync.Mutex
	queue []int64
	wake  chan struct{}
}

func newShipper(s *Store, target Target) (*shipper, error) {
	sh := &shipper{store: s, target: target, pending: filepath.Join(s.dir, "pending"), wake: make(chan struct{}, 1)}
	if err := os.MkdirAll(sh.pending, 0o700); err != nil {
		return nil, err
	}
	marks, err := os.ReadDir(sh.pending)
	if err != nil {
		return nil, err
	}
	for _, m := range marks {
		if id, err := strconv.ParseInt(m.Name(), 10, 64); err == nil {
			sh.push(id)
		}
	}
	return sh, nil
}

func (sh *shipper) mark(attempt int64) string {
	return filepath.Join(sh.pending, strconv.FormatInt(attempt, 10))
}

func (sh *shipper) add(attempt int64) {
	if err := os.WriteFile(sh.mark(attempt), nil, 0o600); err != nil {
		sh.store.log.Warn("marking a log for shipping", "attempt", attempt, "error", err)
	}
	sh.push(attempt)
}

func (sh *shipper) push(attempt int64) {
	sh.mu.Lock()
	sh.queue = append(sh.queue, attempt)
	sh.mu.Unlock()
	select {
	case sh.wake <- struct{}{}:
	default:
	}
}

func (sh *shipper) take() (int64, bool) {
	sh.mu.Lock()
	defer sh.mu.Unlock()
	if len(sh.queue) == 0 {
		return 0, false
	}
	id := sh.queue[0]
	sh.queue = sh.queue[1:]
	return id, true
}

// Run ships finished logs until ctx ends. Without a target there is nothing to
// do.
func (s *Store) Run(ctx context.Context) {
	if s.ship == nil {
		return
	}
	for ctx.Err() == nil {
		attempt, ok := s.ship.take()
		if !ok {
			select {
			case <-ctx.Done():
			case <-s.ship.wake:
			}
			continue
		}
		s.ship.deliver(ctx, attempt)
	}
}

// deliver tries until the target takes the log: it may be away for long.
func (sh *shipper) deliver(ctx context.Context, attempt int64) {
	wait := backoff.NewExponentialBackOff()
	wait.MaxInterval = time.Minute
	_, err := backoff.Retry(ctx, func() (struct{}, error) {
		return struct{}{}, sh.put(ctx, attempt)
	}, backoff.WithBackOff(wait), backoff.WithMaxElapsedTime(0), backoff.WithNotify(func(err error, d time.Duration) {
		sh.store.log.Warn("shipping a log", "attempt", attempt, "again in", d, "error", err)
	}))
	if err != nil {
		return // the worker ends; the mark stays
	}
	if err := os.Remove(sh.mark(attempt)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		sh.store.log.Warn("unmarking a shipped log", "attempt", attempt, "error", err)
	}
}

func (sh *shipper) put(ctx context.Context, attempt int64) error {
	f, err := os.Open(sh.store.Path(attempt))
	if errors.Is(err, fs.ErrNotExist) {
		return nil // removed meanwhile
	}
	if err != nil {
		return err
	}
	defer f.Close()
	body := &sparse{f: f}
	size, holes, err := body.extent()
	if err != nil {
		return err
	}
	if holes {
		size = -1
	}
	return sh.target.Put(ctx, Key(attempt), body, size)
}
