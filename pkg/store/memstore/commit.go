package memstore

import (
	"context"
	"slices"

	"github.com/porpoise-scheduler/porpoise/pkg/store"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// Commit writes a batch or nothing.
func (c *Client) Commit(ctx context.Context, b *store.Batch) error {
	return c.do(ctx, OpCommit, func(s *Store) error { return s.commit(b) })
}

// commit checks everything that can fail before it changes anything.
func (s *Store) commit(b *store.Batch) error {
	if len(b.Fences) == 0 {
		return workflow.Errorf(workflow.Internal, "fence.missing", "a write without a fence")
	}
	if err := s.lost(b.Fences); err != nil {
		return err
	}
	for _, c := range b.Insert {
		if c.Key == "" {
			return workflow.Errorf(workflow.Internal, "command.keyless", "a command for another shard has no key")
		}
	}
	if err := s.checkFires(b.Fires); err != nil {
		return err
	}
	if err := s.checkTasks(b.Tasks); err != nil {
		return err
	}
	s.writeRows(b)
	s.writeLog(b)
	s.writeFires(b)
	s.writeCommands(b)
	s.dropRows(b)
	s.commits++
	return nil
}

func keyOf(f workflow.Fire) fireKey {
	return fireKey{schedule: f.ScheduleID, due: f.Due.UnixMilli()}
}

func (s *Store) checkFires(list []workflow.Fire) error {
	for _, f := range list {
		if old, ok := s.fires[keyOf(f)]; ok && old.InstanceID != f.InstanceID {
			return workflow.Errorf(workflow.Conflict, "fire.taken", "schedule %d, due %s: instance %d was decided before",
				f.ScheduleID, f.Due, old.InstanceID)
		}
	}
	return nil
}

// checkTasks fails when a row forgets what real databases would keep.
func (s *Store) checkTasks(list []workflow.TaskInstance) error {
	for i := range list {
		old := s.tasks[list[i].ID]
		if field := list[i].Forgot(&old); field != "" {
			return workflow.Errorf(workflow.Internal, "task.forgetful", "attempt %d lost its %s", old.ID, field)
		}
	}
	return nil
}

func (s *Store) writeRows(b *store.Batch) {
	for _, i := range b.Instances {
		s.instances[i.ID] = copyInstance(i)
	}
	for _, t := range b.Tasks {
		s.tasks[t.ID] = copyTask(t)
	}
	for _, v := range b.Backfills {
		s.backfills[v.ID] = copyBackfill(v)
	}
	for _, a := range b.Alerts {
		a.CreateTime = kept(a.CreateTime)
		s.alerts[a.ID] = a
	}
}

func (s *Store) writeLog(b *store.Batch) {
	for _, e := range b.Log {
		if slices.ContainsFunc(s.log[e.Shard], func(old store.LogEntry) bool { return old.Seq == e.Seq }) {
			continue
		}
		tasks := make([]workflow.TaskInstance, len(e.Tasks))
		for i, t := range e.Tasks {
			tasks[i] = copyTask(t)
		}
		e.Tasks = tasks
		s.log[e.Shard] = append(s.log[e.Shard], e)
	}
	for _, m := range b.Forget {
		s.log[m.Shard] = slices.DeleteFunc(s.log[m.Shard], func(e store.LogEntry) bool { return e.Seq <= m.Seq })
	}
}

// logged gives the attempts in a shard's log that have no row.
func (s *Store) logged(shard int) []workflow.TaskInstance {
	var list []workflow.TaskInstance
	for _, e := range s.log[shard] {
		for _, t := range e.Tasks {
			if _, written := s.tasks[t.ID]; !written {
				list = append(list, copyTask(t))
			}
		}
	}
	return list
}

func (s *Store) writeFires(b *store.Batch) {
	for _, f := range b.Fires {
		if _, ok := s.fires[keyOf(f)]; !ok {
			f.Due, f.FiredAt = kept(f.Due), kept(f.FiredAt)
			s.fires[keyOf(f)] = f
		}
	}
	for _, n := range b.NextDue {
		v, ok := s.schedules[n.ScheduleID]
		if !ok || v.Version != n.Version {
			continue
		}
		v.NextDue = kept(n.Due)
		if n.Due.IsZero() {
			v.ReleaseState = workflow.Offline
		}
		s.schedules[v.ID] = v
	}
}

func (s *Store) writeCommands(b *store.Batch) {
	for _, c := range b.Insert {
		if s.byKey(c.Key) == nil {
			if c.CreateTime.IsZero() {
				c.CreateTime = s.cfg.Now()
			}
			s.put(c)
		}
	}
	for _, c := range b.Retry {
		if old, ok := s.commands[c.ID]; ok {
			old.Attempts, old.LastError = c.Attempts, c.LastError
			s.commands[c.ID] = old
		}
	}
	for _, c := range b.Quarantine {
		at := slices.IndexFunc(s.failed, func(f workflow.Command) bool { return f.ID == c.ID })
		if at < 0 {
			s.failed = append(s.failed, copyCommand(c))
		} else {
			s.failed[at] = copyCommand(c)
		}
		s.obeyed(c.ID)
	}
	for _, id := range b.Commands {
		s.obeyed(id)
	}
}

// put stores a command under a new id.
func (s *Store) put(c workflow.Command) int64 {
	s.nextCommand++
	c.ID = s.nextCommand
	s.commands[c.ID] = copyCommand(c)
	return c.ID
}

// obeyed deletes a command.
func (s *Store) obeyed(id int64) {
	c := s.commands[id]
	if s.actsOn[c.InstanceID] == id {
		delete(s.actsOn, c.InstanceID)
	}
	delete(s.commands, id)
}

func (s *Store) byKey(key string) *workflow.Command {
	for _, c := range s.commands {
		if c.Key == key {
			return &c
		}
	}
	return nil
}

func (s *Store) dropRows(b *store.Batch) {
	for _, id := range b.DropTasks {
		delete(s.tasks, id)
	}
	for _, id := range b.DropInstances {
		delete(s.instances, id)
		for taskID, t := range s.tasks {
			if t.InstanceID == id {
				delete(s.tasks, taskID)
			}
		}
	}
	for _, id := range b.ReleaseSlots {
		delete(s.slots, id)
		delete(s.waits, id)
	}
}

// Insert stores commands, all or none.
func (c *Client) Insert(ctx context.Context, cs ...*workflow.Command) error {
	return c.do(ctx, OpInsert, func(s *Store) error { return s.insert(cs) })
}

func (s *Store) insert(cs []*workflow.Command) error {
	claimed, keys := map[int64]bool{}, map[string]bool{}
	for _, c := range cs {
		if c.Key != "" && (keys[c.Key] || s.byKey(c.Key) != nil) {
			continue
		}
		keys[c.Key] = true
		id := actsOn(c)
		if id != 0 && (s.actsOn[id] != 0 || claimed[id]) {
			return workflow.Errorf(workflow.Conflict, "command.pending", "another command for this instance waits to be obeyed")
		}
		claimed[id] = true
	}
	now := kept(s.cfg.Now())
	for _, c := range cs {
		if c.Key != "" {
			if old := s.byKey(c.Key); old != nil {
				c.ID, c.CreateTime = old.ID, old.CreateTime
				continue
			}
		}
		c.CreateTime = now
		c.ID = s.put(*c)
		if id := actsOn(c); id != 0 {
			s.actsOn[id] = c.ID
		}
	}
	return nil
}

// actsOn is the instance that only one waiting request may act on, or 0. News
// of a child is no request; an edit may wait together with what follows it.
func actsOn(c *workflow.Command) int64 {
	if c.Type == workflow.CmdChildEnded || c.Type == workflow.CmdEdit {
		return 0
	}
	return c.InstanceID
}

// Failed lists quarantined commands, newest first.
func (c *Client) Failed(ctx context.Context, limit int) (list []workflow.Command, err error) {
	err = c.do(ctx, OpRead, func(s *Store) error {
		for _, cmd := range slices.Backward(s.failed) {
			if len(list) < limit {
				list = append(list, copyCommand(cmd))
			}
		}
		return nil
	})
	return list, err
}
