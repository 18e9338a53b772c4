package storetest

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/porpoise-scheduler/porpoise/pkg/store"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

func testPending(t *testing.T, s Subject) {
	ctx, f := t.Context(), owner(t, s.Scheduling, 1)
	full := aCommand(1)
	full.Shard, full.Attempts, full.LastError = 1, 0, ""
	cs := []*workflow.Command{{Shard: 1, Type: workflow.CmdStart}, &full, {Shard: 2, Type: workflow.CmdStart}, {Shard: 3, Type: workflow.CmdStart}}
	must(t, s.Commands.Insert(ctx, cs...))
	must(t, s.Commands.Insert(ctx))
	var want []workflow.Command
	for i, c := range cs {
		if c.ID <= 0 || i > 0 && c.ID <= cs[i-1].ID || c.CreateTime.IsZero() {
			t.Fatalf("command %d has id %d and time %s", i, c.ID, c.CreateTime)
		}
		want = append(want, *c)
	}
	equal(t, value(s.Scheduling.Pending(ctx, []int{1, 3}, 0, 10))(t), []workflow.Command{want[0], want[1], want[3]})
	equal(t, value(s.Scheduling.Pending(ctx, []int{1, 2, 3}, 0, 2))(t), want[:2])
	equal(t, len(value(s.Scheduling.Pending(ctx, nil, 0, 2))(t)), 0)
	commit(t, s.Scheduling, f, store.Batch{Commands: []int64{want[0].ID, want[2].ID, 4711}})
	equal(t, value(s.Scheduling.Pending(ctx, []int{1, 2, 3}, 0, 10))(t), []workflow.Command{want[1], want[3]})
}

func testCommandKeys(t *testing.T, s Subject) {
	ctx, f := t.Context(), owner(t, s.Scheduling, 1)
	first := workflow.Command{Shard: 1, Type: workflow.CmdStart, UserID: 1, Key: "k1"}
	second := workflow.Command{Shard: 1, Type: workflow.CmdStart, UserID: 2, Key: "k1"}
	third := workflow.Command{Shard: 1, Type: workflow.CmdStart, UserID: 3, Key: "k2"}
	must(t, s.Commands.Insert(ctx, &first))
	must(t, s.Commands.Insert(ctx, &second, &third))
	equal(t, second.ID, first.ID)
	equal(t, value(s.Scheduling.Pending(ctx, []int{1}, 0, 10))(t), []workflow.Command{first, third})

	sent := workflow.Command{Shard: 2, Type: workflow.CmdSub, Key: "child-1", Child: &workflow.ChildNotice{ParentID: 1, Vars: map[string]string{"a": "b"}}}
	for range 2 {
		commit(t, s.Scheduling, f, store.Batch{Insert: []workflow.Command{sent, {Shard: 1, Type: workflow.CmdStart, Key: "k1"}}})
	}
	got := value(s.Scheduling.Pending(ctx, []int{2}, 0, 10))(t)
	if len(got) != 1 || got[0].ID == 0 || got[0].CreateTime.IsZero() {
		t.Fatalf("commands sent to another shard: %+v", got)
	}
	sent.ID, sent.CreateTime = got[0].ID, got[0].CreateTime
	equal(t, got[0], sent)
	equal(t, len(value(s.Scheduling.Pending(ctx, []int{1}, 0, 10))(t)), 2)
	if err := s.Scheduling.Commit(ctx, &store.Batch{Fences: []store.Fence{f}, Insert: []workflow.Command{{Shard: 2}}}); err == nil {
		t.Error("a keyless command was sent to another shard")
	}

	stop := workflow.Command{Shard: 1, Type: workflow.CmdStop, InstanceID: 5, Key: "stop-5"}
	same := stop
	must(t, s.Commands.Insert(ctx, &stop))
	must(t, s.Commands.Insert(ctx, &same))
	equal(t, same.ID, stop.ID)
}

func testCommandFailures(t *testing.T, s Subject) {
	ctx, f := t.Context(), owner(t, s.Scheduling, 1)
	a, b := aCommand(1), aCommand(2)
	a.Shard, b.Shard = 1, 1
	must(t, s.Commands.Insert(ctx, &a, &b))
	a.Attempts, a.LastError = 1, "no such definition"
	commit(t, s.Scheduling, f, store.Batch{Retry: []workflow.Command{a}})
	equal(t, value(s.Scheduling.Pending(ctx, []int{1}, 0, 10))(t), []workflow.Command{a, b})
	a.Attempts = 5
	commit(t, s.Scheduling, f, store.Batch{Quarantine: []workflow.Command{a}})
	commit(t, s.Scheduling, f, store.Batch{Retry: []workflow.Command{a}})
	equal(t, value(s.Scheduling.Pending(ctx, []int{1}, 0, 10))(t), []workflow.Command{b})
	equal(t, value(s.Commands.Failed(ctx, 10))(t), []workflow.Command{a})
	must(t, s.Commands.Insert(ctx, &workflow.Command{Shard: 1, Type: workflow.CmdPause, InstanceID: a.InstanceID}))
}

