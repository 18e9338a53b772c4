package main

import (
	"context"
	"sync"

	"github.com/spf13/cobra"

	"github.com/porpoise-scheduler/porpoise/worker/supervisor"
)

// newSupervisor is what a worker starts to hold its attempts; people do not.
func newSupervisor() *cobra.Command {
	return &cobra.Command{
		Use:                "supervisor",
		Hidden:             true,
		DisableFlagParsing: true,
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx, stop := context.WithCancel(cmd.Context())
			var memory sync.WaitGroup
			memory.Go(func() { giveBackMemory(ctx) })
			defer memory.Wait()
			defer stop()
			return supervisor.Main(ctx, args)
		},
	}
}
