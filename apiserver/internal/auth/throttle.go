package auth

import (
	"cmp"
	"sync"
	"time"
)

// ThrottleConfig bounds failed logins per window; zero values have defaults.
type ThrottleConfig struct {
	Window  time.Duration // default 1 min
	Pair    int           // of one account from one address; default 5
	Account int           // of one account from anywhere; default 50
	Address int           // from one address for any account; default 50
}

func (c ThrottleConfig) withDefaults() ThrottleConfig {
	c.Window = cmp.Or(c.Window, time.Minute)
	c.Pair = cmp.Or(c.Pair, 5)
	c.Account = cmp.Or(c.Account, 50)
	c.Address = cmp.Or(c.Address, 50)
	return c
}

// maxCounters bounds the memory a stranger can make us use; beyond it expired
// counters go, and if none has expired all do.
const maxCounters = 50_000

// throttle counts failed logins. The small limit is on the pair of account and
// address, so that a stranger cannot lock somebody else out.
type throttle struct {
	cfg ThrottleConfig

	mu       sync.Mutex
	counters map[counterKey]counter
}

// counterKey is an account, an address, or both.
type counterKey struct{ account, address string }

type counter struct {
	failures int
	until    time.Time
	told     bool // that attempts are refused
}

func newThrottle(cfg ThrottleConfig) *throttle {
	return &throttle{cfg: cfg, counters: map[counterKey]counter{}}
}

func (t *throttle) limits(account, address string) map[counterKey]int {
	return map[counterKey]int{
		{account, address}: t.cfg.Pair,
		{account, ""}:      t.cfg.Account,
		{"", address}:      t.cfg.Address,
	}
}

// allow reports whether another attempt may be checked; if not, whether one
// was refused for the same excess before.
func (t *throttle) allow(account, address string, now time.Time) (ok, told bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	ok = true
	for key, most := range t.limits(account, address) {
		c := t.counters[key]
		if !now.Before(c.until) || c.failures < most {
			continue
		}
		ok, told = false, told || c.told
		c.told = true
		t.counters[key] = c
	}
	return ok, told
}

// failed counts a failure.
func (t *throttle) failed(account, address string, now time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.makeRoom(now)
	for key := range t.limits(account, address) {
		c := t.counters[key]
		if !now.Before(c.until) {
			c = counter{until: now.Add(t.cfg.Window)}
		}
		c.failures++
		t.counters[key] = c
	}
}

// succeeded forgets the failures of the pair.
func (t *throttle) succeeded(account, address string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.counters, counterKey{account, address})
}

func (t *throttle) makeRoom(now time.Time) {
	if len(t.counters) < maxCounters {
		return
	}
	for key, c := range t.counters {
		if !now.Before(c.until) {
			delete(t.counters, key)
		}
	}
	if len(t.counters) >= maxCounters {
		clear(t.counters)
	}
}
