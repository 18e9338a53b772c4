package runner

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/porpoise-scheduler/porpoise/pkg/engine"
	"github.com/porpoise-scheduler/porpoise/pkg/store"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// pageOfCommands bounds what is read at once, so that one burst of requests
// does not hold up running instances.
const pageOfCommands = 200

// overlap is how many ids before the last one read are looked at again: ids are
// given before the commit, so that a lower one may appear after a higher.
const overlap = 256

// readCommands obeys the commands that wait for this shard, from about the
// last one read on. In a burst that saves reading again and again those that
// are obeyed but not deleted yet.
func (s *Shard) readCommands(ctx context.Context) error {
	limit := pageOfCommands + overlap
	after := max(0, s.lastRead-overlap)
	if after == 0 {
		limit += len(s.taken)
	}
	cs, err := s.deps.Store.Pending(ctx, []int{s.fence.Shard}, after, limit)
	if err != nil {
		return fmt.Errorf("reading commands: %w", err)
	}
	if len(cs) > 0 {
		s.lastRead = max(s.lastRead, cs[len(cs)-1].ID)
		s.seenTo = max(s.seenTo, s.lastRead)
	}
	for i := range cs {
		if s.taken[cs[i].ID] {
			continue
		}
		s.taken[cs[i].ID] = true
		s.read.add(cs[i].ID)
		if err := s.obey(ctx, &cs[i]); err != nil {
			return err
		}
	}
	s.out.reread = s.out.reread || len(cs) == limit
	return nil
}

// obey carries out one command. What is wrong with the command itself is
// recorded with it; what is wrong with the database is returned.
func (s *Shard) obey(ctx context.Context, c *workflow.Command) error {
	if s.strikes[c.ID] >= s.cfg.MaxFailures {
		return s.complain(ctx, c, workflow.Errorf(workflow.Invalid, "command.refused", "what it leads to cannot be stored"))
	}
	if s.leaves(c.InstanceID) {
		delete(s.taken, c.ID)
		s.postponed = true
		return nil
	}
	err := s.carryOut(ctx, c)
	if err == nil {
		s.out.batch.Commands = append(s.out.batch.Commands, c.ID)
		s.out.obeyed = append(s.out.obeyed, c.ID)
		return nil
	}
	if code := workflow.ErrorCode(err); code == workflow.Unavailable || errors.Is(err, context.Canceled) {
		delete(s.taken, c.ID)
		return err
	}
	return s.complain(ctx, c, err)
}

// onWritten forgets what is done with, and obeys what waited for it.
func (s *Shard) onWritten(ctx context.Context, m written) error {
	for _, id := range m.commands {
		delete(s.taken, id)
	}
	s.settled(m.settled)
	if !s.postponed {
		return nil
	}
	s.postponed, s.lastRead = false, 0
	return s.readCommands(ctx)
}

// complain counts a failed command and puts it into quarantine in the end. An
// error that cannot get better goes there at once.
func (s *Shard) complain(ctx context.Context, c *workflow.Command, err error) error {
	c.Attempts++
	c.LastError = err.Error()
	hopeless := workflow.ErrorCode(err) == workflow.Invalid || workflow.ErrorCode(err) == workflow.NotFound
	s.out.obeyed = append(s.out.obeyed, c.ID) // looked at again only when read again
	if !hopeless && c.Attempts < s.cfg.MaxFailures {
		s.out.batch.Retry = append(s.out.batch.Retry, *c)
		s.timers.add(s.deps.Now().Add(s.cfg.LoadRetry), retryCommand{})
		return nil
	}
	if err := s.alertCommand(ctx, c); err != nil {
		delete(s.taken, c.ID)
		return err
	}
	s.log.Error("command quarantined", "command", c.ID, "type", c.Type, "definition", c.DefinitionID, "instance", c.InstanceID, "err", err)
	s.out.batch.Quarantine = append(s.out.batch.Quarantine, *c)
	return nil
}

