package chaos

import (
	"fmt"

	"github.com/porpoise-scheduler/porpoise/test/client"
)

// shape is a graph of ten tasks, named t1 to t10, as what each follows.
type shape struct {
	name  string
	after map[string][]string
}

// Size is the number of tasks of every shape.
const size = 10

func task(n int) string { return fmt.Sprintf("t%d", n) }

// shapes are a chain, a diamond, a fan that joins, and layers.
func shapes() []shape {
	chain, fan, diamonds, layers := map[string][]string{}, map[string][]string{}, map[string][]string{}, map[string][]string{}
	for n := 1; n <= size; n++ {
		chain[task(n)] = nil
		if n > 1 {
			chain[task(n)] = []string{task(n - 1)}
		}
		switch {
		case n == 1:
			fan[task(n)] = nil
		case n == size:
			for m := 2; m < size; m++ {
				fan[task(n)] = append(fan[task(n)], task(m))
			}
		default:
			fan[task(n)] = []string{task(1)}
		}
		diamonds[task(n)] = diamond(n)
		layers[task(n)] = layer(n)
	}
	return []shape{{"chain", chain}, {"fan", fan}, {"diamonds", diamonds}, {"layers", layers}}
}

// diamond makes three diamonds in a row: 1 < (2, 3) < 4 < (5, 6) < 7 < (8, 9) < 10.
func diamond(n int) []string {
	switch {
	case n == 1:
		return nil
	case n%3 == 1:
		return []string{task(n - 2), task(n - 1)}
	case n%3 == 2:
		return []string{task(n - 1)}
	}
	return []string{task(n - 2)}
}

// layer makes layers of three whose tasks follow all of the layer before.
func layer(n int) []string {
	if n == 1 {
		return nil
	}
	first := (n-2)/3*3 + 2 // of this layer
	var before []string
	for m := max(1, first-3); m < first; m++ {
		before = append(before, task(m))
	}
	return before
}

// label names a task of the shape in the journal.
func (s shape) label(name string) string { return s.name + "." + name }

// labelled is the graph as the journal names it.
func (s shape) labelled() map[string][]string {
	graph := map[string][]string{}
	for name, after := range s.after {
		graph[s.label(name)] = nil
		for _, before := range after {
			graph[s.label(name)] = append(graph[s.label(name)], s.label(before))
		}
	}
	return graph
}

// flow makes the definition of a shape; every task takes the given time.
func (s shape) flow(j Journal, seconds float64) client.Flow {
	var f client.Flow
	for n := 1; n <= size; n++ {
		name := task(n)
		f.Tasks = append(f.Tasks, client.Shell(name, j.Script(s.label(name), fmt.Sprintf("sleep %.3f", seconds)), s.after[name]...))
	}
	return f
}
