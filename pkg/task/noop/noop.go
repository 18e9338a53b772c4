// Package noop is the task kind that succeeds at once, without a process. It
// joins branches and measures what a task costs by itself.
package noop

import (
	"context"
	"encoding/json"
	"io"

	"github.com/porpoise-scheduler/porpoise/pkg/task"
	"github.com/porpoise-scheduler/porpoise/pkg/task/params"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// Kind is the plug-in. It has no parameters.
type Kind struct{}

var _ task.Runner = Kind{}

// New makes the kind.
func New() Kind { return Kind{} }

// ID names the kind.
func (Kind) ID() workflow.Kind { return workflow.KindNoop }

// Validate accepts any object.
func (Kind) Validate(raw json.RawMessage) error { return params.Read(raw).Err() }

// Run succeeds, unless the attempt is over already.
func (Kind) Run(ctx context.Context, _ task.Attempt, _ io.Writer) task.Result {
	if err := ctx.Err(); err != nil {
		return task.Result{ExitCode: 1, Reason: err.Error()}
	}
	return task.Result{OK: true}
}
