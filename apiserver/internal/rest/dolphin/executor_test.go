package dolphin_test

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/porpoise-scheduler/porpoise/apiserver/internal/rest/dolphin/status"
	"github.com/porpoise-scheduler/porpoise/pkg/coord"
	"github.com/porpoise-scheduler/porpoise/pkg/store"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

const startPath = "/executors/start-process-instance"

// start starts a definition with more parameters than the required ones.
func (f *flows) start(id int64, more ...string) reply {
	f.t.Helper()
	params := append([]string{"processDefinitionId", fmt.Sprint(id), "failureStrategy", "CONTINUE", "warningType", "NONE",
		"warningGroupId", "0"}, more...)
	return f.do(http.MethodPost, startPath, params...)
}

func TestStartLeavesACommand(t *testing.T) {
	f := newFlows(t)
	id := f.online("flow", twoTasks)
	r := f.start(id, "processInstancePriority", "HIGH", "workerGroup", "big", "startNodeList", "a, b", "taskDependType", "TASK_PRE",
		"receivers", "a@example.org", "timeout", "86400", "execType", "START_PROCESS")
	r.is(t, http.StatusOK, status.Success)
	if string(r.Data) != "null" {
		t.Errorf("data is %s", r.Data)
	}
	c := f.onePending()
	want := workflow.StartOptions{
		FailureStrategy: workflow.FailContinue, StartTasks: []string{"a", "b"}, Scope: workflow.ScopePre, WarningType: workflow.WarnNone,
		Receivers: "a@example.org", Priority: workflow.High, WorkerGroup: "big", Zone: "Asia/Shanghai", TenantCode: "etl", Queue: "root.q",
	}
	if d := cmp.Diff(want, c.Start); d != "" {
		t.Error(d)
	}
	shard := store.ShardOf(id, store.Shards)
	if c.Type != workflow.CmdStart || c.Shard != shard || c.DefinitionID != id || c.ProjectID != f.proj.ID || c.UserID != f.owner.ID || c.Backfill != nil {
		t.Errorf("command is %+v", c)
	}
	if !slices.Contains(f.nudge.seen(), shard) {
		t.Errorf("shard %d was not nudged: %v", shard, f.nudge.seen())
	}
	got := into[struct{ Receivers, ReceiversCc *string }](t, f.do(http.MethodGet, "/executors/get-receiver-cc", "processDefinitionId", fmt.Sprint(id)))
	if got.Receivers == nil || *got.Receivers != "a@example.org" || got.ReceiversCc != nil {
		t.Errorf("receivers are %+v", got)
	}
}

// TestStartChecksInOrder breaks one thing after the other, the last check first.
func TestStartChecksInOrder(t *testing.T) {
	f := newFlows(t)
	id := f.online("flow", oneTask)
	refused := func(want status.Constant, more ...string) {
		t.Helper()
		f.start(id, more...).is(t, http.StatusOK, want)
		if list := f.pending(); len(list) != 0 {
			t.Fatalf("a command was left: %+v", list)
		}
	}
	refused(status.RequestParamsNotValidError, "startNodeList", "a,gone")
	refused(status.RequestParamsNotValidError, "execType", "PAUSE")

	f.owner.TenantID = 0
	must(t, f.store.Users.Update(t.Context(), &f.owner))
	f.release(id, 1) // so that what was remembered is forgotten
	refused(status.TenantNotSuitable)
	f.release(id, 0)
	refused(status.ProcessDefineNotRelease)
	known := id
	id = 99999
	refused(status.ProcessDefineNotExist)
	id = known
	stranger := f.user("zoe", workflow.RoleGeneral)
	f.asUser = token(f.token(stranger.ID))
	refused(status.UserNoOperationProjectPerm)
	refused(status.TaskTimeoutParamsError, "timeout", "0")
	refused(status.TaskTimeoutParamsError, "timeout", "-1")
	refused(status.TaskTimeoutParamsError, "timeout", "86401")
}

