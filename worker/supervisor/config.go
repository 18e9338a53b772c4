package supervisor

import (
	"cmp"
	"context"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"github.com/porpoise-scheduler/porpoise/worker/internal/contain"
)

// Reasons of ends nobody asked for, as they stand in Process.reason: the
// attempt is lost, not killed.
const (
	// ReasonAlone: the worker did not renew for as long as KillAfter.
	ReasonAlone = "the worker reached no master for too long"
	// ReasonStopped: the supervisor was told to stop by a signal.
	ReasonStopped = "the supervisor was stopped"
)

// Config sets a supervisor up. Zero values have defaults.
type Config struct {
	Dir         string        // the worker's data directory
	WorkDir     string        // where attempts work below; Dir/work
	KillAfter   time.Duration // 240 s
	Grace       time.Duration // from TERM to KILL after a timeout; 5 s
	Containment contain.Mode  // empty: the best the host allows
	Spawners    int           // threads that fork; 2 per CPU, at most 8
	Log         *slog.Logger
}

func (c Config) withDefaults() (Config, error) {
	if c.Dir == "" {
		return c, fmt.Errorf("supervisor: no data directory")
	}
	dir, err := filepath.Abs(c.Dir)
	if err != nil {
		return c, err
	}
	c.Dir = dir
	c.WorkDir = cmp.Or(c.WorkDir, filepath.Join(dir, "work"))
	c.KillAfter = cmp.Or(c.KillAfter, 240*time.Second)
	c.Grace = cmp.Or(c.Grace, 5*time.Second)
	c.Spawners = cmp.Or(c.Spawners, min(8, 2*runtime.NumCPU()))
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return c, nil
}

// Args are the command-line arguments that Main understands.
func (c Config) Args() []string {
	args := []string{"--dir", c.Dir}
	if c.WorkDir != "" {
		args = append(args, "--work-dir", c.WorkDir)
	}
	if c.KillAfter > 0 {
		args = append(args, "--kill-after", c.KillAfter.String())
	}
	if c.Grace > 0 {
		args = append(args, "--grace", c.Grace.String())
	}
	if c.Containment != "" {
		args = append(args, "--containment", string(c.Containment))
	}
	return args
}

// Main is the hidden subcommand: it reads what Args wrote and runs until ctx
// ends or the worker asks for the end. It logs to stderr.
func Main(ctx context.Context, args []string) error {
	c := Config{Log: slog.New(slog.NewTextHandler(os.Stderr, nil))}
	f := flag.NewFlagSet("supervisor", flag.ContinueOnError)
	f.StringVar(&c.Dir, "dir", "", "the worker's data directory")
	f.StringVar(&c.WorkDir, "work-dir", "", "where attempts work below")
	f.DurationVar(&c.KillAfter, "kill-after", 0, "end re-runnable attempts when the worker is silent for so long")
	f.DurationVar(&c.Grace, "grace", 0, "from TERM to KILL after a timeout")
	f.Func("containment", "cgroup, namespace or group", func(s string) error {
		c.Containment = contain.Mode(s)
		return nil
	})
	if err := f.Parse(args); err != nil {
		return err
	}
	return Run(ctx, c)
}
