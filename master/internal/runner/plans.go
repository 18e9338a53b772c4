package runner

import (
	"context"
	"sync"

	"github.com/porpoise-scheduler/porpoise/pkg/engine"
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
	limit    int // tasks of all known versions together

	mu    sync.Mutex
	known map[planKey]*planEntry
	order []planKey // oldest first; evicted in that order
	tasks int       // weight of all known
}

type planKey struct {
	id      int64
	version int
}

type planEntry struct {
	plan *engine.Plan
	def  *workflow.Definition
}

// NewPlans makes a cache of versions that have at most limit tasks together: a
// version's size is that of its tasks. One larger than that stays alone.
func NewPlans(s DefinitionStore, ps ProjectStore, limit int) *Plans {
	return &Plans{store: s, projects: ps, limit: limit, known: map[planKey]*planEntry{}}
}

var _ Definitions = (*Plans)(nil)

// Plan gives a compiled version; version 0 is the current one.
func (p *Plans) Plan(ctx context.Context, id int64, version int) (*engine.Plan, *workflow.Definition, error) {
	if version == 0 {
		current, err := p.store.CurrentVersion(ctx, id)
		if err != nil {
			return nil, nil, err
		}
		version = current
	}
	if e := p.get(planKey{id, version}); e != nil {
		return e.plan, e.def, nil
	}
	def, err := p.store.Definition(ctx, id, version)
	if err != nil {
		return nil, nil, err
	}
	return p.compile(ctx, def)
}

// weight is what a version costs: its tasks, and something for itself.
func weight(d *workflow.Definition) int { return len(d.Tasks) + 5 }

func (p *Plans) get(k planKey) *planEntry {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.known[k]
}

// compile compiles a definition and remembers it.
func (p *Plans) compile(ctx context.Context, def workflow.Definition) (*engine.Plan, *workflow.Definition, error) {
	k := planKey{def.ID, def.Version}
	if e := p.get(k); e != nil {
		return e.plan, e.def, nil
	}
	plan, err := engine.Compile(&def)
	if err != nil {
		return nil, nil, err
	}
	project, err := p.projects.Get(ctx, def.ProjectID)
	if err != nil {
		return nil, nil, err
	}
	plan = plan.InProject(project.Code, project.Name)
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.known[k] == nil {
		p.tasks += weight(&def)
		for len(p.order) > 0 && p.tasks > p.limit {
			p.tasks -= weight(p.known[p.order[0]].def)
			delete(p.known, p.order[0])
			p.order = p.order[1:]
		}
		p.order = append(p.order, k)
	}
	p.known[k] = &planEntry{plan: plan, def: &def}
	return plan, &def, nil
}