func TestStartNeedsAMaster(t *testing.T) {
	f := newFlows(t)
	id := f.online("flow", oneTask)
	members, err := f.coord.Members(t.Context(), coord.Master)
	must(t, err)
	if len(members) != 1 {
		t.Fatalf("masters: %+v", members)
	}
	f.uc.Coord = noMasters{f.coord}
	f.start(id).is(t, http.StatusOK, status.MasterNotExists)
	if len(f.pending()) != 0 {
		t.Error("a command was left")
	}
}

// noMasters is a registry without masters.
type noMasters struct{ coord.Coordinator }

func TestStartParameters(t *testing.T) {
	f := newFlows(t)
	id := f.online("flow", oneTask)
	all := []string{"processDefinitionId", fmt.Sprint(id), "failureStrategy", "END", "warningType", "ALL", "warningGroupId", "1"}
	for i := 0; i < len(all); i += 2 {
		left := slices.Concat(all[:i], all[i+2:])
		f.do(http.MethodPost, startPath, left...).is(t, http.StatusOK, status.StartProcessInstanceError)
	}
	for _, bad := range [][]string{{"failureStrategy", "end"}, {"taskDependType", "TASK"}, {"execType", "START"}, {"runMode", "X"},
		{"processInstancePriority", "TOP"}, {"timeout", "soon"}} {
		f.do(http.MethodPost, startPath, append(slices.Clone(bad), all...)...).is(t, http.StatusOK, status.StartProcessInstanceError)
	}
	if len(f.pending()) != 0 {
		t.Error("a command was left")
	}
	f.do(http.MethodPost, startPath, append(all, "timeout", "", "execType", "", "runMode", "", "taskDependType", " TASK_POST ")...).
		is(t, http.StatusOK, status.Success)
	if c := f.onePending(); c.Start.Priority != workflow.Medium || c.Start.WorkerGroup != "default" || c.Start.FailureStrategy != workflow.FailEnd ||
		c.Start.WarningType != workflow.WarnAll || c.Start.Scope != workflow.ScopePost {
		t.Errorf("command is %+v", c)
	}
}

// TestOfflineIsSeenAtOnce starts right before and right after: what starts
// remember must not outlive a change.
func TestOfflineIsSeenAtOnce(t *testing.T) {
	f := newFlows(t)
	id := f.online("flow", oneTask)
	f.start(id).is(t, 200, status.Success)
	f.release(id, 0)
	f.start(id).is(t, 200, status.ProcessDefineNotRelease)
	f.do(http.MethodPost, "/process/update", "id", fmt.Sprint(id), "name", "flow", "processDefinitionJson", twoTasks).is(t, 200, status.Success)
	f.release(id, 1)
	f.start(id, "startNodeList", "b").is(t, 200, status.Success)
}

func TestStartOfAnotherProjectIsNotRemembered(t *testing.T) {
	f := newFlows(t)
	id := f.online("flow", oneTask)
	f.start(id).is(t, 200, status.Success)
	f.project("mine", f.owner.ID)
	f.call(f.asUser, http.MethodPost, "/projects/mine"+startPath, "processDefinitionId", fmt.Sprint(id), "failureStrategy", "END",
		"warningType", "NONE", "warningGroupId", "0").is(t, 200, status.ProcessDefineNotExist)
}

func TestUsersQueueGoesFirst(t *testing.T) {
	f := newFlows(t)
	id := f.online("flow", oneTask)
	boss := workflow.User{Name: "boss", Role: workflow.RoleAdmin, Queue: "root.boss"}
	must(t, f.store.Users.Create(t.Context(), &boss))
	f.asUser = token(f.token(boss.ID))
	f.start(id).is(t, 200, status.Success)
	if c := f.onePending(); c.Start.Queue != "root.boss" || c.Start.TenantCode != "etl" {
		t.Errorf("runs as %s in %s", c.Start.TenantCode, c.Start.Queue)
	}
}

var shanghai = time.FixedZone("", 8*60*60)

func midnight(day int) time.Time { return time.Date(2021, 10, day, 0, 0, 0, 0, shanghai) }

