// Package master turns commands and due schedules into instances and sees them
// through: it owns shards, steps their instances, and dispatches attempts.
package master

import (
	"context"
	"log/slog"
	"time"

	"golang.org/x/sync/errgroup"
	"google.golang.org/grpc"

	"github.com/porpoise-scheduler/porpoise/master/internal/alerting"
	"github.com/porpoise-scheduler/porpoise/master/internal/claim"
	"github.com/porpoise-scheduler/porpoise/master/internal/commit"
	"github.com/porpoise-scheduler/porpoise/master/internal/dispatch"
	"github.com/porpoise-scheduler/porpoise/master/internal/materials"
	"github.com/porpoise-scheduler/porpoise/master/internal/rpcserver"
	"github.com/porpoise-scheduler/porpoise/master/internal/runner"
	"github.com/porpoise-scheduler/porpoise/master/retention"
	"github.com/porpoise-scheduler/porpoise/pkg/coord"
	"github.com/porpoise-scheduler/porpoise/pkg/store"
	"github.com/porpoise-scheduler/porpoise/pkg/task"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// Config is how a master runs. Zero values have defaults.
type Config struct {
	Self       coord.Member  // ID, Incarnation, Addr; Role is set
	LeaseTTL   time.Duration // default 10 s
	LostAfter  time.Duration // default 300 s: when a silent worker's attempts are given up
	MaxCatchup int           // missed fire times fired at most; default 100
	PollEvery  time.Duration // the safety net under nudges; default 2 s
	StopGrace  time.Duration // for writes under way at the end; default 10 s
	HandOver   time.Duration // default the lease's TTL

	NoStartAfter time.Duration // when an instance that began nothing is told of; 0: never
	AlertTimeout time.Duration // how long sending one alert may take; default 30 s
	AlertGiveUp  time.Duration // how long sending it is tried; default 24 h
}

func (c Config) withDefaults() Config {
	def := func(d *time.Duration, v time.Duration) {
		if *d == 0 {
			*d = v
		}
	}
	def(&c.LeaseTTL, 10*time.Second)
	def(&c.LostAfter, 300*time.Second)
	def(&c.PollEvery, 2*time.Second)
	def(&c.StopGrace, 10*time.Second)
	def(&c.HandOver, c.LeaseTTL)
	c.Self.Role = coord.Master
	return c
}

// Deps are a master's collaborators.
type Deps struct {
	Store *store.Store
	Coord coord.Coordinator
	Log   *slog.Logger
	// Kinds say what tasks need; those they know nothing of need nothing.
	Kinds *task.Registry
	// Nudge tells the owners of shards that commands wait. Nil: they find them
	// on their slow poll.
	Nudge func(shards ...int)
	// Load gives this process' load for the registry; nil: none is shown.
	Load func() coord.Load
	// Alerts say how alerts leave. Nil: they stay in the outbox for others.
	Alerts *Alerts
	// Logs is where finished logs are shipped to, for the removal of old ones.
	Logs retention.Logs
	// DialWorker opens a connection to a worker without waiting for it, for the
	// removal of what is old there. Nil: it stays.
	DialWorker func(addr string) (*grpc.ClientConn, error)
}

// Master is one process' share of deciding.
type Master struct {
	cfg    Config
	deps   Deps
	log    *slog.Logger
	clock  *clock
	hub    *dispatch.Hub
	supply *materials.Pool
	commit *commit.Committer
	claims *claim.Manager
	rpc    *rpcserver.Server
	alerts *alerting.Sender // nil: this master sends none
	sweeps *retention.Sweeper
	stats  *Metrics
	stop   chan struct{}
}

// New makes a master. It serves and decides nothing before Run.
func New(cfg Config, deps Deps) *Master {
	m := &Master{cfg: cfg.withDefaults(), deps: deps, stop: make(chan struct{})}
	m.log = deps.Log.With("role", "master", "member", m.cfg.Self.ID)
	m.clock = &clock{db: deps.Store.Scheduling, log: m.log}
	m.hub = dispatch.NewHub(m.log)
	m.supply = materials.New(materials.Config{}, materials.Stores{
		Resources: deps.Store.Resources, UDFs: deps.Store.UDFs, DataSources: deps.Store.DataSources, AlertGroups: deps.Store.AlertGroups,
		Environments: deps.Store.Environments,
	}, m.hub, m.log)
	m.alerts = m.newSender()
	m.sweeps = m.newSweeper()
	m.stats = newMetrics(m)
	m.commit = commit.New(commit.Config{Alerted: m.alerted}, deps.Store.Scheduling, m.stats, m.log)
	m.claims = claim.New(claim.Config{Self: m.cfg.Self, HandOver: m.cfg.HandOver}, deps.Store.Scheduling, m.loops(), m.log)
	m.rpc = rpcserver.New(m.cfg.Self.ID, m.cfg.Self.Incarnation, m.claims, m.hub, m.stop)
	return m
}

// loops gives the maker of shard loops.
func (m *Master) loops() func(store.Fence) claim.Loop {
	cfg := runner.Config{
		MasterID: m.cfg.Self.ID, LostAfter: m.cfg.LostAfter, MaxCatchup: m.cfg.MaxCatchup, NoStartAfter: m.cfg.NoStartAfter,
	}
	deps := runner.Deps{
		Store:       &runner.Patient{Store: shardStore{m.deps.Store.Scheduling, m.deps.Store.Instances}, Log: m.log},
		Hub:         m.hub,
		Materials:   m.supply,
		Definitions: runner.NewPlans(m.deps.Store.Scheduling, m.deps.Store.Projects, m.deps.Kinds, 50_000),
		Now:         m.clock.Now,
		Log:         m.log,
		NudgeOthers: m.nudge,
	}
	reads := make(chan struct{}, 8)
	return func(f store.Fence) claim.Loop {
		return runner.NewLoop(cfg, deps, f, m.hub, m.commit, reads)
	}
}

// shardStore is the store as shards see it.
type shardStore struct {
	store.Scheduling
	instances store.Instances
}

// Instance gives one instance.
func (s shardStore) Instance(ctx context.Context, id int64) (workflow.Instance, error) {
	return s.instances.Get(ctx, id)
}

// ChildOf gives the instance a SUB_WORKFLOW attempt started.
func (s shardStore) ChildOf(ctx context.Context, taskID int64) (workflow.Instance, error) {
	return s.instances.ChildOf(ctx, taskID)
}

// nudge wakes shards, here or elsewhere.
func (m *Master) nudge(shards []int) {
	if elsewhere := m.claims.Nudge(shards); len(elsewhere) > 0 && m.deps.Nudge != nil {
		m.deps.Nudge(elsewhere...)
	}
}

// Nudge, Epoch and Carry are for API servers in the same process: what others
// say to a master by gRPC.

// Nudge wakes shards, here or elsewhere.
func (m *Master) Nudge(shards ...int) { m.nudge(shards) }

// Epoch gives the epoch of a shard that this master owns, else 0.
func (m *Master) Epoch(shard int) int64 { return m.claims.Epoch(shard) }

// Carry hands over a command that was stored after Epoch was asked.
func (m *Master) Carry(c workflow.Command, epoch int64) {
	c, ok := c.Carried()
	if epoch == 0 || !ok || !m.claims.Carry(c.Shard, epoch, []workflow.Command{c}) {
		m.nudge([]int{c.Shard})
	}
}

// Register adds the master's services to the process' gRPC server.
func (m *Master) Register(r grpc.ServiceRegistrar) {
	m.rpc.Register(r)
	m.sweeps.Register(r)
}

// Ready reports whether this master owns every shard it should.
func (m *Master) Ready() bool { return m.claims.Ready() }

// Run decides until ctx ends; then it finishes its writes, hands its shards
// over and leaves the registry. The parts end in the order in which they need
// each other: loops, then the committer under them.
func (m *Master) Run(ctx context.Context) error {
	if err := m.clock.sync(ctx); err != nil {
		return err
	}
	committing, stopCommitting := context.WithCancel(context.WithoutCancel(ctx))
	defer stopCommitting()
	committed := make(chan error, 1)
	go func() { committed <- m.commit.Run(committing, m.cfg.StopGrace) }()
	limit := context.AfterFunc(ctx, func() { time.AfterFunc(m.cfg.StopGrace, stopCommitting) })
	defer limit()

	registration, err := m.deps.Coord.Register(ctx, m.cfg.Self, m.cfg.LeaseTTL)
	if err != nil {
		return err
	}
	g, gctx := errgroup.WithContext(ctx)
	g.Go(func() error { return m.claims.Run(gctx, m.deps.Coord.Watch(gctx, coord.Master)) })
	g.Go(func() error { return m.supply.Run(gctx) })
	g.Go(func() error { return m.clock.run(gctx) })
	g.Go(func() error { return m.poll(gctx) })
	g.Go(func() error { return m.sendAlerts(gctx) })
	g.Go(func() error { return m.sweeps.Run(gctx) })
	g.Go(func() error { return m.refresh(gctx, registration) })
	err = g.Wait()
	close(m.stop)
	stopCommitting()
	<-committed
	if closeErr := registration.Close(); closeErr != nil {
		m.log.Debug("leaving the registry", "err", closeErr)
	}
	return err
}

// poll is the safety net under nudges: it looks for commands of owned shards
// that nobody told us of.
func (m *Master) poll(ctx context.Context) error {
	tick := time.NewTicker(m.cfg.PollEvery)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil
		}
		if err := m.pollOnce(ctx); err != nil && ctx.Err() == nil {
			m.log.Warn("looking for commands", "err", err)
		}
	}
}