func (s *Shard) carryOut(ctx context.Context, c *workflow.Command) error {
	switch c.Type {
	case workflow.CmdStart:
		_, err := s.start(ctx, c, origin{command: workflow.CmdStart, scheduleTime: c.Start.ScheduleTime})
		return err
	case workflow.CmdSub:
		return s.startChild(ctx, c)
	case workflow.CmdChildEnded:
		return s.childEnded(ctx, c)
	case workflow.CmdBackfill:
		return s.startBackfill(ctx, c)
	case workflow.CmdPauseBackfill, workflow.CmdResumeBackfill, workflow.CmdStopBackfill:
		return s.controlBackfill(ctx, c)
	case workflow.CmdScheduleChange:
		return s.reloadSchedule(ctx, c.ScheduleID)
	case workflow.CmdDelete:
		return s.deleteInstance(ctx, c)
	case workflow.CmdEdit:
		return s.editInstance(ctx, c)
	case workflow.CmdPause, workflow.CmdStop, workflow.CmdRerun, workflow.CmdRecoverPaused,
		workflow.CmdRecoverFailed, workflow.CmdForceSuccess, workflow.CmdReleaseHold,
		workflow.CmdForceStart, workflow.CmdRerunFrom:
		return s.control(ctx, c)
	default:
		return workflow.Errorf(workflow.Invalid, "command.type", "unknown command type %q", c.Type)
	}
}

// origin is where an instance comes from.
type origin struct {
	command      workflow.CommandType
	scheduleID   int64
	backfillID   int64
	scheduleTime time.Time
	parentID     int64
	parentTaskID int64
}

// start makes an instance and, if its workflow's policy lets it, begins it.
func (s *Shard) start(ctx context.Context, c *workflow.Command, from origin) (int64, error) {
	id, err := s.create(ctx, c, from)
	if err != nil {
		return 0, err
	}
	return id, s.admit(ctx, id)
}

// create makes an instance that has not begun.
func (s *Shard) create(ctx context.Context, c *workflow.Command, from origin) (int64, error) {
	v, err := s.deps.Definitions.Plan(ctx, c.DefinitionID, cmp.Or(c.Start.Version, c.Current))
	if err != nil {
		return 0, err
	}
	plan, def := v.Plan, v.Def
	opts := c.Start
	opts.Version, opts.CommandID = def.Version, c.ID
	if from.parentTaskID != 0 {
		opts.Params = plan.Inherit(opts.Params)
	}
	if err := s.fillTenant(ctx, def, &opts); err != nil {
		return 0, err
	}
	if err := s.instanceIDs.reserve(ctx, 1); err != nil {
		return 0, err
	}
	now := s.deps.Now()
	inst := workflow.Instance{
		ID: s.instanceIDs.next(), Shard: s.fence.Shard, ProjectID: def.ProjectID,
		DefinitionID: def.ID, DefinitionVersion: def.Version,
		Name:  def.Name + "-" + strconv.Itoa(def.Version) + "-" + strconv.FormatInt(now.UnixMilli(), 10),
		State: workflow.Submitted, Policy: policyOf(def), Command: from.command, History: []workflow.CommandType{from.command},
		Start: opts, UserID: c.UserID, ScheduleID: from.scheduleID, BackfillID: from.backfillID,
		ScheduleTime: from.scheduleTime, CommandTime: c.CreateTime, RunTimes: 1,
		ParentID: from.parentID, ParentTaskID: from.parentTaskID, MasterID: s.cfg.MasterID,
	}
	run, err := engine.New(plan, inst)
	if err != nil {
		return 0, err
	}
	s.runs[inst.ID] = &live{run: run, plan: plan, def: def, needs: v.needs, parentTask: inst.ParentTaskID}
	if inst.ParentTaskID != 0 {
		s.children[inst.ParentTaskID] = inst.ID
	}
	return inst.ID, nil
}