func TestBackfill(t *testing.T) {
	f := newFlows(t)
	id := f.online("flow", oneTask)
	backfill := func(dates, mode string) workflow.Command {
		t.Helper()
		f.start(id, "execType", "COMPLEMENT_DATA", "scheduleTime", dates, "runMode", mode).is(t, 200, status.Success)
		c := f.onePending()
		f.obey()
		if c.Type != workflow.CmdBackfill || !c.Start.BizDateIsBase || c.Backfill == nil {
			t.Fatalf("command is %+v", c)
		}
		return c
	}
	check := func(c workflow.Command, width int, want ...time.Time) {
		t.Helper()
		same := func(a, b time.Time) bool { return a.Equal(b) }
		if !slices.EqualFunc(c.Backfill.Dates, want, same) || c.Backfill.Width != width {
			t.Errorf("plan is %+v, want %v", c.Backfill, want)
		}
	}
	days := "2021-10-01 00:00:00,2021-10-05 00:00:00"
	check(backfill(days, ""), 1, midnight(2), midnight(3), midnight(4))
	check(backfill(days, "RUN_MODE_SERIAL"), 1, midnight(2), midnight(3), midnight(4))
	check(backfill(days, "RUN_MODE_PARALLEL"), 0, midnight(2), midnight(3), midnight(4))

	// An offline schedule does not count, an online one gives the dates.
	sched := f.schedule(id, `"0 0 6,18 * * ? *"`)
	check(backfill("2021-10-01 12:00:00,2021-10-02 12:00:00", ""), 1, midnight(2))
	f.do(http.MethodPost, "/schedule/online", "id", fmt.Sprint(sched)).is(t, 200, status.Success)
	f.obey()
	check(backfill("2021-10-01 06:00:00,2021-10-02 18:00:00", ""), 1, midnight(1).Add(18*time.Hour), midnight(2).Add(6*time.Hour))

	for _, bad := range []string{"", "2021-10-01 00:00:00", "x,y", "2021-10-05 00:00:00,2021-10-01 00:00:00", "2021-10-01,2021-10-02"} {
		f.start(id, "execType", "COMPLEMENT_DATA", "scheduleTime", bad).is(t, 200, status.StartProcessInstanceError)
	}
	f.start(id, "execType", "COMPLEMENT_DATA", "scheduleTime", "2021-10-01 00:00:00,2021-10-01 00:00:01").is(t, 200, status.RequestParamsNotValidError)
	f.uc.Limits.BackfillDates = 3
	f.start(id, "execType", "COMPLEMENT_DATA", "scheduleTime", "2021-01-01 00:00:00,2021-10-01 00:00:01").is(t, 200, status.RequestParamsNotValidError)
	if len(f.pending()) != 0 {
		t.Error("a command was left")
	}
}

// allowed says from which states of 1.3.9 an instance takes which executeType.
var allowed = map[string][]workflow.State{
	"PAUSE":                      {workflow.Running},
	"STOP":                       {workflow.Running, workflow.SerialWait},
	"REPEAT_RUNNING":             {workflow.Succeeded, workflow.Failed, workflow.Paused, workflow.Stopped},
	"START_FAILURE_TASK_PROCESS": {workflow.Failed},
	"RECOVER_SUSPENDED_PROCESS":  {workflow.Paused, workflow.Stopped},
	"NONE":                       nil,
}

