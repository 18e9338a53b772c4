package ctl

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/porpoise-scheduler/porpoise/cmd/porpoise/internal/client"
)

// logOptions are the flags of logs.
type logOptions struct {
	instance int64
	task     string
	follow   bool
	tail     int
}

func (a *app) newLogs() *cobra.Command {
	var o logOptions
	cmd := &cobra.Command{
		Use: "logs [ATTEMPT]", Short: "Print the log of an attempt", Args: args(0, 1),
		Long: `Print the log of an attempt, given by its id or as the task of an instance. With
-f what is written later follows, until the attempt ends; when the connection
breaks it goes on where it stood.`,
		Example: `  porpoise ctl logs -p sales 1234
  porpoise ctl logs -p sales --instance 7 --task extract -f
  porpoise ctl logs -p sales 1234 --tail 50`,
		RunE: a.with(func(c *call, args []string) error {
			attempt, err := o.attempt(c, args)
			if err != nil {
				return err
			}
			return o.print(c, attempt)
		}),
	}
	f := cmd.Flags()
	f.Int64Var(&o.instance, "instance", 0, "the instance, with --task")
	f.StringVar(&o.task, "task", "", "name of the task; its last attempt is meant")
	f.BoolVarP(&o.follow, "follow", "f", false, "go on until the attempt ends")
	f.IntVar(&o.tail, "tail", -1, "only this many lines of the end")
	return cmd
}

// attempt finds the attempt that is meant.
func (o *logOptions) attempt(c *call, args []string) (int64, error) {
	project, err := c.needProject()
	if err != nil {
		return 0, err
	}
	switch {
	case len(args) == 1 && o.instance == 0 && o.task == "":
		id, err := strconv.ParseInt(args[0], 10, 64)
		if err != nil {
			return 0, wrong("%s is no id of an attempt; see: porpoise ctl instance tasks ID", quote(args[0]))
		}
		return id, nil
	case len(args) == 0 && o.instance != 0 && o.task != "":
		return o.ofTask(c, project)
	}
	return 0, wrong("whose log? give the id of an attempt, or --instance ID --task NAME")
}

// ofTask gives the last attempt of a task. With --follow it waits for the
// first one.
func (o *logOptions) ofTask(c *call, project string) (int64, error) {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		var i client.Instance
		if err := c.Get(c.ctx, fmt.Sprintf("%s/instances/%d", project, o.instance), nil, &i); err != nil {
			return 0, err
		}
		at := slices.IndexFunc(i.Tasks, func(t client.TaskInstance) bool { return t.Task == o.task })
		switch {
		case at >= 0:
			return i.Tasks[at].ID, nil
		case !o.follow || i.State.Terminal():
			return 0, fmt.Errorf("task %s of instance %d has not run; its tasks are: %s", quote(o.task), o.instance, taskNames(i.Tasks))
		}
		select {
		case <-tick.C:
		case <-c.ctx.Done():
			return 0, context.Cause(c.ctx)
		}
	}
}

func taskNames(tasks []client.TaskInstance) string {
	if len(tasks) == 0 {
		return "none so far"
	}
	names := make([]string, len(tasks))
	for i, t := range tasks {
		names[i] = t.Task
	}
	return strings.Join(names, ", ")
}

// Sizes of what is asked of a log at once, in bytes.
const (
	least = 16
	part  = 1 << 20
)

func (o *logOptions) print(c *call, attempt int64) error {
	offset := int64(0)
	if o.tail >= 0 {
		text, end, err := c.tail(attempt, o.tail)
		if err != nil {
			return err
		}
		if _, err := io.WriteString(c.out.w, text); err != nil || !o.follow {
			return err
		}
		offset = end
	}
	if o.follow {
		return c.FollowLog(c.ctx, c.site.Project, attempt, offset, func(chunk client.Chunk) error {
			_, err := io.WriteString(c.out.w, chunk.Text)
			return err
		}, c.lost)
	}
	return c.raw(attempt)
}

// raw copies a log as it is.
func (c *call) raw(attempt int64) error {
	response, err := c.Open(c.ctx, client.Request{Method: http.MethodGet,
		Path: fmt.Sprintf("%s/tasks/%d/log/raw", client.Project(c.site.Project), attempt)})
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if _, err := io.Copy(c.out.w, response.Body); err != nil {
		return fmt.Errorf("reading the log: %w", err)
	}
	return nil
}

// tail gives the last lines of a log and where it ends: it reads backwards
// until there are enough.
func (c *call) tail(attempt int64, lines int) (text string, end int64, err error) {
	first, err := c.Log(c.ctx, c.site.Project, attempt, 0, least)
	if err != nil {
		return "", 0, err
	}
	end = first.Size
	for reach := int64(64 << 10); ; reach *= 4 {
		from := max(0, end-reach)
		if text, end, err = c.span(attempt, from, end); err != nil {
			return "", 0, err
		}
		if last, enough := lastLines(text, lines); enough || from == 0 {
			return last, end, nil
		}
	}
}

// span reads from one place to another, or a little further.
func (c *call) span(attempt, from, to int64) (text string, end int64, err error) {
	var b strings.Builder
	for from < to {
		chunk, err := c.Log(c.ctx, c.site.Project, attempt, from, int(max(least, min(part, to-from))))
		if err != nil {
			return "", 0, err
		}
		if chunk.Next <= from {
			break
		}
		b.WriteString(chunk.Text)
		from = chunk.Next
	}
	return b.String(), from, nil
}

// lastLines cuts the last lines off; enough says that there are more before.
func lastLines(text string, lines int) (last string, enough bool) {
	at := len(strings.TrimSuffix(text, "\n"))
	for range lines {
		before := strings.LastIndexByte(text[:at], '\n')
		if before < 0 {
			return text, false
		}
		at = before
	}
	if lines == 0 {
		return "", true
	}
	return text[at+1:], true
}
