package ctl

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/porpoise-scheduler/porpoise/cmd/porpoise/internal/client"
)

// Serve answers an assistant until it leaves.
type Serve func(ctx context.Context, c *client.Client, project string, readOnly bool) error

// NewMCP makes the command `mcp`, which is logged in as the others are.
func NewMCP(cfg Config, serve Serve) *cobra.Command {
	a := &app{Config: cfg}
	var readOnly bool
	cmd := &cobra.Command{
		Use: "mcp", Short: "Serve workflows to an assistant (Model Context Protocol over stdin and stdout)", Args: args(0, 0),
		Long: `Serve an assistant that starts this command and speaks the Model Context
Protocol: it can list, read, run, stop and mend workflows, read logs, have a
failure explained, and apply documents, with the rights of the login's token.
Give it a token of its own, of a user with no more roles than it needs.`,
		Example: `  porpoise ctl login http://scheduler:12345 --name assistant --token < token.txt
  porpoise mcp --context assistant -p sales --read-only`,
		RunE: a.with(func(c *call, _ []string) error {
			if _, err := c.Whoami(c.ctx); err != nil {
				return err
			}
			return serve(c.ctx, c.Client, c.site.Project, readOnly)
		}),
	}
	a.addLogin(cmd.Flags())
	cmd.Flags().BoolVar(&readOnly, "read-only", false, "offer nothing that changes anything")
	cmd.SetFlagErrorFunc(usage)
	return cmd
}
