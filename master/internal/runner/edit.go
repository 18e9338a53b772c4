package runner

import (
	"context"

	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// editInstance gives a terminal instance another version of its workflow. What
// it ran of tasks that the version does not have is history from then on.
func (s *Shard) editInstance(ctx context.Context, c *workflow.Command) error {
	if s.runs[c.InstanceID] != nil {
		return workflow.Errorf(workflow.Invalid, "instance.running", "instance %d is not terminal", c.InstanceID)
	}
	inst, tasks, err := s.deps.Store.LoadInstance(ctx, c.InstanceID)
	if err != nil {
		return err
	}
	if !inst.State.Terminal() {
		return workflow.Errorf(workflow.Invalid, "instance.running", "instance %d is %s", c.InstanceID, inst.State)
	}
	v, err := s.deps.Definitions.Plan(ctx, inst.DefinitionID, c.Start.Version)
	if err != nil {
		return err
	}
	known := make(map[string]bool, len(v.Def.Tasks))
	for i := range v.Def.Tasks {
		known[v.Def.Tasks[i].Name] = true
	}
	inst.DefinitionVersion = v.Def.Version
	s.out.batch.Instances = append(s.out.batch.Instances, inst)
	for i := range tasks {
		if tasks[i].Current && !known[tasks[i].Task] {
			tasks[i].Current = false
			s.out.batch.Tasks = append(s.out.batch.Tasks, tasks[i])
		}
	}
	s.leave(c.InstanceID, inst.ParentTaskID) // what follows waits until this is written
	return nil
}
