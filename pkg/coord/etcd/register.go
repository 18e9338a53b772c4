package etcd

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"sync"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"
	"go.etcd.io/etcd/client/v3/concurrency"

	"github.com/porpoise-scheduler/porpoise/pkg/coord"
)

// errReplaced says that a later life of the same node is registered.
var errReplaced = errors.New("a process started later is registered under the same id")

// Register implements coord.Coordinator. It returns once m is visible, trying
// again while etcd does not answer; the error is that of ctx. Of two lives
// with one ID the one that started later is shown.
func (c *Coordinator) Register(ctx context.Context, m coord.Member, ttl time.Duration) (coord.Registration, error) {
	ctx, cancel := c.bound(ctx)
	r := &registration{
		coordinator: c,
		log:         c.log.With("member", m.ID, "role", string(m.Role)),
		ttl:         seconds(ttl),
		member:      m,
		changed:     make(chan struct{}, 1),
		lost:        make(chan struct{}, 1),
		cancel:      cancel,
		ended:       make(chan struct{}),
	}
	session, err := r.establish(ctx)
	if err != nil {
		cancel()
		return nil, fmt.Errorf("registering %s %s: %w", m.Role, m.ID, err)
	}
	c.tasks.Go(func() {
		defer close(r.ended)
		r.run(ctx, session)
	})
	return r, nil
}

// seconds turns a wish into what a lease is granted for.
func seconds(ttl time.Duration) int {
	if ttl <= 0 {
		ttl = DefaultTTL
	}
	return int(math.Ceil(max(ttl, MinTTL).Seconds()))
}

// registration keeps one member visible. Its goroutine owns the lease; others
// reach it through member, under mu, and the channels.
type registration struct {
	coordinator *Coordinator
	log         *slog.Logger
	ttl         int
	changed     chan struct{}
	lost        chan struct{}
	cancel      context.CancelFunc
	ended       chan struct{}

	mu     sync.Mutex
	member coord.Member
}

// Update implements coord.Registration. It does not wait for etcd.
func (r *registration) Update(m coord.Member) {
	r.mu.Lock()
	// The identity is that of the registration.
	m.ID, m.Role, m.Incarnation, m.StartTime = r.member.ID, r.member.Role, r.member.Incarnation, r.member.StartTime
	r.member = m
	r.mu.Unlock()
	wake(r.changed)
}

// Lost implements coord.Registration.
func (r *registration) Lost() <-chan struct{} { return r.lost }

// Close implements coord.Registration.
func (r *registration) Close() error {
	r.cancel()
	<-r.ended
	return nil
}

// run keeps the member registered until ctx ends, then removes it.
func (r *registration) run(ctx context.Context, session *concurrency.Session) {
	for {
		r.keep(ctx, session)
		if ctx.Err() != nil {
			r.remove(session)
			return
		}
		session.Orphan()
		r.log.Warn("registration lost; registering again")
		wake(r.lost)
		next, err := r.establish(ctx)
		if err != nil {
			return // ctx ended; the old lease is gone or runs out
		}
		session = next
		r.log.Info("registered again")
	}
}

// keep writes updates while the session lasts.
func (r *registration) keep(ctx context.Context, session *concurrency.Session) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-session.Done():
			return
		case <-r.changed:
		}
		err := r.put(ctx, session)
		switch {
		case errors.Is(err, errReplaced):
			return
		case err != nil && ctx.Err() == nil:
			// The lease decides whether we are still seen; the next update
			// carries the newer load anyway.
			r.log.Warn("registration not refreshed", "error", err)
		}
	}
}

// establish makes a lease with the member on it, however long that takes.
func (r *registration) establish(ctx context.Context) (*concurrency.Session, error) {
	pause := newBackOff()
	for {
		session, err := r.open(ctx)
		if err == nil {
			return session, nil
		}
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		r.log.Warn("cannot register yet", "error", err)
		wait(ctx, pause.NextBackOff())
	}
}

func (r *registration) open(ctx context.Context) (*concurrency.Session, error) {
	client := r.coordinator.client
	granting, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	lease, err := client.Grant(granting, int64(r.ttl))
	if err != nil {
		return nil, err
	}
	// The session outlives ctx by the moment that removing the member takes.
	session, err := concurrency.NewSession(client,
		concurrency.WithLease(lease.ID), concurrency.WithTTL(r.ttl),
		concurrency.WithContext(context.WithoutCancel(ctx)))
	if err != nil {
		return nil, err
	}
	if err := r.put(ctx, session); err != nil {
		r.remove(session)
		return nil, err
	}
	return session, nil
}

// put writes the member under the session's lease, unless a later life of the
// node is registered.
func (r *registration) put(ctx context.Context, session *concurrency.Session) error {
	r.mu.Lock()
	m := r.member
	r.mu.Unlock()
	value, err := encode(m)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	client, key := r.coordinator.client, r.coordinator.key(m)
	for {
		present, err := client.Get(ctx, key)
		if err != nil {
			return err
		}
		var revision int64
		if len(present.Kvs) == 1 {
			if revision = present.Kvs[0].ModRevision; laterLife(present.Kvs[0].Value, m) {
				return errReplaced
			}
		}
		response, err := client.Txn(ctx).
			If(clientv3.Compare(clientv3.ModRevision(key), "=", revision)).
			Then(clientv3.OpPut(key, value, clientv3.WithLease(session.Lease()))).
			Commit()
		if err != nil || response.Succeeded {
			return err
		}
	}
}

// laterLife says that value describes a life of m's node that began after m.
func laterLife(value []byte, m coord.Member) bool {
	other, err := decode(value)
	return err == nil && other.Incarnation != m.Incarnation && other.StartTime.After(m.StartTime)
}

// remove takes the lease back, and the member with it. When etcd does not
// answer, the lease runs out by itself.
func (r *registration) remove(session *concurrency.Session) {
	session.Orphan()
	ctx, cancel := context.WithTimeout(context.Background(), callTimeout)
	defer cancel()
	if _, err := r.coordinator.client.Revoke(ctx, session.Lease()); err != nil {
		r.log.Debug("lease not revoked; it runs out", "error", err)
	}
}

// wake sends a signal that nobody has to be waiting for.
func wake(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
