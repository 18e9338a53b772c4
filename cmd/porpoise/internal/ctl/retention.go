package ctl

import (
	"strconv"

	"github.com/spf13/cobra"

	"github.com/porpoise-scheduler/porpoise/cmd/porpoise/internal/client"
	"github.com/porpoise-scheduler/porpoise/cmd/porpoise/internal/tell"
)

// inherit is the number of days that says "as all projects".
const inherit = -1

// kept says for how many days things of a project are kept; project 0 is all
// that have nothing of their own.
type kept struct {
	ProjectID    int64 `json:"projectId"`
	InstanceDays int   `json:"instanceDays"`
	LogDays      int   `json:"logDays"`
	CacheDays    int   `json:"cacheDays"`
}

func (a *app) newRetention() *cobra.Command {
	cmd := group("retention", "For how long instances, logs and cached resources are kept", "")
	cmd.AddCommand(a.showRetention(), a.setRetention(), a.runRetention(), a.lastRetention())
	return cmd
}

func (c *call) retentions() ([]kept, error) {
	var list struct {
		Items []kept `json:"items"`
	}
	err := c.Get(c.ctx, "/retention", nil, &list)
	return list.Items, err
}

func (a *app) showRetention() *cobra.Command {
	return &cobra.Command{
		Use: "show", Aliases: []string{"list"}, Short: "Show for how many days things are kept", Args: args(0, 0),
		RunE: a.with(func(c *call, _ []string) error {
			rows, err := c.retentions()
			if err != nil {
				return err
			}
			if done, err := c.out.value(rows); done {
				return err
			}
			table := make([][]string, len(rows))
			for i, r := range rows {
				table[i] = []string{c.projectName(r.ProjectID), tell.Days(r.InstanceDays), tell.Days(r.LogDays), ""}
				if r.ProjectID == 0 {
					table[i][3] = tell.Days(r.CacheDays)
				}
			}
			return c.out.table([]string{"PROJECT", "INSTANCE DAYS", "LOG DAYS", "CACHE DAYS"}, table)
		}),
	}
}

// projectName names a project, or says which it is when that cannot be asked.
func (c *call) projectName(id int64) string {
	if id == 0 {
		return "(all others)"
	}
	var p client.Record
	if err := c.Get(c.ctx, client.Project(strconv.FormatInt(id, 10)), nil, &p); err != nil {
		return strconv.FormatInt(id, 10)
	}
	return p.Text("name")
}

func (a *app) setRetention() *cobra.Command {
	cmd := &cobra.Command{
		Use: "set", Short: "Say for how many days things are kept, of one project with -p", Args: args(0, 0),
		Example: "  porpoise ctl retention set --instance-days 90 --log-days 30",
		RunE: a.with(func(c *call, _ []string) error {
			path, now, err := c.retention()
			if err != nil {
				return err
			}
			days := map[string]int{"instanceDays": now.InstanceDays, "logDays": now.LogDays}
			for flag, name := range map[string]string{"instance-days": "instanceDays", "log-days": "logDays", "cache-days": "cacheDays"} {
				if c.cmd.Flags().Changed(flag) {
					days[name], _ = c.cmd.Flags().GetInt(flag) // it is one
				}
			}
			if _, given := days["cacheDays"]; given && now.ProjectID != 0 {
				return wrong("--cache-days is of all projects, which share the caches of workers: leave out -p")
			}
			return c.Put(c.ctx, path, days, nil)
		}),
	}
	f := cmd.Flags()
	f.Int("instance-days", 0, "days that ended instances are kept; 0 for ever, -1 as all projects")
	f.Int("log-days", 0, "days that logs are kept, in the log store and on workers; 0 for ever, -1 as all projects")
	f.Int("cache-days", 0, "days that unused resources stay in caches of workers; 0 for ever; of all projects only")
	return cmd
}

// retention finds the row that is meant: of one project only when the command
// line names it.
func (c *call) retention() (path string, now kept, err error) {
	path = "/retention"
	if c.flags.project != "" {
		p, err := projects().find(c, c.flags.project)
		if err != nil {
			return "", now, err
		}
		path += "/" + p.Text("id")
		now = kept{ProjectID: p.ID(), InstanceDays: inherit, LogDays: inherit}
	}
	rows, err := c.retentions()
	for _, r := range rows {
		if r.ProjectID == now.ProjectID {
			now = r
			break
		}
	}
	return path, now, err
}
