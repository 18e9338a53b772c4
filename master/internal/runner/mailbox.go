package runner

import "sync"

// mailbox is an unbounded queue of messages with a wake-up of size one. What
// it holds is bounded by its senders: credits, commands and open lookups.
type mailbox struct {
	mu   sync.Mutex
	msgs []message
	wake chan struct{}
}

func newMailbox() *mailbox { return &mailbox{wake: make(chan struct{}, 1)} }

func (b *mailbox) post(m message) {
	b.mu.Lock()
	b.msgs = append(b.msgs, m)
	b.mu.Unlock()
	select {
	case b.wake <- struct{}{}:
	default:
	}
}

// take empties the box.
func (b *mailbox) take() []message {
	b.mu.Lock()
	defer b.mu.Unlock()
	msgs := b.msgs
	b.msgs = nil
	return msgs
}
