package sqlstore

import (
	"fmt"

	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// tasks is how task instances are written.
var tasks = table{
	name: "task_instance",
	columns: []string{"id", "instance_id", "project_id", "definition_id", "task", "task_code", "kind", "state", "reason", "attempt",
		"retry", "is_current", "priority", "worker_group", "worker_id", "host", "epoch", "deadline", "submit_time", "start_time",
		"end_time", "exit_code", "pid", "app_link", "log_path", "work_dir", "vars", "branch", "child_id", "dependency", "warned",
		"forced", "update_time"},
	fixed: []string{"instance_id", "project_id", "definition_id", "task", "task_code", "kind"},
	sparse: []string{"retry", "start_time", "exit_code", "pid", "app_link", "log_path", "work_dir", "vars",
		"branch", "child_id", "dependency", "forced"},
}

func encodeTask(r *rowset, t *workflow.TaskInstance) {
	r.int(t.ID)
	r.int(t.InstanceID)
	r.int(t.ProjectID)
	r.int(t.DefinitionID)
	r.text(t.Task)
	r.int(t.TaskCode)
	r.text(string(t.Kind))
	r.text(string(t.State))
	r.text(t.Reason)
	r.int(int64(t.Attempt))
	r.int(int64(t.Retry))
	r.bool(t.Current)
	r.int(int64(t.Priority))
	r.text(t.WorkerGroup)
	r.text(t.WorkerID)
	r.text(t.Host)
	r.int(t.Epoch)
	r.time(t.Deadline)
	r.time(t.SubmitTime)
	r.time(t.StartTime)
	r.time(t.EndTime)
	r.int(int64(t.ExitCode))
	r.int(int64(t.PID))
	r.text(t.AppLink)
	r.text(t.LogPath)
	r.text(t.WorkDir)
	r.text(encodeMap(t.Vars))
	r.text(encodeList(t.Branch))
	r.int(t.ChildID)
	r.text(t.Dependency)
	r.bool(t.Warned)
	r.bool(t.Force)
	r.time(t.UpdateTime)
}

// taskColumns are read in this order.
var taskColumns = columns("t", tasks.columns)

// scanTask reads taskColumns, and then more.
func scanTask(row scanner, more ...any) (t workflow.TaskInstance, err error) {
	var vars, branch string
	var deadline, submitted, started, ended, updated moment
	dest := []any{&t.ID, &t.InstanceID, &t.ProjectID, &t.DefinitionID, &t.Task, &t.TaskCode, &t.Kind, &t.State, &t.Reason, &t.Attempt,
		&t.Retry, &t.Current, &t.Priority, &t.WorkerGroup, &t.WorkerID, &t.Host, &t.Epoch, &deadline, &submitted, &started,
		&ended, &t.ExitCode, &t.PID, &t.AppLink, &t.LogPath, &t.WorkDir, &vars, &branch, &t.ChildID, &t.Dependency, &t.Warned,
		&t.Force, &updated}
	if err := row.Scan(append(dest, more...)...); err != nil {
		return t, err
	}
	t.Deadline, t.SubmitTime, t.StartTime, t.EndTime, t.UpdateTime = deadline.Time, submitted.Time, started.Time, ended.Time, updated.Time
	if err := decodeJSON(vars, &t.Vars); err != nil {
		return t, fmt.Errorf("task instance %d, variables: %w", t.ID, err)
	}
	if err := decodeJSON(branch, &t.Branch); err != nil {
		return t, fmt.Errorf("task instance %d, branch: %w", t.ID, err)
	}
	return t, nil
}

// encodeList is encodeJSON with nothing for nothing. An empty list that is
// there (a branch without successors) stays one.
func encodeList(list []string) string {
	if list == nil {
		return ""
	}
	return encodeJSON(list)
}
