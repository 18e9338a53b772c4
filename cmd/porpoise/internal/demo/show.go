package demo

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// show starts the workflow, waits for its end and prints what it wrote.
func (d *demo) show(ctx context.Context) error {
	base := "/projects/" + project
	workflow, err := first(ctx, d.api, base+"/process/list-paging", name, func(n named) bool { return n.Name == name })
	if err != nil {
		return err
	}
	if err := d.api.post(ctx, base+"/executors/start-process-instance", url.Values{
		"processDefinitionId": {strconv.Itoa(workflow.ID)}, "scheduleTime": {""},
		"failureStrategy": {"CONTINUE"}, "warningType": {"NONE"}, "warningGroupId": {"0"},
		"processInstancePriority": {"MEDIUM"}, "workerGroup": {"default"}, "runMode": {"RUN_MODE_SERIAL"},
	}, nil); err != nil {
		return err
	}
	fmt.Fprintf(d.cfg.Out, "Running workflow %s of project %s\n", name, project)
	instance, err := d.await(ctx, base+"/instance/list-paging")
	if err != nil {
		return err
	}
	if err := d.printTasks(ctx, base, instance.ID); err != nil {
		return err
	}
	fmt.Fprintf(d.cfg.Out, "\nWorkflow %s ended with %s\n", name, instance.State)
	return nil
}

// await polls until the newest instance has ended.
func (d *demo) await(ctx context.Context, path string) (named, error) {
	tick := time.NewTicker(pollTime)
	defer tick.Stop()
	for {
		rows, err := list[named](ctx, d.api, path, "")
		if err != nil {
			return named{}, err
		}
		if len(rows) > 0 && ended(rows[0].State) {
			return rows[0], nil
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return named{}, fmt.Errorf("waiting for its end: %w", ctx.Err())
		}
	}
}

// ended says that an instance stays in the state.
func ended(state string) bool {
	switch state {
	case "SUCCESS", "FAILURE", "STOP", "PAUSE", "KILL":
		return true
	}
	return false
}

type taskRow struct {
	ID                                     int
	Name, TaskType, State, Host, StartTime string
}

// printTasks prints every task with its log, in the order of their start.
func (d *demo) printTasks(ctx context.Context, base string, instanceID int) error {
	var answer struct{ TaskList []taskRow }
	query := url.Values{"processInstanceId": {strconv.Itoa(instanceID)}}
	if err := d.api.get(ctx, base+"/instance/task-list-by-process-id", query, &answer); err != nil {
		return err
	}
	slices.SortStableFunc(answer.TaskList, func(a, b taskRow) int { return strings.Compare(a.StartTime, b.StartTime) })
	for _, t := range answer.TaskList {
		fmt.Fprintf(d.cfg.Out, "\n--- %s (%s): %s\n", t.Name, t.TaskType, t.State)
		if t.Host == "" {
			continue // a task that the engine resolves has no log
		}
		var log string
		want := url.Values{"taskInstanceId": {strconv.Itoa(t.ID)}, "skipLineNum": {"0"}, "limit": {"1000"}}
		if err := d.api.get(ctx, "/log/detail", want, &log); err != nil {
			return fmt.Errorf("the log of %s: %w", t.Name, err)
		}
		for line := range strings.Lines(log) {
			fmt.Fprintf(d.cfg.Out, "    %s\n", strings.TrimRight(line, "\r\n"))
		}
	}
	return nil
}
