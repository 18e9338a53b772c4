package apiserver

import (
	"context"
	"math/rand/v2"
	"time"
)

// Times of the sweep of contents. The first comes at some time within
// sweepStart, so that servers that start together do not sweep together.
const (
	sweepStart = 10 * time.Minute
	sweepEvery = 24 * time.Hour
	// sweepGrace is how long content stays that was found without a resource:
	// somebody may have just begun to read it.
	sweepGrace = time.Hour
)

// sweep removes the contents that no resource names, now and every day.
func (s *Server) sweep(ctx context.Context) error {
	timer := time.NewTimer(rand.N(sweepStart))
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-timer.C:
			s.sweepOnce(ctx)
			timer.Reset(sweepEvery)
		}
	}
}

func (s *Server) sweepOnce(ctx context.Context) {
	n, err := s.uc.SweepResources(ctx, sweepGrace)
	if n > 0 {
		s.deps.Log.InfoContext(ctx, "removed contents that no resource names", "count", n)
	}
	if err != nil && ctx.Err() == nil {
		s.deps.Log.WarnContext(ctx, "sweeping contents of resources", "error", err)
	}
}
