package native_test

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"reflect"
	"sync"
	"testing"

	"google.golang.org/grpc"

	"github.com/porpoise-scheduler/porpoise/apiserver/internal/rest/native"
	"github.com/porpoise-scheduler/porpoise/pkg/rpc"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
	"github.com/porpoise-scheduler/porpoise/proto/masterpb"
)

// sweeping is a master's part in retention: it finds the same whatever it is
// asked, and ends when told.
type sweeping struct {
	masterpb.UnimplementedRetentionServer
	report *masterpb.SweepReport

	mu   sync.Mutex
	last *masterpb.Sweep
	try  *masterpb.MeasureRequest
}

func (s *sweeping) Measure(_ context.Context, r *masterpb.MeasureRequest) (*masterpb.SweepReport, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.try = r
	return s.report, nil
}

func (s *sweeping) StartSweep(_ context.Context, r *masterpb.StartSweepRequest) (*masterpb.Sweep, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.last != nil && s.last.GetState() == masterpb.SweepState_SWEEP_STATE_RUNNING {
		return nil, rpc.ToStatus(workflow.Errorf(workflow.Conflict, "retention.running", "it is under way"))
	}
	s.last = &masterpb.Sweep{Id: 7, DryRun: r.GetDryRun(), State: masterpb.SweepState_SWEEP_STATE_RUNNING, AskedUnixMs: 1000}
	return s.last, nil
}

func (s *sweeping) LastSweep(context.Context, *masterpb.LastSweepRequest) (*masterpb.Sweep, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.last == nil {
		return nil, rpc.ToStatus(workflow.Errorf(workflow.NotFound, "retention.no_sweep", "there was none"))
	}
	s.last = &masterpb.Sweep{Id: 7, DryRun: s.last.GetDryRun(), State: masterpb.SweepState_SWEEP_STATE_DONE, EndedUnixMs: 2000, Report: s.report}
	return s.last, nil
}

// withSweeping makes it the owner of the first shard.
func (w *world) withSweeping(s *sweeping) {
	w.t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(w.t, err)
	server := grpc.NewServer()
	masterpb.RegisterRetentionServer(server, s)
	var served sync.WaitGroup
	served.Go(func() { _ = server.Serve(l) })
	w.t.Cleanup(func() { server.Stop(); served.Wait() })
	_, err = w.store.Scheduling.Take(w.t.Context(), 0, 0, "m", l.Addr().String())
	must(w.t, err)
}

func TestRetention(t *testing.T) {
	w := newWorld(t)
	p := made[native.Project](w, w.admin, "/projects", native.ProjectInput{Name: "etl"})
	days := func(n int) *int { return &n }
	w.call(w.admin, "PUT", "/retention", map[string]int{"instanceDays": 30, "logDays": 7, "cacheDays": 14}).want(http.StatusOK)
	var rows native.List[native.Retention]
	w.call(w.admin, "PUT", "/retention", native.RetentionInput{InstanceDays: 31, LogDays: 8}).want(http.StatusOK).into(&rows)
	if r := rows.Items[0]; r.InstanceDays != 31 || r.LogDays != 8 || r.CacheDays != 14 {
		t.Errorf("what was not said did not stay: %+v", r)
	}
	w.call(w.admin, "PUT", fmt.Sprint("/retention/", p.ID), native.RetentionInput{InstanceDays: -1, LogDays: 0}).want(http.StatusOK).into(&rows)
	if len(rows.Items) != 2 || rows.Items[0].InstanceDays != 31 || rows.Items[1].LogDays != 0 || rows.Items[1].InstanceDays != -1 {
		t.Errorf("rows are %+v", rows.Items)
	}
	located(t, w.call(w.admin, "PUT", "/retention", native.RetentionInput{InstanceDays: -1}).problem(http.StatusUnprocessableEntity, "param.invalid"), "instanceDays")
	located(t, w.call(w.admin, "POST", "/retention:dry-run", native.RetentionTry{ProjectID: p.ID, CommonRetention: native.CommonRetention{CacheDays: days(3)}}).
		problem(http.StatusUnprocessableEntity, "param.invalid"), "cacheDays")
	w.call(w.admin, "DELETE", fmt.Sprint("/retention/", p.ID), nil).want(http.StatusNoContent)
	if rows := got[native.List[native.Retention]](w, w.admin, "/retention"); len(rows.Items) != 1 {
		t.Errorf("rows are %+v", rows.Items)
	}
}

