package main

import (
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// channelChange is what flags say about a channel.
type channelChange struct {
	kind                string
	description         string
	groups              []string
	set, fromEnv, unset []string
	enabled             bool
}

func (o *channelChange) add(f *pflag.FlagSet) {
	f.StringVar(&o.description, "description", "", "what it is for")
	f.StringSliceVar(&o.groups, "groups", nil, "names or ids of the alert groups it belongs to, instead of those before")
	f.StringArrayVar(&o.set, "set", nil, "setting, name=value; with the value - it is read from a line of the standard input")
	f.StringArrayVar(&o.fromEnv, "set-env", nil, "setting whose value is in an environment variable, name=VARIABLE")
	f.BoolVar(&o.enabled, "enabled", true, "whether alerts leave by it")
}

func newChannelAdd() *cobra.Command {
	var a alertTool
	var o channelChange
	cmd := a.command("add NAME", "Add a channel", cobra.ExactArgs(1), func(cmd *cobra.Command, args []string) error {
		if strings.TrimSpace(args[0]) == "" {
			return fmt.Errorf("a channel needs a name")
		}
		c := workflow.AlertChannel{Name: args[0], Kind: workflow.ChannelKind(strings.ToUpper(o.kind)), Enabled: true, Settings: map[string]string{}}
		return a.save(cmd, c, &o)
	})
	f := cmd.Flags()
	f.StringVar(&o.kind, "kind", "", "MAIL, WEBHOOK, DINGTALK, WECOM, FEISHU, SLACK, TELEGRAM or SCRIPT")
	o.add(f)
	return cmd
}

func newChannelSet() *cobra.Command {
	var a alertTool
	var o channelChange
	cmd := a.command("set NAME", "Change a channel; what is not named stays", cobra.ExactArgs(1), func(cmd *cobra.Command, args []string) error {
		c, err := a.channel(cmd.Context(), args[0])
		if err != nil {
			return err
		}
		return a.save(cmd, c, &o)
	})
	f := cmd.Flags()
	o.add(f)
	f.StringArrayVar(&o.unset, "unset", nil, "setting to remove")
	return cmd
}

// save changes a channel as the flags say, if its kind takes that.
func (a *alertTool) save(cmd *cobra.Command, c workflow.AlertChannel, o *channelChange) error {
	if err := o.apply(&c, cmd.Flags(), cmd.InOrStdin()); err != nil {
		return err
	}
	if cmd.Flags().Changed("groups") {
		ids, err := a.groups(cmd.Context(), o.groups)
		if err != nil {
			return err
		}
		c.GroupIDs = ids
	}
	if err := a.check(&c); err != nil {
		return err
	}
	if err := a.store.AlertChannels.Save(cmd.Context(), &c); err != nil {
		return err
	}
	fmt.Fprintf(cmd.OutOrStdout(), "channel %d %s is saved\n", c.ID, c.Name)
	return nil
}

func (o *channelChange) apply(c *workflow.AlertChannel, f *pflag.FlagSet, in io.Reader) error {
	if f.Changed("description") {
		c.Description = o.description
	}
	if f.Changed("enabled") {
		c.Enabled = o.enabled
	}
	for _, name := range o.unset {
		if _, there := c.Settings[name]; !there {
			return fmt.Errorf("the channel has no setting %s", name)
		}
		delete(c.Settings, name)
	}
	for _, pair := range o.set {
		name, value, ok := strings.Cut(pair, "=")
		if !ok || name == "" {
			return fmt.Errorf("--set takes name=value")
		}
		if value == "-" {
			var err error
			if value, err = line(in); err != nil {
				return fmt.Errorf("reading setting %s: %w", name, err)
			}
		}
		c.Settings[name] = value
	}
	for _, pair := range o.fromEnv {
		name, variable, ok := strings.Cut(pair, "=")
		value, there := os.LookupEnv(variable)
		if !ok || name == "" || !there {
			return fmt.Errorf("--set-env takes name=VARIABLE of a variable that is set")
		}
		c.Settings[name] = value
	}
	return nil
}
