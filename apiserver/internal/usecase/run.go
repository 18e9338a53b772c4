package usecase

import (
	"context"
	"slices"
	"strconv"
	"time"

	"github.com/porpoise-scheduler/porpoise/pkg/engine"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// Action is what a person may do with an instance or one of its attempts.
type Action string

// Actions of instances, then those of attempts.
const (
	ActStop         Action = "STOP"
	ActPause        Action = "PAUSE"
	ActResume       Action = "RESUME"       // what was paused or stopped
	ActRerun        Action = "RERUN"        // everything again
	ActRerunFailed  Action = "RERUN_FAILED" // what did not succeed, and what follows it
	ActDelete       Action = "DELETE"
	ActRerunFrom    Action = "RERUN_FROM" // one task and what follows it
	ActForceSuccess Action = "FORCE_SUCCESS"
	ActReleaseHold  Action = "RELEASE_HOLD" // run a lost attempt again that waits for a decision
	ActForceStart   Action = "FORCE_START"  // of an attempt that waits for a slot of a task group
	ActLog          Action = "LOG"
)

// commandOf gives what an action asks a master for.
func commandOf(a Action) workflow.CommandType {
	switch a {
	case ActStop:
		return workflow.CmdStop
	case ActPause:
		return workflow.CmdPause
	case ActResume:
		return workflow.CmdRecoverPaused
	case ActRerun:
		return workflow.CmdRerun
	case ActRerunFailed:
		return workflow.CmdRecoverFailed
	case ActRerunFrom:
		return workflow.CmdRerunFrom
	case ActForceSuccess:
		return workflow.CmdForceSuccess
	case ActReleaseHold:
		return workflow.CmdReleaseHold
	case ActForceStart:
		return workflow.CmdForceStart
	}
	return ""
}

// InstanceActions lists what somebody with a role may do with an instance now.
func InstanceActions(in *workflow.Instance, role workflow.ProjectRole) []Action {
	var list []Action
	if !role.Includes(workflow.RoleOperator) {
		return list
	}
	for _, a := range []Action{ActStop, ActPause, ActResume, ActRerun, ActRerunFailed} {
		if engine.Allows(commandOf(a), in.State) {
			list = append(list, a)
		}
	}
	if in.State.Terminal() && role.Includes(workflow.RoleDeveloper) {
		list = append(list, ActDelete)
	}
	return list
}

// TaskActions lists what somebody with a role may do with an attempt now.
func TaskActions(in *workflow.Instance, t *workflow.TaskInstance, role workflow.ProjectRole) []Action {
	var list []Action
	if t.Host != "" {
		list = append(list, ActLog)
	}
	if !role.Includes(workflow.RoleOperator) || !t.Current {
		return list
	}
	for _, a := range attemptActions() {
		if allowsTask(a, in, t) {
			list = append(list, a)
		}
	}
	return list
}

// attemptActions are those that ask a master for something about an attempt.
func attemptActions() []Action {
	return []Action{ActRerunFrom, ActForceSuccess, ActReleaseHold, ActForceStart}
}

func allowsTask(a Action, in *workflow.Instance, t *workflow.TaskInstance) bool {
	if !engine.Allows(commandOf(a), in.State) {
		return false
	}
	switch a {
	case ActForceSuccess:
		return t.State == workflow.Failed || t.State == workflow.Killed || t.State == workflow.Lost
	case ActReleaseHold:
		return t.State == workflow.Lost
	case ActForceStart:
		return t.AwaitedGroup() != 0
	}
	return true
}

// Act gives an instance a command. task, the name or the id of a current
// attempt, is for the actions of attempts. Reasons: "instance.not_found",
// "action.unknown", "instance.state", "definition.offline", "tenant.unsuitable",
// "task.not_found", "task.state", "command.pending".
func (s *Service) Act(ctx context.Context, c Caller, p workflow.Project, instanceID int64, a Action, task string) error {
	in, err := s.Instance(ctx, p, instanceID)
	if err != nil {
		return err
	}
	command := commandOf(a)
	if command == "" {
		return workflow.Errorf(workflow.Invalid, "action.unknown", "there is no action %q", a).At("action")
	}
	if !engine.Allows(command, in.State) {
		return workflow.Errorf(workflow.Conflict, "instance.state", "instance %s is %s: no %s", in.Name, in.State, a)
	}
	if starts(command) || a == ActRerunFrom {
		if err := s.mayStartAgain(ctx, p, in.DefinitionID); err != nil {
			return err
		}
	}
	var taskID int64
	if slices.Contains(attemptActions(), a) {
		if taskID, err = s.actOn(ctx, &in, a, task); err != nil {
			return err
		}
	}
	return s.commandTask(ctx, c, &in, command, taskID)
}

// mayStartAgain refuses what its workflow does not let start now.
func (s *Service) mayStartAgain(ctx context.Context, p workflow.Project, definitionID int64) error {
	d, err := s.Definition(ctx, p, definitionID)
	if err != nil {
		return err
	}
	if d.ReleaseState != workflow.Online {
		return definitionOffline(definitionID)
	}
	_, _, err = s.runsAs(ctx, &d)
	return err
}

// actOn finds the current attempt that an action is about.
func (s *Service) actOn(ctx context.Context, in *workflow.Instance, a Action, task string) (int64, error) {
	list, err := s.Store.Tasks.ByInstance(ctx, in.ID, false)
	if err != nil {
		return 0, err
	}
	i := slices.IndexFunc(list, func(t workflow.TaskInstance) bool { return t.Task == task })
	if id, err := strconv.ParseInt(task, 10, 64); i < 0 && err == nil {
		i = slices.IndexFunc(list, func(t workflow.TaskInstance) bool { return t.ID == id })
	}
	if i < 0 {
		return 0, workflow.Errorf(workflow.Invalid, "task.not_found", "instance %s has no current attempt of a task %q", in.Name, task).At("task")
	}
	if t := &list[i]; !allowsTask(a, in, t) {
		return 0, workflow.Errorf(workflow.Conflict, "task.state", "the attempt of %s is %s: no %s", t.Task, t.State, a).At("task")
	}
	return list[i].ID, nil
}

// RemoveInstance has a terminal instance removed. Reasons are those of
// DeleteInstance.
func (s *Service) RemoveInstance(ctx context.Context, c Caller, p workflow.Project, id int64) error {
	return s.DeleteInstance(ctx, c, p, id, string(ActDelete))
}

// pollStarted is how often the outcome of a command is looked for.
const pollStarted = 50 * time.Millisecond

// StartedInstance waits until a master made the instance that a start asks for,
// and gives its id; 0 when it takes longer.
func (s *Service) StartedInstance(ctx context.Context, cmd workflow.Command, wait time.Duration) (int64, error) {
	return waitFor(ctx, wait, func() (int64, error) { return s.Store.Runs.StartedBy(ctx, cmd.DefinitionID, cmd.ID) })
}

// StartedBackfill is StartedInstance for a backfill.
func (s *Service) StartedBackfill(ctx context.Context, cmd workflow.Command, wait time.Duration) (int64, error) {
	return waitFor(ctx, wait, func() (int64, error) { return s.Store.Backfills.StartedBy(ctx, cmd.ProjectID, cmd.ID) })
}

// waitFor asks until there is an id; 0 when there is none in time.
func waitFor(ctx context.Context, wait time.Duration, find func() (int64, error)) (int64, error) {
	if wait <= 0 {
		return 0, nil
	}
	end := time.NewTimer(wait)
	defer end.Stop()
	poll := time.NewTicker(pollStarted)
	defer poll.Stop()
	for {
		if id, err := find(); id != 0 || err != nil {
			return id, err
		}
		select {
		case <-ctx.Done():
			return 0, ctx.Err()
		case <-end.C:
			return 0, nil
		case <-poll.C:
		}
	}
}
