package credit

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

type moves = []Move[string]

func expect(t *testing.T, what string, got, want moves) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s: %s", what, diff)
	}
}

func TestFirstMasterGetsEverything(t *testing.T) {
	b := NewBook[string](8)
	expect(t, "connect", b.Connect("a"), moves{{Master: "a", Grant: 8}})
}

func TestNewcomerGetsItsShare(t *testing.T) {
	b := NewBook[string](8)
	b.Connect("a")
	expect(t, "connect", b.Connect("b"), moves{{Master: "a", Want: 4}})
	expect(t, "return", b.Return("a", 4), moves{{Master: "b", Grant: 4}})
	expect(t, "leaving", b.Disconnect("a"), moves{{Master: "b", Grant: 4}})
}

func TestFreedSlotGoesToTheHungryElseBack(t *testing.T) {
	b := NewBook[string](2)
	b.Connect("a")
	if !b.Spend("a") || !b.Spend("a") || b.Spend("a") {
		t.Fatal("two slots")
	}
	b.Connect("b")
	expect(t, "back", b.Release("a"), moves{{Master: "b", Grant: 1}}) // an idle newcomer has none
	b.Backlog("a", true)
	expect(t, "hungry", b.Release("a"), moves{{Master: "a", Grant: 1}})
}

func TestIdleCreditMovesToTheHungry(t *testing.T) {
	b := NewBook[string](4)
	b.Connect("a")
	b.Connect("b")
	b.Return("a", 2)
	b.Spend("b")
	b.Spend("b")
	expect(t, "hungry", b.Backlog("b", true), moves{{Master: "a", Want: 1}})
	expect(t, "returned", b.Return("a", 1), moves{{Master: "b", Grant: 1}})
	b.Spend("b")
	expect(t, "again", b.Backlog("b", true), moves{{Master: "a", Want: 1}})
	expect(t, "nothing to give", b.Return("a", 0), moves{{Master: "a", Want: 1}})
}

// TestNeverPromisesMoreThanItHas plays masters that behave.
func TestNeverPromisesMoreThanItHas(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		slots := rapid.IntRange(1, 10).Draw(t, "slots")
		b := NewBook[int](slots)
		held := map[int]int{}   // credit as the masters count it
		wanted := map[int]int{} // asked back
		running := map[int]int{}
		apply := func(ms []Move[int]) {
			for _, m := range ms {
				if _, ok := held[m.Master]; !ok {
					t.Fatalf("move to an absent master: %+v", m)
				}
				held[m.Master] += m.Grant
				wanted[m.Master] += m.Want
			}
		}
		for range rapid.IntRange(1, 200).Draw(t, "steps") {
			m := rapid.IntRange(1, 3).Draw(t, "master")
			_, connected := held[m]
			switch rapid.IntRange(0, 5).Draw(t, "step") {
			case 0:
				if !connected {
					held[m] = 0
					apply(b.Connect(m))
				}
			case 1:
				if connected {
					delete(held, m)
					delete(wanted, m)
					apply(b.Disconnect(m))
				}
			case 2:
				if held[m] > 0 {
					held[m]--
					running[m]++
					if !b.Spend(m) {
						t.Fatal("credit was not honoured")
					}
				}
			case 3:
				if running[m] > 0 {
					running[m]--
					apply(b.Release(m))
				}
			case 4:
				if wanted[m] > 0 && connected {
					n := min(wanted[m], held[m])
					wanted[m] = 0
					held[m] -= n
					apply(b.Return(m, n))
				}
			case 5:
				if connected {
					apply(b.Backlog(m, rapid.Bool().Draw(t, "hungry")))
				}
			}
			sum := 0
			for _, n := range held {
				sum += n
			}
			used := running[1] + running[2] + running[3]
			if sum+used > slots {
				t.Fatalf("%d granted and %d used of %d slots", sum, used, slots)
			}
			if len(held) > 0 && sum+used < slots {
				t.Fatalf("%d granted and %d used: a slot of %d lies idle", sum, used, slots)
			}
			if b.Used() != used {
				t.Fatalf("used %d, want %d", b.Used(), used)
			}
		}
	})
}