// fillTenant resolves the OS user of an instance whose starter did not.
func (s *Shard) fillTenant(ctx context.Context, def *workflow.Definition, opts *workflow.StartOptions) error {
	if opts.TenantCode != "" || def.TenantID <= 0 {
		return nil // without any, its attempts fail and say so
	}
	t, err := s.deps.Store.Tenant(ctx, def.TenantID)
	if err != nil {
		return err
	}
	opts.TenantCode = t.Code
	return nil
}

func policyOf(def *workflow.Definition) workflow.ExecutionPolicy {
	if def.Policy == "" {
		return workflow.Parallel
	}
	return def.Policy
}

// startChild makes the instance of a parent's SUB_WORKFLOW attempt, once.
func (s *Shard) startChild(ctx context.Context, c *workflow.Command) error {
	_, err := s.deps.Store.ChildOf(ctx, c.Child.ParentTaskID)
	switch {
	case err == nil:
		return nil // the command was written twice: its parent's commit had an unknown outcome
	case workflow.ErrorCode(err) != workflow.NotFound:
		return err
	}
	if _, made := s.children[c.Child.ParentTaskID]; made { // but not committed yet
		return nil
	}
	id, err := s.start(ctx, c, origin{
		command: workflow.CmdSub, scheduleTime: c.Child.ScheduleTime,
		parentID: c.Child.ParentID, parentTaskID: c.Child.ParentTaskID,
	})
	if code := workflow.ErrorCode(err); code == workflow.NotFound || code == workflow.Invalid {
		// The parent must not wait for a child that cannot be.
		s.tellParent(c.Child.ParentID, c.Child.ParentTaskID, c.Child.ParentShard, workflow.ChildNotice{
			State: workflow.Failed, Reason: "its sub-workflow could not be started: " + err.Error(),
		}, "0")
		return nil
	}
	if err != nil {
		return err
	}
	s.tellParent(c.Child.ParentID, c.Child.ParentTaskID, c.Child.ParentShard, workflow.ChildNotice{
		ChildID: id, State: workflow.Running,
	}, "started")
	return nil
}

// childEnded hands a child's start or end to its parent's run.
func (s *Shard) childEnded(ctx context.Context, c *workflow.Command) error {
	n := c.Child
	if s.runs[n.ParentID] == nil {
		return nil // the parent is over: nobody waits
	}
	if !n.State.Terminal() {
		return s.step(ctx, n.ParentID, engine.ChildStarted{TaskID: n.ParentTaskID, ChildID: n.ChildID})
	}
	return s.step(ctx, n.ParentID, engine.ChildEnded{
		TaskID: n.ParentTaskID, ChildID: n.ChildID, State: n.State, Reason: n.Reason, Vars: n.Vars,
	})
}

// childCommand asks the child's shard to start it.
func (s *Shard) childCommand(id int64, l *live, c engine.Child) workflow.Command {
	parent := l.run.Instance()
	opts := parent.Start
	opts.Version = 0
	opts.StartTasks, opts.Scope = nil, ""
	opts.ScheduleTime = time.Time{}
	opts.WarningType, opts.WarningGroupID = workflow.WarnNone, 0
	opts.Timeout = 0
	opts.Params = c.Params
	return workflow.Command{
		Shard: store.ShardOf(c.DefinitionID, store.Shards), Type: workflow.CmdSub,
		DefinitionID: c.DefinitionID, UserID: parent.UserID, CreateTime: s.deps.Now(), Start: opts,
		Key: "sub:" + strconv.FormatInt(c.TaskID, 10),
		Child: &workflow.ChildNotice{
			ParentID: id, ParentTaskID: c.TaskID, ParentShard: s.fence.Shard,
			ScheduleTime: parent.ScheduleTime, Command: parent.Command,
		},
	}
}

// signalKey begins the keys of commands that parents send.
const signalKey = "signal:"

