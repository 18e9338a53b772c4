package datax

import (
	"encoding/json"
	"strings"

	"github.com/porpoise-scheduler/porpoise/pkg/task/params"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// parameters of a task.
type parameters struct {
	custom         bool
	json           string
	xms, xmx       int64 // GiB
	source, target end
	sql, table     string
	pre, post      []string
	bytes, records int64 // per second; 0: as fast as it goes
}

// end is a data source that data comes from or goes to.
type end struct {
	kind workflow.DataSourceType
	id   int64
}

// maxHeap bounds what a task may ask for, in GiB.
const maxHeap = 1024

func read(raw json.RawMessage) (*parameters, error) {
	o := params.Read(raw)
	p := &parameters{custom: o.Int("customConfig", 0) != 0, xms: o.Int("xms", 1), xmx: o.Int("xmx", 1)}
	o.Resources("resourceList")
	if o.Err() != nil {
		return nil, o.Err()
	}
	if p.xms < 1 || p.xms > maxHeap {
		return nil, o.Invalid("xms", "must be between 1 and %d", maxHeap)
	}
	if p.xmx < p.xms || p.xmx > maxHeap {
		return nil, o.Invalid("xmx", "must be between xms and %d", maxHeap)
	}
	if p.custom {
		return p, p.readCustom(o)
	}
	return p, p.readTemplate(o)
}

// readCustom checks a job only when its parameters cannot change what it is.
func (p *parameters) readCustom(o *params.Object) error {
	p.json = strings.ReplaceAll(o.Text("json"), "\r\n", "\n")
	switch {
	case o.Err() != nil:
		return o.Err()
	case strings.TrimSpace(p.json) == "":
		return o.Invalid("json", "must not be blank")
	case !strings.Contains(p.json, "${") && !strings.Contains(p.json, "$[") && !json.Valid([]byte(p.json)):
		return o.Invalid("json", "is not JSON")
	}
	return nil
}

func (p *parameters) readTemplate(o *params.Object) error {
	p.sql, p.table = strings.TrimRight(strings.TrimSpace(o.Text("sql")), "; \n\t"), strings.TrimSpace(o.Text("targetTable"))
	p.pre, p.post = o.Texts("preStatements"), o.Texts("postStatements")
	p.bytes, p.records = o.Int("jobSpeedByte", 0), o.Int("jobSpeedRecord", 0)
	for _, e := range []struct {
		kind, id string
		to       *end
	}{{"dsType", "dataSource", &p.source}, {"dtType", "dataTarget", &p.target}} {
		e.to.kind, e.to.id = workflow.DataSourceType(strings.ToUpper(o.Text(e.kind))), o.Int(e.id, 0)
		if o.Err() != nil {
			return o.Err()
		}
		if plugin(e.to.kind) == "" {
			return o.Invalid(e.kind, "must be one of MYSQL, POSTGRESQL, ORACLE, SQLSERVER, CLICKHOUSE, TIDB, DORIS, STARROCKS")
		}
		if e.to.id <= 0 {
			return o.Invalid(e.id, "is required")
		}
	}
	switch {
	case o.Err() != nil:
		return o.Err()
	case p.sql == "":
		return o.Invalid("sql", "must not be blank")
	case p.table == "":
		return o.Invalid("targetTable", "must not be blank")
	case p.bytes < 0:
		return o.Invalid("jobSpeedByte", "must not be negative")
	case p.records < 0:
		return o.Invalid("jobSpeedRecord", "must not be negative")
	}
	return nil
}

// plugin gives what DataX calls a type; empty when it has none.
func plugin(t workflow.DataSourceType) string {
	switch t {
	case workflow.MySQL, workflow.TiDB, workflow.Doris, workflow.StarRocks:
		return "mysql"
	case workflow.PostgreSQL:
		return "postgresql"
	case workflow.Oracle:
		return "oracle"
	case workflow.SQLServer:
		return "sqlserver"
	case workflow.ClickHouse:
		return "clickhouse"
	default:
		return ""
	}
}
