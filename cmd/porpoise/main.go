// Command porpoise is the scheduler: one binary, one subcommand per role. It
// reads the configuration, makes the adapters and joins them to the roles.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	_ "time/tzdata" // schedules name zones, and not every image knows them

	"github.com/spf13/cobra"

	"github.com/porpoise-scheduler/porpoise/cmd/porpoise/internal/ctl"
)

// version is set by the linker.
var version = "unknown"

func main() {
	// Libraries link the heap's profile in. Nobody can ask for it, and each of its
	// samples touches a page.
	runtime.MemProfileRate = 0
	if err := newRoot().ExecuteContext(context.Background()); err != nil {
		if !errors.As(err, new(quiet)) {
			fmt.Fprintln(os.Stderr, "porpoise:", err)
		}
		os.Exit(exitCode(err))
	}
}

// exitCode is 1 unless the error says another.
func exitCode(err error) int {
	var says interface{ ExitCode() int }
	if errors.As(err, &says) {
		return says.ExitCode()
	}
	return 1
}

// quiet is an error that was said already.
type quiet struct{ error }

func newRoot() *cobra.Command {
	root := &cobra.Command{
		Use:   "porpoise",
		Short: "A distributed workflow scheduler in one binary",
		Long: `porpoise runs workflows: graphs of tasks, on request and by schedule.

Start everything in one process:   porpoise standalone --demo
Or one role per process:           porpoise apiserver | master | worker

` + settingsHelp,
		SilenceUsage:  true,
		SilenceErrors: true,
		Version:       version,
	}
	root.CompletionOptions.HiddenDefaultCmd = true
	root.AddCommand(
		newStandalone(), newAPIServer(), newMaster(), newWorker(),
		newMigrate(), newRetention(), newAlert(), newSecret(), newOpenAPI(), newVersion(), newSupervisor(), newDoctor(),
		ctl.New(ctl.Config{Version: version, Getenv: os.Getenv}), newMCP(),
	)
	return root
}
