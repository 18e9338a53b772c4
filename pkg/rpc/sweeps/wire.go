package sweeps

import (
	"time"

	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
	"github.com/porpoise-scheduler/porpoise/proto/masterpb"
)

// states are what the words of the wire mean.
var states = map[masterpb.SweepState]workflow.SweepState{
	masterpb.SweepState_SWEEP_STATE_WAITING: workflow.SweepWaiting,
	masterpb.SweepState_SWEEP_STATE_RUNNING: workflow.SweepRunning,
	masterpb.SweepState_SWEEP_STATE_DONE:    workflow.SweepDone,
	masterpb.SweepState_SWEEP_STATE_FAILED:  workflow.SweepFailed,
}

func fromSweep(p *masterpb.Sweep) workflow.Sweep {
	return workflow.Sweep{
		ID: p.GetId(), DryRun: p.GetDryRun(), State: states[p.GetState()], Error: p.GetError(), Report: fromReport(p.GetReport()),
		Asked: moment(p.GetAskedUnixMs()), Started: moment(p.GetStartedUnixMs()), Ended: moment(p.GetEndedUnixMs()),
	}
}

func fromReport(p *masterpb.SweepReport) workflow.SweepReport {
	r := workflow.SweepReport{
		CacheDays: int(p.GetCacheDays()),
		Orphans:   workflow.SweptLogs{Shipped: fromAmount(p.GetOrphansShipped()), OnWorkers: fromAmount(p.GetOrphansOnWorkers())},
		Cached:    fromAmount(p.GetCached()),
		Purged:    workflow.Purged{Alerts: int(p.GetAlerts()), Fires: int(p.GetFires()), Commands: int(p.GetCommands())},
	}
	for _, l := range p.GetLines() {
		r.Policies = append(r.Policies, workflow.SweepLine{
			ProjectID: l.GetProjectId(), InstanceDays: int(l.GetInstanceDays()), LogDays: int(l.GetLogDays()),
			Instances: int(l.GetInstances()), Tasks: int(l.GetTasks()), SweptLogs: workflow.SweptLogs{Shipped: fromAmount(l.GetShipped()), OnWorkers: fromAmount(l.GetOnWorkers())},
		})
	}
	for _, u := range p.GetUnasked() {
		r.Unasked = append(r.Unasked, workflow.Unasked{Place: u.GetPlace(), Reason: u.GetReason()})
	}
	return r
}

func fromAmount(p *masterpb.Amount) workflow.Amount {
	return workflow.Amount{Files: int(p.GetFiles()), Bytes: p.GetBytes()}
}

// moment reads a time; 0 is "not yet".
func moment(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}
