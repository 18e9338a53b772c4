package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"github.com/porpoise-scheduler/porpoise/apiserver"
	"github.com/porpoise-scheduler/porpoise/cmd/porpoise/internal/demo"
	"github.com/porpoise-scheduler/porpoise/pkg/coord/etcd/embedded"
	"github.com/porpoise-scheduler/porpoise/pkg/store/sqlstore"
)

// standalone is every role in one process. They talk to each other over
// loopback as they would in a cluster.
type standalone struct {
	base
	cluster clusterOptions
	api     apiOptions
	master  masterOptions
	worker  workerOptions
	mail    mailOptions
	sources sourceOptions
	alerts  alertOptions
	demo    bool
}

func newStandalone() *cobra.Command {
	var s standalone
	cmd := &cobra.Command{
		Use:   "standalone",
		Short: "Run everything in one process, with nothing else installed",
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := errors.Join(s.api.check(), s.cluster.checkTTL(), s.worker.settle(s.master.lostAfter)); err != nil {
				return err
			}
			return supervise(cmd.Context(), &s.base, cmd.OutOrStdout(), cmd.ErrOrStderr(), s.build)
		},
	}
	f := cmd.Flags()
	s.api.add(f, "127.0.0.1:12345")
	f.BoolVar(&s.demo, "demo", false, "make a project with a small workflow, run it once and print its log")
	addDatabase(f, &s.cluster.database, "")
	f.Lookup("database").Usage += " (default a file in DATA-DIR)"
	s.cluster.addTTL(f)
	s.master.add(f)
	s.worker.add(f, true)
	addResourceStore(f, &s.worker.resourceStore, "DATA-DIR/resources")
	s.mail.add(f)
	s.sources.add(f)
	s.alerts.add(f, true)
	s.base.add(f)
	return configured(cmd)
}

func (s *standalone) build(ctx context.Context, e *environment) (err error) {
	if e.mailer, err = s.mail.mailer(); err != nil {
		return err
	}
	if e.sources, err = s.sources.sources(); err != nil {
		return err
	}
	if err := e.openChannels(s.mail, s.alerts); err != nil {
		return err
	}
	if err := s.openBoth(ctx, e); err != nil {
		return err
	}
	if err := e.openLogStore(ctx, s.worker.logStore); err != nil {
		return err
	}
	if err := e.openResourceStore(ctx, cmp.Or(s.worker.resourceStore, filepath.Join(e.data.dir, "resources"))); err != nil {
		return err
	}
	// Names stay the same over restarts, ports do not have to.
	if err := e.addMaster(ctx, nodeOptions{id: "standalone", listen: "127.0.0.1:0"}, s.master, s.alerts, s.cluster.leaseTTL); err != nil {
		return err
	}
	worker, err := e.addWorker(ctx, filepath.Join(e.data.dir, "worker"), nodeOptions{id: "standalone", listen: "127.0.0.1:0"}, s.worker, s.cluster.leaseTTL)
	if err != nil {
		return err
	}
	// There is one worker, whatever address it had when it ran an attempt.
	s.api.nodeID = "standalone"
	here, err := e.addAPIServer(ctx, s.api, func(string) string { return worker })
	if err != nil {
		return err
	}
	e.group.Go(ctx, "welcome", func(ctx context.Context) error {
		s.welcome(ctx, e, here)
		<-ctx.Done()
		return nil
	})
	return nil
}

// openBoth starts etcd and migrates the database, side by side: both wait for
// the disk. Nobody else uses this database, so it is migrated without asking.
func (s *standalone) openBoth(ctx context.Context, e *environment) error {
	if s.cluster.database == "" {
		s.cluster.database = standaloneDatabase(e.data.dir)
	}
	var server *embedded.Server
	var both errgroup.Group
	both.Go(func() (err error) {
		server, err = embedded.Start(ctx, filepath.Join(e.data.dir, "etcd"), e.log)
		return err
	})
	both.Go(func() error {
		_, err := waiting(ctx, e.log, "database", func() ([]sqlstore.Migration, error) {
			return sqlstore.Migrate(ctx, s.cluster.database, sqlstore.Up)
		})
		return err
	})
	err := both.Wait()
	if server != nil {
		e.useEmbedded(ctx, server)
	}
	if err != nil {
		return err
	}
	return e.openStore(ctx, s.cluster.database)
}

// standaloneDatabase is where a standalone keeps its database unless told.
func standaloneDatabase(dir string) string { return "sqlite://" + filepath.Join(dir, "porpoise.db") }

func (e *environment) useEmbedded(ctx context.Context, server *embedded.Server) {
	e.atEnd(func() error { server.Close(); return nil })
	e.useCoordinator(server.Coordinator())
	e.group.Go(ctx, "etcd", func(ctx context.Context) error {
		select {
		case err := <-server.Err():
			return err
		case <-ctx.Done():
			return nil
		}
	})
}

// welcome waits until workflows can start, shows the demo if that was asked
// for, and says where to go. What goes wrong here is told and stops nothing.
func (s *standalone) welcome(ctx context.Context, e *environment, here site) {
	if err := e.awaitReady(ctx); err != nil {
		return
	}
	e.log.Info("ready", "took", time.Since(e.started).Round(time.Millisecond))
	token := ""
	if s.demo {
		var err error
		if token, err = e.showDemo(ctx, here); err != nil && ctx.Err() == nil {
			fmt.Fprintf(e.out, "\nThe demo did not work: %v\n", err)
		}
	}
	e.greet(here, token)
}

func (e *environment) showDemo(ctx context.Context, here site) (token string, err error) {
	if here.password == "" {
		return "", fmt.Errorf("admin's password is not known here; say it in PORPOISE_ADMIN_PASSWORD")
	}
	tenant, err := demoTenant()
	if err != nil {
		return "", err
	}
	_, noPython := exec.LookPath("python3")
	return demo.Run(ctx, demo.Config{
		Site: here.url, Password: here.password, Tenant: tenant, Python: noPython == nil, Out: e.out,
	})
}

// demoTenant is an OS user that a worker started here may run tasks as.
func demoTenant() (string, error) {
	if os.Geteuid() == 0 {
		return "nobody", nil
	}
	u, err := user.Current()
	if err != nil {
		return "", fmt.Errorf("finding the current user: %w", err)
	}
	return u.Username, nil
}

func (e *environment) greet(here site, token string) {
	password := here.password
	if password == "" || here.given {
		password = "(the one you set)"
	}
	fmt.Fprintf(e.out, `
Porpoise serves at %[1]s/ui/
  user      %[2]s
  password  %[3]s
  APIs      %[1]s/docs, scripts of DolphinScheduler go to %[1]s/dolphinscheduler
`, here.url, apiserver.AdminName, password)
	if token != "" {
		fmt.Fprintf(e.out, "  try       curl -H 'token: %s' '%s/dolphinscheduler/projects/list-paging?pageNo=1&pageSize=10'\n", token, here.url)
	}
	fmt.Fprintln(e.out, "Stop it with Ctrl-C; data stays in", e.data.dir)
}
