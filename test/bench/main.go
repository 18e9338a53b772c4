// Command bench measures what the scheduler makes of this machine: first the
// bare limits (starting a process, a durable commit, rows written), then the
// scenarios, alone on SQLite and as a cluster on MariaDB and etcd. It prints a
// table and writes the same as JSON below bench/out.
//
// Ratios to the limits of the same run say more than bare numbers: another
// machine, or a busy one, moves both.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
)

// options are what to run.
type options struct {
	scenarios []string
	modes     []string
	kinds     []string
	binary    string
	quick     bool
	repeats   int
	out       string
}

func (o options) wants(scenario string) bool { return slices.Contains(o.scenarios, scenario) }

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, parse()); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func parse() options {
	scenarios := flag.String("scenario", "W1,W2,W3,W4,W9", "scenarios to run")
	modes := flag.String("mode", "standalone,cluster", "standalone (SQLite), cluster (MariaDB and etcd)")
	kinds := flag.String("kind", "SHELL,NOOP", "task kinds: SHELL starts a process, NOOP none")
	out := flag.String("out", "bench/out", "folder of the JSON file")
	binary := flag.String("binary", "", "binary to measure (default: what the sources build)")
	quick := flag.Bool("quick", false, "a tenth of the work, once: to see whether it runs")
	repeats := flag.Int("repeats", 3, "runs of each scenario after a warm-up; the median counts")
	flag.Parse()
	o := options{
		scenarios: strings.Split(*scenarios, ","), modes: strings.Split(*modes, ","), kinds: strings.Split(*kinds, ","),
		binary: *binary, quick: *quick, repeats: *repeats, out: *out,
	}
	if o.quick {
		o.repeats = 1
	}
	return o
}

func run(ctx context.Context, o options) error {
	bench, err := newBench(o)
	if err != nil {
		return err
	}
	defer bench.close()
	if err := bench.measure(ctx); err != nil {
		return err
	}
	bench.report.Print(os.Stdout)
	path, err := bench.report.Save(o.out)
	if err != nil {
		return err
	}
	fmt.Println("\nwritten to", path)
	return nil
}
