package runner

import (
	"context"
	"fmt"
	"strconv"

	"github.com/porpoise-scheduler/porpoise/pkg/engine"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// Load fills a shard that was just taken and goes on with everything in it.
// connected are the workers that have a stream now; attempts of all others are
// lost unless their worker comes back in time.
func (s *Shard) Load(ctx context.Context, connected func(workerID string) bool) error {
	state, err := s.deps.Store.Load(ctx, s.fence.Shard)
	if err != nil {
		return fmt.Errorf("loading shard %d: %w", s.fence.Shard, err)
	}
	tasks := map[int64][]workflow.TaskInstance{}
	for _, t := range state.Tasks {
		tasks[t.InstanceID] = append(tasks[t.InstanceID], t)
	}
	for _, b := range state.Backfills {
		s.backfills[b.ID] = engine.RestoreBackfill(b)
	}
	for _, inst := range state.Instances {
		if err := s.restore(ctx, inst, tasks[inst.ID]); err != nil {
			return err
		}
	}
	for _, inst := range state.Instances {
		if err := s.resume(ctx, inst.ID); err != nil {
			return err
		}
	}
	for _, sch := range state.Schedules {
		s.setSchedule(sch)
	}
	for worker := range s.byWorker {
		if !connected(worker) {
			s.expectLoss(worker)
		}
	}
	for _, id := range sortedKeys(s.backfills) {
		if err := s.advance(ctx, id, s.backfills[id].Resume()); err != nil {
			return err
		}
	}
	return s.readCommands(ctx)
}

// restore rebuilds a run from its rows. One that cannot be rebuilt is put
// aside and tried again later.
func (s *Shard) restore(ctx context.Context, inst workflow.Instance, tasks []workflow.TaskInstance) error {
	l, err := s.rebuild(ctx, inst, tasks)
	if workflow.ErrorCode(err) == workflow.Unavailable || ctx.Err() != nil {
		return err
	}
	if err != nil {
		return s.setAside(ctx, inst, tasks, err)
	}
	s.runs[inst.ID] = l
	if inst.ParentTaskID != 0 {
		s.children[inst.ParentTaskID] = inst.ID
	}
	for _, t := range tasks {
		if t.WorkerID != "" && (t.State == workflow.Dispatched || t.State == workflow.Running) {
			s.bind(inst.ID, t.ID, t.WorkerID, 0)
		}
	}
	return nil
}

func (s *Shard) rebuild(ctx context.Context, inst workflow.Instance, tasks []workflow.TaskInstance) (l *live, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("restoring instance %d panicked: %v", inst.ID, p)
		}
	}()
	plan, def, err := s.deps.Definitions.Plan(ctx, inst.DefinitionID, inst.DefinitionVersion)
	if err != nil {
		return nil, err
	}
	run, err := engine.Restore(plan, inst, tasks)
	if err != nil {
		return nil, err
	}
	return &live{run: run, plan: plan, def: def}, nil
}

// resume lets a restored run ask again for what it needs.
func (s *Shard) resume(ctx context.Context, id int64) error {
	l := s.runs[id]
	if l == nil {
		return nil
	}
	inst := l.run.Instance()
	if inst.State == workflow.Submitted || inst.State == workflow.SerialWait {
		return s.admit(ctx, inst)
	}
	s.readmit(l)
	return s.step(ctx, id, engine.Adopt{})
}

// setAside keeps an instance that cannot be loaded out of the way of others,
// and fails it in the end.
func (s *Shard) setAside(ctx context.Context, inst workflow.Instance, tasks []workflow.TaskInstance, cause error) error {
	inst.Failures++
	inst.Reason = "cannot be loaded: " + cause.Error()
	s.log.Error("instance put aside", "instance", inst.ID, "failures", inst.Failures, "err", cause)
	if inst.Failures < s.cfg.MaxFailures {
		s.broken[inst.ID] = &brokenInstance{inst: inst, tasks: tasks}
		s.timers.add(s.deps.Now().Add(s.cfg.LoadRetry), retryLoad{inst.ID})
		s.out.touch(inst.ID)
		s.out.instance(inst)
		return nil
	}
	delete(s.broken, inst.ID)
	inst.State, inst.EndTime = workflow.Failed, s.deps.Now()
	inst.Reason = "quarantined after " + strconv.Itoa(inst.Failures) + " failures; the last: " + cause.Error()
	s.out.touch(inst.ID)
	s.out.instance(inst)
	return s.alert(ctx, workflow.Alert{
		Kind: workflow.AlertPoison, GroupID: inst.Start.WarningGroupID,
		ProjectID: inst.ProjectID, InstanceID: inst.ID, Title: inst.Name + " is quarantined",
		Content: facts(map[string]string{"instance": inst.Name, "reason": inst.Reason}),
	})
}

