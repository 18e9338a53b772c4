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

// register registers m, to be removed when the test ends.
func register(t *testing.T, c coord.Coordinator, m coord.Member) coord.Registration {
	t.Helper()
	r, err := c.Register(t.Context(), m, 0)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// expect compares the members of a role.
func expect(t *testing.T, c coord.Coordinator, role coord.Role, want ...coord.Member) {
	t.Helper()
	got, err := c.Members(t.Context(), role)
	if err != nil {
		t.Fatal(err)
	}
	if want == nil {
		want = []coord.Member{}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatalf("members of role %s (-want +got):\n%s", role, diff)
	}
}

// watch watches a role until the test ends.
func watch(t *testing.T, b Backend, role coord.Role) <-chan []coord.Member {
	t.Helper()
	return b.Coordinator(t).Watch(t.Context(), role)
}

// await waits for a view of exactly these members.
func await(t *testing.T, views <-chan []coord.Member, want ...string) {
	t.Helper()
	awaitView(t, views, func(ms []coord.Member) bool { return slices.Equal(ids(ms), want) })
}

func awaitView(t *testing.T, views <-chan []coord.Member, wanted func([]coord.Member) bool) {
	t.Helper()
	deadline := time.After(patience)
	var last []coord.Member
	for {
		select {
		case ms, ok := <-views:
			if !ok {
				t.Fatal("the watch ended")
			}
			if last = ms; wanted(ms) {
				return
			}
		case <-deadline:
			t.Fatalf("the awaited view did not come; the last one was %+v", last)
		}
	}
}

// awaitServers asks for the registry's servers until they are as wanted.
func awaitServers(t *testing.T, c coord.Coordinator, wanted func([]coord.Server) bool) []coord.Server {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	for {
		list := c.Servers(ctx)
		if wanted(list) {
			return list
		}
		if ctx.Err() != nil {
			t.Fatalf("the awaited state of the servers did not come; the last one was %+v", list)
		}
	}
}

// receive waits for one value.
func receive[T any](t *testing.T, c <-chan T, what string) T {
	t.Helper()
	select {
	case v := <-c:
		return v
	case <-time.After(patience):
		t.Fatalf("waited in vain for %s", what)
		panic("unreachable")
	}
}

// drain waits for the end of a channel.
func drain(t *testing.T, views <-chan []coord.Member) {
	t.Helper()
	deadline := time.After(patience)
	for {
		select {
		case _, ok := <-views:
			if !ok {
				return
			}
		case <-deadline:
			t.Fatal("the watch did not end")
		}
	}
}

// quiet says whether nothing arrives on views for as long as a call that the
// registry does not answer takes.
func quiet(t *testing.T, c coord.Coordinator, views <-chan []coord.Member) error {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
	defer cancel()
	if _, err := c.Members(ctx, coord.Master); err == nil {
		return fmt.Errorf("members were read without the registry")
	}
	select {
	case ms, ok := <-views:
		return fmt.Errorf("a view without the registry: %v, %v", ms, ok)
	default:
		return nil
	}
}

func ids(ms []coord.Member) []string {
	var out []string
	for _, m := range ms {
		out = append(out, m.ID)
	}
	return out
}
