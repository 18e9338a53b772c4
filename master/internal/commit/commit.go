// Package commit writes what many shards decided in as few transactions as
// possible. Batches form by themselves while the previous commit runs: the
// committer never lingers. Nothing that a change wants to tell the outside
// leaves before the change is committed.
package commit

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"slices"
	"time"

	"github.com/cenkalti/backoff/v5"

	"github.com/porpoise-scheduler/porpoise/pkg/store"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// maxRows bounds the rows of one transaction.
const maxRows = 500

// Writer is the part of the store the committer needs.
type Writer interface {
	Commit(ctx context.Context, b *store.Batch) error
}

// Change is what one shard wants to be written and what follows from it.
type Change struct {
	Fence store.Fence
	Batch store.Batch // without fences
	// Exactly one of the functions below is called, once.
	//
	// Committed runs after the commit, in the order of submission. It must not
	// block.
	Committed func()
	// Fenced runs when the shard is no longer ours; later changes of the same
	// shard and epoch are dropped with it.
	Fenced func()
	// Failed runs when the database refused this very change.
	Failed func(error)
	// Dropped runs when the change is given up: its shard was found lost by an
	// earlier one, or the master stops before the database answers.
	Dropped func()
}

// Stats is told about every commit, and about changes that were refused because
// their shard has another owner.
type Stats interface {
	Committed(changes, rows int, took time.Duration)
	Refused(changes int)
}

// Config tunes a committer. Zero values have defaults.
type Config struct {
	Queue int           // changes that may wait before Submit blocks; default 1024
	Retry time.Duration // first pause while the database is away; default 20 ms
	// Alerted is called after a commit that put alerts into the outbox. It must
	// not block. Nil: nobody is told.
	Alerted func()
}

// Committer is the single writer of a master.
type Committer struct {
	retry   time.Duration
	alerted func()
	writer  Writer
	stats   Stats
	log     *slog.Logger
	in      chan *Change
	lost    map[store.Fence]bool // shards found fenced; their later changes are dropped
}

// New makes a committer.
func New(cfg Config, w Writer, stats Stats, log *slog.Logger) *Committer {
	return &Committer{
		retry: cmp.Or(cfg.Retry, 20*time.Millisecond), alerted: cfg.Alerted, writer: w, stats: stats, log: log,
		in:   make(chan *Change, cmp.Or(cfg.Queue, 1024)),
		lost: map[store.Fence]bool{},
	}
}

// Submit hands over a change. It blocks while the queue is full, which is how
// a slow database slows the shards down; false when ctx ended first.
func (c *Committer) Submit(ctx context.Context, ch *Change) bool {
	select {
	case c.in <- ch:
		return true
	case <-ctx.Done():
		return false
	}
}

// Run commits until ctx ends and the queue is empty. Writes that are under way
// when ctx ends get grace to finish.
func (c *Committer) Run(ctx context.Context, grace time.Duration) error {
	write, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	stop := context.AfterFunc(ctx, func() { time.AfterFunc(grace, cancel) })
	defer stop()
	for {
		select {
		case first := <-c.in:
			c.commit(write, c.gather(first))
		case <-ctx.Done():
			for c.Once(write) {
				continue
			}
			return nil
		}
	}
}

// Once commits what is queued, as one batch at the most, and reports whether
// anything was. It is what Run does over and over.
func (c *Committer) Once(ctx context.Context) bool {
	select {
	case first := <-c.in:
		c.commit(ctx, c.gather(first))
		return true
	default:
		return false
	}
}

// gather adds to the first change what else is queued.
func (c *Committer) gather(first *Change) []*Change {
	changes, rows := []*Change{first}, first.Batch.Rows()
	for rows < maxRows {
		select {
		case ch := <-c.in:
			changes = append(changes, ch)
			rows += ch.Batch.Rows()
		default:
			return changes
		}
	}
	return changes
}

