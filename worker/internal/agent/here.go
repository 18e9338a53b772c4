package agent

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime/debug"
	"strings"
	"time"

	"github.com/porpoise-scheduler/porpoise/pkg/task"
	"github.com/porpoise-scheduler/porpoise/proto/workerpb"
	"github.com/porpoise-scheduler/porpoise/worker/internal/workdir"
)

// startedAfter is how long an attempt runs inside the worker before its start
// is told. Most end sooner: then their end tells both, which spares the masters
// as much as the worker.
const startedAfter = 5 * time.Millisecond

// runHere runs an attempt inside the worker, to its end.
func (a *Agent) runHere(ctx context.Context, e entry, as *workerpb.Assignment, kind task.Runner) {
	log := a.Logs.NewWriter(e.ID, a.cfg.LogLimit, func() string { return firstLine(e, as) })
	begun := time.Now()
	started := time.AfterFunc(startedAfter, func() { a.post(func() { a.onStarted(e.ID, begun, 0) }) })
	defer started.Stop()
	if ms := as.GetTimeoutMs(); ms > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, time.Duration(ms)*time.Millisecond)
		defer cancel()
	}
	result := a.runMasked(ctx, e, as, kind, log)
	report := e.newReport(stateOf(ctx, result))
	report.StartUnixMs, report.EndUnixMs = begun.UnixMilli(), time.Now().UnixMilli()
	report.ExitCode, report.Reason = int32(result.ExitCode), result.Reason
	report.Vars, report.AppLink = result.Vars, result.AppLink
	if len(as.GetResources()) > 0 { // else there is none
		report.WorkDir = a.Dirs.Path(e.ID)
	}
	if why := whyOf(ctx, e); why != "" && report.State != workerpb.AttemptState_ATTEMPT_STATE_SUCCEEDED {
		report.Reason = why
	}
	if report.State != workerpb.AttemptState_ATTEMPT_STATE_SUCCEEDED && report.ExitCode == 0 {
		report.ExitCode = -1
	}
	if log.End(report.State == workerpb.AttemptState_ATTEMPT_STATE_SUCCEEDED, func() string { return endLine(report) }) {
		report.LogPath = a.Logs.Path(e.ID)
	}
	a.post(func() { a.onFinished(report) })
}

// stateOf judges by the result and by who stopped it. A kill wins over a
// result that came in the same moment.
func stateOf(ctx context.Context, r task.Result) workerpb.AttemptState {
	cause := context.Cause(ctx)
	switch {
	case errors.Is(cause, errKilled):
		return workerpb.AttemptState_ATTEMPT_STATE_KILLED
	case r.OK:
		return workerpb.AttemptState_ATTEMPT_STATE_SUCCEEDED
	case errors.Is(cause, errAlone), errors.Is(cause, errStopping):
		return workerpb.AttemptState_ATTEMPT_STATE_LOST
	default:
		return workerpb.AttemptState_ATTEMPT_STATE_FAILED
	}
}

func whyOf(ctx context.Context, e entry) string {
	cause := context.Cause(ctx)
	switch {
	case cause == nil:
		return ""
	case errors.Is(cause, context.DeadlineExceeded):
		return timedOut(e)
	default:
		return cause.Error()
	}
}

func timedOut(e entry) string {
	return fmt.Sprintf("timed out after %s", time.Duration(e.TimeoutMS)*time.Millisecond)
}

// runMasked runs the kind so that nothing it says shows a secret.
func (a *Agent) runMasked(ctx context.Context, e entry, as *workerpb.Assignment, kind task.Runner, log io.Writer) task.Result {
	if len(as.GetDataSources()) == 0 {
		return a.runKind(ctx, e, as, kind, log)
	}
	hidden := secrets(as)
	masked := hidden.Writer(log)
	result := a.runKind(ctx, e, as, kind, masked)
	if err := masked.Flush(); err != nil {
		a.log.Warn("writing the end of a log", "attempt", e.ID, "error", err)
	}
	result.Reason, result.AppLink = hidden.Text(result.Reason), hidden.Text(result.AppLink)
	return result
}

// runKind prepares and runs; a panic is a failure of the attempt.
func (a *Agent) runKind(ctx context.Context, e entry, as *workerpb.Assignment, kind task.Runner, log io.Writer) (r task.Result) {
	defer func() {
		if p := recover(); p != nil {
			fmt.Fprintf(log, "panic: %v\n%s", p, debug.Stack())
			r = task.Result{ExitCode: -1, Reason: fmt.Sprintf("the kind %s panicked: %v", e.Kind, p)}
		}
	}()
	at, err := describe(as, a.Dirs.Path(e.ID))
	if err == nil && len(as.GetResources()) > 0 {
		if _, err = a.Dirs.Make(e.ID, workdir.Owner{UID: -1}); err == nil {
			err = a.Dirs.Fill(ctx, e.ID, workdir.Owner{UID: -1}, nil, resources(as.GetResources()))
		}
	}
	if err != nil {
		return task.Result{ExitCode: -1, Reason: err.Error()}
	}
	return kind.Run(ctx, at, log)
}

// endLine is the last line of a log.
func endLine(r *workerpb.Report) string {
	word := strings.ToLower(strings.TrimPrefix(r.GetState().String(), "ATTEMPT_STATE_"))
	line := fmt.Sprintf("attempt %d %s, exit status %d", r.GetAttemptId(), word, r.GetExitCode())
	if r.GetReason() != "" {
		line += ": " + r.GetReason()
	}
	return line
}
