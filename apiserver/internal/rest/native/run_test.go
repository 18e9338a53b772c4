package native_test

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/porpoise-scheduler/porpoise/apiserver/internal/rest/native"
	"github.com/porpoise-scheduler/porpoise/apiserver/internal/usecase"
	"github.com/porpoise-scheduler/porpoise/pkg/store"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

func (p *plant) runs() string { return fmt.Sprintf("/projects/plant/workflows/%d/runs", p.flow.ID) }

func TestRunLeavesACommand(t *testing.T) {
	p := newPlant(t)
	at := noon.Add(-24 * time.Hour)
	var s native.Started
	p.call(p.operator, "POST", p.runs(), native.RunInput{ScheduleTime: &at, RunOptions: native.RunOptions{
		Params: map[string]string{"day": "x"}, StartTasks: []string{"load"}, TaskDepend: workflow.ScopeOnly, FailureStrategy: workflow.FailEnd,
		Priority: "LOWEST", WorkerGroup: "big", Warning: &native.Warning{Type: workflow.WarnFailure, GroupID: 1}, DryRun: true,
	}}).want(http.StatusAccepted).into(&s)
	c := p.onlyPending()
	if c.ID != s.CommandID || s.InstanceID != nil || c.Type != workflow.CmdStart || c.DefinitionID != p.flow.ID || c.ProjectID != p.proj.ID {
		t.Errorf("command %+v, answered %+v", c, s)
	}
	want := workflow.StartOptions{
		Params: map[string]string{"day": "x"}, StartTasks: []string{"load"}, Scope: workflow.ScopeOnly, FailureStrategy: workflow.FailEnd,
		Priority: workflow.Lowest, WorkerGroup: "big", WarningType: workflow.WarnFailure, WarningGroupID: 1, DryRun: true, Zone: "UTC",
		ScheduleTime: at, TenantCode: "etl", Queue: "default",
	}
	if d := cmp.Diff(want, c.Start); d != "" {
		t.Error(d)
	}
	p.call(p.developer, "POST", "/projects/plant/workflows/flow/runs", native.RunInput{RunOptions: native.RunOptions{Tenant: "bi"}}).want(http.StatusAccepted)
	if c := p.onlyPending(); c.Start.TenantCode != "bi" || c.Start.Priority != workflow.Medium || c.Start.FailureStrategy != workflow.FailContinue {
		t.Errorf("options by default: %+v", c.Start)
	}
}

func TestRunIsRefused(t *testing.T) {
	p := newPlant(t)
	run := func(who as, in any) reply { t.Helper(); return p.call(who, "POST", p.runs(), in) }
	run(p.viewer, native.RunInput{}).problem(http.StatusForbidden, "user.forbidden")
	run(p.stranger, native.RunInput{}).problem(http.StatusForbidden, "project.forbidden")
	run(nil, native.RunInput{}).want(http.StatusUnauthorized)
	run(p.operator, native.RunInput{RunOptions: native.RunOptions{StartTasks: []string{"gone"}}}).problem(http.StatusUnprocessableEntity, "start.tasks")
	run(p.operator, native.RunInput{RunOptions: native.RunOptions{Tenant: "bi"}}).problem(http.StatusForbidden, "tenant.forbidden")
	run(p.developer, native.RunInput{RunOptions: native.RunOptions{Tenant: "gone"}}).problem(http.StatusUnprocessableEntity, "tenant.unsuitable")
	run(p.operator, map[string]any{"priority": "SOON"}).want(http.StatusUnprocessableEntity)
	p.call(p.operator, "POST", p.runs()+"?wait=60s", native.RunInput{}).want(http.StatusUnprocessableEntity)
	p.call(p.operator, "POST", "/projects/plant/workflows/999/runs", native.RunInput{}).problem(http.StatusNotFound, "definition.not_found")
	if list := p.pending(); len(list) > 0 {
		t.Errorf("refusals left %+v", list)
	}
}

