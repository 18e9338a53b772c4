package retention

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/porpoise-scheduler/porpoise/pkg/store"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// deleteInstances asks for the deletion of all instances that a policy keeps no
// longer, and tells how many it asked for.
func (s *Sweeper) deleteInstances(ctx context.Context, p Policy) (asked int, err error) {
	before, ok := ago(s.deps.Now(), p.InstanceDays)
	var after store.Ended
	for ok {
		page, err := s.deps.Retentions.Expired(ctx, p.ProjectID, p.Except, before, after, s.cfg.Batch)
		if err != nil || len(page) == 0 {
			return asked, err
		}
		if err := s.awaitRoom(ctx); err != nil {
			return asked, err
		}
		n, err := s.request(ctx, page)
		if asked += n; err != nil {
			return asked, err
		}
		if len(page) < s.cfg.Batch {
			return asked, nil
		}
		last := page[len(page)-1]
		after = store.Ended{Time: last.EndTime, ID: last.ID}
		if err := s.pause(ctx); err != nil {
			return asked, err
		}
	}
	return asked, nil
}

// request leaves a command for each instance. Those on which another command
// waits to act are passed over: somebody has plans for them.
func (s *Sweeper) request(ctx context.Context, page []workflow.Instance) (asked int, err error) {
	commands := make([]*workflow.Command, len(page))
	for i := range page {
		commands[i] = deletion(&page[i])
	}
	err = s.deps.Commands.Insert(ctx, commands...)
	if err == nil {
		s.nudge(page)
		return len(page), nil
	}
	if workflow.ErrorReason(err) != "command.pending" {
		return 0, err
	}
	for i := range page {
		err := s.deps.Commands.Insert(ctx, deletion(&page[i]))
		switch {
		case err == nil:
			asked++
		case workflow.ErrorReason(err) != "command.pending":
			return asked, err
		}
	}
	s.nudge(page)
	return asked, nil
}

// deletion has no user: nobody is told when it comes too late.
func deletion(in *workflow.Instance) *workflow.Command {
	return &workflow.Command{Shard: in.Shard, Type: workflow.CmdDelete, ProjectID: in.ProjectID, DefinitionID: in.DefinitionID, InstanceID: in.ID}
}

func (s *Sweeper) nudge(page []workflow.Instance) {
	if s.deps.Nudge == nil {
		return
	}
	var shards []int
	for i := range page {
		shards = append(shards, page[i].Shard)
	}
	slices.Sort(shards)
	s.deps.Nudge(slices.Compact(shards)...)
}

// awaitRoom returns when few commands wait, so that those of people find no
// long queue. It fails when masters obey none of them.
func (s *Sweeper) awaitRoom(ctx context.Context) error {
	shards, err := s.deps.Backlog.ListShards(ctx)
	if err != nil {
		return err
	}
	all := make([]int, len(shards))
	for i := range all {
		all[i] = i
	}
	var first int64
	moved := time.Now()
	for {
		waiting, err := s.deps.Backlog.Pending(ctx, all, 0, s.cfg.MaxWaiting)
		if err != nil || len(waiting) < s.cfg.MaxWaiting {
			return err
		}
		if waiting[0].ID != first {
			first, moved = waiting[0].ID, time.Now()
		}
		if time.Since(moved) > s.cfg.Patience {
			return fmt.Errorf("%d commands wait and no master obeys them: no deletion is added", len(waiting))
		}
		if err := s.pause(ctx); err != nil {
			return err
		}
	}
}
