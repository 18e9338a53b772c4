package dag

import "slices"

// Order gives the nodes so that every edge leads forward, or a *CycleError.
// Among the nodes that could come next, the one that became free first does;
// the same graph always gives the same order.
func (g *Graph[K]) Order() ([]K, error) {
	order, err := g.Places()
	if err != nil {
		return nil, err
	}
	keys := make([]K, len(order))
	for n, i := range order {
		keys[n] = g.keys[i]
	}
	return keys, nil
}

// Places is Order, with the nodes' places instead of the nodes.
func (g *Graph[K]) Places() ([]int32, error) {
	waiting := make([]int32, len(g.keys))
	order := make([]int32, 0, len(g.keys))
	for i := range g.keys {
		waiting[i] = int32(len(g.in.of(i)))
		if waiting[i] == 0 {
			order = append(order, int32(i))
		}
	}
	for next := 0; next < len(order); next++ {
		for _, j := range g.out.of(int(order[next])) {
			if waiting[j]--; waiting[j] == 0 {
				order = append(order, j)
			}
		}
	}
	if len(order) < len(g.keys) {
		return nil, &CycleError[K]{Path: g.cycle(waiting)}
	}
	return order, nil
}

// cycle walks backwards among the nodes that still wait. Each has a waiting
// predecessor, so the walk must meet itself.
func (g *Graph[K]) cycle(waiting []int32) []K {
	at := slices.IndexFunc(waiting, func(w int32) bool { return w > 0 })
	step := make([]int, len(g.keys)) // 1-based place in walk
	var walk []int
	for step[at] == 0 {
		walk = append(walk, at)
		step[at] = len(walk)
		for _, j := range g.in.of(at) {
			if waiting[j] > 0 {
				at = int(j)
				break
			}
		}
	}
	loop := walk[step[at]-1:]
	// loop runs against the edges; turn it round and begin with the node that
	// was given first, so that the message does not depend on the walk.
	slices.Reverse(loop)
	first := slices.Index(loop, slices.Min(loop))
	path := make([]K, 0, len(loop)+1)
	for n := range loop {
		path = append(path, g.keys[loop[(first+n)%len(loop)]])
	}
	return append(path, path[0])
}
