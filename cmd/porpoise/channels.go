package main

import (
	"context"
	"fmt"
	"time"

	"github.com/porpoise-scheduler/porpoise/master"
	"github.com/porpoise-scheduler/porpoise/pkg/notify"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// channels lets API servers check and try the ways that masters have.
type channels struct {
	ways    *master.Alerts
	timeout time.Duration
}

// openChannels makes the ways alerts would leave by, for trying them.
func (e *environment) openChannels(mail mailOptions, alerts alertOptions) error {
	mailer, err := mail.mailer()
	if err != nil {
		return err
	}
	ways, err := alerts.ways(mailer)
	if err != nil {
		return err
	}
	e.channels = channels{ways, alerts.timeout}
	return nil
}

// Kinds lists the kinds.
func (c channels) Kinds() []workflow.ChannelKind { return c.ways.Kinds.Names() }

// Check refuses settings that the kind does not take.
func (c channels) Check(kind workflow.ChannelKind, settings map[string]string) error {
	channel, err := c.ways.Kinds.New(kind, settings)
	if err != nil {
		return err
	}
	channel.Close()
	return nil
}

// Try sends a message.
func (c channels) Try(ctx context.Context, kind workflow.ChannelKind, settings map[string]string) error {
	now := time.Now()
	m, err := c.ways.Writer.Write(notify.Subject{
		DeliveryID: fmt.Sprintf("porpoise-0-test-%d", now.UnixMilli()),
		Alert:      workflow.Alert{Kind: notify.EventTest, Title: "test", Content: "{}", CreateTime: now},
	})
	if err != nil {
		return err
	}
	channel, err := c.ways.Kinds.New(kind, settings)
	if err != nil {
		return err
	}
	defer channel.Close()
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	return channel.Send(ctx, m)
}
