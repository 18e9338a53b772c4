package noop

import (
	"encoding/json"
	"testing"

	"github.com/porpoise-scheduler/porpoise/pkg/task/tasktest"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

func TestSuite(t *testing.T) {
	tasktest.Run(t, New(), tasktest.Cases{
		ID:       workflow.KindNoop,
		Invalid:  map[string]string{`[]`: "params", `{`: "params"},
		Succeeds: []tasktest.Attempt{{}, {Params: json.RawMessage(`{"anything":1}`)}},
	})
}
