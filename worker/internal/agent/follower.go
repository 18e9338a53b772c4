package agent

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/porpoise-scheduler/porpoise/pkg/task"
	"github.com/porpoise-scheduler/porpoise/proto/workerpb"
)

// follower follows the applications of one attempt.
type follower struct {
	agent   *Agent
	entry   entry
	apps    []string // that are not known to be over, or others'
	outcome *workerpb.Report
	unknown map[string]int // how often the cluster did not know it, in a row
}

// Bounds of patience with what a cluster does not know, and with its clock.
const (
	unknownMost = 3
	clockSlack  = 5 * time.Minute
	reasonMost  = 1000
)

// run reports whether the outcome is final. An outcome other than success
// leaves nothing running.
func (f *follower) run(ctx context.Context) (final bool) {
	if f.succeeded() {
		f.note("following " + strings.Join(f.apps, ", "))
		if !f.await(ctx) {
			return false
		}
		if f.succeeded() {
			return true
		}
		f.remember()
	}
	return f.killAll(f.agent.ctx)
}

func (f *follower) succeeded() bool {
	return f.outcome.GetState() == workerpb.AttemptState_ATTEMPT_STATE_SUCCEEDED
}

func (f *follower) note(text string) { f.agent.Logs.Note(f.entry.ID, text) }

// await asks until all applications are over, one has failed, or ctx or the
// attempt's time ends. It is false when the worker stops.
func (f *follower) await(ctx context.Context) bool {
	ctx, cancel := f.withDeadline(ctx)
	defer cancel()
	p := newPace(f.agent.cfg.Follow)
	for f.succeeded() && len(f.apps) > 0 {
		err := f.look(ctx)
		switch {
		case ctx.Err() != nil:
			return f.interrupted(ctx)
		case err == nil:
			p.answered()
		case p.lost():
			f.fail(fmt.Sprintf("YARN did not answer for %s: %v", f.agent.cfg.Follow.Patience, err))
			continue
		}
		if f.succeeded() && len(f.apps) > 0 && !p.wait(ctx) {
			return f.interrupted(ctx)
		}
	}
	return true
}

// withDeadline counts an attempt's time limit from its start, as for its
// processes.
func (f *follower) withDeadline(ctx context.Context) (context.Context, context.CancelFunc) {
	if f.entry.TimeoutMS <= 0 || f.began() == 0 {
		return context.WithCancel(ctx)
	}
	return context.WithDeadline(ctx, time.UnixMilli(f.began()+f.entry.TimeoutMS))
}

func (f *follower) began() int64 { return cmp.Or(f.outcome.GetStartUnixMs(), f.entry.AcceptedMS) }

// interrupted settles the outcome by what ended ctx.
func (f *follower) interrupted(ctx context.Context) bool {
	switch cause := context.Cause(ctx); {
	case errors.Is(cause, errKilled):
		settle(f.outcome, workerpb.AttemptState_ATTEMPT_STATE_KILLED, cause.Error())
	case errors.Is(cause, errAlone):
		settle(f.outcome, workerpb.AttemptState_ATTEMPT_STATE_LOST, cause.Error())
	case errors.Is(cause, context.DeadlineExceeded):
		settle(f.outcome, workerpb.AttemptState_ATTEMPT_STATE_FAILED, timedOut(f.entry))
	default:
		return false
	}
	return true
}

// settle changes a report that said success.
func settle(r *workerpb.Report, state workerpb.AttemptState, reason string) {
	r.State, r.Reason, r.ExitCode, r.EndUnixMs = state, reason, -1, time.Now().UnixMilli()
}

func (f *follower) fail(reason string) {
	settle(f.outcome, workerpb.AttemptState_ATTEMPT_STATE_FAILED, reason)
}

// look asks about each application once and drops those that are over. It
// stops at the first failure.
func (f *follower) look(ctx context.Context) error {
	var left []string
	var failure error
	for _, id := range f.apps {
		over, err := f.lookAt(ctx, id)
		if err != nil {
			failure = err
		}
		if !over {
			left = append(left, id)
		}
	}
	f.apps = left
	if failure == nil && len(left) == 0 && f.succeeded() {
		f.outcome.EndUnixMs = time.Now().UnixMilli()
	}
	return failure
}

// lookAt reports whether there is nothing more to await of an application.
func (f *follower) lookAt(ctx context.Context, id string) (over bool, err error) {
	app, err := f.agent.Applications.Application(ctx, f.entry.User, id)
	if errors.Is(err, task.ErrNoApplication) {
		if f.unknown[id]++; f.unknown[id] < unknownMost {
			return false, nil
		}
		f.fail("YARN does not know " + id)
		return true, nil
	}
	if err != nil {
		return false, err
	}
	f.unknown[id] = 0
	switch {
	case f.isOthers(app):
		f.note(id + " began before this attempt, it is left alone")
		return true, nil
	case !app.Over:
		return false, nil
	case app.OK:
		f.note(id + " succeeded")
		return true, nil
	}
	f.fail(endOf(app))
	return true, nil
}

// isOthers tells an application that the log only mentions from one that the
// attempt started.
func (f *follower) isOthers(app task.Application) bool {
	began := time.UnixMilli(f.began())
	return !app.Started.IsZero() && f.began() > 0 && app.Started.Before(began.Add(-clockSlack))
}

func endOf(app task.Application) string {
	reason := strings.ToValidUTF8(app.Reason, "?")
	if len(reason) > reasonMost {
		reason = strings.ToValidUTF8(reason[:reasonMost], "") + "..."
	}
	if reason == "" {
		return fmt.Sprintf("%s ended as %s", app.ID, app.State)
	}
	return fmt.Sprintf("%s ended as %s: %s", app.ID, app.State, reason)
}
