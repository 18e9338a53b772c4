package logs

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// lookAtMost bounds the files that one call of Ended looks at.
const lookAtMost = 5000

// EndedLog is a log that nobody needs here any more.
type EndedLog struct {
	Attempt int64
	Size    int64
	Written time.Time // last
}

// Ended gives logs that were last written to before a moment, in the order of
// their attempts, from behind after on and at most limit. Those of running
// attempts are left out, and those that are still to be shipped. It may give
// none although there are more: next is where to go on, 0 at the end.
func (s *Store) Ended(ctx context.Context, after int64, before time.Time, limit int) (list []EndedLog, next int64, err error) {
	folders, err := numbered(s.dir, "")
	if err != nil {
		return nil, 0, err
	}
	looked := 0
	for _, folder := range folders {
		if (folder+1)*1000 <= after {
			continue
		}
		dir := filepath.Join(s.dir, strconv.FormatInt(folder, 10))
		attempts, err := numbered(dir, ".log")
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return list, 0, err
		}
		for _, attempt := range attempts {
			if attempt <= after {
				continue
			}
			if looked++; looked > lookAtMost || len(list) == limit || ctx.Err() != nil {
				return list, after, ctx.Err()
			}
			after = attempt
			log, ok, err := s.old(attempt, before)
			if err != nil {
				return list, 0, err
			}
			if ok {
				list = append(list, log)
			}
		}
	}
	return list, 0, nil
}

// numbered lists what in a folder is named by a number and a suffix, in the
// order of the numbers.
func numbered(dir, suffix string) ([]int64, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var list []int64
	for _, e := range entries {
		name, ok := strings.CutSuffix(e.Name(), suffix)
		if n, err := strconv.ParseInt(name, 10, 64); ok && err == nil && e.IsDir() == (suffix == "") {
			list = append(list, n)
		}
	}
	slices.Sort(list)
	return list, nil
}

// old describes an attempt's log, if it was last written to before a moment and
// nobody needs it any more.
func (s *Store) old(attempt int64, before time.Time) (EndedLog, bool, error) {
	info, err := os.Stat(s.Path(attempt))
	if errors.Is(err, fs.ErrNotExist) {
		return EndedLog{}, false, nil
	}
	if err != nil || !info.ModTime().Before(before) || s.needed(attempt) {
		return EndedLog{}, false, err
	}
	return EndedLog{Attempt: attempt, Size: info.Size(), Written: info.ModTime()}, true, nil
}

// Remove removes logs of attempts, if they were last written to before a moment
// and nobody needs them, and gives those that it removed.
func (s *Store) Remove(ctx context.Context, attempts []int64, before time.Time) (gone []int64, err error) {
	for _, attempt := range attempts {
		if ctx.Err() != nil {
			return gone, ctx.Err()
		}
		_, ok, err := s.old(attempt, before)
		if err != nil {
			return gone, err
		}
		if !ok {
			continue
		}
		switch err := os.Remove(s.Path(attempt)); {
		case err == nil:
			gone = append(gone, attempt)
		case !errors.Is(err, fs.ErrNotExist):
			return gone, err
		}
	}
	return gone, nil
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
