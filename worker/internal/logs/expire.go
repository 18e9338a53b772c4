package logs

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// lookEvery is how often old logs are looked for.
const lookEvery = time.Hour

// RunRetention removes logs that were last written to longer than age ago,
// until ctx ends. It begins once it is known which attempts run. With an age of
// 0 there is nothing to do.
func (s *Store) RunRetention(ctx context.Context, age time.Duration) {
	if age <= 0 {
		return
	}
	select {
	case <-ctx.Done():
		return
	case <-s.recovered:
	}
	look := time.NewTicker(min(lookEvery, age))
	defer look.Stop()
	for {
		if n, err := s.Expire(ctx, time.Now().Add(-age)); err != nil && ctx.Err() == nil {
			s.log.Warn("removing old logs", "error", err)
		} else if n > 0 {
			s.log.Info("removed old logs", "count", n)
		}
		select {
		case <-ctx.Done():
			return
		case <-look.C:
		}
	}
}

// Expire removes the logs that were last written to before a moment, and gives
// their number. Those of running attempts stay, and those that are still to be
// shipped.
func (s *Store) Expire(ctx context.Context, before time.Time) (n int, err error) {
	folders, err := os.ReadDir(s.dir)
	if err != nil {
		return 0, err
	}
	var errs []error
	for _, f := range folders {
		if _, err := strconv.ParseInt(f.Name(), 10, 64); err != nil || !f.IsDir() {
			continue
		}
		if ctx.Err() != nil {
			break
		}
		removed, err := s.expireFolder(filepath.Join(s.dir, f.Name()), before)
		n += removed
		errs = append(errs, err)
	}
	return n, errors.Join(append(errs, ctx.Err())...)
}

// expireFolder also removes a folder that has been empty for so long: new logs
// go elsewhere.
func (s *Store) expireFolder(dir string, before time.Time) (n int, err error) {
	empty := false
	if info, err := os.Stat(dir); err == nil {
		empty = info.ModTime().Before(before)
	}
	files, err := os.ReadDir(dir)
	if err != nil {
		return 0, err
	}
	for _, f := range files {
		removed, err := s.expireLog(dir, f, before)
		if err != nil {
			return n, err
		}
		if removed {
			n++
		} else {
			empty = false
		}
	}
	if empty && n == 0 {
		return 0, os.Remove(dir)
	}
	return n, nil
}

func (s *Store) expireLog(dir string, f fs.DirEntry, before time.Time) (bool, error) {
	name, ok := strings.CutSuffix(f.Name(), ".log")
	attempt, err := strconv.ParseInt(name, 10, 64)
	if !ok || err != nil {
		return false, nil // none of ours
	}
	info, err := f.Info()
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil || !info.ModTime().Before(before) || s.needed(attempt) {
		return false, err
	}
	if err := os.Remove(filepath.Join(dir, f.Name())); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return false, err
	}
	return true, nil
}

// needed reports a log that is being written, or still to be shipped.
func (s *Store) needed(attempt int64) bool {
	s.mu.Lock()
	_, live := s.live[attempt]
	s.mu.Unlock()
	if live || s.ship == nil {
		return live
	}
	_, err := os.Stat(s.ship.mark(attempt))
	return !errors.Is(err, fs.ErrNotExist)
}
