package main

import (
	"github.com/porpoise-scheduler/porpoise/pkg/netguard"
	"github.com/porpoise-scheduler/porpoise/pkg/notify"
	"github.com/porpoise-scheduler/porpoise/pkg/task"
	"github.com/porpoise-scheduler/porpoise/pkg/task/datax"
	"github.com/porpoise-scheduler/porpoise/pkg/task/flink"
	"github.com/porpoise-scheduler/porpoise/pkg/task/http"
	"github.com/porpoise-scheduler/porpoise/pkg/task/mr"
	"github.com/porpoise-scheduler/porpoise/pkg/task/noop"
	"github.com/porpoise-scheduler/porpoise/pkg/task/procedure"
	"github.com/porpoise-scheduler/porpoise/pkg/task/python"
	"github.com/porpoise-scheduler/porpoise/pkg/task/shell"
	"github.com/porpoise-scheduler/porpoise/pkg/task/spark"
	"github.com/porpoise-scheduler/porpoise/pkg/task/sql"
	"github.com/porpoise-scheduler/porpoise/pkg/task/sqoop"
)

// kindOptions say how the kinds run attempts. API servers and masters, which
// only read parameters, need no say in that.
type kindOptions struct {
	guard  netguard.Config // where HTTP tasks may go
	python string          // the interpreter; empty: python3

	sources sql.Sources   // data sources, for SQL, procedures and DataX
	mailer  notify.Mailer // for results of queries
}

// taskKinds are the kinds this build knows.
func taskKinds(o kindOptions) *task.Registry {
	return task.NewRegistry(
		shell.New(),
		python.New(o.python),
		http.New(netguard.New(o.guard)),
		noop.New(),
		sql.New(o.sources, o.mailer),
		procedure.New(o.sources),
		spark.New(),
		flink.New(),
		mr.New(),
		datax.New(o.python, listColumns(o.sources)),
		sqoop.New(),
	)
}
