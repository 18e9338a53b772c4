package ctl

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/porpoise-scheduler/porpoise/cmd/porpoise/internal/client"
	"github.com/porpoise-scheduler/porpoise/cmd/porpoise/internal/tell"
	"github.com/porpoise-scheduler/porpoise/pkg/store"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// lookAgain is how long to wait before a sweep is looked at again.
const lookAgain = 300 * time.Millisecond

// swept is what the API tells of a sweep.
type swept struct {
	ID     int64               `json:"id"`
	DryRun bool                `json:"dryRun"`
	State  workflow.SweepState `json:"state"`
	Asked  *time.Time          `json:"asked"`
	Ended  *time.Time          `json:"ended"`
	Error  string              `json:"error,omitempty"`
	Items  []struct {
		ProjectID    int64  `json:"projectId"`
		InstanceDays int    `json:"instanceDays"`
		LogDays      int    `json:"logDays"`
		Instances    int    `json:"instances"`
		Tasks        int    `json:"tasks"`
		ShippedLogs  amount `json:"shippedLogs"`
		WorkerLogs   amount `json:"workerLogs"`
	} `json:"items"`
	CacheDays         int    `json:"cacheDays"`
	Cached            amount `json:"cached"`
	OrphanShippedLogs amount `json:"orphanShippedLogs"`
	OrphanWorkerLogs  amount `json:"orphanWorkerLogs"`
	Alerts            int    `json:"alerts"`
	Fires             int    `json:"fires"`
	Commands          int    `json:"commands"`
	Unasked           []struct {
		Place  string `json:"place"`
		Reason string `json:"reason"`
	} `json:"unasked"`
}

type amount struct {
	Files int   `json:"files"`
	Bytes int64 `json:"bytes"`
}

// report is the same in the words of those who sweep.
func (s swept) report() workflow.SweepReport {
	r := workflow.SweepReport{
		CacheDays: s.CacheDays, Cached: workflow.Amount(s.Cached),
		Orphans: workflow.SweptLogs{Shipped: workflow.Amount(s.OrphanShippedLogs), OnWorkers: workflow.Amount(s.OrphanWorkerLogs)},
		Purged:  store.Purged{Alerts: s.Alerts, Fires: s.Fires, Commands: s.Commands},
	}
	for _, l := range s.Items {
		r.Policies = append(r.Policies, workflow.SweepLine{
			ProjectID: l.ProjectID, InstanceDays: l.InstanceDays, LogDays: l.LogDays, Instances: l.Instances, Tasks: l.Tasks,
			SweptLogs: workflow.SweptLogs{Shipped: workflow.Amount(l.ShippedLogs), OnWorkers: workflow.Amount(l.WorkerLogs)},
		})
	}
	for _, u := range s.Unasked {
		r.Unasked = append(r.Unasked, workflow.Unasked{Place: printable(u.Place), Reason: printable(u.Reason)})
	}
	return r
}

func (a *app) runRetention() *cobra.Command {
	var dry bool
	cmd := &cobra.Command{
		Use: "run", Short: "Remove now what is older than it is to be kept, or count it", Args: args(0, 0),
		Long: `Have a master remove now what is older than it is to be kept, as masters do by
themselves every hour (instances) and every day (logs and cached resources). It
goes on when this command is interrupted; "porpoise ctl retention last" tells how
far it is.`,
		Example: `  porpoise ctl retention run --dry-run
  porpoise ctl retention run`,
		RunE: a.with(func(c *call, _ []string) error {
			return c.sweep(dry)
		}),
	}
	cmd.Flags().BoolVar(&dry, "dry-run", false, "count only, and change nothing")
	return cmd
}

// sweep asks for one and tells what it did.
func (c *call) sweep(dry bool) error {
	var begun swept
	if err := c.Post(c.ctx, "/retention:run", map[string]bool{"dryRun": dry}, &begun); err != nil {
		return err
	}
	last, err := c.awaitSweep(begun.ID)
	if err != nil {
		return err
	}
	return c.tellSweep(last)
}

func (a *app) lastRetention() *cobra.Command {
	return &cobra.Command{
		Use: "last", Short: "Tell what the sweep that was asked for last did so far", Args: args(0, 0),
		RunE: a.with(func(c *call, _ []string) error {
			last, err := c.lastSweep()
			if err != nil {
				return err
			}
			return c.tellSweep(last)
		}),
	}
}

func (c *call) lastSweep() (s swept, err error) {
	return s, c.Get(c.ctx, "/retention/sweep", nil, &s)
}

// awaitSweep waits for the end and tells meanwhile how far it is.
func (c *call) awaitSweep(id int64) (swept, error) {
	bar := newProgress(c.cmd.ErrOrStderr(), c.flags.quiet)
	defer bar.end()
	for {
		s, err := c.lastSweep()
		if client.NotFound(err) || err == nil && s.ID != id {
			return s, fmt.Errorf("the master that swept is gone, or has begun another sweep: ask again")
		}
		if err != nil || s.State.Ended() {
			return s, err
		}
		r := s.report()
		instances, logs := r.Totals()
		logs.Shipped.Add(logs.OnWorkers)
		bar.line(fmt.Sprintf("%s: %d instances, %d logs (%s), %d cached resources (%s)",
			map[bool]string{true: "counted", false: "removed"}[s.DryRun], instances, logs.Shipped.Files, tell.Bytes(logs.Shipped.Bytes),
			r.Cached.Files, tell.Bytes(r.Cached.Bytes)))
		select {
		case <-c.ctx.Done():
			return s, c.ctx.Err()
		case <-time.After(lookAgain):
		}
	}
}

func (c *call) tellSweep(s swept) error {
	if done, err := c.out.value(s); done {
		return err
	}
	if !s.State.Ended() {
		c.say("the sweep is %s", s.State)
	}
	if err := tell.Sweep(c.out.w, s.report(), c.projectName, s.DryRun); err != nil {
		return err
	}
	if s.State == workflow.SweepFailed {
		return fmt.Errorf("not all of it was done: %s", printable(s.Error))
	}
	return nil
}
