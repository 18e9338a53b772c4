// Package sweeps is how API servers have masters remove what is older than it is
// to be kept, and learn what they did.
package sweeps

import (
	"context"
	"time"

	"google.golang.org/grpc"

	"github.com/porpoise-scheduler/porpoise/pkg/store"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
	"github.com/porpoise-scheduler/porpoise/proto/masterpb"
)

// askTimeout bounds calls that are answered at once.
const askTimeout = 10 * time.Second

// Client asks the master that sweeps: the owner of the first shard.
type Client struct {
	// Owners says who owns the shards.
	Owners interface {
		ListShards(ctx context.Context) ([]store.Shard, error)
	}
	// Dial opens a connection to a master without waiting for it.
	Dial func(addr string) (*grpc.ClientConn, error)
}

// Measure counts logs and cached resources that would go if a setting were
// another. Reason of all methods: "retention.no_master".
func (c *Client) Measure(ctx context.Context, r workflow.Retention) (report workflow.SweepReport, err error) {
	err = c.ask(ctx, func(m masterpb.RetentionClient) error {
		p, err := m.Measure(ctx, &masterpb.MeasureRequest{ProjectId: r.ProjectID, LogDays: int32(r.LogDays), CacheDays: int32(r.CacheDays)})
		report = fromReport(p)
		return err
	})
	return report, err
}

// Start has it remove now what is too old, or count it. Reason:
// "retention.running" while it still does what somebody else asked for.
func (c *Client) Start(ctx context.Context, dryRun bool) (workflow.Sweep, error) {
	return c.sweep(ctx, func(ctx context.Context, m masterpb.RetentionClient) (*masterpb.Sweep, error) {
		return m.StartSweep(ctx, &masterpb.StartSweepRequest{DryRun: dryRun})
	})
}

// Last gives the sweep that was asked for last. Reason: "retention.no_sweep".
func (c *Client) Last(ctx context.Context) (workflow.Sweep, error) {
	return c.sweep(ctx, func(ctx context.Context, m masterpb.RetentionClient) (*masterpb.Sweep, error) {
		return m.LastSweep(ctx, &masterpb.LastSweepRequest{})
	})
}

func (c *Client) sweep(ctx context.Context, call func(context.Context, masterpb.RetentionClient) (*masterpb.Sweep, error)) (s workflow.Sweep, err error) {
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	err = c.ask(ctx, func(m masterpb.RetentionClient) error {
		p, err := call(ctx, m)
		s = fromSweep(p)
		return err
	})
	return s, err
}

// ask makes a connection for one call: they are rare.
func (c *Client) ask(ctx context.Context, call func(masterpb.RetentionClient) error) error {
	shards, err := c.Owners.ListShards(ctx)
	if err != nil {
		return err
	}
	if len(shards) == 0 || shards[0].Addr == "" {
		return workflow.Errorf(workflow.Unavailable, "retention.no_master", "no master owns the first shard now: start one, or try again")
	}
	conn, err := c.Dial(shards[0].Addr)
	if err != nil {
		return noMaster(shards[0], err)
	}
	// What remains to be done to a connection that is not used again is of no
	// interest to the caller.
	defer func() { _ = conn.Close() }()
	if err := call(masterpb.NewRetentionClient(conn)); err != nil {
		if workflow.ErrorCode(err) == workflow.Unavailable || workflow.ErrorCode(err) == workflow.Internal {
			return noMaster(shards[0], err)
		}
		return err
	}
	return nil
}

func noMaster(s store.Shard, err error) error {
	e := workflow.Errorf(workflow.Unavailable, "retention.no_master",
		"master %s, which removes what is old, did not answer; look whether it runs, then try again", s.Addr)
	e.Err = err
	return e
}
