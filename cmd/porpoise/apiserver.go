package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/spf13/cobra"
	"google.golang.org/grpc"

	"github.com/porpoise-scheduler/porpoise/apiserver"
	"github.com/porpoise-scheduler/porpoise/pkg/rpc/remotelog"
	"github.com/porpoise-scheduler/porpoise/pkg/rpc/sweeps"
)

func newAPIServer() *cobra.Command {
	var (
		b         base
		cluster   clusterOptions
		options   apiOptions
		sources   sourceOptions
		mail      mailOptions
		alerts    alertOptions
		logStore  string
		resources string
	)
	cmd := &cobra.Command{
		Use:   "apiserver",
		Short: "Answer the REST API",
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := options.check(); err != nil {
				return err
			}
			return supervise(cmd.Context(), &b, cmd.OutOrStdout(), cmd.ErrOrStderr(), func(ctx context.Context, e *environment) (err error) {
				if e.sources, err = sources.sources(); err != nil {
					return err
				}
				if err := e.openChannels(mail, alerts); err != nil {
					return err
				}
				if err := e.openCluster(ctx, cluster); err != nil {
					return err
				}
				if err := e.openLogStore(ctx, logStore); err != nil {
					return err
				}
				if err := e.openResourceStore(ctx, resources); err != nil {
					return err
				}
				_, err = e.addAPIServer(ctx, options, nil)
				return err
			})
		},
	}
	f := cmd.Flags()
	options.add(f, "0.0.0.0:12345")
	sources.add(f)
	mail.add(f)
	alerts.addWays(f, false)
	f.StringVar(&options.nodeID, "node-id", "", nodeIDUsage)
	cluster.add(f)
	addLogStore(f, &logStore)
	addResourceStore(f, &resources, "none: the resource centre says so")
	b.add(f)
	return configured(cmd)
}

// site is where and as whom people use the API.
type site struct {
	url      string // of the server
	password string // of admin; empty when it is not known any more
	given    bool   // the operator set it, and need not see it in logs
}

// addAPIServer adds the REST API, with what operators ask beside it. Resolve
// turns the host of an attempt into its worker's address; nil: they are equal.
func (e *environment) addAPIServer(ctx context.Context, o apiOptions, resolve func(string) string) (site, error) {
	zone, err := time.LoadLocation(o.zone)
	if err != nil {
		return site{}, fmt.Errorf("setting time-zone: %w", err)
	}
	l, err := net.Listen("tcp", o.listen)
	if err != nil {
		return site{}, fmt.Errorf("listening for the API: %w", err)
	}
	self, err := e.member(nodeOptions{id: o.nodeID}, l.Addr())
	if err != nil {
		return site{}, errors.Join(err, l.Close())
	}
	logs := remotelog.New(remotelog.Config{Dial: e.dial, Resolve: resolve, Shipped: e.shipped()})
	e.atEnd(logs.Close)
	people, err := o.signIn.provider()
	if err != nil {
		return site{}, errors.Join(err, l.Close())
	}
	directory, err := o.signIn.directory()
	if err != nil {
		return site{}, errors.Join(err, l.Close())
	}
	server, err := apiserver.New(apiserver.Config{
		Version: version, Zone: zone, Member: self, Newcomers: o.signIn.newcomers,
		Limits: apiserver.Limits{UploadBytes: o.maxUpload}, ViewSuffixes: o.textResources,
	}, apiserver.Deps{
		Store: e.store, Coord: e.coord, Kinds: taskKinds(kindOptions{}), Logs: logs,
		DialMaster: e.dial, Nudger: e.nudger, Blobs: e.resources, Connector: e.sources, Now: time.Now, Log: e.log,
		Browser: browser{e.sources}, Channels: e.channels, Provider: people, Directory: directory,
		Sweeps: &sweeps.Client{Owners: e.store.Scheduling, Dial: e.dial},
	})
	if err != nil {
		return site{}, errors.Join(err, l.Close())
	}
	password, err := e.firstUser(ctx, server, o)
	if err != nil {
		return site{}, errors.Join(err, l.Close())
	}
	e.ready("API", server.Ready)
	mux := e.operational()
	mux.Handle("/", server.Handler())
	e.group.Go(ctx, "API server", server.Run)
	e.serveHTTP(ctx, "API", l, server.HTTPServer(mux))
	e.log.Info("API server", "node", self.ID, "address", l.Addr().String())
	return site{url: "http://" + reachable(l.Addr()), password: password, given: o.adminPassword != ""}, nil
}

func (e *environment) dial(addr string) (*grpc.ClientConn, error) { return e.security.Dial(addr) }

// reachable gives an address that a browser on this machine can use.
func reachable(bound net.Addr) string {
	tcp, ok := bound.(*net.TCPAddr)
	if ok && tcp.IP.IsUnspecified() {
		return fmt.Sprintf("127.0.0.1:%d", tcp.Port)
	}
	return bound.String()
}
