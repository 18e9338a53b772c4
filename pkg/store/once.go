package store

import (
	"context"
	"sync/atomic"
	"time"
)

// KeepAnswers is how long answers are kept for repeats: a day, and an hour for
// the clock of a server that is wrong.
const KeepAnswers = 25 * time.Hour

// Once is a request that its caller may repeat, under a key of his own, until
// he has an answer. It travels in the request's context. The transaction that
// does the work also keeps the answer, so that both are there or neither is; a
// transaction that finds an answer kept already is undone and fails with
// Conflict, "idempotency.repeated". So of any number of repeats, on any
// servers, at the same time or while an earlier one hangs, exactly one has an
// effect, and a server that dies leaves nothing to wait for.
//
// The first transaction of a request keeps its answer, and later ones just
// write. A use case of several transactions therefore marks all but the last
// with Ahead, and sees to it that they can be done again.
type Once struct {
	UserID int64
	Key    string
	// Fingerprint tells requests apart that come with the same key.
	Fingerprint string
	// Answer gives what repeats are answered. id is that of what the transaction
	// made, 0 when it made nothing. It may be called more than once, and by
	// another goroutine even after its caller stopped waiting for his write.
	Answer func(id int64) ([]byte, error)

	kept atomic.Pointer[[]byte]
}

// Kept gives the answer that a transaction of this request has kept, nil as
// long as there is none. After a failure whose outcome is unknown only
// Idempotency.Answer can tell.
func (o *Once) Kept() []byte {
	if p := o.kept.Load(); p != nil {
		return *p
	}
	return nil
}

// Keep notes that a transaction with the answer was committed. It is for
// implementations of the stores.
func (o *Once) Keep(answer []byte) { o.kept.Store(&answer) }

type onceKey struct{}

// carried is what a context holds.
type carried struct {
	once  *Once
	ahead bool
}

// WithOnce lets the writes of a request happen once; nil lifts that.
func WithOnce(ctx context.Context, o *Once) context.Context {
	return context.WithValue(ctx, onceKey{}, carried{once: o})
}

// Ahead is the context of writes that go ahead of the one that decides. They
// keep no answer, but are undone when one was kept.
func Ahead(ctx context.Context) context.Context {
	o, _ := OnceOf(ctx)
	if o == nil {
		return ctx
	}
	return context.WithValue(ctx, onceKey{}, carried{once: o, ahead: true})
}

// OnceOf gives the request whose writes are to happen once, nil when they are
// not, and whether the write goes ahead of the one that decides.
func OnceOf(ctx context.Context) (o *Once, ahead bool) {
	c, _ := ctx.Value(onceKey{}).(carried)
	return c.once, c.ahead
}