// TestRunWaits starts an instance as a master would while the caller waits.
func TestRunWaits(t *testing.T) {
	p := newPlant(t)
	done := make(chan reply, 1)
	go func() { done <- p.call(p.operator, "POST", p.runs()+"?wait=10s", native.RunInput{}) }()
	var c workflow.Command
	for c.ID == 0 {
		if list := p.pending(); len(list) > 0 {
			c = list[0]
		}
	}
	other, ours := p.instance(1, workflow.Running, noon), p.instance(2, workflow.Running, noon)
	ours.Start.CommandID = c.ID
	p.write(store.Batch{Instances: []workflow.Instance{ours, other}, Commands: []int64{c.ID}})
	var s native.Started
	r := <-done
	r.want(http.StatusAccepted).into(&s)
	if s.InstanceID == nil || *s.InstanceID != 2 {
		t.Errorf("answered %s", r.Body)
	}
}

func TestInstanceLists(t *testing.T) {
	p := newPlant(t)
	var b store.Batch
	for i := range int64(7) {
		state := workflow.Succeeded
		if i == 3 {
			state = workflow.Failed
		}
		b.Instances = append(b.Instances, p.instance(i+1, state, noon.Add(time.Duration(i)*time.Hour)))
	}
	b.Tasks = []workflow.TaskInstance{p.attempt(1, 4, "extract", workflow.Succeeded), p.attempt(2, 4, "load", workflow.Failed)}
	p.write(b)
	list := func(who as, path string) (ids []int64, first native.Instance) {
		t.Helper()
		for cursor, n := "", 0; ; n++ {
			var f native.Feed[native.Instance]
			p.call(who, "GET", path+"&limit=2&cursor="+cursor, nil).want(http.StatusOK).into(&f)
			for _, i := range f.Items {
				if len(ids) == 0 {
					first = i
				}
				ids = append(ids, i.ID)
			}
			if cursor = f.Next; cursor == "" || n > 20 {
				return ids, first
			}
		}
	}
	from := url.QueryEscape(noon.Add(2 * time.Hour).Format(time.RFC3339))
	for path, want := range map[string][]int64{
		"/projects/plant/instances?":                                                      {7, 6, 5, 4, 3, 2, 1},
		"/instances?":                                                                     {7, 6, 5, 4, 3, 2, 1},
		"/instances?project=plant&state=FAILED":                                           {4},
		"/projects/plant/instances?state=FAILED&state=RUNNING":                            {4},
		"/projects/plant/instances?search=1-5":                                            {5},
		"/projects/plant/instances?user=owner&from=" + from:                               {7, 6, 5, 4, 3},
		"/projects/plant/instances?user=nobody":                                           nil,
		fmt.Sprintf("/projects/plant/instances?workflow=%d&from=%s", p.flow.ID, from):     {7, 6, 5, 4, 3},
		fmt.Sprintf("/projects/%d/instances?to=%s", p.proj.ID, from):                      {3, 2, 1},
		fmt.Sprintf("/projects/plant/instances?workflow=%d&state=FAILED", p.flow.ID+1000): nil,
	} {
		if got, _ := list(p.viewer, path); !slices.Equal(got, want) {
			t.Errorf("%s gives %v, want %v", path, got, want)
		}
	}
	if got, _ := list(p.stranger, "/instances?"); got != nil {
		t.Errorf("a stranger sees %v", got)
	}
	if got, _ := list(p.admin, "/instances?from="+from); len(got) != 5 {
		t.Errorf("the admin sees %v", got)
	}
	_, i := list(p.operator, "/projects/plant/instances?state=FAILED")
	if i.Workflow != "flow" || i.ProjectName != "plant" || i.User != "owner" || i.Priority != "HIGH" || i.Tenant != "etl" || *i.DurationMS != 60_000 ||
		i.Tasks != (native.TaskCounts{Total: 3, Success: 1, Failure: 1}) || i.ParentID != nil {
		t.Errorf("instance is %+v", i)
	}
	if !slices.Equal(i.Actions, []usecase.Action{usecase.ActRerun, usecase.ActRerunFailed}) {
		t.Errorf("an operator may %v", i.Actions)
	}
	if _, i := list(p.viewer, "/instances?"); len(i.Actions) > 0 {
		t.Errorf("a viewer may %v", i.Actions)
	}
	p.call(p.viewer, "GET", "/instances?state=BLUE", nil).problem(http.StatusUnprocessableEntity, "state.unknown")
	p.call(p.viewer, "GET", "/instances?cursor=blue", nil).problem(http.StatusUnprocessableEntity, "cursor.invalid")
	p.call(p.stranger, "GET", "/instances?project=plant", nil).problem(http.StatusForbidden, "project.forbidden")
	p.call(p.stranger, "GET", "/projects/plant/instances", nil).problem(http.StatusForbidden, "project.forbidden")
}

