package main

import (
	"fmt"

	"github.com/spf13/cobra"
)

func newChannelRemove() *cobra.Command {
	var a alertTool
	return a.command("remove NAME", "Remove a channel; what waits to leave by it is given up", cobra.ExactArgs(1), func(cmd *cobra.Command, args []string) error {
		c, err := a.channel(cmd.Context(), args[0])
		if err != nil {
			return err
		}
		if err := a.store.AlertChannels.Delete(cmd.Context(), c.ID); err != nil {
			return err
		}
		fmt.Fprintf(cmd.OutOrStdout(), "channel %d %s is removed\n", c.ID, c.Name)
		return nil
	})
}
