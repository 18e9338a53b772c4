package runner

import (
	"context"
	"fmt"
	"maps"
	"slices"
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
		s.backfills[b.ID] = engine.NewBackfill(b)
	}
	s.inheritLog(&state)
	for _, inst := range state.Instances {
		if err := s.restore(ctx, inst, tasks[inst.ID]); err != nil {
			return err
		}
	}
	s.restoreLanes(state.Instances)
	for _, inst := range state.Instances {
		if err := s.resume(ctx, inst.ID); err != nil {
			return err
		}
	}
	if err := s.nextInLanes(ctx); err != nil {
		return err
	}
	for _, sch := range state.Schedules {
		s.setSchedule(sch)
	}
	for _, worker := range slices.Sorted(maps.Keys(s.held)) {
		if !connected(worker) {
			s.expectLoss(worker)
		}
	}
	for _, id := range sortedKeys(s.backfills) {
		if err := s.advance(ctx, s.backfills[id]); err != nil {
			return err
		}
	}
	s.armOverdue()
	return s.readCommands(ctx)
}

// restore rebuilds a run from its rows. One that cannot be rebuilt is put
// aside and tried again later; what workers say about it waits meanwhile.
func (s *Shard) restore(ctx context.Context, inst workflow.Instance, tasks []workflow.TaskInstance) error {
	for _, t := range tasks {
		if t.WorkerID != "" && (t.State == workflow.Dispatched || t.State == workflow.Running) {
			s.bind(inst.ID, t.ID, t.WorkerID, 0)
			if s.late.logged[t.ID] != nil {
				s.postpone(t) // it may have no row yet
			}
		}
	}
	l, err := s.rebuild(ctx, inst, tasks)
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err != nil:
		s.setAside(inst.ID, inst.Failures, err)
		return nil
	}
	s.runs[inst.ID] = l
	if inst.ParentTaskID != 0 {
		s.children[inst.ParentTaskID] = inst.ID
	}
	return nil
}

func (s *Shard) rebuild(ctx context.Context, inst workflow.Instance, tasks []workflow.TaskInstance) (l *live, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("restoring instance %d panicked: %v", inst.ID, p)
		}
	}()
	v, err := s.deps.Definitions.Plan(ctx, inst.DefinitionID, inst.DefinitionVersion)
	if err != nil {
		return nil, err
	}
	run, err := engine.Restore(v.Plan, inst, tasks)
	if err != nil {
		return nil, err
	}
	return &live{run: run, plan: v.Plan, def: v.Def, needs: v.needs, parentTask: inst.ParentTaskID}, nil
}

// restoreLanes rebuilds the admissions of workflows with unfinished instances,
// those that cannot be loaded included.
func (s *Shard) restoreLanes(instances []workflow.Instance) {
	byWorkflow := map[int64][]workflow.Instance{}
	for _, inst := range instances {
		byWorkflow[inst.DefinitionID] = append(byWorkflow[inst.DefinitionID], inst)
	}
	for id, list := range byWorkflow {
		s.lanes[id] = engine.NewAdmission(list...)
	}
}

// nextInLanes starts waiting instances whose predecessor ended just before the
// last owner went away.
func (s *Shard) nextInLanes(ctx context.Context) error {
	for _, id := range sortedKeys(s.lanes) {
		if err := s.startNext(ctx, s.lanes[id].Next()); err != nil {
			return err
		}
	}
	return nil
}

func (s *Shard) startNext(ctx context.Context, ids []int64) error {
	for _, id := range ids {
		if err := s.step(ctx, id, engine.Start{}); err != nil {
			return err
		}
	}
	return nil
}

// resume lets a restored run ask again for what it needs.
func (s *Shard) resume(ctx context.Context, id int64) error {
	l := s.runs[id]
	switch {
	case l == nil:
		return nil
	case l.run.State() == workflow.Submitted:
		return s.admit(ctx, id)
	case l.run.State() == workflow.SerialWait:
		return nil
	default:
		return s.step(ctx, id, engine.Adopt{})
	}
}

// setAside keeps an instance that cannot be loaded or stepped out of the way of
// the others until the next try.
func (s *Shard) setAside(id int64, failures int, cause error) {
	s.log.Error("instance put aside", "instance", id, "failures", failures+1, "err", cause)
	s.broken[id] = &broken{failures: failures + 1, cause: cause}
	s.timers.add(s.deps.Now().Add(s.cfg.LoadRetry), retryLoad{id})
}

// onBroken throws a run away whose step failed. It is loaded again later, when
// all that it did before is committed.
func (s *Shard) onBroken(id int64, cause error) {
	failures := s.runs[id].run.Instance().Failures
	s.abandon(id)
	s.setAside(id, failures, cause)
}

// onRetryLoad tries an instance again that was put aside, or quarantines it.
func (s *Shard) onRetryLoad(ctx context.Context, id int64) error {
	b := s.broken[id]
	if b == nil {
		return nil
	}
	if s.leaves(id) {
		s.timers.add(s.deps.Now().Add(s.cfg.LoadRetry), retryLoad{id})
		return nil
	}
	inst, tasks, err := s.deps.Store.LoadInstance(ctx, id)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	delete(s.broken, id)
	switch {
	case workflow.ErrorCode(err) == workflow.NotFound: // its first change was never written
		return nil
	case err != nil:
		return err
	case inst.State.Terminal():
		return nil
	}
	inst.Failures = b.failures
	if b.failures >= s.cfg.MaxFailures {
		return s.quarantine(ctx, inst, tasks, b.cause)
	}
	if err := s.restore(ctx, inst, tasks); err != nil {
		return err
	}
	return s.resume(ctx, id)
}

