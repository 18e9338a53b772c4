// Package kinds has all the kinds of task that this build knows.
package kinds

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

// Options say how the kinds run attempts. Who only reads parameters needs none.
type Options struct {
	Guard  netguard.Config // where HTTP tasks may go
	Python string          // the interpreter; empty: python3

	Sources sql.Sources   // data sources, for SQL and procedures
	Columns datax.Lister  // of tables in data sources, for DataX
	Mailer  notify.Mailer // for results of queries
}

// New makes the registry of the kinds.
func New(o Options) *task.Registry {
	return task.NewRegistry(
		shell.New(),
		python.New(o.Python),
		http.New(netguard.New(o.Guard)),
		noop.New(),
		sql.New(o.Sources, o.Mailer),
		procedure.New(o.Sources),
		spark.New(),
		flink.New(),
		mr.New(),
		datax.New(o.Python, o.Columns),
		sqoop.New(),
	)
}
