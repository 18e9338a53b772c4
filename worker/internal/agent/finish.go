package agent

import (
	"strings"
	"time"

	"github.com/porpoise-scheduler/porpoise/proto/workerpb"
)

// finishWithout ends an attempt that the supervisor does not end.
func (a *Agent) finishWithout(t *attempt, state workerpb.AttemptState, reason string) {
	t.report.EndUnixMs = time.Now().UnixMilli()
	t.report.ExitCode = -1
	a.finish(t, state, reason)
}

// finish reads the parameters that the log sets and closes the log, beside the
// loop.
func (a *Agent) finish(t *attempt, state workerpb.AttemptState, reason string) {
	t.phase, t.start = finishing, nil
	r := t.snapshot()
	r.State, r.Reason = state, reason
	scan := t.Scan
	a.goWork(func() {
		if scan {
			a.scans <- struct{}{}
			vars, err := a.Logs.Vars(r.GetAttemptId(), a.Scan)
			<-a.scans
			if err != nil {
				a.log.Warn("reading what a log sets", "attempt", r.GetAttemptId(), "error", err)
			}
			r.Vars = vars
		}
		a.Logs.End(r.GetAttemptId(), state == workerpb.AttemptState_ATTEMPT_STATE_SUCCEEDED, endLine(r))
		a.post(func() { a.onFinished(r) })
	})
}

// onFinished remembers the end, frees the slot and reports.
func (a *Agent) onFinished(r *workerpb.Report) {
	t, ok := a.attempts[r.GetAttemptId()]
	if !ok || t.phase == ended {
		return
	}
	r.Epoch = t.Epoch // a later owner may have dispatched it again
	if t.asked && r.GetState() == workerpb.AttemptState_ATTEMPT_STATE_KILLED {
		r.Reason = t.reason
	}
	t.phase, t.report, t.stop = ended, r, nil
	a.note(endRecord, r)
	a.Metrics.Ended(strings.ToLower(strings.TrimPrefix(r.GetState().String(), "ATTEMPT_STATE_")))
	a.after(func(error) {
		a.tell(t)
		a.move(a.book.Release(t.conn))
		t.conn = nil
		a.Dirs.Remove(t.ID)
	})
}
