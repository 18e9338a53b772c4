package memstore

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/porpoise-scheduler/porpoise/pkg/store"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// Client is one process's view of a store: a store.Scheduling and a
// store.Commands.
type Client struct {
	s    *Store
	name string
}

// Client gives the view of a process. Its name is what Fault hears.
func (s *Store) Client(name string) *Client { return &Client{s: s, name: name} }

var (
	_ store.Scheduling = (*Client)(nil)
	_ store.Commands   = (*Client)(nil)
)

func unavailable() error {
	return workflow.Errorf(workflow.Unavailable, "database.unavailable", "the database does not answer")
}

func missing(noun string) error {
	return workflow.Errorf(workflow.NotFound, noun+".not_found", "%s not found", noun)
}

// do runs one operation unless a fault forbids it.
func (c *Client) do(ctx context.Context, op Op, fn func(s *Store) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	fault := None
	if c.s.cfg.Fault != nil {
		fault = c.s.cfg.Fault(c.name, op)
	}
	if fault == Refuse {
		return unavailable()
	}
	c.s.mu.Lock()
	err := fn(c.s)
	c.s.mu.Unlock()
	if fault == Forget {
		return unavailable()
	}
	return err
}

// ListShards gives all shards.
func (c *Client) ListShards(ctx context.Context) (list []store.Shard, err error) {
	err = c.do(ctx, OpRead, func(s *Store) error {
		list = slices.Clone(s.shards)
		return nil
	})
	return list, err
}

// Take changes a shard's owner if nobody was faster.
func (c *Client) Take(ctx context.Context, shard int, epoch int64, owner, addr string) (next int64, err error) {
	err = c.do(ctx, OpTake, func(s *Store) error {
		if shard < 0 || shard >= len(s.shards) || s.shards[shard].Epoch != epoch {
			return &store.ErrFenced{Shards: []int{shard}}
		}
		next = epoch + 1
		s.shards[shard] = store.Shard{ID: shard, Epoch: next, Owner: owner, Addr: addr}
		return nil
	})
	if err != nil {
		return 0, err
	}
	return next, nil
}

// GiveBack empties the owner.
func (c *Client) GiveBack(ctx context.Context, f store.Fence) error {
	return c.do(ctx, OpGive, func(s *Store) error {
		if s.lost([]store.Fence{f}) == nil {
			s.shards[f.Shard].Owner, s.shards[f.Shard].Addr = "", ""
		}
		return nil
	})
}

// lost names the fences that no longer hold.
func (s *Store) lost(fences []store.Fence) error {
	var shards []int
	for _, f := range fences {
		if f.Shard < 0 || f.Shard >= len(s.shards) || s.shards[f.Shard].Epoch != f.Epoch {
			shards = append(shards, f.Shard)
		}
	}
	if shards != nil {
		return &store.ErrFenced{Shards: shards}
	}
	return nil
}

// Load reads what a new owner needs.
func (c *Client) Load(ctx context.Context, shard int) (st store.ShardState, err error) {
	err = c.do(ctx, OpRead, func(s *Store) error {
		for _, i := range ordered(s.instances, copyInstance) {
			if i.Shard == shard && !i.State.Terminal() {
				st.Instances = append(st.Instances, i)
			}
		}
		for _, t := range ordered(s.tasks, copyTask) {
			if i := s.instances[t.InstanceID]; t.Current && i.Shard == shard && !i.State.Terminal() {
				st.Tasks = append(st.Tasks, t)
			}
		}
		for _, t := range s.logged(shard) {
			if i, ok := s.instances[t.InstanceID]; ok && !i.State.Terminal() {
				st.Tasks, st.Logged = append(st.Tasks, t), append(st.Logged, t.ID)
			}
		}
		sortTasks(st.Tasks)
		for _, e := range s.log[shard] {
			st.LastEntry = e.Seq
		}
		for _, v := range ordered(s.schedules, copySchedule) {
			if v.ReleaseState == workflow.Online && store.ShardOf(v.DefinitionID, len(s.shards)) == shard {
				st.Schedules = append(st.Schedules, v)
			}
		}
		for _, b := range ordered(s.backfills, copyBackfill) {
			if b.Shard == shard && (b.State == workflow.Running || b.State == workflow.Paused) {
				st.Backfills = append(st.Backfills, b)
			}
		}
		return nil
	})
	return st, err
}

