// Package dag holds immutable directed graphs. Building one and ordering
// it take time linear in nodes and edges. A graph may hold a cycle;
// Order finds it and names its path.
package dag

import (
	"fmt"
	"strings"
)

// Key is what names a node.
type Key interface{ ~int | ~string }

// Edge leads from one node to another.
type Edge[K Key] struct{ From, To K }

// Graph is a directed graph. The zero value is the empty graph. Its methods
// never change it, so it may be shared freely.
type Graph[K Key] struct {
	keys  []K
	index map[K]int
	out   adjacency
	in    adjacency
}

// adjacency keeps the neighbours of node i in to[start[i]:start[i+1]].
type adjacency struct {
	start []int32
	to    []int32
}

func (a adjacency) of(i int) []int32 { return a.to[a.start[i]:a.start[i+1]] }

// DuplicateError names a node that was given twice.
type DuplicateError[K Key] struct{ Node K }

func (e *DuplicateError[K]) Error() string { return fmt.Sprintf("node %v appears twice", e.Node) }

// UnknownError names an edge with an end that is not a node.
type UnknownError[K Key] struct {
	Edge    Edge[K]
	Missing K
}

func (e *UnknownError[K]) Error() string {
	return fmt.Sprintf("edge from %v to %v: there is no node %v", e.Edge.From, e.Edge.To, e.Missing)
}

// CycleError names a cycle. Path begins and ends with the same node.
type CycleError[K Key] struct{ Path []K }

func (e *CycleError[K]) Error() string { return "cycle: " + e.String() }

// String gives the path with arrows.
func (e *CycleError[K]) String() string {
	words := make([]string, len(e.Path))
	for i, k := range e.Path {
		words[i] = fmt.Sprint(k)
	}
	return strings.Join(words, " -> ")
}

// New builds a graph. Repeated edges count once. The error is a
// *DuplicateError or an *UnknownError.
func New[K Key](nodes []K, edges []Edge[K]) (*Graph[K], error) {
	g := &Graph[K]{keys: make([]K, len(nodes)), index: make(map[K]int, len(nodes))}
	copy(g.keys, nodes)
	for i, k := range nodes {
		if _, taken := g.index[k]; taken {
			return nil, &DuplicateError[K]{Node: k}
		}
		g.index[k] = i
	}
	pairs, err := g.pairs(edges)
	if err != nil {
		return nil, err
	}
	g.out = newAdjacency(len(nodes), pairs, func(p [2]int32) (int32, int32) { return p[0], p[1] })
	g.in = newAdjacency(len(nodes), pairs, func(p [2]int32) (int32, int32) { return p[1], p[0] })
	return g, nil
}

// pairs turns edges into index pairs without repeats, in the given order.
func (g *Graph[K]) pairs(edges []Edge[K]) ([][2]int32, error) {
	pairs := make([][2]int32, 0, len(edges))
	seen := make(map[[2]int32]struct{}, len(edges))
	for _, e := range edges {
		from, ok := g.index[e.From]
		if !ok {
			return nil, &UnknownError[K]{Edge: e, Missing: e.From}
		}
		to, ok := g.index[e.To]
		if !ok {
			return nil, &UnknownError[K]{Edge: e, Missing: e.To}
		}
		p := [2]int32{int32(from), int32(to)}
		if _, twice := seen[p]; twice {
			continue
		}
		seen[p] = struct{}{}
		pairs = append(pairs, p)
	}
	return pairs, nil
}

func newAdjacency(n int, pairs [][2]int32, ends func([2]int32) (int32, int32)) adjacency {
	a := adjacency{start: make([]int32, n+1), to: make([]int32, len(pairs))}
	for _, p := range pairs {
		from, _ := ends(p)
		a.start[from+1]++
	}
	for i := range n {
		a.start[i+1] += a.start[i]
	}
	next := make([]int32, n)
	copy(next, a.start)
	for _, p := range pairs {
		from, to := ends(p)
		a.to[next[from]] = to
		next[from]++
	}
	return a
}

// Len is the number of nodes.
func (g *Graph[K]) Len() int { return len(g.keys) }

// Nodes gives the nodes in the order they were given.
func (g *Graph[K]) Nodes() []K { return append([]K(nil), g.keys...) }

// Has reports whether k is a node.
func (g *Graph[K]) Has(k K) bool {
	_, ok := g.index[k]
	return ok
}

// Place is where k stands among the nodes in the order they were given.
func (g *Graph[K]) Place(k K) (int32, bool) {
	i, ok := g.index[k]
	return int32(i), ok
}

// After gives the places of the nodes that edges from the node at place i lead
// to; not to be changed.
func (g *Graph[K]) After(i int32) []int32 { return g.out.of(int(i)) }

// Before gives the places of the nodes with an edge to the node at place i; not
// to be changed.
func (g *Graph[K]) Before(i int32) []int32 { return g.in.of(int(i)) }

// Successors gives the nodes that edges from k lead to; nil for a stranger.
func (g *Graph[K]) Successors(k K) []K { return g.neighbours(g.out, k) }

// Predecessors gives the nodes with an edge to k; nil for a stranger.
func (g *Graph[K]) Predecessors(k K) []K { return g.neighbours(g.in, k) }

// InDegree is the number of edges to k; 0 for a stranger.
func (g *Graph[K]) InDegree(k K) int {
	i, ok := g.index[k]
	if !ok {
		return 0
	}
	return len(g.in.of(i))
}

func (g *Graph[K]) neighbours(a adjacency, k K) []K {
	i, ok := g.index[k]
	if !ok {
		return nil
	}
	near := a.of(i)
	keys := make([]K, len(near))
	for n, j := range near {
		keys[n] = g.keys[j]
	}
	return keys
}
