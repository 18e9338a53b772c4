package main

import (
	"github.com/porpoise-scheduler/porpoise/pkg/netguard"
	"github.com/porpoise-scheduler/porpoise/pkg/task"
	"github.com/porpoise-scheduler/porpoise/pkg/task/http"
	"github.com/porpoise-scheduler/porpoise/pkg/task/noop"
	"github.com/porpoise-scheduler/porpoise/pkg/task/python"
	"github.com/porpoise-scheduler/porpoise/pkg/task/shell"
)

// taskKinds are the kinds this build knows. The guard says where HTTP tasks
// may go; an API server, which only checks parameters, needs no say in that.
func taskKinds(guard netguard.Config) *task.Registry {
	return task.NewRegistry(
		shell.New(),
		python.New(""),
		http.New(netguard.New(guard)),
		noop.New(),
	)
}
