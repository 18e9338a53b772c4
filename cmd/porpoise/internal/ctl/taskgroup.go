package ctl

import (
	"cmp"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/porpoise-scheduler/porpoise/cmd/porpoise/internal/client"
)

func taskGroups() *noun {
	return &noun{
		name: "task-group", plural: "task groups", aliases: []string{"tg"}, short: "Limits on how many tasks run at once", path: "/task-groups", key: "name",
		can: canEverything,
		columns: []column{{head: "ID", at: "id"}, {head: "NAME", at: "name"}, {head: "PROJECT", at: "projectId"}, {head: "USED", at: "used"},
			{head: "SIZE", at: "size"}, {head: "CLOSED", at: "closed"}, {head: "DESCRIPTION", at: "description"}},
		fields: []field{
			{flag: "description", key: "description", usage: "what it is for"},
			{flag: "of-project", key: "projectId", kind: reference, of: projects(), usage: "only tasks of this project may use it (default all)"},
			{flag: "size", key: "size", kind: number, required: true, usage: "how many tasks run at once"},
			{flag: "closed", key: "closed", kind: boolean, usage: "start no more tasks"},
		},
	}
}

func (a *app) newTaskGroup() *cobra.Command {
	cmd := taskGroups().command(a)
	cmd.AddCommand(a.taskGroupQueue(), a.startWaitingTask())
	return cmd
}

// taskGroupQueue lists who holds a slot and who waits.
func (a *app) taskGroupQueue() *cobra.Command {
	return &cobra.Command{
		Use: "queue NAME", Short: "List the tasks that hold slots of a task group and those that wait, next first", Args: args(1, 1),
		ValidArgsFunction: a.nounNames(taskGroups()),
		RunE: a.with(func(c *call, args []string) error {
			found, err := taskGroups().find(c, args[0])
			if err != nil {
				return err
			}
			var r client.Record
			if err := c.Get(c.ctx, "/task-groups/"+found.Text("id"), nil, &r); err != nil {
				return err
			}
			if done, err := c.out.value(r, args[0]); done {
				return err
			}
			var queue struct {
				Holders, Waiting []slotTask
			}
			if err := decode(r, &queue); err != nil {
				return err
			}
			rows := append(slotRows("HOLDS", queue.Holders), slotRows("WAITS", queue.Waiting)...)
			return c.out.table([]string{"", "ATTEMPT", "TASK", "INSTANCE", "PROJECT", "PRIORITY", "SINCE"}, rows)
		}),
	}
}

type slotTask struct {
	TaskID, InstanceID, ProjectID int64
	Priority                      *int // of one that waits
	Task, Submitted, Started      string
}

func slotRows(what string, list []slotTask) (rows [][]string) {
	for _, t := range list {
		priority := ""
		if t.Priority != nil {
			priority = strconv.Itoa(*t.Priority)
		}
		rows = append(rows, []string{what, strconv.FormatInt(t.TaskID, 10), t.Task, strconv.FormatInt(t.InstanceID, 10),
			strconv.FormatInt(t.ProjectID, 10), priority, when(cmp.Or(t.Started, t.Submitted))})
	}
	return rows
}

func (a *app) startWaitingTask() *cobra.Command {
	return &cobra.Command{
		Use: "start NAME ATTEMPT", Short: "Let a task go ahead that waits for a slot, over the limit", Args: args(2, 2),
		Example:           "  porpoise ctl task-group queue db\n  porpoise ctl task-group start db 1042",
		ValidArgsFunction: a.nounNames(taskGroups()),
		RunE: a.with(func(c *call, args []string) error {
			id, err := strconv.ParseInt(args[1], 10, 64)
			if err != nil {
				return wrong("%s is no id of an attempt; see: porpoise ctl task-group queue %s", quote(args[1]), args[0])
			}
			found, err := taskGroups().find(c, args[0])
			if err != nil {
				return err
			}
			if err := c.Post(c.ctx, "/task-groups/"+found.Text("id")+"/start", map[string]int64{"taskId": id}, nil); err != nil {
				return err
			}
			c.say("attempt %d: force start is accepted", id)
			return nil
		}),
	}
}
