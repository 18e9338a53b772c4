package retention

import (
	"context"
	"fmt"
	"time"

	"github.com/porpoise-scheduler/porpoise/pkg/blob"
)

// lookup is how many logs are looked up together.
const lookup = 500

// shippedLog is a log in the store.
type shippedLog struct {
	attempt int64
	key     string
	at      time.Time
}

// sweepLogs looks through the log store for logs that are older than their
// projects keep them, and for those of attempts that are gone, and removes
// them if it is to. It gives their number.
func (s *Sweeper) sweepLogs(ctx context.Context, policies []Policy, remove bool) (n int, err error) {
	if s.deps.Logs.Store == nil {
		return 0, nil
	}
	days, now := logDays(policies), s.deps.Now()
	var page []shippedLog
	work := func() error {
		found, err := s.sweepPage(ctx, page, days, now, remove)
		n, page = n+found, page[:0]
		return err
	}
	for info, err := range s.deps.Logs.Store.List(ctx, s.deps.Logs.Prefix) {
		if err != nil {
			return n, fmt.Errorf("looking through the log store: %w", err)
		}
		if l, ok := s.old(info, now); ok {
			page = append(page, l)
		}
		if len(page) == lookup {
			if err := work(); err != nil {
				return n, err
			}
			if err := s.pause(ctx); err != nil {
				return n, err
			}
		}
	}
	return n, work()
}

// old gives a log that is old enough to be looked up.
func (s *Sweeper) old(info blob.Info, now time.Time) (shippedLog, bool) {
	id, ok := s.deps.Logs.Attempt(info.Key)
	return shippedLog{id, info.Key, info.ModTime}, ok && now.Sub(info.ModTime) >= min(s.cfg.OrphanAge, 24*time.Hour)
}

func (s *Sweeper) sweepPage(ctx context.Context, page []shippedLog, days func(int64) int, now time.Time, remove bool) (n int, err error) {
	ids := make([]int64, len(page))
	for i, l := range page {
		ids[i] = l.attempt
	}
	projects, err := s.deps.Retentions.ProjectsOf(ctx, ids)
	if err != nil {
		return 0, err
	}
	for _, l := range page {
		project, there := projects[l.attempt]
		before, limited := ago(now, days(project))
		switch {
		case !there && now.Sub(l.at) < s.cfg.OrphanAge, there && (!limited || !l.at.Before(before)):
			continue
		case remove:
			if err := s.deps.Logs.Store.Delete(ctx, l.key); err != nil {
				return n, fmt.Errorf("removing a log: %w", err)
			}
		}
		n++
	}
	return n, nil
}
