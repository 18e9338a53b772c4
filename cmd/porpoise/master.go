package main

import (
	"cmp"
	"context"
	"errors"
	"net"
	"time"

	"github.com/google/uuid"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/porpoise-scheduler/porpoise/master"
	"github.com/porpoise-scheduler/porpoise/pkg/coord"
	"github.com/porpoise-scheduler/porpoise/pkg/rpc/nudge"
)

func newMaster() *cobra.Command {
	var (
		b       base
		cluster clusterOptions
		node    nodeOptions
		options masterOptions
		mail    mailOptions
		alerts  alertOptions
		health  string
		logs    string
	)
	cmd := &cobra.Command{
		Use:   "master",
		Short: "Decide what runs next: own shards, fire schedules, dispatch attempts",
		RunE: func(cmd *cobra.Command, _ []string) error {
			return supervise(cmd.Context(), &b, cmd.OutOrStdout(), cmd.ErrOrStderr(), func(ctx context.Context, e *environment) (err error) {
				if e.mailer, err = mail.mailer(); err != nil {
					return err
				}
				if err := e.openCluster(ctx, cluster); err != nil {
					return err
				}
				if err := e.openLogStore(ctx, logs); err != nil {
					return err
				}
				if err := e.addMaster(ctx, node, options, alerts, cluster.leaseTTL); err != nil {
					return err
				}
				return e.serveHealth(ctx, health)
			})
		},
	}
	f := cmd.Flags()
	cluster.add(f)
	node.add(f, "127.0.0.1:5678")
	options.add(f)
	mail.add(f)
	alerts.add(f, false)
	addLogStore(f, &logs)
	addHealth(f, &health, "127.0.0.1:5679")
	b.add(f)
	return configured(cmd)
}

// addMaster adds a master with a gRPC server of its own.
func (e *environment) addMaster(ctx context.Context, node nodeOptions, o masterOptions, a alertOptions, ttl time.Duration) error {
	ways, err := a.ways(e.mailer)
	if err != nil {
		return err
	}
	l, err := e.security.Listen(node.listen)
	if err != nil {
		return err
	}
	self, err := e.member(node, l.Addr())
	if err != nil {
		return errors.Join(err, l.Close())
	}
	nudger := nudge.New(nudge.Config{}, e.store.Scheduling, e.dial, time.Now, e.log)
	m := master.New(master.Config{
		Self: self, LeaseTTL: ttl, LostAfter: o.lostAfter, MaxCatchup: o.maxCatchup,
		NoStartAfter: a.noStartAfter, AlertTimeout: a.timeout, AlertGiveUp: a.giveUp,
	}, master.Deps{
		Store: e.store, Coord: e.coord, Log: e.log, Load: newHostLoad(e.data.dir).read, Nudge: nudger.Nudge,
		Kinds: taskKinds(kindOptions{}), Alerts: ways, Logs: e.shippedLogs(), DialWorker: e.dial,
	})
	e.nudger = m
	if err := e.metrics.Register(m.Metrics()); err != nil {
		return errors.Join(err, l.Close())
	}
	server := e.security.NewServer(e.log)
	m.Register(server)
	e.log.Info("master", "node", self.ID, "grpc", self.Addr, "listening", l.Addr().String())
	e.group.Go(ctx, "master", m.Run)
	e.group.Go(ctx, "nudges to other masters", nudger.Run)
	e.group.Go(ctx, "master's gRPC server", func(ctx context.Context) error { return server.Serve(ctx, l, stopGrace) })
	e.ready("master", func(context.Context) error {
		if !m.Ready() {
			return errors.New("it does not own all of its shards yet")
		}
		return nil
	})
	return nil
}

// member says who this process is to the others.
func (e *environment) member(node nodeOptions, bound net.Addr) (coord.Member, error) {
	addr, err := node.address(bound)
	if err != nil {
		return coord.Member{}, err
	}
	return coord.Member{
		ID: cmp.Or(node.id, addr), Incarnation: uuid.NewString(), Addr: addr, Version: version, StartTime: e.started,
	}, nil
}

func addHealth(f *pflag.FlagSet, listen *string, byDefault string) {
	f.StringVar(listen, "health-listen", byDefault, "address of /healthz, /readyz and /metrics; empty for none")
}
