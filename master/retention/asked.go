package retention

import (
	"context"
	"time"

	"google.golang.org/grpc"

	"github.com/porpoise-scheduler/porpoise/pkg/rpc"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
	"github.com/porpoise-scheduler/porpoise/proto/masterpb"
)

// job is a sweep that somebody asked for.
type job struct {
	sweep workflow.Sweep // all but its report
	run   *run           // nil: it has not begun
}

// Start asks for a sweep, or a count, by the goroutine of Run. Reason:
// "retention.running".
func (s *Sweeper) Start(dryRun bool) (workflow.Sweep, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	id := int64(1)
	if s.last != nil {
		if !s.last.sweep.State.Ended() {
			return workflow.Sweep{}, workflow.Errorf(workflow.Conflict, "retention.running",
				"a sweep that was asked for at %s is under way; wait for its end", s.last.sweep.Asked.Format(time.RFC3339))
		}
		id = s.last.sweep.ID + 1
	}
	s.last = &job{sweep: workflow.Sweep{ID: id, DryRun: dryRun, State: workflow.SweepWaiting, Asked: s.deps.Now()}}
	s.asked <- s.last // there is room: the one before was taken
	return s.last.sweep, nil
}

// Last gives the sweep that was asked for last. Reason: "retention.no_sweep".
func (s *Sweeper) Last() (workflow.Sweep, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.last == nil {
		return workflow.Sweep{}, workflow.Errorf(workflow.NotFound, "retention.no_sweep", "no sweep was asked for since this master runs")
	}
	v := s.last.sweep
	if s.last.run != nil {
		v.Report = s.last.run.view()
	}
	return v, nil
}

// obey carries out what was asked for.
func (s *Sweeper) obey(ctx context.Context, j *job) {
	r, err := s.begin(ctx, !j.sweep.DryRun, nil)
	if err == nil {
		s.locked(func() { j.run, j.sweep.State, j.sweep.Started = r, workflow.SweepRunning, s.deps.Now() })
		var report workflow.SweepReport
		if report, err = r.all(ctx, true); !j.sweep.DryRun {
			s.tell(report, err)
		}
	}
	s.locked(func() {
		j.sweep.State, j.sweep.Ended = workflow.SweepDone, s.deps.Now()
		if err != nil {
			j.sweep.State, j.sweep.Error = workflow.SweepFailed, err.Error()
		}
	})
}

func (s *Sweeper) locked(do func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	do()
}

// service lets API servers ask, over gRPC.
type service struct {
	masterpb.UnimplementedRetentionServer
	s *Sweeper
}

// Register serves what API servers ask.
func (s *Sweeper) Register(r grpc.ServiceRegistrar) {
	masterpb.RegisterRetentionServer(r, &service{s: s})
}

// StartSweep implements the service.
func (v *service) StartSweep(_ context.Context, r *masterpb.StartSweepRequest) (*masterpb.Sweep, error) {
	started, err := v.s.Start(r.GetDryRun())
	if err != nil {
		return nil, rpc.ToStatus(err)
	}
	return toSweep(started), nil
}

// LastSweep implements the service.
func (v *service) LastSweep(context.Context, *masterpb.LastSweepRequest) (*masterpb.Sweep, error) {
	last, err := v.s.Last()
	if err != nil {
		return nil, rpc.ToStatus(err)
	}
	return toSweep(last), nil
}

// Measure implements the service. It leaves the caller time to hear the answer.
func (v *service) Measure(ctx context.Context, r *masterpb.MeasureRequest) (*masterpb.SweepReport, error) {
	if deadline, ok := ctx.Deadline(); ok {
		sooner, cancel := context.WithDeadline(ctx, deadline.Add(-time.Until(deadline)/4))
		defer cancel()
		ctx = sooner
	}
	report, err := v.s.Measure(ctx, workflow.Retention{ProjectID: r.GetProjectId(), LogDays: int(r.GetLogDays()), CacheDays: int(r.GetCacheDays())})
	if err != nil {
		return nil, rpc.ToStatus(err)
	}
	return toReport(report), nil
}
