package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"syscall"
	"time"

	"github.com/cenkalti/backoff/v5"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/spf13/pflag"

	"github.com/porpoise-scheduler/porpoise/apiserver"
	"github.com/porpoise-scheduler/porpoise/pkg/blob"
	"github.com/porpoise-scheduler/porpoise/pkg/coord"
	"github.com/porpoise-scheduler/porpoise/pkg/coord/etcd"
	"github.com/porpoise-scheduler/porpoise/pkg/datasource"
	"github.com/porpoise-scheduler/porpoise/pkg/lifecycle"
	"github.com/porpoise-scheduler/porpoise/pkg/notify"
	"github.com/porpoise-scheduler/porpoise/pkg/rpc"
	"github.com/porpoise-scheduler/porpoise/pkg/secret"
	"github.com/porpoise-scheduler/porpoise/pkg/store"
	"github.com/porpoise-scheduler/porpoise/pkg/store/sqlstore"
)

// stopGrace is what calls under way have left once a process is told to end.
const stopGrace = 15 * time.Second

// environment is what the roles of this process share. Roles add their parts
// to the group and their conditions to checks; close gives back what was
// opened, last first.
type environment struct {
	out      io.Writer // for people
	log      *slog.Logger
	data     dataOptions
	security *rpc.Security
	store    *store.Store
	coord    coord.Coordinator
	mailer   notify.Mailer
	sources  *datasource.Sources
	channels apiserver.Channels // nil on servers without an API
	nudger   apiserver.Nudger   // the master of this process; nil: there is none
	logStore blob.Store         // nil: logs stay on their workers
	// resources holds what users upload; nil: there is no resource centre.
	resources blob.Store
	metrics   *prometheus.Registry
	started   time.Time

	group   lifecycle.Group
	checks  []lifecycle.Check
	closers []func() error
}

// base is the flags that every role has.
type base struct {
	log  logOptions
	data dataOptions
	rpc  rpcOptions
}

func (b *base) add(f *pflag.FlagSet) {
	b.data.add(f)
	b.rpc.add(f)
	b.log.add(f)
}

// open prepares everything but store and coordinator.
func (b *base) open(ctx context.Context, out, errOut io.Writer) (*environment, error) {
	log, err := b.log.logger(errOut)
	if err != nil {
		return nil, err
	}
	// What libraries say without being asked goes the same way.
	slog.SetDefault(log)
	if err := b.data.prepare(); err != nil {
		return nil, err
	}
	security, err := b.rpc.security()
	if err != nil {
		return nil, err
	}
	lock, err := lockDataDir(ctx, b.data.dir)
	if err != nil {
		return nil, err
	}
	e := &environment{
		out: out, log: log, data: b.data, security: security, started: time.Now(),
		metrics: prometheus.NewRegistry(),
	}
	e.atEnd(lock.Close)
	return e, errors.Join(
		e.metrics.Register(collectors.NewGoCollector()),
		e.metrics.Register(collectors.NewProcessCollector(collectors.ProcessCollectorOpts{})),
	)
}

// openStore opens the database and waits for it as long as it does not answer.
// Another schema version is an error at once.
func (e *environment) openStore(ctx context.Context, url string) error {
	keys, err := secret.OpenKeys(e.data.secretFile)
	if err != nil {
		return err
	}
	e.store, err = waiting(ctx, e.log, "database", func() (*store.Store, error) {
		return sqlstore.Open(ctx, url, sqlstore.Options{Sealer: sealer{keys}})
	})
	if err != nil {
		return err
	}
	e.atEnd(e.store.Database.Close)
	e.ready("database", e.store.Database.Ping)
	return nil
}

func (e *environment) openEtcd(o clusterOptions) error {
	user, password := splitUser(o.etcdUser)
	c, err := etcd.Open(etcd.Config{Endpoints: o.etcd, Username: user, Password: password, Log: e.log})
	if err != nil {
		return err
	}
	e.useCoordinator(c)
	return nil
}

func (e *environment) useCoordinator(c coord.Coordinator) {
	e.coord = c
	e.atEnd(c.Close)
}

// openCluster opens what a role of a cluster works with.
func (e *environment) openCluster(ctx context.Context, o clusterOptions) error {
	if err := o.check(); err != nil {
		return err
	}
	if err := e.openEtcd(o); err != nil {
		return err
	}
	return e.openStore(ctx, o.database)
}

func (e *environment) atEnd(f func() error) { e.closers = append(e.closers, f) }

func (e *environment) ready(name string, check func(context.Context) error) {
	e.checks = append(e.checks, lifecycle.Check{Name: name, Check: check})
}

// awaitReady returns once every check holds.
func (e *environment) awaitReady(ctx context.Context) error {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		if lifecycle.Ready(ctx, e.checks...) {
			return nil
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// run runs the parts until one fails or ctx ends, and closes everything.
func (e *environment) run(ctx context.Context) error {
	e.group.Go(ctx, "memory", giveBackMemory)
	e.group.Go(ctx, "signals", func(ctx context.Context) error {
		<-ctx.Done()
		e.log.Info("stopping")
		return nil
	})
	err := e.group.Run(func(err error) { e.log.Error("while stopping", "error", err) })
	err = errors.Join(err, e.close())
	if err == nil {
		e.log.Info("stopped")
	}
	return err
}

func (e *environment) close() error {
	var errs []error
	for i := len(e.closers) - 1; i >= 0; i-- {
		errs = append(errs, e.closers[i]())
	}
	e.closers = nil
	return errors.Join(errs...)
}

// supervise runs a role: build opens what it needs, ctx ends with SIGINT or
// SIGTERM.
func supervise(ctx context.Context, b *base, out, errOut io.Writer, build func(context.Context, *environment) error) error {
	ctx, stop := lifecycle.Signals(ctx, os.Interrupt, syscall.SIGTERM)
	defer stop()
	e, err := b.open(ctx, out, errOut)
	if err != nil {
		return err
	}
	if err := build(ctx, e); err != nil {
		if ctx.Err() != nil {
			err = nil // told to stop before it had begun
		}
		return errors.Join(err, e.close())
	}
	return e.run(ctx)
}

// waiting calls open again while the thing it opens does not answer.
func waiting[T any](ctx context.Context, log *slog.Logger, what string, open func() (T, error)) (T, error) {
	pause := backoff.NewExponentialBackOff()
	pause.MaxInterval = 5 * time.Second
	return backoff.Retry(ctx, func() (T, error) {
		v, err := open()
		if err != nil && !unavailable(err) {
			return v, backoff.Permanent(fmt.Errorf("opening the %s: %w", what, err))
		}
		return v, err
	}, backoff.WithBackOff(pause), backoff.WithMaxElapsedTime(0), backoff.WithNotify(func(err error, next time.Duration) {
		log.Warn("waiting for the "+what, "error", err, "again_in", next.Round(time.Millisecond))
	}))
}
