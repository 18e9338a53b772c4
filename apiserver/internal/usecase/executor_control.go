package usecase

import (
	"context"
	"slices"

	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// allowedFrom lists the states of an instance from which a command may be given.
func allowedFrom(t workflow.CommandType) []workflow.State {
	switch t {
	case workflow.CmdPause:
		return []workflow.State{workflow.Running}
	case workflow.CmdStop:
		// An instance that waits its turn could not be got rid of otherwise.
		return []workflow.State{workflow.Running, workflow.SerialWait}
	case workflow.CmdRerun, workflow.CmdDelete:
		return []workflow.State{workflow.Succeeded, workflow.Failed, workflow.Paused, workflow.Stopped}
	case workflow.CmdRecoverFailed:
		return []workflow.State{workflow.Failed}
	case workflow.CmdRecoverPaused:
		return []workflow.State{workflow.Paused, workflow.Stopped}
	default:
		return nil
	}
}

// starts reports whether a command lets an instance run again.
func starts(t workflow.CommandType) bool {
	return t == workflow.CmdRerun || t == workflow.CmdRecoverFailed || t == workflow.CmdRecoverPaused
}

// RequireState refuses ("instance.state") an instance that is not in a state
// from which the command may be given. Arguments are its name, its state (a
// workflow.State) and operation, the dialect's word for the command.
func RequireState(in *workflow.Instance, t workflow.CommandType, operation string) error {
	if slices.Contains(allowedFrom(t), in.State) {
		return nil
	}
	return workflow.Errorf(workflow.Conflict, "instance.state", "instance %s is %s: no %s", in.Name, in.State, operation).
		With(in.Name, in.State, operation)
}

// Control gives an instance a command: pause, stop, rerun, recover. operation is
// the dialect's word for it. Reasons in the order they are checked:
// "instance.not_found", "definition.not_found", "definition.offline",
// "instance.state", "tenant.unsuitable", "command.pending" (the definition's
// id). The middle ones concern commands that let it run again.
func (s *Service) Control(ctx context.Context, c Caller, p workflow.Project, instanceID int64, t workflow.CommandType, operation string) error {
	in, err := s.Instance(ctx, p, instanceID)
	if err != nil {
		return err
	}
	var d workflow.Definition
	if starts(t) {
		if d, err = s.Definition(ctx, p, in.DefinitionID); err != nil {
			return err
		}
		if d.ReleaseState != workflow.Online {
			return definitionOffline(in.DefinitionID)
		}
	}
	if err := RequireState(&in, t, operation); err != nil {
		return err
	}
	if starts(t) {
		if _, _, err := s.runsAs(ctx, &d); err != nil {
			return err
		}
	}
	return s.command(ctx, c, &in, t)
}

// command stores a command that acts on an instance, and wakes its owner.
func (s *Service) command(ctx context.Context, c Caller, in *workflow.Instance, t workflow.CommandType) error {
	return s.commandTask(ctx, c, in, t, 0)
}

// commandTask is command for one attempt of the instance.
func (s *Service) commandTask(ctx context.Context, c Caller, in *workflow.Instance, t workflow.CommandType, taskID int64) error {
	cmd := workflow.Command{
		Shard: in.Shard, Type: t, ProjectID: in.ProjectID, DefinitionID: in.DefinitionID,
		InstanceID: in.ID, TaskID: taskID, UserID: c.User.ID,
	}
	err := s.Store.Commands.Insert(ctx, &cmd)
	if workflow.ErrorReason(err) == "command.pending" {
		return workflow.Errorf(workflow.Conflict, "command.pending", "another command for instance %d waits", in.ID).With(in.DefinitionID)
	}
	if err != nil {
		return err
	}
	s.nudge(cmd)
	return nil
}
