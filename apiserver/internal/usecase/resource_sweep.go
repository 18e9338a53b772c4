package usecase

import (
	"context"
	"errors"
	"time"
)

// sweepAge is how old content must be for the sweep to look at it: what is
// younger may be about to get its row.
const sweepAge = 24 * time.Hour

// sweepBatch is how many keys are looked up at once.
const sweepBatch = 500

// SweepResources removes contents that no resource has named for the time of
// grace at least, and gives how many. That time lets attempts finish reading
// what was replaced just now.
func (s *Service) SweepResources(ctx context.Context, grace time.Duration) (int, error) {
	if s.Blobs == nil {
		return 0, noStorage()
	}
	keys, err := s.oldContents(ctx)
	if err != nil {
		return 0, err
	}
	if keys, err = s.unnamed(ctx, keys); err != nil || len(keys) == 0 {
		return 0, err
	}
	select {
	case <-time.After(grace):
	case <-ctx.Done():
		return 0, ctx.Err()
	}
	if keys, err = s.unnamed(ctx, keys); err != nil {
		return 0, err
	}
	n := 0
	var errs []error
	for _, key := range keys {
		if err := s.Blobs.Delete(ctx, key); err != nil {
			errs = append(errs, err)
			continue
		}
		n++
	}
	return n, errors.Join(errs...)
}

// oldContents gives the keys of contents older than sweepAge.
func (s *Service) oldContents(ctx context.Context) (keys []string, err error) {
	before := s.Now().Add(-sweepAge)
	for info, err := range s.Blobs.List(ctx, resourceKeys) {
		if err != nil {
			return nil, err
		}
		if info.ModTime.Before(before) {
			keys = append(keys, info.Key)
		}
	}
	return keys, nil
}

// unnamed gives the keys that no row names.
func (s *Service) unnamed(ctx context.Context, keys []string) (free []string, err error) {
	for len(keys) > 0 {
		batch := keys[:min(len(keys), sweepBatch)]
		keys = keys[len(batch):]
		named, err := s.Store.Resources.Keys(ctx, batch)
		if err != nil {
			return nil, err
		}
		for _, key := range batch {
			if !named[key] {
				free = append(free, key)
			}
		}
	}
	return free, nil
}
