package ctl

import (
	"fmt"
	"net/http"
	"strconv"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/porpoise-scheduler/porpoise/cmd/porpoise/internal/client"
)

func schedules() *noun {
	return &noun{
		name: "schedule", plural: "schedules", path: "/schedules", ofProject: true, can: canDelete,
		columns: []column{{head: "ID", at: "id"}, {head: "WORKFLOW", at: "workflow"}, {head: "CRON", at: "cron"}, {head: "ZONE", at: "timezone"},
			{head: "ONLINE", at: "online"}, {head: "NEXT", at: "nextDue", show: when}, {head: "MISFIRE", at: "misfire"}, {head: "USER", at: "user"}},
		filters: []filter{{"workflow-id", "workflow", "only those of the workflow of this id"}},
	}
}

func (a *app) newSchedule() *cobra.Command {
	cmd := group("schedule", "When workflows run by themselves", "")
	n := schedules()
	cmd.AddCommand(n.list(a), n.remove(a), a.createSchedule(), a.updateSchedule(), a.previewSchedule(), a.scheduleFires(),
		a.switchSchedule("online", "Let schedules fire", true), a.switchSchedule("offline", "Let schedules rest", false))
	return cmd
}

// scheduleOptions are what a schedule is.
type scheduleOptions struct {
	cron, zone, start, end, misfire string
	calendar, rule                  string
	run                             runOptions
}

func (o *scheduleOptions) add(f *pflag.FlagSet) {
	f.StringVar(&o.cron, "cron", "", "when: seconds minutes hours days months weekdays [years], such as '0 0 2 * * ?'")
	f.StringVar(&o.zone, "time-zone", "", "zone of the cron, such as Asia/Shanghai")
	f.StringVar(&o.start, "start", "", "not before this time (RFC 3339)")
	f.StringVar(&o.end, "end", "", "not after this time (RFC 3339)")
	f.StringVar(&o.misfire, "misfire", "", "what becomes of times missed: ALL, LAST or SKIP")
	f.StringVar(&o.calendar, "calendar", "", "name of a business calendar")
	f.StringVar(&o.rule, "calendar-rule", "", "what the calendar does")
	o.run.add(f)
}

// put sets what is given in a schedule's body.
func (o *scheduleOptions) put(c *call, b body) error {
	for key, value := range map[string]string{
		"cron": o.cron, "timezone": o.zone, "start": o.start, "end": o.end, "misfire": o.misfire, "calendarRule": o.rule,
	} {
		if value != "" {
			b[key] = value
		}
	}
	if o.calendar != "" {
		r, err := calendars().find(c, o.calendar)
		if err != nil {
			return err
		}
		b["calendarId"] = r.ID()
	}
	options, err := o.run.body(c)
	if err != nil || len(options) == 0 {
		return err
	}
	for key, value := range options {
		b.set("options."+key, value)
	}
	return nil
}

func (a *app) createSchedule() *cobra.Command {
	var o scheduleOptions
	var online bool
	cmd := &cobra.Command{
		Use: "create WORKFLOW", Short: "Make a schedule", Args: args(1, 1),
		Example:           "  porpoise ctl schedule create -p sales daily-orders --cron '0 0 2 * * ?' --time-zone Asia/Shanghai --online",
		ValidArgsFunction: a.nounNames(workflows()),
		RunE: a.with(func(c *call, args []string) error {
			if o.cron == "" {
				return wrong("when? give --cron")
			}
			path, _, err := c.workflow(args[0])
			if err != nil {
				return err
			}
			b := body{}
			if err := o.put(c, b); err != nil {
				return err
			}
			var r client.Record
			if err := c.Post(c.ctx, path+"/schedules", b, &r); err != nil {
				return err
			}
			if online {
				if err := c.switchSchedule(r.Text("id"), true); err != nil {
					return err
				}
			}
			if c.out.form == asTable {
				c.say("schedule created")
				return c.print(r.Text("id"))
			}
			return schedules().made(c, r, "created")
		}),
	}
	o.add(cmd.Flags())
	cmd.Flags().BoolVar(&online, "online", false, "let it fire")
	return cmd
}

// scheduleKeys are what a change of a schedule says.
var scheduleKeys = []string{"cron", "timezone", "start", "end", "misfire", "options", "calendarId", "calendarRule"}