// commit writes the changes, dropping those of lost shards and isolating one
// that the database refuses.
func (c *Committer) commit(ctx context.Context, changes []*Change) {
	changes = slices.DeleteFunc(changes, func(ch *Change) bool {
		if c.lost[ch.Fence] {
			ch.Dropped()
		}
		return c.lost[ch.Fence]
	})
	for len(changes) > 0 {
		start := time.Now()
		batch := merge(changes)
		err := c.write(ctx, batch)
		var fenced *store.ErrFenced
		switch {
		case err == nil:
			c.stats.Committed(len(changes), rowsOf(changes), time.Since(start))
			for _, ch := range changes {
				ch.Committed()
			}
			if c.alerted != nil && len(batch.Alerts) > 0 {
				c.alerted()
			}
			return
		case errors.As(err, &fenced):
			before := len(changes)
			changes = c.dropFenced(changes, fenced.Shards)
			c.stats.Refused(before - len(changes))
		case ctx.Err() != nil:
			c.log.Warn("stopped before a commit could be made", "changes", len(changes))
			for _, ch := range changes {
				ch.Dropped()
			}
			return
		case len(changes) == 1:
			changes[0].Failed(err)
			return
		default:
			c.log.Error("batch refused; its changes are written one by one", "changes", len(changes), "err", err)
			for _, ch := range changes {
				c.commit(ctx, []*Change{ch})
			}
			return
		}
	}
}

// write repeats a batch while the database is away. Writing it twice is
// harmless, so an unknown outcome needs no other answer.
func (c *Committer) write(ctx context.Context, b *store.Batch) error {
	wait := backoff.NewExponentialBackOff()
	wait.InitialInterval, wait.MaxInterval = c.retry, 100*c.retry
	warned := false
	_, err := backoff.Retry(ctx, func() (struct{}, error) {
		err := c.writer.Commit(ctx, b)
		if err != nil && workflow.ErrorCode(err) != workflow.Unavailable {
			return struct{}{}, backoff.Permanent(err)
		}
		if err != nil && !warned {
			warned = true
			c.log.Warn("database does not take a commit; it will be repeated", "err", err)
		}
		return struct{}{}, err
	}, backoff.WithBackOff(wait), backoff.WithMaxElapsedTime(0))
	if err == nil && warned {
		c.log.Info("database takes commits again")
	}
	return err
}

// dropFenced tells the shards that were lost and gives the rest.
func (c *Committer) dropFenced(changes []*Change, shards []int) []*Change {
	return slices.DeleteFunc(changes, func(ch *Change) bool {
		if !slices.Contains(shards, ch.Fence.Shard) {
			return false
		}
		if c.lost[ch.Fence] {
			ch.Dropped()
		} else {
			c.lost[ch.Fence] = true
			ch.Fenced()
		}
		return true
	})
}

func rowsOf(changes []*Change) int {
	n := 0
	for _, ch := range changes {
		n += ch.Batch.Rows()
	}
	return n
}

// merge makes one batch of many changes. Of a row changed twice the later
// value counts, which keeps one statement from touching a row twice.
func merge(changes []*Change) *store.Batch {
	if len(changes) == 1 {
		b := changes[0].Batch
		b.Fences = []store.Fence{changes[0].Fence}
		return &b
	}
	out := &store.Batch{}
	instances, tasks, backfills := map[int64]int{}, map[int64]int{}, map[int64]int{}
	for _, ch := range changes {
		b := &ch.Batch
		if !slices.Contains(out.Fences, ch.Fence) {
			out.Fences = append(out.Fences, ch.Fence)
		}
		for _, r := range b.Instances {
			out.Instances = put(out.Instances, instances, r.ID, r)
		}
		for _, r := range b.Tasks {
			out.Tasks = put(out.Tasks, tasks, r.ID, r)
		}
		for _, r := range b.Backfills {
			out.Backfills = put(out.Backfills, backfills, r.ID, r)
		}
		out.DropTasks = append(out.DropTasks, b.DropTasks...)
		out.DropInstances = append(out.DropInstances, b.DropInstances...)
		out.Commands = append(out.Commands, b.Commands...)
		out.Insert = append(out.Insert, b.Insert...)
		out.Quarantine = append(out.Quarantine, b.Quarantine...)
		out.Retry = append(out.Retry, b.Retry...)
		out.Fires = append(out.Fires, b.Fires...)
		out.NextDue = append(out.NextDue, b.NextDue...)
		out.Alerts = append(out.Alerts, b.Alerts...)
		out.ReleaseSlots = append(out.ReleaseSlots, b.ReleaseSlots...)
		out.Log = append(out.Log, b.Log...)
		out.Forget = append(out.Forget, b.Forget...)
	}
	return out
}

// put appends a row, or overwrites the earlier one of the same id.
func put[T any](rows []T, index map[int64]int, id int64, row T) []T {
	if i, seen := index[id]; seen {
		rows[i] = row
		return rows
	}
	index[id] = len(rows)
	return append(rows, row)
}
