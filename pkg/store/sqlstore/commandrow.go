package sqlstore

import (
	"fmt"
	"time"

	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// commandColumns are the columns of commands, waiting or failed, after the id.
var commandColumns = []string{"shard", "type", "project_id", "definition_id", "instance_id", "task_id", "schedule_id", "user_id",
	"create_time", "start_options", "backfill", "child", "dedup_key", "attempts", "last_error", "backfill_id"}

// Ways to write commands.
var (
	// newCommands get their ids from the database.
	newCommands = table{name: "command", columns: append(append([]string{}, commandColumns...), "acts_on"), clash: refuse}
	// keyedCommands leave a waiting command with the same key alone.
	keyedCommands  = table{name: "command", columns: commandColumns, clash: keep}
	failedCommands = table{name: "failed_command", columns: append(append([]string{"id"}, commandColumns...), "fail_time")}
)

// encodeCommand writes commandColumns.
func encodeCommand(r *rowset, c *workflow.Command) {
	r.int(int64(c.Shard))
	r.text(string(c.Type))
	r.int(c.ProjectID)
	r.int(c.DefinitionID)
	r.int(c.InstanceID)
	r.int(c.TaskID)
	r.int(c.ScheduleID)
	r.int(c.UserID)
	r.time(c.CreateTime)
	r.text(encodeJSON(c.Start))
	if c.Backfill == nil {
		r.text("")
	} else {
		r.text(encodeJSON(c.Backfill))
	}
	if c.Child == nil {
		r.text("")
	} else {
		r.text(encodeJSON(c.Child))
	}
	if c.Key == "" {
		r.null()
	} else {
		r.text(c.Key)
	}
	r.int(int64(c.Attempts))
	r.text(c.LastError)
	r.int(c.BackfillID)
}

// encodeNewCommand writes the columns of newCommands.
func encodeNewCommand(r *rowset, c *workflow.Command) {
	encodeCommand(r, c)
	r.known(actsOn(c))
}

// encodeSentCommand writes the columns of keyedCommands.
func encodeSentCommand(now time.Time) func(*rowset, *workflow.Command) {
	return func(r *rowset, c *workflow.Command) {
		sent := *c
		if sent.CreateTime.IsZero() {
			sent.CreateTime = now
		}
		encodeCommand(r, &sent)
	}
}

// encodeFailedCommand writes the columns of failedCommands.
func encodeFailedCommand(now time.Time) func(*rowset, *workflow.Command) {
	return func(r *rowset, c *workflow.Command) {
		r.int(c.ID)
		encodeCommand(r, c)
		r.time(now)
	}
}

// actsOn is the instance that only one waiting request may act on, or 0. News
// of a child is no request; an edit may wait together with what follows it.
func actsOn(c *workflow.Command) int64 {
	if c.Type == workflow.CmdChildEnded || c.Type == workflow.CmdEdit {
		return 0
	}
	return c.InstanceID
}

// commandSelect are the columns scanCommand reads.
var commandSelect = columns("c", append([]string{"id"}, commandColumns...))

func scanCommand(row scanner) (workflow.Command, error) { return scanCommandAnd(row) }

// scanPending reads a command and its workflow's current version.
func scanPending(row scanner) (workflow.Command, error) {
	var current int
	c, err := scanCommandAnd(row, &current)
	c.Current = current
	return c, err
}

// scanCommandAnd reads commandSelect, and then more.
func scanCommandAnd(row scanner, more ...any) (c workflow.Command, err error) {
	var start, backfill, child string
	var key *string
	var created moment
	dest := []any{&c.ID, &c.Shard, &c.Type, &c.ProjectID, &c.DefinitionID, &c.InstanceID, &c.TaskID, &c.ScheduleID, &c.UserID,
		&created, &start, &backfill, &child, &key, &c.Attempts, &c.LastError, &c.BackfillID}
	if err := row.Scan(append(dest, more...)...); err != nil {
		return c, err
	}
	c.CreateTime = created.Time
	if key != nil {
		c.Key = *key
	}
	if err := decodeJSON(start, &c.Start); err != nil {
		return c, fmt.Errorf("command %d, start options: %w", c.ID, err)
	}
	if err := decodeJSON(backfill, &c.Backfill); err != nil {
		return c, fmt.Errorf("command %d, backfill: %w", c.ID, err)
	}
	if err := decodeJSON(child, &c.Child); err != nil {
		return c, fmt.Errorf("command %d, child notice: %w", c.ID, err)
	}
	return c, nil
}
