// Package coordtest is the suite every coordinator passes.
package coordtest

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/porpoise-scheduler/porpoise/pkg/coord"
)

// patience bounds every wait; only failing tests use it up.
const patience = 2 * time.Minute

// Backend is an implementation under test with one registry behind it.
type Backend interface {
	// Coordinator makes one more coordinator on the registry; the backend
	// closes it when the test ends, if the test has not.
	Coordinator(t *testing.T) coord.Coordinator
	// Expire ends the lease of a member behind its back.
	Expire(t *testing.T, role coord.Role, id string)
	// Cut makes the registry unreachable, Heal undoes it.
	Cut(t *testing.T)
	Heal(t *testing.T)
}

// Run runs the suite; open gives every test a fresh backend.
func Run(t *testing.T, open func(t *testing.T) Backend) {
	for _, test := range []struct {
		name string
		run  func(*testing.T, Backend)
	}{
		{"a registered member is seen with everything it said", seen},
		{"members are ordered and kept apart by role", ordered},
		{"closing a registration removes the member at once", closed},
		{"the end of the context removes the member", cancelled},
		{"closing the coordinator removes its members", coordinatorClosed},
		{"an update is seen and keeps the identity", updated},
		{"a lost lease is told and registered again", lost},
		{"a later life replaces an earlier one", replaced},
		{"an earlier life does not push a later one out", refused},
		{"a watch starts with what there is, also when that is nothing", watchStarts},
		{"a watch tells joins and leaves", watchFollows},
		{"a slow watcher gets the newest view", watchSkips},
		{"a watch ends with its context and with the coordinator", watchEnds},
		{"without the registry the last view stays and all comes back", outage},
		{"the registry's servers are told, also those that do not answer", servers},
	} {
		t.Run(test.name, func(t *testing.T) { test.run(t, open(t)) })
	}
}

func member(role coord.Role, id string) coord.Member {
	return coord.Member{
		ID: id, Incarnation: id + "-1", Role: role, Addr: "127.0.0.1:4000",
		StartTime: time.Date(2024, 2, 29, 12, 0, 0, 5_000_000, time.UTC),
	}
}

func seen(t *testing.T, b Backend) {
	want := member(coord.Worker, "host/a b:1")
	want.Groups, want.Slots, want.Version = []string{"default", "gpu"}, 16, "1.2.3"
	want.Load = coord.Load{CPU: 0.5, Memory: 0.25, LoadAvg: 3.5, FreeBytes: 1 << 40, Running: 7, Time: want.StartTime.Add(time.Minute)}
	register(t, b.Coordinator(t), want)
	expect(t, b.Coordinator(t), coord.Worker, want)
}

func ordered(t *testing.T, b Backend) {
	c := b.Coordinator(t)
	for _, id := range []string{"c", "a", "b"} {
		register(t, c, member(coord.Master, id))
	}
	register(t, c, member(coord.Worker, "a"))
	expect(t, c, coord.Master, member(coord.Master, "a"), member(coord.Master, "b"), member(coord.Master, "c"))
	expect(t, c, coord.Worker, member(coord.Worker, "a"))
	expect(t, c, coord.APIServer)
}

func closed(t *testing.T, b Backend) {
	c := b.Coordinator(t)
	r := register(t, c, member(coord.Master, "a"))
	for range 2 {
		if err := r.Close(); err != nil {
			t.Fatal(err)
		}
	}
	expect(t, c, coord.Master)
}

func cancelled(t *testing.T, b Backend) {
	c := b.Coordinator(t)
	views := watch(t, b, coord.Master)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	if _, err := c.Register(ctx, member(coord.Master, "a"), 0); err != nil {
		t.Fatal(err)
	}
	await(t, views, "a")
	cancel()
	await(t, views)
}

func coordinatorClosed(t *testing.T, b Backend) {
	c := b.Coordinator(t)
	register(t, c, member(coord.Master, "a"))
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	expect(t, b.Coordinator(t), coord.Master)
}

func updated(t *testing.T, b Backend) {
	want := member(coord.Worker, "a")
	views := watch(t, b, coord.Worker)
	r := register(t, b.Coordinator(t), want)
	await(t, views, "a")
	want.Slots, want.Load.Running, want.Groups = 8, 3, []string{"new"}
	changed := want
	changed.ID, changed.Incarnation, changed.Role = "other", "other", coord.Master
	r.Update(changed)
	awaitView(t, views, func(ms []coord.Member) bool { return cmp.Equal(ms, []coord.Member{want}) })
}

func lost(t *testing.T, b Backend) {
	c := b.Coordinator(t)
	m := member(coord.Master, "a")
	r := register(t, c, m)
	for range 2 {
		b.Expire(t, coord.Master, "a")
		receive(t, r.Lost(), "the lost lease")
		awaitView(t, watch(t, b, coord.Master), func(ms []coord.Member) bool { return cmp.Equal(ms, []coord.Member{m}) })
	}
}

func replaced(t *testing.T, b Backend) {
	older, newer := member(coord.Master, "a"), member(coord.Master, "a")
	newer.Incarnation, newer.StartTime, newer.Addr = "a-2", older.StartTime.Add(time.Second), "127.0.0.1:4001"
	old := register(t, b.Coordinator(t), older)
	c := b.Coordinator(t)
	register(t, c, newer)
	expect(t, c, coord.Master, newer)
	older.Load.Running = 5
	old.Update(older)
	receive(t, old.Lost(), "that it was replaced")
	expect(t, c, coord.Master, newer)
	if err := old.Close(); err != nil {
		t.Fatal(err)
	}
	expect(t, c, coord.Master, newer)
}

