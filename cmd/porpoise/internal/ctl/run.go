package ctl

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/porpoise-scheduler/porpoise/cmd/porpoise/internal/client"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// runOptions say how instances run: those of a run, a schedule or a backfill.
type runOptions struct {
	params      []string
	tasks       []string
	depend      string
	failure     string
	priority    string
	workerGroup string
	tenant      string
	environment string
	warn        string
	alertGroup  string
}

func (o *runOptions) add(f *pflag.FlagSet) {
	f.StringArrayVar(&o.params, "param", nil, "a start parameter key=value; repeatable")
	f.StringSliceVar(&o.tasks, "task", nil, "start at this task; repeatable (default all)")
	f.StringVar(&o.depend, "with", "", "what runs with --task: only, before or after")
	f.StringVar(&o.failure, "on-failure", "", "continue with other branches or end")
	f.StringVar(&o.priority, "priority", "", "HIGHEST, HIGH, MEDIUM, LOW or LOWEST")
	f.StringVar(&o.workerGroup, "worker-group", "", "workers of this group run it")
	f.StringVar(&o.tenant, "tenant", "", "code of the tenant its tasks run as")
	f.StringVar(&o.environment, "environment", "", "name of the environment")
	f.StringVar(&o.warn, "warn", "", "tell of success, failure or all")
	f.StringVar(&o.alertGroup, "alert-group", "", "name of the alert group that is told")
}

var dependWords = map[string]string{"": "", "only": "ONLY", "before": "PRE", "after": "POST"}

// body says the options as the API has them; what is not given is left out.
func (o *runOptions) body(c *call) (body, error) {
	b := body{}
	depend, ok := dependWords[o.depend]
	if !ok {
		return nil, wrong("--with %s is none of only, before, after", quote(o.depend))
	}
	if len(o.params) > 0 {
		params, err := keyValues("param", o.params)
		if err != nil {
			return nil, err
		}
		b["params"] = params
	}
	if len(o.tasks) > 0 {
		b["startTasks"] = o.tasks
	}
	for key, value := range map[string]string{
		"taskDepend": depend, "failureStrategy": strings.ToUpper(o.failure), "priority": strings.ToUpper(o.priority),
		"workerGroup": o.workerGroup, "tenant": o.tenant, "environment": o.environment,
	} {
		if value != "" {
			b[key] = value
		}
	}
	return b, o.warning(c, b)
}

func (o *runOptions) warning(c *call, b body) error {
	if o.warn == "" && o.alertGroup == "" {
		return nil
	}
	if o.warn == "" {
		o.warn = "all"
	}
	b.set("warning.type", strings.ToUpper(o.warn))
	if o.alertGroup == "" {
		return nil
	}
	r, err := alertGroups().find(c, o.alertGroup)
	b.set("warning.groupId", r.ID())
	return err
}

func (a *app) newRun() *cobra.Command {
	var o runOptions
	var wait, dry bool
	var at string
	cmd := &cobra.Command{
		Use: "run NAME", Short: "Run a workflow", Args: args(1, 1),
		Long: "Run a workflow and print the id of its instance. " + exitHelp,
		Example: `  porpoise ctl workflow run -p sales daily-orders --param day=20260101
  porpoise ctl workflow run -p sales daily-orders --wait && echo done
  porpoise ctl workflow run -p sales daily-orders --task load --with after`,
		ValidArgsFunction: a.nounNames(workflows()),
		RunE: a.with(func(c *call, args []string) error {
			b, err := o.body(c)
			if err != nil {
				return err
			}
			if at != "" {
				b["scheduleTime"] = at
			}
			if dry {
				b["dryRun"] = true
			}
			return c.run(args[0], b, wait)
		}),
	}
	o.add(cmd.Flags())
	cmd.Flags().StringVar(&at, "schedule-time", "", "time that the run stands for (RFC 3339)")
	cmd.Flags().BoolVar(&dry, "dry-run", false, "decide everything and start no task")
	cmd.Flags().BoolVar(&wait, "wait", false, "wait for the end; exit code 4 unless it succeeds")
	return cmd
}

// begun is what a start answers.
type begun struct {
	CommandID  int64 `json:"commandId"`
	InstanceID int64 `json:"instanceId,omitempty"`
	BackfillID int64 `json:"backfillId,omitempty"`
}

func (c *call) run(name string, options body, wait bool) error {
	path, _, err := c.workflow(name)
	if err != nil {
		return err
	}
	var started begun
	if err := c.Do(c.ctx, client.Request{Method: http.MethodPost, Path: path + "/runs", Query: url.Values{"wait": {"10s"}}, Body: options}, &started); err != nil {
		return err
	}
	if started.InstanceID == 0 {
		if wait {
			return coded{fmt.Errorf("the run (command %d) was accepted and has not begun: see its state by: porpoise ctl instance list", started.CommandID), ExitInstance}
		}
		c.say("the run is accepted and has not begun yet (command %d)", started.CommandID)
		done, err := c.out.value(started)
		if !done && err == nil {
			c.say("see it by: porpoise ctl instance list")
		}
		return err
	}
	if !wait {
		return c.tellStart(started)
	}
	c.say("instance %d began", started.InstanceID)
	last, err := c.await(started.InstanceID)
	if err != nil {
		return err
	}
	if done, err := c.out.value(last, fmt.Sprint(last.ID)); done && err != nil {
		return err
	}
	return c.verdict(last)
}

func (c *call) tellStart(started begun) error {
	if done, err := c.out.value(started, fmt.Sprint(started.InstanceID)); done {
		return err
	}
	c.say("instance began; watch it by: porpoise ctl instance watch %d", started.InstanceID)
	return c.print(fmt.Sprint(started.InstanceID))
}

// await waits for an instance's end and tells what happens meanwhile.
func (c *call) await(id int64) (last client.Instance, err error) {
	if _, err := c.needProject(); err != nil {
		return last, err
	}
	bar := newProgress(c.cmd.ErrOrStderr(), c.flags.quiet)
	defer bar.end()
	begun := time.Now()
	seen := newView(io.Discard)
	err = c.Watch(c.ctx, c.site.Project, id, func(i client.Instance) error {
		last = i
		bar.line(fmt.Sprintf("instance %d %s %s", id, i.State, took(time.Since(begun).Milliseconds())))
		if i.State.Terminal() {
			return client.ErrDone
		}
		return nil
	}, func(t client.TaskInstance) error {
		if seen.put(t) && (t.State.Terminal() || t.State == workflow.Running) {
			bar.note(fmt.Sprintf("%s  task %s: %s", time.Now().Format(time.TimeOnly), printable(t.Task), t.State))
		}
		return nil
	}, c.lost)
	return last, err
}

// verdict is the exit code of waiting.
func (c *call) verdict(i client.Instance) error {
	if i.State == workflow.Succeeded {
		c.say("instance %d: %s after %s", i.ID, i.State, took(i.Duration))
		return nil
	}
	text := fmt.Sprintf("instance %d ended as %s", i.ID, i.State)
	if i.Reason != "" {
		text += ": " + printable(i.Reason)
	}
	return coded{fmt.Errorf("%s", text), ExitInstance}
}
