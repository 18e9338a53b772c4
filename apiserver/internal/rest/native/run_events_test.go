package native_test

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/porpoise-scheduler/porpoise/apiserver/internal/rest/native"
	"github.com/porpoise-scheduler/porpoise/pkg/coord"
	"github.com/porpoise-scheduler/porpoise/pkg/store"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// told is what a page would show after events.
type told struct {
	instance native.Instance
	tasks    map[string]native.TaskInstance
}

func (s *told) hear(t *testing.T, list []event) {
	t.Helper()
	if s.tasks == nil {
		s.tasks = map[string]native.TaskInstance{}
	}
	for _, e := range list {
		switch e.name {
		case "instance":
			e.into(t, &s.instance)
		case "task":
			var v native.TaskInstance
			e.into(t, &v)
			s.tasks[v.Task] = v
		case "removed":
			var v native.Removed
			e.into(t, &v)
			if s.tasks[v.Task].ID == v.ID {
				delete(s.tasks, v.Task)
			}
		}
	}
}

func TestInstanceEvents(t *testing.T) {
	p := newPlant(t)
	in, extract := p.instance(1, workflow.Running, noon), p.attempt(1, 1, "extract", workflow.Running)
	p.write(store.Batch{Instances: []workflow.Instance{in}, Tasks: []workflow.TaskInstance{extract}})
	l := p.listen(p.operator, "/projects/plant/instances/1/events")
	var page told
	first := l.until("instance")
	page.hear(t, first)
	if page.instance.State != workflow.Running || page.tasks["extract"].State != workflow.Running || page.instance.Tasks.Running != 1 || len(page.instance.Actions) == 0 {
		t.Fatalf("at first %+v", page)
	}

	extract.State, extract.UpdateTime = workflow.Succeeded, noon.Add(time.Second)
	load := p.attempt(2, 1, "load", workflow.Submitted)
	p.write(store.Batch{Tasks: []workflow.TaskInstance{extract, load}})
	second := l.until("instance")
	page.hear(t, second)
	if len(second) != 3 || page.tasks["load"].State != workflow.Submitted || page.instance.Tasks.Success != 1 {
		t.Fatalf("then %+v", second)
	}
	l.close()

	// While nobody listens the first attempt is replaced and the instance fails.
	load.Current = false
	again := p.attempt(3, 1, "load", workflow.Failed)
	in.State, in.UpdateTime = workflow.Failed, noon.Add(time.Minute)
	p.write(store.Batch{Instances: []workflow.Instance{in}, Tasks: []workflow.TaskInstance{load, again}})
	l = p.listen(p.operator, "/projects/plant/instances/1/events", "Last-Event-ID", second[len(second)-1].id)
	page.hear(t, l.until("instance"))
	if page.instance.State != workflow.Failed || page.tasks["load"].ID != 3 || page.tasks["load"].State != workflow.Failed {
		t.Fatalf("after the gap %+v", page)
	}

	again.Current = false
	p.write(store.Batch{Tasks: []workflow.TaskInstance{again}})
	last := l.until("instance")
	if last[0].name != "removed" {
		t.Errorf("a replaced attempt is told as %+v", last)
	}
	p.write(store.Batch{DropInstances: []int64{1}})
	l.until("deleted")
	if e, ok := l.next(); ok {
		t.Errorf("after the end comes %+v", e)
	}
}

// TestUnchangedIsNotToldAgain comes back to a state that was seen.
func TestUnchangedIsNotToldAgain(t *testing.T) {
	p := newPlant(t)
	in := p.instance(1, workflow.Running, noon)
	p.write(store.Batch{Instances: []workflow.Instance{in}})
	l := p.listen(p.viewer, "/projects/plant/instances/1/events")
	seen := l.until("instance")[0].id
	l.close()
	l = p.listen(p.viewer, "/projects/plant/instances/1/events", "Last-Event-ID", seen)
	in.State, in.UpdateTime = workflow.Pausing, noon.Add(time.Second)
	p.write(store.Batch{Instances: []workflow.Instance{in}})
	var i native.Instance
	l.until("instance")[0].into(t, &i)
	if i.State != workflow.Pausing {
		t.Errorf("what was seen is told again: %s", i.State)
	}
}

