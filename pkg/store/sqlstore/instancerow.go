package sqlstore

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// scanner is a row to read.
type scanner interface{ Scan(dest ...any) error }

// instances is how instances are written.
var instances = table{
	name: "instance",
	columns: []string{"id", "shard", "project_id", "definition_id", "definition_version", "name", "state", "reason", "policy",
		"command", "history", "start_options", "tenant_code", "worker_group", "user_id", "schedule_id", "backfill_id",
		"schedule_time", "command_time", "start_time", "end_time", "run_times", "parent_id", "parent_task_id", "recovered",
		"timeout_warned", "vars", "master_id", "failures", "update_time"},
	fixed: []string{"shard", "project_id", "definition_id", "parent_task_id"},
}

func encodeInstance(r *rowset, i *workflow.Instance) {
	r.int(i.ID)
	r.int(int64(i.Shard))
	r.int(i.ProjectID)
	r.int(i.DefinitionID)
	r.int(int64(i.DefinitionVersion))
	r.text(i.Name)
	r.text(string(i.State))
	r.text(i.Reason)
	r.text(string(i.Policy))
	r.text(string(i.Command))
	r.text(joinCommands(i.History))
	r.text(encodeJSON(i.Start))
	r.text(clip(i.Start.TenantCode))
	r.text(clip(i.Start.WorkerGroup))
	r.int(i.UserID)
	r.int(i.ScheduleID)
	r.int(i.BackfillID)
	r.time(i.ScheduleTime)
	r.time(i.CommandTime)
	r.time(i.StartTime)
	r.time(i.EndTime)
	r.int(int64(i.RunTimes))
	r.int(i.ParentID)
	r.known(i.ParentTaskID)
	r.bool(i.Recovered)
	r.bool(i.TimeoutWarned)
	r.text(encodeMap(i.Vars))
	r.text(i.MasterID)
	r.int(int64(i.Failures))
	r.time(i.UpdateTime)
}

// instanceColumns are read in this order; tenant_code and worker_group exist
// to be counted by and are not read.
var instanceColumns = columns("i", instances.columns, "tenant_code", "worker_group")

// columns lists the columns of a table under an alias, but for some.
func columns(alias string, all []string, but ...string) string {
	var list []string
	for _, c := range all {
		if !slices.Contains(but, c) {
			list = append(list, alias+"."+c)
		}
	}
	return strings.Join(list, ", ")
}

// scanInstance reads instanceColumns, and then more.
func scanInstance(row scanner, more ...any) (i workflow.Instance, err error) {
	var history, start, vars string
	var scheduled, commanded, started, ended, updated moment
	var parentTask *int64
	dest := []any{&i.ID, &i.Shard, &i.ProjectID, &i.DefinitionID, &i.DefinitionVersion, &i.Name, &i.State, &i.Reason, &i.Policy,
		&i.Command, &history, &start, &i.UserID, &i.ScheduleID, &i.BackfillID,
		&scheduled, &commanded, &started, &ended, &i.RunTimes, &i.ParentID, &parentTask, &i.Recovered,
		&i.TimeoutWarned, &vars, &i.MasterID, &i.Failures, &updated}
	if err := row.Scan(append(dest, more...)...); err != nil {
		return i, err
	}
	i.ScheduleTime, i.CommandTime, i.StartTime, i.EndTime, i.UpdateTime = scheduled.Time, commanded.Time, started.Time, ended.Time, updated.Time
	if parentTask != nil {
		i.ParentTaskID = *parentTask
	}
	i.History = splitCommands(history)
	if err := decodeJSON(start, &i.Start); err != nil {
		return i, fmt.Errorf("instance %d, start options: %w", i.ID, err)
	}
	if err := decodeJSON(vars, &i.Vars); err != nil {
		return i, fmt.Errorf("instance %d, variables: %w", i.ID, err)
	}
	return i, nil
}

func joinCommands(list []workflow.CommandType) string {
	if len(list) == 1 {
		return string(list[0])
	}
	words := make([]string, len(list))
	for i, c := range list {
		words[i] = string(c)
	}
	return strings.Join(words, ",")
}

func splitCommands(s string) []workflow.CommandType {
	if s == "" {
		return nil
	}
	var list []workflow.CommandType
	for word := range strings.SplitSeq(s, ",") {
		list = append(list, workflow.CommandType(word))
	}
	return list
}

// encodeJSON gives a value of ours as JSON; such values cannot fail to encode.
func encodeJSON(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("encoding %T: %v", v, err))
	}
	return string(b)
}

// encodeMap is encodeJSON with nothing for nothing.
func encodeMap(m map[string]string) string {
	if len(m) == 0 {
		return ""
	}
	return encodeJSON(m)
}

// decodeJSON reads what encodeJSON wrote; an empty text leaves v as it is.
func decodeJSON(s string, v any) error {
	if s == "" {
		return nil
	}
	return json.Unmarshal([]byte(s), v)
}

// nameLength is how many characters names may have.
const nameLength = 255

// clip shortens a text to what a name column holds.
func clip(s string) string {
	if len(s) <= nameLength || utf8.RuneCountInString(s) <= nameLength {
		return s
	}
	return string([]rune(s)[:nameLength])
}
