package main

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/spf13/cobra"
	"google.golang.org/grpc"

	"github.com/porpoise-scheduler/porpoise/pkg/coord"
	"github.com/porpoise-scheduler/porpoise/pkg/netguard"
	"github.com/porpoise-scheduler/porpoise/worker"
)

func newWorker() *cobra.Command {
	var (
		b         base
		cluster   clusterOptions
		node      nodeOptions
		options   workerOptions
		mail      mailOptions
		sources   sourceOptions
		lostAfter time.Duration
		health    string
	)
	cmd := &cobra.Command{
		Use:   "worker",
		Short: "Run attempts for masters",
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := options.settle(lostAfter); err != nil {
				return err
			}
			return supervise(cmd.Context(), &b, cmd.OutOrStdout(), cmd.ErrOrStderr(), func(ctx context.Context, e *environment) (err error) {
				if e.mailer, err = mail.mailer(); err != nil {
					return err
				}
				if e.sources, err = sources.sources(); err != nil {
					return err
				}
				if err := cluster.checkEtcd(); err != nil {
					return err
				}
				if err := e.openEtcd(cluster); err != nil {
					return err
				}
				e.ready("etcd", e.coord.Healthy)
				if err := e.openLogStore(ctx, options.logStore); err != nil {
					return err
				}
				if err := e.openResourceStore(ctx, options.resourceStore); err != nil {
					return err
				}
				if _, err := e.addWorker(ctx, e.data.dir, node, options, cluster.leaseTTL); err != nil {
					return err
				}
				return e.serveHealth(ctx, health)
			})
		},
	}
	f := cmd.Flags()
	cluster.addEtcd(f)
	addUnused(f, "database", "not needed by a worker; accepted so that roles can share their settings")
	node.add(f, "127.0.0.1:1234")
	options.add(f, false)
	addResourceStore(f, &options.resourceStore, "none: tasks that use resources fail")
	mail.add(f)
	sources.add(f)
	f.DurationVar(&lostAfter, "lost-after", defaultLostAfter, lostAfterUsage)
	addHealth(f, &health, "127.0.0.1:1235")
	b.add(f)
	return configured(cmd)
}

// addWorker adds a worker that keeps its files in dir, with a gRPC server for
// its logs, and gives the address of that.
func (e *environment) addWorker(ctx context.Context, dir string, node nodeOptions, o workerOptions, ttl time.Duration) (string, error) {
	l, err := e.security.Listen(node.listen)
	if err != nil {
		return "", err
	}
	self, err := e.member(node, l.Addr())
	if err != nil {
		return "", errors.Join(err, l.Close())
	}
	workDir, err := e.workDir(dir, o.workDir)
	if err != nil {
		return "", errors.Join(err, l.Close())
	}
	deps := e.workerDeps(o)
	closeYARN, err := addYARN(&deps, o.yarn)
	if err != nil {
		return "", errors.Join(err, l.Close())
	}
	w, err := worker.New(worker.Config{
		ID: self.ID, DataDir: dir, WorkDir: workDir, Addr: self.Addr, Groups: o.groups, Slots: o.slots, Version: version,
		LeaseTTL: ttl, Grace: o.killGrace, KillAfter: o.killAfter,
		LogLimit: o.logLimit, LogRetention: o.logRetention, KeepWorkDirs: o.keepWorkDirs, EnvFile: o.envFile,
		ResourceCacheSize: o.resourceCacheSize, ResourceCacheAge: o.resourceCacheAge,
		MinUID: o.minUID, AllowTenants: o.allowTenants, DefaultTenant: o.defaultTenant, TenantAutoCreate: o.tenantAutoCreate,
		Drain: o.drain > 0, DrainTimeout: o.drain, Containment: o.containment,
	}, deps)
	if err != nil {
		return "", errors.Join(err, l.Close())
	}
	for _, c := range w.Collectors() {
		if err := e.metrics.Register(c); err != nil {
			return "", errors.Join(err, l.Close())
		}
	}
	server := e.security.NewServer(e.log)
	w.Register(server)
	e.group.Go(ctx, "worker", func(ctx context.Context) error {
		defer closeYARN()
		return w.Run(ctx)
	})
	e.group.Go(ctx, "worker's gRPC server", func(ctx context.Context) error { return server.Serve(ctx, l, stopGrace) })
	e.ready("worker", func(ctx context.Context) error { return e.registered(ctx, coord.Worker, w.Incarnation()) })
	return self.Addr, nil
}

func (e *environment) workerDeps(o workerOptions) worker.Deps {
	deps := worker.Deps{
		Coord: e.coord, Log: e.log,
		Kinds: taskKinds(kindOptions{
			guard:  netguard.Config{AllowPrivate: o.httpAllowPrivate, AllowLoopback: o.httpLoopback},
			python: o.python,
			// Every attempt opens and closes what it needs.
			sources: e.sources, mailer: e.mailer,
		}),
		Dial: func(_ context.Context, addr string) (*grpc.ClientConn, error) { return e.dial(addr) },
	}
	if e.logStore != nil { // an interface that holds a nil one is not nil
		deps.LogStore = e.logStore
	}
	if e.resources != nil {
		deps.Resources = e.resources
	}
	return deps
}

// registered says whether this life of a process is seen in the registry.
func (e *environment) registered(ctx context.Context, role coord.Role, incarnation string) error {
	members, err := e.coord.Members(ctx, role)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(members, func(m coord.Member) bool { return m.Incarnation == incarnation }) {
		return errors.New("it is not registered yet")
	}
	return nil
}
