// Package worker runs attempts for masters. It registers itself, keeps a
// stream to every master, takes the attempts they push as long as it has
// slots, and reports their starts and ends until these are acknowledged.
//
// Attempts that are processes live in a supervisor (worker/supervisor), which
// outlives the worker: a worker that comes back finds them running. Attempts of
// kinds that run inside the worker end with it and are reported as lost.
package worker

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/prometheus/client_golang/prometheus"
	"google.golang.org/grpc"

	"github.com/porpoise-scheduler/porpoise/pkg/coord"
	"github.com/porpoise-scheduler/porpoise/pkg/param"
	"github.com/porpoise-scheduler/porpoise/proto/workerpb"
	"github.com/porpoise-scheduler/porpoise/worker/internal/agent"
	"github.com/porpoise-scheduler/porpoise/worker/internal/contain"
	"github.com/porpoise-scheduler/porpoise/worker/internal/link"
	"github.com/porpoise-scheduler/porpoise/worker/internal/logs"
	"github.com/porpoise-scheduler/porpoise/worker/internal/masters"
	"github.com/porpoise-scheduler/porpoise/worker/internal/rescache"
	"github.com/porpoise-scheduler/porpoise/worker/internal/tenant"
	"github.com/porpoise-scheduler/porpoise/worker/internal/workdir"
	"github.com/porpoise-scheduler/porpoise/worker/supervisor"
)

// resendAfter is how long an end waits for its acknowledgement before it is
// reported again.
const resendAfter = 30 * time.Second

// killWait bounds the wait for applications that were killed.
const killWait = time.Minute

// readyWithin bounds the first attachment to the supervisor.
const readyWithin = 30 * time.Second

// Worker is one worker's life.
type Worker struct {
	cfg         Config
	deps        Deps
	log         *slog.Logger
	incarnation string
	bootID      string
	metrics     *metrics

	agent *agent.Agent
	logs  *logs.Store
	dirs  *workdir.Dirs
	cache *rescache.Cache // nil: there is no resource store
	link  *link.Link
}

// New reads what an earlier life left in the data directory. Nothing runs
// before Run.
func New(c Config, d Deps) (*Worker, error) {
	c, err := c.withDefaults()
	if err != nil {
		return nil, err
	}
	if err := d.check(); err != nil {
		return nil, err
	}
	if d.Log == nil {
		d.Log = slog.New(slog.DiscardHandler)
	}
	w := &Worker{cfg: c, deps: d, log: d.Log, incarnation: uuid.NewString(), metrics: newMetrics(c.Slots)}
	boot, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return nil, fmt.Errorf("worker: reading the host's boot id: %w", err)
	}
	w.bootID = strings.TrimSpace(string(boot))
	if err := w.open(); err != nil {
		return nil, fmt.Errorf("worker: %w", err)
	}
	return w, nil
}

// open makes the parts that keep files in the data directory.
func (w *Worker) open() error {
	c, d := w.cfg, w.deps
	if err := os.MkdirAll(c.DataDir, 0o711); err != nil {
		return err
	}
	id, err := identity(c.ID, c.DataDir)
	if err != nil {
		return err
	}
	w.cfg.ID = id
	tenants, err := tenant.NewResolver(tenant.Policy{
		MinUID: c.MinUID, Allow: c.AllowTenants, Default: c.DefaultTenant, AutoCreate: c.TenantAutoCreate,
	})
	if err != nil {
		return err
	}
	if w.logs, err = logs.New(filepath.Join(c.DataDir, "logs"), d.LogStore, d.Log); err != nil {
		return fmt.Errorf("opening the logs: %w", err)
	}
	if err := w.openWorkDirs(); err != nil {
		return err
	}
	w.agent, err = agent.New(agent.Config{
		Dir: c.DataDir, Incarnation: w.incarnation, Groups: c.Groups, Slots: c.Slots, Grace: c.Grace,
		KillAfter: c.KillAfter, LogLimit: c.LogLimit, MinFreeBytes: c.MinFreeBytes, Resend: resendAfter, EnvFile: c.EnvFile,
		Follow: agent.Follow{Every: c.FollowEvery, Patience: c.FollowPatience, KillWait: min(c.FollowPatience, killWait)},
	}, agent.Parts{
		Kinds: d.Kinds, Logs: w.logs, Dirs: w.dirs, Tenants: tenants, Scan: param.ScanSetValue,
		Applications: d.Applications, Metrics: w.metrics, Log: d.Log,
	})
	if err != nil {
		return err
	}
	w.link = &link.Link{
		Config: supervisor.Config{
			Dir: c.DataDir, WorkDir: c.WorkDir, KillAfter: c.KillAfter, Grace: c.Grace, Containment: contain.Mode(c.Containment),
		},
		Command: c.SupervisorCommand, Incarnation: w.incarnation, Handler: w.agent, Log: d.Log,
	}
	return nil
}

// openWorkDirs opens the work directories and the cache of what goes into them.
func (w *Worker) openWorkDirs() (err error) {
	c, d := w.cfg, w.deps
	var source workdir.Source
	if d.Resources != nil {
		w.cache, err = rescache.New(rescache.Config{
			Dir: filepath.Join(c.DataDir, "resources-cache"), Limit: c.ResourceCacheSize, MaxAge: c.ResourceCacheAge,
		}, d.Resources, d.Log)
		if err != nil {
			return err
		}
		source = w.cache
	}
	if w.dirs, err = workdir.New(c.WorkDir, c.KeepWorkDirs, source, d.Log); err != nil {
		return fmt.Errorf("opening the work directories: %w", err)
	}
	return nil
}