func TestEventsAreRefused(t *testing.T) {
	p := newPlant(t)
	p.call(p.viewer, "GET", "/projects/plant/instances/1/events", nil).problem(http.StatusNotFound, "instance.not_found")
	p.call(p.stranger, "GET", "/projects/plant/instances/1/events", nil).problem(http.StatusForbidden, "project.forbidden")
	p.call(nil, "GET", "/servers/events", nil).want(http.StatusUnauthorized)
}

// TestStreamsEndWithTheServer lets a stopping server end what goes on for ever.
func TestStreamsEndWithTheServer(t *testing.T) {
	p := newPlant(t)
	p.write(store.Batch{Instances: []workflow.Instance{p.instance(1, workflow.Running, noon)}})
	l := p.listen(p.viewer, "/projects/plant/instances/1/events")
	l.until("instance")
	p.api.EndStreams()
	if e, ok := l.next(); ok {
		t.Errorf("after the end comes %+v", e)
	}
}

func TestServers(t *testing.T) {
	p := newPlant(t)
	p.write(store.Batch{})
	ctx, leave := context.WithCancel(t.Context())
	defer leave()
	_, err := p.coord.Register(ctx, coord.Member{ID: "w1", Role: coord.Worker, Addr: "127.0.0.1:2", Groups: []string{"default"}, Slots: 8,
		Load: coord.Load{CPU: 0.5, Running: 3, FreeBytes: 1 << 30}}, time.Minute)
	must(t, err)
	var s native.Servers
	p.call(p.stranger, "GET", "/servers", nil).want(http.StatusOK).into(&s)
	if len(s.Masters) != 1 || s.Masters[0].ID != "m1" || len(s.Masters[0].Shards) != 1 || len(s.Workers) != 1 || s.Workers[0].Slots != 8 ||
		s.Workers[0].Running != 3 || !s.Database.Up || s.Database.Kind != "sqlite" || !s.Etcd.Healthy ||
		len(s.Etcd.Servers) != 1 || !s.Etcd.Servers[0].Up || s.Etcd.Servers[0].Mode != coord.Leader {
		t.Errorf("servers are %+v", s)
	}
	l := p.listen(p.viewer, "/servers/events")
	l.until("servers")[0].into(t, &s)
	if len(s.Workers) != 1 {
		t.Errorf("at first %+v", s)
	}
	leave()
	for len(s.Workers) > 0 { // the database's figures may change in between
		l.until("servers")[0].into(t, &s)
	}

	var shards native.Feed[native.ShardOwner]
	p.call(p.admin, "GET", "/servers/shards", nil).want(http.StatusOK).into(&shards)
	if len(shards.Items) != store.Shards {
		t.Errorf("%d shards", len(shards.Items))
	}
	p.call(p.operator, "POST", p.runs(), native.RunInput{}).want(http.StatusAccepted)
	bad := workflow.Command{ID: 900, Type: workflow.CmdStart, DefinitionID: p.flow.ID, Attempts: 5, LastError: "no such workflow"}
	p.write(store.Batch{Quarantine: []workflow.Command{bad}})
	var open native.OpenCommands
	p.call(p.admin, "GET", "/servers/commands", nil).want(http.StatusOK).into(&open)
	if len(open.Waiting) != 1 || open.Waiting[0].Type != workflow.CmdStart || len(open.Failed) != 1 || open.Failed[0].Error != bad.LastError {
		t.Errorf("commands are %+v", open)
	}
	for _, path := range []string{"/servers/shards", "/servers/commands"} {
		p.call(p.developer, "GET", path, nil).problem(http.StatusForbidden, "user.forbidden")
	}
}
