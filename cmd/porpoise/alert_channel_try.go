package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

func newChannelTry() *cobra.Command {
	var a alertTool
	return a.command("test NAME", "Send a message by a channel, from this machine", cobra.ExactArgs(1), func(cmd *cobra.Command, args []string) error {
		c, err := a.channel(cmd.Context(), args[0])
		if err != nil {
			return err
		}
		if err := a.try(cmd.Context(), c); err != nil {
			return err
		}
		fmt.Fprintf(cmd.OutOrStdout(), "channel %d %s took the message\n", c.ID, c.Name)
		return nil
	})
}

func (a *alertTool) try(ctx context.Context, c workflow.AlertChannel) error {
	return channels{a.ways, a.alerts.timeout}.Try(ctx, c.Kind, c.Settings)
}
