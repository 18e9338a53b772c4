package retention

import (
	"context"
	"fmt"
	"iter"
	"time"
)

// shipped is the log store as a place of logs.
type shipped struct{ Logs }

func (s shipped) pages(ctx context.Context, before time.Time) iter.Seq2[[]endedLog, error] {
	return func(yield func([]endedLog, error) bool) {
		var page []endedLog
		for info, err := range s.Store.List(ctx, s.Prefix) {
			if err != nil {
				yield(nil, fmt.Errorf("looking through the log store: %w", err))
				return
			}
			if id, ok := s.Attempt(info.Key); ok && !info.ModTime.After(before) {
				page = append(page, endedLog{attempt: id, key: info.Key, size: info.Size, at: info.ModTime})
			}
			if len(page) < lookup {
				continue
			}
			if !yield(page, nil) {
				return
			}
			page = nil
		}
		if len(page) > 0 {
			yield(page, nil)
		}
	}
}

func (s shipped) remove(ctx context.Context, page []endedLog) ([]endedLog, error) {
	for i, l := range page {
		if err := s.Store.Delete(ctx, l.key); err != nil {
			return page[:i], err
		}
	}
	return page, nil
}
