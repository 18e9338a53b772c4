package sqlstore

import (
	"context"
	"math/rand/v2"
	"time"

	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// codeEpoch is where codes begin to count: the start of 2021 at UTC+8.
var codeEpoch = time.Date(2021, 1, 1, 0, 0, 0, 0, time.FixedZone("", 8*3600))

// newCode makes a public number: ordered by time, above 2^31 so that it is
// never taken for an id, below 2^53 so that a browser's numbers hold it. Ten
// random bits tell codes of one millisecond apart; the unique key of the table
// has the last word.
func newCode(now time.Time) int64 {
	return now.Sub(codeEpoch).Milliseconds()<<10 | rand.Int64N(1<<10)
}

// withCode runs create, with another code as long as the one made up is taken.
// A code given by the caller is used as it is.
func (db *database) withCode(ctx context.Context, noun string, code *int64, create func() error) error {
	if *code != 0 {
		return create()
	}
	var err error
	for range maxTries {
		*code = newCode(db.now())
		if err = create(); workflow.ErrorCode(err) != workflow.Exists {
			return err
		}
		if taken, e := db.codeTaken(ctx, noun, *code); e != nil || !taken {
			return err // some other key is taken
		}
	}
	return err
}

func (db *database) codeTaken(ctx context.Context, table string, code int64) (bool, error) {
	var n int
	err := db.read.QueryRowContext(ctx, "SELECT COUNT(*) FROM "+table+" WHERE code = ?", code).Scan(&n)
	return n > 0, err
}
