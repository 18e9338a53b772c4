package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/porpoise-scheduler/porpoise/master"
	"github.com/porpoise-scheduler/porpoise/pkg/secret"
	"github.com/porpoise-scheduler/porpoise/pkg/store"
	"github.com/porpoise-scheduler/porpoise/pkg/store/sqlstore"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

func newAlert() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "alert",
		Short: "Administer the channels alerts leave by, and see what became of alerts",
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	channel := &cobra.Command{
		Use:   "channel",
		Short: "Channels: webhooks, chat robots, mail and scripts",
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	channel.AddCommand(newChannelList(), newChannelAdd(), newChannelSet(), newChannelRemove(), newChannelTry())
	cmd.AddCommand(channel, newDeliveries())
	return cmd
}

// alertTool is what the subcommands about alerts work with: the database, and
// the ways a master of this configuration would have.
type alertTool struct {
	data     dataOptions
	database string
	mail     mailOptions
	alerts   alertOptions

	store *store.Store
	ways  *master.Alerts
}

// command makes a subcommand that works on the database and takes so many
// arguments. Its flags may be added afterwards.
func (a *alertTool) command(use, short string, args cobra.PositionalArgs, run func(cmd *cobra.Command, args []string) error) *cobra.Command {
	cmd := &cobra.Command{Use: use, Short: short}
	cmd.RunE = func(cmd *cobra.Command, args []string) (err error) {
		if err := a.open(cmd.Context()); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, a.store.Database.Close()) }()
		return run(cmd, args)
	}
	f := cmd.Flags()
	addDatabase(f, &a.database, "")
	f.Lookup("database").Usage += " (default the file in DATA-DIR of a standalone)"
	a.data.add(f)
	a.mail.add(f)
	a.alerts.addWays(f, false)
	configured(cmd)
	cmd.Args = args
	return cmd
}

// open opens the database with the key that is there: a new one would seal what
// masters cannot read.
func (a *alertTool) open(ctx context.Context) error {
	mailer, err := a.mail.mailer()
	if err != nil {
		return err
	}
	if a.ways, err = a.alerts.ways(mailer); err != nil {
		return err
	}
	if err := a.data.locate(); err != nil {
		return err
	}
	if a.database == "" {
		a.database = standaloneDatabase(a.data.dir)
	}
	box, err := secret.Load(a.data.secretFile)
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s does not exist: say with --data-dir or --secret-file where the servers keep their key", a.data.secretFile)
	}
	if err != nil {
		return err
	}
	a.store, err = sqlstore.Open(ctx, a.database, sqlstore.Options{Sealer: sealer{box}})
	return err
}

// channel finds a channel by its name or id.
func (a *alertTool) channel(ctx context.Context, name string) (workflow.AlertChannel, error) {
	all, err := a.store.AlertChannels.All(ctx)
	if err != nil {
		return workflow.AlertChannel{}, err
	}
	for _, c := range all {
		if c.Name == name || strconv.FormatInt(c.ID, 10) == name {
			return c, nil
		}
	}
	return workflow.AlertChannel{}, fmt.Errorf("there is no channel %q", name)
}

// groups turns names or ids of alert groups into ids.
func (a *alertTool) groups(ctx context.Context, names []string) ([]int64, error) {
	all, err := a.store.AlertGroups.All(ctx)
	if err != nil {
		return nil, err
	}
	var ids []int64
	for _, name := range names {
		i := slices.IndexFunc(all, func(g workflow.AlertGroup) bool { return g.Name == name || strconv.FormatInt(g.ID, 10) == name })
		if i < 0 {
			return nil, fmt.Errorf("there is no alert group %q", name)
		}
		ids = append(ids, all[i].ID)
	}
	return ids, nil
}

// groupNames gives the names of groups by id.
func (a *alertTool) groupNames(ctx context.Context) (map[int64]string, error) {
	all, err := a.store.AlertGroups.All(ctx)
	names := map[int64]string{}
	for _, g := range all {
		names[g.ID] = g.Name
	}
	return names, err
}

// check refuses settings that the channel's kind does not take.
func (a *alertTool) check(c *workflow.AlertChannel) error {
	return channels{a.ways, a.alerts.timeout}.Check(c.Kind, c.Settings)
}

// line reads one line, so that secrets need not be on the command line.
func line(in io.Reader) (string, error) {
	var out strings.Builder
	b := make([]byte, 1)
	for {
		n, err := in.Read(b)
		if n == 1 {
			if b[0] == '\n' {
				return strings.TrimSuffix(out.String(), "\r"), nil
			}
			out.WriteByte(b[0])
		}
		switch {
		case err == io.EOF && out.Len() > 0:
			return out.String(), nil
		case err != nil:
			return "", err
		}
	}
}
