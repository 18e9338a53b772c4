package master

import (
	"context"
	"log/slog"
	"sync/atomic"
	"time"
)

// clock is the database's clock, as far as this process knows it. Due times
// are decided by it, so that a master whose own clock is wrong fires nothing
// early or late.
type clock struct {
	db interface {
		Now(ctx context.Context) (time.Time, error)
	}
	log    *slog.Logger
	offset atomic.Int64 // nanoseconds to add to this host's clock
	warned atomic.Bool
}

// Now gives the database's time in UTC.
func (c *clock) Now() time.Time {
	return time.Now().Add(time.Duration(c.offset.Load())).UTC()
}

// worthwhile is the difference below which the round trip, not the clock, is
// what was measured.
const worthwhile = 50 * time.Millisecond

// sync measures the difference once.
func (c *clock) sync(ctx context.Context) error {
	before := time.Now()
	db, err := c.db.Now(ctx)
	if err != nil {
		return err
	}
	after := time.Now()
	offset := db.Sub(before.Add(after.Sub(before) / 2))
	if offset.Abs() < worthwhile {
		offset = 0
	}
	c.offset.Store(int64(offset))
	if skewed := offset.Abs() > 5*time.Second; skewed != c.warned.Load() {
		c.warned.Store(skewed)
		c.log.Warn("this host's clock differs from the database's; the database's is used", "difference", offset.Round(time.Millisecond))
	}
	return nil
}

// run measures again from time to time until ctx ends.
func (c *clock) run(ctx context.Context) error {
	tick := time.NewTicker(10 * time.Second)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			if err := c.sync(ctx); err != nil && ctx.Err() == nil {
				c.log.Debug("reading the database's clock", "err", err)
			}
		case <-ctx.Done():
			return nil
		}
	}
}
