package codec139

import (
	"encoding/json"
	"strconv"
	"strings"

	"github.com/porpoise-scheduler/porpoise/pkg/manifest"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// How far apart nodes are put that nobody has drawn.
const (
	drawnWidth  = 220
	drawnHeight = 100
	drawnMargin = 60
)

// locationJSON is where the web console of 1.3.9 draws a node.
type locationJSON struct {
	Name       string  `json:"name"`
	TargetArr  string  `json:"targetarr"`  // ids of the nodes before it
	NodeNumber string  `json:"nodenumber"` // of those after it
	X          float64 `json:"x"`
	Y          float64 `json:"y"`
}

type connectJSON struct {
	Source string `json:"endPointSourceId"`
	Target string `json:"endPointTargetId"`
	Label  string `json:"label"`
}

// drawnLocations writes our own drawing of the nodes as the console expects it.
// Nodes that were not drawn are put into columns, by what precedes them.
func drawnLocations(spec *workflow.Spec) *string {
	ids, pre, points := sentIDs(spec), predecessors(spec), manifest.Points(spec.Layout)
	after := map[string]int{}
	for _, e := range spec.Edges {
		after[e.From]++
	}
	columns, used := columns(spec), map[int]int{}
	out := make(map[string]locationJSON, len(spec.Tasks))
	for i := range spec.Tasks {
		name := spec.Tasks[i].Name
		at, ok := points[name]
		if column := columns[name]; !ok {
			at = manifest.Point{X: float64(drawnMargin + column*drawnWidth), Y: float64(drawnMargin + used[column]*drawnHeight)}
			used[column]++
		}
		var before []string
		for _, p := range pre[name] {
			before = append(before, ids[p])
		}
		out[ids[name]] = locationJSON{Name: name, TargetArr: strings.Join(before, ","), NodeNumber: strconv.Itoa(after[name]), X: at.X, Y: at.Y}
	}
	text := string(encode(out))
	return &text
}

func drawnConnects(spec *workflow.Spec) *string {
	ids := sentIDs(spec)
	out := make([]connectJSON, 0, len(spec.Edges))
	for _, e := range spec.Edges {
		out = append(out, connectJSON{Source: ids[e.From], Target: ids[e.To]})
	}
	text := string(encode(out))
	return &text
}

// sentIDs gives the ids of nodes as clients get to know them, by name.
func sentIDs(spec *workflow.Spec) map[string]string {
	ids := make(map[string]string, len(spec.Tasks))
	for i := range spec.Tasks {
		t := &spec.Tasks[i]
		ids[t.Name] = nodeID(t)
		var rest leftover
		if raw := t.Ext[extNode]; raw != nil && json.Unmarshal(raw, &rest) == nil && rest.Set["id"] != nil {
			ids[t.Name] = text(rest.Set["id"])
		}
	}
	return ids
}

// columns gives how many tasks, at most, come one after the other before each.
func columns(spec *workflow.Spec) map[string]int {
	out := make(map[string]int, len(spec.Tasks))
	g, err := spec.Graph()
	if err != nil {
		return out
	}
	order, err := g.Order()
	if err != nil {
		return out
	}
	for _, name := range order {
		for _, next := range g.Successors(name) {
			out[next] = max(out[next], out[name]+1)
		}
	}
	return out
}
