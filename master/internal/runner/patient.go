package runner

import (
	"context"
	"log/slog"
	"time"

	"github.com/cenkalti/backoff/v5"

	"github.com/porpoise-scheduler/porpoise/pkg/store"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// Patient makes every call of a store wait for a database that is away: a
// shard can do nothing without it, and its memory stays right meanwhile. Calls
// end with any other error, or with their context.
type Patient struct {
	Store Store
	Log   *slog.Logger
}

var _ Store = (*Patient)(nil)

func wait[T any](ctx context.Context, log *slog.Logger, call func() (T, error)) (T, error) {
	v, err := call()
	if err == nil || workflow.ErrorCode(err) != workflow.Unavailable {
		return v, err
	}
	log.Warn("database does not answer; waiting for it", "err", err)
	b := backoff.NewExponentialBackOff()
	b.InitialInterval, b.MaxInterval = 20*time.Millisecond, 2*time.Second
	return backoff.Retry(ctx, func() (T, error) {
		v, err := call()
		if err != nil && workflow.ErrorCode(err) != workflow.Unavailable {
			return v, backoff.Permanent(err)
		}
		return v, err
	}, backoff.WithBackOff(b), backoff.WithMaxElapsedTime(0))
}

// Load waits.
func (p *Patient) Load(ctx context.Context, shard int) (store.ShardState, error) {
	return wait(ctx, p.Log, func() (store.ShardState, error) { return p.Store.Load(ctx, shard) })
}

type loadedInstance struct {
	inst  workflow.Instance
	tasks []workflow.TaskInstance
}

// LoadInstance waits.
func (p *Patient) LoadInstance(ctx context.Context, id int64) (workflow.Instance, []workflow.TaskInstance, error) {
	v, err := wait(ctx, p.Log, func() (loadedInstance, error) {
		inst, tasks, err := p.Store.LoadInstance(ctx, id)
		return loadedInstance{inst, tasks}, err
	})
	return v.inst, v.tasks, err
}

// Instance waits.
func (p *Patient) Instance(ctx context.Context, id int64) (workflow.Instance, error) {
	return wait(ctx, p.Log, func() (workflow.Instance, error) { return p.Store.Instance(ctx, id) })
}

// ChildOf waits.
func (p *Patient) ChildOf(ctx context.Context, taskID int64) (workflow.Instance, error) {
	return wait(ctx, p.Log, func() (workflow.Instance, error) { return p.Store.ChildOf(ctx, taskID) })
}

// Pending waits.
func (p *Patient) Pending(ctx context.Context, shards []int, after int64, limit int) ([]workflow.Command, error) {
	return wait(ctx, p.Log, func() ([]workflow.Command, error) { return p.Store.Pending(ctx, shards, after, limit) })
}

// AllocateIDs waits.
func (p *Patient) AllocateIDs(ctx context.Context, sequence string, n int) (int64, error) {
	return wait(ctx, p.Log, func() (int64, error) { return p.Store.AllocateIDs(ctx, sequence, n) })
}

// Schedule waits.
func (p *Patient) Schedule(ctx context.Context, id int64) (workflow.Schedule, error) {
	return wait(ctx, p.Log, func() (workflow.Schedule, error) { return p.Store.Schedule(ctx, id) })
}

// Dependent waits.
func (p *Patient) Dependent(ctx context.Context, q workflow.DependencyQuery) (workflow.DependencyAnswer, error) {
	return wait(ctx, p.Log, func() (workflow.DependencyAnswer, error) { return p.Store.Dependent(ctx, q) })
}

// AcquireSlots waits.
func (p *Patient) AcquireSlots(ctx context.Context, f store.Fence, groupID int64, wishes []store.SlotWish) ([]int64, error) {
	return wait(ctx, p.Log, func() ([]int64, error) { return p.Store.AcquireSlots(ctx, f, groupID, wishes) })
}

// Tenant waits.
func (p *Patient) Tenant(ctx context.Context, id int64) (workflow.Tenant, error) {
	return wait(ctx, p.Log, func() (workflow.Tenant, error) { return p.Store.Tenant(ctx, id) })
}