// LoadInstance reads an instance with its current attempts.
func (c *Client) LoadInstance(ctx context.Context, id int64) (i workflow.Instance, list []workflow.TaskInstance, err error) {
	err = c.do(ctx, OpRead, func(s *Store) error {
		row, ok := s.instances[id]
		if !ok {
			return missing("instance")
		}
		i, list = copyInstance(row), s.attempts(id)
		if !i.State.Terminal() {
			for _, t := range s.logged(i.Shard) {
				if t.InstanceID == id {
					list = append(list, t)
				}
			}
			sortTasks(list)
		}
		return nil
	})
	return i, list, err
}

// attempts are the current attempts of an instance, oldest first.
func (s *Store) attempts(instanceID int64) []workflow.TaskInstance {
	var list []workflow.TaskInstance
	for _, t := range s.tasks {
		if t.InstanceID == instanceID && t.Current {
			list = append(list, copyTask(t))
		}
	}
	sortTasks(list)
	return list
}

func sortTasks(list []workflow.TaskInstance) {
	slices.SortFunc(list, func(a, b workflow.TaskInstance) int { return cmp.Compare(a.ID, b.ID) })
}

// Pending reads waiting commands.
func (c *Client) Pending(ctx context.Context, shards []int, after int64, limit int) (list []workflow.Command, err error) {
	err = c.do(ctx, OpRead, func(s *Store) error {
		for _, cmd := range ordered(s.commands, copyCommand) {
			if len(list) < limit && slices.Contains(shards, cmd.Shard) && cmd.ID > after {
				if versions := s.definitions[cmd.DefinitionID]; len(versions) > 0 {
					cmd.Current = versions[len(versions)-1].Version
				}
				list = append(list, cmd)
			}
		}
		return nil
	})
	return list, err
}

// AllocateIDs reserves ids.
func (c *Client) AllocateIDs(ctx context.Context, sequence string, n int) (first int64, err error) {
	if n < 1 {
		return 0, workflow.Errorf(workflow.Invalid, "sequence.size", "allocating %d ids", n)
	}
	err = c.do(ctx, OpIDs, func(s *Store) error {
		next, ok := s.sequences[sequence]
		if !ok {
			return missing("sequence")
		}
		first = next
		s.sequences[sequence] += int64(n)
		return nil
	})
	return first, err
}

// Definition reads one version.
func (c *Client) Definition(ctx context.Context, id int64, version int) (d workflow.Definition, err error) {
	err = c.do(ctx, OpRead, func(s *Store) error {
		for _, v := range s.definitions[id] {
			if v.Version == version {
				d = v
				return nil
			}
		}
		return missing("definition")
	})
	return d, err
}

// CurrentVersion gives the number of the newest version.
func (c *Client) CurrentVersion(ctx context.Context, id int64) (version int, err error) {
	err = c.do(ctx, OpRead, func(s *Store) error {
		versions := s.definitions[id]
		if len(versions) == 0 {
			return missing("definition")
		}
		version = versions[len(versions)-1].Version
		return nil
	})
	return version, err
}

// Schedule reads a schedule.
func (c *Client) Schedule(ctx context.Context, id int64) (v workflow.Schedule, err error) {
	err = c.do(ctx, OpRead, func(s *Store) error {
		row, ok := s.schedules[id]
		if !ok {
			return missing("schedule")
		}
		v = copySchedule(row)
		return nil
	})
	return v, err
}

// Tenant reads a tenant.
func (c *Client) Tenant(ctx context.Context, id int64) (t workflow.Tenant, err error) {
	err = c.do(ctx, OpRead, func(s *Store) error {
		row, ok := s.tenants[id]
		if !ok {
			return missing("tenant")
		}
		t = row
		return nil
	})
	return t, err
}

// Now is the store's clock.
func (c *Client) Now(ctx context.Context) (now time.Time, err error) {
	err = c.do(ctx, OpRead, func(s *Store) error {
		now = kept(s.cfg.Now())
		return nil
	})
	return now, err
}