func (m *Master) pollOnce(ctx context.Context) error {
	owned := m.claims.Owned()
	if len(owned) == 0 {
		return nil
	}
	waiting, err := m.deps.Store.Scheduling.Pending(ctx, owned, 0, 256)
	if err != nil {
		return err
	}
	seen := map[int]bool{}
	for _, c := range waiting {
		if !seen[c.Shard] {
			seen[c.Shard] = true
			m.claims.NudgeAll(c.Shard)
		}
	}
	return nil
}

// refresh keeps what changes slowly: the stored worker groups, and this
// member's load in the registry.
func (m *Master) refresh(ctx context.Context, registration coord.Registration) error {
	tick := time.NewTicker(10 * time.Second)
	defer tick.Stop()
	for {
		if err := m.loadGroups(ctx); err != nil && ctx.Err() == nil {
			m.log.Warn("reading worker groups", "err", err)
		}
		if m.deps.Load != nil {
			self := m.cfg.Self
			self.Load = m.deps.Load()
			registration.Update(self)
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil
		}
	}
}

func (m *Master) loadGroups(ctx context.Context) error {
	groups, err := m.deps.Store.WorkerGroups.All(ctx)
	if err != nil {
		return err
	}
	stored := map[string][]string{}
	for _, g := range groups {
		stored[g.Name] = append(stored[g.Name], g.Addresses...)
	}
	m.hub.StoredGroups(stored)
	return nil
}
