package ctl

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/porpoise-scheduler/porpoise/cmd/porpoise/internal/client"
)

func instances() *noun {
	return &noun{
		name: "instance", plural: "instances", path: "/instances", ofProject: true, can: canDelete,
		columns: []column{{head: "ID", at: "id"}, {head: "WORKFLOW", at: "workflow"}, {head: "VERSION", at: "version"}, {head: "STATE", at: "state"},
			{head: "COMMAND", at: "command"}, {head: "STARTED", at: "started", show: when}, {head: "TOOK", at: "durationMs", show: tookText},
			{head: "USER", at: "user"}, {head: "REASON", at: "reason"}},
	}
}

func tookText(ms string) string {
	n, err := strconv.ParseInt(ms, 10, 64)
	if err != nil {
		return ms
	}
	return took(n)
}

func (a *app) newInstance() *cobra.Command {
	cmd := group("instance", "Runs of workflows: list, watch, stop, mend", "", "run", "runs")
	cmd.AddCommand(
		a.listInstances(), a.getInstance(), instances().remove(a), a.newWatch(), a.instanceTasks(),
		a.action("stop", "Stop instances: their tasks are killed", "STOP"),
		a.action("pause", "Pause instances: running tasks finish, no new ones start", "PAUSE"),
		a.action("resume", "Go on with paused or stopped instances", "RESUME"),
		a.action("rerun", "Run instances again from the start", "RERUN"),
		a.action("rerun-failed", "Run what failed again, and what comes after it", "RERUN_FAILED"),
		a.taskAction("rerun-from", "Run a task again, and what comes after it", "RERUN_FROM"),
		a.taskAction("release-hold", "Let a task go on that is held back", "RELEASE_HOLD"),
		a.taskAction("force-start", "Let a task go ahead that waits for a slot of its task group", "FORCE_START"),
		a.taskAction("force-success", "Declare a failed task done", "FORCE_SUCCESS"),
	)
	return cmd
}

// instanceFilter are flags of lists of instances.
type instanceFilter struct {
	workflow, user, search, from, to string
	states                           []string
	limit                            int
}

func (o *instanceFilter) query(c *call) (url.Values, error) {
	query := url.Values{}
	for name, value := range map[string]string{"user": o.user, "search": o.search, "from": o.from, "to": o.to} {
		if value != "" {
			query.Set(name, value)
		}
	}
	for _, state := range o.states {
		query.Add("state", strings.ToUpper(state))
	}
	if o.workflow != "" {
		r, err := workflows().find(c, o.workflow)
		if err != nil {
			return nil, err
		}
		query.Set("workflow", r.Text("id"))
	}
	return query, nil
}

func (a *app) listInstances() *cobra.Command {
	var o instanceFilter
	cmd := &cobra.Command{
		Use: "list", Aliases: []string{"ls"}, Short: "List instances, of all projects without -p", Args: args(0, 0),
		Example: "  porpoise ctl instance list -p sales --state FAILED --from 2026-01-01T00:00:00Z",
		RunE: a.with(func(c *call, _ []string) error {
			query, err := o.query(c)
			if err != nil {
				return err
			}
			n, path := instances(), "/instances"
			if c.site.Project != "" {
				path = client.Project(c.site.Project) + path
			} else {
				n.columns = append(n.columns[:1:1], append([]column{{head: "PROJECT", at: "projectName"}}, n.columns[1:]...)...)
			}
			rows, total, err := records(c, path, query, o.limit)
			if err != nil {
				return err
			}
			return n.show(c, rows, total)
		}),
	}
	f := cmd.Flags()
	f.StringVar(&o.workflow, "workflow", "", "only those of this workflow")
	f.StringSliceVar(&o.states, "state", nil, "only those in this state; repeatable")
	f.StringVar(&o.user, "by", "", "only those this user started")
	f.StringVar(&o.search, "search", "", "part of the name")
	f.StringVar(&o.from, "from", "", "started not before this time (RFC 3339)")
	f.StringVar(&o.to, "to", "", "started before this time (RFC 3339)")
	f.IntVar(&o.limit, "limit", 50, "most rows to list; 0 lists all")
	a.completeFlag(cmd, "workflow", a.nounNames(workflows()))
	return cmd
}

// instanceID reads the id of an instance and gives its path.
func (c *call) instance(given string) (path string, id int64, err error) {
	project, err := c.needProject()
	if err != nil {
		return "", 0, err
	}
	if id, err = strconv.ParseInt(given, 10, 64); err != nil {
		return "", 0, wrong("%s is no id of an instance; see: porpoise ctl instance list", quote(given))
	}
	return fmt.Sprintf("%s/instances/%d", project, id), id, nil
}

func (a *app) getInstance() *cobra.Command {
	return &cobra.Command{
		Use: "get ID", Short: "Show an instance, its tasks, and why it waits", Args: args(1, 1),
		ValidArgsFunction: a.nounNames(instances()),
		RunE: a.with(func(c *call, args []string) error {
			path, _, err := c.instance(args[0])
			if err != nil {
				return err
			}
			var r client.Record
			if err := c.Get(c.ctx, path, nil, &r); err != nil {
				return err
			}
			if done, err := c.out.value(r, args[0]); done {
				return err
			}
			return c.showInstance(r)
		}),
	}
}

func (c *call) showInstance(r client.Record) error {
	if err := instances().detail(c, r); err != nil {
		return err
	}
	var i client.Instance
	if err := decode(r, &i); err != nil {
		return err
	}
	fmt.Fprintln(c.out.w)
	if err := c.out.table(taskHead, taskRows(i.Tasks)); err != nil {
		return err
	}
	if len(i.Waiting) > 0 {
		rows := make([][]string, len(i.Waiting))
		for n, w := range i.Waiting {
			rows[n] = []string{w.Task, w.Why}
		}
		fmt.Fprintln(c.out.w)
		if err := c.out.table([]string{"WAITING TASK", "WHY"}, rows); err != nil {
			return err
		}
	}
	if len(i.Params) == 0 {
		return nil
	}
	rows := make([][]string, len(i.Params))
	for n, p := range i.Params {
		rows[n] = []string{p.Name, p.Value, p.From, p.Source}
	}
	fmt.Fprintln(c.out.w)
	return c.out.table([]string{"PARAMETER", "VALUE", "FROM", "SOURCE"}, rows)
}

var taskHead = []string{"ATTEMPT", "TASK", "KIND", "STATE", "TRY", "WORKER", "STARTED", "TOOK", "REASON"}

func taskRows(tasks []client.TaskInstance) [][]string {
	rows := make([][]string, len(tasks))
	for i, t := range tasks {
		rows[i] = []string{
			strconv.FormatInt(t.ID, 10), t.Task, t.Kind, string(t.State), strconv.Itoa(t.Attempt),
			t.Worker, clock(t.Started), took(t.Duration), t.Reason,
		}
	}
	return rows
}