func TestInstanceInFull(t *testing.T) {
	p := newPlant(t)
	in := p.instance(1, workflow.Running, noon)
	in.Start.Params = map[string]string{"who": "ann"}
	old, now := p.attempt(1, 1, "extract", workflow.Failed), p.attempt(2, 1, "extract", workflow.Submitted)
	old.Current, old.Vars, now.Reason = false, map[string]string{"n": "1"}, "no worker of the group big has room"
	now.Attempt = 2
	p.write(store.Batch{Instances: []workflow.Instance{in}, Tasks: []workflow.TaskInstance{old, now}})

	var d native.InstanceDetail
	p.call(p.viewer, "GET", "/projects/plant/instances/1", nil).want(http.StatusOK).into(&d)
	if len(d.Graph.Nodes) != 3 || *d.Graph.Nodes[0].X != 10 || d.Graph.Nodes[1].X != nil || !d.Graph.Nodes[2].Disabled ||
		!slices.Equal(d.Graph.Edges, [][2]string{{"extract", "load"}, {"load", "report"}}) {
		t.Errorf("graph is %+v", d.Graph)
	}
	if len(d.TaskInstances) != 1 || d.TaskInstances[0].ID != 2 || d.TaskInstances[0].Worker != "w1:1234" {
		t.Errorf("attempts are %+v", d.TaskInstances)
	}
	params := map[string]native.InstanceVar{}
	for _, v := range d.Params {
		params[v.Name] = v
	}
	if params["day"] != (native.InstanceVar{Name: "day", Value: "20260228", From: "GLOBAL", Source: "$[yyyyMMdd-1]"}) ||
		params["who"].From != "START" || params["system.biz.date"] != (native.InstanceVar{Name: "system.biz.date", Value: "20260228", From: "BUILT_IN"}) {
		t.Errorf("parameters are %+v", d.Params)
	}
	want := []native.Waiting{{Task: "extract", Why: now.Reason}, {Task: "load", Why: "waits for extract"}, {Task: "report", Why: "waits for load"}}
	if !slices.Equal(d.Waiting, want) {
		t.Errorf("waits for %+v", d.Waiting)
	}
	var all native.Feed[native.TaskInstance]
	p.call(p.viewer, "GET", "/projects/plant/instances/1/tasks?all=true", nil).want(http.StatusOK).into(&all)
	if len(all.Items) != 2 || all.Items[0].Current || all.Items[0].Vars["n"] != "1" {
		t.Errorf("all attempts: %+v", all.Items)
	}
	var one native.TaskInstance
	p.call(p.viewer, "GET", "/projects/plant/tasks/1", nil).want(http.StatusOK).into(&one)
	if one.InstanceName != in.Name || one.State != workflow.Failed {
		t.Errorf("attempt is %+v", one)
	}
	p.call(p.viewer, "GET", "/projects/plant/instances/9", nil).problem(http.StatusNotFound, "instance.not_found")
	p.call(p.viewer, "GET", "/projects/plant/tasks/9", nil).problem(http.StatusNotFound, "task.not_found")
	other := workflow.Project{Name: "other", UserID: p.proj.UserID}
	must(t, p.store.Projects.Create(t.Context(), &other))
	p.call(p.admin, "GET", "/projects/other/instances/1", nil).problem(http.StatusNotFound, "instance.not_found")
	p.call(p.admin, "GET", "/projects/other/tasks/1", nil).problem(http.StatusNotFound, "task.not_found")
}

