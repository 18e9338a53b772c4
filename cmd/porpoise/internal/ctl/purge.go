package ctl

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/porpoise-scheduler/porpoise/cmd/porpoise/internal/client"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// purgeOptions are the flags of purge.
type purgeOptions struct {
	instanceFilter
	older    string
	dry, yes bool
}

func (a *app) newPurge() *cobra.Command {
	var o purgeOptions
	cmd := &cobra.Command{
		Use: "purge", Short: "Delete old instances now, or say what retention will remove", Args: args(0, 0),
		Long: `Delete a project's ended instances that are older than is said, with their
tasks and logs. Masters do that by themselves for what "porpoise ctl retention"
says; with --dry-run alone this counts what they will remove next.`,
		Example: `  porpoise ctl purge --dry-run
  porpoise ctl purge -p sales --older-than 30d --state SUCCEEDED --dry-run
  porpoise ctl purge -p sales --older-than 30d --yes`,
		RunE: a.with(func(c *call, _ []string) error {
			if o.older == "" {
				return o.count(c)
			}
			return o.purge(c)
		}),
	}
	f := cmd.Flags()
	f.StringVar(&o.older, "older-than", "", "age of instances since their start, such as 30d or 12h")
	f.StringVar(&o.workflow, "workflow", "", "only those of this workflow")
	f.StringSliceVar(&o.states, "state", nil, "only those in this state; repeatable (default all that ended)")
	f.BoolVar(&o.dry, "dry-run", false, "count, and delete nothing")
	f.BoolVar(&o.yes, "yes", false, "delete; without it nothing is deleted")
	a.completeFlag(cmd, "workflow", a.nounNames(workflows()))
	return cmd
}

// count asks what retention would remove.
func (o *purgeOptions) count(c *call) error {
	if !o.dry {
		return wrong("what is old? give --older-than, or --dry-run to see what retention will remove")
	}
	return c.sweep(true)
}

func (o *purgeOptions) purge(c *call) error {
	project, err := c.needProject()
	if err != nil {
		return err
	}
	age, err := ageOf(o.older)
	if err != nil {
		return err
	}
	if !o.dry && !o.yes {
		return wrong("this deletes instances for good: say --dry-run to count them, or --yes")
	}
	o.to = time.Now().Add(-age).UTC().Format(time.RFC3339Nano)
	found, err := o.find(c, project)
	if err != nil {
		return err
	}
	if o.dry {
		c.say("%d instances would be deleted", len(found))
		return c.print(strconv.Itoa(len(found)))
	}
	return c.purge(project, found)
}

// find lists the ids of ended instances.
func (o *purgeOptions) find(c *call, project string) ([]int64, error) {
	for _, s := range o.states {
		if !workflow.State(strings.ToUpper(s)).Terminal() {
			return nil, wrong("--state %s is no state of an ended instance", s)
		}
	}
	query, err := o.query(c)
	if err != nil {
		return nil, err
	}
	if len(o.states) == 0 {
		query["state"] = []string{string(workflow.Succeeded), string(workflow.Failed), string(workflow.Stopped)}
	}
	rows, err := client.Rows[client.Instance](c.ctx, c.Client, project+"/instances", query, 0)
	ids := make([]int64, len(rows))
	for i, r := range rows {
		ids[i] = r.ID
	}
	return ids, err
}

// purge deletes one after the other; one that is gone already is fine.
func (c *call) purge(project string, ids []int64) error {
	bar := newProgress(c.cmd.ErrOrStderr(), c.flags.quiet)
	defer bar.end()
	for i, id := range ids {
		err := c.Delete(c.ctx, fmt.Sprintf("%s/instances/%d", project, id))
		if err != nil && !client.NotFound(err) {
			return fmt.Errorf("after %d of %d instances: %w", i, len(ids), err)
		}
		bar.line(fmt.Sprintf("deleted %d of %d instances", i+1, len(ids)))
	}
	bar.end()
	c.say("%d instances are deleted; masters are clearing them away", len(ids))
	return nil
}

// ageOf reads 30d as well as 12h.
func ageOf(text string) (time.Duration, error) {
	if days, ok := strings.CutSuffix(text, "d"); ok {
		if n, err := strconv.Atoi(days); err == nil && n >= 0 && n < 36500 {
			return time.Duration(n) * 24 * time.Hour, nil
		}
	}
	age, err := time.ParseDuration(text)
	if err != nil || age < 0 {
		return 0, wrong("%s is no age like 30d or 12h", quote(text))
	}
	return age, nil
}
