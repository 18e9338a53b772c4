package retention

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/porpoise-scheduler/porpoise/pkg/blob"
	"github.com/porpoise-scheduler/porpoise/pkg/store"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// Config paces a sweeper. Zero values have defaults.
type Config struct {
	Every      time.Duration // from one sweep to the next; 1 h
	LogsEvery  time.Duration // from one look through the log store to the next; 24 h
	Batch      int           // rows of one step; 100
	Pause      time.Duration // between steps; 1 s
	MaxWaiting int           // with so many commands waiting no deletion is added; 500
	Patience   time.Duration // when none of them is obeyed for so long, the sweep ends; 1 min
	OrphanAge  time.Duration // when the log of an attempt that is gone goes; 24 h
}

func (c Config) withDefaults() Config {
	c.Every = cmp.Or(c.Every, time.Hour)
	c.LogsEvery = cmp.Or(c.LogsEvery, 24*time.Hour)
	c.Batch = cmp.Or(c.Batch, 100)
	c.Pause = cmp.Or(c.Pause, time.Second)
	c.MaxWaiting = cmp.Or(c.MaxWaiting, 500)
	c.Patience = cmp.Or(c.Patience, time.Minute)
	c.OrphanAge = cmp.Or(c.OrphanAge, 24*time.Hour)
	return c
}

// Backlog tells which commands wait.
type Backlog interface {
	ListShards(ctx context.Context) ([]store.Shard, error)
	Pending(ctx context.Context, shards []int, after int64, limit int) ([]workflow.Command, error)
}

// Logs is where finished logs were shipped to.
type Logs struct {
	Store  blob.Store // nil: nowhere
	Prefix string     // of their keys
	// Attempt reads an attempt from the key of its log.
	Attempt func(key string) (int64, bool)
}

// Deps are a sweeper's collaborators.
type Deps struct {
	Retentions store.Retentions
	Deliveries store.Deliveries
	Commands   store.Commands
	Backlog    Backlog
	Logs       Logs
	Now        func() time.Time
	Log        *slog.Logger
	Nudge      func(shards ...int) // nil: owners find the commands by themselves
	// Leads says whether it is for this sweeper to work now; nil: it is. It
	// spares work, nothing depends on it.
	Leads func() bool
}

// Sweeper removes what is too old.
type Sweeper struct {
	cfg      Config
	deps     Deps
	logsDone time.Time
}

// New makes a sweeper.
func New(cfg Config, deps Deps) *Sweeper { return &Sweeper{cfg: cfg.withDefaults(), deps: deps} }

// Report counts what a sweep removed, or would remove.
type Report struct {
	Policies []Line
	Logs     int // in the log store
	store.Purged
}

// Line is what a policy was the reason for.
type Line struct {
	Policy
	Instances int
	Tasks     int // of these instances; counted only, not by sweeps
}

// Empty reports whether there was nothing.
func (r Report) Empty() bool {
	n := r.Logs + r.Alerts + r.Fires + r.Commands
	for _, l := range r.Policies {
		n += l.Instances
	}
	return n == 0
}

// Run sweeps again and again until ctx ends.
func (s *Sweeper) Run(ctx context.Context) error {
	// The first comes soon, but after what a start brings along.
	next := time.NewTimer(s.cfg.Every / 10)
	defer next.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-next.C:
		}
		if s.deps.Leads == nil || s.deps.Leads() {
			s.sweepOnce(ctx)
		}
		next.Reset(s.cfg.Every)
	}
}

func (s *Sweeper) sweepOnce(ctx context.Context) {
	logs := s.deps.Now().Sub(s.logsDone) >= s.cfg.LogsEvery
	r, err := s.Sweep(ctx, logs)
	switch {
	case ctx.Err() != nil:
		return
	case err != nil:
		s.deps.Log.Warn("removing what is older than it is to be kept", "err", err)
	case logs:
		s.logsDone = s.deps.Now()
	}
	if !r.Empty() {
		instances := 0
		for _, l := range r.Policies {
			instances += l.Instances
		}
		s.deps.Log.Info("removed what was older than it is to be kept", "instances", instances, "logs", r.Logs,
			"alerts", r.Alerts, "fires", r.Fires, "commands", r.Commands)
	}
}

// Sweep works once through all policies, and through the log store when logs is
// set. What fails does not keep the rest from being done.
func (s *Sweeper) Sweep(ctx context.Context, logs bool) (r Report, err error) {
	policies, err := s.policies(ctx)
	if err != nil {
		return r, err
	}
	var errs []error
	for _, p := range policies {
		n, err := s.deleteInstances(ctx, p)
		r.Policies = append(r.Policies, Line{Policy: p, Instances: n})
		errs = append(errs, err)
	}
	r.Purged, err = s.purge(ctx, policies)
	errs = append(errs, err)
	if logs {
		r.Logs, err = s.sweepLogs(ctx, policies, true)
		errs = append(errs, err)
	}
	return r, errors.Join(errs...)
}

// Count tells what Sweep would remove now, and changes nothing.
func (s *Sweeper) Count(ctx context.Context) (r Report, err error) {
	policies, err := s.policies(ctx)
	if err != nil {
		return r, err
	}
	now := s.deps.Now()
	for _, p := range policies {
		l := Line{Policy: p}
		if before, ok := ago(now, p.InstanceDays); ok {
			if l.Instances, l.Tasks, err = s.deps.Retentions.CountExpired(ctx, p.ProjectID, p.Except, before); err != nil {
				return r, err
			}
		}
		r.Policies = append(r.Policies, l)
	}
	if before, ok := ago(now, rest(policies).InstanceDays); ok {
		if r.Purged, err = s.deps.Retentions.CountPurgeable(ctx, before); err != nil {
			return r, err
		}
	}
	r.Logs, err = s.sweepLogs(ctx, policies, false)
	return r, err
}

func (s *Sweeper) policies(ctx context.Context) ([]Policy, error) {
	rows, err := s.deps.Retentions.All(ctx)
	return Policies(rows), err
}

// rest is the policy for projects without one of their own, which also goes for
// what belongs to none.
func rest(policies []Policy) Policy { return policies[len(policies)-1] }

// purge removes what was recorded beside instances.
func (s *Sweeper) purge(ctx context.Context, policies []Policy) (sum store.Purged, err error) {
	before, ok := ago(s.deps.Now(), rest(policies).InstanceDays)
	for ok {
		p, err := s.deps.Retentions.Purge(ctx, before, s.cfg.Batch)
		if err != nil {
			return sum, err
		}
		if p.Alerts, err = s.deps.Deliveries.Purge(ctx, before, s.cfg.Batch); err != nil {
			return sum, err
		}
		sum.Alerts, sum.Fires, sum.Commands = sum.Alerts+p.Alerts, sum.Fires+p.Fires, sum.Commands+p.Commands
		if ok = p != (store.Purged{}); ok {
			if err := s.pause(ctx); err != nil {
				return sum, err
			}
		}
	}
	return sum, nil
}

// pause lets others work.
func (s *Sweeper) pause(ctx context.Context) error {
	timer := time.NewTimer(s.cfg.Pause)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
