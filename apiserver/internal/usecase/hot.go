package usecase

import (
	"context"
	"sync"
	"time"

	"github.com/porpoise-scheduler/porpoise/pkg/coord"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// hotTTL is how long starts may rely on what was read before. Only what allows
// a start is kept, so that nothing is refused because of the past: what another
// server allowed counts at once, what it forbade after hotTTL at the latest.
const hotTTL = time.Second

// maxHot bounds the number of definitions remembered.
const maxHot = 4096

// startable is what a start needs to know of an online definition.
type startable struct {
	ProjectID int64
	Tasks     map[string]struct{}
	Tenant    string
	Queue     string // of the tenant

	Receivers, ReceiversCc string
	until                  time.Time
}

// hot remembers what every start asks for. Its zero value is ready.
type hot struct {
	mu          sync.Mutex
	generation  int // one more whenever something was forgotten
	definitions map[int64]startable
	projects    map[string]hotProject
	masterUntil time.Time
}

// definition gives what is remembered of a definition.
func (h *hot) definition(id int64, now time.Time) (s startable, generation int, ok bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	s, ok = h.definitions[id]
	return s, h.generation, ok && now.Before(s.until)
}

// keep remembers s, unless something was forgotten since its reading began.
func (h *hot) keep(id int64, s startable, generation int, now time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if generation != h.generation {
		return
	}
	if h.definitions == nil || len(h.definitions) >= maxHot {
		h.definitions = map[int64]startable{}
	}
	s.until = now.Add(hotTTL)
	h.definitions[id] = s
}

// forget drops everything, after a change of a definition, project,
// user, tenant or queue.
func (h *hot) forget() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.generation++
	h.definitions, h.projects = nil, nil
}

type hotProject struct {
	workflow.Project
	until time.Time
}

// project gives what is remembered under a project's name.
func (h *hot) project(name string, now time.Time) (p workflow.Project, generation int, ok bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	known, ok := h.projects[name]
	return known.Project, h.generation, ok && now.Before(known.until)
}

// keepProject remembers p like keep.
func (h *hot) keepProject(p workflow.Project, generation int, now time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if generation != h.generation {
		return
	}
	if h.projects == nil || len(h.projects) >= maxHot {
		h.projects = map[string]hotProject{}
	}
	h.projects[p.Name] = hotProject{Project: p, until: now.Add(hotTTL)}
}

// ProjectToStart gives the project of a name, without asking for the caller's
// right to it. It is for starts alone, which ask for the same few projects
// again and again.
func (s *Service) ProjectToStart(ctx context.Context, name string) (workflow.Project, error) {
	now := s.Now()
	known, generation, ok := s.hot.project(name, now)
	if ok {
		return known, nil
	}
	p, err := s.Store.Projects.ByName(ctx, name)
	if err != nil {
		return p, missingAs(err, projectNotFound(name))
	}
	if p.Name == name { // databases may compare names more loosely
		s.hot.keepProject(p, generation, now)
	}
	return p, nil
}

func (h *hot) masterSeen(now time.Time) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return now.Before(h.masterUntil)
}

func (h *hot) sawMaster(now time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.masterUntil = now.Add(hotTTL)
}

// requireMaster refuses with "master.none" when no master is alive.
func (s *Service) requireMaster(ctx context.Context) error {
	now := s.Now()
	if s.hot.masterSeen(now) {
		return nil
	}
	masters, err := s.Coord.Members(ctx, coord.Master)
	if err != nil {
		return err
	}
	if len(masters) == 0 {
		return workflow.Errorf(workflow.Unavailable, "master.none", "no master is alive")
	}
	s.hot.sawMaster(now)
	return nil
}