// testOneCommandWaits sees that of several requests for one instance one is
// taken at a time.
func testOneCommandWaits(t *testing.T, s Subject) {
	ctx, f := t.Context(), owner(t, s.Scheduling, 1)
	pause := workflow.Command{Shard: 1, Type: workflow.CmdPause, InstanceID: 5}
	must(t, s.Commands.Insert(ctx, &pause))
	refused := []*workflow.Command{{Shard: 1, Type: workflow.CmdStart}, {Shard: 1, Type: workflow.CmdStop, InstanceID: 5}}
	wantReason(t, s.Commands.Insert(ctx, refused...), workflow.Conflict, "command.pending")
	twice := []*workflow.Command{{Shard: 1, Type: workflow.CmdStop, InstanceID: 6}, {Shard: 1, Type: workflow.CmdPause, InstanceID: 6}}
	wantReason(t, s.Commands.Insert(ctx, twice...), workflow.Conflict, "command.pending")
	equal(t, value(s.Scheduling.Pending(ctx, []int{1}, 0, 10))(t), []workflow.Command{pause})

	// What masters tell each other is no request, and does not wait for one.
	commit(t, s.Scheduling, f, store.Batch{Insert: []workflow.Command{{Shard: 1, Type: workflow.CmdStop, InstanceID: 5, Key: "s"},
		{Shard: 1, Type: workflow.CmdChildEnded, InstanceID: 6, Key: "e"}}})
	must(t, s.Commands.Insert(ctx, &workflow.Command{Shard: 1, Type: workflow.CmdPause, InstanceID: 6}))
	commit(t, s.Scheduling, f, store.Batch{Commands: []int64{pause.ID}})
	must(t, s.Commands.Insert(ctx, &workflow.Command{Shard: 1, Type: workflow.CmdStop, InstanceID: 5}))

	for instance := range int64(10) {
		var taken atomic.Int32
		together(6, func(int) {
			switch err := s.Commands.Insert(ctx, &workflow.Command{Shard: 1, Type: workflow.CmdStop, InstanceID: 100 + instance}); workflow.ErrorReason(err) {
			case "":
				taken.Add(1)
			case "command.pending":
			default:
				t.Errorf("insert: %v", err)
			}
		})
		equal(t, taken.Load(), int32(1))
	}
}

// testManyInserts has callers share transactions, some of which are refused.
func testManyInserts(t *testing.T, s Subject) {
	ctx := t.Context()
	blocker := workflow.Command{Shard: 1, Type: workflow.CmdPause, InstanceID: 5}
	must(t, s.Commands.Insert(ctx, &blocker))
	const callers, calls = 24, 10
	var mu sync.Mutex
	want := map[int64]int64{} // id to user
	together(callers, func(c int) {
		for i := range calls {
			cmd := workflow.Command{Shard: c, Type: workflow.CmdStart, UserID: int64(c*calls + i)}
			if c%6 == 5 {
				cmd.Type, cmd.InstanceID = workflow.CmdStop, 5
				if err := s.Commands.Insert(ctx, &cmd); workflow.ErrorReason(err) != "command.pending" {
					t.Errorf("insert for a busy instance: %v", err)
				}
				continue
			}
			other := workflow.Command{Shard: c, Type: workflow.CmdStart, UserID: -cmd.UserID, Key: fmt.Sprint("key-", cmd.UserID)}
			if err := s.Commands.Insert(ctx, &cmd, &other); err != nil {
				t.Errorf("insert: %v", err)
				continue
			}
			mu.Lock()
			want[cmd.ID], want[other.ID] = cmd.UserID, other.UserID
			mu.Unlock()
		}
	})
	got := map[int64]int64{}
	for c := range callers {
		for _, cmd := range value(s.Scheduling.Pending(ctx, []int{c}, 0, 1000))(t) {
			got[cmd.ID] = cmd.UserID
		}
	}
	delete(got, blocker.ID)
	equal(t, got, want)
	equal(t, len(got), callers/6*5*calls*2)
}
