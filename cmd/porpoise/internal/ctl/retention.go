package ctl

import (
	"strconv"

	"github.com/spf13/cobra"

	"github.com/porpoise-scheduler/porpoise/cmd/porpoise/internal/client"
)

// inherit is the number of days that says "as all projects".
const inherit = -1

// kept says for how many days things of a project are kept; project 0 is all
// that have nothing of their own.
type kept struct {
	ProjectID    int64 `json:"projectId"`
	InstanceDays int   `json:"instanceDays"`
	LogDays      int   `json:"logDays"`
}

func (a *app) newRetention() *cobra.Command {
	cmd := group("retention", "For how long instances and logs are kept", "")
	cmd.AddCommand(a.showRetention(), a.setRetention())
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
				table[i] = []string{c.projectName(r.ProjectID), daysText(r.InstanceDays), daysText(r.LogDays)}
			}
			return c.out.table([]string{"PROJECT", "INSTANCE DAYS", "LOG DAYS"}, table)
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

func daysText(days int) string {
	switch days {
	case 0:
		return "for ever"
	case inherit:
		return "as all projects"
	}
	return strconv.Itoa(days)
}

func (a *app) setRetention() *cobra.Command {
	var want kept
	cmd := &cobra.Command{
		Use: "set", Short: "Say for how many days things are kept, of one project with -p", Args: args(0, 0),
		Example: "  porpoise ctl retention set --instance-days 90 --log-days 30",
		RunE: a.with(func(c *call, _ []string) error {
			path, now, err := c.retention()
			if err != nil {
				return err
			}
			if c.cmd.Flags().Changed("instance-days") {
				now.InstanceDays = want.InstanceDays
			}
			if c.cmd.Flags().Changed("log-days") {
				now.LogDays = want.LogDays
			}
			return c.Put(c.ctx, path, map[string]int{"instanceDays": now.InstanceDays, "logDays": now.LogDays}, nil)
		}),
	}
	f := cmd.Flags()
	f.IntVar(&want.InstanceDays, "instance-days", 0, "days that ended instances are kept; 0 for ever, -1 as all projects")
	f.IntVar(&want.LogDays, "log-days", 0, "days that logs are kept in the log store; 0 for ever, -1 as all projects")
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
