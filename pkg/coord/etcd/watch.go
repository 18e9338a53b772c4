package etcd

import (
	"bytes"
	"context"
	"log/slog"
	"time"

	"github.com/cenkalti/backoff/v5"
	"go.etcd.io/etcd/api/v3/mvccpb"
	clientv3 "go.etcd.io/etcd/client/v3"

	"github.com/porpoise-scheduler/porpoise/pkg/coord"
)

// resyncEvery bounds how long a watcher can miss what its stream does not
// tell: an etcd that was wiped counts revisions from the start and sends a
// resumed watch nothing until it has caught up.
const resyncEvery = 10 * time.Second

// view is the raw values of a role by key.
type view map[string][]byte

// Watch implements coord.Coordinator.
func (c *Coordinator) Watch(ctx context.Context, role coord.Role) <-chan []coord.Member {
	w := &watcher{
		client: c.client,
		prefix: c.rolePrefix(role),
		log:    c.log.With("role", string(role)),
		out:    make(chan []coord.Member, 1),
	}
	ctx, cancel := c.bound(ctx)
	c.tasks.Go(func() {
		defer cancel()
		defer close(w.out)
		w.run(ctx)
	})
	return w.out
}

// watcher follows one role.
type watcher struct {
	client *clientv3.Client
	prefix string
	log    *slog.Logger
	out    chan []coord.Member
	seen   view // what was sent last; nil before the first time
}

// run reads and follows until ctx ends, starting over after every failure.
func (w *watcher) run(ctx context.Context) {
	pause := newBackOff()
	for ctx.Err() == nil {
		revision, err := w.resync(ctx)
		if err == nil {
			pause.Reset()
			err = w.follow(ctx, revision+1)
		}
		if err != nil && ctx.Err() == nil {
			w.log.Warn("the registry cannot be watched; the last view stays", "error", err)
			wait(ctx, pause.NextBackOff())
		}
	}
}

// resync reads everything and sends it if it is new.
func (w *watcher) resync(ctx context.Context) (revision int64, err error) {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	response, err := w.client.Get(ctx, w.prefix, clientv3.WithPrefix())
	if err != nil {
		return 0, err
	}
	now := view{}
	now.load(response.Kvs)
	if w.seen == nil || !w.seen.equal(now) {
		w.seen = now
		w.send()
	}
	return response.Header.Revision, nil
}

// follow applies changes from a revision on, until the stream fails (an
// error) or it is time to look at everything again (nil).
func (w *watcher) follow(ctx context.Context, revision int64) error {
	ctx, cancel := context.WithTimeout(clientv3.WithRequireLeader(ctx), resyncEvery)
	defer cancel()
	events := w.client.Watch(ctx, w.prefix, clientv3.WithPrefix(), clientv3.WithRev(revision))
	for response := range events {
		if err := response.Err(); err != nil && ctx.Err() == nil {
			return err
		}
		for _, event := range response.Events {
			w.seen.apply(event)
		}
		if len(response.Events) > 0 {
			w.send()
		}
	}
	return nil
}

// send replaces a value that nobody took yet. Only the watcher sends, so the
// channel has room afterwards.
func (w *watcher) send() {
	select {
	case <-w.out:
	default:
	}
	w.out <- w.seen.members(w.log)
}

func (v view) load(kvs []*mvccpb.KeyValue) {
	for _, kv := range kvs {
		v[string(kv.Key)] = kv.Value
	}
}

func (v view) apply(event *clientv3.Event) {
	if event.Type == clientv3.EventTypeDelete {
		delete(v, string(event.Kv.Key))
		return
	}
	v[string(event.Kv.Key)] = event.Kv.Value
}

func (v view) equal(other view) bool {
	if len(v) != len(other) {
		return false
	}
	for key, value := range v {
		if o, ok := other[key]; !ok || !bytes.Equal(value, o) {
			return false
		}
	}
	return true
}

// members decodes the view in order of ID. A value nobody can read is a
// member of another version or a stranger's key; it must not hide the others.
func (v view) members(log *slog.Logger) []coord.Member {
	ms := make([]coord.Member, 0, len(v))
	for key, value := range v {
		m, err := decode(value)
		if err != nil {
			log.Error("skipping an unreadable member", "key", key, "error", err)
			continue
		}
		ms = append(ms, m)
	}
	coord.Sort(ms)
	return ms
}

// newBackOff paces calls to an etcd that does not answer.
func newBackOff() *backoff.ExponentialBackOff {
	b := backoff.NewExponentialBackOff()
	b.InitialInterval, b.MaxInterval = 100*time.Millisecond, 2*time.Second
	b.Reset()
	return b
}

// wait returns after d or when ctx ends.
func wait(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}
