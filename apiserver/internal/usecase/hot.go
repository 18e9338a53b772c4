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

// forget drops everything, after a change of a definition, user or tenant.
func (h *hot) forget() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.generation++
	h.definitions = nil
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
