package sqlstore

import (
	"bytes"
	"context"
	"crypto/sha256"
	"database/sql"
	"errors"
	"time"

	"github.com/porpoise-scheduler/porpoise/pkg/store"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// idempotency implements store.Idempotency. Callers choose their keys, of any
// length; rows hold digests.
type idempotency struct{ db *database }

// onceID is where an answer is kept.
type onceID struct {
	user int64
	key  [sha256.Size]byte
}

func idOf(o *store.Once) onceID { return onceID{o.UserID, sha256.Sum256([]byte(o.Key))} }

// args are the values of user_id and idem_key.
func (id onceID) args() []any { return []any{id.user, id.key[:]} }

// digestOf is what is kept of a fingerprint. Only its own user could make two
// alike.
func digestOf(fingerprint string) []byte {
	sum := sha256.Sum256([]byte(fingerprint))
	return sum[:16]
}

// oldest is when the oldest answers that still count were kept.
func (db *database) oldest() any { return db.time(db.now().Add(-store.KeepAnswers)) }

func (s idempotency) Answer(ctx context.Context, o *store.Once) ([]byte, error) {
	var fingerprint, answer []byte
	err := s.db.read.QueryRowContext(ctx, "SELECT fingerprint, answer FROM idempotency WHERE user_id = ? AND idem_key = ? AND create_time >= ?",
		append(idOf(o).args(), s.db.oldest())...).Scan(&fingerprint, &answer)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return nil, nil
	case err != nil:
		return nil, mapError(err, "idempotency")
	case !bytes.Equal(fingerprint, digestOf(o.Fingerprint)):
		return nil, workflow.Errorf(workflow.Conflict, "idempotency.reused", "this idempotency key came with another request before")
	case answer == nil: // an empty one, as SQLite reads it
		answer = []byte{}
	}
	return answer, nil
}

func (s idempotency) Complete(ctx context.Context, o *store.Once, answer []byte) error {
	_, err := s.db.exec(ctx, "UPDATE idempotency SET answer = ? WHERE user_id = ? AND idem_key = ? AND fingerprint = ?",
		append([]any{answer}, append(idOf(o).args(), digestOf(o.Fingerprint))...)...)
	return mapError(err, "idempotency")
}

func (s idempotency) Purge(ctx context.Context, before time.Time) (int, error) {
	n, err := s.db.exec(ctx, "DELETE FROM idempotency WHERE create_time < ?", s.db.time(before))
	return int(n), mapError(err, "idempotency")
}
