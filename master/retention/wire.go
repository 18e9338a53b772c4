package retention

import (
	"time"

	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
	"github.com/porpoise-scheduler/porpoise/proto/masterpb"
)

// states are the words of the wire.
var states = map[workflow.SweepState]masterpb.SweepState{
	workflow.SweepWaiting: masterpb.SweepState_SWEEP_STATE_WAITING,
	workflow.SweepRunning: masterpb.SweepState_SWEEP_STATE_RUNNING,
	workflow.SweepDone:    masterpb.SweepState_SWEEP_STATE_DONE,
	workflow.SweepFailed:  masterpb.SweepState_SWEEP_STATE_FAILED,
}

// toSweep gives what travels.
func toSweep(s workflow.Sweep) *masterpb.Sweep {
	return &masterpb.Sweep{
		Id: s.ID, DryRun: s.DryRun, State: states[s.State], Error: s.Error, Report: toReport(s.Report),
		AskedUnixMs: millis(s.Asked), StartedUnixMs: millis(s.Started), EndedUnixMs: millis(s.Ended),
	}
}

// toReport gives what travels.
func toReport(r workflow.SweepReport) *masterpb.SweepReport {
	p := &masterpb.SweepReport{
		CacheDays:      int32(r.CacheDays),
		OrphansShipped: toAmount(r.Orphans.Shipped), OrphansOnWorkers: toAmount(r.Orphans.OnWorkers), Cached: toAmount(r.Cached),
		Alerts: int64(r.Alerts), Fires: int64(r.Fires), Commands: int64(r.Commands),
	}
	for _, l := range r.Policies {
		p.Lines = append(p.Lines, &masterpb.SweepLine{
			ProjectId: l.ProjectID, InstanceDays: int32(l.InstanceDays), LogDays: int32(l.LogDays),
			Instances: int64(l.Instances), Tasks: int64(l.Tasks), Shipped: toAmount(l.Shipped), OnWorkers: toAmount(l.OnWorkers),
		})
	}
	for _, u := range r.Unasked {
		p.Unasked = append(p.Unasked, &masterpb.Unasked{Place: u.Place, Reason: u.Reason})
	}
	return p
}

func toAmount(a workflow.Amount) *masterpb.Amount {
	return &masterpb.Amount{Files: int64(a.Files), Bytes: a.Bytes}
}

// millis keeps "not yet" apart from the year 1970.
func millis(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}
