package auth

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

func TestPasswords(t *testing.T) {
	h := NewHasher()
	a, err := h.Hash(t.Context(), "secret")
	if err != nil {
		t.Fatal(err)
	}
	b, err := h.Hash(t.Context(), "secret")
	if err != nil {
		t.Fatal(err)
	}
	if a == b {
		t.Error("two hashes of one password are the same: no salt")
	}
	if !strings.HasPrefix(a, "$argon2id$v=19$m=19456,t=2,p=1$") {
		t.Errorf("hash is %q", a)
	}
	for password, want := range map[string]bool{"secret": true, "Secret": false, "": false, "secret ": false} {
		if ok, err := h.Verify(t.Context(), a, password); ok != want || err != nil {
			t.Errorf("Verify(%q) = %v, %v; want %v", password, ok, err, want)
		}
	}
	if ok, err := h.Verify(t.Context(), h.decoy, "secret"); ok || err != nil {
		t.Errorf("the decoy fits: %v, %v", ok, err)
	}
}

func TestUnreadableHashes(t *testing.T) {
	h := NewHasher()
	for _, bad := range []string{
		"", "5f4dcc3b5aa765d61d8327deb882cf99", "$argon2i$v=19$m=1,t=1,p=1$AA$AA", "$argon2id$v=18$m=1,t=1,p=1$AA$AA",
		"$argon2id$v=19$m=1,t=0,p=1$AAAA$AAAA", "$argon2id$v=19$m=8,t=1,p=1$AAAA$", "$argon2id$v=19$m=8,t=1,p=1$!!$AAAA",
	} {
		if ok, err := h.Verify(t.Context(), bad, "x"); ok || err == nil {
			t.Errorf("Verify(%q) = %v, %v; want an error", bad, ok, err)
		}
	}
}

func TestHashingWaitsNoLongerThanItsCaller(t *testing.T) {
	h := NewHasher()
	for range cap(h.turns) {
		h.turns <- struct{}{}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := h.Hash(ctx, "x"); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestThrottleCountsPairsAccountsAndAddresses(t *testing.T) {
	now := time.Unix(1000, 0)
	th := newThrottle(ThrottleConfig{Window: time.Minute, Pair: 2, Account: 4, Address: 4})
	fail := func(account, address string, times int) {
		for range times {
			th.failed(account, address, now)
		}
	}
	check := func(account, address string, want bool) {
		t.Helper()
		if got, _ := th.allow(account, address, now); got != want {
			t.Errorf("allow(%s, %s) = %v, want %v", account, address, got, want)
		}
	}
	fail("ann", "evil", 2)
	check("ann", "evil", false)
	check("ann", "home", true) // nobody locks ann out from one address
	check("bob", "evil", true)
	fail("bob", "evil", 2)
	check("carl", "evil", false) // four accounts tried from one address
	fail("ann", "evil2", 2)
	check("ann", "home", false) // but many addresses do slow down
	now = now.Add(time.Minute)
	check("ann", "evil", true)
	fail("ann", "home", 1)
	th.succeeded("ann", "home")
	fail("ann", "home", 1)
	check("ann", "home", true)
}

// TestThrottleTellsOnce lets an excess be told once per window, however many
// attempts come.
func TestThrottleTellsOnce(t *testing.T) {
	now := time.Unix(1000, 0)
	th := newThrottle(ThrottleConfig{Window: time.Minute, Pair: 1, Account: 9, Address: 9})
	for range 2 {
		th.failed("ann", "evil", now)
		th.failed("bob", "evil", now)
		for i := range 3 {
			for _, account := range []string{"ann", "bob"} {
				if ok, told := th.allow(account, "evil", now); ok || told != (i > 0) {
					t.Errorf("attempt %d as %s: allowed %v, told before %v", i, account, ok, told)
				}
			}
		}
		now = now.Add(time.Minute)
	}
}

func TestThrottleIsBounded(t *testing.T) {
	th := newThrottle(ThrottleConfig{}.withDefaults())
	now := time.Unix(1000, 0)
	for i := range maxCounters {
		th.failed(strings.Repeat("x", 1+i%7)+time.Duration(i).String(), "a", now)
	}
	if len(th.counters) > maxCounters+3 {
		t.Errorf("%d counters are kept", len(th.counters))
	}
}

func TestCache(t *testing.T) {
	now := time.Unix(1000, 0)
	c := newCache(time.Second)
	loads := 0
	load := func(until time.Time) func() (entry, error) {
		return func() (entry, error) {
			loads++
			return entry{user: workflow.User{ID: 7}, until: until}, nil
		}
	}
	far := now.Add(time.Hour)
	get := func(want int) {
		t.Helper()
		if u, err := c.get("k", now, load(far)); u.ID != 7 || err != nil {
			t.Fatalf("got %v, %v", u, err)
		}
		if loads != want {
			t.Errorf("%d look-ups, want %d", loads, want)
		}
	}
	get(1)
	get(1)
	now = now.Add(2 * time.Second)
	get(2) // too old
	c.drop(8)
	get(2) // somebody else changed
	c.drop(7)
	get(3)
	if _, err := c.get("old", now, load(now)); workflow.ErrorCode(err) != workflow.Unauthenticated {
		t.Errorf("a credential that ends now: %v", err)
	}
	missing := func() (entry, error) { return entry{}, workflow.Errorf(workflow.NotFound, "x", "x") }
	if _, err := c.get("none", now, missing); workflow.ErrorCode(err) != workflow.Unauthenticated {
		t.Errorf("an unknown credential: %v", err)
	}
	away := func() (entry, error) { return entry{}, workflow.Errorf(workflow.Unavailable, "x", "x") }
	if _, err := c.get("none", now, away); workflow.ErrorCode(err) != workflow.Unavailable {
		t.Errorf("an outage: %v", err)
	}
}

// TestCacheKeepsNothingStale drops a user while he is being looked up.
func TestCacheKeepsNothingStale(t *testing.T) {
	now := time.Unix(1000, 0)
	c := newCache(time.Hour)
	_, _ = c.get("k", now, func() (entry, error) {
		c.drop(7)
		return entry{user: workflow.User{ID: 7, Name: "before"}, until: now.Add(time.Hour)}, nil
	})
	u, err := c.get("k", now, func() (entry, error) {
		return entry{user: workflow.User{ID: 7, Name: "after"}, until: now.Add(time.Hour)}, nil
	})
	if u.Name != "after" || err != nil {
		t.Errorf("got %q, %v", u.Name, err)
	}
}
