package native_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/porpoise-scheduler/porpoise/apiserver/internal/rest/native"
	"github.com/porpoise-scheduler/porpoise/apiserver/internal/usecase"
	"github.com/porpoise-scheduler/porpoise/pkg/store"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// queue is a task group with a holder (attempt 20) and a task that waits
// (attempt 21) in instance 1.
func (p *plant) queue() (group int64, path string) {
	g := made[native.TaskGroupDetail](p.world, p.admin, "/task-groups", native.TaskGroupInput{Name: "db", Size: 1})
	holder, waiter := p.attempt(20, 1, "extract", workflow.Running), p.attempt(21, 1, "load", workflow.Submitted)
	holder.Reason, waiter.Reason = "", workflow.AwaitsSlot(g.ID)
	p.write(store.Batch{Instances: []workflow.Instance{p.instance(1, workflow.Running, noon)}, Tasks: []workflow.TaskInstance{holder, waiter}})
	if held := p.acquire(g.ID, store.SlotWish{AttemptID: 20}); len(held) != 1 {
		p.t.Fatal("no slot")
	}
	return g.ID, fmt.Sprint("/task-groups/", g.ID)
}

// acquire asks for slots as the owner of the workflow's shard does.
func (p *plant) acquire(group int64, wishes ...store.SlotWish) []int64 {
	p.t.Helper()
	held, err := p.store.Scheduling.AcquireSlots(p.t.Context(), p.fences[store.ShardOf(p.flow.ID, store.Shards)], group, wishes)
	must(p.t, err)
	return held
}

// TestTaskGroupLine sees that those who wait are listed in the order in which
// they will go.
func TestTaskGroupLine(t *testing.T) {
	p := newPlant(t)
	id, path := p.queue()
	var tasks []workflow.TaskInstance
	for _, task := range []int64{22, 23} {
		row := p.attempt(task, 1, fmt.Sprint("load", task), workflow.Submitted)
		row.Reason = workflow.AwaitsSlot(id)
		tasks = append(tasks, row)
	}
	p.write(store.Batch{Tasks: tasks})
	p.acquire(id, store.SlotWish{AttemptID: 21, Priority: -1}, store.SlotWish{AttemptID: 23, Priority: 8}, store.SlotWish{AttemptID: 22})
	group := got[native.TaskGroupDetail](p.world, p.admin, path)
	var order []string
	for _, w := range group.Waiting {
		order = append(order, fmt.Sprint(w.TaskID, " ", *w.Priority))
	}
	if len(group.Holders) != 1 || group.Holders[0].Priority != nil {
		t.Errorf("%+v hold slots", group.Holders)
	}
	if want := []string{"23 8", "22 0", "21 -1"}; !slices.Equal(order, want) {
		t.Errorf("%v wait, want %v", order, want)
	}
}

func TestTaskGroupQueue(t *testing.T) {
	p := newPlant(t)
	_, path := p.queue()
	for _, c := range []struct {
		who      as
		task     string
		mayStart bool
	}{{p.admin, "load", true}, {p.operator, "load", true}, {p.viewer, "load", false}, {p.stranger, "", false}} {
		g := got[native.TaskGroupDetail](p.world, c.who, path)
		if len(g.Holders) != 1 || g.Holders[0].TaskID != 20 || g.Holders[0].MayStart {
			t.Errorf("holders are %+v", g.Holders)
		}
		if len(g.Waiting) != 1 || g.Waiting[0].TaskID != 21 || g.Waiting[0].Task != c.task || g.Waiting[0].MayStart != c.mayStart {
			t.Errorf("%+v waits, want %+v", g.Waiting, c)
		}
	}
}

func TestForceStart(t *testing.T) {
	p := newPlant(t)
	_, path := p.queue()
	start := func(who as, path string, task int64) reply {
		return p.call(who, "POST", path+"/start", native.WaitingTask{TaskID: task})
	}
	start(p.viewer, path, 21).problem(http.StatusForbidden, "user.forbidden")
	start(p.stranger, path, 21).problem(http.StatusForbidden, "project.forbidden")
	start(p.operator, path, 20).problem(http.StatusConflict, "task_group.not_waiting")
	start(p.operator, path, 99).problem(http.StatusNotFound, "task.not_found")
	start(p.operator, "/task-groups/99", 21).problem(http.StatusNotFound, "task_group.not_found")
	other := made[native.TaskGroupDetail](p.world, p.admin, "/task-groups", native.TaskGroupInput{Name: "other", Size: 1})
	start(p.operator, fmt.Sprint("/task-groups/", other.ID), 21).problem(http.StatusConflict, "task_group.not_waiting")
	if list := p.pending(); len(list) > 0 {
		t.Fatalf("refusals left %+v", list)
	}
	want := func(c workflow.Command) {
		t.Helper()
		if c.Type != workflow.CmdForceStart || c.InstanceID != 1 || c.TaskID != 21 {
			t.Errorf("it left %+v", c)
		}
	}
	start(p.operator, path, 21).want(http.StatusAccepted)
	want(p.onlyPending())
	action := native.InstanceAction{Action: usecase.ActForceStart, Task: "load"}
	p.call(p.operator, "POST", "/projects/plant/instances/1/actions", action).want(http.StatusAccepted)
	want(p.onlyPending())
	action.Task = "extract"
	p.call(p.operator, "POST", "/projects/plant/instances/1/actions", action).problem(http.StatusConflict, "task.state")
}

func TestDeleteTaskGroupInUse(t *testing.T) {
	p := newPlant(t)
	_, path := p.queue()
	problem := p.call(p.admin, "DELETE", path, nil).problem(http.StatusConflict, "task_group.used")
	if !strings.Contains(problem.Detail, "slot: 1") || !strings.Contains(problem.Detail, "one: 1") {
		t.Errorf("it is not told who is in the way: %s", problem.Detail)
	}
	p.write(store.Batch{Instances: []workflow.Instance{p.instance(1, workflow.Stopped, noon)}, ReleaseSlots: []int64{20}})
	p.call(p.admin, "DELETE", path, nil).want(http.StatusNoContent)
}

func TestTaskGroupOfAWorkflow(t *testing.T) {
	p := newPlant(t)
	all := made[native.TaskGroupDetail](p.world, p.admin, "/task-groups", native.TaskGroupInput{Name: "all", Size: 1})
	own := made[native.TaskGroupDetail](p.world, p.admin, "/task-groups", native.TaskGroupInput{Name: "own", Size: 1, ProjectID: p.proj.ID})
	other := workflow.Project{Name: "other", UserID: p.proj.UserID}
	must(t, p.store.Projects.Create(t.Context(), &other))
	foreign := made[native.TaskGroupDetail](p.world, p.admin, "/task-groups", native.TaskGroupInput{Name: "foreign", Size: 1, ProjectID: other.ID})
	for _, c := range []struct {
		group int64
		valid bool
	}{{all.ID, true}, {own.ID, true}, {foreign.ID, false}, {9999, false}} {
		text := fmt.Sprintf("name: w%d\ntasks: [{name: a, kind: SHELL, taskGroup: {id: %d}, params: {rawScript: echo}}]", c.group, c.group)
		var check native.Checked
		p.call(p.developer, "POST", "/projects/plant/workflows:check", doc{text}).want(http.StatusOK).into(&check)
		if check.Valid != c.valid || !c.valid && check.Problems[0].Path != "tasks[0].taskGroup.id" {
			t.Errorf("group %d: %+v", c.group, check)
		}
	}
}
