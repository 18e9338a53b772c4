package sqlstore

import (
	"context"
	"time"

	"github.com/porpoise-scheduler/porpoise/pkg/store"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// scheduling implements store.Scheduling.
type scheduling struct{ db *database }

func (s scheduling) ListShards(ctx context.Context) ([]store.Shard, error) {
	rows, err := s.db.read.QueryContext(ctx, "SELECT id, epoch, owner, addr FROM shard ORDER BY id")
	if err != nil {
		return nil, mapError(err, "shard")
	}
	defer rows.Close()
	var list []store.Shard
	for rows.Next() {
		var sh store.Shard
		if err := rows.Scan(&sh.ID, &sh.Epoch, &sh.Owner, &sh.Addr); err != nil {
			return nil, mapError(err, "shard")
		}
		list = append(list, sh)
	}
	return list, mapError(rows.Err(), "shard")
}

const takeSQL = "UPDATE shard SET epoch = epoch + 1, owner = ?, addr = ?, writer = ? WHERE id = ? AND epoch = ?"

func (s scheduling) Take(ctx context.Context, shard int, epoch int64, owner, addr string) (int64, error) {
	take := s.takeLite
	if s.db.mysql {
		take = s.takeMySQL
	}
	n, err := take(ctx, shard, epoch, owner, addr)
	if err != nil {
		return 0, mapError(err, "shard")
	}
	if n == 0 {
		return 0, &store.ErrFenced{Shards: []int{shard}}
	}
	return epoch + 1, nil
}

func (s scheduling) takeLite(ctx context.Context, shard int, epoch int64, owner, addr string) (int64, error) {
	return s.db.exec(ctx, takeSQL, owner, addr, "", shard, epoch)
}

// takeMySQL waits a moment for the shard's row. If somebody keeps it locked,
// that is the old owner frozen in the middle of a transaction: the
// connections it may write through are ended and the row asked for again.
func (s scheduling) takeMySQL(ctx context.Context, shard int, epoch int64, owner, addr string) (n int64, err error) {
	for range maxTries {
		r, err := s.db.control.ExecContext(ctx, takeSQL, owner, addr, s.db.fences.writer(), shard, epoch)
		if err == nil {
			return r.RowsAffected()
		}
		if !transient(err) {
			return 0, err
		}
		if err := s.endOwner(ctx, shard, epoch); err != nil {
			return 0, err
		}
	}
	return 0, workflow.Errorf(workflow.Unavailable, "shard.locked", "the row of shard %d stays locked", shard)
}

// endOwner ends the connections through which the owner with that epoch
// writes.
func (s scheduling) endOwner(ctx context.Context, shard int, epoch int64) error {
	var writer string
	var now int64
	err := s.db.control.QueryRowContext(ctx, "SELECT writer, epoch FROM shard WHERE id = ?", shard).Scan(&writer, &now)
	if err != nil || now != epoch {
		return err
	}
	return endWriter(ctx, s.db.control, writer)
}

func (s scheduling) GiveBack(ctx context.Context, f store.Fence) error {
	_, err := s.db.exec(ctx, "UPDATE shard SET owner = '', addr = '' WHERE id = ? AND epoch = ?", f.Shard, f.Epoch)
	return mapError(err, "shard")
}

func (s scheduling) AllocateIDs(ctx context.Context, sequence string, n int) (int64, error) {
	if n < 1 {
		return 0, workflow.Errorf(workflow.Invalid, "sequence.size", "allocating %d ids", n)
	}
	var first int64
	err := again(ctx, func() (err error) {
		first, err = s.allocate(ctx, sequence, int64(n))
		return err
	})
	return first, mapError(err, "sequence")
}

func (s scheduling) allocate(ctx context.Context, sequence string, n int64) (int64, error) {
	if !s.db.mysql {
		var next int64
		err := s.db.write.QueryRowContext(ctx, "UPDATE id_sequence SET next_id = next_id + ? WHERE name = ? RETURNING next_id", n, sequence).Scan(&next)
		return next - n, err
	}
	// The argument of LAST_INSERT_ID comes back with the answer.
	r, err := s.db.write.ExecContext(ctx, "UPDATE id_sequence SET next_id = LAST_INSERT_ID(next_id + ?) WHERE name = ?", n, sequence)
	if err != nil {
		return 0, err
	}
	if found, err := r.RowsAffected(); err != nil || found == 0 {
		return 0, errorOr(err, missing("sequence"))
	}
	next, err := r.LastInsertId()
	return next - n, err
}

// errorOr is err, or otherwise when there is none.
func errorOr(err, otherwise error) error {
	if err != nil {
		return err
	}
	return otherwise
}

func (s scheduling) Now(ctx context.Context) (time.Time, error) { return s.db.Now(ctx) }
