package auth

import (
	"sync"
	"time"

	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// maxEntries bounds the cache; beyond it everything is looked up again.
const maxEntries = 10_000

// entry is what a credential proves and until when.
type entry struct {
	user  workflow.User
	until time.Time // the credential's own end
	fresh time.Time // when to look again
}

// cache remembers who holds a credential. Unknown credentials are not kept.
type cache struct {
	ttl time.Duration

	mu      sync.Mutex
	entries map[string]entry
	changes int64 // counts drops, so that a slow look-up keeps nothing stale
}

func newCache(ttl time.Duration) *cache {
	return &cache{ttl: ttl, entries: map[string]entry{}}
}

// get gives the credential's user, asking load when the cache does not know.
func (c *cache) get(key string, now time.Time, load func() (entry, error)) (workflow.User, error) {
	c.mu.Lock()
	e, ok := c.entries[key]
	before := c.changes
	c.mu.Unlock()
	if !ok || now.After(e.fresh) {
		var err error
		if e, err = load(); err != nil {
			return workflow.User{}, unknownWhenMissing(err)
		}
		e.fresh = now.Add(c.ttl)
		c.put(key, e, before)
	}
	if !now.Before(e.until) {
		return workflow.User{}, Unknown()
	}
	return e.user, nil
}

func unknownWhenMissing(err error) error {
	if workflow.ErrorCode(err) == workflow.NotFound {
		return Unknown()
	}
	return err
}

// put keeps e unless something changed while it was looked up.
func (c *cache) put(key string, e entry, before int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.changes != before {
		return
	}
	if len(c.entries) >= maxEntries {
		clear(c.entries)
	}
	c.entries[key] = e
}

// drop forgets a user's credentials.
func (c *cache) drop(userID int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.changes++
	for key, e := range c.entries {
		if e.user.ID == userID {
			delete(c.entries, key)
		}
	}
}
