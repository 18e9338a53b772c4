package dolphin

import (
	"context"
	"time"

	"github.com/porpoise-scheduler/porpoise/apiserver/internal/rest/dolphin/codec139"
	"github.com/porpoise-scheduler/porpoise/apiserver/internal/usecase"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// treeJSON is a TreeViewDto.
type treeJSON struct {
	Name      string        `json:"name"`
	Type      string        `json:"type"`
	Instances []treeRunJSON `json:"instances"`
	Children  []*treeJSON   `json:"children"`
}

// treeRunJSON is an Instance: one run of a workflow or task in the tree.
type treeRunJSON struct {
	ID        int64   `json:"id"`
	Name      string  `json:"name"`
	Type      *string `json:"type"`
	State     *string `json:"state"`
	StartTime Date    `json:"startTime"`
	EndTime   Date    `json:"endTime"`
	Host      *string `json:"host"`
	Duration  *string `json:"duration"`
	SubflowID int64   `json:"subflowId"`
}

// maxTreeNodes bounds an answer: a task stands below each of its predecessors,
// so that a graph of diamonds would be a tree without measure.
const maxTreeNodes = 20_000

func (d *Dialect) viewTree(ctx context.Context, r *Request) (any, error) {
	tree, err := d.uc.DefinitionTree(ctx, r.Project, r.ID("processId"), r.Int("limit"))
	if err != nil {
		return nil, err
	}
	b := treeBuilder{tree: &tree, now: d.uc.Now(), kinds: map[string]*workflow.Task{}, left: maxTreeNodes}
	for i := range tree.Definition.Tasks {
		t := &tree.Definition.Tasks[i]
		b.kinds[t.Name] = t
	}
	return b.build(), nil
}

type treeBuilder struct {
	tree  *usecase.Tree
	now   time.Time
	kinds map[string]*workflow.Task
	left  int
}

// build makes the tree level by level, so that a bounded one shows the
// beginnings of all branches.
func (b *treeBuilder) build() *treeJSON {
	root := &treeJSON{Name: "DAG", Instances: b.instances(), Children: []*treeJSON{}}
	type place struct {
		parent *treeJSON
		task   string
	}
	var level []place
	for i := range b.tree.Definition.Tasks {
		name := b.tree.Definition.Tasks[i].Name
		if b.tree.Graph.InDegree(name) == 0 {
			level = append(level, place{root, name})
		}
	}
	for len(level) > 0 {
		var next []place
		for _, p := range level {
			if b.left--; b.left < 0 {
				return root
			}
			node := b.node(p.task)
			p.parent.Children = append(p.parent.Children, node)
			for _, after := range b.tree.Graph.Successors(p.task) {
				next = append(next, place{node, after})
			}
		}
		level = next
	}
	return root
}

func (b *treeBuilder) instances() []treeRunJSON {
	runs := make([]treeRunJSON, 0, len(b.tree.Runs))
	for i := range b.tree.Runs {
		in := &b.tree.Runs[i].Instance
		end := in.EndTime
		if end.IsZero() {
			end = b.now
		}
		none, state := "", codec139.StateName(in.State)
		runs = append(runs, treeRunJSON{
			ID: in.ID, Name: in.Name, Type: &none, State: &state, StartTime: Date(in.StartTime), EndTime: Date(end),
			Host: orNull(in.MasterID), Duration: durationText(in.StartTime, end),
		})
	}
	return runs
}

func (b *treeBuilder) node(name string) *treeJSON {
	task := b.kinds[name]
	node := &treeJSON{Name: name, Type: codec139.KindName(task.Kind), Children: []*treeJSON{},
		Instances: make([]treeRunJSON, 0, len(b.tree.Runs))}
	for i := range b.tree.Runs {
		t, ran := b.tree.Runs[i].Tasks[name]
		if !ran {
			node.Instances = append(node.Instances, treeRunJSON{ID: -1, Name: "not running"})
			continue
		}
		node.Instances = append(node.Instances, b.run(&t, task))
	}
	return node
}

func (b *treeBuilder) run(t *workflow.TaskInstance, task *workflow.Task) treeRunJSON {
	start, end := t.StartTime, t.EndTime
	if start.IsZero() {
		start = b.now
	}
	if end.IsZero() {
		end = b.now
	}
	kind, state := codec139.KindName(t.Kind), codec139.StateName(t.State)
	run := treeRunJSON{
		ID: t.ID, Name: t.Task, Type: &kind, State: &state, StartTime: Date(t.StartTime), EndTime: Date(t.EndTime),
		Host: orNull(t.Host), Duration: durationText(start, end),
	}
	if t.Kind == workflow.KindSubWorkflow && task.SubWorkflow != nil {
		run.SubflowID = task.SubWorkflow.DefinitionID
	}
	return run
}
