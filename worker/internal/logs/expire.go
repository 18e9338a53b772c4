package logs

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"time"
)

const (
	// lookEvery is how often old logs are looked for.
	lookEvery = time.Hour
	// emptyFor is how long a folder has been empty when it goes: new logs go
	// elsewhere then.
	emptyFor = 24 * time.Hour
)

// RunRetention removes logs that were last written to longer than age ago (0:
// none), and folders that are empty, until ctx ends. It begins once it is known
// which attempts run.
func (s *Store) RunRetention(ctx context.Context, age time.Duration) {
	select {
	case <-ctx.Done():
		return
	case <-s.recovered:
	}
	every := lookEvery
	if age > 0 {
		every = min(every, age)
	}
	look := time.NewTicker(every)
	defer look.Stop()
	for {
		s.retain(ctx, age)
		select {
		case <-ctx.Done():
			return
		case <-look.C:
		}
	}
}

func (s *Store) retain(ctx context.Context, age time.Duration) {
	now, n := time.Now(), 0
	var err error
	if age > 0 {
		n, err = s.Expire(ctx, now.Add(-age))
	}
	err = errors.Join(err, s.dropEmpty(ctx, now.Add(-emptyFor)))
	if err != nil && ctx.Err() == nil {
		s.log.Warn("removing old logs", "error", err)
	}
	if n > 0 {
		s.log.Info("removed old logs", "count", n)
	}
}

// Expire removes the logs that were last written to before a moment, and gives
// their number. Those of running attempts stay, and those that are still to be
// shipped.
func (s *Store) Expire(ctx context.Context, before time.Time) (n int, err error) {
	for next := int64(-1); next != 0 && err == nil; {
		var page []EndedLog
		if page, next, err = s.Ended(ctx, max(next, 0), before, lookAtMost); err != nil {
			break
		}
		ids := make([]int64, len(page))
		for i, l := range page {
			ids[i] = l.Attempt
		}
		ids, err = s.Remove(ctx, ids, before)
		n += len(ids)
	}
	return n, err
}

// dropEmpty removes folders that have been empty since before a moment.
func (s *Store) dropEmpty(ctx context.Context, before time.Time) error {
	folders, err := numbered(s.dir, "")
	for _, n := range folders {
		if ctx.Err() != nil {
			break
		}
		dir := filepath.Join(s.dir, strconv.FormatInt(n, 10))
		info, statErr := os.Stat(dir)
		if statErr != nil || !info.ModTime().Before(before) {
			continue
		}
		if files, readErr := os.ReadDir(dir); readErr == nil && len(files) == 0 {
			err = errors.Join(err, s.dropFolder(n, dir))
		}
	}
	return err
}

// dropFolder also forgets that the folder is there: whoever comes makes it
// again.
func (s *Store) dropFolder(n int64, dir string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.folder == n {
		s.folder = -1
	}
	return os.Remove(dir)
}
