package main

import (
	"github.com/porpoise-scheduler/porpoise/pkg/netguard"
	"github.com/porpoise-scheduler/porpoise/pkg/notify"
	"github.com/porpoise-scheduler/porpoise/pkg/task"
	"github.com/porpoise-scheduler/porpoise/pkg/task/kinds"
	"github.com/porpoise-scheduler/porpoise/pkg/task/sql"
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
	return kinds.New(kinds.Options{Guard: o.guard, Python: o.python, Sources: o.sources, Columns: listColumns(o.sources), Mailer: o.mailer})
}