// signalCommand hands a parent's command down to its child.
func (s *Shard) signalCommand(l *live, sig engine.Signal) workflow.Command {
	inst := l.run.Instance()
	return workflow.Command{
		Shard: store.ShardOf(sig.DefinitionID, store.Shards), Type: sig.Command,
		DefinitionID: sig.DefinitionID, InstanceID: sig.ChildID, UserID: inst.UserID, CreateTime: s.deps.Now(),
		Key: fmt.Sprintf(signalKey+"%d:%s:%d:%d", sig.TaskID, sig.Command, inst.RunTimes, inst.ID),
	}
}

// tellParent leaves a note for a parent. mark tells apart what the same child
// says at different times.
func (s *Shard) tellParent(parent, task int64, shard int, n workflow.ChildNotice, mark string) {
	n.ParentID, n.ParentTaskID, n.ParentShard = parent, task, shard
	s.out.batch.Insert = append(s.out.batch.Insert, workflow.Command{
		Shard: shard, Type: workflow.CmdChildEnded, InstanceID: parent, CreateTime: s.deps.Now(),
		Key: "child:" + strconv.FormatInt(task, 10) + ":" + mark, Child: &n,
	})
	s.out.nudge(shard)
}

// control gives a user's command to an instance, loading it if it is over.
func (s *Shard) control(ctx context.Context, c *workflow.Command) error {
	if s.runs[c.InstanceID] == nil {
		if err := s.revive(ctx, c.InstanceID); err != nil {
			return err
		}
	}
	l := s.runs[c.InstanceID]
	if l == nil {
		return workflow.Errorf(workflow.Conflict, "instance.broken", "instance %d cannot be loaded", c.InstanceID)
	}
	was := l.run.State()
	if err := s.step(ctx, c.InstanceID, engine.Control{Command: c.Type, TaskID: c.TaskID}); err != nil {
		return err
	}
	l = s.runs[c.InstanceID]
	if l == nil {
		return nil
	}
	switch is := l.run.State(); {
	case is.Terminal():
		if strings.HasPrefix(c.Key, signalKey) { // its parent waits: it must hear where the child is
			if err := s.reportToParent(ctx, l.run.Instance(), "again:"+strconv.FormatInt(c.ID, 10)); err != nil {
				return err
			}
		}
		s.drop(c.InstanceID) // nothing moved, or only a row of it did
	case was.Terminal():
		s.lane(l).Running(c.InstanceID)
	}
	return nil
}

// revive loads a terminal instance so that a command can act on it.
func (s *Shard) revive(ctx context.Context, id int64) error {
	inst, tasks, err := s.deps.Store.LoadInstance(ctx, id)
	if err != nil {
		return err
	}
	if inst.Shard != s.fence.Shard {
		return workflow.Errorf(workflow.Invalid, "command.shard", "instance %d belongs to shard %d", id, inst.Shard)
	}
	return s.restore(ctx, inst, tasks)
}

// deleteInstance removes a terminal instance and its task instances.
func (s *Shard) deleteInstance(ctx context.Context, c *workflow.Command) error {
	if s.runs[c.InstanceID] != nil {
		return notDeleted(c, "is not terminal")
	}
	inst, _, err := s.deps.Store.LoadInstance(ctx, c.InstanceID)
	if workflow.ErrorCode(err) == workflow.NotFound {
		return nil
	}
	if err != nil {
		return err
	}
	if !inst.State.Terminal() {
		return notDeleted(c, "is "+string(inst.State))
	}
	s.out.batch.DropInstances = append(s.out.batch.DropInstances, c.InstanceID)
	return nil
}

// notDeleted is the error of a deletion that comes too late. Housekeeping,
// which is no user, wants none: the instance came to life again meanwhile.
func notDeleted(c *workflow.Command, why string) error {
	if c.UserID == 0 {
		return nil
	}
	return workflow.Errorf(workflow.Invalid, "instance.running", "instance %d %s", c.InstanceID, why)
}