func TestTaskLists(t *testing.T) {
	p := newPlant(t)
	a, b, c := p.attempt(1, 1, "extract", workflow.Succeeded), p.attempt(2, 1, "load", workflow.Failed), p.attempt(3, 1, "load", workflow.Running)
	b.Current, c.Host = false, "w2:1"
	a.StartTime, b.StartTime, c.StartTime = noon, noon.Add(time.Hour), noon.Add(2*time.Hour)
	p.write(store.Batch{Instances: []workflow.Instance{p.instance(1, workflow.Running, noon)}, Tasks: []workflow.TaskInstance{a, b, c}})
	for query, want := range map[string][]int64{
		"": {3, 2, 1}, "?task=load": {3, 2}, "?state=FAILED&state=SUCCEEDED": {2, 1}, "?worker=w2:1": {3}, "?search=EXT": {1},
		"?from=" + url.QueryEscape(noon.Add(time.Minute).Format(time.RFC3339)) + "&to=" + url.QueryEscape(noon.Add(time.Hour).Format(time.RFC3339)): {2},
	} {
		var f native.Feed[native.TaskInstance]
		p.call(p.viewer, "GET", "/projects/plant/tasks"+query, nil).want(http.StatusOK).into(&f)
		var got []int64
		for _, i := range f.Items {
			got = append(got, i.ID)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s gives %v, want %v", query, got, want)
		}
	}
	p.call(p.viewer, "GET", "/projects/plant/tasks?state=PAUSING", nil).problem(http.StatusUnprocessableEntity, "state.unknown")
	p.call(p.stranger, "GET", "/projects/plant/tasks", nil).want(http.StatusForbidden)
}