func TestExecuteInEveryState(t *testing.T) {
	commands := map[string]workflow.CommandType{
		"PAUSE": workflow.CmdPause, "STOP": workflow.CmdStop, "REPEAT_RUNNING": workflow.CmdRerun,
		"START_FAILURE_TASK_PROCESS": workflow.CmdRecoverFailed, "RECOVER_SUSPENDED_PROCESS": workflow.CmdRecoverPaused,
	}
	f := newFlows(t)
	id := f.online("flow", oneTask)
	for kind, from := range allowed {
		for _, s := range workflow.InstanceStates {
			in, _ := f.run(workflow.Instance{DefinitionID: id, State: s})
			r := f.do(http.MethodPost, "/executors/execute", "processInstanceId", fmt.Sprint(in.ID), "executeType", kind)
			if !slices.Contains(from, s) {
				r.is(t, 200, status.ProcessInstanceStateOperationError)
				contains(t, r.Msg, in.Name, kind)
				if len(f.pending()) != 0 {
					t.Fatalf("%s from %s left a command", kind, s)
				}
				continue
			}
			r.is(t, 200, status.Success)
			if c := f.onePending(); c.Type != commands[kind] || c.InstanceID != in.ID || c.Shard != in.Shard || c.UserID != f.owner.ID {
				t.Errorf("%s from %s left %+v", kind, s, c)
			}
			f.do(http.MethodPost, "/executors/execute", "processInstanceId", fmt.Sprint(in.ID), "executeType", kind).
				is(t, 200, status.ProcessInstanceExecutingCommand)
			f.obey()
		}
	}
	r := f.do(http.MethodPost, "/executors/execute", "processInstanceId", "99999", "executeType", "STOP")
	r.is(t, 200, status.ProcessInstanceNotExist)
	in, _ := f.run(workflow.Instance{DefinitionID: id, State: workflow.Lost})
	r = f.do(http.MethodPost, "/executors/execute", "processInstanceId", fmt.Sprint(in.ID), "executeType", "STOP")
	contains(t, r.Msg, "NEED_FAULT_TOLERANCE")
	f.do(http.MethodPost, "/executors/execute", "processInstanceId", fmt.Sprint(in.ID), "executeType", "EXECUTE_TASK").
		is(t, 200, status.ExecuteProcessInstanceError)
}

func TestRecoveryNeedsAnOnlineDefinition(t *testing.T) {
	f := newFlows(t)
	id := f.online("flow", oneTask)
	failed, _ := f.run(workflow.Instance{DefinitionID: id, State: workflow.Failed})
	running, _ := f.run(workflow.Instance{DefinitionID: id, State: workflow.Running})
	f.release(id, 0)
	execute := func(in workflow.Instance, kind string) reply {
		return f.do(http.MethodPost, "/executors/execute", "processInstanceId", fmt.Sprint(in.ID), "executeType", kind)
	}
	execute(failed, "REPEAT_RUNNING").is(t, 200, status.ProcessDefineNotRelease)
	execute(running, "STOP").is(t, 200, status.Success)
	f.obey()
	f.release(id, 1)
	f.owner.TenantID = 0
	must(t, f.store.Users.Update(t.Context(), &f.owner))
	execute(failed, "REPEAT_RUNNING").is(t, 200, status.TenantNotSuitable)
	if len(f.pending()) != 0 {
		t.Error("a command was left")
	}
}

func TestStartCheckAndReceivers(t *testing.T) {
	f := newFlows(t)
	inner := f.save("inner", oneTask)
	outer := f.online("outer", fmt.Sprintf(`{"tasks":[{"type":"SUB_PROCESS","name":"s","params":{"processDefinitionId":%d}}]}`, inner))
	check := func() reply {
		return f.do(http.MethodPost, "/executors/start-check", "processDefinitionId", fmt.Sprint(outer))
	}
	r := check()
	r.is(t, 200, status.ProcessDefineNotRelease)
	contains(t, r.Msg, "inner")
	f.release(inner, 1)
	check().is(t, 200, status.Success)

	in, _ := f.run(workflow.Instance{DefinitionID: outer, State: workflow.Succeeded})
	f.do(http.MethodGet, "/executors/get-receiver-cc", "processInstanceId", fmt.Sprint(in.ID)).is(t, 200, status.Success)
	own := status.QueryRecipientsAndCopyersByProcessDefinitionError
	f.do(http.MethodGet, "/executors/get-receiver-cc").is(t, 200, own)
	f.do(http.MethodGet, "/executors/get-receiver-cc", "processInstanceId", "99999").is(t, 200, own)
	f.do(http.MethodGet, "/executors/get-receiver-cc", "processDefinitionId", "99999").is(t, 200, own)
}

// Members gives no masters.
func (n noMasters) Members(ctx context.Context, role coord.Role) ([]coord.Member, error) {
	if role == coord.Master {
		return nil, nil
	}
	return n.Coordinator.Members(ctx, role)
}
