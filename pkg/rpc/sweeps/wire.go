package sweeps

import (
	"time"

	"github.com/porpoise-scheduler/porpoise/pkg/store"
	"github.com/porpoise-scheduler/porpoise/proto/masterpb"
)

// states are the words of the wire.
var states = map[State]masterpb.SweepState{
	Waiting: masterpb.SweepState_SWEEP_STATE_WAITING,
	Running: masterpb.SweepState_SWEEP_STATE_RUNNING,
	Done:    masterpb.SweepState_SWEEP_STATE_DONE,
	Failed:  masterpb.SweepState_SWEEP_STATE_FAILED,
}

func toState(p masterpb.SweepState) State {
	for s, word := range states {
		if word == p {
			return s
		}
	}
	return ""
}

// ToSweep gives what travels.
func ToSweep(s Sweep) *masterpb.Sweep {
	return &masterpb.Sweep{
		Id: s.ID, DryRun: s.DryRun, State: states[s.State], Error: s.Error, Report: ToReport(s.Report),
		AskedUnixMs: millis(s.Asked), StartedUnixMs: millis(s.Started), EndedUnixMs: millis(s.Ended),
	}
}

// FromSweep is the inverse of ToSweep.
func FromSweep(p *masterpb.Sweep) Sweep {
	return Sweep{
		ID: p.GetId(), DryRun: p.GetDryRun(), State: toState(p.GetState()), Error: p.GetError(), Report: FromReport(p.GetReport()),
		Asked: moment(p.GetAskedUnixMs()), Started: moment(p.GetStartedUnixMs()), Ended: moment(p.GetEndedUnixMs()),
	}
}

// ToReport gives what travels.
func ToReport(r Report) *masterpb.SweepReport {
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

// FromReport is the inverse of ToReport.
func FromReport(p *masterpb.SweepReport) Report {
	r := Report{
		CacheDays: int(p.GetCacheDays()),
		Orphans:   Logs{fromAmount(p.GetOrphansShipped()), fromAmount(p.GetOrphansOnWorkers())},
		Cached:    fromAmount(p.GetCached()),
		Purged:    store.Purged{Alerts: int(p.GetAlerts()), Fires: int(p.GetFires()), Commands: int(p.GetCommands())},
	}
	for _, l := range p.GetLines() {
		r.Policies = append(r.Policies, Line{
			ProjectID: l.GetProjectId(), InstanceDays: int(l.GetInstanceDays()), LogDays: int(l.GetLogDays()),
			Instances: int(l.GetInstances()), Tasks: int(l.GetTasks()), Logs: Logs{fromAmount(l.GetShipped()), fromAmount(l.GetOnWorkers())},
		})
	}
	for _, u := range p.GetUnasked() {
		r.Unasked = append(r.Unasked, Unasked{u.GetPlace(), u.GetReason()})
	}
	return r
}

func toAmount(a Amount) *masterpb.Amount {
	return &masterpb.Amount{Files: int64(a.Files), Bytes: a.Bytes}
}

func fromAmount(p *masterpb.Amount) Amount { return Amount{int(p.GetFiles()), p.GetBytes()} }

// millis keeps "not yet" apart from the year 1970.
func millis(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

func moment(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}
