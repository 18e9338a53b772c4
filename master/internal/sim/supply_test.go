package sim

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/porpoise-scheduler/porpoise/master/internal/dispatch"
	"github.com/porpoise-scheduler/porpoise/master/internal/materials"
	tasks "github.com/porpoise-scheduler/porpoise/pkg/task"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
	"github.com/porpoise-scheduler/porpoise/proto/workerpb"
)

// script is the kind of the simulation's tasks: it needs the resources that
// its parameters list.
type script struct{}

// kinds are the kinds that masters know.
var kinds = tasks.NewRegistry(script{})

func (script) ID() workflow.Kind              { return workflow.KindShell }
func (script) Validate(json.RawMessage) error { return nil }
func (script) Needs(raw json.RawMessage) (needs tasks.Needs, err error) {
	var p struct{ Needs []int64 }
	err = json.Unmarshal(raw, &p)
	for _, id := range p.Needs {
		needs.Resources = append(needs.Resources, workflow.ResourceRef{ID: id})
	}
	return needs, err
}

// needing makes a task need resources; the one numbered 404 is not there.
func needing(ids ...int64) func(*workflow.Task) {
	return func(t *workflow.Task) {
		t.Params, _ = json.Marshal(map[string]any{"needs": ids})
	}
}

// shelf keeps the resources: any id but 404 is there. While faults happen it
// does not always answer.
type shelf struct{ w *world }

func (s *shelf) stores() materials.Stores { return materials.Stores{Resources: s} }

// Get implements materials.Resources.
func (s *shelf) Get(_ context.Context, id int64) (workflow.Resource, error) {
	switch {
	case s.w.faulty() && s.w.chance(0.1):
		return workflow.Resource{}, workflow.Errorf(workflow.Unavailable, "database.unavailable", "it does not answer")
	case id == 404:
		return workflow.Resource{}, workflow.Errorf(workflow.NotFound, "resource.not_found", "no resource %d", id)
	}
	return workflow.Resource{ID: id, FullName: fmt.Sprint("/r", id), Key: "k"}, nil
}

// ByFullName implements materials.Resources.
func (s *shelf) ByFullName(context.Context, workflow.ResourceKind, string) (workflow.Resource, error) {
	return workflow.Resource{}, workflow.Errorf(workflow.NotFound, "resource.not_found", "nobody asks by name")
}

// Below implements materials.Resources.
func (s *shelf) Below(context.Context, int64) ([]workflow.Resource, error) { return nil, nil }

// counted counts the attempts that are killed before they are sent.
type counted struct {
	*materials.Pool
	w *world
}

// Cancel implements runner.Materials.
func (c counted) Cancel(attemptID int64, workerID string) (dispatch.Assignee, bool) {
	to, ok := c.Pool.Cancel(attemptID, workerID)
	if ok {
		c.w.counts.withheld++
	}
	return to, ok
}

// supply looks up what a master's next order needs, or lets it wait.
func (w *world) supply(m *master) {
	if m.dead || m.supply.Waiting() == 0 {
		return
	}
	w.active = true
	if w.chance(0.4) {
		m.supply.Once()
	}
}

// checkSupply checks that a started attempt has what its task needs.
func (w *world) checkSupply(a *workerpb.Assignment) {
	var p struct{ Needs []int64 }
	if err := json.Unmarshal(a.Params, &p); err != nil {
		w.fail("attempt %d: %v", a.AttemptId, err)
	}
	if strings.HasPrefix(a.Task, "lacking") || len(a.Resources) != len(p.Needs) {
		w.fail("attempt %d of %s started with %v instead of %v", a.AttemptId, a.Task, a.Resources, p.Needs)
	}
}
