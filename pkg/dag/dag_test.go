package dag

import (
	"errors"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func diamond(t *testing.T) *Graph[string] {
	t.Helper()
	g, err := New([]string{"d", "a", "b", "c", "alone"}, []Edge[string]{
		{"a", "b"}, {"a", "c"}, {"b", "d"}, {"c", "d"}, {"a", "b"},
	})
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func TestNeighbours(t *testing.T) {
	g := diamond(t)
	for _, c := range []struct {
		name      string
		got, want []string
	}{
		{"successors", g.Successors("a"), []string{"b", "c"}},
		{"predecessors", g.Predecessors("d"), []string{"b", "c"}},
		{"stranger", g.Successors("x"), nil},
		{"nodes", g.Nodes(), []string{"d", "a", "b", "c", "alone"}},
	} {
		if !slices.Equal(c.got, c.want) {
			t.Errorf("%s: got %v, want %v", c.name, c.got, c.want)
		}
	}
	if g.InDegree("d") != 2 || g.InDegree("b") != 1 || g.InDegree("x") != 0 {
		t.Errorf("in-degrees: d %d, b %d, x %d", g.InDegree("d"), g.InDegree("b"), g.InDegree("x"))
	}
	if !g.Has("d") || g.Has("x") || g.Len() != 5 {
		t.Errorf("has d %v, has x %v, len %d", g.Has("d"), g.Has("x"), g.Len())
	}
}

// TestPlaces checks that what is said by places is what is said by names.
func TestPlaces(t *testing.T) {
	g := diamond(t)
	named := func(places []int32) []string {
		var names []string
		for _, i := range places {
			names = append(names, g.Nodes()[i])
		}
		return names
	}
	for i, name := range g.Nodes() {
		if at, known := g.Place(name); !known || int(at) != i {
			t.Errorf("%s is at %d (%v), want %d", name, at, known, i)
		}
		if got := named(g.After(int32(i))); !slices.Equal(got, g.Successors(name)) {
			t.Errorf("after %s: %v", name, got)
		}
		if got := named(g.Before(int32(i))); !slices.Equal(got, g.Predecessors(name)) {
			t.Errorf("before %s: %v", name, got)
		}
	}
	if _, known := g.Place("x"); known {
		t.Error("a stranger has a place")
	}
	places, err := g.Places()
	order, _ := g.Order()
	if err != nil || !slices.Equal(named(places), order) {
		t.Errorf("order: %v %v, want %v", named(places), err, order)
	}
}

func TestOrder(t *testing.T) {
	got, err := diamond(t).Order()
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{"a", "alone", "b", "c", "d"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if order, err := (&Graph[int]{}).Order(); err != nil || len(order) != 0 {
		t.Errorf("empty graph: %v, %v", order, err)
	}
}

func TestNewRefuses(t *testing.T) {
	_, err := New([]int{1, 2, 1}, nil)
	var twice *DuplicateError[int]
	if !errors.As(err, &twice) || twice.Node != 1 {
		t.Errorf("duplicate: %v", err)
	}
	_, err = New([]int{1}, []Edge[int]{{1, 7}})
	var unknown *UnknownError[int]
	if !errors.As(err, &unknown) || unknown.Missing != 7 {
		t.Errorf("unknown: %v", err)
	}
}

func TestCyclePath(t *testing.T) {
	for _, c := range []struct {
		edges []Edge[string]
		want  string
	}{
		{[]Edge[string]{{"a", "a"}}, "a -> a"},
		{[]Edge[string]{{"c", "b"}, {"b", "c"}}, "b -> c -> b"},
		{[]Edge[string]{{"a", "b"}, {"b", "c"}, {"c", "d"}, {"d", "b"}, {"d", "e"}}, "b -> c -> d -> b"},
	} {
		g, err := New([]string{"a", "b", "c", "d", "e"}, c.edges)
		if err != nil {
			t.Fatal(err)
		}
		_, err = g.Order()
		var cycle *CycleError[string]
		if !errors.As(err, &cycle) || cycle.String() != c.want {
			t.Errorf("%v: got %v, want %s", c.edges, err, c.want)
		}
	}
}

// Any graph is either ordered with every edge forward, or has the cycle it
// names.
func TestOrderOrCycle(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 12).Draw(t, "nodes")
		nodes := make([]int, n)
		for i := range nodes {
			nodes[i] = i
		}
		end := rapid.IntRange(0, n-1)
		var edges []Edge[int]
		for range rapid.IntRange(0, 2*n).Draw(t, "edges") {
			edges = append(edges, Edge[int]{end.Draw(t, "from"), end.Draw(t, "to")})
		}
		g, err := New(nodes, edges)
		if err != nil {
			t.Fatal(err)
		}
		order, err := g.Order()
		if err == nil {
			place := make(map[int]int)
			for i, k := range order {
				place[k] = i
			}
			if len(place) != n {
				t.Fatalf("order %v leaves nodes out", order)
			}
			for _, e := range edges {
				if place[e.From] >= place[e.To] {
					t.Fatalf("edge %v leads back in %v", e, order)
				}
			}
			return
		}
		var cycle *CycleError[int]
		if !errors.As(err, &cycle) {
			t.Fatal(err)
		}
		path := cycle.Path
		if len(path) < 2 || path[0] != path[len(path)-1] {
			t.Fatalf("path %v does not close", path)
		}
		for i := 1; i < len(path); i++ {
			if !slices.Contains(edges, Edge[int]{path[i-1], path[i]}) {
				t.Fatalf("path %v has no edge %d -> %d", path, path[i-1], path[i])
			}
		}
	})
}

func BenchmarkOrder(b *testing.B) {
	const n = 10000
	nodes := make([]int, n)
	var edges []Edge[int]
	for i := range nodes {
		nodes[i] = i
		if i > 0 && i < n-1 {
			edges = append(edges, Edge[int]{0, i}, Edge[int]{i, n - 1})
		}
	}
	for b.Loop() {
		g, err := New(nodes, edges)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := g.Order(); err != nil {
			b.Fatal(err)
		}
	}
}
