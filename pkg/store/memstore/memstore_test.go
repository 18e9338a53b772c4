package memstore_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/porpoise-scheduler/porpoise/pkg/store"
	"github.com/porpoise-scheduler/porpoise/pkg/store/memstore"
	"github.com/porpoise-scheduler/porpoise/pkg/store/storetest"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

func subject(*testing.T) storetest.Subject { return subjectAt(time.Now) }

func subjectAt(now func() time.Time) storetest.Subject {
	s := memstore.New(memstore.Config{Now: now})
	c := s.Client("test")
	var last int64
	next := func() int64 { last++; return last }
	return storetest.Subject{
		Scheduling: c,
		Commands:   c,
		AddDefinition: func(_ context.Context, d *workflow.Definition) error {
			d.ID = next()
			s.PutDefinition(*d)
			return nil
		},
		AddSchedule: func(_ context.Context, v *workflow.Schedule) error {
			v.ID, v.ReleaseState = next(), workflow.Online
			s.PutSchedule(*v)
			return nil
		},
		AddTaskGroup: func(_ context.Context, g *workflow.TaskGroup) error {
			g.ID = next()
			s.PutTaskGroup(*g)
			return nil
		},
		AddTenant: func(_ context.Context, v *workflow.Tenant) error {
			v.ID = next()
			s.PutTenant(*v)
			return nil
		},
		Fires: func(_ context.Context, id int64, limit int) ([]workflow.Fire, error) {
			list := s.Fires(id)
			slices.Reverse(list)
			return list[:min(limit, len(list))], nil
		},
	}
}

func TestScheduling(t *testing.T) { storetest.RunScheduling(t, subject) }

func TestSlots(t *testing.T) {
	storetest.RunSlots(t, func(*testing.T) (storetest.Subject, func(time.Duration)) {
		now := time.Now()
		return subjectAt(func() time.Time { return now }), func(d time.Duration) { now = now.Add(d) }
	})
}

func TestFaults(t *testing.T) {
	next := memstore.None
	s := memstore.New(memstore.Config{Fault: func(client string, op memstore.Op) memstore.Fault {
		if client == "sick" && op == memstore.OpCommit {
			return next
		}
		return memstore.None
	}})
	sick, well := s.Client("sick"), s.Client("well")
	epoch, err := sick.Take(t.Context(), 1, 0, "sick", "")
	if err != nil {
		t.Fatal(err)
	}
	b := &store.Batch{Fences: []store.Fence{{Shard: 1, Epoch: epoch}}, Instances: []workflow.Instance{{ID: 1, Shard: 1}}}
	for _, step := range []struct {
		fault     memstore.Fault
		instances int
	}{{memstore.Refuse, 0}, {memstore.Forget, 1}} {
		next = step.fault
		if err := sick.Commit(t.Context(), b); workflow.ErrorCode(err) != workflow.Unavailable {
			t.Errorf("fault %d: error %v, want unavailable", step.fault, err)
		}
		if got := len(s.Instances()); got != step.instances {
			t.Errorf("fault %d: %d instances, want %d", step.fault, got, step.instances)
		}
	}
	if err := well.Commit(t.Context(), b); err != nil {
		t.Errorf("another client: %v", err)
	}
}

// TestNothingIsShared sees that what was written or read can be changed
// without changing the store.
func TestNothingIsShared(t *testing.T) {
	s := memstore.New(memstore.Config{})
	c := s.Client("c")
	epoch, err := c.Take(t.Context(), 1, 0, "c", "")
	if err != nil {
		t.Fatal(err)
	}
	i := workflow.Instance{ID: 1, Shard: 1, State: workflow.Running, Vars: map[string]string{"a": "1"}}
	if err := c.Commit(t.Context(), &store.Batch{Fences: []store.Fence{{Shard: 1, Epoch: epoch}}, Instances: []workflow.Instance{i}}); err != nil {
		t.Fatal(err)
	}
	i.Vars["a"] = "2"
	read, _, err := c.LoadInstance(t.Context(), 1)
	if err != nil || read.Vars["a"] != "1" {
		t.Fatalf("after changing what was written: %v, %v", read.Vars, err)
	}
	read.Vars["a"] = "3"
	if again, _, _ := c.LoadInstance(t.Context(), 1); again.Vars["a"] != "1" {
		t.Fatalf("after changing what was read: %v", again.Vars)
	}
}
