package agent

import (
	"context"
	"encoding/json"
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