// quarantine fails an instance that cannot be worked with. Attempts that still
// run are told to end when their workers speak of them.
func (s *Shard) quarantine(ctx context.Context, inst workflow.Instance, tasks []workflow.TaskInstance, cause error) error {
	inst.State, inst.EndTime = workflow.Failed, s.deps.Now()
	inst.Reason = "quarantined after " + strconv.Itoa(inst.Failures) + " failures; the last: " + cause.Error()
	s.out.touch(inst.ID)
	s.out.instance(inst)
	s.leave(inst.ID, inst.ParentTaskID)
	for _, t := range tasks {
		s.forget(t.ID)
		if !t.State.Terminal() {
			t.State, t.Reason, t.EndTime = workflow.Lost, "its instance was quarantined", inst.EndTime
			s.writeRow(t)
			s.releaseSlots(t.ID)
		}
	}
	if err := s.alertPoison(ctx, &inst); err != nil {
		return err
	}
	return s.conclude(ctx, inst)
}

// onRefusedByDatabase gives up what memory believes about instances whose
// change the database did not take.
func (s *Shard) onRefusedByDatabase(m refusedByDatabase) {
	s.settled(m.settled)
	s.unlog(m.entries)
	s.log.Error("the database refused a change", "instances", m.instances, "commands", m.commands, "err", m.err)
	for _, id := range m.commands {
		delete(s.taken, id)
		s.strikes[id]++
		s.timers.add(s.deps.Now().Add(s.cfg.LoadRetry), retryCommand{})
	}
	for _, id := range m.instances {
		if s.runs[id] != nil {
			s.onBroken(id, m.err)
		}
	}
}

// admit asks the workflow's policy whether an instance may begin.
func (s *Shard) admit(ctx context.Context, id int64) error {
	l := s.runs[id]
	if a := s.lane(l).Submit(l.run.Instance()); !a.Start {
		return s.step(ctx, id, a.Wait)
	}
	return s.step(ctx, id, engine.Start{})
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

// onEnded forgets a run that is over and does what its end leads to.
func (s *Shard) onEnded(ctx context.Context, id int64, l *live) error {
	s.drop(id)
	return s.conclude(ctx, l.run.Instance())
}

// conclude does what the end of an instance leads to: its parent hears of it,
// its backfill goes on, and the next in line begins.
func (s *Shard) conclude(ctx context.Context, inst workflow.Instance) error {
	if err := s.reportToParent(ctx, inst, strconv.Itoa(inst.RunTimes)); err != nil {
		return err
	}
	if b := s.backfills[inst.BackfillID]; b != nil && b.Ended(inst.ID, inst.State, s.deps.Now()) {
		if err := s.advance(ctx, b); err != nil {
			return err
		}
	}
	lane := s.lanes[inst.DefinitionID]
	if lane == nil {
		return nil
	}
	if err := s.startNext(ctx, lane.Ended(inst.ID)); err != nil {
		return err
	}
	if lane.Empty() {
		delete(s.lanes, inst.DefinitionID)
	}
	return nil
}

// reportToParent writes the note that tells a parent, if there is one, of its
// child's end. mark tells apart several ends of the same child.
func (s *Shard) reportToParent(ctx context.Context, inst workflow.Instance, mark string) error {
	if inst.ParentTaskID == 0 {
		return nil
	}
	parent, err := s.deps.Store.Instance(ctx, inst.ParentID)
	if workflow.ErrorCode(err) == workflow.NotFound {
		return nil
	}
	if err != nil {
		return err
	}
	s.tellParent(inst.ParentID, inst.ParentTaskID, parent.Shard, workflow.ChildNotice{
		ChildID: inst.ID, State: inst.State, Reason: inst.Reason, Vars: inst.Vars,
	}, mark)
	return nil
}

// drop forgets a run that has ended: nothing of it waits any more. Until all
// that it did is written, the database must not be asked about it.
func (s *Shard) drop(id int64) {
	if l := s.runs[id]; l != nil {
		delete(s.runs, id)
		s.leave(id, l.parentTask)
	}
}

// leave notes that an instance leaves memory with the present output.
func (s *Shard) leave(id, parentTask int64) {
	l := s.settling[id]
	s.settling[id] = leaving{outputs: l.outputs + 1, parentTask: parentTask}
	s.out.settling = append(s.out.settling, id)
}

// leaves reports whether the database does not know all about an instance yet.
func (s *Shard) leaves(id int64) bool {
	_, is := s.settling[id]
	return is
}

// settled takes note that what dropped instances did is in the database.
func (s *Shard) settled(ids []int64) {
	for _, id := range ids {
		l := s.settling[id]
		if l.outputs--; l.outputs > 0 {
			s.settling[id] = l
			continue
		}
		delete(s.settling, id)
		if s.runs[id] == nil {
			delete(s.children, l.parentTask)
		}
	}
}

// abandon forgets a run in the middle of its work.
func (s *Shard) abandon(id int64) {
	s.drop(id)
	s.abandonSlots(id)
	for taskID, owner := range s.tasks {
		if owner == id {
			s.withdraw(taskID)
		}
	}
}

// Unfinished gives the number of runs in memory.
func (s *Shard) Unfinished() int { return len(s.runs) }
