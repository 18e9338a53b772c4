package retention

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/porpoise-scheduler/porpoise/pkg/store"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// deleteInstances asks for the deletion of all instances that ended before a
// moment and belong to a policy, of which it is a line of the report.
func (r *run) deleteInstances(ctx context.Context, line int, p Policy, before time.Time) error {
	for after := (store.Ended{}); ; {
		page, err := r.deps.Retentions.Expired(ctx, p.ProjectID, p.Except, before, after, r.cfg.Batch)
		if err != nil || len(page) == 0 {
			return err
		}
		if err := r.awaitRoom(ctx); err != nil {
			return err
		}
		n, err := r.request(ctx, page)
		r.note(func(report *workflow.SweepReport) { report.Policies[line].Instances += n })
		if err != nil || len(page) < r.cfg.Batch {
			return err
		}
		last := page[len(page)-1]
		after = store.Ended{Time: last.EndTime, ID: last.ID}
		if err := r.pause(ctx); err != nil {
			return err
		}
	}
}

// request leaves a command for each instance. Those on which another command
// waits to act are passed over: somebody has plans for them.
func (r *run) request(ctx context.Context, page []workflow.Instance) (asked int, err error) {
	commands := make([]*workflow.Command, len(page))
	for i := range page {
		commands[i] = deletion(&page[i])
	}
	err = r.deps.Commands.Insert(ctx, commands...)
	if err == nil {
		r.nudge(page)
		return len(page), nil
	}
	if workflow.ErrorReason(err) != "command.pending" {
		return 0, err
	}
	for i := range page {
		err := r.deps.Commands.Insert(ctx, deletion(&page[i]))
		switch {
		case err == nil:
			asked++
		case workflow.ErrorReason(err) != "command.pending":
			return asked, err
		}
	}
	r.nudge(page)
	return asked, nil
}

// deletion has no user: nobody is told when it comes too late.
func deletion(in *workflow.Instance) *workflow.Command {
	return &workflow.Command{Shard: in.Shard, Type: workflow.CmdDelete, ProjectID: in.ProjectID, DefinitionID: in.DefinitionID, InstanceID: in.ID}
}

func (r *run) nudge(page []workflow.Instance) {
	if r.deps.Nudge == nil {
		return
	}
	var shards []int
	for i := range page {
		shards = append(shards, page[i].Shard)
	}
	slices.Sort(shards)
	r.deps.Nudge(slices.Compact(shards)...)
}

// awaitRoom returns when few commands wait, so that those of people find no
// long queue. It fails when masters obey none of them.
func (r *run) awaitRoom(ctx context.Context) error {
	shards, err := r.deps.Backlog.ListShards(ctx)
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
		waiting, err := r.deps.Backlog.Pending(ctx, all, 0, r.cfg.MaxWaiting)
		if err != nil || len(waiting) < r.cfg.MaxWaiting {
			return err
		}
		if waiting[0].ID != first {
			first, moved = waiting[0].ID, time.Now()
		}
		if time.Since(moved) > r.cfg.Patience {
			return fmt.Errorf("%d commands wait and no master obeys them: no deletion is added", len(waiting))
		}
		if err := r.pause(ctx); err != nil {
			return err
		}
	}
}
