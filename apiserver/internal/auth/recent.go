package auth

import "sync"

// recent remembers the id of the session each user got last. Ids are secrets
// that exist only in memory and with the client.
type recent struct {
	mu  sync.Mutex
	ids map[int64]string // by user
}

func newRecent() *recent { return &recent{ids: map[int64]string{}} }

func (r *recent) get(userID int64) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.ids[userID]
}

func (r *recent) put(userID int64, id string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.ids) >= maxEntries {
		clear(r.ids)
	}
	r.ids[userID] = id
}
