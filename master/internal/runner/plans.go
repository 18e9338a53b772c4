package runner

import (
	"context"
	"strings"
	"sync"

	"github.com/porpoise-scheduler/porpoise/master/internal/materials"
	"github.com/porpoise-scheduler/porpoise/pkg/engine"
	"github.com/porpoise-scheduler/porpoise/pkg/task"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// DefinitionStore reads definitions.
type DefinitionStore interface {
	Definition(ctx context.Context, id int64, version int) (workflow.Definition, error)
	CurrentVersion(ctx context.Context, id int64) (int, error)
}

// ProjectStore reads projects.
type ProjectStore interface {
	Get(ctx context.Context, id int64) (workflow.Project, error)
}

// Plans caches compiled definitions by workflow and version; versions never
// change. All shards of a master share it.
type Plans struct {
	store    DefinitionStore
	projects ProjectStore
	kinds    *task.Registry
	limit    int // tasks of all known versions together

	mu    sync.Mutex
	known map[planKey]*Version
	order []planKey // oldest first; evicted in that order
	tasks int       // weight of all known
}

type planKey struct {
	id      int64
	version int
}

// Version is a compiled version of a definition; nobody changes it.
type Version struct {
	Plan  *engine.Plan
	Def   *workflow.Definition
	needs map[string]*materials.Wish // of the tasks that have some
}

// NewPlans makes a cache of versions that have at most limit tasks together: a
// version's size is that of its tasks. One larger than that stays alone. The
// kinds say what tasks need.
func NewPlans(s DefinitionStore, ps ProjectStore, kinds *task.Registry, limit int) *Plans {
	return &Plans{store: s, projects: ps, kinds: kinds, limit: limit, known: map[planKey]*Version{}}
}

var _ Definitions = (*Plans)(nil)

// Plan gives a compiled version; version 0 is the current one.
func (p *Plans) Plan(ctx context.Context, id int64, version int) (*Version, error) {
	if version == 0 {
		current, err := p.store.CurrentVersion(ctx, id)
		if err != nil {
			return nil, err
		}
		version = current
	}
	if v := p.get(planKey{id, version}); v != nil {
		return v, nil
	}
	def, err := p.store.Definition(ctx, id, version)
	if err != nil {
		return nil, err
	}
	return p.compile(ctx, def)
}

// weight is what a version costs: its tasks, and something for itself.
func weight(d *workflow.Definition) int { return len(d.Tasks) + 5 }

func (p *Plans) get(k planKey) *Version {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.known[k]
}

// compile compiles a definition and remembers it.
func (p *Plans) compile(ctx context.Context, def workflow.Definition) (*Version, error) {
	k := planKey{def.ID, def.Version}
	if v := p.get(k); v != nil {
		return v, nil
	}
	lean(&def)
	plan, err := engine.Compile(&def)
	if err != nil {
		return nil, err
	}
	project, err := p.projects.Get(ctx, def.ProjectID)
	if err != nil {
		return nil, err
	}
	def.Edges = nil // the plan has them as numbers
	v := &Version{Plan: plan.InProject(project.Code, project.Name), Def: &def, needs: p.needs(&def)}
	p.keep(k, v)
	return v, nil
}

// lean leaves out of a definition what only editors need, and the room that
// decoding left behind its list of tasks: together more than half of its memory.
// What thousands of tasks have as small texts is put together, or it would hold
// on to the pages that whatever was decoded beside it has left.
func lean(def *workflow.Definition) {
	def.Description, def.Layout = "", nil
	var names, params int
	for i := range def.Tasks {
		names += len(def.Tasks[i].Name)
		params += len(def.Tasks[i].Params)
	}
	var text strings.Builder
	text.Grow(names)
	raw := make([]byte, 0, params)
	kinds := map[workflow.Kind]workflow.Kind{}
	tasks := make([]workflow.Task, len(def.Tasks))
	for i, t := range def.Tasks {
		t.Description, t.Ext = "", nil
		text.WriteString(t.Name)
		t.Name = text.String()[text.Len()-len(t.Name):]
		if t.Params != nil {
			begin := len(raw)
			raw = append(raw, t.Params...)
			t.Params = raw[begin:len(raw):len(raw)]
		}
		if _, known := kinds[t.Kind]; !known {
			kinds[t.Kind] = t.Kind
		}
		t.Kind = kinds[t.Kind]
		tasks[i] = t
	}
	def.Tasks = tasks
}

// keep remembers a version and puts out the oldest for it.
func (p *Plans) keep(k planKey, v *Version) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.known[k] == nil {
		p.tasks += weight(v.Def)
		for len(p.order) > 0 && p.tasks > p.limit {
			p.tasks -= weight(p.known[p.order[0]].Def)
			delete(p.known, p.order[0])
			p.order = p.order[1:]
		}
		p.order = append(p.order, k)
	}
	p.known[k] = v
}

// needs reads, once per version, what its tasks need; most need nothing.
func (p *Plans) needs(def *workflow.Definition) map[string]*materials.Wish {
	var all map[string]*materials.Wish
	for _, t := range def.Tasks {
		kind, _ := p.kinds.Get(t.Kind)
		needer, ok := kind.(task.Needer)
		if !ok {
			continue
		}
		needs, err := needer.Needs(t.Params)
		if err == nil && needs.Empty() {
			continue
		}
		if all == nil {
			all = map[string]*materials.Wish{}
		}
		all[t.Name] = &materials.Wish{Needs: needs, Err: err}
	}
	return all
}
