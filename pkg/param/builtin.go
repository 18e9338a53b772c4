package param

import (
	"strconv"
	"time"
)

// Context is what the built-in parameters of an attempt are made of. Zero ids
// and empty names are left out.
type Context struct {
	Base time.Time
	// BizDateIsBase makes system.biz.date the day of the base time itself, and
	// the two others one day later: the rule of one dialect's backfills.
	BizDateIsBase  bool
	InstanceID     int64
	TaskID         int64
	ProjectID      int64
	DefinitionID   int64
	DefinitionCode int64
	ProjectCode    int64
	TaskCode       int64
	WorkflowName   string
	TaskName       string
	ProjectName    string
}

// Names of the built-ins that carry the base time and its zone to where a
// task's own texts are expanded.
const (
	BaseTime = "system.base.time" // RFC 3339
	BaseZone = "system.base.zone" // IANA name
)

// Builtins gives the built-in parameters. The result is the caller's; the
// worker adds system.task.execute.path, which only it knows.
func Builtins(c Context) map[string]string {
	current := c.Base
	if c.BizDateIsBase {
		current = current.AddDate(0, 0, 1)
	}
	stamp := current.Format("20060102150405")
	values := make(map[string]string, 16)
	values["system.biz.date"] = current.AddDate(0, 0, -1).Format("20060102")
	values["system.biz.curdate"] = stamp[:len("20060102")]
	values["system.datetime"] = stamp
	values[BaseTime] = c.Base.Format(time.RFC3339Nano)
	values[BaseZone] = c.Base.Location().String()
	putID(values, "system.task.instance.id", c.TaskID)
	putID(values, "system.task.definition.code", c.TaskCode)
	putID(values, "system.workflow.instance.id", c.InstanceID)
	putID(values, "system.workflow.definition.id", c.DefinitionID)
	putID(values, "system.workflow.definition.code", c.DefinitionCode)
	putID(values, "system.project.id", c.ProjectID)
	putID(values, "system.project.code", c.ProjectCode)
	putName(values, "system.task.definition.name", c.TaskName)
	putName(values, "system.workflow.definition.name", c.WorkflowName)
	putName(values, "system.project.name", c.ProjectName)
	return values
}

func putID(values map[string]string, name string, id int64) {
	if id != 0 {
		values[name] = strconv.FormatInt(id, 10)
	}
}

func putName(values map[string]string, name, value string) {
	if value != "" {
		values[name] = value
	}
}
