// Package coord says who is alive and who should own what. It is never proof
// of ownership: that is the epoch in the database. The adapter on etcd lives
// in etcd, a fake in memcoord; coordtest is the suite both pass.
package coord

import (
	"context"
	"hash/fnv"
	"slices"
	"time"
)

// Role is what a member does.
type Role string

// Roles.
const (
	Master    Role = "master"
	Worker    Role = "worker"
	APIServer Role = "apiserver"
)

// Member is one living process. ID is stable over restarts of the same node,
// Incarnation is new for every life.
type Member struct {
	ID          string
	Incarnation string
	Role        Role
	Addr        string   // of its gRPC server, host:port
	Groups      []string // of a worker
	Slots       int      // of a worker
	Version     string   // of the program
	StartTime   time.Time
	// Load is refreshed with the lease: what monitor pages show.
	Load Load
}

// Load is a member's last known load.
type Load struct {
	CPU       float64 // 0..1
	Memory    float64 // 0..1
	LoadAvg   float64
	FreeBytes uint64
	Running   int
	Time      time.Time
}

// Coordinator registers this process and shows the others.
type Coordinator interface {
	// Register keeps m visible under a lease until ctx ends or Close is called
	// on the result. When the lease is lost it registers again by itself; Lost
	// tells every such gap.
	Register(ctx context.Context, m Member, ttl time.Duration) (Registration, error)
	// Members gives the living members of a role, ordered by ID.
	Members(ctx context.Context, role Role) ([]Member, error)
	// Watch sends the members of a role now and after every change, newest
	// value only (a slow reader misses intermediate ones). The channel closes
	// when ctx ends. While the registry cannot be reached nothing is sent.
	Watch(ctx context.Context, role Role) <-chan []Member
	// Healthy reports whether the registry answers.
	Healthy(ctx context.Context) error
	// Servers asks every server of the registry how it does and waits a few
	// seconds at most. There is always one: a server that does not answer is
	// among them, and when nobody can tell which there are, those known last.
	Servers(ctx context.Context) []Server
	Close() error
}

// Registration is this process' entry.
type Registration interface {
	Update(m Member) // changes load, slots or groups
	Lost() <-chan struct{}
	Close() error // removes the entry at once
}

// Owner gives the member that should own a shard: the highest rendezvous hash
// wins, so that a change of membership moves the fewest shards. ok is false
// without members.
func Owner(shard int, members []Member) (owner Member, ok bool) {
	var best uint64
	for _, m := range members {
		if w := weight(shard, m.ID); !ok || w > best || (w == best && m.ID < owner.ID) {
			owner, best, ok = m, w, true
		}
	}
	return owner, ok
}

// weight mixes shard and member; FNV alone clusters on short keys.
func weight(shard int, id string) uint64 {
	h := fnv.New64a()
	h.Write([]byte(id))
	x := h.Sum64() ^ (uint64(shard)+1)*0x9E3779B97F4A7C15
	x ^= x >> 33
	x *= 0xff51afd7ed558ccd
	x ^= x >> 33
	x *= 0xc4ceb9fe1a85ec53
	return x ^ x>>33
}

// Sort orders members by ID.
func Sort(ms []Member) {
	slices.SortFunc(ms, func(a, b Member) int {
		if a.ID < b.ID {
			return -1
		}
		if a.ID > b.ID {
			return 1
		}
		return 0
	})
}
