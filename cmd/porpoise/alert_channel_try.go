package main

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/porpoise-scheduler/porpoise/pkg/notify"
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
	now := time.Now()
	m, err := a.ways.Writer.Write(notify.Subject{
		DeliveryID: fmt.Sprintf("porpoise-0-test-%d", now.UnixMilli()),
		Alert:      workflow.Alert{Kind: notify.EventTest, Title: "test", Content: "{}", CreateTime: now},
	})
	if err != nil {
		return err
	}
	channel, err := a.ways.Kinds.New(c.Kind, c.Settings)
	if err != nil {
		return err
	}
	defer channel.Close()
	ctx, cancel := context.WithTimeout(ctx, a.alerts.timeout)
	defer cancel()
	return channel.Send(ctx, m)
}
