package engine

import (
	"strings"

	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// notBegun begins the reason of an instance that did not start in time. It is
// kept with the instance, so that an owner to come does not tell it again.
const notBegun = "did not start in time"

// unbegun tells that the instance does not start. Children's parents speak for
// them.
func (r *Run) unbegun() {
	if r.inst.ParentID != 0 || !r.Waits() || strings.HasPrefix(r.inst.Reason, notBegun) {
		return
	}
	r.inst.Reason = joined(": ", notBegun, r.inst.Reason)
	r.touch()
	r.alert(workflow.AlertNoStart, nil, notBegun, r.unsuccessful())
}

// Waits reports whether the instance should run, and no attempt of it was
// begun yet, by a worker or in the engine.
func (r *Run) Waits() bool {
	switch r.inst.State {
	case workflow.Submitted, workflow.SerialWait, workflow.Running:
	default:
		return false
	}
	for i := range r.nodes {
		a := r.nodes[i].att
		if a != nil && (a.row.State != workflow.Submitted || a.row.SubmitTime.After(r.inst.StartTime)) {
			return false // what was made later follows something that was begun
		}
	}
	return true
}

// forgetOverdue drops that reason once an attempt runs. One that
// was only sent may come back.
func (r *Run) forgetOverdue() {
	if strings.HasPrefix(r.inst.Reason, notBegun) {
		r.forgetReason()
	}
}
