package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// idempotency implements store.Idempotency. Keys are kept as hashes: callers
// choose them, of any length.
type idempotency struct{ db *database }

// lifetime is how long an answer is remembered.
const lifetime = 24 * time.Hour

func (s idempotency) Begin(ctx context.Context, userID int64, key, fingerprint string) (claimed bool, answer []byte, err error) {
	for range maxTries {
		err = s.db.transact(ctx, func(tx querier) error {
			claimed, answer, err = s.begin(ctx, tx, userID, hashed(key), hashed(fingerprint))
			return err
		})
		if !duplicate(err) { // else another call claims it at this moment
			break
		}
	}
	return claimed && err == nil, answer, mapError(err, "idempotency")
}

func (s idempotency) begin(ctx context.Context, tx querier, userID int64, key, fingerprint string) (bool, []byte, error) {
	now := s.db.now()
	if _, err := tx.ExecContext(ctx, "DELETE FROM idempotency WHERE user_id = ? AND idem_key = ? AND create_time < ?",
		userID, key, s.db.time(now.Add(-lifetime))); err != nil {
		return false, nil, err
	}
	var known string
	var answer []byte
	var answered bool
	err := tx.QueryRowContext(ctx, "SELECT fingerprint, answer, answer IS NOT NULL FROM idempotency WHERE user_id = ? AND idem_key = ?",
		userID, key).Scan(&known, &answer, &answered)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		_, err = tx.ExecContext(ctx, "INSERT INTO idempotency (user_id, idem_key, fingerprint, answer, create_time) VALUES (?, ?, ?, NULL, ?)",
			userID, key, fingerprint, s.db.time(now))
		return err == nil, nil, err
	case err != nil:
		return false, nil, err
	case known != fingerprint:
		return false, nil, workflow.Errorf(workflow.Conflict, "idempotency.reused", "this idempotency key came with another request before")
	}
	if answered && answer == nil { // an empty one, as SQLite reads it
		answer = []byte{}
	}
	return false, answer, nil
}

func (s idempotency) Finish(ctx context.Context, userID int64, key string, answer []byte) error {
	if answer == nil {
		answer = []byte{}
	}
	n, err := s.db.exec(ctx, "UPDATE idempotency SET answer = ? WHERE user_id = ? AND idem_key = ?", answer, userID, hashed(key))
	if err == nil && n == 0 {
		err = missing("idempotency")
	}
	return mapError(err, "idempotency")
}

func (s idempotency) Abandon(ctx context.Context, userID int64, key string) error {
	_, err := s.db.exec(ctx, "DELETE FROM idempotency WHERE user_id = ? AND idem_key = ? AND answer IS NULL", userID, hashed(key))
	return mapError(err, "idempotency")
}

func (s idempotency) Purge(ctx context.Context, before time.Time) (int, error) {
	n, err := s.db.exec(ctx, "DELETE FROM idempotency WHERE create_time < ?", s.db.time(before))
	return int(n), mapError(err, "idempotency")
}
