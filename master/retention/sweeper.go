package retention

import (
	"cmp"
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/porpoise-scheduler/porpoise/pkg/blob"
	"github.com/porpoise-scheduler/porpoise/pkg/store"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// Config paces a sweeper. Zero values have defaults.
type Config struct {
	Every      time.Duration // from one sweep to the next; 1 h
	FilesEvery time.Duration // from one look through logs and caches to the next; 24 h
	Batch      int           // rows of one step; 100
	Pause      time.Duration // between steps; 1 s
	MaxWaiting int           // with so many commands waiting no deletion is added; 500
	Patience   time.Duration // when none of them is obeyed for so long, the sweep ends; 1 min
	OrphanAge  time.Duration // when the log of an attempt that is gone goes; 24 h
}

func (c Config) withDefaults() Config {
	c.Every = cmp.Or(c.Every, time.Hour)
	c.FilesEvery = cmp.Or(c.FilesEvery, 24*time.Hour)
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
	Workers    Workers
	Now        func() time.Time
	Log        *slog.Logger
	Nudge      func(shards ...int) // nil: owners find the commands by themselves
	// Leads says whether it is for this sweeper to work now; nil: it is. It
	// spares work, nothing depends on it.
	Leads func() bool
}

// Sweeper removes what is too old.
type Sweeper struct {
	cfg       Config
	deps      Deps
	filesDone time.Time
	asked     chan *job // size 1: one is under way at most

	mu   sync.Mutex
	last *job // that was asked for; nil: none
}

// New makes a sweeper.
func New(cfg Config, deps Deps) *Sweeper {
	return &Sweeper{cfg: cfg.withDefaults(), deps: deps, asked: make(chan *job, 1)}
}

// Run sweeps again and again, and when it is asked to, until ctx ends.
func (s *Sweeper) Run(ctx context.Context) error {
	// The first comes soon, but after what a start brings along.
	next := time.NewTimer(s.cfg.Every / 10)
	defer next.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case j := <-s.asked:
			s.obey(ctx, j)
			continue
		case <-next.C:
		}
		if s.deps.Leads == nil || s.deps.Leads() {
			s.sweepOnce(ctx)
		}
		next.Reset(s.cfg.Every)
	}
}

func (s *Sweeper) sweepOnce(ctx context.Context) {
	files := s.deps.Now().Sub(s.filesDone) >= s.cfg.FilesEvery
	r, err := s.Sweep(ctx, files)
	switch {
	case ctx.Err() != nil:
		return
	case err == nil && files:
		s.filesDone = s.deps.Now()
	}
	s.tell(r, err)
}

// tell logs what a sweep did.
func (s *Sweeper) tell(r workflow.SweepReport, err error) {
	if err != nil {
		s.deps.Log.Warn("removing what is older than it is to be kept", "err", err)
	}
	for _, u := range r.Unasked {
		s.deps.Log.Warn("a place where old files may be was not looked through", "place", u.Place, "reason", u.Reason)
	}
	if r.Empty() {
		return
	}
	instances, logs := r.Totals()
	s.deps.Log.Info("removed what was older than it is to be kept", "instances", instances,
		"logs", logs.Shipped.Files, "logs_on_workers", logs.OnWorkers.Files, "resources_on_workers", r.Cached.Files,
		"alerts", r.Alerts, "fires", r.Fires, "commands", r.Commands)
}

// Sweep works once through all policies, and through logs and caches when files
// is set. What fails does not keep the rest from being done.
func (s *Sweeper) Sweep(ctx context.Context, files bool) (workflow.SweepReport, error) {
	r, err := s.begin(ctx, true, nil)
	if err != nil {
		return workflow.SweepReport{}, err
	}
	return r.all(ctx, files)
}

// Count tells what Sweep would remove now, and changes nothing.
func (s *Sweeper) Count(ctx context.Context) (workflow.SweepReport, error) {
	r, err := s.begin(ctx, false, nil)
	if err != nil {
		return workflow.SweepReport{}, err
	}
	return r.all(ctx, true)
}

// Measure counts the logs and cached resources that would go if a setting were
// another. Places that it does not come to before ctx's deadline are named.
func (s *Sweeper) Measure(ctx context.Context, instead workflow.Retention) (workflow.SweepReport, error) {
	r, err := s.begin(ctx, false, &instead)
	if err != nil {
		return workflow.SweepReport{}, err
	}
	err = r.files(ctx)
	return r.view(), err
}