// found is what a master tells of the places it looked through.
func found(project, inherits int64) *masterpb.SweepReport {
	amount := func(n int64) *masterpb.Amount { return &masterpb.Amount{Files: n, Bytes: 10 * n} }
	return &masterpb.SweepReport{
		CacheDays: 14, Cached: amount(3), OrphansShipped: amount(1), OrphansOnWorkers: amount(2), Alerts: 5,
		Lines: []*masterpb.SweepLine{
			{ProjectId: project, LogDays: 7, Shipped: amount(100), OnWorkers: amount(200), Instances: 4},
			{ProjectId: inherits, LogDays: 9, Shipped: amount(1000), OnWorkers: amount(2000)},
			{LogDays: 9, Shipped: amount(10), OnWorkers: amount(20)},
		},
		Unasked: []*masterpb.Unasked{{Place: "w9", Reason: "it is away"}},
	}
}

func TestRetentionTries(t *testing.T) {
	w := newWorld(t)
	p := made[native.Project](w, w.admin, "/projects", native.ProjectInput{Name: "own"})
	q := made[native.Project](w, w.admin, "/projects", native.ProjectInput{Name: "inherits"})
	w.call(w.admin, "PUT", fmt.Sprint("/retention/", p.ID), native.RetentionInput{InstanceDays: 1, LogDays: 7}).want(http.StatusOK)
	w.call(w.admin, "PUT", fmt.Sprint("/retention/", q.ID), native.RetentionInput{InstanceDays: 1, LogDays: -1}).want(http.StatusOK)
	w.call(w.admin, "PUT", "/retention", map[string]int{"instanceDays": 30, "logDays": 9, "cacheDays": 14}).want(http.StatusOK)
	try := func(in native.RetentionTry) (e native.Expiry) {
		w.call(w.admin, "POST", "/retention:dry-run", in).want(http.StatusOK).into(&e)
		return e
	}
	if e := try(native.RetentionTry{}); len(e.Unasked) != 1 || e.Unasked[0].Place != "master" || e.Unasked[0].Reason == "" {
		t.Errorf("without a master %+v would go", e)
	}
	s := &sweeping{report: found(p.ID, q.ID)}
	w.withSweeping(s)
	away := []native.Unasked{{Place: "w9", Reason: "it is away"}}
	all := native.Expiry{ShippedLogs: native.Amount{Files: 1011, Bytes: 10110}, WorkerLogs: native.Amount{Files: 2022, Bytes: 20220},
		Cached: native.Amount{Files: 3, Bytes: 30}, Unasked: away}
	if e := try(native.RetentionTry{CommonRetention: native.CommonRetention{RetentionInput: native.RetentionInput{InstanceDays: 1, LogDays: 2}}}); !reflect.DeepEqual(e, all) {
		t.Errorf("%+v would go of all", e)
	}
	if s.try.GetProjectId() != 0 || s.try.GetLogDays() != 2 || s.try.GetCacheDays() != 14 {
		t.Errorf("the master was asked for %v", s.try)
	}
	one := native.Expiry{ShippedLogs: native.Amount{Files: 100, Bytes: 1000}, WorkerLogs: native.Amount{Files: 200, Bytes: 2000}, Unasked: away}
	if e := try(native.RetentionTry{ProjectID: p.ID}); !reflect.DeepEqual(e, one) {
		t.Errorf("%+v would go of one project", e)
	}
}

func TestSweep(t *testing.T) {
	w := newWorld(t)
	w.call(w.admin, "POST", "/retention:run", native.SweepInput{}).problem(http.StatusServiceUnavailable, "retention.no_master")
	w.withSweeping(&sweeping{report: found(4, 5)})
	w.call(w.admin, "GET", "/retention/sweep", nil).problem(http.StatusNotFound, "retention.no_sweep")
	var begun native.Sweep
	w.call(w.admin, "POST", "/retention:run", native.SweepInput{DryRun: true}).want(http.StatusAccepted).into(&begun)
	if begun.ID != 7 || !begun.DryRun || begun.State != "RUNNING" || begun.Asked == nil || begun.Ended != nil {
		t.Errorf("began %+v", begun)
	}
	w.call(w.admin, "POST", "/retention:run", native.SweepInput{}).problem(http.StatusConflict, "retention.running")
	s := got[native.Sweep](w, w.admin, "/retention/sweep")
	if s.State != "DONE" || s.Ended == nil || len(s.Items) != 3 || s.Items[0].Instances != 4 || s.Items[0].WorkerLogs.Bytes != 2000 ||
		s.OrphanShippedLogs.Files != 1 || s.OrphanWorkerLogs.Files != 2 || s.Cached.Files != 3 || s.CacheDays != 14 || s.Alerts != 5 || len(s.Unasked) != 1 {
		t.Errorf("it did %+v", s)
	}
	other := w.as(w.user("other", workflow.RoleGeneral))
	w.call(other, "POST", "/retention:run", native.SweepInput{}).problem(http.StatusForbidden, "user.forbidden")
	w.call(other, "GET", "/retention/sweep", nil).problem(http.StatusForbidden, "user.forbidden")
}
