package agent

import (
	"strings"
	"time"

	"github.com/porpoise-scheduler/porpoise/proto/workerpb"
	"github.com/porpoise-scheduler/porpoise/worker/internal/logs"
)

// finishWithout ends an attempt that the supervisor does not end.
func (a *Agent) finishWithout(t *attempt, state workerpb.AttemptState, reason string) {
	t.report.EndUnixMs = time.Now().UnixMilli()
	t.report.ExitCode = -1
	a.finish(t, state, reason)
}

// finish reads what the log says, beside the loop, and ends the attempt or
// follows the applications that the log names.
func (a *Agent) finish(t *attempt, state workerpb.AttemptState, reason string) {
	t.phase, t.start = finishing, nil
	r := t.snapshot()
	r.State, r.Reason = state, reason
	want := logs.Want{Applications: t.Follow}
	if t.Scan {
		want.SetValue = a.Scan
	}
	a.goWork(func() {
		a.readLog(r, want)
		if r.GetAppLink() != "" && a.Applications != nil {
			a.post(func() { a.beginFollowing(r) })
			return
		}
		a.closeLog(r)
	})
}

// readLog puts what the log says into the report. At most a few logs are read
// at a time.
func (a *Agent) readLog(r *workerpb.Report, want logs.Want) {
	if want.SetValue == nil && !want.Applications {
		return
	}
	a.scans <- struct{}{}
	found, err := a.Logs.Scan(r.GetAttemptId(), want)
	<-a.scans
	if err != nil {
		a.log.Warn("reading what a log says", "attempt", r.GetAttemptId(), "error", err)
	}
	if want.SetValue != nil {
		r.Vars = found.Vars
	}
	r.AppLink = strings.Join(found.Applications, ",")
}

// closeLog writes the last line of the log; then the end is remembered.
func (a *Agent) closeLog(r *workerpb.Report) {
	a.atDisk(func() {
		a.Logs.End(r.GetAttemptId(), r.GetState() == workerpb.AttemptState_ATTEMPT_STATE_SUCCEEDED, endLine(r))
	})
	a.post(func() { a.onFinished(r) })
}

// onFinished remembers the end, frees the slot and reports.
func (a *Agent) onFinished(r *workerpb.Report) {
	t, ok := a.attempts[r.GetAttemptId()]
	if !ok || t.phase == ended {
		return
	}
	r.Epoch = t.Epoch // a later owner may have dispatched it again
	if t.asked && t.phase != following && r.GetState() == workerpb.AttemptState_ATTEMPT_STATE_KILLED {
		r.Reason = t.reason
	}
	t.phase, t.report, t.outcome, t.stop = ended, r, nil, nil
	a.note(endRecord, r)
	a.Metrics.Ended(strings.ToLower(strings.TrimPrefix(r.GetState().String(), "ATTEMPT_STATE_")))
	a.after(func(error) {
		a.tell(t)
		a.move(a.book.Release(t.conn))
		t.conn = nil
		if !t.bare {
			a.Dirs.Remove(t.ID)
		}
	})
}