func refused(t *testing.T, b Backend) {
	older, newer := member(coord.Master, "a"), member(coord.Master, "a")
	newer.Incarnation, newer.StartTime = "a-2", older.StartTime.Add(time.Second)
	c := b.Coordinator(t)
	shown := register(t, c, newer)
	views := watch(t, b, coord.Master)
	await(t, views, "a")

	registered, other := make(chan error, 1), b.Coordinator(t)
	go func() {
		_, err := other.Register(t.Context(), older, 0)
		registered <- err
	}()
	newer.Slots = 9
	shown.Update(newer)
	awaitView(t, views, func(ms []coord.Member) bool { return cmp.Equal(ms, []coord.Member{newer}) })
	if err := shown.Close(); err != nil {
		t.Fatal(err)
	}
	awaitView(t, views, func(ms []coord.Member) bool { return cmp.Equal(ms, []coord.Member{older}) })
	if err := receive(t, registered, "the registration of the earlier life"); err != nil {
		t.Fatal(err)
	}
}

func watchStarts(t *testing.T, b Backend) {
	if ms := receive(t, watch(t, b, coord.Master), "the empty view"); len(ms) != 0 {
		t.Fatalf("got %v", ms)
	}
	register(t, b.Coordinator(t), member(coord.Master, "a"))
	if ms := receive(t, watch(t, b, coord.Master), "the first view"); !slices.Equal(ids(ms), []string{"a"}) {
		t.Fatalf("got %v", ms)
	}
}

func watchFollows(t *testing.T, b Backend) {
	c := b.Coordinator(t)
	views := watch(t, b, coord.Worker)
	await(t, views)
	a := register(t, c, member(coord.Worker, "a"))
	await(t, views, "a")
	register(t, c, member(coord.Master, "m"))
	register(t, c, member(coord.Worker, "b"))
	await(t, views, "a", "b")
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	await(t, views, "b")
}

func watchSkips(t *testing.T, b Backend) {
	c := b.Coordinator(t)
	slow, quick := watch(t, b, coord.Worker), watch(t, b, coord.Worker)
	var want []string
	// That the quick watcher has heard of all says little of when the slow one
	// does, and who looks at once may be shown every change: once more, then.
	for round := range 10 {
		for range 6 {
			id := fmt.Sprintf("%03d", len(want))
			register(t, c, member(coord.Worker, id))
			want = append(want, id)
		}
		await(t, quick, want...)
		// The slow watcher may get a view that was being handed over; the next is
		// the newest.
		views := 0
		awaitView(t, slow, func(ms []coord.Member) bool { views++; return slices.Equal(ids(ms), want) })
		if views <= 3 {
			return
		}
		t.Logf("round %d: the slow watcher got %d views", round, views)
	}
	t.Error("a slow watcher gets every view")
}

func watchEnds(t *testing.T, b Backend) {
	c := b.Coordinator(t)
	ctx, cancel := context.WithCancel(t.Context())
	first, second := c.Watch(ctx, coord.Master), c.Watch(t.Context(), coord.Master)
	cancel()
	drain(t, first)
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	drain(t, second)
}

func outage(t *testing.T, b Backend) {
	c := b.Coordinator(t)
	register(t, c, member(coord.Master, "a"))
	views := watch(t, b, coord.Master)
	await(t, views, "a")
	if err := c.Healthy(t.Context()); err != nil {
		t.Fatal(err)
	}

	b.Cut(t)
	if err := c.Healthy(t.Context()); err == nil {
		t.Fatal("healthy without the registry")
	}
	if err := quiet(t, c, views); err != nil {
		t.Fatal(err)
	}

	b.Heal(t)
	register(t, c, member(coord.Master, "b"))
	await(t, views, "a", "b")
	if err := c.Healthy(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func servers(t *testing.T, b Backend) {
	c := b.Coordinator(t)
	before := awaitServers(t, c, func(list []coord.Server) bool {
		leaders := 0
		for _, s := range list {
			if !s.Up || s.Problem != "" || s.Name == "" || s.Version == "" {
				return false
			}
			if s.Mode == coord.Leader {
				leaders++
			}
		}
		return leaders == 1
	})

	b.Cut(t)
	away := c.Servers(t.Context())
	if !slices.Equal(addresses(away), addresses(before)) {
		t.Errorf("without the registry its servers are %+v, before %+v", away, before)
	}
	for _, s := range away {
		if s.Up || s.Mode != "" || s.Problem == "" {
			t.Errorf("a server that is away is told as %+v", s)
		}
	}
	if fresh := b.Coordinator(t).Servers(t.Context()); len(fresh) == 0 {
		t.Error("who never reached the registry tells no servers at all")
	}

	b.Heal(t)
	awaitServers(t, c, func(list []coord.Server) bool {
		return !slices.ContainsFunc(list, func(s coord.Server) bool { return !s.Up })
	})
}

func addresses(list []coord.Server) []string {
	var out []string
	for _, s := range list {
		out = append(out, s.Name+" "+s.Addr)
	}
	return out
}
