// Package ctl is the command line for people and scripts who work with a
// server: everything goes over the native API with the rights of a token.
package ctl

import (
	"cmp"
	"context"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/porpoise-scheduler/porpoise/cmd/porpoise/internal/client"
)

// defaultServer is where a standalone answers.
const defaultServer = "http://127.0.0.1:12345"

// Config is what the commands have from outside.
type Config struct {
	Version string
	Getenv  func(string) string
}

// app is what all commands share.
type app struct {
	Config
	flags struct {
		server, context, project string
		user, passwordFile       string
		output                   string
		quiet                    bool
	}
}

// New makes the command `ctl`.
func New(cfg Config) *cobra.Command {
	a := &app{Config: cfg}
	cmd := group("ctl", "Work with a server from the command line", `Work with a server over its API.

Log in once, the login is kept (with others, see "porpoise ctl context"):
  porpoise ctl login http://scheduler:12345 --user alice
Or say it in the environment, which wins over a kept login:
  PORPOISE_SERVER=http://scheduler:12345 PORPOISE_TOKEN=... porpoise ctl whoami

`+exitHelp)
	cmd.Example = `  porpoise ctl project list
  porpoise ctl workflow apply -p sales -f workflows/ --diff
  porpoise ctl workflow run -p sales daily-orders --param day=20260101 --wait
  porpoise ctl logs -p sales --instance 7 --task extract -f`
	f := cmd.PersistentFlags()
	a.addLogin(f)
	f.StringVarP(&a.flags.output, "output", "o", asTable, "table, json, yaml or name")
	f.BoolVarP(&a.flags.quiet, "quiet", "q", false, "say nothing but results and errors")
	cmd.SetFlagErrorFunc(usage)
	a.addCommands(cmd)
	a.completeFlag(cmd, "project", a.names("/projects", "name"))
	return cmd
}

// addLogin adds the flags that say where and as whom.
func (a *app) addLogin(f *pflag.FlagSet) {
	f.StringVar(&a.flags.server, "server", "", "address of the API server [PORPOISE_SERVER]")
	f.StringVar(&a.flags.context, "context", "", "which kept login to use [PORPOISE_CONTEXT]")
	f.StringVarP(&a.flags.project, "project", "p", "", "project, by name or id [PORPOISE_PROJECT, the context's]")
	f.StringVar(&a.flags.user, "user", "", "sign in for this command only, with the password of --password-file or PORPOISE_PASSWORD [PORPOISE_USER]")
	f.StringVar(&a.flags.passwordFile, "password-file", "", "file that holds the password of --user")
}

func usage(_ *cobra.Command, err error) error { return coded{err, ExitUsage} }

func (a *app) addCommands(cmd *cobra.Command) {
	cmd.AddCommand(a.newLogin(), a.newLogout(), a.newContext(), a.newWhoami())
	cmd.AddCommand(a.newProject(), a.newWorkflow(), a.newInstance(), a.newTask(), a.newLogs(), a.newSchedule(), a.newBackfill())
	cmd.AddCommand(a.newFile(), a.newDataSource(), a.newEnvironment(), a.newCalendar(), a.newAlert(), a.newTaskGroup(), a.newWorkerGroup())
	cmd.AddCommand(a.newQueue(), a.newTenant(), a.newUser(), a.newToken(), a.newServer(), a.newAudit(), a.newRetention(), a.newPurge())
}

// group is a command that only holds others.
func group(use, short, long string, aliases ...string) *cobra.Command {
	return &cobra.Command{
		Use: use, Short: short, Long: long, Aliases: aliases,
		Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return cmd.Help()
			}
			text := "unknown command " + quote(args[0]) + " of " + cmd.CommandPath()
			if near := cmd.SuggestionsFor(args[0]); len(near) > 0 {
				text += "; did you mean " + strings.Join(near, " or ") + "?"
			}
			return wrong("%s", text)
		},
		ValidArgsFunction:          cobra.NoFileCompletions,
		SuggestionsMinimumDistance: 2,
	}
}

// call is one command under way.
type call struct {
	*client.Client
	*app
	cmd  *cobra.Command
	ctx  context.Context
	out  printer
	site site // who we are
}

// with makes a command's body of what works with the server.
func (a *app) with(do func(*call, []string) error) func(*cobra.Command, []string) error {
	return a.local(func(c *call, args []string) (err error) {
		if err := c.connect(); err != nil {
			return err
		}
		defer c.Close()
		defer func() {
			// The session was for this command; when it cannot be ended it
			// runs out by itself.
			_ = c.Logout(context.WithoutCancel(c.ctx))
		}()
		return do(c, args)
	})
}

// local makes a command's body of what needs no server.
func (a *app) local(do func(*call, []string) error) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) error {
		ctx, stop := signal.NotifyContext(cmd.Context(), os.Interrupt, syscall.SIGTERM)
		defer stop()
		out, err := newPrinter(cmd.OutOrStdout(), cmp.Or(a.flags.output, asTable))
		if err != nil {
			return err
		}
		c := &call{app: a, cmd: cmd, ctx: ctx, out: out}
		return withCode(do(c, args))
	}
}

// args checks the number of arguments and says what they are.
func args(least, most int) cobra.PositionalArgs {
	return func(cmd *cobra.Command, given []string) error {
		if len(given) >= least && (most < 0 || len(given) <= most) {
			return nil
		}
		return wrong("%d arguments are given; usage: %s", len(given), cmd.UseLine())
	}
}
