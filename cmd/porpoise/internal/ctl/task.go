package ctl

import (
	"net/url"
	"strings"

	"github.com/spf13/cobra"

	"github.com/porpoise-scheduler/porpoise/cmd/porpoise/internal/client"
)

func (a *app) instanceTasks() *cobra.Command {
	return &cobra.Command{
		Use: "tasks ID", Short: "List every attempt of an instance's tasks", Args: args(1, 1),
		ValidArgsFunction: a.nounNames(instances()),
		RunE: a.with(func(c *call, args []string) error {
			path, _, err := c.instance(args[0])
			if err != nil {
				return err
			}
			rows, err := c.whole(path+"/tasks", url.Values{"all": {"true"}})
			if err != nil {
				return err
			}
			return tasks().show(c, rows, len(rows))
		}),
	}
}

// whole reads a list that has no pages.
func (c *call) whole(path string, query url.Values) ([]client.Record, error) {
	var list struct {
		Items []client.Record `json:"items"`
	}
	err := c.Get(c.ctx, path, query, &list)
	return list.Items, err
}

func tasks() *noun {
	return &noun{
		name: "task", plural: "attempts", path: "/tasks", ofProject: true,
		columns: []column{{head: "ATTEMPT", at: "id"}, {head: "INSTANCE", at: "instanceId"}, {head: "TASK", at: "task"}, {head: "KIND", at: "kind"},
			{head: "STATE", at: "state"}, {head: "TRY", at: "attempt"}, {head: "WORKER", at: "worker"}, {head: "STARTED", at: "started", show: when},
			{head: "TOOK", at: "durationMs", show: tookText}, {head: "REASON", at: "reason"}},
	}
}

func (a *app) newTask() *cobra.Command {
	cmd := group("task", "Attempts of tasks", "", "attempt")
	n := tasks()
	n.can = canList | canGet
	n.filters = []filter{
		{"state", "state", "only those in this state"}, {"task", "task", "only those of the task of this name"},
		{"worker", "worker", "only those on this worker"}, {"from", "from", "started not before this time (RFC 3339)"},
		{"to", "to", "started before this time (RFC 3339)"},
	}
	cmd.AddCommand(n.list(a), n.get(a))
	return cmd
}

func (a *app) action(use, short, action string) *cobra.Command {
	var wait bool
	cmd := &cobra.Command{
		Use: use + " ID...", Short: short, Args: args(1, -1),
		ValidArgsFunction: a.nounNames(instances()),
		RunE: a.with(func(c *call, args []string) error {
			for _, given := range args {
				if err := c.act(given, action, ""); err != nil {
					return err
				}
			}
			if !wait {
				return nil
			}
			return c.awaitAll(args, action)
		}),
	}
	cmd.Flags().BoolVar(&wait, "wait", false, "wait for the end; exit code 4 when it is not the one asked for")
	return cmd
}

func (a *app) taskAction(use, short, action string) *cobra.Command {
	return &cobra.Command{
		Use: use + " ID TASK", Short: short, Args: args(2, 2),
		ValidArgsFunction: a.nounNames(instances()),
		RunE:              a.with(func(c *call, args []string) error { return c.act(args[0], action, args[1]) }),
	}
}

func (c *call) act(given, action, task string) error {
	path, id, err := c.instance(given)
	if err != nil {
		return err
	}
	b := map[string]string{"action": action}
	if task != "" {
		b["task"] = task
	}
	if err := c.Post(c.ctx, path+"/actions", b, nil); err != nil {
		return err
	}
	c.say("instance %d: %s is accepted", id, strings.ToLower(strings.ReplaceAll(action, "_", " ")))
	return nil
}

// awaitAll waits for the ends of instances. One that was to stop or pause has
// done well by that.
func (c *call) awaitAll(ids []string, action string) error {
	for _, given := range ids {
		_, id, err := c.instance(given)
		if err != nil {
			return err
		}
		last, err := c.await(id)
		if err != nil {
			return err
		}
		if action == "STOP" || action == "PAUSE" {
			c.say("instance %d: %s", id, last.State)
			continue
		}
		if err := c.verdict(last); err != nil {
			return err
		}
	}
	return nil
}