func (a *app) updateSchedule() *cobra.Command {
	var o scheduleOptions
	cmd := &cobra.Command{
		Use: "update ID", Short: "Change a schedule: what is not given stays", Args: args(1, 1),
		ValidArgsFunction: a.nounNames(schedules()),
		RunE: a.with(func(c *call, args []string) error {
			path, r, err := c.schedule(args[0])
			if err != nil {
				return err
			}
			b := body{}
			for _, key := range scheduleKeys {
				if v := r.Value(key); v != nil {
					b[key] = v
				}
			}
			if err := o.put(c, b); err != nil {
				return err
			}
			var changed client.Record
			err = c.Do(c.ctx, client.Request{Method: http.MethodPut, Path: path, Body: b,
				Header: http.Header{"If-Match": {quote(r.Text("version"))}}}, &changed)
			if err != nil {
				return err
			}
			return schedules().made(c, changed, "changed")
		}),
	}
	o.add(cmd.Flags())
	return cmd
}

// schedule finds a schedule in its project's list.
func (c *call) schedule(id string) (path string, r client.Record, err error) {
	project, err := c.needProject()
	if err != nil {
		return "", r, err
	}
	rows, _, err := records(c, project+"/schedules", nil, 0)
	if err != nil {
		return "", r, err
	}
	for _, row := range rows {
		if row.Text("id") == id {
			return project + "/schedules/" + id, row, nil
		}
	}
	return "", r, fmt.Errorf("there is no schedule %s in project %s", quote(id), quote(c.site.Project))
}

func (a *app) switchSchedule(use, short string, online bool) *cobra.Command {
	return &cobra.Command{
		Use: use + " ID...", Short: short, Args: args(1, -1),
		ValidArgsFunction: a.nounNames(schedules()),
		RunE: a.with(func(c *call, args []string) error {
			for _, id := range args {
				if _, err := strconv.ParseInt(id, 10, 64); err != nil {
					return wrong("%s is no id of a schedule; see: porpoise ctl schedule list", quote(id))
				}
				if err := c.switchSchedule(id, online); err != nil {
					return err
				}
				c.say("schedule %s is %s", id, use)
			}
			return nil
		}),
	}
}

func (c *call) switchSchedule(id string, online bool) error {
	project, err := c.needProject()
	if err != nil {
		return err
	}
	return c.Put(c.ctx, project+"/schedules/"+id+"/online", map[string]bool{"online": online}, nil)
}

func (a *app) previewSchedule() *cobra.Command {
	var o scheduleOptions
	var count int
	cmd := &cobra.Command{
		Use: "preview", Short: "List the times at which a cron fires", Args: args(0, 0),
		Example: "  porpoise ctl schedule preview --cron '0 0 2 ? * MON-FRI' --time-zone Asia/Shanghai --count 5",
		RunE: a.with(func(c *call, _ []string) error {
			if o.cron == "" {
				return wrong("when? give --cron")
			}
			b := body{"count": count}
			if err := o.put(c, b); err != nil {
				return err
			}
			delete(b, "options")
			var times struct {
				Times []string `json:"times"`
			}
			if err := c.Post(c.ctx, "/schedules:preview", b, &times); err != nil {
				return err
			}
			if done, err := c.out.value(times, times.Times...); done {
				return err
			}
			for _, t := range times.Times {
				if err := c.print(when(t)); err != nil {
					return err
				}
			}
			return nil
		}),
	}
	o.add(cmd.Flags())
	cmd.Flags().IntVar(&count, "count", 10, "how many times")
	return cmd
}

// scheduleFires lists what became of due times.
func (a *app) scheduleFires() *cobra.Command {
	var limit int
	fires := noun{plural: "due times", columns: []column{{head: "DUE", at: "due", show: when}, {head: "OUTCOME", at: "outcome"}, {head: "INSTANCE", at: "instanceId"},
		{head: "STATE", at: "state"}, {head: "DECIDED", at: "decided", show: when}, {head: "TIMES", at: "count"}}}
	cmd := &cobra.Command{
		Use: "fires ID", Short: "List what became of a schedule's due times, newest first", Args: args(1, 1),
		ValidArgsFunction: a.nounNames(schedules()),
		RunE: a.with(func(c *call, args []string) error {
			path, _, err := c.schedule(args[0])
			if err != nil {
				return err
			}
			rows, total, err := records(c, path+"/fires", nil, limit)
			if err != nil {
				return err
			}
			return fires.show(c, rows, total)
		}),
	}
	cmd.Flags().IntVar(&limit, "limit", 50, "most rows to list; 0 lists all")
	return cmd
}
