package usecase

import (
	"context"
	"sync"
	"time"
)

// revised is a view of something that changes.
type revised interface{ revision() string }

// shared lets any number of watchers of the same thing share one look at it.
// Its zero value is ready. Every look has a goroutine while somebody watches;
// the last one to leave waits for its end.
type shared[K comparable, V revised] struct {
	mu    sync.Mutex
	looks map[K]*look[V]
}

// look keeps the newest view of one thing.
type look[V revised] struct {
	watchers int // under the mutex of shared
	cancel   context.CancelFunc
	done     chan struct{}

	mu      sync.Mutex
	known   bool
	view    V
	changed chan struct{} // closed when there is another view
}

// Watch is one watcher's part in a look.
type Watch[V any] struct {
	next  func(ctx context.Context, seen string) (V, error)
	leave func()
}

// Next waits until what is watched differs from the revision seen ("": from
// nothing) and gives it.
func (w *Watch[V]) Next(ctx context.Context, seen string) (V, error) { return w.next(ctx, seen) }

// Close ends the watching.
func (w *Watch[V]) Close() { w.leave() }

// join begins to watch a thing. see gives the present view, knowing the one
// before; what it cannot see now, it sees at the next try.
func (s *shared[K, V]) join(key K, every time.Duration, see func(ctx context.Context, before V, known bool) (V, error)) *Watch[V] {
	s.mu.Lock()
	defer s.mu.Unlock()
	l := s.looks[key]
	if l == nil {
		ctx, cancel := context.WithCancel(context.Background())
		l = &look[V]{cancel: cancel, done: make(chan struct{}), changed: make(chan struct{})}
		if s.looks == nil {
			s.looks = map[K]*look[V]{}
		}
		s.looks[key] = l
		go l.run(ctx, every, see)
	}
	l.watchers++
	return &Watch[V]{next: l.next, leave: sync.OnceFunc(func() { s.leave(key, l) })}
}

func (s *shared[K, V]) leave(key K, l *look[V]) {
	s.mu.Lock()
	l.watchers--
	last := l.watchers == 0
	if last {
		delete(s.looks, key)
	}
	s.mu.Unlock()
	if last {
		l.cancel()
		<-l.done
	}
}

// run looks until nobody watches.
func (l *look[V]) run(ctx context.Context, every time.Duration, see func(context.Context, V, bool) (V, error)) {
	defer close(l.done)
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		if v, err := see(ctx, l.view, l.known); err == nil && (!l.known || v.revision() != l.view.revision()) {
			l.mu.Lock()
			l.view, l.known = v, true
			close(l.changed)
			l.changed = make(chan struct{})
			l.mu.Unlock()
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

func (l *look[V]) next(ctx context.Context, seen string) (V, error) {
	for {
		l.mu.Lock()
		v, known, changed := l.view, l.known, l.changed
		l.mu.Unlock()
		if known && v.revision() != seen {
			return v, nil
		}
		select {
		case <-ctx.Done():
			return v, ctx.Err()
		case <-changed:
		}
	}
}
