package sqlstore

import (
	"context"
	"time"

	"github.com/porpoise-scheduler/porpoise/pkg/store"
)

// AgeWaits makes the notes of attempts that wait for slots older.
func AgeWaits(ctx context.Context, s *store.Store, d time.Duration) error {
	db := s.Scheduling.(scheduling).db
	older := "since = since - ?, seen = seen - ?"
	ago := d.Milliseconds()
	if db.mysql {
		older, ago = "since = since - INTERVAL ? MICROSECOND, seen = seen - INTERVAL ? MICROSECOND", d.Microseconds()
	}
	_, err := db.exec(ctx, "UPDATE task_group_wait SET "+older, ago, ago)
	return err
}