func TestActions(t *testing.T) {
	p := newPlant(t)
	failed, lost := p.attempt(11, 1, "extract", workflow.Failed), p.attempt(12, 2, "extract", workflow.Lost)
	ok := p.attempt(13, 1, "load", workflow.Succeeded)
	p.write(store.Batch{Instances: []workflow.Instance{p.instance(1, workflow.Failed, noon), p.instance(2, workflow.Running, noon), p.instance(3, workflow.Paused, noon)},
		Tasks: []workflow.TaskInstance{failed, lost, ok}})
	act := func(who as, id int, action usecase.Action, task string) reply {
		t.Helper()
		return p.call(who, "POST", fmt.Sprintf("/projects/plant/instances/%d/actions", id), native.InstanceAction{Action: action, Task: task})
	}
	for _, c := range []struct {
		id     int
		action usecase.Action
		task   string
		want   workflow.CommandType
		taskID int64
	}{
		{1, usecase.ActRerun, "", workflow.CmdRerun, 0},
		{1, usecase.ActRerunFailed, "", workflow.CmdRecoverFailed, 0},
		{1, usecase.ActRerunFrom, "load", workflow.CmdRerunFrom, 13},
		{1, usecase.ActForceSuccess, "11", workflow.CmdForceSuccess, 11},
		{2, usecase.ActStop, "", workflow.CmdStop, 0},
		{2, usecase.ActPause, "", workflow.CmdPause, 0},
		{2, usecase.ActReleaseHold, "extract", workflow.CmdReleaseHold, 12},
		{3, usecase.ActResume, "", workflow.CmdRecoverPaused, 0},
	} {
		act(p.operator, c.id, c.action, c.task).want(http.StatusAccepted)
		if got := p.onlyPending(); got.Type != c.want || got.InstanceID != int64(c.id) || got.TaskID != c.taskID {
			t.Errorf("%s left %+v", c.action, got)
		}
	}
	act(p.viewer, 1, usecase.ActRerun, "").problem(http.StatusForbidden, "user.forbidden")
	act(p.operator, 1, usecase.ActStop, "").problem(http.StatusConflict, "instance.state")
	act(p.operator, 2, usecase.ActRerun, "").problem(http.StatusConflict, "instance.state")
	act(p.operator, 1, usecase.ActForceSuccess, "load").problem(http.StatusConflict, "task.state")
	act(p.operator, 1, usecase.ActRerunFrom, "gone").problem(http.StatusUnprocessableEntity, "task.not_found")
	act(p.operator, 9, usecase.ActStop, "").problem(http.StatusNotFound, "instance.not_found")
	p.call(p.operator, "POST", "/projects/plant/instances/1/actions", map[string]string{"action": "DANCE"}).want(http.StatusUnprocessableEntity)
	if list := p.pending(); len(list) > 0 {
		t.Fatalf("refusals left %+v", list)
	}
	act(p.operator, 2, usecase.ActPause, "").want(http.StatusAccepted)
	act(p.operator, 2, usecase.ActStop, "").problem(http.StatusConflict, "command.pending")
	p.obey()

	p.call(p.operator, "DELETE", "/projects/plant/instances/1", nil).problem(http.StatusForbidden, "user.forbidden")
	p.call(p.developer, "DELETE", "/projects/plant/instances/2", nil).problem(http.StatusConflict, "instance.state")
	p.call(p.developer, "DELETE", "/projects/plant/instances/1", nil).want(http.StatusNoContent)
	if c := p.onlyPending(); c.Type != workflow.CmdDelete || c.InstanceID != 1 {
		t.Errorf("deleting left %+v", c)
	}
	_, err := p.store.Definitions.Release(t.Context(), p.flow.ID, workflow.Offline)
	must(t, err)
	act(p.operator, 1, usecase.ActRerunFrom, "load").problem(http.StatusConflict, "definition.offline")
	act(p.operator, 2, usecase.ActStop, "").want(http.StatusAccepted)
}

func TestHistory(t *testing.T) {
	p := newPlant(t)
	gone := p.attempt(3, 1, "gone", workflow.Failed)
	first := p.attempt(1, 1, "extract", workflow.Succeeded)
	first.StartTime, first.EndTime = noon, noon.Add(5*time.Second)
	p.write(store.Batch{Instances: []workflow.Instance{p.instance(1, workflow.Failed, noon), p.instance(2, workflow.Running, noon)},
		Tasks: []workflow.TaskInstance{first, p.attempt(2, 2, "extract", workflow.Running), gone}})
	path := fmt.Sprintf("/projects/plant/workflows/%d/history", p.flow.ID)
	var h native.History
	p.call(p.viewer, "GET", path, nil).want(http.StatusOK).into(&h)
	if !slices.Equal(h.Tasks, []string{"extract", "load", "report", "gone"}) || len(h.Runs) != 2 || h.Runs[0].ID != 2 {
		t.Fatalf("history is %+v", h)
	}
	if c := h.Runs[1].Cells["extract"]; c.ID != 1 || c.State != workflow.Succeeded || *c.DurationMS != 5000 {
		t.Errorf("cell is %+v", c)
	}
	if _, there := h.Runs[0].Cells["load"]; there {
		t.Error("a task without an attempt has a cell")
	}
	p.call(p.viewer, "GET", path+"?limit=1", nil).want(http.StatusOK).into(&h)
	if len(h.Runs) != 1 {
		t.Errorf("%d runs, want 1", len(h.Runs))
	}
	p.call(p.viewer, "GET", "/projects/plant/workflows/99/history", nil).problem(http.StatusNotFound, "definition.not_found")
	if got := p.call(p.viewer, "GET", path+"?limit=0", nil).want(http.StatusUnprocessableEntity); !strings.Contains(string(got.Body), "limit") {
		t.Errorf("the parameter is not named: %s", got.Body)
	}
}
