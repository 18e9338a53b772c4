package agent

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/porpoise-scheduler/porpoise/pkg/task"
	"github.com/porpoise-scheduler/porpoise/proto/workerpb"
)

// Follow bounds the questions about applications.
type Follow struct {
	Every    time.Duration // at first; later up to ten times as seldom
	Patience time.Duration // with a cluster that does not answer
	KillWait time.Duration // for the end of what was killed
}

// follows asks the kind; a kind that panics is not followed.
func follows(kind task.Kind, params json.RawMessage) (yes bool) {
	f, ok := kind.(task.Follower)
	if !ok {
		return false
	}
	defer func() {
		if recover() != nil {
			yes = false
		}
	}()
	return f.Follows(params)
}

// beginFollowing remembers the outcome so far, so that neither a restart of
// the worker nor one during a kill loses it, and follows what the log names.
func (a *Agent) beginFollowing(r *workerpb.Report) {
	t, ok := a.attempts[r.GetAttemptId()]
	if !ok || t.phase != finishing {
		return
	}
	t.followFrom(r)
	if t.asked && r.GetState() == workerpb.AttemptState_ATTEMPT_STATE_SUCCEEDED {
		settle(r, workerpb.AttemptState_ATTEMPT_STATE_KILLED, t.reason)
	}
	a.journal.Add(acceptRecord, t.encode()) // the user was not known at first
	a.note(followRecord, r)
	a.after(func(error) {
		a.tell(t)
		if !a.abandoning {
			a.follow(t)
		}
	})
}

// followFrom makes the attempt one that is followed. To masters it is running.
func (t *attempt) followFrom(outcome *workerpb.Report) {
	t.phase, t.outcome = following, outcome
	t.report.StartUnixMs, t.report.AppLink = outcome.GetStartUnixMs(), outcome.GetAppLink()
	t.report.WorkDir, t.report.LogPath, t.report.Pid = outcome.GetWorkDir(), outcome.GetLogPath(), outcome.GetPid()
}

// follow works beside the loop. When the worker stops meanwhile, the next life
// begins anew, with the outcome as it is known by then.
func (a *Agent) follow(t *attempt) {
	ctx, stop := context.WithCancelCause(a.ctx)
	t.stop = stop
	f := &follower{
		agent: a, entry: t.entry, apps: strings.Split(t.outcome.GetAppLink(), ","),
		outcome: proto.CloneOf(t.outcome), unknown: map[string]int{},
	}
	a.goWork(func() {
		defer stop(nil)
		if f.run(ctx) {
			a.closeLog(f.outcome)
			return
		}
		a.post(func() { t.stop = nil })
	})
}

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
	if f.entry.TimeoutMS <= 0 {
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

// remember makes the outcome survive this life of the worker.
func (f *follower) remember() {
	r := proto.CloneOf(f.outcome)
	f.agent.post(func() {
		if t := f.agent.attempts[r.GetAttemptId()]; t != nil && t.phase == following {
			t.outcome = r
			f.agent.note(followRecord, r)
			f.agent.after(func(error) {})
		}
	})
}

// killAll ends what still runs, and says so in the outcome when that cannot be
// done in time. It is false when the worker stops.
func (f *follower) killAll(ctx context.Context) bool {
	limited, cancel := context.WithTimeout(ctx, f.agent.cfg.Follow.KillWait)
	defer cancel()
	p := newPace(f.agent.cfg.Follow)
	asked := map[string]bool{}
	for {
		var last error
		f.apps, last = f.killEach(limited, asked)
		if len(f.apps) == 0 {
			return true
		}
		if p.wait(limited) {
			continue
		}
		if ctx.Err() != nil {
			return false
		}
		if last == nil {
			last = errors.New("it did not end in time")
		}
		f.outcome.Reason = strings.TrimPrefix(f.outcome.GetReason()+"; ", "; ") +
			fmt.Sprintf("%s may still run: %v", strings.Join(f.apps, ", "), last)
		return true
	}
}

// killEach asks YARN to kill what was not asked for yet, and gives what is not
// over.
func (f *follower) killEach(ctx context.Context, asked map[string]bool) (left []string, last error) {
	for _, id := range f.apps {
		app, err := f.agent.Applications.Application(ctx, f.entry.User, id)
		if errors.Is(err, task.ErrNoApplication) || err == nil && (app.Over || f.isOthers(app)) {
			continue
		}
		left = append(left, id)
		if err == nil && !asked[id] {
			if err = f.agent.Applications.Kill(ctx, f.entry.User, id); err == nil {
				asked[id] = true
				f.note("asked YARN to kill " + id)
			}
		}
		if err != nil {
			last = err
		}
	}
	return left, last
}

// pace waits between questions, longer and longer.
type pace struct {
	every, most time.Duration
	patience    time.Duration
	heard       time.Time
}

func newPace(c Follow) *pace {
	return &pace{every: c.Every, most: 10 * c.Every, patience: c.Patience, heard: time.Now()}
}

func (p *pace) answered() { p.heard = time.Now() }

// lost reports whether nothing was heard for too long.
func (p *pace) lost() bool { return time.Since(p.heard) > p.patience }

// wait is false when ctx ends first.
func (p *pace) wait(ctx context.Context) bool {
	t := time.NewTimer(p.every)
	defer t.Stop()
	p.every = min(p.every*5/4, p.most)
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}
