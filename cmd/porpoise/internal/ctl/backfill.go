package ctl

import (
	"net/http"
	"net/url"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/porpoise-scheduler/porpoise/cmd/porpoise/internal/client"
)

func backfills() *noun {
	return &noun{
		name: "backfill", plural: "backfills", path: "/backfills", ofProject: true, can: canList | canGet,
		columns: []column{{head: "ID", at: "id"}, {head: "WORKFLOW", at: "workflow"}, {head: "STATE", at: "state"}, {head: "TOTAL", at: "total"},
			{head: "DONE", at: "done"}, {head: "FAILED", at: "failed"}, {head: "RUNNING", at: "running"}},
	}
}

func (a *app) newBackfill() *cobra.Command {
	cmd := group("backfill", "Runs for past dates", "")
	n := backfills()
	cmd.AddCommand(n.list(a), n.get(a), a.createBackfill(),
		a.backfillAction("pause", "Start no more dates", "PAUSE"), a.backfillAction("resume", "Go on with the dates", "RESUME"),
		a.backfillAction("stop", "Stop a backfill and what it runs", "STOP"))
	return cmd
}

func (a *app) createBackfill() *cobra.Command {
	var from, to, order string
	var dates []string
	var parallel int
	var o runOptions
	cmd := &cobra.Command{
		Use: "create WORKFLOW", Short: "Run a workflow for past dates", Args: args(1, 1),
		Example:           "  porpoise ctl backfill create -p sales daily-orders --from 2026-01-01T00:00:00+08:00 --to 2026-01-31T00:00:00+08:00 --parallel 4",
		ValidArgsFunction: a.nounNames(workflows()),
		RunE: a.with(func(c *call, args []string) error {
			path, _, err := c.workflow(args[0])
			if err != nil {
				return err
			}
			if len(dates) == 0 && (from == "" || to == "") {
				return wrong("which dates? give --from and --to, or --date")
			}
			options, err := o.body(c)
			if err != nil {
				return err
			}
			b := body{"options": options}
			for key, value := range map[string]string{"from": from, "to": to, "order": order} {
				if value != "" {
					b[key] = value
				}
			}
			if len(dates) > 0 {
				b["dates"] = dates
			}
			if c.cmd.Flags().Changed("parallel") {
				b["parallel"] = parallel
			}
			var started begun
			err = c.Do(c.ctx, client.Request{Method: http.MethodPost, Path: path + "/backfills", Query: url.Values{"wait": {"10s"}}, Body: b}, &started)
			if err != nil {
				return err
			}
			return c.tellBackfill(started)
		}),
	}
	f := cmd.Flags()
	f.StringVar(&from, "from", "", "first time (RFC 3339)")
	f.StringVar(&to, "to", "", "last time (RFC 3339)")
	f.StringSliceVar(&dates, "date", nil, "a time (RFC 3339), instead of --from and --to; repeatable")
	f.StringVar(&order, "order", "", "ASC or DESC")
	f.IntVar(&parallel, "parallel", 0, "how many dates run at once; 0 runs all (default one)")
	o.add(f)
	return cmd
}

func (c *call) tellBackfill(started begun) error {
	id := strconv.FormatInt(started.BackfillID, 10)
	if started.BackfillID == 0 {
		id = ""
	}
	if done, err := c.out.value(started, id); done {
		return err
	}
	if id == "" {
		c.say("the backfill is accepted and has not begun yet (command %d); see it by: porpoise ctl backfill list", started.CommandID)
		return nil
	}
	c.say("backfill created; see it by: porpoise ctl backfill get %s", id)
	return c.print(id)
}

func (a *app) backfillAction(use, short, action string) *cobra.Command {
	return &cobra.Command{
		Use: use + " ID", Short: short, Args: args(1, 1),
		ValidArgsFunction: a.nounNames(backfills()),
		RunE: a.with(func(c *call, args []string) error {
			r, err := backfills().find(c, args[0])
			if err != nil {
				return err
			}
			project, err := c.needProject()
			if err != nil {
				return err
			}
			if err := c.Post(c.ctx, project+"/backfills/"+r.Text("id")+"/actions", map[string]string{"action": action}, nil); err != nil {
				return err
			}
			c.say("backfill %s: %s is accepted", args[0], use)
			return nil
		}),
	}
}
