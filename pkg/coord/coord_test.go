package coord_test

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/porpoise-scheduler/porpoise/pkg/coord"
)

const shards = 64

// members draws distinct members.
func members(t *rapid.T, least int) []coord.Member {
	ids := rapid.SliceOfNDistinct(rapid.StringMatching(`[a-z0-9.:-]{1,20}`), least, 12, rapid.ID[string]).Draw(t, "ids")
	ms := make([]coord.Member, len(ids))
	for i, id := range ids {
		ms[i].ID = id
	}
	return ms
}

func owners(ms []coord.Member) []string {
	out := make([]string, shards)
	for shard := range out {
		owner, _ := coord.Owner(shard, ms)
		out[shard] = owner.ID
	}
	return out
}

func TestOwnerWithoutMembers(t *testing.T) {
	if owner, ok := coord.Owner(3, nil); ok {
		t.Fatalf("got %v", owner)
	}
}

func TestOwnerIgnoresOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ms := members(t, 1)
		shuffled := rapid.Permutation(ms).Draw(t, "shuffled")
		if !slices.Equal(owners(ms), owners(shuffled)) {
			t.Fatalf("the order of %v matters", ms)
		}
	})
}

func TestLeavingMovesOnlyItsShards(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ms := members(t, 2)
		i := rapid.IntRange(0, len(ms)-1).Draw(t, "leaving")
		left := slices.Delete(slices.Clone(ms), i, i+1)
		before, after := owners(ms), owners(left)
		for shard := range shards {
			if before[shard] != ms[i].ID && before[shard] != after[shard] {
				t.Fatalf("shard %d moved from %s to %s when %s left", shard, before[shard], after[shard], ms[i].ID)
			}
			if after[shard] == ms[i].ID {
				t.Fatalf("shard %d went to %s, which left", shard, after[shard])
			}
		}
	})
}

func TestSharesAreFair(t *testing.T) {
	for _, n := range []int{2, 3, 5, 8} {
		for _, form := range []string{"master-%d", "10.0.0.%d:5678", "%d"} {
			share := map[string]int{}
			ms := make([]coord.Member, n)
			for i := range ms {
				ms[i].ID = fmt.Sprintf(form, i)
			}
			const many = 64_000
			for shard := range many {
				owner, _ := coord.Owner(shard, ms)
				share[owner.ID]++
			}
			for id, got := range share {
				if fair := many / n; got < fair*9/10 || got > fair*11/10 {
					t.Errorf("%d members named %s: %s has %d of %d shards", n, form, id, got, many)
				}
			}
		}
	}
}

func TestSort(t *testing.T) {
	ms := []coord.Member{{ID: "b"}, {ID: "a"}, {ID: "c"}}
	coord.Sort(ms)
	if ms[0].ID != "a" || ms[1].ID != "b" || ms[2].ID != "c" {
		t.Fatalf("got %v", ms)
	}
}
