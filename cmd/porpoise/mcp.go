package main

import (
	"context"
	"os"

	"github.com/modelcontextprotocol/go-sdk/mcp"
	"github.com/spf13/cobra"

	"github.com/porpoise-scheduler/porpoise/cmd/porpoise/internal/assist"
	"github.com/porpoise-scheduler/porpoise/cmd/porpoise/internal/client"
	"github.com/porpoise-scheduler/porpoise/cmd/porpoise/internal/ctl"
)

func newMCP() *cobra.Command {
	return ctl.NewMCP(ctl.Config{Version: version, Getenv: os.Getenv},
		func(ctx context.Context, c *client.Client, project string, readOnly bool) error {
			server := assist.New(c, assist.Config{Version: version, Project: project, ReadOnly: readOnly})
			return server.Run(ctx, &mcp.StdioTransport{})
		})
}