// Register serves this worker's logs on s, and their removal. It answers once
// Run has found out which attempts are running.
func (w *Worker) Register(s grpc.ServiceRegistrar) {
	workerpb.RegisterLogsServer(s, w.logs.Service())
	var cache logs.Resources
	if w.cache != nil { // an interface that holds a nil one is not nil
		cache = w.cache
	}
	workerpb.RegisterHousekeepingServer(s, w.logs.Housekeeping(cache))
}

// Collectors are the worker's metrics.
func (w *Worker) Collectors() []prometheus.Collector { return w.metrics.collectors() }

// Incarnation names this life of the worker.
func (w *Worker) Incarnation() string { return w.incarnation }

// parts are goroutines that end with their context.
type parts struct {
	ctx    context.Context
	cancel context.CancelFunc
	wg     sync.WaitGroup
}

func newParts() *parts {
	ctx, cancel := context.WithCancel(context.Background())
	return &parts{ctx: ctx, cancel: cancel}
}

func (p *parts) start(f func(ctx context.Context)) { p.wg.Go(func() { f(p.ctx) }) }

func (p *parts) stop() {
	p.cancel()
	p.wg.Wait()
}

// Run works until ctx ends, then stops in order: no new work, the streams once
// everything is sent, the supervisor's connection, and the files last.
func (w *Worker) Run(ctx context.Context) error {
	files, core, outside := newParts(), newParts(), newParts()
	defer files.stop()
	defer core.stop()
	defer outside.stop()
	files.start(w.dirs.Run)
	if w.cache != nil {
		files.start(w.cache.Run)
	}
	files.start(w.logs.Run)
	files.start(func(ctx context.Context) { w.logs.RunRetention(ctx, w.cfg.LogRetention) })
	core.start(w.agent.Run)
	attached := newParts()
	defer attached.stop()
	attached.start(func(ctx context.Context) {
		if err := w.link.Run(ctx); err != nil {
			w.log.Error("the connection to the supervisor ended", "error", err)
		}
	})
	if err := w.awaitSupervisor(ctx); err != nil || ctx.Err() != nil {
		return err
	}
	registration, err := w.join(outside)
	if err != nil {
		return err
	}
	w.log.Info("worker is ready", "id", w.cfg.ID, "incarnation", w.incarnation, "slots", w.cfg.Slots, "groups", w.cfg.Groups)
	<-ctx.Done()
	return w.leave(registration)
}

// awaitSupervisor waits until it is known what runs.
func (w *Worker) awaitSupervisor(ctx context.Context) error {
	late := time.NewTimer(readyWithin)
	defer late.Stop()
	select {
	case <-w.agent.Ready():
		return nil
	case <-ctx.Done():
		return nil
	case <-late.C:
		return errors.New("worker: its supervisor did not answer, see supervisor.log in the data directory")
	}
}

// join registers the worker and begins to follow the masters.
func (w *Worker) join(p *parts) (coord.Registration, error) {
	m := coord.Member{
		ID: w.cfg.ID, Incarnation: w.incarnation, Role: coord.Worker, Addr: w.cfg.Addr, Version: w.cfg.Version,
		Groups: w.cfg.Groups, Slots: w.cfg.Slots, StartTime: time.Now(), Load: w.measure(p.ctx),
	}
	registration, err := w.deps.Coord.Register(p.ctx, m, w.cfg.LeaseTTL)
	if err != nil {
		return nil, fmt.Errorf("worker: registering: %w", err)
	}
	pool := &masters.Pool{Dial: w.deps.Dial, Hello: w.hello, Handler: w.agent, Log: w.log}
	p.start(func(ctx context.Context) { pool.Run(ctx, w.deps.Coord.Watch(ctx, coord.Master)) })
	p.start(func(ctx context.Context) { w.beat(ctx, registration, m) })
	return registration, nil
}

func (w *Worker) hello() *workerpb.Hello {
	h := &workerpb.Hello{
		WorkerId: w.cfg.ID, Incarnation: w.incarnation, Supervisor: w.agent.Supervisor(), BootId: w.bootID,
		Addr: w.cfg.Addr, Groups: w.cfg.Groups, Slots: int32(w.cfg.Slots), Version: w.cfg.Version,
	}
	for _, k := range w.deps.Kinds.IDs() {
		h.Kinds = append(h.Kinds, string(k))
	}
	return h
}

// leave says good-bye. What takes too long is left behind: masters and the
// supervisor know how to go on.
func (w *Worker) leave(registration coord.Registration) error {
	idle := w.agent.BeginStop()
	err := registration.Close()
	if err != nil {
		err = fmt.Errorf("worker: leaving the registry: %w", err)
	}
	if w.cfg.Drain {
		w.log.Info("waiting for attempts to end")
		await(idle, w.cfg.DrainTimeout)
	}
	await(w.agent.Abandon(), w.cfg.StopTimeout)
	ctx, cancel := context.WithTimeout(context.Background(), w.cfg.StopTimeout)
	defer cancel()
	w.agent.Farewell(ctx)
	return err
}

// await waits for c, at most d if that is not 0.
func await(c <-chan struct{}, d time.Duration) {
	var late <-chan time.Time
	if d > 0 {
		t := time.NewTimer(d)
		defer t.Stop()
		late = t.C
	}
	select {
	case <-c:
	case <-late:
	}
}