// onBroken throws a run away whose step failed and loads it again later.
func (s *Shard) onBroken(ctx context.Context, id int64, cause error) error {
	inst := s.runs[id].run.Instance()
	s.abandon(id)
	kept, tasks, err := s.deps.Store.LoadInstance(ctx, id)
	switch {
	case workflow.ErrorCode(err) == workflow.NotFound: // its first change was never written
		inst.Failures = s.cfg.MaxFailures - 1
		kept, tasks = inst, nil
	case err != nil:
		return err
	}
	for _, t := range tasks { // its workers' words must wait for the reload
		if t.WorkerID != "" && !t.State.Terminal() {
			s.bind(id, t.ID, t.WorkerID, 0)
		}
	}
	return s.setAside(ctx, kept, tasks, cause)
}

// onRetryLoad tries an instance again that was put aside.
func (s *Shard) onRetryLoad(ctx context.Context, id int64) error {
	b := s.broken[id]
	if b == nil {
		return nil
	}
	delete(s.broken, id)
	if err := s.restore(ctx, b.inst, b.tasks); err != nil {
		s.broken[id] = b
		return err
	}
	return s.resume(ctx, id)
}

// onRefusedByDatabase gives up what memory believes about instances whose
// change the database did not take.
func (s *Shard) onRefusedByDatabase(ctx context.Context, m refusedByDatabase) error {
	s.log.Error("the database refused a change", "instances", m.instances, "commands", m.commands, "err", m.err)
	for _, id := range m.commands {
		delete(s.taken, id)
		s.strikes[id]++
		s.timers.add(s.deps.Now().Add(s.cfg.LoadRetry), retryCommand{})
	}
	for _, id := range m.instances {
		if s.runs[id] == nil {
			continue
		}
		if err := s.onBroken(ctx, id, m.err); err != nil {
			return err
		}
	}
	return nil
}

// admit asks the workflow's policy whether an instance may begin.
func (s *Shard) admit(ctx context.Context, inst workflow.Instance) error {
	l := s.runs[inst.ID]
	if inst.Policy == workflow.Parallel || inst.Policy == "" {
		return s.step(ctx, inst.ID, engine.Start{})
	}
	switch d := s.lane(l).Submit(inst); d.Action {
	case engine.AdmitStart:
		return s.step(ctx, inst.ID, engine.Start{})
	case engine.AdmitDiscard:
		return s.step(ctx, inst.ID, engine.Wait{Discard: true, Reason: d.Reason})
	default:
		return s.step(ctx, inst.ID, engine.Wait{Reason: d.Reason})
	}
}

// readmit makes a revived instance count for its workflow's policy again.
func (s *Shard) readmit(l *live) {
	if inst := l.run.Instance(); inst.Policy != workflow.Parallel && inst.Policy != "" {
		s.lane(l).Restore(inst)
	}
}

// lane gives the admission of a run's workflow.
func (s *Shard) lane(l *live) *engine.Admission {
	lane := s.lanes[l.def.ID]
	if lane == nil {
		lane = engine.NewAdmission()
		s.lanes[l.def.ID] = lane
	}
	return lane
}

// onEnded does what the end of an instance leads to: its parent hears of it,
// its backfill goes on, and the next in line begins.
func (s *Shard) onEnded(ctx context.Context, id int64, l *live) error {
	inst := l.run.Instance()
	s.drop(id)
	if inst.ParentTaskID != 0 {
		if err := s.reportToParent(ctx, inst); err != nil {
			return err
		}
	}
	if inst.BackfillID != 0 {
		if b := s.backfills[inst.BackfillID]; b != nil {
			if err := s.advance(ctx, inst.BackfillID, b.Ended(inst.ID, inst.State)); err != nil {
				return err
			}
		}
	}
	lane := s.lanes[l.def.ID]
	if lane == nil {
		return nil
	}
	for _, next := range lane.Ended(id) {
		if err := s.step(ctx, next, engine.Start{}); err != nil {
			return err
		}
	}
	if lane.Empty() {
		delete(s.lanes, l.def.ID)
	}
	return nil
}

// reportToParent writes the note that tells a parent of its child's end.
func (s *Shard) reportToParent(ctx context.Context, inst workflow.Instance) error {
	parent, _, err := s.deps.Store.LoadInstance(ctx, inst.ParentID)
	if workflow.ErrorCode(err) == workflow.NotFound {
		return nil
	}
	if err != nil {
		return err
	}
	s.tellParent(inst.ParentID, inst.ParentTaskID, parent.Shard, workflow.ChildNotice{
		ChildID: inst.ID, State: inst.State, Reason: inst.Reason, Vars: inst.Vars,
	}, strconv.Itoa(inst.RunTimes))
	return nil
}

// drop forgets a run that has ended: nothing of it waits any more.
func (s *Shard) drop(id int64) {
	if l := s.runs[id]; l != nil {
		delete(s.children, l.run.Instance().ParentTaskID)
	}
	delete(s.runs, id)
}

// abandon forgets a run in the middle of its work.
func (s *Shard) abandon(id int64) {
	s.drop(id)
	for taskID, owner := range s.tasks {
		if owner == id {
			s.withdraw(taskID)
		}
	}
}

// Unfinished gives the number of runs in memory.
func (s *Shard) Unfinished() int { return len(s.runs) }
